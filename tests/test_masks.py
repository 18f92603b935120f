"""Masks become what they cover on the page, whatever a model writes them in."""

import base64
import contextlib
import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from pycocotools import mask as coco

from vextract.boxes import Found, read_boxes
from vextract.detection import Mask, Rle
from vextract.errors import DependencyError, UnreadableAnswer
from vextract.masks import area_px, mask_of, rle_of, union_of
from vextract.profiles import profile_for
from vextract.types import Box

WIDTH, HEIGHT = 200, 120
MIDDLE = Box(0.25, 0.25, 0.75, 0.75)
CODES = (0, 5, 127, 64, 1, 2, 3, 4, 9, 8, 7, 6, 100, 50, 25, 12)


def _covered(mask: Mask | None) -> Any:
    """Which pixels of the page the mask covers, by pycocotools' own decoder."""
    assert mask is not None
    assert mask.rle is not None
    size = [mask.rle.height_px, mask.rle.width_px]
    with warnings.catch_warnings():
        # numpy 2 warns of pycocotools' arrays that lack the keyword `copy`.
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        return coco.decode({"size": size, "counts": mask.rle.counts.encode()}).astype(bool)


def _png(values: Any, prefix: str = "data:image/png;base64,") -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(values, np.uint8)).save(buffer, "PNG")
    return prefix + base64.b64encode(buffer.getvalue()).decode()


def _found(mask: object, box: Box = MIDDLE) -> Found:
    return Found("cat", box, mask=mask)


@pytest.mark.parametrize("prefix", ["data:image/png;base64,", "", "DATA:image/png;base64,\n"])
def test_a_png_is_put_into_its_box(prefix: str) -> None:
    """A mask of another size fills its box: the left half of the box is covered, and nothing beside it."""
    values = np.zeros((64, 64))
    values[:, :32] = 255
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[30:90, 50:100] = True
    assert np.array_equal(_covered(mask_of(_found(_png(values, prefix)), WIDTH, HEIGHT)), expected)


@pytest.mark.parametrize(("value", "covers"), [(127, False), (128, True)])
def test_the_threshold(value: int, covers: bool) -> None:  # noqa: FBT001 -- a column of the table
    """A probability above 127 of 255 counts; a mask that covers nothing is none."""
    mask = mask_of(_found(_png(np.full((8, 8), value))), WIDTH, HEIGHT)
    assert (mask is not None) == covers


def test_a_mask_at_the_corner_of_the_page() -> None:
    """A box without area at the page's end still has the pixel that it stands on."""
    covered = _covered(mask_of(_found(_png([[255]]), Box(1, 1, 1, 1)), WIDTH, HEIGHT))
    assert np.argwhere(covered).tolist() == [[HEIGHT - 1, WIDTH - 1]]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _bomb(width: int, height: int) -> str:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    file = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    return base64.b64encode(file).decode()


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param("not base64!", id="no base64"),
        pytest.param("", id="empty"),
        pytest.param("<start_of_mask><seg_4><seg_20>", id="codes of Gemini's own"),
        pytest.param(base64.b64encode(b"GIF89a" + bytes(40)).decode(), id="a GIF"),
        pytest.param(_png(np.zeros((64, 64)))[:80], id="cut off"),
        pytest.param(_png(np.random.default_rng(0).integers(0, 255, (64, 64)))[:400], id="cut off in its pixels"),
        pytest.param(_bomb(30_000, 30_000), id="a bomb"),
        pytest.param(_bomb(0, 10), id="no size"),
        pytest.param(_bomb(100, 100), id="too few pixels"),
        pytest.param([[325, 411], [327, 471]], id="points"),
        pytest.param(CODES[:15], id="fifteen codes"),
        pytest.param(7, id="a number"),
    ],
)
def test_what_is_no_mask(mask: object) -> None:
    """A mask that cannot be read is an UnreadableAnswer, and never a box without a mask; huge ones are not even decoded."""
    with pytest.raises(UnreadableAnswer) as caught:
        mask_of(_found(mask), WIDTH, HEIGHT)
    assert len(caught.value.message) < 250


