"""Outlines of objects as coverage of the part of a picture that they lie in; no mask of a whole picture is kept."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vextract.detection import Mask, Point, Rle
from vextract.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Patch", "patch_of"]

_MOST_PX = 1_000_000_000
"""A page of more is none."""
_HINT = "give masks in COCO's compressed run-length code, of the pixels stated under `size`"


@dataclass(frozen=True, slots=True)
class Patch:
    """Coverage 0..255 ("L") of a part of a picture whose top-left corner is at `x`, `y` in pixels."""

    x: int
    y: int
    coverage: "Image"


def patch_of(mask: Mask, picture: tuple[int, int], margin_px: int) -> Patch | None:
    """What the mask covers of a picture of that size, with so much margin around it as the picture has; None for nothing.

    Raises:
        InputError: a run-length code is damaged.
    """
    return _from_rle(mask.rle, picture, margin_px) if mask.rle else _from_polygons(mask.polygons, picture, margin_px)


def _from_polygons(polygons: tuple[tuple[Point, ...], ...], picture: tuple[int, int], margin_px: int) -> Patch | None:
    from PIL import Image, ImageDraw

    outlines = [
        [(x * picture[0], y * picture[1]) for x, y in polygon]
        for polygon in polygons
        if len(polygon) >= 3 and all(math.isfinite(part) for point in polygon for part in point)
    ]
    points = [point for outline in outlines for point in outline]
    if not points:
        return None
    (left, right), (top, bottom) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    bounds = _padded((left, top, right, bottom), picture, margin_px)
    if bounds is None:
        return None
    x0, y0, x1, y1 = bounds
    coverage = Image.new("L", (x1 - x0, y1 - y0))
    pen = ImageDraw.Draw(coverage)
    for outline in outlines:
        # Pixels are named by their middles, points by where they lie.
        pen.polygon([(x - x0 - 0.5, y - y0 - 0.5) for x, y in outline], fill=255)
    return Patch(x0, y0, coverage)


def _from_rle(rle: Rle, picture: tuple[int, int], margin_px: int) -> Patch | None:
    from PIL import Image

    found = _decoded(rle)
    if found is None:
        return None
    left, top, ink = found
    x_scale, y_scale = picture[0] / rle.width_px, picture[1] / rle.height_px
    covered = left * x_scale, top * y_scale, (left + ink.width) * x_scale, (top + ink.height) * y_scale
    bounds = _padded(covered, picture, margin_px)
    if bounds is None:
        return None
    x0, y0, x1, y1 = bounds
    size = max(1, round(covered[2] - covered[0])), max(1, round(covered[3] - covered[1]))
    coverage = Image.new("L", (x1 - x0, y1 - y0))
    coverage.paste(ink if ink.size == size else ink.resize(size), (round(covered[0]) - x0, round(covered[1]) - y0))
    return Patch(x0, y0, coverage)


def _decoded(rle: Rle) -> "tuple[int, int, Image] | None":
    """Left, top and coverage of the part that the code covers; None if that is nothing.

    Only the columns that are covered are ever unpacked; pycocotools unpacks the whole page for each mask.

    Raises:
        InputError: the code does not describe a page of its size.
    """
    import numpy as np
    from PIL import Image

    height, pixels = rle.height_px, rle.height_px * rle.width_px
    ends = np.cumsum(np.array(_runs(rle.counts), dtype=np.int64))
    fits = height > 0 and 0 < pixels <= _MOST_PX and len(ends) and ends[-1] == pixels
    if not fits or (np.diff(ends, prepend=0) < 0).any():
        raise InputError(f"a mask's run-length code {rle.counts[:40]!r} does not fit its size", _HINT)
    pairs = len(ends) // 2
    starts, stops = ends[0 : 2 * pairs : 2], ends[1 : 2 * pairs : 2]
    starts, stops = starts[stops > starts], stops[stops > starts]
    if not len(starts):
        return None
    left, right = int(starts[0]) // height, int(stops[-1] - 1) // height + 1
    changes = np.zeros((right - left) * height + 1, dtype=np.int8)
    changes[starts - left * height] += 1
    changes[stops - left * height] -= 1
    columns = changes[:-1].cumsum(dtype=np.int8).reshape(right - left, height)
    rows = np.flatnonzero(columns.any(0))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return left, top, Image.fromarray(np.ascontiguousarray(columns[:, top:bottom].T).astype(np.uint8) * np.uint8(255))


def _runs(counts: str) -> list[int]:
    """The lengths of the runs, of uncovered pixels and covered ones in turn; none if the code is damaged.

    Source: github.com/cocodataset/cocoapi, common/maskApi.c, rleFrString: five bits a letter from "0" on, the lowest first, the
    sixth says that more follow; from the fourth run on it is the difference to the run before the last one.
    """
    runs: list[int] = []
    value = shift = 0
    for letter in counts:
        bits = ord(letter) - 48
        if shift > 60 or not 0 <= bits < 64:
            return []
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    return runs


def _padded(
    bounds: tuple[float, float, float, float], picture: tuple[int, int], margin_px: int
) -> tuple[int, int, int, int] | None:
    """The rectangle in whole pixels with a margin, cut to the picture; None if nothing of it is on the picture."""
    x0, y0 = (max(0, math.floor(bounds[at]) - margin_px) for at in (0, 1))
    x1, y1 = (min(picture[at], math.ceil(bounds[at + 2]) + margin_px) for at in (0, 1))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
