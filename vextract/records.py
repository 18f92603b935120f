"""Records read back from JSON: what a run has written, for what is made of records alone.

Records of other tools will do too, as far as they say something: what is missing is unknown.
"""

import codecs
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from vextract.detection import Detection, Detections, Mask
from vextract.errors import InputError
from vextract.geometry import BoxUnit, clip, from_pixels
from vextract.run_lengths import mask_of_rle
from vextract.types import (
    Box,
    Call,
    ErrorInfo,
    Evidence,
    Line,
    OcrResult,
    PageRef,
    PageText,
    Record,
    Usage,
    Word,
)
from vextract.values.json_text import parse_json
from vextract.wire import (
    WireCall,
    WireDetection,
    WireDetections,
    WireOcr,
    WireOcrPage,
    WirePolygons,
    WireRecord,
    WireUsage,
)

__all__ = ["as_record", "read_records"]

_HINT = "give the JSONL or JSON that vextract has written"
_NO_USAGE = dict.fromkeys(WireUsage.model_fields)
_DEFAULTS: dict[str, Any] = {
    "format": 1,
    "sha256": None,
    "task": "",
    "model": None,
    "schema": None,
    "status": "ok",
    "box_unit": "pixel",
    "data": None,
    "evidence": [],
    "pages": [],
    "usage": _NO_USAGE,
    "requests": [],
    "seconds": None,
    "errors": [],
}
# The same for the members of its lists; what is known of a place cannot be left out.
_MEMBERS: dict[str, dict[str, Any]] = {
    "pages": {"dpi": None, "time_s": None},
    "evidence": {"quote": None, "confidence": None},
    "objects": {"label": "", "score": None, "text": None, "mask": None},
}
_CORNERS = 3
"""Of a polygon, at least."""


def read_records(lines: Iterable[bytes], name: str) -> Iterator[Record[Any]]:
    """The records of a file in order: a line each, or one JSON, an object or an array of such.

    Args:
        lines: of the file, in UTF-8.
        name: of the file, for messages.

    Raises:
        InputError: a line is no JSON or no record, or there is none.
    """
    found = False
    rows = iter(lines)
    for number, line in enumerate(rows, 1):
        if not line.strip():
            continue
        for value, where in _values(line, rows, name, number):
            found = True
            yield as_record(value, where)
    if not found:
        raise InputError(f"{name!r} has no records", _HINT)


def _values(line: bytes, rest: Iterator[bytes], name: str, number: int) -> Iterator[tuple[Any, str]]:
    """What a line states; a line that only begins an object, or an array, is read on to the end of the file."""
    where = f"line {number} of {name!r}"
    line = line.removeprefix(codecs.BOM_UTF8).strip()
    if line == b"{" or line.startswith(b"["):
        line, where = b"\n".join((line, *rest)), repr(name)
    try:
        value = parse_json(line)
    except ValueError as error:
        raise InputError(f"{where} is no JSON: {error}", _HINT) from error
    if not isinstance(value, list):
        yield value, where
        return
    yield from ((member, f"record {at} of {name!r}") for at, member in enumerate(value, 1))


