"""Boxes in JSON: lists of objects such as {"box_2d": […], "label": …}, bare lists of four numbers, and HTML with data-bbox.

Families differ in the order of the numbers and in what they refer to, and a model often keeps to another family's names: so every
known name is read, whatever the family.
"""

from collections.abc import Iterator
from typing import Any

from vextract.answers import read_json
from vextract.boxes.failures import unreadable
from vextract.boxes.html_boxes import has_boxes, read_html
from vextract.boxes.numbers import four, is_number
from vextract.boxes.types import Answered, Corners

__all__ = ["BOX_KEYS", "CORNER_KEYS", "LABEL_KEYS", "SCORE_KEYS", "read_xyxy", "read_yxyx"]

BOX_KEYS = ("box_2d", "bbox_2d", "bbox", "box", "bounding_box", "boundingBox", "bounding_box_2d", "coordinates")
LABEL_KEYS = (
    "label",
    "name",
    "category",
    "class",
    "object",
    "text_content",
    "text",
    "name_en",
    "description",
    "caption",
    "type",
)
"""The first of these that an object has is its label: a class before a text, as dots.ocr gives both."""
SCORE_KEYS = ("score", "confidence")
CORNER_KEYS = (
    ("x_min", "y_min", "x_max", "y_max"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("x0", "y0", "x1", "y1"),
    ("x1", "y1", "x2", "y2"),
    ("left", "top", "right", "bottom"),
)


def read_xyxy(text: str) -> list[Answered]:
    """The boxes of an answer in JSON or HTML whose lists are x0, y0, x1, y1."""
    return read_html(text) if has_boxes(text) else _read(text, rows_first=False)


def read_yxyx(text: str) -> list[Answered]:
    """The boxes of an answer in JSON whose lists are y0, x0, y1, x1; corners by name are what their names say."""
    return _read(text, rows_first=True)


def _read(text: str, *, rows_first: bool) -> list[Answered]:
    value = read_json(text).value
    return [answered for entry in _entries(value) for answered in _boxes(entry, rows_first=rows_first)]


def _entries(value: Any) -> list[Any]:
    """The entries of an answer: of a list, of the one list of an object around it, or itself."""
    if isinstance(value, list):
        return [value] if four(value) else value
    if _box_key(value) or _corner_keys(value):
        return [value]
    lists = [inner for inner in value.values() if isinstance(inner, list)]
    if len(lists) == 1 and all(isinstance(entry, dict) for entry in lists[0]):
        return lists[0]
    raise unreadable("the answer is an object without a box or a list of such", value)


def _boxes(entry: Any, *, rows_first: bool) -> Iterator[Answered]:
    """The boxes of one entry: nearly always one, but an entry may have a list of boxes for its label."""
    if not isinstance(entry, dict):
        yield Answered("", _corners(entry, rows_first=rows_first))
        return
    label, score, mask = _label(entry), _score(entry), entry.get("mask")
    key = _box_key(entry)
    value = entry[key] if key else entry
    several = isinstance(value, list) and value and all(isinstance(box, list) for box in value)
    for box in value if several else [value]:
        yield Answered(label, _corners(box, rows_first=rows_first), score, mask=mask)


def _corners(value: Any, *, rows_first: bool) -> Corners:
    if isinstance(value, dict) and (keys := _corner_keys(value)):
        named = four([value[key] for key in keys])
        if named:
            return named
    numbers = four(value)
    if numbers is None:
        raise unreadable("the answer has an entry without a box of four numbers", value)
    return (numbers[1], numbers[0], numbers[3], numbers[2]) if rows_first else numbers


def _box_key(entry: dict[str, Any]) -> str | None:
    keys = [key for key in BOX_KEYS if key in entry]
    if len(keys) > 1:
        raise unreadable("an entry of the answer has two boxes", keys)
    return keys[0] if keys else None


def _corner_keys(entry: dict[str, Any]) -> tuple[str, ...] | None:
    return next((keys for keys in CORNER_KEYS if all(key in entry for key in keys)), None)


def _label(entry: dict[str, Any]) -> str:
    value = next((entry[key] for key in LABEL_KEYS if entry.get(key) is not None), "")
    if isinstance(value, str):
        return value.strip()
    if is_number(value):
        return str(value)
    raise unreadable("the answer has a label that is no text", value)


def _score(entry: dict[str, Any]) -> float | None:
    value = next((entry[key] for key in SCORE_KEYS if key in entry), None)
    return float(value) if value is not None and is_number(value) and 0 <= value <= 1 else None
