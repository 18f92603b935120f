"""Where results go: standard output, one file, or a file for each document. Files appear whole or not at all.

Existing files are kept unless told otherwise. Standard output carries results only.
"""

import os
import string
import sys
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Protocol

from vextract.errors import OutputError, UsageError
from vextract.pipeline import PageRead, error_info
from vextract.renderers import Format, RenderOptions, Writer
from vextract.sources.expand import Source
from vextract.types import Record

__all__ = ["AtomicFile", "Output", "open_output"]

_FIELDS = ("stem", "name", "parent", "dir", "n")


class Output(Protocol):
    """Takes a run's results in order."""

    def admit(self, source: Source) -> Source | None:
        """The source, perhaps with a `problem`; None if its result exists already and is kept. Called before reading.

        Raises:
            OutputError: the one file that all results go to is this very source.
        """
        ...

    def page(self, source: Source, page: PageRead) -> None:
        """Takes the next page of the source whose turn it is."""
        ...

    def done(self, source: Source, record: Record[object]) -> Record[object]:
        """Takes the end of that source; gives the record back, failed if the source's own file could not be written."""
        ...

    def close(self) -> None:
        """Everything is written; to be called however the run ended, but for a failure of our own: then files vanish."""
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
        if sys.stdout is None:
            raise OutputError("standard output is closed", "name a file with -o")
        if form.wants_pictures and sys.stdout.isatty():
            raise UsageError(
                f"-f {name} is binary and standard output is a terminal", "name a file: -o out" + form.suffix
            )
        return _Stream(sys.stdout.buffer, form, options)
    if "{" in target:
        return _Files([_checked_pattern(target)], form, options, force=force)
    if target.endswith("/") or os.path.isdir(target):
        folder = os.path.join(target.replace("}", "}}"), "{dir}")
        patterns = [os.path.join(folder, field + form.suffix) for field in ("{stem}", "{name}")]
        return _Files(patterns, form, options, force=force)
    _check_stream(name, form, options, target)
    path = Path(target)
    if os.path.exists(path) and not os.path.isfile(path):
        return _Stream(_opened_device(path), form, options, path)
    if os.path.exists(path) and not force:
        raise UsageError(f"{target!r} exists and is kept", "add --force to replace it, or choose another -o")
    return _Stream(AtomicFile(path), form, options, path)


def _check_stream(name: str, form: Format, options: RenderOptions, where: str) -> None:
    if options.several and not form.concatenates:
        raise UsageError(f"-f {name} makes one file for each input, {where} is one", "name a directory: -o out/")


def _checked_pattern(pattern: str) -> str:
    try:
        parts = [(field, spec) for _, field, spec, _ in string.Formatter().parse(pattern) if field is not None]
        unknown = {field for field, _ in parts} - set(_FIELDS)
        if not unknown and not any("{" in (spec or "") for _, spec in parts):
            pattern.format_map({field: 1 if field == "n" else field for field in _FIELDS})
            return pattern
    except ValueError as error:
        raise UsageError(f"-o {pattern!r} cannot be read: {error}", "write {{ for a brace that is meant") from error
    hint = f"a pattern may have {', '.join('{' + field + '}' for field in _FIELDS)}"
    culprit = f"{{{min(unknown)}}}, which is unknown" if unknown else "a field within a field"
    raise UsageError(f"-o {pattern!r} has {culprit}", hint)


def _opened_device(path: Path) -> IO[bytes]:
    try:
        return path.open("wb")
    except OSError as error:
        raise _unwritable(repr(str(path)), error) from error


def _unwritable(where: str, error: OSError | ValueError) -> OutputError:
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"cannot write {where}: {reason}", "choose another -o, or make room")


class AtomicFile:
    """A file that appears under its name only when committed, whole. Left uncommitted, however that came, it vanishes.

    Raises:
        OutputError: it cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                os.stat(path)  # a name that the system does not take is told before the work, not after it
            handle, self._temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-", suffix=".part")
        except (OSError, ValueError) as error:
            raise _unwritable(repr(str(path)), error) from error
        self._file: IO[bytes] = os.fdopen(handle, "wb")
        self._kept = 0
        self._vanish = weakref.finalize(self, _remove, self._file, self._temporary)

    def write(self, data: bytes) -> None:
        """Adds to the file."""
        try:
            self._file.write(data)
        except OSError as error:
            raise _unwritable(repr(str(self._path)), error) from error

    def flush(self) -> None:
        """Nothing: the file is seen only when it is whole."""

    def keep(self) -> None:
        """What is written so far stays, whatever `rewind` takes away."""
        self._kept = self._file.tell()

    def rewind(self) -> None:
        """Takes away what was written since the last `keep`."""
        self._file.seek(self._kept)
        self._file.truncate()

    def commit(self) -> None:
        """Puts the file in its place."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(self._temporary, 0o666 & ~mask)
            os.replace(self._temporary, self._path)
        except OSError as error:
            raise _unwritable(repr(str(self._path)), error) from error
        self._vanish.detach()

    def discard(self) -> None:
        """Leaves nothing behind; does nothing after `commit`."""
        self._vanish()


def _remove(file: IO[bytes], temporary: str) -> None:
    with suppress(OSError):
        file.close()
    with suppress(OSError):
        os.unlink(temporary)


