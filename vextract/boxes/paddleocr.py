"""PaddleOCR-VL's spotted text: each line of text and then four corners as <|LOC_n|> x, y, clockwise from top left, in 1000ths."""

import re

from vextract.boxes.failures import cut_off, unreadable
from vextract.boxes.numbers import around, index, without_ends
from vextract.boxes.types import Answered, Point

__all__ = ["read_paddleocr"]

_PLACE = re.compile(r"((?:<\|LOC_\d+\|>)+)")
_LOCATION = re.compile(r"<\|LOC_(\d+)\|>")


def read_paddleocr(text: str) -> list[Answered]:
    """The boxes around the lines, in the order of the answer, with their four corners as polygons."""
    body = without_ends(text)
    if not body:
        return []
    *parts, rest = _PLACE.split(body)
    if "<|LOC" in rest or (parts and rest.strip()):
        raise cut_off("the answer ends with a text that has no place", rest)
    if not parts or any("<|LOC" in label for label in parts[::2]):
        raise unreadable("the answer has no places, or some that are none", body)
    lines = list(zip(parts[::2], parts[1::2], strict=True))
    return [_line(label, place, last=i == len(lines)) for i, (label, place) in enumerate(lines, 1)]


def _line(label: str, place: str, *, last: bool) -> Answered:
    values = [index(digits, 1001) for digits in _LOCATION.findall(place)]
    if len(values) < 8 and last:
        raise cut_off("the answer ends within a place", place)
    if len(values) != 8:
        raise unreadable("the answer has a text whose place is not four points", place)
    points: tuple[Point, ...] = tuple(zip(values[::2], values[1::2], strict=True))
    return Answered(label.strip(), around(points), polygons=(points,))
