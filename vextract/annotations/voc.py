"""Pascal VOC's XML: a file for each picture.

Pixels are counted from 1, and the last one belongs to the box: the left and upper edge are one more than ours, the right and lower
edge are the same. Fractions of pixels are kept, whole numbers are written as such. There is no place for scores and texts.
Source: the devkit of the challenge (host.robots.ox.ac.uk/pascal/VOC), 2012; supervision 0.31 reads and writes it so.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.annotations import Classes, FolderFormat, Sample
from vextract.annotations._files import content, files_below, found_picture, record_of, size_of, unfit
from vextract.annotations._outlines import around, corners_px, mask_of_polygons, pixel_polygons, rounded
from vextract.detection import Detection, Detections
from vextract.geometry import from_pixels
from vextract.types import Box, PageRef, Record

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["FORMAT"]

_WHAT = "Pascal VOC file"
_ANNOTATIONS, _PICTURES = "Annotations", "JPEGImages"
# An empty name makes tools fail; this one says the same, in COCO's word.
_UNLABELLED = "unlabeled"
# What XML 1.0 cannot hold, not even escaped; and what would not come back as it was.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\r\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def _render(sample: Sample, classes: Classes) -> bytes:
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    def put(parent: Element, tag: str, text: object) -> None:
        SubElement(parent, tag).text = _FORBIDDEN.sub("\ufffd", str(text))

    del classes
    root = Element("annotation")
    put(root, "filename", sample.picture)
    size = SubElement(root, "size")
    put(size, "width", sample.ref.width_px)
    put(size, "height", sample.ref.height_px)
    put(root, "segmented", int(any(found.mask and found.mask.polygons for found in sample.objects)))
    for found in sample.objects:
        each = SubElement(root, "object")
        put(each, "name", found.label or _UNLABELLED)
        bounds = SubElement(each, "bndbox")
        for tag, edge in zip(_CORNERS, _counted_from_one(found.box, sample.ref), strict=True):
            put(bounds, tag, edge)
        for flat in pixel_polygons(found.mask, sample.ref) if found.mask else ():
            outline = SubElement(each, "polygon")
            for at, side in enumerate(flat):
                put(outline, f"{'xy'[at % 2]}{at // 2 + 1}", rounded(side + 1))
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _counted_from_one(box: Box, ref: PageRef) -> tuple[float, float, float, float]:
    """The corners; what is thinner than a pixel gets the pixel around its middle, since the first must not exceed the last."""
    x0, y0, x1, y1 = corners_px(box, ref)
    (left, right), (top, bottom) = _one_pixel(x0, x1), _one_pixel(y0, y1)
    return rounded(left + 1), rounded(top + 1), rounded(right), rounded(bottom)


def _one_pixel(low: float, high: float) -> tuple[float, float]:
    middle = (low + high) / 2
    return (low, high) if high - low >= 1 else (middle - 0.5, middle + 0.5)


def _tells(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return next(path.rglob("*.xml"), None) is not None
    return b"<annotation" in head


def _read(path: Path) -> Iterator[Record[Detections]]:
    for file in files_below(path, ".xml"):
        yield _record(file)


def _parsed(path: Path) -> "Element":
    """The XML of a file. One that declares a document type is refused: entities can blow it up, or reach for other files."""
    from xml.etree.ElementTree import TreeBuilder
    from xml.parsers import expat

    builder, parser = TreeBuilder(), expat.ParserCreate()

    def refuse(*_declared: object) -> None:
        raise unfit(path, _WHAT, "it declares a document type")

    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(content(path), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise unfit(path, _WHAT, str(error)) from error
    root = builder.close()
    if root.tag != "annotation":
        raise unfit(path, _WHAT, f"it begins with <{root.tag}>")
    return root


def _record(path: Path) -> Record[Detections]:
    root = _parsed(path)
    name = (root.findtext("filename") or "").strip()
    folders = (path.parent, path.parent.parent / _PICTURES, path.parent.parent / "images")
    picture = found_picture(name, *folders) if name else None
    stated = (_whole(root.findtext("size/width")), _whole(root.findtext("size/height")))
    size_px = size_of(stated, picture, path)
    source = str(picture) if picture else name or path.stem
    return record_of(source, size_px, [_detection(each, size_px, path) for each in root.iterfind("object")])


def _detection(each: "Element", size_px: tuple[int, int], path: Path) -> Detection:
    polygons = [[_number(side.text, path) - 1 for side in polygon] for polygon in each.iterfind("polygon")]
    mask = mask_of_polygons(polygons, *size_px)
    bounds = each.find("bndbox")
    if bounds is not None:
        x0, y0, x1, y1 = (_number(bounds.findtext(tag), path) for tag in _CORNERS)
        box = from_pixels((min(x0, x1) - 1, min(y0, y1) - 1, max(x0, x1), max(y0, y1)), *size_px)
    elif mask is not None:
        box = around(mask)
    else:
        raise unfit(path, _WHAT, "an object has no bndbox")
    label = (each.findtext("name") or "").strip()
    return Detection(1, "" if label == _UNLABELLED else label, box, mask=mask)


def _number(text: str | None, path: Path) -> float:
    import math

    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise unfit(path, _WHAT, f"{text!r} is no coordinate")
    return number


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdecimal() else None


FORMAT = FolderFormat(
    suffix=".xml", annotations=_ANNOTATIONS, pictures=_PICTURES, render=_render, read=_read, tells=_tells
)
