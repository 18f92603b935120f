"""hOCR output: well-formed, nested as hOCR demands, and true to the words and boxes."""

import re
from itertools import pairwise

from hypothesis import given
from lxml import etree

from vextract.renderers import find_format
from vextract.types import Box, Line, PageRef, PageText, Word

from .pages import page, page_texts, printable, render, text_line, unhurried

_X = "{http://www.w3.org/1999/xhtml}"
_TAGS = {"ocr_page": "div", "ocr_carea": "div", "ocr_par": "p", "ocr_line": "span", "ocrx_word": "span"}


def _elements(data: bytes, name: str) -> list[etree._Element]:
    found = etree.fromstring(data).iter(f"{_X}{_TAGS[name]}")
    return [element for element in found if element.get("class") == name]


def _facts(element: etree._Element) -> dict[str, str]:
    return dict(fact.split(" ", 1) for fact in re.split(r"\s*;\s*", str(element.get("title"))))


def _shown(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))


def _box(element: etree._Element) -> list[int]:
    return [int(value) for value in _facts(element)["bbox"].split()]


@unhurried
@given(page_texts())
def test_any_page_reads_back(given_page: PageText) -> None:
    """Whatever a page holds, its words and its boxes in whole pixels are read back from well-formed XML."""
    ref = given_page.ref
    found = _elements(render("hocr", given_page), "ocrx_word")
    assert [_shown(word) for word in found] == [printable(word.text) for word in given_page.words]
    sides = (ref.width_px, ref.height_px, ref.width_px, ref.height_px)
    for element, word in zip(found, given_page.words, strict=True):
        exact = (word.box.x0, word.box.y0, word.box.x1, word.box.y1)
        assert all(abs(a - b * side) <= 0.5 for a, b, side in zip(_box(element), exact, sides, strict=True))
        sure = None if word.confidence is None else round(word.confidence * 100)
        assert _facts(element).get("x_wconf") == (None if sure is None else str(sure))


@unhurried
@given(page_texts())
def test_every_element_lies_within_its_parent(given_page: PageText) -> None:
    """Pages hold areas hold paragraphs hold lines hold words, each box in that of its parent, and ids are unique."""
    data = render("hocr", given_page, given_page)
    identifiers = [element.get("id") for name in _TAGS for element in _elements(data, name)]
    assert len(identifiers) == len(set(identifiers))
    assert None not in identifiers
    for outer, inner in pairwise(_TAGS):
        for element in _elements(data, inner):
            parent = element.getparent()
            assert parent is not None
            assert parent.get("class") == outer
            (x0, y0, x1, y1), (a0, b0, a1, b1) = _box(element), _box(parent)
            assert a0 <= x0 <= x1 <= a1
            assert b0 <= y0 <= y1 <= b1


def test_page_facts() -> None:
    """A page states its source, size, zero-based number and resolution."""
    ref = PageRef("a.pdf", 3, 1000, 1400, 299.9)
    [element] = _elements(render("hocr", page(ref=ref)), "ocr_page")
    assert _facts(element) == {"image": '"a.pdf"', "bbox": "0 0 1000 1400", "ppageno": "2", "scan_res": "300 300"}


def test_unknown_facts_are_left_out() -> None:
    """An unknown resolution or confidence is absent, not zero."""
    line = Line((Word("a", Box(0, 0, 1, 1)),))
    data = render("hocr", PageText(PageRef("a.png", 1, 10, 10), (line,), "tesseract"))
    assert b"scan_res" not in data
    assert b"x_wconf" not in data


def test_source_cannot_end_its_quotes() -> None:
    """Quotation marks and semicolons in a name do not end the image property; the title shows the name itself."""
    ref = PageRef('a"; bbox 1 1 2 2.png', 1, 10, 20)
    data = render("hocr", page(ref=ref))
    [element] = _elements(data, "ocr_page")
    assert _facts(element)["image"] == '"a%22%3B bbox 1 1 2 2.png"'
    assert _box(element) == [0, 0, 10, 20]
    assert etree.fromstring(data).findtext(f".//{_X}title") == ref.source


def test_turned_text_has_its_angle() -> None:
    """Lines of a page that must be turned clockwise carry the same angle, which hOCR counts counterclockwise."""
    data = render("hocr", page(text_line("up the page", 0.1), rotation=90))
    assert [_facts(line)["textangle"] for line in _elements(data, "ocr_line")] == ["90"]
    assert b"textangle" not in render("hocr", page(text_line("as usual", 0.1)))


def test_blocks_become_areas() -> None:
    """Lines of one block share an area; words are parted by spaces, so that a browser shows the text."""
    lines = [text_line("first line", 0.1), text_line("second line", 0.13), text_line("elsewhere", 0.5)]
    areas = _elements(render("hocr", page(*lines, blocks=[0, 0, 1])), "ocr_carea")
    shown = [" ".join(_shown(area).split()) for area in areas]
    assert shown == ["first line second line", "elsewhere"]


def test_head_names_system_and_capabilities() -> None:
    """The head has what hOCR requires, and claims each class that occurs."""
    root = etree.fromstring(render("hocr", page(text_line("a", 0.1))))
    meta = {element.get("name"): element.get("content") for element in root.iter(f"{_X}meta")}
    assert str(meta["ocr-system"]).startswith("vextract")
    assert set(_TAGS) <= set(str(meta["ocr-capabilities"]).split())


def test_failed_document_writes_nothing() -> None:
    """A document without pages leaves no half file, and documents are not run together."""
    assert render("hocr") == b""
    assert not find_format("hocr").concatenates
