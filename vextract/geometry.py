"""Boxes and turns: the only place where coordinates change frame.

Everything is in page fractions unless a name says pixels. Turns are clockwise, by multiples of 90 degrees.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Literal

from vextract.types import Box, PageRef

__all__ = [
    "BoxUnit",
    "area",
    "clip",
    "cut_px",
    "from_padded_square",
    "from_part",
    "from_pixels",
    "in_unit",
    "overlap",
    "patched_size",
    "smart_size",
    "to_pixels",
    "turn",
    "union",
]

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


def cut_px(region: Box, width_px: int, height_px: int) -> tuple[int, int, int, int]:
    """The whole pixels (x0, y0, x1, y1) that a part of a picture is cut out at; at least one each way."""
    x0, y0, x1, y1 = (round(v) for v in to_pixels(region, width_px, height_px))
    x0, y0 = min(x0, width_px - 1), min(y0, height_px - 1)
    return x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)


def from_part(box: Box, region: Box) -> Box:
    """A box in fractions of a part of the page, in fractions of the page; the part is one of the page."""
    width, height = region.x1 - region.x0, region.y1 - region.y0
    return Box(
        region.x0 + box.x0 * width,
        region.y0 + box.y0 * height,
        region.x0 + box.x1 * width,
        region.y0 + box.y1 * height,
    )


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


def smart_size(
    width_px: int, height_px: int, multiple_px: int, min_area_px: int | None = None, max_area_px: int | None = None
) -> tuple[int, int]:
    """Width and height of a picture after the "smart resize" of the Qwen-VL processors and those that follow them.

    Each side goes to its nearest multiple of `multiple_px`, at least one; where the area then is out of its bounds, both sides are
    scaled by one factor first, and go to the multiple that keeps the bound.

    Source: `smart_resize` of Qwen2-VL in transformers 5.
    """
    area_px = width_px * height_px
    scale = 1.0
    to_whole: Callable[[float], int] = round
    rounded_px = _multiple(width_px, multiple_px, to_whole) * _multiple(height_px, multiple_px, to_whole)
    if max_area_px is not None and rounded_px > max_area_px:
        scale, to_whole = math.sqrt(max_area_px / area_px), math.floor
    elif min_area_px is not None and rounded_px < min_area_px:
        scale, to_whole = math.sqrt(min_area_px / area_px), math.ceil
    return (
        _multiple(width_px * scale, multiple_px, to_whole),
        _multiple(height_px * scale, multiple_px, to_whole),
    )


def _multiple(side_px: float, multiple_px: int, to_whole: Callable[[float], int]) -> int:
    return max(1, to_whole(side_px / multiple_px)) * multiple_px


def patched_size(
    width_px: int, height_px: int, max_edge_px: int, patch_px: int, max_area_px: int | None = None
) -> tuple[int, int]:
    """Width and height of a picture made smaller, never larger, until its longer side and its whole patches are within bounds.

    Args:
        width_px: of the picture.
        height_px: of the picture.
        max_edge_px: of the longer side.
        patch_px: side of the square patches that cover the picture, the last ones in part.
        max_area_px: of all patches together; None: no bound.

    Source: platform.claude.com/docs, "Coordinates and bounding boxes", 2026-11.
    """
    longer_px, shorter_px = max(width_px, height_px), min(width_px, height_px)
    fitting = range(1, min(longer_px, max_edge_px) + 1)

    def shorter(edge_px: int) -> int:
        return max(1, round(shorter_px * edge_px / longer_px))

    def too_large(edge_px: int) -> bool:
        patches = math.ceil(edge_px / patch_px) * math.ceil(shorter(edge_px) / patch_px)
        return max_area_px is not None and patches * patch_px * patch_px > max_area_px

    edge_px = max(1, bisect_left(fitting, True, key=too_large))
    return (edge_px, shorter(edge_px)) if width_px >= height_px else (shorter(edge_px), edge_px)


def from_padded_square(box: Box, width_px: float, height_px: float) -> Box:
    """A box in fractions of the square in whose middle the picture stands, as fractions of the picture; not clipped."""
    side_px = max(width_px, height_px)
    left_px, top_px = (side_px - width_px) / 2, (side_px - height_px) / 2
    return Box(
        (box.x0 * side_px - left_px) / width_px,
        (box.y0 * side_px - top_px) / height_px,
        (box.x1 * side_px - left_px) / width_px,
        (box.y1 * side_px - top_px) / height_px,
    )