class _Stream:
    """All documents into one stream or file."""

    def __init__(
        self, stream: IO[bytes] | AtomicFile, form: Format, options: RenderOptions, path: Path | None = None
    ) -> None:
        self._stream, self._form, self._options, self._path = stream, form, options, path
        self._writer: Writer | None = None
        self._written = 0

    def admit(self, source: Source) -> Source | None:
        if self._path and _is_same(source, self._path):
            raise _itself(self._path)  # the results of the other sources must not replace it either
        return source

    def page(self, source: Source, page: PageRead) -> None:
        del source
        self._write(self._open().page(page.text, page.picture))

    def done(self, source: Source, record: Record[object]) -> Record[object]:
        del source
        if self._writer or self._form.shows_failures:
            self._write(self._open().close(record))
            self._writer = None
            self._written += 1
            if isinstance(self._stream, AtomicFile):
                self._stream.keep()
        return record

    def close(self) -> None:
        cut = self._writer is not None
        if cut and isinstance(self._stream, AtomicFile):
            self._stream.rewind()
        frame = self._form.head + self._form.tail
        if self._options.several:
            self._write([self._form.tail if self._written else frame])
        if not isinstance(self._stream, AtomicFile):
            if self._path:
                self._stream.close()
        elif self._written or (self._options.several and frame and not cut):
            self._stream.commit()
        else:
            self._stream.discard()

    def _open(self) -> Writer:
        if self._writer is None:
            if self._options.several:
                self._write([self._form.between if self._written else self._form.head])
            self._writer = self._form.writer(replace(self._options, first=not self._written))
        return self._writer

    def _write(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            with self._writing():
                self._stream.write(part)
        with self._writing():
            self._stream.flush()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            if self._path and not isinstance(self._stream, AtomicFile):
                with suppress(OSError):
                    self._stream.close()
            raise _unwritable(repr(str(self._path)) if self._path else "standard output", error) from error


@dataclass(slots=True)
class _Files:
    """A file for each document, named by the first pattern whose name no other document of the run has."""

    patterns: list[str]
    form: Format
    options: RenderOptions
    force: bool
    _open: tuple[AtomicFile, Writer] | None
    _unwritable: OutputError | None
    _taken: dict[Path, str]
    _paths: dict[int, Path]
    _count: int

    def __init__(self, patterns: list[str], form: Format, options: RenderOptions, *, force: bool) -> None:
        self.patterns, self.form, self.force = patterns, form, force
        self.options = replace(options, several=False)
        self._open, self._unwritable = None, None
        self._taken, self._paths, self._count = {}, {}, 0

    def admit(self, source: Source) -> Source | None:
        self._count += 1
        source = replace(source, number=self._count)
        if source.problem:
            return source
        paths = [self._path(pattern, source) for pattern in self.patterns]
        path = next((path for path in paths if path not in self._taken), paths[-1])
        if path in self._taken:
            hint = "use -o 'out/{name}' or '{n}-{stem}' with the suffix of the format"
            problem = OutputError(f"{str(path)!r} is already the result of {self._taken[path]!r}", hint)
            return replace(source, problem=problem)
        self._taken[path] = source.name
        if _is_same(source, path):
            return replace(source, problem=_itself(path))
        if os.path.exists(path) and not self.force:
            return None
        self._paths[source.number] = path
        return source

    def page(self, source: Source, page: PageRead) -> None:
        if self._unwritable:
            return
        try:
            file, writer = self._opened(source)
            for part in writer.page(page.text, page.picture):
                file.write(part)
        except OutputError as error:
            self._unwritable = error

    def done(self, source: Source, record: Record[object]) -> Record[object]:
        try:
            if self._unwritable:
                raise self._unwritable
            if self._open is not None or (self.form.shows_failures and source.problem is None):
                file, writer = self._opened(source)
                for part in writer.close(record):
                    file.write(part)
                file.commit()
        except OutputError as error:
            return replace(record, status="failed", errors=(*record.errors, error_info(error)))
        finally:
            self._paths.pop(source.number, None)
            self.close()
            self._open, self._unwritable = None, None
        return record

    def close(self) -> None:
        if self._open:
            self._open[0].discard()

    def _opened(self, source: Source) -> tuple[AtomicFile, Writer]:
        if self._open is None:
            self._open = AtomicFile(self._paths[source.number]), self.form.writer(self.options)
        return self._open

    def _path(self, pattern: str, source: Source) -> Path:
        name = Path(source.file_name)
        parent = Path(os.path.abspath(source.path)).parent.name if source.path else ""
        fields = {"stem": name.stem, "name": name.name, "parent": parent, "dir": source.folder, "n": source.number}
        path = os.path.normpath(pattern.format_map(fields))
        # A field that is empty must not turn {dir}/{stem} into a place at the root of the file system.
        return Path(path if pattern.startswith("/") else path.lstrip("/"))


def _is_same(source: Source, path: Path) -> bool:
    if not (source.path and os.path.exists(path) and os.path.exists(source.path)):
        return False
    return os.path.samefile(path, source.path)


def _itself(path: Path) -> OutputError:
    return OutputError(f"{str(path)!r} is the input itself", "choose another -o")
