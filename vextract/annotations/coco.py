"""COCO's JSON of object instances: one file for all pictures.

Source: cocodataset.org/#format-data, 2026-11. An object's `score` and `text` are written where they are known; tools that do not
know these keys pass them over. `iscrowd` is always 0 in what is written: a detector does not tell crowds.
"""

import json
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Any, cast

from pydantic import BaseModel, Field, FiniteFloat

from vextract.annotations import Classes, FileFormat, Sample, SampleWriter, Stream
from vextract.annotations._files import (
    files_below,
    first_key,
    found_picture,
    read_model,
    record_of,
    size_of,
    unfit,
)
from vextract.annotations._outlines import (
    around,
    coco_segmentation,
    corners_px,
    mask_of_polygons,
    rounded,
    score_of,
)
from vextract.detection import Detection, Detections, Mask
from vextract.geometry import from_pixels
from vextract.run_lengths import mask_of_rle
from vextract.types import Record

__all__ = ["FORMAT"]

_WHAT = "COCO file"
_FILE = "annotations.coco.json"
_FIRST_KEYS = frozenset(["info", "licenses", "images", "annotations", "categories"])
_SPOOLED_BYTES = 8 << 20
_HEAD = b'{"info":{"description":"detections of vextract"},"licenses":[],"images":['


class _Picture(BaseModel):
    id: int | str
    file_name: str
    width: int | None = None
    height: int | None = None


class _RunLength(BaseModel):
    size: Annotated[list[int], Field(min_length=2, max_length=2)]
    counts: str | list[int]


class _Object(BaseModel):
    id: int | str | None = None
    image_id: int | str
    category_id: int | str
    bbox: Annotated[list[FiniteFloat], Field(min_length=4, max_length=4)] | None = None
    segmentation: list[list[FiniteFloat]] | list[FiniteFloat] | _RunLength | None = None
    score: float | None = None
    text: str | None = None


class _Category(BaseModel):
    id: int | str
    name: str


class _Dataset(BaseModel):
    images: list[_Picture]
    annotations: list[_Object] = []
    categories: list[_Category] = []


class _Writer:
    """Streams the pictures; the objects, which must follow all of them, wait on disk."""

    def __init__(self, stream: Stream, classes: Classes) -> None:
        self._stream, self._classes = stream, classes
        self._objects = cast("IO[bytes]", tempfile.SpooledTemporaryFile(_SPOOLED_BYTES))  # noqa: SIM115  closed by discard
        self.discard = weakref.finalize(self, self._objects.close)
        self._pictures_written, self._objects_written = 0, 0

    def add(self, sample: Sample) -> None:
        """Writes the picture, keeps its objects."""
        self._stream.write(b",\n" if self._pictures_written else _HEAD + b"\n")
        self._pictures_written += 1
        number, ref = self._pictures_written, sample.ref
        told = {"id": number, "file_name": sample.picture, "width": ref.width_px, "height": ref.height_px}
        self._stream.write(_json(told))
        for found in sample.objects:
            self._objects.write(b",\n" if self._objects_written else b"\n")
            self._objects_written += 1
            of = {"id": self._objects_written, "image_id": number}
            self._objects.write(_json(of | _told(found, sample, self._classes)))

    def finish(self) -> None:
        """Writes the objects and the categories."""
        self._stream.write(b'\n],"annotations":[' if self._pictures_written else _HEAD + b'],"annotations":[')
        self._objects.seek(0)
        shutil.copyfileobj(self._objects, cast("IO[bytes]", self._stream))
        self.discard()
        categories = [{"id": n, "name": label} for n, label in enumerate(self._classes.labels, 1)]
        self._stream.write(b'\n],"categories":' + _json(categories) + b"}\n")


def _area_px(found: Detection, sample: Sample) -> int:
    from vextract.masks import area_px

    assert found.mask is not None
    return area_px(found.mask, sample.ref.width_px, sample.ref.height_px)