def as_record(value: Any, where: str) -> Record[Any]:
    """The record that some JSON states; its boxes are turned into fractions.

    Args:
        value: parsed JSON.
        where: it comes from, for messages.

    Raises:
        InputError: it is none.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("source"), str):
        raise InputError(f"{where} is no record", _HINT)
    known = _completed({key: value[key] for key in (*_DEFAULTS, "source") if key in value})
    try:
        wire = WireRecord.model_validate(_DEFAULTS | known)
        _check_pages(wire, where)
        return _record(wire, known.get("data"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        within = () if error.title == WireRecord.__name__ else ("data",)
        place = ".".join(map(str, (*within, *first["loc"])))
        raise InputError(f"{where} is no record: {place}: {first['msg']}", _HINT) from error
    except ValueError as error:
        raise InputError(f"{where} is no record: {error}", _HINT) from error
    except KeyError as error:
        raise InputError(f"{where} has a box on page {error}, but says nothing of that page", _HINT) from error


def _completed(known: dict[str, Any]) -> dict[str, Any]:
    """The record with what is missing in the members of its lists as unknown."""
    known |= {key: _filled(known[key], _MEMBERS[key]) for key in ("pages", "evidence") if key in known}
    if isinstance(known.get("usage"), Mapping):
        known["usage"] = {**_NO_USAGE, **known["usage"]}
    data = known.get("data")
    if known.get("task") == "detect" and isinstance(data, Mapping) and "objects" in data:
        known["data"] = {"counts": {}, **data, "objects": _filled(data["objects"], _MEMBERS["objects"])}
    return known


def _filled(members: Any, defaults: Mapping[str, Any]) -> Any:
    if not isinstance(members, list):
        return members
    return [{**defaults, **each} if isinstance(each, Mapping) else each for each in members]


def _check_pages(wire: WireRecord, where: str) -> None:
    for page in wire.pages:
        if min(page.number, page.width, page.height) < 1:
            told = f"page {page.number} of {page.width} x {page.height} pixels"
            raise InputError(f"{where} is no record: it has a {told}", _HINT)


def _record(wire: WireRecord, data: Any) -> Record[Any]:
    refs = {
        page.number: PageRef(wire.source, page.number, page.width, page.height, page.dpi, page.time_s)
        for page in wire.pages
    }
    if wire.task == "ocr" and data is not None:
        data = _ocr(WireOcr.model_validate(data), refs, wire.box_unit)
    elif wire.task == "detect" and data is not None:
        found = WireDetections.model_validate(data)
        data = Detections(tuple(_detection(each, refs[each.page], wire.box_unit) for each in found.objects))
    evidence = tuple(
        Evidence(
            each.pointer,
            each.page,
            _box(each.box, refs[each.page], wire.box_unit) if each.box and each.page is not None else None,
            each.quote,
            each.match,
            each.confidence,
            each.model,
            each.agreement,
        )
        for each in wire.evidence
    )
    return Record(
        source=wire.source,
        sha256=wire.sha256,
        task=wire.task,
        model=wire.model,
        status=wire.status,
        data=data,
        pages=tuple(refs.values()),
        evidence=evidence,
        schema=wire.schema_name,
        usage=_usage(wire.usage),
        seconds=wire.seconds,
        errors=tuple(ErrorInfo(each.kind, each.message, each.hint, each.page) for each in wire.errors),
        calls=tuple(_call(each) for each in wire.requests),
    )


def _ocr(wire: WireOcr, refs: Mapping[int, PageRef], unit: BoxUnit) -> OcrResult:
    return OcrResult(tuple(_page(page, refs[page.number], unit) for page in wire.pages))


def _page(wire: WireOcrPage, ref: PageRef, unit: BoxUnit) -> PageText:
    lines = tuple(
        Line(tuple(Word(word.text, _box(word.box, ref, unit), word.confidence) for word in line.words), line.block)
        for line in wire.lines
        if line.words
    )
    page = PageText(ref, lines, wire.reader, wire.rotation, wire.blank)
    return page if page.text == wire.text else PageText(ref, lines, wire.reader, wire.rotation, wire.blank, wire.text)


def _detection(wire: WireDetection, ref: PageRef, unit: BoxUnit) -> Detection:
    mask = None
    if isinstance(wire.mask, WirePolygons):
        polygons = (tuple(zip(flat[::2], flat[1::2], strict=False)) for flat in wire.mask.polygons)
        closed = tuple(
            tuple(_point(point, ref, unit) for point in polygon) for polygon in polygons if len(polygon) >= _CORNERS
        )
        mask = Mask(closed) if closed else None
    elif wire.mask:
        mask = mask_of_rle(wire.mask.size, wire.mask.counts)
    return Detection(wire.page, wire.label, _box(wire.box, ref, unit), wire.score, wire.text, mask)


def _box(corners: list[float], ref: PageRef, unit: BoxUnit) -> Box:
    x0, y0, x1, y1 = corners
    return (
        clip(Box(x0, y0, x1, y1)) if unit == "fraction" else from_pixels((x0, y0, x1, y1), ref.width_px, ref.height_px)
    )


def _point(point: tuple[float, float], ref: PageRef, unit: BoxUnit) -> tuple[float, float]:
    box = _box([*point, *point], ref, unit)
    return box.x0, box.y0


def _usage(wire: WireUsage) -> Usage:
    return Usage(**wire.model_dump())


def _call(wire: WireCall) -> Call:
    return Call(
        pages=tuple(wire.pages),
        prompt=wire.prompt,
        model=wire.model,
        request_id=wire.id,
        finish=wire.finish,
        attempts=wire.attempts,
        mended=tuple(wire.mended),
        stored=wire.stored,
        usage=_usage(wire.usage),
    )
