"""Florence-2's boxes: label<loc_x0><loc_y0><loc_x1><loc_y1>, quadrangles of eight, polygons of more; in 1000ths, bins' middles.

Which task was asked for, an answer does not say; the locations do. The two halves of a quadrangle run in opposite directions, so
that one of them is never a box with its corners in order: what is all boxes in order is boxes.
"""

import re

from vextract.boxes.failures import cut_off, unreadable
from vextract.boxes.florence2_parsed import read_parsed
from vextract.boxes.numbers import around, index, without_ends
from vextract.boxes.types import Answered, Point

__all__ = ["read_florence2"]

_MARK = r"<loc_\d{1,3}>|<sep>|</?poly>"
_MARKS = re.compile(rf"((?:{_MARK})+)")
_LOCATION = re.compile(r"<loc_(\d+)>")


def read_florence2(text: str) -> list[Answered]:
    """The boxes of an answer, in its order; around quadrangles and polygons, with these."""
    body = without_ends(text)
    if not body:
        return []
    if body.startswith("{"):
        parsed = read_parsed(body)
        if not isinstance(parsed, str):
            return parsed
        body = without_ends(parsed)
    *parts, rest = _MARKS.split(body)
    if "<" in rest or (parts and rest):
        raise cut_off("the answer ends before a label's locations do", rest)
    if not parts or any("<loc" in label for label in parts[::2]):
        raise unreadable("the answer has no locations, or some that are none", body)
    phrases = list(zip(parts[::2], parts[1::2], strict=True))
    return _whole(
        [_phrase(label.strip(), marks, last=i == len(phrases)) for i, (label, marks) in enumerate(phrases, 1)]
    )


def _whole(phrases: list[list[Answered]]) -> list[Answered]:
    """The entries of all phrases; an answer in quadrangles whose last one is a box was cut off in its middle."""
    *earlier, last = phrases
    if any(entry.polygons for entries in earlier for entry in entries) and not any(entry.polygons for entry in last):
        raise cut_off("the answer ends within a quadrangle", last[-1].label)
    return [entry for entries in phrases for entry in entries]


def _phrase(label: str, marks: str, *, last: bool) -> list[Answered]:
    if "<poly>" in marks or "<sep>" in marks:
        return _polygons(label, marks, last=last)
    values = _middles(marks)
    groups = [values[i : i + 4] for i in range(0, len(values) // 4 * 4, 4)]
    in_order = all(x0 <= x1 and y0 <= y1 for x0, y0, x1, y1 in groups)
    if len(values) == 8 and not in_order:
        return [_outlined(label, [values])]
    if not label and len(values) >= 10 and len(values) % 2 == 0 and not in_order:
        return [_outlined(label, [values])]
    if len(values) % 4 or (len(groups) > 1 and not in_order):
        problem = "the answer has a label without whole boxes"
        raise cut_off(problem, marks) if last else unreadable(problem, marks)
    return [Answered(label, (x0, y0, x1, y1)) for x0, y0, x1, y1 in groups]


def _polygons(label: str, marks: str, *, last: bool) -> list[Answered]:
    """One entry for each <poly>…</poly>, or one for all; its parts stand between <sep>."""
    if marks.count("<poly>") != marks.count("</poly>") or marks.endswith("<sep>"):
        problem = "the answer has a polygon without an end"
        raise cut_off(problem, marks) if last else unreadable(problem, marks)
    things = [thing for thing in marks.replace("</poly>", "").split("<poly>") if thing]
    return [_outlined(label, [_middles(part) for part in thing.split("<sep>")]) for thing in things]


def _outlined(label: str, outlines: list[list[float]]) -> Answered:
    if any(len(outline) < 6 or len(outline) % 2 for outline in outlines):
        raise unreadable("the answer has a polygon that is not three points or more", label)
    polygons: list[tuple[Point, ...]] = [tuple(zip(o[::2], o[1::2], strict=True)) for o in outlines]
    return Answered(label, around(tuple(point for polygon in polygons for point in polygon)), polygons=tuple(polygons))


def _middles(marks: str) -> list[float]:
    return [index(digits, 1000) + 0.5 for digits in _LOCATION.findall(marks)]
