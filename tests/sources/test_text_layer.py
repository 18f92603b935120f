"""The text layer: words where they are printed, and an honest account of what cannot be trusted."""

from contextlib import closing
from pathlib import Path

import pytest

from vextract.geometry import turn
from vextract.sources.opening import open_file
from vextract.sources.options import OpenOptions
from vextract.types import Box, TextLayer, Word

from .pdfs import COURIER, PdfPage, pdf, stream, words_at


def _layer(tmp_path: Path, page: PdfPage, *extra: bytes) -> TextLayer | None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(page, extra=extra))
    with closing(open_file(path, "a.pdf", OpenOptions())) as file:
        return file.page(1).text_layer


def _read(tmp_path: Path, page: PdfPage, *extra: bytes) -> TextLayer:
    layer = _layer(tmp_path, page, *extra)
    assert layer is not None
    return layer


def _texts(layer: TextLayer) -> list[str]:
    return [word.text for word in layer.words]


def _check_place(  # noqa: PLR0917
    word: Word, left: float, baseline: float, size: float, crop: tuple[float, float, float, float], turned: int
) -> None:
    """The word stands, to 1 % of the page, where Courier of that size puts it; all in points from the lower left corner."""
    x0, y0, x1, y1 = crop
    width, height = x1 - x0, y1 - y0
    right = left + COURIER * size * len(word.text)
    box = turn(word.box, -turned)
    assert box.x0 == pytest.approx((left - x0) / width, abs=0.01)
    assert box.x1 == pytest.approx((right - x0) / width, abs=0.01)
    # Loose boxes reach from below the baseline to above the capitals, and are about as high as the font is large.
    assert box.y0 < (y1 - baseline - 0.6 * size) / height < (y1 - baseline) / height <= box.y1 + 1e-3
    assert (box.y1 - box.y0) * height == pytest.approx(size, rel=0.3)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [(0, 0, 612, 792), (50, 100, 550, 700)])
def test_places(tmp_path: Path, turned: int, crop: tuple[float, float, float, float]) -> None:
    """Words stand where they are printed, on the page as displayed: turned and cropped."""
    placed = [("Upper", 70, 650, 12), ("Right", 400, 640, 24), ("lower", 100, 120, 9)]
    entries = f"/Rotate {turned}/CropBox[{crop[0]} {crop[1]} {crop[2]} {crop[3]}]"
    layer = _read(tmp_path, PdfPage(words_at(*placed), entries=entries))
    assert sorted(_texts(layer)) == ["Right", "Upper", "lower"]
    for text, left, baseline, size in placed:
        (word,) = [word for word in layer.words if word.text == text]
        _check_place(word, left, baseline, size, crop, turned)


def test_words_of_a_line(tmp_path: Path) -> None:
    """Each word of a line has its own box, spaces have none."""
    layer = _read(tmp_path, PdfPage(words_at(("one two  three", 100, 500, 10))))
    assert _texts(layer) == ["one", "two", "three"]
    for word, at in zip(layer.words, (0, 4, 9), strict=True):
        _check_place(word, 100 + at * COURIER * 10, 500, 10, (0, 0, 612, 792), 0)
    assert all(word.confidence is None for word in layer.words)
    assert (layer.broken, layer.invisible) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[(left) -2000 (right)] TJ", ["left", "right"]),
        (b"[(left) -800 (right)] TJ", ["left", "right"]),
        (b"[(ker) -30 (ned)] TJ", ["kerned"]),
        (b"[(W) 80 (AVE)] TJ", ["WAVE"]),
        (b"(first) Tj 0 -20 Td (second) Tj", ["first", "second"]),
        (b"(12) Tj 100 0 Td (34) Tj", ["12", "34"]),
        (b"(a\\240b) Tj", ["a", "b"]),
        (b"1 0 0 1 200 500 Tm (x) Tj 1 0 0 1 200 516 Tm (y) Tj", ["x", "y"]),
    ],
)
def test_gaps(tmp_path: Path, content: bytes, words: list[str]) -> None:
    """A gap parts words where the page has no space character; a mere correction of letter distances does not."""
    layer = _read(tmp_path, PdfPage(b"BT /F1 10 Tf 100 500 Td " + content + b" ET"))
    assert _texts(layer) == words


