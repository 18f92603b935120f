"""ALTO output: valid by the rules of ALTO 4.4, and true to the words and boxes."""

from pathlib import Path

import pytest
from hypothesis import given
from lxml import etree

from vextract.renderers import find_format
from vextract.types import Box, Line, PageRef, PageText, Word

from .pages import page, page_texts, printable, render, text_line, unhurried

_A = "{http://www.loc.gov/standards/alto/ns-v4#}"
_RULES = etree.XMLSchema(etree.parse(Path(__file__).with_name("alto-4-4-subset.xsd")))


def _alto(*pages: PageText) -> etree._Element:
    root = etree.fromstring(render("alto", *pages))
    _RULES.assertValid(root)
    return root


def _place(element: etree._Element) -> list[int]:
    return [int(str(element.get(name))) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]


@unhurried
@given(page_texts())
def test_any_page_is_valid_and_reads_back(given_page: PageText) -> None:
    """Whatever a page holds, the file is valid and gives back its words, boxes and confidences."""
    ref = given_page.ref
    strings = list(_alto(given_page).iter(f"{_A}String"))
    assert [string.get("CONTENT") for string in strings] == [printable(word.text) for word in given_page.words]
    for string, word in zip(strings, given_page.words, strict=True):
        x, y, width, height = _place(string)
        assert abs(x - word.box.x0 * ref.width_px) <= 0.5
        assert abs(y - word.box.y0 * ref.height_px) <= 0.5
        assert abs(x + width - word.box.x1 * ref.width_px) <= 0.5
        assert abs(y + height - word.box.y1 * ref.height_px) <= 0.5
        sure = string.get("WC")
        assert (sure is None) == (word.confidence is None)
        assert sure is None or float(sure) == pytest.approx(word.confidence, abs=1e-4)


@unhurried
@given(page_texts())
def test_ids_stay_apart_over_pages(given_page: PageText) -> None:
    """Two pages with the same content still make a valid file: every id is there once."""
    assert len(_alto(given_page, given_page).findall(f".//{_A}Page")) == 2


def test_page_facts() -> None:
    """A page states its size and number, the head the source, the unit and the program."""
    root = _alto(page(ref=PageRef("ä<b>.pdf", 3, 1000, 1400)))
    [found] = root.iter(f"{_A}Page")
    assert {name: found.get(name) for name in ("WIDTH", "HEIGHT", "PHYSICAL_IMG_NR", "ROTATION")} == {
        "WIDTH": "1000",
        "HEIGHT": "1400",
        "PHYSICAL_IMG_NR": "3",
        "ROTATION": None,
    }
    assert root.findtext(f".//{_A}fileName") == "ä<b>.pdf"
    assert root.findtext(f".//{_A}MeasurementUnit") == "pixel"
    assert root.findtext(f".//{_A}softwareName") == "vextract"
    assert root.findtext(f".//{_A}processingStepSettings") == "reader: tesseract"


def test_rotation_is_on_the_page() -> None:
    """A page whose text does not stand upright carries ROTATION."""
    [found] = _alto(page(text_line("up", 0.1), rotation=270)).iter(f"{_A}Page")
    assert found.get("ROTATION") == "270"


def test_spaces_stand_between_words() -> None:
    """Between two words is a space with the gap's place; where words do not stand clear of each other it has none."""
    line = [("a", 0.1, 0.1, 0.2, 0.12), ("b", 0.3, 0.1, 0.4, 0.12), ("c", 0.4, 0.1, 0.5, 0.12)]
    [found] = _alto(page(line)).iter(f"{_A}TextLine")
    assert [etree.QName(child).localname for child in found] == ["String", "SP", "String", "SP", "String"]
    assert _place(found[1]) == [200, 140, 100, 28]
    assert not found[3].attrib


def test_right_to_left_words_have_their_gap() -> None:
    """The space between two words that run from right to left lies between them."""
    [found] = _alto(page([("ב", 0.3, 0.1, 0.4, 0.12), ("א", 0.1, 0.1, 0.2, 0.12)])).iter(f"{_A}SP")
    assert _place(found) == [200, 140, 100, 28]


def test_lines_without_words_are_left_out() -> None:
    """An empty line makes no TextLine, which ALTO would not allow without a String."""
    word = Word("a", Box(0, 0, 1, 1))
    root = _alto(PageText(PageRef("a.png", 1, 10, 10), (Line(()), Line((word,)), Line((), 1)), "tesseract"))
    assert len(list(root.iter(f"{_A}TextLine"))) == 1


def test_failed_document_writes_nothing() -> None:
    """A document without pages leaves no half file, and documents are not run together."""
    assert render("alto") == b""
    assert not find_format("alto").concatenates
