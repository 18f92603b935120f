"""Pictures of every kind become 8-bit grey or RGB on purpose, of the size that was promised, or an InputError."""

import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vextract.errors import DependencyError
from vextract.sources.picture import flatten, to_eight_bit

from .pictures import ORIENTATION, opened, page_of, saved, upright

if TYPE_CHECKING:
    from collections.abc import Callable


def _grey(path: Path) -> list[int]:
    """The grey values of the first row."""
    return [int(value) for value in np.asarray(page_of(path).image.convert("L"))[0]]


def _ink(mode: str, paper: object, ink: object, size: tuple[int, int] = (60, 40)) -> Image.Image:
    """Paper with a line of ink across its middle."""
    image = Image.new(mode, size, paper)  # type: ignore[arg-type]
    ImageDraw.Draw(image).rectangle((5, 18, 54, 22), fill=ink)  # type: ignore[arg-type]
    return image


def _contrast(image: Image.Image) -> tuple[int, int]:
    """Grey values of paper and ink of a picture by `_ink`."""
    values = np.asarray(image.convert("L"))
    return int(values[0, 0]), int(values[20, 30])


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_sixteen_bits_are_scaled(tmp_path: Path, suffix: str) -> None:
    """Sixteen-bit values are scaled down to eight, not cut off at 255."""
    values = np.array([[0, 257, 32768, 65535]], dtype=np.uint16)
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(values))
    assert _grey(path) == [0, 1, 128, 255]


def test_big_endian_sixteen_bits(tmp_path: Path) -> None:
    """The byte order of a TIFF plays no part."""
    path = tmp_path / "a.tif"
    saved(path, Image.frombytes("I;16B", (3, 1), struct.pack(">3H", 0, 32768, 65535)))
    assert _grey(path) == [0, 128, 255]


def test_twelve_bits_are_scaled(tmp_path: Path) -> None:
    """Twelve-bit scans, stored as they are in sixteen bits, use the whole range."""
    path = saved(tmp_path / "a.png", Image.fromarray(np.array([[0, 2048, 4095]], dtype=np.uint16)))
    assert _grey(path) == [0, 128, 255]


@pytest.mark.parametrize(
    ("values", "grey"),
    [
        ([0, 50_000, 100_000], [0, 128, 255]),
        ([-100, 0, 300], [0, 64, 255]),
        ([7, 7, 7], [255, 255, 255]),
        ([0, 0, 0], [0, 0, 0]),
    ],
)
def test_integers_are_stretched(tmp_path: Path, values: list[int], grey: list[int]) -> None:
    """Thirty-two-bit values are stretched over the range from 0, or the least, to the greatest."""
    path = saved(tmp_path / "a.tif", Image.fromarray(np.array([values], dtype=np.int32)))
    assert _grey(path) == grey


@pytest.mark.parametrize(
    ("values", "grey"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([0.0, float("nan"), 2.0], [0, 0, 255]),
        ([0.0, 1.0, float("inf")], [0, 255, 255]),
        ([float("-inf"), float("inf"), 1.0], [0, 255, 255]),
        ([float("nan"), float("nan"), float("nan")], [0, 0, 0]),
        ([-3e38, 0.0, 3e38], [0, 128, 255]),
    ],
)
def test_floats_are_stretched(tmp_path: Path, values: list[float], grey: list[int]) -> None:
    """Float values are stretched over their finite range; what is no number is dark, the infinite takes the ends."""
    path = saved(tmp_path / "a.tif", Image.fromarray(np.array([values], dtype=np.float32)))
    assert _grey(path) == grey


def test_cmyk_is_not_negative(tmp_path: Path) -> None:
    """Black ink on paper stays so in a CMYK picture."""
    for name in ("a.jpg", "a.tif"):
        path = saved(tmp_path / name, _ink("CMYK", (0, 0, 0, 0), (0, 0, 0, 255)))
        paper, ink = _contrast(page_of(path).image)
        assert paper > 240
        assert ink < 30