def test_text_that_runs_upwards(tmp_path: Path) -> None:
    """Words printed at a right angle to the page are words too, parted by the same gaps."""
    layer = _read(tmp_path, PdfPage(b"BT /F1 10 Tf 0 1 -1 0 100 500 Tm [(rising) -2000 (upwards)] TJ ET"))
    assert _texts(layer) == ["rising", "upwards"]
    assert all(word.box.y1 - word.box.y0 > word.box.x1 - word.box.x0 for word in layer.words)


def test_hyphen_at_line_end(tmp_path: Path) -> None:
    """A word broken at a line end stays two words, each on its line, the hyphen with the first, however narrow the column."""
    layer = _read(tmp_path, PdfPage(words_at(("exam-", 100, 500, 10), ("ple", 100, 490, 10), ("next", 100, 480, 10))))
    assert _texts(layer) == ["exam-", "ple", "next"]
    assert max(word.box.y1 - word.box.y0 for word in layer.words) < 13 / 792


def test_outside_the_page(tmp_path: Path) -> None:
    """Words outside what is displayed are no words of the page; of those at the edge the box is cut."""
    content = words_at(("gone", 20, 500, 10), ("edge", 90, 500, 10), ("here", 200, 500, 10))
    layer = _read(tmp_path, PdfPage(content, entries="/CropBox[100 100 500 700]"))
    assert [text for text in _texts(layer) if text != "gone"] == _texts(layer)
    edge = next(word for word in layer.words if "edge".endswith(word.text))
    assert edge.box.x0 == 0


@pytest.mark.parametrize(
    ("content", "share"), [(b"3 Tr (hidden) Tj", 1.0), (b"(ab) Tj 3 Tr ( hidden) Tj", 0.75), (b"7 Tr (clip) Tj", 0.0)]
)
def test_invisible(tmp_path: Path, content: bytes, share: float) -> None:
    """The share of letters that are never painted, as OCR layers have them; they are words all the same."""
    layer = _read(tmp_path, PdfPage(b"BT /F1 10 Tf 100 500 Td " + content + b" ET"))
    assert layer.invisible == pytest.approx(share)
    assert layer.words


_COMPOSITE = (
    b"<</Type/Font/Subtype/Type0/BaseFont/Courier/Encoding/Identity-H/DescendantFonts[101 0 R]%s>>",
    (
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Courier/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        b"/Supplement 0>>/DW 600/FontDescriptor 102 0 R/CIDToGIDMap/Identity>>"
    ),
    (
        b"<</Type/FontDescriptor/FontName/Courier/Flags 4/FontBBox[0 -200 600 800]/ItalicAngle 0/Ascent 800"
        b"/Descent -200/CapHeight 700/StemV 80>>"
    ),
)


def _mapped(pairs: dict[int, str]) -> bytes:
    """A ToUnicode map from two-byte codes to texts."""
    rows = "".join(
        f"<{code:04X}> <{text.encode('utf-16-be', 'surrogatepass').hex()}>\n" for code, text in pairs.items()
    )
    return stream(
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        + f"{len(pairs)} beginbfchar\n{rows}endbfchar\n".encode()
        + b"endcmap end end"
    )


def _composite(tmp_path: Path, codes: str, pairs: dict[int, str]) -> TextLayer | None:
    """The layer of a page that shows the codes in a font whose letters mean what `pairs` says."""
    font, descendant, descriptor = _COMPOSITE
    page = PdfPage(f"BT /F2 10 Tf 100 500 Td <{codes}> Tj ET".encode(), resources="/F2 100 0 R")
    return _layer(tmp_path, page, font % b"/ToUnicode 103 0 R", descendant, descriptor, _mapped(pairs))


