"""Where a page's words come from: its text layer, OCR, or both. Real PDFs, real Tesseract."""

from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from tests.drawing import draw_lines
from tests.sources.pdfs import PdfPage, pdf, stream, words_at
from vextract.geometry import overlap
from vextract.readers import ReadOptions
from vextract.reading import OcrWhen, distrust, read_page
from vextract.sources.opening import open_file
from vextract.sources.options import OpenOptions
from vextract.types import Box, Page, PageRef, Reading, TextLayer, Word

FAST = ReadOptions(fast=True, rotate=False)
SHEET = (400.0, 200.0)  # points
INVISIBLE = b"3 Tr "


def _layer(text: str = "Harbour office", *, broken: float = 0.0, invisible: float = 0.0) -> TextLayer:
    return TextLayer(tuple(Word(word, Box(0, 0, 0.1, 0.1)) for word in text.split()), broken, invisible, ())


def _page(image: Image.Image, layer: TextLayer | None = None) -> Page:
    return Page(PageRef("a.png", 1, *image.size), draw=lambda: image, read_text_layer=lambda: layer)


def _placed(picture: Image.Image, left: float, bottom: float, width: float, height: float) -> tuple[bytes, bytes]:
    """Page content that shows the picture there, in points, and the picture as a PDF object."""
    entries = (
        f"/Type/XObject/Subtype/Image/Width {picture.width}/Height {picture.height}"
        "/ColorSpace/DeviceGray/BitsPerComponent 8"
    )
    return f"q {width} 0 0 {height} {left} {bottom} cm /I1 Do Q\n".encode(), stream(picture.tobytes(), entries)


def _read(
    tmp_path: Path, content: bytes, picture: bytes = b"", when: OcrWhen = "auto", model: str = "tesseract"
) -> tuple[Reading, bool, tuple[str, ...]]:
    path = tmp_path / "a.pdf"
    sheet = PdfPage(content, size=SHEET, resources="/XObject<</I1 100 0 R>>" if picture else "")
    path.write_bytes(pdf(sheet, extra=(picture,) if picture else ()))
    with closing(open_file(path, "a.pdf", OpenOptions())) as file:
        return read_page(file.page(1), model, when, FAST)


def _texts(reading: Reading) -> list[str]:
    return [word.text for word in reading.words]


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (_layer(), None),
        (_layer(broken=0.05), None),
        (_layer(broken=0.06), "6% of its characters"),
        (_layer(invisible=0.5), None),
        (_layer(invisible=0.51), "invisible"),
        (_layer("ab%& 12$!"), None),
        (_layer("ab%& 1:$!"), "mostly signs"),
        (_layer(""), None),
    ],
)
def test_distrust(layer: TextLayer, reason: str | None) -> None:
    """A layer is distrusted above 5 % broken, above half invisible, above half signs; the reason says which."""
    told = distrust(layer)
    assert told is None if reason is None else told is not None and reason in told


def test_a_good_text_layer_is_taken_as_it_is(tmp_path: Path) -> None:
    """The words of a trusted layer come without confidence and without OCR, no matter what the reader is."""
    reading, blank, notes = _read(tmp_path, words_at(("Harbour office", 30, 150, 16)))
    assert _texts(reading) == ["Harbour", "office"]
    assert (reading.reader, blank, notes) == ("textlayer", False, ())
    assert all(word.confidence is None for word in reading.words)


def test_an_invisible_text_layer_gives_way_to_ocr(tmp_path: Path) -> None:
    """Somebody's OCR under a scan is not believed: the scan is read, and a note says why."""
    shown, picture = _placed(draw_lines(["alpha beta gamma"], (800, 400)), 0, 0, *SHEET)
    reading, _, notes = _read(tmp_path, shown + INVISIBLE + words_at(("wrong words", 30, 150, 16)), picture)
    assert _texts(reading) == ["alpha", "beta", "gamma"]
    assert reading.reader == "tesseract"
    assert "text layer not used: it is invisible" in notes[0]


def test_a_picture_without_words_of_the_layer_is_read_too(tmp_path: Path) -> None:
    """A letterhead that is a picture is read by OCR: its words lie within it, single signs are left out, the layer stays."""
    shown, picture = _placed(draw_lines(["Pump House Lane 7"], (400, 80)), 180, 140, 200, 40)
    layer = words_at(("Harbour office", 30, 60, 16))
    alone, _, _ = _read(tmp_path, layer)
    reading, _, notes = _read(tmp_path, shown + layer, picture)
    assert reading.reader == "textlayer+tesseract"
    assert reading.words[:2] == alone.words
    assert _texts(reading)[2:] == ["Pump", "House", "Lane"]
    place = Box(180 / 400 - 0.01, 20 / 200 - 0.01, 380 / 400 + 0.01, 60 / 200 + 0.01)
    for word in reading.words[2:]:
        assert overlap(place, word.box) == pytest.approx(overlap(word.box, word.box))
    assert notes == ()


