"""CSV and Markdown of what was verified: the places are the result."""

import csv
import io
from dataclasses import replace

from vextract.renderers import RenderOptions, find_format
from vextract.types import Box, Evidence, PageRef, Record

RECORD: Record[object] = Record(
    source="a.png",
    sha256=None,
    task="verify",
    model="tesseract",
    status="ok",
    data={"total": 9.5, "items": [{"name": "tea | milk"}], "tip": 1},
    pages=(PageRef("a.png", 1, 200, 100),),
    evidence=(
        Evidence("/total", 1, Box(0.1, 0.2, 0.3, 0.4), "9.50", "normalized", 0.91234567),
        Evidence("/items/0/name", 1, Box(0, 0, 1, 1), "tea | milk", "exact"),
        Evidence("/tip", None, None, None, "none"),
    ),
)


def _written(name: str, record: Record[object], *, first: bool = True) -> str:
    writer = find_format(name, pages=False).writer_for(RenderOptions(evidence=True, first=first))
    return b"".join(writer.close(record)).decode()


def test_csv_has_a_row_for_each_place() -> None:
    """Pointer, value, kind of match, page, box in pixels, quote and confidence; empty cells for what is not on the page."""
    total, name, tip = csv.DictReader(io.StringIO(_written("csv", RECORD)))
    assert (total["pointer"], total["value"], total["match"]) == ("/total", "9.5", "normalized")
    assert [total[corner] for corner in ("x0", "y0", "x1", "y1")] == ["20.0", "20.0", "60.0", "40.0"]
    assert (total["quote"], total["confidence"]) == ("9.50", "0.9123")
    assert (name["value"], name["confidence"]) == ("tea | milk", "")
    assert (tip["match"], tip["page"], tip["x0"], tip["quote"]) == ("none", "", "", "")


def test_a_failed_document_has_its_row() -> None:
    """Nothing is left out: its status stands there with empty cells, and no header on a stream that has one."""
    failed = replace(RECORD, status="failed", data=None, evidence=(), pages=())
    [row] = csv.reader(io.StringIO(_written("csv", failed, first=False)))
    assert row[:2] == ["a.png", "failed"]
    assert set(row[2:]) == {""}


def test_markdown_shows_the_places() -> None:
    """A row for each value, with what a table would take for a border escaped."""
    told = _written("md", RECORD)
    assert "| /total | 9.5 | normalized | 1 | 9.50 |" in told
    assert r"tea \| milk" in told
