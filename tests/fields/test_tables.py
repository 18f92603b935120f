"""Lists of records from tables."""

import json
from pathlib import Path
from typing import Any

from tests.fields.reading import read, read_pages

HEADER = "Description                Qty    Price    Amount"
PEN = "Blue pen                     2     3.50      7.00"
INK = "Ink                          4     2.00      8.00"
TOTAL = "Total                                      15.00"
LINES = [("Blue pen", 2, 3.5, 7), ("Ink", 4, 2, 8)]


def lines(data: dict[str, Any]) -> list[tuple[object, ...]]:
    """The items of an invoice in short."""
    return [tuple(item[key] for key in ("description", "quantity", "unit_price", "amount")) for item in data["items"]]


def test_rows_under_a_header_are_records() -> None:
    """Each row gives a record with the cells under the headers, and each cell has its evidence."""
    data, evidence = read_pages("invoice", [HEADER, PEN, INK])
    assert lines(data) == LINES
    assert evidence["/items/1/amount"].quote == "8.00"
    assert len([pointer for pointer in evidence if pointer.startswith("/items/")]) == 8


def test_a_header_may_take_two_lines() -> None:
    """Labels on the line right below the first ones are headers too."""
    rows = ["Description                Qty", "                                  Price    Amount", PEN]
    assert lines(read("invoice", *rows)) == LINES[:1]


def test_a_description_may_take_several_lines() -> None:
    """Lines without figures continue the text of the record above."""
    data = read("invoice", HEADER, PEN, "with a clip", "of steel", INK)
    assert [line[0] for line in lines(data)] == ["Blue pen with a clip of steel", "Ink"]


def test_a_table_goes_on_over_a_page_break() -> None:
    """On the next page it goes on with its header repeated or without, below what else heads the page."""
    assert lines(read_pages("invoice", [HEADER, PEN], ["ACME GmbH    page 2", HEADER, INK, TOTAL])[0]) == LINES
    assert lines(read_pages("invoice", [HEADER, PEN], ["ACME GmbH    page 2", INK, TOTAL])[0]) == LINES


def test_a_missing_cell_is_null() -> None:
    """A cell that is not printed is null in its record, which has all keys, and the rows below are read."""
    data = read("invoice", HEADER, PEN, "Red pen                      1               1.20", INK)
    assert lines(data) == [LINES[0], ("Red pen", 1, None, 1.2), LINES[1]]
    assert data["items"][0]["tax_rate"] is None


def test_totals_end_the_table() -> None:
    """What follows the labels of the sums is no record any more."""
    data = read("invoice", HEADER, PEN, INK, TOTAL, "Later pen                    4     2.00      8.00")
    assert lines(data) == LINES
    assert data["total"] == 15
    both = read("invoice", HEADER, PEN, INK, "Total                        6               15.00")
    assert lines(both) == LINES


def test_a_wide_gap_ends_the_table() -> None:
    """A row far below the others belongs to something else."""
    assert lines(read("invoice", HEADER, PEN, *[""] * 6, INK)) == LINES[:1]


def test_words_do_not_go_into_columns_of_figures() -> None:
    """A text that reaches under the header of a number stays text."""
    data = read("invoice", HEADER, "Blue pen with a long steel A 2     3.50      7.00", INK)
    assert lines(data) == [("Blue pen with a long steel A", 2, 3.5, 7), LINES[1]]


def test_a_page_without_a_header_has_no_records() -> None:
    """Figures alone make no table."""
    assert read("invoice", PEN, INK)["items"] == []


def test_keys_with_slashes_are_escaped(tmp_path: Path) -> None:
    """Names of columns may be anything that JSON allows; pointers are as RFC 6901 has them."""
    columns = {"a/b": {"labels": ["Thing"]}, "n~": {"type": "integer", "labels": ["Count"]}}
    rows = {"type": "array", "items": {"type": "object", "properties": columns}}
    path = tmp_path / "odd.json"
    path.write_text(json.dumps({"type": "object", "properties": {"x/y": rows}}))
    data, evidence = read_pages(str(path), ["Thing            Count", "Apple                3"])
    assert data == {"x/y": [{"a/b": "Apple", "n~": 3}]}
    assert list(evidence) == ["/x~1y/0/a~1b", "/x~1y/0/n~0"]