def test_a_picture_under_the_layers_words_is_not_read(tmp_path: Path) -> None:
    """A background picture with the page's own words on it costs no OCR."""
    shown, picture = _placed(draw_lines(["Pump House Lane"], (800, 400)), 0, 0, *SHEET)
    reading, _, _ = _read(tmp_path, shown + words_at(("Harbour office", 30, 60, 24)), picture)
    assert (_texts(reading), reading.reader) == (["Harbour", "office"], "textlayer")


def test_words_of_the_layer_win_where_the_whole_page_is_read(tmp_path: Path) -> None:
    """With pictures over much of the page it is read as a whole, and what the layer has is not there twice."""
    shown, picture = _placed(draw_lines(["Pump House Lane"], (800, 200)), 0, 80, 400, 120)
    reading, _, _ = _read(tmp_path, shown + words_at(("Harbour office", 30, 30, 16)), picture)
    assert sorted(_texts(reading)) == ["Harbour", "House", "Lane", "Pump", "office"]
    assert {word.text for word in reading.words if word.confidence is None} == {"Harbour", "office"}


@pytest.mark.parametrize("picture", [Image.new("L", (400, 80), 90), Image.effect_noise((400, 80), 200)])
def test_a_picture_without_text_adds_nothing(tmp_path: Path, picture: Image.Image) -> None:
    """A bare or noisy picture beside a text layer leaves the layer's words alone."""
    shown, drawn = _placed(picture, 180, 140, 200, 40)
    reading, _, _ = _read(tmp_path, shown + words_at(("Harbour office", 30, 60, 16)), drawn)
    assert (_texts(reading), reading.reader) == (["Harbour", "office"], "textlayer")


def test_ocr_always_ignores_the_layer(tmp_path: Path) -> None:
    """`--ocr always` reads what is painted and not what the layer says."""
    content = words_at(("Harbour office", 30, 150, 16)) + INVISIBLE + words_at(("hidden", 30, 60, 16))
    reading, _, notes = _read(tmp_path, content, when="always")
    assert (_texts(reading), reading.reader, notes) == (["Harbour", "office"], "tesseract", ())


@pytest.mark.parametrize(("when", "model"), [("never", "tesseract"), ("auto", "textlayer")])
def test_ocr_never_takes_the_layer_unjudged(tmp_path: Path, when: OcrWhen, model: str) -> None:
    """`--ocr never` and `-m textlayer` give the layer's words even where they are invisible."""
    reading, blank, notes = _read(
        tmp_path, INVISIBLE + words_at(("Harbour office", 30, 150, 16)), when=when, model=model
    )
    assert (_texts(reading), reading.reader, blank, notes) == (["Harbour", "office"], "textlayer", False, ())


def test_ocr_never_on_a_scan_says_that_there_is_no_layer() -> None:
    """A page without text layer and without OCR has no words, is not called blank, and a note says why."""
    reading, blank, notes = read_page(_page(draw_lines(["alpha"])), "tesseract", "never", FAST)
    assert (reading.words, blank) == ((), False)
    assert notes == ("no text layer, and OCR was not asked for",)


@pytest.mark.parametrize("colour", [0, 128, 255])
def test_a_page_of_one_colour_is_blank(colour: int) -> None:
    """A page without ink is blank, whatever its colour, and has no words."""
    reading, blank, notes = read_page(_page(Image.new("RGB", (90, 60), (colour,) * 3)), "tesseract", "auto", FAST)
    assert (reading.words, blank, notes) == ((), True, ())


def test_a_page_with_a_speck_is_not_blank() -> None:
    """One dark pixel is ink: the page has no text, but is not called blank."""
    image = Image.new("L", (90, 60), 255)
    image.putpixel((40, 30), 0)
    reading, blank, _ = read_page(_page(image), "tesseract", "auto", FAST)
    assert (reading.words, blank) == ((), False)


def test_a_blank_page_with_a_distrusted_layer_is_blank() -> None:
    """Invisible words on a white page are no ink: the page is blank, and the note says that a layer was left aside."""
    page = _page(Image.new("L", (90, 60), 255), _layer(invisible=1.0))
    reading, blank, notes = read_page(page, "tesseract", "auto", FAST)
    assert (reading.words, blank, len(notes)) == ((), True, 1)
