"""What the Florence-2 processor makes of an answer, {"<OD>": {"bboxes": […], "labels": […]}}: in pixels of the picture.

Who runs Florence-2 through `post_process_generation` has this in hand, and not the text with its locations.
"""

from typing import Any

from vextract.answers import read_json
from vextract.boxes.failures import unreadable
from vextract.boxes.numbers import around, four, is_number
from vextract.boxes.types import Answered, Point

__all__ = ["read_parsed"]

_SHAPES = ("bboxes", "quad_boxes", "polygons")


def read_parsed(text: str) -> list[Answered] | str:
    """The boxes of a processed answer, or the text that the processor left as it was.

    Raises:
        TruncatedAnswer: the JSON is cut off.
        UnreadableAnswer: it is nothing that the processor gives for a task with places.
    """
    value: Any = read_json(text).value
    task = next(iter(value), "") if isinstance(value, dict) and len(value) == 1 else ""
    if not task.startswith("<"):
        raise unreadable("the answer is no task of Florence-2 and its result", value)
    result = value[task]
    if isinstance(result, str):
        return result
    if not isinstance(result, dict) or not any(shape in result for shape in _SHAPES):
        raise unreadable("the answer's task gives no places", value)
    return [entry for shape in _SHAPES if shape in result for entry in _entries(result, shape)]


def _entries(result: dict[str, Any], shape: str) -> list[Answered]:
    places, labels = result[shape], result.get(f"{shape}_labels", result.get("labels"))
    if not isinstance(places, list) or not isinstance(labels, list) or len(places) != len(labels):
        raise unreadable("the answer has not as many labels as places", result)
    return [_entry(place, str(label).strip(), shape) for place, label in zip(places, labels, strict=True)]


def _entry(place: Any, label: str, shape: str) -> Answered:
    if shape == "bboxes":
        if (corners := four(place)) is None:
            raise unreadable("the answer has a box that is not four numbers", place)
        return Answered(label, corners, in_pixels=True)
    outlines = place if shape == "polygons" else [place]
    polygons = tuple(_points(outline) for outline in outlines) if isinstance(outlines, list) else ()
    if not polygons:
        raise unreadable("the answer has a polygon without points", place)
    return Answered(label, around(tuple(p for polygon in polygons for p in polygon)), polygons=polygons, in_pixels=True)


def _points(outline: Any) -> tuple[Point, ...]:
    if not isinstance(outline, list) or len(outline) < 6 or len(outline) % 2 or not all(map(is_number, outline)):
        raise unreadable("the answer has a polygon that is not three points or more", outline)
    return tuple(zip(map(float, outline[::2]), map(float, outline[1::2]), strict=True))
