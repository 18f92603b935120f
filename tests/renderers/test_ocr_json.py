"""`-f json` and `-f jsonl`: written page by page, and yet the JSON of the whole record."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.renderers.pages import page, text_line, unhurried
from tests.test_wire import VALIDATOR, ocr_pages, printed
from vextract.geometry import BoxUnit
from vextract.renderers import RenderOptions, find_format
from vextract.types import ErrorInfo, OcrResult, PageText, Record

FAILURE = ErrorInfo("input", "'a.png' is empty", "choose another", None, 3)


def _record(pages: list[PageText], *errors: ErrorInfo, data: OcrResult | None = None) -> Record[Any]:
    status = ("partial" if pages else "failed") if errors else "ok"
    refs = tuple(page.ref for page in pages)
    return Record("a.png", "0" * 64, "ocr", "tesseract", status, data, refs, seconds=0.5, errors=errors)  # type: ignore[arg-type]


def _streamed(name: str, pages: list[PageText], *errors: ErrorInfo, unit: BoxUnit = "pixel") -> bytes:
    writer = find_format(name).writer(RenderOptions(unit))
    assert [part for page in pages for part in writer.page(page, None)] == []
    return b"".join(writer.close(_record(pages, *errors)))


def _one_word() -> PageText:
    return page(text_line("Brötchen", 0.1))


def _parted(told: dict[str, Any]) -> tuple[dict[str, Any], float | None]:
    """The record without its mean confidence, and that: adding up in another order may change its last digit."""
    mean = told["data"].pop("mean_confidence") if told["data"] else None
    return told, mean


@unhurried
@given(
    st.sampled_from(["json", "jsonl"]),
    st.lists(ocr_pages(), min_size=1, max_size=3),
    st.sampled_from(["pixel", "fraction"]),
)
def test_streamed_json_is_the_json_of_the_whole_record(name: str, pages: list[PageText], unit: BoxUnit) -> None:
    """Written page by page it is the same record as made at once, in both units, and validates."""
    told = json.loads(_streamed(name, pages, unit=unit))
    VALIDATOR.validate(told)
    streamed, mean = _parted(told)
    whole, expected = _parted(printed(_record(pages, data=OcrResult(tuple(pages))), unit))
    assert streamed == whole
    assert mean == (None if expected is None else pytest.approx(expected, abs=1.01e-4))


@unhurried
@given(pages=st.lists(ocr_pages(), max_size=2), failed=st.booleans())
def test_jsonl_is_one_line(pages: list[PageText], *, failed: bool) -> None:
    """A record is one line that ends with a newline, whatever characters its text has."""
    lines = _streamed("jsonl", pages, *([FAILURE] if failed else [])).split(b"\n")
    assert len(lines) == 2
    assert lines[1] == b""


def test_json_is_indented() -> None:
    """`-f json` is laid out as json.dumps lays it out with an indent of two."""
    written = _streamed("json", [_one_word(), _one_word()]).decode()
    assert written == json.dumps(json.loads(written), indent=2, ensure_ascii=False) + "\n"


def test_text_is_written_as_it_is() -> None:
    """Letters beyond ASCII are UTF-8, not escapes."""
    assert (
        _streamed("jsonl", [_one_word()]).count("Brötchen".encode()) == 4
    )  # of the whole, the page, its line and its word


def test_a_transcript_is_the_text() -> None:
    """Text of the whole and of the page is what a model wrote; lines have those of its words that have a place."""
    pages = [replace(_one_word(), transcript="# Brötchen\n\nund *Tee*"), _one_word()]
    data = json.loads(_streamed("json", pages))["data"]
    assert data["text"] == "# Brötchen\n\nund *Tee*\n\nBrötchen"
    assert [told["text"] for told in data["pages"]] == ["# Brötchen\n\nund *Tee*", "Brötchen"]
    assert [line["text"] for told in data["pages"] for line in told["lines"]] == ["Brötchen", "Brötchen"]


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_a_failed_record_has_no_data(name: str) -> None:
    """A document of which nothing was read has `data` null and its errors."""
    told = json.loads(_streamed(name, [], FAILURE))
    VALIDATOR.validate(told)
    assert (told["status"], told["data"]) == ("failed", None)
    assert told["errors"][0]["message"] == FAILURE.message


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_a_partial_record_has_data_and_errors(name: str) -> None:
    """A document with a failed page keeps the pages that were read."""
    told = json.loads(_streamed(name, [_one_word()], FAILURE))
    VALIDATOR.validate(told)
    assert (told["status"], told["data"]["text"], len(told["errors"])) == ("partial", "Brötchen", 1)


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_a_file_name_that_is_not_utf8(name: str) -> None:
    """Such a name is printed so that Python's json gives it back, byte for byte, as the file system has it."""
    writer = find_format(name).writer(RenderOptions())
    record: Record[object] = Record("\udcff\\.png", None, "ocr", None, "failed", None)
    assert json.loads(b"".join(writer.close(record)))["source"] == "\udcff\\.png"
