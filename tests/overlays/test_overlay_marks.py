"""What of a record is drawn, and in which colour."""

from vextract.detection import Detection, Detections, Mask
from vextract.overlays import Mark, marks_of
from vextract.types import Box, Evidence, Line, OcrResult, PageRef, PageText, Record, Word

BOX, OTHER = Box(0.1, 0.1, 0.2, 0.2), Box(0.3, 0.1, 0.5, 0.2)
PAGES = (PageRef("a.pdf", 1, 100, 100), PageRef("a.pdf", 2, 100, 100))


def _record(data=None, evidence=(), task="extract") -> Record[object]:
    return Record("a.pdf", None, task, None, "ok", data, PAGES, evidence)


def test_objects_are_marked_with_label_and_score() -> None:
    """A label with its score where that is known, the text of a bar code shortened (not of a line), the mask kept."""
    mask = Mask((((0.1, 0.1), (0.2, 0.1), (0.2, 0.2)),))
    found = Detections(
        (
            Detection(1, "cat", BOX, 0.934, mask=mask),
            Detection(2, "dog", BOX),
            Detection(2, "qr code", OTHER, text="https://example.com/a\nvery/long/path"),
            Detection(2, "", OTHER, 0.5),
            Detection(2, "line", OTHER, 0.5, "printed there"),
        )
    )
    assert marks_of(_record(found, task="detect")) == {
        1: [Mark(BOX, "cat 0.93", "cat", mask)],
        2: [
            Mark(BOX, "dog", "dog"),
            Mark(OTHER, "qr code https://example.com/a v…", "qr code"),
            Mark(OTHER, "0.50", ""),
            Mark(OTHER, "line 0.50", "line", None, "line printed there 0.50"),
        ],
    }


def test_lines_are_marked_without_labels() -> None:
    """Each line of text is a box; a page without text has none."""
    line = Line((Word("one", BOX), Word("two", OTHER)))
    result = OcrResult((PageText(PAGES[0], (line,), "x"), PageText(PAGES[1], (), "x")))
    assert marks_of(_record(result, task="ocr")) == {1: [Mark(Box(0.1, 0.1, 0.5, 0.2))], 2: []}


def test_values_are_marked_with_their_names() -> None:
    """A value has its path and its kind of match; values at one place share a mark; those found nowhere have none."""
    evidence = (
        Evidence("/items/2/amount", 1, BOX, "3.00", "exact"),
        Evidence("/total", 1, BOX, "3.00", "exact"),
        Evidence("/total", 1, BOX, "3.00", "fuzzy"),
        Evidence("/vendor", None, None, None, "none"),
    )
    assert marks_of(_record({"total": 3}, evidence)) == {
        1: [Mark(BOX, "items[2].amount, total", "exact"), Mark(BOX, "total", "fuzzy")],
        2: [],
    }


def test_tables_are_marked_as_tables() -> None:
    """On each page a table's values have their whole path as the comment, and a label only at its top and its left."""
    evidence = tuple(
        Evidence(f"/items/{row}/{name}", 1 + row // 2, Box(x, y, x + 0.1, y + 0.05), None, "exact")
        for row, y in enumerate((0.1, 0.2, 0.1, 0.2))
        for name, x in (("pos", 0.1), ("price", 0.7))
    )
    marks = marks_of(_record({}, evidence))
    assert [[mark.label for mark in on_page] for on_page in marks.values()] == [
        ["items[0].pos", "price", "[1]", ""],
        ["items[2].pos", "price", "[3]", ""],
    ]
    assert [mark.comment for mark in marks[1]] == [None, "items[0].price", "items[1].pos", "items[1].price"]


def test_a_failed_record_has_no_marks() -> None:
    """Without data there is nothing to mark, and no page is invented."""
    assert marks_of(Record("x", None, "detect", None, "failed", None)) == {}
