"""TSV output: one row a word, whatever the word."""

import csv
from io import StringIO

from hypothesis import given

from vextract.geometry import to_pixels
from vextract.renderers import RenderOptions, find_format
from vextract.types import Box, Line, PageRef, PageText, Word

from .pages import page, page_texts, printable, render, text_line, unhurried

_COLUMNS = ["source", "page", "block", "line", "word", "text", "x0", "y0", "x1", "y1", "confidence"]


def _rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode(), newline=""), dialect="excel-tab"))


def _one_line(text: str) -> str:
    return "".join(" " if character.isspace() else character for character in printable(text))


@unhurried
@given(page_texts())
def test_rows_are_lines(given_page: PageText) -> None:
    """Tools that split at every line and tab, and know nothing of quotation marks, count the same rows and columns."""
    lines = render("tsv", given_page).decode().splitlines()
    assert len(lines) == 1 + len(given_page.words)
    assert {line.count("\t") for line in lines} == {10}


@unhurried
@given(page_texts())
def test_any_page_reads_back(given_page: PageText) -> None:
    """No text breaks a row: each word is one row with its text, box and confidence."""
    ref = given_page.ref
    head, *rows = _rows(render("tsv", given_page))
    assert head == _COLUMNS
    for row, word in zip(rows, given_page.words, strict=True):
        assert (row[0], row[1], row[5]) == (_one_line(ref.source), str(ref.number), _one_line(word.text))
        exact = to_pixels(word.box, ref.width_px, ref.height_px)
        assert all(abs(float(a) - b) <= 0.051 for a, b in zip(row[6:10], exact, strict=True))
        assert (row[10] == "") == (word.confidence is None)


def test_numbers_count_from_one_within_their_parent() -> None:
    """Block counts on the page, line in its block, word in its line, all from 1."""
    lines = [text_line("a b", 0.1), text_line("c", 0.2), text_line("d", 0.5)]
    rows = _rows(render("tsv", page(*lines, blocks=[4, 4, 9])))[1:]
    assert [row[2:6] for row in rows] == [
        ["1", "1", "1", "a"],
        ["1", "1", "2", "b"],
        ["1", "2", "1", "c"],
        ["2", "1", "1", "d"],
    ]


def test_boxes_are_in_the_unit_asked_for() -> None:
    """Boxes are pixels, or fractions where those were asked for."""
    one = page([("a", 0.1, 0.2, 0.3, 0.4)])
    shares = render("tsv", one, options=RenderOptions(box_unit="fraction"))
    assert _rows(render("tsv", one))[1][6:10] == ["100.0", "280.0", "300.0", "560.0"]
    assert _rows(shares)[1][6:10] == ["0.1", "0.2", "0.3", "0.4"]


def test_header_comes_once_on_a_stream() -> None:
    """Only the first document brings the header, even where it failed; further documents follow on."""
    first, later = RenderOptions(several=True), RenderOptions(several=True, first=False)
    assert _rows(render("tsv", options=first)) == [_COLUMNS]
    assert render("tsv", options=later) == b""
    assert [row[5] for row in _rows(render("tsv", page(text_line("a", 0.1)), options=later))] == ["a"]
    assert find_format("tsv").concatenates


def test_unknown_confidence_is_empty() -> None:
    """No confidence is invented."""
    word = Word("a", Box(0, 0, 1, 1))
    assert render("tsv", PageText(PageRef("a.png", 1, 10, 10), (Line((word,)),), "tesseract")).endswith(b"\t10.0\t\n")
