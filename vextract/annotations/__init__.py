"""Annotation formats of the tools that train and judge detectors: detections to their files, and back.

One module a format, loaded by name, each with a `FORMAT`. A page is a picture of a dataset, whatever document it came from. What a
format cannot hold is left out, never replaced by something made up: docs/convert.md says what that is.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Protocol, TypeAlias

from vextract.detection import Detection, Detections
from vextract.errors import InputError
from vextract.plugins import load, names
from vextract.types import PageRef, Record

__all__ = [
    "PICTURES",
    "Classes",
    "FileFormat",
    "FolderFormat",
    "Format",
    "Reader",
    "Sample",
    "SampleWriter",
    "Stream",
    "beginning",
    "find_format",
    "samples",
    "told_format",
]

PICTURES = frozenset(
    [".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".avif", ".jp2", ".heic", ".heif"]
)
"""What the name of a dataset's picture ends with, in lower case; tools find pictures by it."""
_PACKAGE = "vextract.annotations"
_HEAD_BYTES = 4096
_HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture of a dataset and all that is known to be on it.

    Attributes:
        picture: its file, relative to the folder that the format keeps pictures in.
        ref: the page that it shows, and its size.
        objects: in the order of the record; empty where none was found.
    """

    picture: str
    ref: PageRef
    objects: tuple[Detection, ...]


class Classes:
    """Labels numbered from 0: those that are given first, then each as it is met. A number once given stays."""

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self._numbers: dict[str, int] = {}
        for label in labels:
            self.number(label)

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, label: str) -> int:
        """The label's number, the next free one if it is new."""
        return self._numbers.setdefault(label, len(self._numbers))

    @property
    def labels(self) -> list[str]:
        """All labels, by number."""
        return list(self._numbers)


class SampleWriter(Protocol):
    """Writes the one file of a dataset, picture by picture."""

    def add(self, sample: Sample) -> None:
        """Takes the next picture."""
        ...

    def finish(self) -> None:
        """Writes what is left; nothing can be added any more."""
        ...

    def discard(self) -> None:
        """Gives back what is held; does nothing after `finish`."""
        ...


class Stream(Protocol):
    """Whatever bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Takes the next bytes."""
        ...


Reader: TypeAlias = Callable[[Path], Iterator[Record[Detections]]]
"""Gives a record for each picture of a file or folder.

Raises InputError where something in there cannot be read: nothing is passed over.
"""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format that has all pictures' objects in one file.

    Attributes:
        file: its name within a folder.
        pictures: the folder beside it that pictures are put in.
        writer: makes the writer of the file; the labels' numbers are given by what it meets.
        read: gives the records.
        tells: whether a file or folder is of this format, by the first bytes of the file; b"" for a folder.
    """

    file: str
    pictures: str
    writer: Callable[[Stream, Classes], SampleWriter]
    read: Reader
    tells: Callable[[Path, bytes], bool]


@dataclass(frozen=True, slots=True)
class FolderFormat:
    """A format that has a file for each picture, named as the picture.

    Attributes:
        suffix: of these files, with the dot.
        annotations: the folder that they lie in, "" for the dataset's own.
        pictures: the folder of the pictures, "" for the dataset's own.
        render: the file of one picture.
        read: gives the records.
        tells: as in FileFormat.
        index: the name of the file that lists the classes, "" if there is none.
        render_index: that file; it is given where it lies, for what it says already.
        read_index: the classes that such a file lists.
    """

    suffix: str
    annotations: str
    pictures: str
    render: Callable[[Sample, Classes], bytes]
    read: Reader
    tells: Callable[[Path, bytes], bool]
    index: str = ""
    render_index: Callable[[Classes, Path], bytes] = field(default=lambda _classes, _path: b"")
    read_index: Callable[[Path], Classes] = field(default=lambda _: Classes())


Format: TypeAlias = FileFormat | FolderFormat


def find_format(name: str) -> Format:
    """The format of that name.

    Raises:
        UsageError: there is none.
    """
    found = load(_PACKAGE, name).FORMAT
    assert isinstance(found, FileFormat | FolderFormat), f"{name}.FORMAT is not a Format"
    return found


def told_format(path: Path) -> str | None:
    """The name of the format that a file or folder is of, by its content; None if it is of none.

    Raises:
        InputError: there is nothing of that name that can be read.
    """
    head = b""
    if not path.is_dir():
        try:
            with path.open("rb") as file:
                head = beginning(file)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"cannot read {str(path)!r}: {reason}", "check the name") from error
    return next((name for name in names(_PACKAGE) if find_format(name).tells(path, head)), None)


def beginning(file: IO[bytes]) -> bytes:
    """The first bytes of a file, enough to tell what it is."""
    return file.read(_HEAD_BYTES)


def samples(record: Record[Detections], name: Callable[[PageRef], str]) -> Iterator[Sample]:
    """The pages of a record as pictures of a dataset, in order.

    A page that failed and shows nothing is left out: as a picture without objects it would claim that there are none. What in
    labels and texts is no character becomes U+FFFD: no format could be read back with it.

    Args:
        record: of the task `detect`.
        name: gives the file name of a page's picture.
    """
    failed = {error.page for error in record.errors}
    by_page: dict[int, list[Detection]] = {ref.number: [] for ref in record.pages}
    for found in record.data.objects if record.data else ():
        by_page[found.page].append(_writable(found))
    for ref in record.pages if record.data else ():
        if by_page[ref.number] or ref.number not in failed:
            yield Sample(name(ref), ref, tuple(by_page[ref.number]))


def _writable(found: Detection) -> Detection:
    if not _HALVES.search(found.label + (found.text or "")):
        return found
    text = found.text if found.text is None else _HALVES.sub("\ufffd", found.text)
    return replace(found, label=_HALVES.sub("\ufffd", found.label), text=text)
