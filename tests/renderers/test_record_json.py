"""`-f json` and `-f jsonl` of records with data."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from vextract.types import Box, Evidence, PageRef

from .pages import unhurried
from .records import data as any_data
from .records import failed, record, rendered, write


@unhurried
@given(any_data)
def test_data_reads_back(data: dict[str, Any]) -> None:
    """Any data is read back as it was, from one line or from several."""
    line = rendered("jsonl", record(data), data_only=True)
    assert line.count("\n") == 1
    for text in (line, rendered("json", record(data), data_only=True)):
        # A lone surrogate is no text; it comes back as JSON writes it.
        assert json.loads(text) == json.loads(json.dumps(data))


@pytest.mark.parametrize(("unit", "box"), [("pixel", [10, 40, 50, 60]), ("fraction", [0.1, 0.2, 0.5, 0.3])])
def test_box_units(unit: str, box: list[float]) -> None:
    """Boxes are in pixels of the page, or in fractions if so asked."""
    evidence = Evidence("/a", 1, Box(0.1, 0.2, 0.5, 0.3), "x", "exact", 0.98765)
    told = record({"a": "x"}, evidence=(evidence,), pages=(PageRef("a.png", 1, 100, 200),))
    (shown,) = json.loads(rendered("jsonl", told, box_unit=unit))["evidence"]
    assert shown["box"] == pytest.approx(box)
    assert shown["confidence"] == 0.9877


def test_data_only() -> None:
    """With --data a line is the data alone, null for a document that failed."""
    assert rendered("jsonl", record({"a": "ü"}), failed(), data_only=True) == '{"a":"ü"}\nnull\n'


def test_names_that_are_no_utf_8() -> None:
    """A file name that is not UTF-8 is read back as Python gives it."""
    for name in ("json", "jsonl"):
        assert json.loads(rendered(name, record({}, "b\udcff.png")))["source"] == "b\udcff.png"


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_several(workdir: Path, name: str) -> None:
    """Several records are one array, or a line each; failures keep their place."""
    assert write(name, "out", record({"a": 1}), failed(), record([2], "b.png")) == ["ok", "failed", "ok"]
    text = (workdir / "out").read_text("utf-8")
    told = json.loads(text) if name == "json" else [json.loads(line) for line in text.splitlines()]
    assert [each["data"] for each in told] == [{"a": 1}, None, [2]]
    assert told[1]["errors"][0]["hint"] == "mend it"