@given(st.binary(max_size=200), st.integers(0, 120))
def test_broken_pngs(junk: bytes, at: int) -> None:
    """However a PNG is damaged, it is read or refused."""
    data = bytearray(base64.b64decode(_png(np.eye(16) * 255, "")))
    data[at : at + len(junk)] = junk
    with contextlib.suppress(UnreadableAnswer):
        mask_of(_found(base64.b64encode(bytes(data)).decode()), WIDTH, HEIGHT)


@given(
    arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))),
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_run_lengths_are_those_of_pycocotools(covered: Any, left: int, top: int, right: int, below: int) -> None:
    """The code of a part of a page is, letter for letter, what pycocotools writes for the whole page."""
    rows, columns = covered.shape
    page = np.zeros((top + rows + below, left + columns + right), np.uint8)
    page[top : top + rows, left : left + columns] = covered
    rle = rle_of(covered, left, top, page.shape[1], page.shape[0])
    if not covered.any():
        assert rle is None
    else:
        counts = coco.encode(np.asfortranarray(page))["counts"].decode()
        assert rle == Rle(page.shape[0], page.shape[1], counts)


def test_florence_s_outlines_stay_outlines() -> None:
    """Polygons are kept as they are, in fractions of the page."""
    text = "cat<poly><loc_100><loc_100><loc_500><loc_100><loc_500><loc_900></poly>"
    [found] = read_boxes(text, profile_for("", "florence-2"), (WIDTH, HEIGHT))
    mask = mask_of(found, WIDTH, HEIGHT)
    assert mask is not None
    assert mask.rle is None
    [outline] = mask.polygons
    assert np.allclose(outline, [(0.1005, 0.1005), (0.5005, 0.1005), (0.5005, 0.9005)])
    assert area_px(mask, WIDTH, HEIGHT) == pytest.approx(0.5 * 0.4 * 0.8 * WIDTH * HEIGHT, rel=0.03)


def test_a_box_alone_has_no_mask() -> None:
    """No outline is made up of a box."""
    assert mask_of(_found(None), WIDTH, HEIGHT) is None


def test_masks_together() -> None:
    """One mask stays what it is; several cover what any of them covers, pixels counted once."""
    square = Mask(polygons=(((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)),))
    rle = rle_of(np.ones((60, 100), bool), 50, 0, WIDTH, HEIGHT)
    assert union_of([square], WIDTH, HEIGHT) is square
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[:60, :150] = True
    both = union_of([square, Mask(rle=rle)], WIDTH, HEIGHT)
    assert np.array_equal(_covered(both), expected)
    assert area_px(both, WIDTH, HEIGHT) == 60 * 150


def _weights(path: Path, bias: float = 0, **changes: Any) -> str:
    """Random weights of the decoder's layout."""
    rng = np.random.default_rng(3)

    def layer(name: str, *shape: int, out: int) -> dict[str, Any]:
        scale = 1.4 / np.sqrt(np.prod(shape) / out)
        return {
            f"{name}.weight": rng.normal(0, scale, shape).astype("f4"),
            f"{name}.bias": rng.normal(0, 0.1, out).astype("f4"),
        }

    tensors: dict[str, Any] = {"_vq_vae._embedding": rng.normal(0, 1, (128, 512)).astype("f4")}
    tensors |= layer("decoder.0", 128, 512, 1, 1, out=128)
    for block in ("decoder.2.net", "decoder.3.net"):
        for i, side in ((0, 3), (2, 3), (4, 1)):
            tensors |= layer(f"{block}.{i}", 128, 128, side, side, out=128)
    for i, (inner, outer) in zip((4, 6, 8, 10), ((128, 128), (128, 64), (64, 32), (32, 16)), strict=True):
        tensors |= layer(f"decoder.{i}", inner, outer, 4, 4, out=outer)
    tensors |= layer("decoder.12", 1, 16, 1, 1, out=1)
    tensors["decoder.12.bias"] += bias
    np.savez(path, **{name: value for name, value in {**tensors, **changes}.items() if value is not None})
    return str(path)


