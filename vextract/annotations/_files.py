"""Files of datasets as they are found on disk: which there are, what they hold, and the pictures that they are about."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from vextract.detection import Detection, Detections
from vextract.errors import InputError
from vextract.types import PageRef, Record

__all__ = [
    "content",
    "files_below",
    "first_key",
    "found_picture",
    "picture_size",
    "read_model",
    "record_of",
    "size_of",
    "unfit",
]

ModelT = TypeVar("ModelT", bound=BaseModel)
_FIRST_KEY = re.compile(rb'^(?:\xef\xbb\xbf)?\s*\{\s*"(\w+)"\s*:')


def files_below(path: Path, suffix: str) -> Iterator[Path]:
    """The file itself, or all files of a folder and those below it that end so, by name."""
    if path.is_dir():
        yield from sorted(file for file in path.rglob(f"*{suffix}") if not file.name.startswith("."))
    else:
        yield path


def first_key(head: bytes) -> str:
    """The first key of a JSON object that begins so; "" if that is not told."""
    found = _FIRST_KEY.match(head)
    return found[1].decode("ascii", "replace") if found else ""


def content(path: Path) -> bytes:
    """What is in the file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror}", "check the name and its rights") from error


def read_model(path: Path, model: type[ModelT], what: str) -> ModelT:
    """The JSON of a file as such an object.

    Args:
        path: of the file.
        model: what it must have.
        what: it is, for messages.

    Raises:
        InputError: it cannot be read, or is none.
    """
    try:
        return model.model_validate_json(content(path).removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise unfit(path, what, f"{place}: {first['msg']}" if place else first["msg"]) from error


def unfit(path: Path, what: str, problem: str) -> InputError:
    """The error of a file that is not what it is taken for."""
    return InputError(f"{str(path)!r} is no {what}: {problem}", "mend that file, or leave it out")


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels of a picture, upright by EXIF; it is not decoded.

    Raises:
        InputError: it cannot be read.
    """
    from vextract.sources.options import Limits
    from vextract.sources.picture import PictureFile

    try:
        picture = PictureFile(path, str(path), Limits())
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror}", "check the name and its rights") from error
    try:
        ref = picture.page(1).ref
    finally:
        picture.close()
    return ref.width_px, ref.height_px


def found_picture(name: str, *folders: Path) -> Path | None:
    """The file of that name in the first of the folders that has it; None if none does."""
    for folder in folders:
        try:
            if (folder / name).is_file():
                return folder / name
        except (OSError, ValueError):  # a name that the system does not take
            continue
    return None


def size_of(stated: tuple[int | None, int | None], picture: Path | None, path: Path) -> tuple[int, int]:
    """Width and height of a picture in pixels: as its annotation states them, else measured.

    Raises:
        InputError: they are not stated, and there is no picture to measure.
    """
    width_px, height_px = stated
    if width_px and height_px and width_px > 0 and height_px > 0:
        return width_px, height_px
    if picture is None:
        hint = "put the picture beside it, or state its width and height"
        raise InputError(f"{str(path)!r} says nothing of a picture's size, and the picture is not there", hint)
    return picture_size(picture)


def record_of(source: str, size_px: tuple[int, int], objects: list[Detection]) -> Record[Detections]:
    """The record of a picture of a dataset.

    Args:
        source: the picture.
        size_px: its width and height.
        objects: all on page 1.
    """
    ref = PageRef(source, 1, *size_px)
    return Record(source, None, "detect", None, "ok", Detections(tuple(objects)), (ref,))
