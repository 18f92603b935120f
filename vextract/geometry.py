"""Boxes and turns: the only place where coordinates change frame.

Everything is in page fractions unless a name says pixels. Turns are clockwise, by multiples of 90 degrees.
"""

from collections.abc import Iterable
from typing import Literal

from vextract.types import Box, PageRef

__all__ = ["BoxUnit", "area", "clip", "from_pixels", "in_unit", "overlap", "to_pixels", "turn", "union"]

BoxUnit = Literal["pixel", "fraction"]


def from_pixels(corners: tuple[float, float, float, float], width_px: float, height_px: float) -> Box:
    """A pixel rectangle (x0, y0, x1, y1) of a picture of the given size as fractions, cut to the picture."""
    x0, y0, x1, y1 = corners
    return clip(Box(x0 / width_px, y0 / height_px, x1 / width_px, y1 / height_px))


def to_pixels(box: Box, width_px: float, height_px: float) -> tuple[float, float, float, float]:
    """The box in pixels (x0, y0, x1, y1) of a picture of the given size, not rounded."""
    return box.x0 * width_px, box.y0 * height_px, box.x1 * width_px, box.y1 * height_px


def in_unit(box: Box, ref: PageRef, unit: BoxUnit) -> list[float]:
    """The box as it is printed: [x0, y0, x1, y1] in pixels of the page (1 decimal) or in fractions (5 decimals)."""
    if unit == "fraction":
        return [round(v, 5) for v in (box.x0, box.y0, box.x1, box.y1)]
    return [round(v, 1) for v in to_pixels(box, ref.width_px, ref.height_px)]


def clip(box: Box) -> Box:
    """The part of the box that lies on the page; corners put in order."""
    x0, x1 = sorted((min(max(box.x0, 0.0), 1.0), min(max(box.x1, 0.0), 1.0)))
    y0, y1 = sorted((min(max(box.y0, 0.0), 1.0), min(max(box.y1, 0.0), 1.0)))
    return Box(x0, y0, x1, y1)


def turn(box: Box, degrees: int) -> Box:
    """Where the box lies after the page was turned clockwise by 0, 90, 180 or 270 degrees.

    Raises:
        ValueError: the angle is not a multiple of 90.
    """
    match degrees % 360:
        case 0:
            return box
        case 90:
            return Box(1 - box.y1, box.x0, 1 - box.y0, box.x1)
        case 180:
            return Box(1 - box.x1, 1 - box.y1, 1 - box.x0, 1 - box.y0)
        case 270:
            return Box(box.y0, 1 - box.x1, box.y1, 1 - box.x0)
    raise ValueError(f"a page turns by multiples of 90 degrees, not {degrees!r}")


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all.

    Raises:
        ValueError: there is no box.
    """
    boxes = list(boxes)
    return Box(min(b.x0 for b in boxes), min(b.y0 for b in boxes), max(b.x1 for b in boxes), max(b.y1 for b in boxes))


def area(box: Box) -> float:
    """Share of the page that the box covers, 0..1."""
    return (box.x1 - box.x0) * (box.y1 - box.y0)


def overlap(a: Box, b: Box) -> float:
    """Share of the page that both cover, 0..1."""
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return width * height if width > 0 and height > 0 else 0.0
