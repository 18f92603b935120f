"""labelme's JSON: a file beside each picture, with rectangles, polygons and masks that the program shows and edits.

Source: labelme/_label_file.py of labelme 5.5. A text goes into `description`; `score` is written where it is known, a key that
labelme keeps and does not show. A shape is a box or an outline: the box of an object that has an outline is the one around that.
"""

import json
import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, FiniteFloat

from vextract.annotations import Classes, FolderFormat, Sample, beginning
from vextract.annotations._drawings import drawn_rle, rle_of_drawing
from vextract.annotations._files import files_below, first_key, found_picture, read_model, record_of, size_of, unfit
from vextract.annotations._outlines import (
    around,
    corners_px,
    mask_of_polygons,
    pixel_polygons,
    score_of,
)
from vextract.detection import Detection, Detections, Mask
from vextract.geometry import from_pixels
from vextract.types import PageRef, Record

__all__ = ["FORMAT"]

_VERSION = "5.5.0"
_WHAT = "labelme file"
_FIRST_KEYS = frozenset(["version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"])
_OUTLINES = frozenset(["polygon", "rotation"])


class _Shape(BaseModel):
    label: str
    points: list[tuple[FiniteFloat, FiniteFloat]] = Field(min_length=1)
    group_id: int | str | None = None
    shape_type: str | None = "polygon"
    description: str | None = None
    mask: str | None = None
    score: float | None = None


class _File(BaseModel):
    shapes: list[_Shape]
    imagePath: str  # noqa: N815  labelme's name
    imageHeight: int | None = None  # noqa: N815  labelme's name
    imageWidth: int | None = None  # noqa: N815  labelme's name


def _render(sample: Sample, classes: Classes) -> bytes:
    del classes
    shapes: list[dict[str, Any]] = []
    groups = 0
    for found in sample.objects:
        parts = _parts(found, sample.ref)
        groups += len(parts) > 1
        shapes += [_told(found, part, groups if len(parts) > 1 else None) for part in parts]
    told: dict[str, Any] = {
        "version": _VERSION,
        "flags": {},
        "shapes": shapes,
        "imagePath": sample.picture,
        "imageData": None,
        "imageHeight": sample.ref.height_px,
        "imageWidth": sample.ref.width_px,
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode(errors="backslashreplace") + b"\n"


def _parts(found: Detection, ref: PageRef) -> list[dict[str, Any]]:
    """What the shapes of an object are: a rectangle, a mask, or its polygons."""
    if found.mask and found.mask.polygons:
        return [
            {"points": list(zip(flat[::2], flat[1::2], strict=True)), "shape_type": "polygon", "mask": None}
            for flat in pixel_polygons(found.mask, ref)
        ]
    if found.mask and found.mask.rle and (drawn := drawn_rle(found.mask.rle)):
        (x0, y0, x1, y1), picture = drawn
        return [{"points": [(x0, y0), (x1, y1)], "shape_type": "mask", "mask": picture}]
    left, top, right, bottom = corners_px(found.box, ref)
    return [{"points": [(left, top), (right, bottom)], "shape_type": "rectangle", "mask": None}]


def _told(found: Detection, part: dict[str, Any], group: int | None) -> dict[str, Any]:
    told = {"label": found.label, "group_id": group, "description": found.text or "", "flags": {}, **part}
    return told if found.score is None else told | {"score": found.score}


def _tells(path: Path, head: bytes) -> bool:
    return any(True for _ in _files(path)) if path.is_dir() else first_key(head) in _FIRST_KEYS


def _files(path: Path) -> Iterator[Path]:
    """The labelme files; of a folder those that begin as one."""
    for file in files_below(path, ".json"):
        if file is path:
            yield file
            continue
        with file.open("rb") as opened:
            if first_key(beginning(opened)) in _FIRST_KEYS:
                yield file


def _read(path: Path) -> Iterator[Record[Detections]]:
    for file in _files(path):
        told = read_model(file, _File, _WHAT)
        # labelme of Windows writes its separators.
        picture = found_picture(told.imagePath.replace("\\", "/"), file.parent)
        size_px = size_of((told.imageWidth, told.imageHeight), picture, file)
        try:
            objects = [_detection(list(shapes), size_px) for _, shapes in groupby(_numbered(told.shapes), _object_of)]
        except ValueError as error:
            raise unfit(file, _WHAT, str(error)) from error
        yield record_of(str(picture) if picture else told.imagePath, size_px, objects)


def _numbered(shapes: list[_Shape]) -> Iterable[tuple[int, _Shape]]:
    """The shapes, those of one object behind each other, where the first of them stands."""
    first: dict[object, int] = {}
    numbered = [(first.setdefault(_group(at, shape), at), shape) for at, shape in enumerate(shapes)]
    return sorted(numbered, key=_object_of)


def _group(at: int, shape: _Shape) -> object:
    """What shapes of one object have in common: outlines of a group that have the same label."""
    if shape.group_id is None or shape.shape_type not in _OUTLINES:
        return at
    return (shape.label, str(shape.group_id))


def _object_of(numbered: tuple[int, _Shape]) -> int:
    return numbered[0]


def _detection(numbered: list[tuple[int, _Shape]], size_px: tuple[int, int]) -> Detection:
    shapes = [shape for _, shape in numbered]
    first = shapes[0]
    mask: Mask | None = None
    if first.shape_type in _OUTLINES:
        flat = ([side for point in shape.points for side in point] for shape in shapes)
        mask = mask_of_polygons(list(flat), *size_px)
    elif first.shape_type == "mask" and first.mask:
        mask = Mask(rle=rle_of_drawing(first.mask, first.points[0], size_px))
    points = _circle(first.points) if first.shape_type == "circle" else first.points
    xs, ys = [x for x, _ in points], [y for _, y in points]
    box = around(mask) if mask else from_pixels((min(xs), min(ys), max(xs), max(ys)), *size_px)
    return Detection(1, first.label, box, score_of(first.score), first.description or None, mask)


def _circle(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The corners around a circle, which is given by its middle and a point on it."""
    middle, on_it = points[0], points[-1]
    radius = math.dist(middle, on_it)
    return [(middle[0] - radius, middle[1] - radius), (middle[0] + radius, middle[1] + radius)]


FORMAT = FolderFormat(suffix=".json", annotations="", pictures="", render=_render, read=_read, tells=_tells)
