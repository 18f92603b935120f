"""YOLO's labels with outlines, for training segmentation: as `yolo`, but each line is a polygon.

Ultralytics takes all lines of a file for outlines as soon as one is; so an object whose outline is not known as polygons has the
four corners of its box. An object has one polygon there: parts are joined by seams that cover nothing.
"""

from dataclasses import replace

from vextract.annotations import Classes, Sample, yolo
from vextract.detection import Detection, Point

__all__ = ["FORMAT"]


def _render(sample: Sample, classes: Classes) -> bytes:
    lines = (
        yolo.as_line(classes.number(found.label), [side for point in _outline(found) for side in point])
        for found in sample.objects
    )
    return "".join(lines).encode()


def _outline(found: Detection) -> list[Point]:
    if found.mask is None or not found.mask.polygons:
        x0, y0, x1, y1 = found.box.x0, found.box.y0, found.box.x1, found.box.y1
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    first, *others = found.mask.polygons
    if not others:
        return list(first)
    # Each part is closed, and left by a seam from its first point to that of the next; back it goes along the same seams.
    there = [point for part in found.mask.polygons for point in (*part, part[0])]
    return there + [part[0] for part in reversed(others[:-1])]


FORMAT = replace(yolo.FORMAT, render=_render, tells=lambda _path, _head: False)
