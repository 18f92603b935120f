"""Pictures that are damaged, none, or too large are refused with one clear error; no other exception ever comes out."""

import io
import random
import struct
import zlib
from pathlib import Path

import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vextract.errors import InputError
from vextract.sources.options import Limits

from .pictures import ORIENTATION, opened, page_of, saved, upright


def _refusal(path: Path, limits: Limits | None = None) -> InputError:
    """The error on the way from the file to the decoded picture."""
    with pytest.raises(InputError) as caught:
        page_of(path, limits=limits)
    assert repr(path.name) in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.png", b""),
        ("text.png", b"Total 12.50\n"),
        ("page.jpg", b"<!DOCTYPE html><html></html>"),
        ("vector.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("script.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n"),
        ("short.png", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_no_picture(tmp_path: Path, name: str, content: bytes) -> None:
    """What is no picture is an InputError, whatever its name; no PostScript is ever run."""
    path = tmp_path / name
    path.write_bytes(content)
    assert _refusal(path).message.startswith(repr(name))


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "gif", "bmp", "webp", "ppm", "jp2", "avif"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_truncated(tmp_path: Path, suffix: str, orientation: int) -> None:
    """A picture cut in half is damaged; its upper half is not taken for the whole."""
    noise = Image.frombytes("L", (64, 48), random.Random(7).randbytes(64 * 48))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = saved(tmp_path / f"a.{suffix}", noise, exif=exif.tobytes())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "damaged" in _refusal(path).message or "no picture" in _refusal(path).message


def _sample(kind: str) -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010E] = "a description"
    options = {"exif": exif.tobytes()} if kind in ("PNG", "JPEG", "TIFF", "WEBP", "AVIF") else {}
    image = upright().convert("P") if kind in ("GIF", "PNG") else upright()
    if kind in ("TIFF", "GIF"):
        options |= {"save_all": True, "append_images": [Image.new("L", (30, 9))]}
    image.save(file, kind, **options)
    return file.getvalue()


_SAMPLES = {kind: _sample(kind) for kind in ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "JPEG2000", "PPM", "AVIF")}


@settings(deadline=None, max_examples=400, derandomize=True)
@given(
    st.sampled_from(sorted(_SAMPLES)),
    st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4),
    st.integers(0, 600),
)
def test_any_damage(
    tmp_path_factory: pytest.TempPathFactory, kind: str, edits: list[tuple[int, bytes]], cut: int
) -> None:
    """Whatever bytes of a picture are overwritten or missing: it is a page of the promised size, or an InputError."""
    content = bytearray(_SAMPLES[kind])
    for at, rubbish in edits:
        at %= len(content)  # noqa: PLW2901
        content[at : at + len(rubbish)] = rubbish
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content[: len(content) - cut % 100] if cut > 500 else content)
    try:
        page_of(path, limits=Limits(max_pixels=1_000_000))
    except InputError as error:
        assert error.hint  # noqa: PT017


def _huge_png(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds nothing of it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_over_the_pixel_limit(tmp_path: Path) -> None:
    """A picture over the limit is refused by its header, before a single pixel is decoded."""
    path = tmp_path / "a.png"
    path.write_bytes(_huge_png(100_000, 100_000))
    with (
        opened(path) as file,
        pytest.raises(InputError, match="100,000 x 100,000 pixels, more than the limit") as caught,
    ):
        file.page(1)
    assert "VEXTRACT_MAX_PIXELS" in caught.value.hint


@pytest.mark.parametrize("suffix", ["png", "tif", "gif", "webp", "jpg"])
def test_our_limit_is_the_one(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow's own limit, which no setting of ours can raise, plays no part; and it is left as it was."""
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 100)
    path = tmp_path / f"a.{suffix}"
    options = {"save_all": True, "append_images": [upright().rotate(180)]} if suffix in ("tif", "gif", "webp") else {}
    upright().save(path, **options)
    with opened(path) as file:
        for number in range(1, file.page_count + 1):
            assert file.page(number).image.size == (40, 24)
    with (
        opened(path, Limits(max_pixels=40 * 24 - 1)) as file,
        pytest.raises(InputError, match="more than the limit of 959"),
    ):
        file.page(1)
    assert PIL.Image.MAX_IMAGE_PIXELS == 100


def test_picture_is_decoded_when_asked_for(tmp_path: Path) -> None:
    """A page can be had of a picture whose pixels are damaged; only looking at it fails."""
    path = saved(tmp_path / "a.jpg", Image.effect_noise((64, 64), 90))
    path.write_bytes(path.read_bytes()[:-200])
    with opened(path) as file:
        page = file.page(1)
        with pytest.raises(InputError, match="is damaged"):
            _ = page.image


def test_damaged_heic(tmp_path: Path) -> None:
    """A HEIC picture cut short is an InputError."""
    pytest.importorskip("pillow_heif").register_heif_opener()
    path = saved(tmp_path / "a.heic", Image.new("RGB", (64, 64), "red"))
    path.write_bytes(path.read_bytes()[:200])
    _refusal(path)
