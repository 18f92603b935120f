"""Where results go: standard output, one file, or a file for each document. Files appear whole or not at all.

Existing files are kept unless told otherwise. Standard output carries results only.
"""

import os
import string
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Protocol

from vextract.errors import OutputError, UsageError
from vextract.pipeline import PageRead
from vextract.renderers import Format, RenderOptions, Writer
from vextract.sources.expand import Source
from vextract.types import Record

__all__ = ["AtomicFile", "Output", "open_output"]

_FIELDS = ("stem", "name", "parent", "dir", "n")


class Output(Protocol):
    """Takes a run's results in order."""

    def admit(self, source: Source) -> Source | None:
        """The source, perhaps with a `problem`; None if its result exists already and is kept. Called before reading."""
        ...

    def page(self, source: Source, page: PageRead) -> None:
        """Takes the next page of the source whose turn it is."""
        ...

    def done(self, source: Source, record: Record[object]) -> None:
        """Takes the end of that source."""
        ...

    def close(self) -> None:
        """Everything is written; to be called however the run ended, but for a failure of our own."""
        ...


def open_output(target: str | None, name: str, form: Format, options: RenderOptions, *, force: bool) -> Output:
    """The output that `-o TARGET` means.

    Args:
        target: None or "-" for standard output; a directory (existing, or ending in "/"); a pattern with {stem}, {name},
            {parent}, {dir} or {n}; else a file.
        name: the format's name, for messages.
        form: the format.
        options: for its writers; `several` says whether more than one document may come.
        force: overwrite files that exist.

    Raises:
        UsageError: the format cannot go there, or the file exists.
        OutputError: the file cannot be made.
    """
    if target is None or target == "-":
        _check_stream(name, form, options, "standard output")
        if form.wants_pictures and sys.stdout.isatty():
            raise UsageError(
                f"-f {name} is binary and standard output is a terminal", "name a file: -o out" + form.suffix
            )
        return _Stream(sys.stdout.buffer, form, options)
    if "{" in target:
        return _Files(_checked_pattern(target), form, options, force=force)
    if target.endswith("/") or os.path.isdir(target):
        return _Files(
            os.path.join(target.replace("{", "{{"), "{dir}", "{stem}" + form.suffix), form, options, force=force
        )
    _check_stream(name, form, options, target)
    path = Path(target)
    if path.exists() and not path.is_file():
        return _Stream(path.open("wb"), form, options)
    if path.exists() and not force:
        raise UsageError(f"{target!r} exists and is kept", "add --force to replace it, or choose another -o")
    return _Stream(AtomicFile(path), form, options, path)


def _check_stream(name: str, form: Format, options: RenderOptions, where: str) -> None:
    if options.several and not form.concatenates:
        raise UsageError(f"-f {name} makes one file for each input, {where} is one", "name a directory: -o out/")


def _checked_pattern(pattern: str) -> str:
    try:
        fields = {field for _, field, _, _ in string.Formatter().parse(pattern) if field is not None}
    except ValueError as error:
        raise UsageError(f"-o {pattern!r} cannot be read: {error}", "write {{ for a brace that is meant") from error
    if unknown := fields - set(_FIELDS):
        hint = f"a pattern may have {', '.join('{' + field + '}' for field in _FIELDS)}"
        raise UsageError(f"-o {pattern!r} has {{{min(unknown)}}}, which is unknown", hint)
    return pattern


class AtomicFile:
    """A file that appears under its name only when committed, whole.

    Raises:
        OutputError: it cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, self._temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-", suffix=".part")
        except OSError as error:
            raise self._failed(error) from error
        self._file: IO[bytes] = os.fdopen(handle, "wb")

    def write(self, data: bytes) -> None:
        """Adds to the file."""
        try:
            self._file.write(data)
        except OSError as error:
            raise self._failed(error) from error

    def flush(self) -> None:
        """Nothing: the file is seen only when it is whole."""

    def commit(self) -> None:
        """Puts the file in its place."""
        try:
            self._file.close()
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(self._temporary, 0o666 & ~mask)
            os.replace(self._temporary, self._path)
        except OSError as error:
            raise self._failed(error) from error

    def discard(self) -> None:
        """Leaves nothing behind; does nothing after `commit`."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            os.unlink(self._temporary)

    def _failed(self, error: OSError) -> OutputError:
        reason = error.strerror or str(error)
        return OutputError(f"cannot write {str(self._path)!r}: {reason}", "choose another -o, or make room")


