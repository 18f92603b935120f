"""Which detectors look for what is asked, and in which order their finds are told."""

import pytest
from PIL.Image import Image

from vextract.detection import Detection
from vextract.detectors import Detector, detect, detectors_for, find_detector
from vextract.detectors._order import in_reading_order
from vextract.errors import UsageError
from vextract.plugins import names
from vextract.types import Box, Line, Page, PageRef, PageText, Word

REF = PageRef("page", 3, 1000, 1000)


def _words(*places: tuple[str, float, float]) -> tuple[Word, ...]:
    return tuple(Word(text, Box(x, y, x + 0.1, y + 0.02), 0.9) for text, x, y in places)


def test_every_file_is_a_detector() -> None:
    """Each listed name leads to a detector that can run here, and no label belongs to two of them."""
    found: list[Detector] = [find_detector(name) for name in names("vextract.detectors")]
    for detector in found:
        detector.check()
    labels = [label for detector in found for label in detector.labels]
    assert len(labels) == len(set(labels))
    assert {label for detector in found for meant in detector.synonyms.values() for label in meant} <= set(labels)


def test_defaults() -> None:
    """Without labels everything is looked for but cells."""
    chosen, wanted = detectors_for(())
    assert chosen == ("barcodes", "tables", "text")
    assert {"line", "table", "qr code", "ean-13"} <= wanted
    assert not {"word", "cell"} & wanted
    assert "cell" not in wanted


@pytest.mark.parametrize(
    ("asked", "detector", "wanted"),
    [
        ("word", "text", {"word"}),
        ("Words", "text", {"word"}),
        ("text lines", "text", {"line"}),
        ("lines of text", "text", {"line"}),
        ("Table", "tables", {"table"}),
        ("table grids", "tables", {"table"}),
        ("table-cells", "tables", {"cell"}),
        ("EAN 13", "barcodes", {"ean-13"}),
        ("code128", "barcodes", {"code 128"}),
        ("QR-Codes", "barcodes", {"qr code", "micro qr code", "rmqr code", "qr code model 1", "qr code model 2"}),
    ],
)
def test_synonyms(asked: str, detector: str, wanted: set[str]) -> None:
    """Case, plural, blanks and hyphens do not matter, and neither do the usual other names."""
    assert detectors_for([asked]) == ((detector,), frozenset(wanted))


def test_bar_codes_are_the_linear_and_stacked_ones() -> None:
    """`barcodes` asks for every symbology but the two-dimensional ones of squares."""
    _, wanted = detectors_for(["barcodes"])
    assert {"ean-13", "code 128", "itf", "pdf417"} <= wanted
    assert not wanted & {"qr code", "data matrix", "aztec"}


def test_labels_of_several_detectors() -> None:
    """Several labels ask for all detectors that they need, each once."""
    assert detectors_for(["word", "line", "qr"])[0] == ("barcodes", "text")


@pytest.mark.parametrize("label", ["red car", "face", "faces", "person", "", "s", "Qr cod"])
def test_what_it_cannot_find(label: str) -> None:
    """A label that nothing finds is refused, telling it, what can be found, and what would find it."""
    with pytest.raises(UsageError) as error:
        detectors_for(["word", label])
    assert str(error.value).startswith(
        f"embedded cannot find {label!r}; it finds qr code, bar code, matrix code, table"
    )
    assert "-m PROVIDER:MODEL" in error.value.hint


def test_words_and_lines() -> None:
    """Each line is told with its text and mean confidence, followed by its words; only what was asked for."""
    words = _words(("one", 0.1, 0.1), ("two", 0.3, 0.1))
    text = PageText(REF, (Line(words), Line(()), Line((Word("three", Box(0.1, 0.2, 0.3, 0.22)),))), "reader")
    page = Page(REF, draw=_no_picture)
    found = detect(page, text, ("text",), frozenset({"word", "line"}))
    assert [(one.label, one.text, one.score) for one in found] == [
        ("line", "one two", pytest.approx(0.9)),
        ("word", "one", 0.9),
        ("word", "two", 0.9),
        ("line", "three", None),
        ("word", "three", None),
    ]
    assert found[0].box == Box(0.1, 0.1, words[1].box.x1, words[1].box.y1)
    assert {one.page for one in found} == {3}
    assert [one.label for one in detect(page, text, ("text",), frozenset({"line"}))] == ["line", "line"]


def test_nothing_is_told_twice() -> None:
    """A detector that is named twice does not double its finds."""
    text = PageText(REF, (Line(_words(("one", 0.1, 0.1))),), "reader")
    assert len(detect(Page(REF, draw=_no_picture), text, ("text", "text"), frozenset({"word"}))) == 1


def test_reading_order_around_columns() -> None:
    """A table in the left column comes before the text of the right one, though that stands higher."""
    left, right = _words(("left", 0.1, 0.5)), _words(("right", 0.6, 0.1))
    text = PageText(REF, (Line(left, 0), Line(right, 1)), "reader")
    table = Detection(3, "table", Box(0.05, 0.45, 0.4, 0.6))
    lines = [Detection(3, "line", left[0].box), Detection(3, "line", right[0].box)]
    assert in_reading_order([lines[1], lines[0], table], text) == [table, *lines]


def test_reading_order_of_a_turned_page() -> None:
    """On a page that was scanned on its side the order is that of the page set upright."""
    first, second = Word("a", Box(0.8, 0.1, 0.82, 0.3)), Word("b", Box(0.2, 0.1, 0.22, 0.3))
    text = PageText(REF, (Line((first,)), Line((second,))), "reader", rotation=270)
    code = Detection(3, "qr code", Box(0.4, 0.1, 0.5, 0.2))
    lines = [Detection(3, "line", first.box), Detection(3, "line", second.box)]
    assert in_reading_order([code, *lines], text) == [lines[0], code, lines[1]]


def _no_picture() -> Image:
    raise AssertionError("words alone need no picture")
