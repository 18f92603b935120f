"""A dataset of many files in a folder: one for each picture, and perhaps a list of the classes."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, cast

from vextract.annotations import PICTURES, Classes, FolderFormat, Sample, samples
from vextract.datasets.naming import (
    Stems,
    existing_stems,
    has_own_picture,
    page_stem,
    picture_suffix,
    stems_in_a_folder,
)
from vextract.detection import Detections
from vextract.errors import OutputError, UsageError, VextractError
from vextract.files import AtomicFile, claimed, unwritable
from vextract.pipeline import PageRead, error_info
from vextract.sources.expand import Source
from vextract.types import PageRef, Record

__all__ = ["DatasetFolder", "copied"]

_PAGE = re.compile(r"-p\d+$")
# Pictures whose files may have several pages.
_PAGED = frozenset([".tif", ".tiff"])


class DatasetFolder:
    """Writes a folder; documents whose files it has already are kept.

    Raises:
        UsageError: its list of classes has the labels in another order.
        InputError: its list of classes cannot be read.
    """

    def __init__(self, root: Path, form: FolderFormat, labels: Sequence[str] = (), *, force: bool = False) -> None:
        self._root, self._form, self._force = root, form, force
        self._index = root / form.index if form.index else None
        there = form.read_index(self._index) if self._index and self._index.is_file() else None
        self._classes = _continued(there or Classes(), labels, str(self._index))
        self._listed = len(there) if there is not None else None
        self._stems = Stems()
        self._chosen: dict[str, str] = {}
        self._pages: dict[Path, str] = {}
        self._there = frozenset[str]()
        if not force:
            self._there = frozenset(existing_stems(root / form.annotations, form.suffix))
        self._there_paged = frozenset(_PAGE.sub("", stem) for stem in self._there if _PAGE.search(stem))

    def admit(self, source: Source) -> Source | None:
        """The source; None if files about it exist."""
        if source.problem:
            return source
        try:
            stem = self._stems.claim(stems_in_a_folder(source), source)
        except OutputError as problem:
            return replace(source, problem=problem)
        if self._is_there(stem, source):
            return None
        self._chosen[source.name] = stem
        return source

    def _is_there(self, stem: str, source: Source) -> bool:
        suffix = Path(source.file_name).suffix.lower()
        alone, paged = stem in self._there, stem in self._there_paged
        if suffix in _PAGED:
            return alone or paged
        return alone if suffix in PICTURES else paged

    def page(self, source: Source, page: PageRead) -> None:
        """Nothing: a dataset has whole records only."""
        del source, page

    def done(
        self, source: Source, record: Record[object], pictures: Mapping[int, Path] | None = None
    ) -> Record[object]:
        """Writes the files of the record's pages."""
        stem = self._chosen.pop(source.name, None)
        if stem is None or not isinstance(record.data, Detections):
            return record
        try:
            self._write(stem, source, cast("Record[Detections]", record), pictures or {})
        except VextractError as error:
            return replace(record, status="failed", errors=(*record.errors, error_info(error)))
        return record

    def close(self) -> None:
        """The list of classes is there, also where nothing was found."""
        if self._pages:
            self._list_classes()

    def _write(self, stem: str, source: Source, record: Record[Detections], pictures: Mapping[int, Path]) -> None:
        own = has_own_picture(source, record)

        def name(ref: PageRef) -> str:
            return page_stem(stem, ref, own=own) + picture_suffix(source, pictures.get(ref.number), own=own)

        files: list[tuple[Path, bytes]] = []
        for sample in samples(record, name):
            path = self._root / self._form.annotations / (page_stem(stem, sample.ref, own=own) + self._form.suffix)
            if self._pages.setdefault(path, source.name) != source.name:
                raise claimed(path, self._pages[path])
            given = pictures.get(sample.ref.number)
            told = sample if given or not own else replace(sample, picture=self._elsewhere(sample, source))
            files.append((path, self._form.render(told, self._classes)))
            if given:
                copied(given, self._root / self._form.pictures / sample.picture, force=self._force)
        # The list goes first: no file may have a number that stands for nothing.
        self._list_classes()
        for path, content in files:
            file = AtomicFile(path)
            file.write(content)
            file.commit()

    def _elsewhere(self, sample: Sample, source: Source) -> str:
        """The way to a picture that is not copied, for a format that is to lie beside it; else its name."""
        if self._form.pictures == self._form.annotations and source.path and source.path.is_file():
            return os.path.relpath(source.path, self._root)
        return sample.picture

    def _list_classes(self) -> None:
        if self._index and self._listed != len(self._classes):
            file = AtomicFile(self._index)
            file.write(self._form.render_index(self._classes, self._index))
            file.commit()
            self._listed = len(self._classes)


def _continued(there: Classes, labels: Sequence[str], index: str) -> Classes:
    """The classes as they are there, then those that are given."""
    classes = Classes([*there.labels, *labels])
    if classes.labels[: len(set(labels))] != list(dict.fromkeys(labels)):
        hint = "give the labels in the order of that file, leave them out, or choose another -o"
        raise UsageError(f"{index!r} numbers the classes differently: {', '.join(there.labels)[:200]}", hint)
    return classes


def copied(picture: Path, path: Path, *, force: bool) -> None:
    """Copies a picture, if it is not there.

    Raises:
        OutputError: it cannot be written.
    """
    if path.exists() and (not force or path.samefile(picture)):
        return
    file = AtomicFile(path)
    try:
        with picture.open("rb") as opened:
            shutil.copyfileobj(opened, cast("IO[bytes]", file))
    except OSError as error:
        file.discard()
        raise unwritable(repr(str(path)), error) from error
    file.commit()