class _Stream:
    """All documents into one stream or file."""

    def __init__(
        self, stream: IO[bytes] | AtomicFile, form: Format, options: RenderOptions, path: Path | None = None
    ) -> None:
        self._stream, self._form, self._options, self._path = stream, form, options, path
        self._writer: Writer | None = None
        self._written = 0

    def admit(self, source: Source) -> Source | None:
        return _unless_itself(source, self._path)

    def page(self, source: Source, page: PageRead) -> None:
        del source
        self._write(self._open().page(page.text, page.picture))

    def done(self, source: Source, record: Record[object]) -> None:
        del source
        if self._writer or self._form.shows_failures:
            self._write(self._open().close(record))
            self._writer = None
            self._written += 1

    def close(self) -> None:
        if self._options.several:
            self._write([self._form.tail if self._written else self._form.head + self._form.tail])
        if isinstance(self._stream, AtomicFile):
            self._stream.commit()

    def _open(self) -> Writer:
        if self._writer is None:
            if self._options.several:
                self._write([self._form.between if self._written else self._form.head])
            self._writer = self._form.writer(replace(self._options, first=not self._written))
        return self._writer

    def _write(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            self._stream.write(part)
        self._stream.flush()


@dataclass(slots=True)
class _Files:
    """A file for each document."""

    pattern: str
    form: Format
    options: RenderOptions
    force: bool
    _open: tuple[AtomicFile, Writer] | None
    _taken: dict[Path, str]
    _count: int

    def __init__(self, pattern: str, form: Format, options: RenderOptions, *, force: bool) -> None:
        self.pattern, self.form, self.force = pattern, form, force
        self.options = replace(options, several=False)
        self._open, self._taken, self._count = None, {}, 0

    def admit(self, source: Source) -> Source | None:
        self._count += 1
        path = self._path(source, self._count)
        source = replace(source, number=self._count)
        if path in self._taken and source.problem is None:
            hint = "use -o 'out/{name}' or '{n}-{stem}' with the suffix of the format"
            problem = OutputError(f"{str(path)!r} is already the result of {self._taken[path]!r}", hint)
            return replace(source, problem=problem)
        self._taken[path] = source.name
        if path.exists() and not self.force and source.problem is None:
            return None
        return _unless_itself(source, path)

    def page(self, source: Source, page: PageRead) -> None:
        file, writer = self._opened(source)
        for part in writer.page(page.text, page.picture):
            file.write(part)

    def done(self, source: Source, record: Record[object]) -> None:
        if self._open is None and not (self.form.shows_failures and source.problem is None):
            return
        file, writer = self._opened(source)
        try:
            for part in writer.close(record):
                file.write(part)
            file.commit()
        finally:
            file.discard()
            self._open = None

    def close(self) -> None:
        if self._open:
            self._open[0].discard()

    def _opened(self, source: Source) -> tuple[AtomicFile, Writer]:
        if self._open is None:
            self._open = AtomicFile(self._path(source, source.number)), self.form.writer(self.options)
        return self._open

    def _path(self, source: Source, n: int) -> Path:
        name = Path(source.file_name)
        parent = source.path.parent.name if source.path else ""
        fields = {"stem": name.stem, "name": name.name, "parent": parent, "dir": source.folder, "n": str(n)}
        return Path(os.path.normpath(self.pattern.format_map(fields)))


def _unless_itself(source: Source, path: Path | None) -> Source:
    if (
        path
        and source.path
        and os.path.exists(path)
        and os.path.exists(source.path)
        and os.path.samefile(path, source.path)
    ):
        return replace(source, problem=OutputError(f"{str(path)!r} is the input itself", "choose another -o"))
    return source
