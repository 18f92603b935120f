"""Detections for readers and spreadsheets: a row an object, a column a corner."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vextract.types import Record

__all__ = ["COLUMNS", "in_columns", "rows"]

COLUMNS = ("page", "label", "score", "x0", "y0", "x1", "y1", "text", "mask")


def rows(data: Any) -> Iterator[dict[str, object]]:
    """Each object of published detections by COLUMNS; of a mask only whether there is one."""
    for found in data["objects"] if isinstance(data, Mapping) else ():
        x0, y0, x1, y1 = found["box"]
        own = {key: found[key] for key in ("page", "label", "score", "text")}
        yield own | {"x0": x0, "y0": y0, "x1": x1, "y1": y1, "mask": "yes" if found["mask"] else None}


def in_columns(record: Record[Any]) -> Record[Any]:
    """The record with its detections as rows; columns in which no object has anything are left out."""
    if record.data is None:
        return record
    found = list(rows(record.data))
    shown = [name for name in COLUMNS if _has(found, name) and (name != "page" or len(record.pages) > 1)]
    objects = [{name: row[name] for name in shown} for row in found]
    return replace(record, data={"counts": record.data["counts"], "objects": objects})


def _has(found: Sequence[Mapping[str, object]], name: str) -> bool:
    return any(row[name] not in (None, "") for row in found)
