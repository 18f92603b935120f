"""Codes drawn by zxing-cpp's writer, on pages, read back with their places."""

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageFilter
from zxingcpp import BarcodeFormat

from vextract.detectors.barcodes import DETECTOR
from vextract.geometry import to_pixels
from vextract.types import Page, PageRef, PageText

Place = tuple[float, float, float, float]
A5 = (900, 1200)
CODES = [
    ("qr code", BarcodeFormat.QRCode, "https://example.com/a?b=1"),
    ("micro qr code", BarcodeFormat.MicroQRCode, "12345"),
    ("data matrix", BarcodeFormat.DataMatrix, "lot 42"),
    ("aztec", BarcodeFormat.Aztec, "ticket"),
    ("pdf417", BarcodeFormat.PDF417, "licence 0815"),
    ("code 128", BarcodeFormat.Code128, "PX-1234567"),
    ("code 39", BarcodeFormat.Code39, "CODE39"),
    ("code 93", BarcodeFormat.Code93, "CODE93"),
    ("ean-13", BarcodeFormat.EAN13, "4006381333931"),
    ("ean-8", BarcodeFormat.EAN8, "96385074"),
    ("upc-a", BarcodeFormat.UPCA, "036000291452"),
    ("itf", BarcodeFormat.ITF, "12345678901231"),
    ("codabar", BarcodeFormat.Codabar, "A12345B"),
]
LINEAR = CODES[4:]


def _code(kind: BarcodeFormat, content: str | bytes, module_px: int = 3) -> Image.Image:
    drawn = memoryview(zxingcpp.create_barcode(content, kind).to_image(scale=module_px, add_quiet_zones=False))
    return Image.frombytes("L", (drawn.shape[1], drawn.shape[0]), drawn.tobytes())


def _page(*placed: tuple[Image.Image, tuple[int, int]], size: tuple[int, int] = A5) -> Image.Image:
    page = Image.new("L", size, 255)
    for code, corner in placed:
        page.paste(code, corner)
    return page


def _found(image: Image.Image) -> list[tuple[str, str | None, Place]]:
    ref = PageRef("page", 1, image.width, image.height)
    found = DETECTOR.detect(Page(ref, draw=lambda: image), PageText(ref, (), "reader"))
    assert all(one.score is None for one in found)
    boxes = [to_pixels(one.box, image.width, image.height) for one in found]
    return [(one.label, one.text, box) for one, box in zip(found, boxes, strict=True)]


def _iou(a: Place, b: Place) -> float:
    shared = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return shared / (sum(areas) - shared)


@pytest.mark.parametrize(("label", "kind", "content"), CODES, ids=[code[0] for code in CODES])
@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_each_kind_at_right_angles(label: str, kind: BarcodeFormat, content: str, quarter_turns: int) -> None:
    """The label is the symbology, the text what is encoded, the box that of the bars, whichever way the code stands."""
    code = _code(kind, content).rotate(90 * quarter_turns, expand=True)
    ((found_label, text, box),) = _found(_page((code, (200, 300))))
    assert (found_label, text) == (label, content)
    assert _iou(box, (200, 300, 200 + code.width, 300 + code.height)) > 0.88


@pytest.mark.parametrize(("label", "kind", "content"), CODES, ids=[code[0] for code in CODES])
@pytest.mark.parametrize("degrees", [30, 68, 121])
def test_each_kind_askew(label: str, kind: BarcodeFormat, content: str, degrees: int) -> None:
    """A label stuck on askew is read whole, once, and the box is the upright one around it."""
    upright = _page((_code(kind, content), (200, 300)))
    ink = Image.new("L", A5, 0)
    ink.paste(255, (200, 300, 200 + _code(kind, content).width, 300 + _code(kind, content).height))
    page = upright.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    around = ink.rotate(degrees, expand=True).getbbox()
    assert around
    ((found_label, text, box),) = _found(page)
    assert (found_label, text) == (label, content)
    assert _iou(box, around) > 0.6