@pytest.mark.parametrize(
    ("codes", "pairs", "word"),
    [
        ("000100020003", {1: "o", 2: "ffi", 3: "ce"}, "office"),
        ("000100020003", {1: "a", 2: "ﬁ", 3: "b"}, "afib"),
        ("00010002", {1: "𝒳", 2: "😀"}, "𝒳😀"),
        ("00010002", {1: "漢", 2: "字"}, "漢字"),
        ("00010002", {1: "é", 2: "e\u0301"}, "ée\u0301"),
    ],
)
def test_letters(tmp_path: Path, codes: str, pairs: dict[int, str], word: str) -> None:
    """Ligatures come out as their letters, characters beyond 16 bits whole; none of them is broken."""
    layer = _composite(tmp_path, codes, pairs)
    assert layer is not None
    assert _texts(layer) == [word]
    assert layer.broken == 0.0
    assert layer.words[0].box.x0 == pytest.approx(100 / 612, abs=0.01)


@pytest.mark.parametrize(
    ("pairs", "share"),
    [
        ({1: "a", 2: "b", 3: "\ufffd", 4: "\ue001"}, 0.5),
        ({1: "a", 2: "b", 3: "\x03", 4: "d"}, 0.25),
        ({1: "a", 2: "b", 3: "c"}, 0.25),
        ({1: "a"}, 0.75),
        ({1: "\ud83d", 2: "b", 3: "c", 4: "d"}, 0.25),
        ({1: "a", 2: "\ude00", 3: "c", 4: "d"}, 0.25),
    ],
)
def test_broken(tmp_path: Path, pairs: dict[int, str], share: float) -> None:
    """The share of letters that have no proper Unicode value: unmapped, replaced, for private use, control, half a pair.

    The text can be written whatever they are.
    """
    layer = _composite(tmp_path, "0001000200030004", pairs)
    assert layer is not None
    assert "".join(_texts(layer)).encode()
    assert layer.broken == pytest.approx(share)


def test_nothing_but_broken(tmp_path: Path) -> None:
    """A page whose letters mean nothing at all has a text layer that is broken throughout, or none; never trusted words."""
    layer = _composite(tmp_path, "00010002", {9: "x"})
    assert layer is None or layer.broken == 1.0


def test_no_text(tmp_path: Path) -> None:
    """A page without any letter has no text layer; a page of spaces neither."""
    assert _layer(tmp_path, PdfPage(b"0 0 100 100 re f")) is None
    assert _layer(tmp_path, PdfPage(words_at(("   ", 100, 500, 10)))) is None


_IMAGE = stream(b"\0" * 4, "/Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8")


@pytest.mark.parametrize("turned", [0, 90])
def test_pictures(tmp_path: Path, turned: int) -> None:
    """Raster pictures are told with their boxes, on the page as displayed."""
    content = words_at(("x", 10, 10, 10)) + b"q 306 0 0 198 0 594 cm /I Do Q"
    layer = _read(tmp_path, PdfPage(content, entries=f"/Rotate {turned}", resources="/XObject<</I 100 0 R>>"), _IMAGE)
    (box,) = layer.pictures
    wanted = turn(Box(0, 0, 0.5, 0.25), turned)
    assert [box.x0, box.y0, box.x1, box.y1] == pytest.approx([wanted.x0, wanted.y0, wanted.x1, wanted.y1], abs=0.01)


def test_picture_in_a_form(tmp_path: Path) -> None:
    """A picture inside a form object is where the form puts it."""
    inner = stream(
        b"q 1 0 0 1 0 0 cm /I Do Q", "/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</I 100 0 R>>>>"
    )
    content = words_at(("x", 10, 10, 10)) + b"q 306 0 0 198 306 594 cm /X Do Q"
    layer = _read(tmp_path, PdfPage(content, resources="/XObject<</X 101 0 R>>"), _IMAGE, inner)
    (box,) = layer.pictures
    assert [box.x0, box.y0, box.x1, box.y1] == pytest.approx([0.5, 0, 1, 0.25], abs=0.01)
