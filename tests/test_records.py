"""Records read back: what was printed comes back, what is left out is unknown, what is no record is told with its place."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import draw_lines, write_tiff
from tests.record_strategies import detections, extractions, texts
from tests.renderers.pages import unhurried
from vextract import ocr_many
from vextract.detection import Detection, Detections, Mask, Rle
from vextract.errors import InputError
from vextract.geometry import BoxUnit
from vextract.records import read_records
from vextract.types import (
    Box,
    Call,
    ErrorInfo,
    Evidence,
    PageRef,
    Record,
    Usage,
)
from vextract.wire import wire_record

UNITS: tuple[BoxUnit, ...] = ("pixel", "fraction")
A_PAGE = {"number": 1, "width": 200, "height": 100}
AN_OBJECT = {"page": 1, "label": "cat", "box": [20, 10, 100, 50]}


def printed(record: Record[Any], unit: BoxUnit = "pixel") -> bytes:
    """The record as JSONL has it."""
    return wire_record(record, unit).model_dump_json(by_alias=True).encode() + b"\n"


def back(*lines: bytes) -> list[Any]:
    """The records of a file of these lines."""
    return list(read_records(io.BytesIO(b"".join(lines)), "some.jsonl"))


def found_in(record: Record[Any]) -> Any:
    """The data of a record that has some."""
    return record.data


def one(told: object) -> Any:
    """The record that some JSON states."""
    (record,) = back(json.dumps(told).encode())
    return record


def refusal(*lines: object) -> str:
    """What is said of a file of these lines, each JSON or bytes."""
    with pytest.raises(InputError) as caught:
        back(*(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines))
    assert caught.value.hint
    assert "\n" not in caught.value.message
    return caught.value.message


def detected(**changes: object) -> dict[str, object]:
    """A record as another tool may write it: no more than what must be told."""
    return {"source": "a.png", "task": "detect", "pages": [A_PAGE], "data": {"objects": [AN_OBJECT]}} | changes


def rounding(ref: PageRef, unit: BoxUnit) -> tuple[float, float]:
    """By how much of the page printed numbers may be off, across and down."""
    return (0.0501 / ref.width_px, 0.0501 / ref.height_px) if unit == "pixel" else (0.50001e-5, 0.50001e-5)


def assert_near(before: Box, after: Box, ref: PageRef, unit: BoxUnit) -> None:
    """Both boxes are one, but for the rounding of print."""
    across, down = rounding(ref, unit)
    assert (after.x0, after.x1) == pytest.approx((before.x0, before.x1), rel=0, abs=across)
    assert (after.y0, after.y1) == pytest.approx((before.y0, before.y1), rel=0, abs=down)


@unhurried
@given(detections() | extractions() | texts(), st.sampled_from(UNITS))
def test_nothing_is_lost(record: Record[Any], unit: BoxUnit) -> None:
    """What was read back prints as it was printed: all of detections, extractions and texts, in both units."""
    (again,) = back(printed(record, unit))
    assert printed(again, unit) == printed(record, unit)


@unhurried
@given(detections(), st.sampled_from(UNITS))
def test_objects_come_back_where_they_were(record: Record[Any], unit: BoxUnit) -> None:
    """Objects keep label, score and text; boxes and outlines are off by the rounding of print at most."""
    (again,) = back(printed(record, unit))
    refs = {ref.number: ref for ref in record.pages}
    for before, after in zip(found_in(record).objects, again.data.objects, strict=True):
        assert replace(after, box=before.box, mask=before.mask) == before
        assert_near(before.box, after.box, refs[before.page], unit)
        if before.mask is None or before.mask.rle:
            assert after.mask == before.mask
            continue
        for outline, traced in zip(before.mask.polygons, after.mask.polygons, strict=True):
            for point, corner in zip(outline, traced, strict=True):
                assert_near(Box(*point, *point), Box(*corner, *corner), refs[before.page], unit)


@unhurried
@given(extractions(), st.sampled_from(UNITS))
def test_evidence_comes_back_where_it_was(record: Record[Any], unit: BoxUnit) -> None:
    """Evidence keeps all that it says of a value; its box is off by the rounding of print at most."""
    (again,) = back(printed(record, unit))
    refs = {ref.number: ref for ref in record.pages}
    assert again.data == record.data
    for before, after in zip(record.evidence, again.evidence, strict=True):
        assert replace(after, box=before.box) == before
        assert (before.box is None) == (after.box is None)
        if before.box and after.box and before.page:
            assert_near(before.box, after.box, refs[before.page], unit)


@unhurried
@given(texts(), st.sampled_from(UNITS))
def test_words_come_back_where_they_were(record: Record[Any], unit: BoxUnit) -> None:
    """Pages keep their text, lines their blocks, words their places."""
    (again,) = back(printed(record, unit))
    for before, after in zip(found_in(record).pages, again.data.pages, strict=True):
        assert (after.ref, after.text, after.rotation, after.blank) == (
            before.ref,
            before.text,
            before.rotation,
            before.blank,
        )
        assert [line.block for line in after.lines] == [line.block for line in before.lines]
        for word, same in zip(before.words, after.words, strict=True):
            assert (same.text, same.confidence) == (word.text, word.confidence)
            assert_near(word.box, same.box, before.ref, unit)


def test_a_failed_record_comes_back() -> None:
    """What went wrong, what it cost and who was asked are kept, though there is no data."""
    usage = Usage(10, 5, None, 1.5, 0.25)
    call = Call((1, 2), "extract/1", "gpt", "id-1", "stop", 2, ("a comma",), usage)
    error = ErrorInfo("truncated", "the answer was cut off", "raise --max-tokens", 2)
    pages = (PageRef("a.pdf", 2, 100, 200, 200.0), PageRef("a.pdf", 1, 100, 200, None, 1.5))
    failed: Record[Any] = Record(
        "a.pdf", None, "extract", "gpt", "failed", None, pages, (), "invoice", usage, 1.2, (error,), (call,)
    )
    assert back(printed(failed)) == [failed]


def test_records_of_a_real_run(tmp_path: Path) -> None:
    """The records of pictures, several pages and a broken file come back in their order, in every form of file."""
    draw_lines(["alpha beta"]).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"not a picture")
    write_tiff(tmp_path / "c.tiff", ["one", "two"])
    records = list(ocr_many([tmp_path], fast=True, rotate=False))
    lines = [printed(record) for record in records]
    values = [json.loads(line) for line in lines]
    again = back(*lines)
    assert [(record.source, record.status) for record in again] == [(r.source, r.status) for r in records]
    assert [record.data.text if record.data else None for record in again] == ["alpha beta", None, "one\n\ntwo"]
    for text in (
        b"\n\n".join(lines),
        "\ufeff".encode() + b"".join(lines),
        b"".join(lines).replace(b"\n", b"\r\n"),
        json.dumps(values).encode(),
        json.dumps(values, indent=2).encode(),
        ("\ufeff" + json.dumps(values, indent=2)).encode(),
        b"[" + b",\n".join(lines) + b"]\n",
    ):
        assert back(text) == again
    for indented in (json.dumps(values[0], indent=1), "\ufeff" + json.dumps(values[0], indent=1)):
        assert back(indented.encode()) == again[:1]


def test_records_come_one_by_one() -> None:
    """A line is read only when its record is asked for: a file may be larger than memory, or still be written."""

    def lines() -> Any:
        yield b'{"source": "a"}'
        raise AssertionError("read ahead")

    assert next(read_records(lines(), "x")).source == "a"


def test_what_other_tools_leave_out_is_unknown() -> None:
    """A source is enough; of pages, objects and evidence only what places them is asked for."""
    assert one({"source": "a.png"}) == Record("a.png", None, "", None, "ok", None)
    ref = PageRef("a.png", 1, 200, 100)
    box = Box(0.1, 0.1, 0.5, 0.5)
    found = one(detected())
    assert (found.pages, found.data) == ((ref,), Detections((Detection(1, "cat", box),)))
    place = {"pointer": "/x", "page": 1, "box": [20, 10, 100, 50], "match": "exact"}
    read = one({"source": "a.png", "task": "extract", "pages": [A_PAGE], "data": {"x": 1}, "evidence": [place]})
    assert (read.data, read.evidence) == ({"x": 1}, (Evidence("/x", 1, box, None, "exact"),))
    assert one({"source": "a", "usage": {"input_tokens": 3}}).usage == Usage(3)
    assert one({"source": "a", "x-note": "of another tool"}).source == "a"


def test_boxes_without_a_unit_are_in_pixels() -> None:
    """Where a record does not tell the unit it is pixels; boxes reach no further than the page, corners come in order."""
    objects = [{**AN_OBJECT, "box": box} for box in ([100, 50, 20, 10], [-5, -5, 999, 1e300])]
    pixels, whole = one(detected(data={"objects": objects})).data.objects
    assert (pixels.box, whole.box) == (Box(0.1, 0.1, 0.5, 0.5), Box(0, 0, 1, 1))
    share = one(detected(box_unit="fraction", data={"objects": [{**AN_OBJECT, "box": [0.5, 0.25, 0.1, 7]}]}))
    assert share.data.objects[0].box == Box(0.1, 0.25, 0.5, 1)


@pytest.mark.parametrize("outline", [[], [20], [20, 10, 100], [20, 10, 100, 50], [20, 10, 100, 50, 30]])
def test_odd_outlines(outline: list[float]) -> None:
    """An outline of less than three points is none; the object and the outlines beside it stay, a number too many is left out."""
    whole = [20, 10, 100, 10, 100, 50, 7]
    for outlines, kept in (([outline], None), ([outline, whole], Mask((((0.1, 0.1), (0.5, 0.1), (0.5, 0.5)),)))):
        (found,) = one(detected(data={"objects": [{**AN_OBJECT, "mask": {"polygons": outlines}}]})).data.objects
        assert found == Detection(1, "cat", Box(0.1, 0.1, 0.5, 0.5), mask=kept)


@pytest.mark.parametrize(
    ("size", "counts"),
    [
        ([2, 3], "junk"),
        ([2, 3], ""),
        ([2, 3], "14"),
        ([0, 0], ""),
        ([-2, -3], "6"),
        ([2, 3], "é\0~"),
        ([2], "6"),
        ([2, 3], 6),
    ],
)
def test_broken_codes(size: list[int], counts: object) -> None:
    """A mask whose runs do not make up its picture is told, not handed on to libraries that trust it."""
    mask = {"size": size, "counts": counts}
    assert "line 1 of 'some.jsonl' is no record" in refusal(detected(data={"objects": [{**AN_OBJECT, "mask": mask}]}))
    (found,) = one(detected(data={"objects": [{**AN_OBJECT, "mask": {"size": [2, 3], "counts": "6"}}]})).data.objects
    assert found.mask == Mask(rle=Rle(2, 3, "6"))


def test_a_line_without_words() -> None:
    """A line of text of which no word has a place stands nowhere: it is left to the page's text."""
    line = {"text": "lost", "box": [1, 2, 3, 4], "confidence": None, "block": 0, "words": []}
    page = {
        "number": 1,
        "text": "lost",
        "reader": "x",
        "rotation": 0,
        "blank": False,
        "mean_confidence": None,
        "lines": [line],
    }
    data = {"text": "lost", "language": None, "mean_confidence": None, "pages": [page]}
    record = one({"source": "a.png", "task": "ocr", "pages": [A_PAGE], "data": data})
    assert (record.data.text, record.data.pages[0].lines) == ("lost", ())
    assert json.loads(printed(record))["data"]["text"] == "lost"


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ([1, 2], "record 1 of 'some.jsonl'"),
        ("text", "line 1 of 'some.jsonl'"),
        ({"path": "a.png"}, "line 1 of 'some.jsonl'"),
        ({"source": 7}, "line 1 of 'some.jsonl'"),
        ([{"source": "a"}, {"source": None}], "record 2 of 'some.jsonl'"),
        ({"source": "a", "format": 2}, "format"),
        ({"source": "a", "status": "great"}, "status"),
        ({"source": "a", "sha256": 5}, "sha256"),
        ({"source": "a", "box_unit": "inch"}, "box_unit"),
        ({"source": "a", "pages": "all"}, "pages"),
        ({"source": "a", "pages": [7]}, "pages.0"),
        ({"source": "a", "pages": [{"number": 1}]}, "pages.0.width"),
        ({"source": "a", "evidence": None}, "evidence"),
        ({"source": "a", "usage": {"seconds": "long"}}, "usage.seconds"),
        (detected(pages=[{**A_PAGE, "width": 0}]), "0 x 100"),
        (detected(pages=[{**A_PAGE, "height": -1}]), "200 x -1"),
        (detected(pages=[{**A_PAGE, "number": 0}]), "page 0"),
        (detected(pages=[]), "page 1"),
        (detected(data={"objects": 3}), "objects"),
        (detected(data=[AN_OBJECT]), "is no record: data: Input should be"),
        (detected(data={"objects": [{**AN_OBJECT, "page": 2}]}), "page 2"),
        (detected(data={"objects": [{**AN_OBJECT, "box": [1, 2, 3]}]}), "objects.0.box"),
        (detected(data={"objects": [{**AN_OBJECT, "box": ["nan", 2, 3, 4]}]}), "objects.0.box.0"),
        (detected(data={"objects": [{**AN_OBJECT, "score": 7}]}), "objects.0.score"),
        (detected(data={"objects": [{"label": "cat", "page": 1}]}), "objects.0.box"),
        (detected(task="ocr"), "is no record"),
    ],
)
def test_what_is_no_record(told: object, where: str) -> None:
    """What is no record, or places something nowhere, is told in one line with its place in the file and in the record."""
    assert where in refusal(told)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (b'{"source":', "is no JSON"),
        (b'{"source": "a", "seconds": NaN}', "NaN"),
        (b'{"source": "\xff"}', "utf-8"),
        (b"source,page\na.png,1\n", "is no JSON"),
        (b'{"source": "a", "data": ' + b"[" * 200 + b"]" * 200 + b"}", "nested"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is no JSON"),
    ],
)
def test_the_line_that_is_broken(broken: bytes, words: str) -> None:
    """A broken line is told by its number in the file, empty lines counted; the records before it have come."""
    good = b'{"source": "a"}\n'
    assert refusal(good, b"\n", broken).startswith("line 3 of 'some.jsonl' is no JSON")
    assert words in refusal(broken)
    reading = read_records(io.BytesIO(good + broken), "some.jsonl")
    assert next(reading).source == "a"


def test_evidence_on_a_page_that_is_not_listed() -> None:
    """A place on a page of which nothing is known is told; evidence without a place needs no page."""
    place = {"pointer": "/x", "page": 3, "box": [1, 2, 3, 4], "match": "exact"}
    assert "page 3" in refusal({"source": "a", "pages": [A_PAGE], "evidence": [place]})
    unplaced = one({"source": "a", "pages": [A_PAGE], "evidence": [place | {"box": None}]})
    assert unplaced.evidence == (Evidence("/x", 3, None, None, "exact"),)


@pytest.mark.parametrize("empty", [b"", b"\n \n", b"[]", b"[\n]\n"])
def test_an_empty_file(empty: bytes) -> None:
    """A file without records is told: an empty result is never mistaken for one."""
    assert refusal(empty) == "'some.jsonl' has no records"


@pytest.mark.parametrize("cut", ["[", "{", '[\n {"source": "a"},\n'])
def test_a_json_that_ends_too_early(cut: str) -> None:
    """A JSON of several lines that breaks off is told as the whole file."""
    assert refusal(cut.encode()).startswith("'some.jsonl' is no JSON")