@pytest.mark.parametrize(("label", "kind", "content"), CODES, ids=[code[0] for code in CODES])
def test_light_on_dark(label: str, kind: BarcodeFormat, content: str) -> None:
    """Codes printed white on black are read."""
    page = _page((_code(kind, content), (200, 300))).point([255 - level for level in range(256)])
    assert [(one[0], one[1]) for one in _found(page)] == [(label, content)]


def test_small_codes_on_a_large_page() -> None:
    """A QR code of 60 and an EAN of 190 pixels are found on an A4 page of 300 dpi."""
    qr_code, ean = _code(BarcodeFormat.QRCode, "small", 2), _code(BarcodeFormat.EAN13, "4006381333931", 2)
    page = _page((qr_code, (2300, 3300)), (ean, (100, 200)), size=(2480, 3508))
    assert {one[1] for one in _found(page)} == {"small", "4006381333931"}


def test_modules_of_less_than_two_pixels() -> None:
    """What is too fine as it is, is read from the page enlarged."""
    code = _code(BarcodeFormat.Code128, "ABC-12345678", 8)
    size = code.width * 13 // 80, code.height * 13 // 80
    page = _page((code.resize(size, Image.Resampling.BOX), (137, 266))).filter(ImageFilter.GaussianBlur(0.4))
    assert not zxingcpp.read_barcodes(page)
    assert [one[:2] for one in _found(page)] == [("code 128", "ABC-12345678")]


def test_several_codes_stacked_askew() -> None:
    """Two parallel labels close to each other, askew, are two codes, although their upright boxes lie on each other."""
    first, second = (_code(BarcodeFormat.Code128, text).resize((420, 60)) for text in ("FIRST-0001", "OTHER-0002"))
    page = _page((first, (200, 500)), (second, (200, 600)))
    page = page.rotate(45, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    assert {one[1] for one in _found(page)} == {"FIRST-0001", "OTHER-0002"}


def test_the_same_code_twice_on_a_page() -> None:
    """Two copies of a code are two finds, each at its place."""
    code = _code(BarcodeFormat.EAN13, "4006381333931")
    boxes = [one[2] for one in _found(_page((code, (100, 100)), (code, (100, 700))))]
    assert sorted(round(box[1] / 100) for box in boxes) == [1, 7]


def test_bytes_are_shown_safely() -> None:
    """What is no text is told with its control characters by name; none of them gets into the output."""
    ((_, text, _),) = _found(_page((_code(BarcodeFormat.QRCode, b"\x1b[2J\x00\xff", 6), (200, 300))))
    assert text is not None
    assert "<ESC>" in text
    assert "<NUL>" in text
    assert text.isprintable()


def test_gs1_is_told_with_its_identifiers() -> None:
    """GS1 data has its application identifiers in brackets."""
    ((label, text, _),) = _found(_page((_code(BarcodeFormat.DataBarOmni, "0950110153001"), (200, 300))))
    assert (label, text) == ("databar omni", "(01)09501101530010")


def test_every_format_that_is_read_has_its_label() -> None:
    """The labels are those of zxing-cpp's formats, so that each can be asked for."""
    umbrellas = {"databar", "ean/upc", "ean-2", "ean-5", "other barcode", "none"}
    readable = {str(kind).lower() for kind in BarcodeFormat if not str(kind).startswith("All")} - umbrellas
    assert readable <= set(DETECTOR.labels)


@pytest.mark.parametrize("seed", range(4))
def test_noise_says_nothing(seed: int) -> None:
    """Noise, coarse or fine, and hatching hold no codes."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (150, 110), np.uint8)).resize((880, 1200), Image.Resampling.NEAREST)
    hatched = np.where((np.add.outer(np.arange(1200), np.arange(880)) // (3 + seed)) % 2, 0, 255).astype(np.uint8)
    assert _found(coarse) == []
    assert _found(Image.fromarray(rng.integers(0, 256, (600, 440), np.uint8))) == []
    assert _found(Image.fromarray(hatched)) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (15, 15)])
def test_tiny_pictures(size: tuple[int, int]) -> None:
    """A picture of a few pixels holds none, and is no error."""
    assert _found(Image.new("RGB", size, "white")) == []