def test_one_bit(tmp_path: Path) -> None:
    """Black and white become grey 0 and 255, fax-coded or not."""
    image = _ink("L", 255, 0).convert("1")
    for name, options in (("a.png", {}), ("a.tif", {"compression": "group4"}), ("a.pbm", {})):
        page = page_of(saved(tmp_path / name, image, **options))
        assert page.image.mode == "L"
        assert _contrast(page.image) == (255, 0)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_is_white(tmp_path: Path, mode: str) -> None:
    """What is transparent is white, whatever colour it hides: dark ink on nothing can be read."""
    none, ink = ((0, 0, 0, 0), (20, 20, 20, 255)) if mode == "RGBA" else ((0, 0), (20, 255))
    page = page_of(saved(tmp_path / "a.png", _ink(mode, none, ink)))
    assert _contrast(page.image) == (255, 20)


def test_light_ink_on_nothing(tmp_path: Path) -> None:
    """White writing on a transparent ground is laid on black, not lost on white."""
    page = page_of(saved(tmp_path / "a.png", _ink("RGBA", (255, 255, 255, 0), (255, 255, 255, 255))))
    assert _contrast(page.image) == (0, 255)


def test_half_transparent_ink(tmp_path: Path) -> None:
    """Half transparent ink is mixed with the white below it."""
    page = page_of(saved(tmp_path / "a.png", _ink("RGBA", (0, 0, 0, 0), (0, 0, 0, 51))))
    assert _contrast(page.image) == (255, 204)


def test_palette_with_transparency(tmp_path: Path) -> None:
    """A transparent palette entry is white, whatever colour it hides."""
    image = _ink("L", 0, 1).convert("P")
    image.putpalette([0, 0, 0, 30, 30, 30])
    for name in ("a.png", "a.gif"):
        page = page_of(saved(tmp_path / name, image, transparency=0))
        assert _contrast(page.image) == (255, 30)


@pytest.mark.parametrize(
    ("image", "key"),
    [(_ink("L", 0, 40), 0), (_ink("RGB", (0, 0, 0), (40, 40, 40)), (0, 0, 0)), (_ink("L", 0, 255).convert("1"), 255)],
)
def test_transparent_colour(tmp_path: Path, image: Image.Image, key: object) -> None:
    """A colour that a PNG declares transparent is white."""
    path = saved(tmp_path / "a.png", image, transparency=key)
    paper, ink = _contrast(page_of(path).image)
    assert (paper, ink) == ((255, 40) if image.mode != "1" else (0, 255))


@pytest.mark.parametrize(
    "mode",
    [
        "1",
        "L",
        "P",
        "RGB",
        "RGBA",
        "CMYK",
        "YCbCr",
        "LAB",
        "HSV",
        "I",
        "F",
        "LA",
        "PA",
        "RGBX",
        "RGBa",
        "I;16",
        "I;16B",
    ],
)
def test_every_mode(mode: str) -> None:
    """Every mode that Pillow's decoders give becomes grey or RGB."""
    image = flatten(to_eight_bit(Image.new(mode, (3, 2))))
    assert image.mode in ("L", "RGB")
    assert image.size == (3, 2)


