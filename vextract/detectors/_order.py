"""Objects of a page in the order in which it is read."""

from collections.abc import Sequence

from vextract.detection import Detection
from vextract.geometry import turn
from vextract.types import Box, PageText

__all__ = ["in_reading_order"]


def in_reading_order(found: Sequence[Detection], text: PageText) -> list[Detection]:
    """The objects, each before the first line of the text that it holds or precedes; words after their line.

    Objects of one place keep the order in which they are given: wholes are to be given before their parts.
    """
    lines = [(number, line) for number, line in enumerate(text.lines) if line.words]
    printed = {line.box: (number, 0) for number, line in lines}
    for number, line in lines:
        for at, word in enumerate(line.words, 1):
            printed.setdefault(word.box, (number, at))
    upright = [(number, turn(line.box, text.rotation)) for number, line in lines]

    def place(one: Detection) -> tuple[int, int]:
        return printed.get(one.box) or (_first_line(turn(one.box, text.rotation), upright), -1)

    return sorted(found, key=place)


def _first_line(box: Box, lines: Sequence[tuple[int, Box]]) -> int:
    """The number of the first line inside the box or, if it holds none, of the first that stands below its upper edge."""
    for number, line in lines:
        if box.y0 <= (line.y0 + line.y1) / 2 <= box.y1 and line.x0 < box.x1 and box.x0 < line.x1:
            return number
    return next((number for number, line in lines if line.y0 >= box.y0), len(lines))
