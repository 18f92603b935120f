"""A record as the review page reads it: one list of items, whatever the task, each with its value and its places.

An item is a leaf of `data`, a detected object or a line of text. Numbers travel as the text that JSON has for them, so that no
browser rounds them; boxes are fractions of the page.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from vextract.detection import Detection, Detections
from vextract.overlays.palette import Colour, colour_of, opposite
from vextract.pointers import join
from vextract.types import Box, Evidence, Line, OcrResult, Record
from vextract.wire import plain_data

__all__ = ["document_view"]

_Path = tuple[str | int, ...]


def document_view(record: Record[Any]) -> dict[str, Any]:
    """What the page is told of a document, JSON-like.

    `shape` says what its items are: "values" (leaves of data, by pointer), "objects" or "lines"; "none" where there is no data.
    `data` has the form of the record's data, with the index of an item in place of each leaf; null but for "values".
    """
    shape, skeleton, items = _content(record)
    return {
        "source": record.source,
        "sha256": record.sha256,
        "task": record.task,
        "model": record.model,
        "schema": record.schema,
        "status": record.status,
        "pages": [
            {"number": p.number, "width": p.width_px, "height": p.height_px, "dpi": p.dpi, "time_s": p.time_s}
            for p in record.pages
        ],
        "shape": shape,
        "data": skeleton,
        "items": items,
        "errors": [{"kind": e.kind, "message": e.message, "hint": e.hint, "page": e.page} for e in record.errors],
    }


def _content(record: Record[Any]) -> tuple[str, Any, list[dict[str, Any]]]:
    match record.data:
        case None:
            return "none", None, []
        case Detections():
            raw = plain_data(record)["objects"]
            pairs = zip(record.data.objects, raw, strict=True)
            return "objects", None, [_object(at, found, wire) for at, (found, wire) in enumerate(pairs)]
        case OcrResult():
            lines = ((page.ref.number, at, line) for page in record.data.pages for at, line in enumerate(page.lines))
            return "lines", None, [_line(*each) for each in lines]
        case BaseModel():
            data = record.data.model_dump(mode="json")
        case _:
            data = record.data
    leaves: list[dict[str, Any]] = []
    skeleton = _skeleton(data, (), leaves)
    _place(leaves, record.evidence)
    return "values", skeleton, leaves


def _skeleton(value: Any, path: _Path, leaves: list[dict[str, Any]]) -> Any:
    """The form of the value; its leaves are added to `leaves`. Objects and lists without members stay as they are."""
    if isinstance(value, Mapping):
        return {str(key): _skeleton(inner, (*path, str(key)), leaves) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_skeleton(inner, (*path, at), leaves) for at, inner in enumerate(value)]
    kind, shown = _typed(value)
    leaves.append({"pointer": join(path), "path": list(path), "kind": kind, "value": shown, "marks": []})
    return len(leaves) - 1


def _typed(value: Any) -> tuple[str, str | bool | None]:
    """The JSON type of a leaf and its value; that of a number is its JSON text."""
    match value:
        case None:
            return "null", None
        case bool():
            return "boolean", value
        case int():
            return "number", str(value)
        case float() if math.isfinite(value):
            return "number", json.dumps(value)
    return "text", str(value)


def _place(leaves: list[dict[str, Any]], evidence: Sequence[Evidence]) -> None:
    """Puts evidence to its leaf. That of objects and lists becomes an item of its own, which has no value to edit."""
    by_pointer = {leaf["pointer"]: leaf for leaf in leaves}
    for each in evidence:
        if each.pointer not in by_pointer:
            path = each.pointer.split("/")[1:]
            whole = {"pointer": each.pointer, "path": path, "kind": "whole", "value": None, "marks": []}
            by_pointer[each.pointer] = whole
            leaves.append(whole)
        by_pointer[each.pointer]["marks"].append(
            {
                "page": each.page,
                "box": _corners(each.box),
                "quote": each.quote,
                "match": each.match,
                "confidence": each.confidence,
            }
        )


def _object(at: int, found: Detection, wire: dict[str, Any]) -> dict[str, Any]:
    outline = found.mask.polygons if found.mask else ()
    mark = {"page": found.page, "box": _corners(found.box), "quote": None, "match": None, "confidence": found.score}
    return {
        "pointer": f"/objects/{at}",
        "path": ["objects", at],
        "kind": "text",
        "value": found.label,
        "marks": [mark | {"outline": [[list(point) for point in polygon] for polygon in outline]}],
        "text": found.text,
        "mask": wire["mask"],
        "colour": _css(colour_of(found.label)),
        "ink": _css(opposite(colour_of(found.label))),
    }


def _css(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _line(page: int, at: int, line: Line) -> dict[str, Any]:
    mark = {"page": page, "box": _corners(line.box), "quote": None, "match": None, "confidence": line.confidence}
    return {
        "pointer": f"/pages/{page}/lines/{at}",
        "path": [page, at],
        "kind": "text",
        "value": line.text,
        "marks": [mark],
    }


def _corners(box: Box | None) -> list[float] | None:
    return [round(corner, 6) for corner in (box.x0, box.y0, box.x1, box.y1)] if box else None
