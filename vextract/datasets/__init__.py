"""Where detections go that become a dataset: one file for all of them, or a folder with a file for each picture.

Files appear whole or not at all; those that exist are kept unless told otherwise. What a run adds to a folder never changes what
the numbers of its classes mean.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from vextract.annotations import FileFormat, find_format
from vextract.datasets.folder import DatasetFolder
from vextract.datasets.one_file import DatasetFile, opened
from vextract.errors import OutputError, UsageError
from vextract.files import in_the_way
from vextract.pipeline import PageRead
from vextract.sources.expand import Source
from vextract.types import Record

__all__ = ["Dataset", "open_dataset"]


class Dataset(Protocol):
    """An output, as in sinks.py, that takes pictures too."""

    def admit(self, source: Source) -> Source | None:
        """The source, perhaps with a `problem`; None if its files exist already and are kept. Called before reading."""
        ...

    def page(self, source: Source, page: PageRead) -> None:
        """Nothing: a dataset has whole records only."""
        ...

    def done(
        self, source: Source, record: Record[object], pictures: Mapping[int, Path] | None = None
    ) -> Record[object]:
        """Takes the record of a source that was admitted.

        Args:
            source: as `admit` gave it.
            record: of the task `detect`; one without data leaves nothing.
            pictures: files with pictures of its pages, by page number, which are copied into the dataset. They are called as the
                source where that is a picture itself, else by its name and the page's number, with the file's suffix.

        Returns:
            the record, failed if its files could not be written.
        """
        ...

    def close(self) -> None:
        """Everything is written; to be called however the run ended, but for a failure of our own: then one file vanishes."""
        ...


def open_dataset(target: str | None, name: str, *, labels: Sequence[str] = (), force: bool = False) -> Dataset:
    """The dataset that `-f NAME -o TARGET` means.

    Args:
        target: None or "-" for standard output; a folder (existing, or ending in "/"); a file. Formats with a file for each
            picture need a folder, which is made.
        name: of the format, as in vextract.annotations.
        labels: what the classes are numbered by, the first first; others follow as they are met.
        force: replace files that exist. The classes of a folder keep their numbers nevertheless.

    Raises:
        UsageError: there is no such format, it cannot go there, the file exists, or the folder numbers the labels differently.
        OutputError: the file cannot be made.
        InputError: the folder's list of classes cannot be read.
    """
    form = find_format(name)
    to_stdout = target is None or target == "-"
    if not isinstance(form, FileFormat):
        if target is None or to_stdout or (os.path.exists(target) and not os.path.isdir(target)):
            where = "standard output is one" if to_stdout else f"{target!r} is a file"
            raise UsageError(f"-f {name} makes a file for each picture, {where}", "name a directory: -o out/")
        return DatasetFolder(Path(target), form, labels, force=force)
    if target is None or to_stdout:
        if sys.stdout is None:
            raise OutputError("standard output is closed", "name a file with -o")
        return DatasetFile(sys.stdout.buffer, None, form, labels)
    path = Path(target, form.file) if target.endswith("/") or os.path.isdir(target) else Path(target)
    if path.is_file() and not force:
        raise in_the_way(path)
    return DatasetFile(opened(path), path, form, labels)
