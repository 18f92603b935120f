"""Outlines between our masks and what COCO writes: polygons in pixels, or a run-length code."""

import math
from collections.abc import Sequence
from typing import Any

from vextract.detection import Mask, Point
from vextract.geometry import from_pixels, to_pixels
from vextract.types import Box, PageRef

__all__ = [
    "around",
    "coco_segmentation",
    "corners_px",
    "mask_of_polygons",
    "pixel_polygons",
    "rounded",
    "score_of",
]


def rounded(number_px: float) -> float:
    """The number to a thousandth of a pixel, without a fraction where it has none."""
    number_px = round(number_px, 3)
    return int(number_px) if number_px == int(number_px) else number_px


def pixel_polygons(mask: Mask, ref: PageRef) -> list[list[float]]:
    """The polygons as numbers x, y, x, y, … in pixels of the page."""
    return [
        [rounded(side) for x, y in polygon for side in (x * ref.width_px, y * ref.height_px)]
        for polygon in mask.polygons
    ]


def mask_of_polygons(polygons: Sequence[Sequence[float]], width_px: int, height_px: int) -> Mask | None:
    """The mask of polygons as numbers x, y, x, y, … in pixels, cut to the picture; None if none has three points."""
    kept: list[tuple[Point, ...]] = []
    for flat in polygons:
        points = [from_pixels((x, y, x, y), width_px, height_px) for x, y in zip(flat[::2], flat[1::2], strict=False)]
        if len(points) >= 3:
            kept.append(tuple((point.x0, point.y0) for point in points))
    return Mask(tuple(kept)) if kept else None


def coco_segmentation(mask: Mask | None, ref: PageRef) -> list[list[float]] | dict[str, Any]:
    """The mask as COCO has it: polygons, or a compressed code; an empty list where there is no mask."""
    if mask is None:
        return []
    if mask.rle:
        return {"size": [mask.rle.height_px, mask.rle.width_px], "counts": mask.rle.counts}
    return pixel_polygons(mask, ref)


def around(mask: Mask) -> Box:
    """The smallest box around the mask, in fractions of the page."""
    if mask.rle:
        from pycocotools import mask as coco_mask

        size = [mask.rle.height_px, mask.rle.width_px]
        x, y, width, height = coco_mask.toBbox({"size": size, "counts": mask.rle.counts})
        return from_pixels((x, y, x + width, y + height), mask.rle.width_px, mask.rle.height_px)
    points = [point for polygon in mask.polygons for point in polygon]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def corners_px(box: Box, ref: PageRef) -> tuple[float, float, float, float]:
    """The box in pixels of the page, to a thousandth."""
    x0, y0, x1, y1 = to_pixels(box, ref.width_px, ref.height_px)
    return rounded(x0), rounded(y0), rounded(x1), rounded(y1)


def score_of(number: float | None) -> float | None:
    """The number if it can be a score, 0..1; else None: on another scale it says nothing that is known."""
    return number if number is not None and math.isfinite(number) and 0 <= number <= 1 else None
