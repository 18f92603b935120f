"""Pictures with their labelled objects, as COCO's tools see them: boxes as x, y, width, height in pixels."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vextract.detection import Detection, Detections
from vextract.errors import InputError
from vextract.evaluation.detection.masks import Segmentation, resized, segmentation
from vextract.geometry import to_pixels
from vextract.types import Record

__all__ = ["Annotation", "MarkedDocument", "Picture", "Xywh", "as_document", "file_name_of", "fitted", "label_key"]

Xywh = tuple[float, float, float, float]
# Pixels that were written with a few decimals come back as they were after having been fractions: an overlap that is just enough
# stays so.
_DECIMALS = 6
# How far the shapes of two sizes of one picture may differ, beyond sides that were rounded to pixels.
_SHAPE_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class Annotation:
    """One object of the truth or of a result.

    Attributes:
        label: as it is written.
        xywh: left, top, width and height in pixels of its picture.
        score: 0..1; None if the detector gives none.
        segmentation: its mask as COCO writes it; None if there is none.
        is_crowd: it stands for many objects that are not told apart; finding any of them is neither right nor wrong.
    """

    label: str
    xywh: Xywh
    score: float | None = None
    segmentation: Segmentation | None = None
    is_crowd: bool = False

    @property
    def key(self) -> str:
        """By what it is compared with the labels of others."""
        return label_key(self.label)

    @property
    def corners(self) -> Xywh:
        """x0, y0, x1, y1 in pixels, 1 decimal."""
        x, y, width, height = self.xywh
        return round(x, 1), round(y, 1), round(x + width, 1), round(y + height, 1)


@dataclass(frozen=True, slots=True)
class Picture:
    """A page: its size in pixels and the objects on it, in order."""

    width_px: int
    height_px: int
    objects: tuple[Annotation, ...] = ()


@dataclass(frozen=True)
class MarkedDocument:
    """One document of the truth or of the results; `where` says from which file and line it comes.

    `pictures` are by page number. `has_data` is false for a result that is null as a whole, as after a failed run.
    """

    source: str
    where: str
    pictures: Mapping[int, Picture]
    has_data: bool = True
    cost_usd: float | None = None
    seconds: float | None = None


def label_key(label: str) -> str:
    """The label without what does not tell one from another: case, compatibility forms, and how much space is where."""
    return " ".join(unicodedata.normalize("NFKC", label).casefold().split())


def file_name_of(source: str) -> str:
    """The last part of a path or URL."""
    return re.split(r"[/\\]", source.rstrip("/\\"))[-1]


def as_document(record: Record[Any], where: str) -> MarkedDocument:
    """The pages of a record of detect.

    Raises:
        InputError: it is a record of something else.
    """
    if record.data is not None and not isinstance(record.data, Detections):
        raise InputError(
            f"{where}: no detections of {record.source!r}",
            "results and truth are records of detect, or COCO annotations",
        )
    objects = record.data.objects if record.data else ()
    pictures = {}
    for page in record.pages:
        size = page.width_px, page.height_px
        try:
            found = tuple(_annotation(each, *size) for each in objects if each.page == page.number)
        except ValueError as error:
            raise InputError(
                f"{where}: {error}", "masks are COCO's compressed run-length code of the whole page"
            ) from error
        pictures[page.number] = Picture(*size, found)
    has_data = record.data is not None
    return MarkedDocument(record.source, where, pictures, has_data, record.usage.cost_usd, record.seconds)


def fitted(picture: Picture, to: Picture, where: str) -> Picture:
    """The same objects in the pixels of another size of the same picture.

    Raises:
        InputError: the shapes differ, so that it cannot be the same picture.
    """
    size = to.width_px, to.height_px
    if (picture.width_px, picture.height_px) != size:
        _check_shape(picture, to, where)
    across, down = to.width_px / picture.width_px, to.height_px / picture.height_px
    objects = (
        replace(
            each,
            xywh=_rounded(each.xywh[0] * across, each.xywh[1] * down, each.xywh[2] * across, each.xywh[3] * down),
            segmentation=resized(each.segmentation, (across, down), size) if each.segmentation else None,
        )
        for each in picture.objects
    )
    return Picture(*size, tuple(objects))


def _check_shape(picture: Picture, to: Picture, where: str) -> None:
    apart = abs(picture.width_px * to.height_px - picture.height_px * to.width_px)
    rounding = picture.width_px + picture.height_px + to.width_px + to.height_px
    if apart > max(rounding, _SHAPE_TOLERANCE * picture.width_px * to.height_px):
        raise InputError(
            f"{where}: {picture.width_px} x {picture.height_px} pixels in the result, {to.width_px} x {to.height_px} in the truth",
            "pictures of different shape are not the same picture; was one of them turned or cropped?",
        )


def _annotation(found: Detection, width_px: int, height_px: int) -> Annotation:
    x0, y0, x1, y1 = to_pixels(found.box, width_px, height_px)
    mask = segmentation(found.mask, width_px, height_px) if found.mask else None
    return Annotation(found.label, _rounded(x0, y0, x1 - x0, y1 - y0), found.score, mask)


def _rounded(*numbers: float) -> Xywh:
    x, y, width, height = (round(number, _DECIMALS) for number in numbers)
    return x, y, width, height