def _decoded_by_torch(path: str, codes: tuple[int, ...]) -> Any:
    torch = pytest.importorskip("torch")
    nn = torch.nn

    class Block(nn.Module):  # type: ignore[misc, name-defined]  # torch may be missing
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(
                nn.Conv2d(128, 128, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(128, 128, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(128, 128, 1),
            )

        def forward(self, x: Any) -> Any:
            return x + self.net(x)

    up = [
        each
        for inner, outer in ((128, 128), (128, 64), (64, 32), (32, 16))
        for each in (nn.ConvTranspose2d(inner, outer, 4, 2, 1), nn.ReLU())
    ]
    decoder = nn.Sequential(nn.Conv2d(512, 128, 1), nn.ReLU(), Block(), Block(), *up, nn.Conv2d(16, 1, 1))
    with np.load(path) as file:
        tensors = {name: torch.from_numpy(file[name]) for name in file.files}
    cells = tensors.pop("_vq_vae._embedding")[list(codes)]
    decoder.load_state_dict({name.removeprefix("decoder."): value for name, value in tensors.items()})
    with torch.no_grad():
        return decoder(cells.reshape(1, 4, 4, 512).permute(0, 3, 1, 2))[0, 0].numpy()


def test_codes_are_decoded_as_torch_does(tmp_path: Path) -> None:
    """PaliGemma's sixteen codes become the 64 x 64 values that torch's own layers make of them, row by row."""
    middle = float(np.median(_decoded_by_torch(_weights(tmp_path / "first.npz"), CODES)))
    weights = _weights(tmp_path / "vae.npz", -middle)
    expected = _decoded_by_torch(weights, CODES)
    assert expected.shape == (64, 64)
    assert (expected > 0).mean() == pytest.approx(0.5, abs=0.01), (
        "half of it is covered, so that it is a test of something"
    )
    box = Box(0, 0, 1, 1)
    mask = mask_of(_found(CODES, box), 64, 64, weights)
    sure = np.abs(expected) > 1e-4
    assert np.array_equal(_covered(mask)[sure], (expected > 0)[sure])


def test_codes_in_an_answer(tmp_path: Path) -> None:
    """What PaliGemma answers to "segment …" has its mask within its box."""
    codes = "".join(f"<seg{code:03}>" for code in CODES)
    answer = f"<loc0256><loc0256><loc0768><loc0768>{codes} cat"
    [found] = read_boxes(answer, profile_for("", "paligemma"), (WIDTH, HEIGHT))
    covered = _covered(mask_of(found, WIDTH, HEIGHT, _weights(tmp_path / "vae.npz", 10)))
    rows, columns = np.nonzero(covered)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (30, 89, 50, 149)


def test_no_weights() -> None:
    """Without the decoder's weights the error names the setting."""
    with pytest.raises(DependencyError) as caught:
        mask_of(_found(CODES), WIDTH, HEIGHT)
    assert "paligemma_masks" in caught.value.hint


@pytest.mark.parametrize(
    "changes",
    [
        {"decoder.12.weight": None},
        {"decoder.4.weight": np.zeros((128, 128, 3, 3), "f4")},
        {"_vq_vae._embedding": np.zeros((64, 512), "f4")},
        {"decoder.0.bias": np.zeros((1, 128), "f4")},
        {"decoder.0.weight": np.zeros((128, 256, 1, 1), "f4")},
    ],
)
def test_other_weights(tmp_path: Path, changes: dict[str, Any]) -> None:
    """A file that is not of this decoder is refused by name."""
    path = _weights(tmp_path / "other.npz", **changes)
    with pytest.raises(DependencyError, match=r"other\.npz"):
        mask_of(_found(CODES), WIDTH, HEIGHT, path)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04junk", b"\x80\x04junk", b"text"])
def test_no_weights_file(tmp_path: Path, content: bytes | None) -> None:
    """A file that is missing, empty or something else is a DependencyError, not a bug."""
    path = tmp_path / "vae.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DependencyError, match=r"vae\.npz"):
        mask_of(_found(CODES), WIDTH, HEIGHT, str(path))