_TURNED_BACK = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def _corners(image: Image.Image) -> list[int]:
    values = np.asarray(image.convert("L")).astype(int)
    return [round(int(values[y, x]) / 10) for y in (4, -5) for x in (4, -5)]


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path: Path, orientation: int, suffix: str) -> None:
    """Each of the eight EXIF orientations is undone, and the page's size is that of the upright picture."""
    turn = _TURNED_BACK[orientation]
    stored = upright().transpose(turn) if turn is not None else upright()
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options = {"quality": 95} if suffix in ("jpg", "webp", "avif") else {}
    page = page_of(saved(tmp_path / f"a.{suffix}", stored, exif=exif.tobytes(), **options))
    assert (page.ref.width_px, page.ref.height_px) == (40, 24)
    assert _corners(page.image) == _corners(upright())


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientation_that_does_not_exist(tmp_path: Path, orientation: int) -> None:
    """An orientation that EXIF does not know is none."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    page = page_of(saved(tmp_path / "a.png", upright(), exif=exif.tobytes()))
    assert _corners(page.image) == _corners(upright())


def test_broken_exif(tmp_path: Path) -> None:
    """EXIF data that is rubbish costs nothing but the EXIF data."""
    path = saved(tmp_path / "a.jpg", upright(), exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + bytes(8))
    assert page_of(path).image.size == (40, 24)


def test_tiff_pages(tmp_path: Path) -> None:
    """Each page of a TIFF has its own size, mode, orientation and resolution, in whatever order they are asked for."""
    second = Image.new("RGB", (21, 11), (200, 0, 0))
    third = Image.new("1", (16, 32), 1)
    second.encoderinfo = {"dpi": (150, 150)}  # type: ignore[attr-defined]
    third.encoderinfo = {"tiffinfo": {ORIENTATION: 6}}  # type: ignore[attr-defined]
    path = tmp_path / "a.tif"
    upright().save(path, save_all=True, append_images=[second, third], dpi=(300, 300))
    with opened(path) as file:
        assert (file.page_count, file.media_type, file.notes) == (3, "image/tiff", [])
        pages = {number: file.page(number) for number in (3, 1, 2)}
        for number, size, mode in ((2, (21, 11), "RGB"), (1, (40, 24), "L"), (3, (32, 16), "L")):
            ref = pages[number].ref
            assert (ref.number, (ref.width_px, ref.height_px)) == (number, size)
            assert (pages[number].image.size, pages[number].image.mode) == (size, mode)
        assert (pages[1].ref.dpi, pages[2].ref.dpi) == (300.0, 150.0)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_animation(tmp_path: Path, suffix: str) -> None:
    """Of an animation the first picture is the only page, and a note says so."""
    path = tmp_path / f"a.{suffix}"
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("black", "white", "red")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with opened(path) as file:
        assert file.page_count == 1
        assert file.notes == ["animation of 3 pictures: only the first is read"]
        assert file.page(1).image.convert("L").getextrema()[1] < 10


@pytest.mark.parametrize(
    ("dpi", "stated"), [((300, 300), 300.0), ((72, 72), 72.0), ((1, 1), None), ((9999, 9999), None), (None, None)]
)
def test_dpi(tmp_path: Path, dpi: tuple[int, int] | None, stated: float | None) -> None:
    """A plausible resolution is told; an implausible or missing one is unknown."""
    path = saved(tmp_path / "a.jpg", upright(), **({"dpi": dpi} if dpi else {}))
    assert page_of(path).ref.dpi == stated


def _heic(path: Path, image: Image.Image, **options: object) -> Path:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    image.save(path, format="HEIF", **options)
    return path


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_heic(tmp_path: Path, orientation: int) -> None:
    """HEIC pictures open under any name, upright."""
    turn = _TURNED_BACK[orientation]
    large = upright().resize((160, 96), Image.Resampling.NEAREST).convert("RGB")
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = _heic(
        tmp_path / "a.jpg", large.transpose(turn) if turn is not None else large, exif=exif.tobytes(), quality=95
    )
    page = page_of(path)
    assert page.image.size == (160, 96)
    assert _corners(page.image) == pytest.approx(_corners(upright()), abs=2)


def test_heic_without_decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its decoder a HEIC picture is a DependencyError that says what to install."""
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(DependencyError, match="decoder is not installed") as caught, opened(path):
        pass
    assert "vextract[heic]" in caught.value.hint


def test_conversion_is_monotonous() -> None:
    """A brighter value never becomes darker, in any mode of more than eight bits."""
    ramp = np.arange(0, 65536, 97, dtype=np.uint16).reshape(1, -1)
    convert: list[Callable[[], Image.Image]] = [
        lambda: Image.fromarray(ramp),
        lambda: Image.fromarray(ramp.astype(np.int32) - 3000),
        lambda: Image.fromarray(ramp.astype(np.float32) / 7),
    ]
    for image in convert:
        values = np.asarray(to_eight_bit(image())).astype(int)[0]
        assert (np.diff(values) >= 0).all()
        assert (values[0], values[-1]) == (0, 255)