def _json(value: object) -> bytes:
    # A file name that is not UTF-8 has lone surrogates; JSON writes them as Python does, by backslash and number.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")


def _told(found: Detection, sample: Sample, classes: Classes) -> dict[str, Any]:
    x0, y0, x1, y1 = corners_px(found.box, sample.ref)
    width, height = rounded(x1 - x0), rounded(y1 - y0)
    told: dict[str, Any] = {
        "category_id": classes.number(found.label) + 1,
        "bbox": [x0, y0, width, height],
        "area": _area_px(found, sample) if found.mask else rounded(width * height),
        "segmentation": coco_segmentation(found.mask, sample.ref),
        "iscrowd": 0,
    }
    if found.score is not None:
        told["score"] = found.score
    if found.text is not None:
        told["text"] = found.text
    return told


def _writer(stream: Stream, classes: Classes) -> SampleWriter:
    return _Writer(stream, classes)


def _tells(path: Path, head: bytes) -> bool:
    return any(True for _ in _files(path)) if path.is_dir() else first_key(head) in _FIRST_KEYS


def _files(path: Path) -> Iterator[Path]:
    """The COCO files; of a folder those that begin as one."""
    if not path.is_dir():
        yield path
        return
    from vextract.annotations import beginning

    for file in files_below(path, ".json"):
        with file.open("rb") as opened:
            if first_key(beginning(opened)) in _FIRST_KEYS:
                yield file


def _read(path: Path) -> Iterator[Record[Detections]]:
    for file in _files(path):
        yield from _records(file)


def _records(path: Path) -> Iterator[Record[Detections]]:
    dataset = read_model(path, _Dataset, _WHAT)
    labels = {category.id: category.name for category in dataset.categories}
    by_picture: dict[int | str, list[_Object]] = {picture.id: [] for picture in dataset.images}
    for told in dataset.annotations:
        if told.image_id not in by_picture:
            raise unfit(path, _WHAT, f"annotation {told.id!r} is of picture {told.image_id!r}, which is not listed")
        if told.category_id not in labels:
            problem = f"annotation {told.id!r} has category {told.category_id!r}, which is not listed"
            raise unfit(path, _WHAT, problem)
        by_picture[told.image_id].append(told)
    del dataset.annotations
    for picture in dataset.images:
        file = found_picture(picture.file_name, path.parent, path.parent / "images")
        size_px = size_of((picture.width, picture.height), file, path)
        objects = [_detection(told, labels[told.category_id], size_px, path) for told in by_picture.pop(picture.id)]
        yield record_of(str(file) if file else picture.file_name, size_px, objects)


def _detection(told: _Object, label: str, size_px: tuple[int, int], path: Path) -> Detection:
    try:
        mask = _mask(told, size_px)
    except ValueError as error:
        raise unfit(path, _WHAT, f"annotation {told.id!r}: {error}") from error
    if told.bbox is not None:
        x, y, width, height = told.bbox
        if width < 0 or height < 0:
            raise unfit(path, _WHAT, f"annotation {told.id!r} has a negative width or height")
        box = from_pixels((x, y, x + width, y + height), *size_px)
    elif mask is not None:
        box = around(mask)
    else:
        raise unfit(path, _WHAT, f"annotation {told.id!r} has neither a box nor an outline")
    return Detection(1, label, box, score_of(told.score), told.text, mask)


def _mask(told: _Object, size_px: tuple[int, int]) -> Mask | None:
    match told.segmentation:
        case None | []:
            return None
        case _RunLength(size=size, counts=counts):
            if (size[1], size[0]) != size_px:
                raise ValueError(f"its run-length code is of {size[1]} x {size[0]} pixels, the picture is not")
            return mask_of_rle(size, counts)
        case [float() | int(), *_] as flat:
            return mask_of_polygons([cast("list[float]", flat)], *size_px)
        case polygons:
            return mask_of_polygons(cast("list[list[float]]", polygons), *size_px)


FORMAT = FileFormat(file=_FILE, pictures="images", writer=_writer, read=_read, tells=_tells)
