"""The published record: what is printed validates against the published schema, and boxes lie on the page."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # stubs are a package of their own
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import draw_lines, write_tiff
from tests.renderers.pages import boxes, unhurried
from vextract import ocr_many
from vextract.geometry import BoxUnit
from vextract.types import Box, Call, ErrorInfo, Evidence, Line, OcrResult, PageRef, PageText, Record, Usage, Word
from vextract.wire import record_schema, wire_ocr_page, wire_record

PUBLISHED = Path(__file__).parent.parent / "docs" / "record.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text("utf-8")))
CONFIDENCE = st.none() | st.floats(0, 1)
UNITS: tuple[BoxUnit, ...] = ("pixel", "fraction")


@st.composite
def ocr_pages(draw: st.DrawFn) -> PageText:
    """Any page that reading can give: lines have words, words have text."""
    word = st.builds(Word, st.text(st.characters(codec="utf-8"), min_size=1, max_size=6), boxes(), CONFIDENCE)
    line = st.builds(Line, st.lists(word, min_size=1, max_size=3).map(tuple), st.integers(0, 3))
    size = st.integers(1, 5000)
    ref = st.builds(PageRef, st.just("a.png"), st.integers(1, 99), size, size, st.none() | st.floats(36, 2400))
    turn, lines = st.sampled_from([0, 90, 180, 270]), st.lists(line, max_size=3).map(tuple)
    return draw(st.builds(PageText, ref, lines, st.just("tesseract"), turn, st.booleans()))


def printed(record: Record[Any], unit: BoxUnit = "pixel") -> dict[str, Any]:
    """The record as JSON gives it back."""
    loaded: dict[str, Any] = json.loads(wire_record(record, unit).model_dump_json(by_alias=True))
    return loaded


def test_the_schema_is_published() -> None:
    """docs/record.schema.json is what the code makes, and is itself a valid JSON Schema."""
    assert json.loads(PUBLISHED.read_text("utf-8")) == record_schema()
    jsonschema.Draft202012Validator.check_schema(record_schema())


def test_real_records_validate(tmp_path: Path) -> None:
    """The records of a picture, a TIFF of several pages, a blank page and a broken file validate in both units."""
    draw_lines(["alpha beta"]).save(tmp_path / "a.png")
    draw_lines([]).save(tmp_path / "blank.png")
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    write_tiff(tmp_path / "two.tiff", ["one", "two"])
    records = list(ocr_many([tmp_path], fast=True, rotate=False))
    assert [record.status for record in records] == ["ok", "ok", "failed", "ok"]
    for record in records:
        for unit in UNITS:
            VALIDATOR.validate(printed(record, unit))


@unhurried
@given(st.lists(ocr_pages(), max_size=3), st.sampled_from(UNITS))
def test_any_result_validates(pages: list[PageText], unit: BoxUnit) -> None:
    """Whatever was read, the record validates."""
    refs = tuple(page.ref for page in pages)
    record = Record("a.png", "0" * 64, "ocr", "tesseract", "ok", OcrResult(tuple(pages)), refs, seconds=0.1)
    VALIDATOR.validate(printed(record, unit))


@unhurried
@given(ocr_pages(), st.sampled_from(UNITS))
def test_boxes_lie_on_the_page(page: PageText, unit: BoxUnit) -> None:
    """Boxes of lines and words lie within the page, corners in order, words within their line."""
    width, height = (page.ref.width_px, page.ref.height_px) if unit == "pixel" else (1, 1)
    for line in wire_ocr_page(page, unit).lines:
        for x0, y0, x1, y1 in (line.box, *(word.box for word in line.words)):
            assert 0 <= x0 <= x1 <= width
            assert 0 <= y0 <= y1 <= height
        for word in line.words:
            assert line.box[0] <= word.box[0] <= word.box[2] <= line.box[2]
            assert line.box[1] <= word.box[1] <= word.box[3] <= line.box[3]


@unhurried
@given(ocr_pages())
def test_nothing_of_a_page_is_lost(page: PageText) -> None:
    """Texts, blocks and reading order are printed as they were read; a confidence that is unknown stays null."""
    wire = wire_ocr_page(page, "pixel")
    assert [(line.text, line.block) for line in wire.lines] == [(line.text, line.block) for line in page.lines]
    words = [word for line in wire.lines for word in line.words]
    assert [word.text for word in words] == [word.text for word in page.words]
    assert [word.confidence is None for word in words] == [word.confidence is None for word in page.words]


def test_every_part_of_a_record_is_printed() -> None:
    """Evidence in pixels of its page, usage, errors with their page, nothing invented where nothing is known."""
    record: Record[None] = Record(
        "a.pdf",
        None,
        "extract",
        "some:model",
        "partial",
        None,
        pages=(PageRef("a.pdf", 2, 200, 100, 72.0),),
        evidence=(
            Evidence("/total", 2, Box(0.5, 0.5, 1, 1), "60.30", "exact", 0.97),
            Evidence("/vendor", None, None, None, "none"),
        ),
        schema="Receipt",
        usage=Usage(10, None, 4, 1.5, 0.01),
        errors=(ErrorInfo("input", "broken", "mend it", 1, 3),),
        calls=(Call((2,), "extract/1", "some-2", "id-1", "stop", 3, ("code fence",), Usage(10, None, 4, 1.5, 0.01)),),
    )
    told = printed(record)
    VALIDATOR.validate(told)
    assert [(e["box"], e["confidence"]) for e in told["evidence"]] == [([100, 50, 200, 100], 0.97), (None, None)]
    usage = {"input_tokens": 10, "output_tokens": None, "cached_tokens": 4, "seconds": 1.5, "cost_usd": 0.01}
    assert told["usage"] == usage
    assert told["requests"] == [
        {
            "pages": [2],
            "prompt": "extract/1",
            "model": "some-2",
            "id": "id-1",
            "finish": "stop",
            "attempts": 3,
            "mended": ["code fence"],
            "stored": False,
            "usage": usage,
        }
    ]
    assert told["errors"] == [{"kind": "input", "message": "broken", "hint": "mend it", "page": 1}]
    assert (told["schema"], told["sha256"], told["seconds"]) == ("Receipt", None, None)


@pytest.mark.parametrize(
    ("key", "value"), [("status", "done"), ("format", 2), ("extra", 1), ("pages", [{"number": 1}]), ("errors", None)]
)
def test_the_schema_is_strict(key: str, value: object) -> None:
    """A record with an unknown status, format or key, or with less than it must have, does not validate."""
    told = printed(Record("a.png", None, "ocr", None, "failed", None))
    VALIDATOR.validate(told)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({**told, key: value})


def test_what_only_several_models_have() -> None:
    """Who gave a value, and how many agree, stand in the record where that is known, and validate; else their keys are left out."""
    here = Box(0.1, 0.1, 0.2, 0.2)
    told = (Evidence("/a", 1, here, "x", "exact", 0.9), Evidence("/a", 1, here, "x", "exact", 0.9, "layout", 2 / 3))
    ref = PageRef("a.png", 1, 100, 100)
    plain, several = printed(Record("a.png", None, "extract", None, "ok", {"a": "x"}, (ref,), told))["evidence"]
    assert several == {**plain, "model": "layout", "agreement": 0.6667}
    assert "model" not in plain
    VALIDATOR.validate(printed(Record("a.png", None, "extract", None, "ok", {"a": "x"}, (ref,), told)))
