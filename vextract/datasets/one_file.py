"""A dataset in one file, or on standard output."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, cast

from vextract.annotations import Classes, FileFormat, samples
from vextract.datasets.folder import copied
from vextract.datasets.naming import Stems, has_own_picture, page_stem, picture_suffix, stems_in_a_folder
from vextract.detection import Detections
from vextract.errors import OutputError, VextractError
from vextract.files import AtomicFile, unwritable
from vextract.pipeline import PageRead, error_info
from vextract.sources.expand import Source
from vextract.types import PageRef, Record

__all__ = ["DatasetFile", "opened"]


def opened(path: Path) -> IO[bytes] | AtomicFile:
    """The file to be written; a device is opened as it is.

    Raises:
        OutputError: it cannot be.
    """
    if path.exists() and not path.is_file():
        try:
            return path.open("wb")
        except OSError as error:
            raise unwritable(repr(str(path)), error) from error
    return AtomicFile(path)


class DatasetFile:
    """Writes the one file.

    Args:
        stream: of it.
        path: where it will be; None for standard output, which pictures cannot be put beside.
        form: its format.
        labels: what the classes are numbered by.
    """

    def __init__(
        self, stream: IO[bytes] | AtomicFile, path: Path | None, form: FileFormat, labels: Sequence[str] = ()
    ) -> None:
        self._stream, self._path, self._form = stream, path, form
        self._writer = form.writer(stream, Classes(labels))
        self._stems, self._copies = Stems(), Stems()
        self._chosen: dict[str, tuple[str, str]] = {}
        self._written = False

    def admit(self, source: Source) -> Source | None:
        """The source, with a problem if its name is another's."""
        if source.problem:
            return source
        try:
            if self._path and source.path and source.path.exists() and self._path.exists():
                self._check_not_itself(source.path, self._path)
            told = self._told_name(source)
            self._chosen[source.name] = told, self._stems.claim([os.path.splitext(told)[0], told], source)
        except OutputError as problem:
            return replace(source, problem=problem)
        return source

    def _check_not_itself(self, source: Path, path: Path) -> None:
        if source.samefile(path):
            raise OutputError(f"{str(path)!r} is the input itself", "choose another -o")

    def _told_name(self, source: Source) -> str:
        """The source relative to the file's folder if it lies there or below; else as the record states it."""
        if self._path and source.path and source.path.exists():
            relative = os.path.relpath(source.path, self._path.parent)
            if not relative.startswith(".."):
                return relative
        return source.name

    def page(self, source: Source, page: PageRead) -> None:
        """Nothing: a dataset has whole records only."""
        del source, page

    def done(
        self, source: Source, record: Record[object], pictures: Mapping[int, Path] | None = None
    ) -> Record[object]:
        """Writes the record's pages."""
        chosen = self._chosen.pop(source.name, None)
        if chosen is None or not isinstance(record.data, Detections):
            return record
        told, stem = chosen
        own = has_own_picture(source, record)
        given = pictures if pictures and self._path else {}
        try:
            copies = self._copied(source, record, given, own=own)
        except VextractError as error:
            return replace(record, status="failed", errors=(*record.errors, error_info(error)))

        def name(ref: PageRef) -> str:
            if ref.number in copies:
                return copies[ref.number]
            return told if own else page_stem(stem, ref, own=own) + picture_suffix(source, None, own=own)

        for sample in samples(cast("Record[Detections]", record), name):
            self._writer.add(sample)
            self._written = True
        return record

    def _copied(
        self, source: Source, record: Record[object], pictures: Mapping[int, Path], *, own: bool
    ) -> dict[int, str]:
        """Copies the pictures beside the file; gives the names that lead to them from there, by page number."""
        if not pictures or self._path is None:
            return {}
        stem = self._copies.claim(stems_in_a_folder(source), source)
        names: dict[int, str] = {}
        for ref in record.pages:
            if given := pictures.get(ref.number):
                name = page_stem(stem, ref, own=own) + picture_suffix(source, given, own=own)
                names[ref.number] = f"{self._form.pictures}/{name}"
                copied(given, self._path.parent / names[ref.number], force=True)
        return names

    def close(self) -> None:
        """The file is in its place if there is anything in it."""
        file = self._stream
        if self._written:
            self._writer.finish()
            file.flush()
        self._writer.discard()
        if isinstance(file, AtomicFile):
            if self._written:
                file.commit()
            else:
                file.discard()
        elif self._path:
            file.close()
