"""Where results go: standard output, one file, or a file for each document. Files appear whole or not at all.

Existing files are kept unless told otherwise. Standard output carries results only.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Protocol

from vextract.errors import BrokenPipe, OutputError, UsageError, VextractError
from vextract.files import AtomicFile, FilesBeside, claimed, in_the_way, is_same, itself, unwritable
from vextract.interrupting import exposed
from vextract.journal import GoingOn, Journal, is_poor
from vextract.naming import checked_pattern, filled
from vextract.parts import parts_of
from vextract.pipeline import PageRead, error_info
from vextract.renderers import Format, RenderOptions, StreamWriter, Writer
from vextract.sources.expand import Source
from vextract.sources.remote import is_remote, local_name
from vextract.types import Record
from vextract.wire import plain_data

__all__ = ["AtomicFile", "GoingOn", "Nowhere", "Output", "open_output"]


class Output(Protocol):
    """Takes a run's results in order.

    Attributes:
        journal: the file of records that a run can go on with, if that is where they go.
        retried: the sources whose poor records are replaced; of files for each source those that were admitted so far.
    """

    journal: Journal | None
    retried: set[str]

    def admit(self, source: Source) -> Source | None:
        """The source, perhaps with a `problem`; None if its result exists already and is kept. Called before reading.

        Raises:
            OutputError: the one file that all results go to is this very source.
        """
        ...

    def pass_over(self, source: Source) -> None:
        """Takes notice of an input that another part of the run has, and of the name of its result."""
        del source

    def page(self, source: Source, page: PageRead) -> None:
        """Takes the next page of the source whose turn it is."""
        del source, page

    def done(self, source: Source, record: Record[object]) -> Record[object]:
        """Takes the end of that source; gives the record back, failed if the source's own file could not be written."""
        ...

    def close(self) -> None:
        """Everything is written; to be called however the run ended, but for a failure of our own: then files vanish."""
        ...


class Nowhere(Output):
    """Takes results and keeps none, for runs that only show what they would do."""

    journal: Journal | None = None

    def __init__(self) -> None:
        self.retried: set[str] = set()

    def admit(self, source: Source) -> Source | None:
        return source

    def done(self, source: Source, record: Record[object]) -> Record[object]:
        del source
        return record

    def close(self) -> None:
        pass


def open_output(  # noqa: C901, PLR0912, PLR0913  one for each kind of place; each with a meaning of its own
    target: str | None,
    name: str,
    form: Format,
    options: RenderOptions,
    *,
    force: bool,
    going_on: GoingOn | None = None,
) -> Output:
    """The output that `-o TARGET` means.

    Args:
        target: None or "-" for standard output; a directory (existing, or ending in "/"); a pattern with {stem}, {name},
            {parent}, {dir} or {n}; an address in an object store; else a file.
        name: the format's name, for messages.
        form: the format.
        options: for its writers; `several` says whether more than one document may come.
        force: overwrite files that exist.
        going_on: whether records that are there are kept, and the run goes on behind them.

    Raises:
        UsageError: the format cannot go there, or the file or one that belongs beside it exists.
        OutputError: the file cannot be made.
    """
    if options.explode is not None and form.beside is None:
        raise UsageError(f"-f {name} cannot explode lists", "leave --explode out, or choose -f csv")
    if target and is_remote(target):
        records = name == "jsonl" and not options.data_only
        return _Stream(parts_of(target, going_on or GoingOn(), records=records, force=force), form, options)
    target = target and local_name(target)
    names = form.beside(options) if form.beside else ()
    resume, retry = (going_on.resume, going_on.retry) if going_on else (False, False)
    if target is None or target == "-":
        if resume:
            raise UsageError("standard output cannot be gone on with", "name a file: -o FILE.jsonl")
        _check_stream(name, form, options, "standard output")
        if sys.stdout is None:
            raise OutputError("standard output is closed", "name a file with -o")
        if form.wants_pictures and sys.stdout.isatty():
            raise UsageError(
                f"-f {name} is binary and standard output is a terminal", "name a file: -o out" + form.suffix
            )
        return _Stream(sys.stdout.buffer, form, replace(options, terminal=sys.stdout.isatty()))
    if "{" in target or target.endswith("/") or os.path.isdir(target):
        if retry and (name not in ("json", "jsonl") or options.data_only):
            raise UsageError(
                f"-f {name} does not tell what failed", "write records, or give --resume, which does the rest"
            )
        return _Files(_patterns(target, form), form, options, names, force=force, retry=retry)
    _check_stream(name, form, options, target)
    path = Path(target)
    if os.path.exists(path) and not os.path.isfile(path):
        if resume:
            raise UsageError(f"{target!r} cannot be gone on with: it is no file", "name one: -o FILE.jsonl")
        return _Stream(_opened_device(path), form, options, path)
    records = name == "jsonl" and not options.data_only
    if resume and not records:
        raise UsageError(f"-f {name} cannot be gone on with", "write records: -o FILE.jsonl, without --data")
    if records and going_on and (options.several or resume):
        return _journal(path, form, options, going_on, force=force)
    beside = FilesBeside(path, form.suffix, force=force)
    for each in (path, *map(beside.path, names)):
        if os.path.exists(each) and not force:
            raise in_the_way(each)
    return _Stream(AtomicFile(path), form, replace(options, beside=True), path, beside)


def _patterns(target: str, form: Format) -> list[str]:
    if "{" in target:
        return [checked_pattern(target)]
    folder = os.path.join(target.replace("}", "}}"), "{dir}")
    return [os.path.join(folder, field + form.suffix) for field in ("{stem}", "{name}")]


def _journal(path: Path, form: Format, options: RenderOptions, going_on: GoingOn, *, force: bool) -> Output:
    """The file of the records of many inputs: what is finished is in it at once, so that a run that ends can be gone on with."""
    if os.path.exists(path) and not force and not going_on.resume:
        problem = in_the_way(path)
        raise UsageError(problem.message, "add --resume to go on with it, --force to replace it, or choose another -o")
    about = (going_on.task, going_on.schema)
    journal = Journal(path, resume=going_on.resume and not force, retry=going_on.retry, about=about)
    return _Stream(journal, form, options, path)


def _check_stream(name: str, form: Format, options: RenderOptions, where: str) -> None:
    if options.several and not form.concatenates:
        raise UsageError(f"-f {name} makes one file for each input, {where} is one", "name a directory: -o out/")


def _opened_device(path: Path) -> IO[bytes]:
    try:
        return path.open("wb")
    except OSError as error:
        raise unwritable(repr(str(path)), error) from error


class _Stream(Output):
    """All documents into one stream or file."""

    def __init__(
        self,
        stream: IO[bytes] | AtomicFile | Journal,
        form: Format,
        options: RenderOptions,
        path: Path | None = None,
        beside: FilesBeside | None = None,
    ) -> None:
        self._stream, self._form, self._options, self._path, self._beside = stream, form, options, path, beside
        self._writer: Writer | None = None
        self._lasting: StreamWriter | None = None
        self._written = self._admitted = 0
        self.journal = stream if isinstance(stream, Journal) else None
        self.retried = self.journal.retried if self.journal else set()

    def admit(self, source: Source) -> Source | None:
        self._admitted += 1
        if self._path and is_same(self._path, source.path):
            raise itself(self._path)  # the results of the other sources must not replace it either
        return None if self.journal and self.journal.take(source.name) else source

    def page(self, source: Source, page: PageRead) -> None:
        del source
        self._write(self._open().page(page.text, page.picture))

    def done(self, source: Source, record: Record[object]) -> Record[object]:
        del source
        if self._writer or self._form.shows_failures or record.data is not None:
            self._write(self._open().close(_told(record, self._options)))
            if self._beside and self._lasting:
                self._beside.add(self._lasting, _told(record, self._options))
            self._writer = None
            self._written += 1
            for file in self._files():
                file.keep()
        return record

    def close(self) -> None:
        cut = self._writer is not None
        for file in self._files() if cut else ():
            file.rewind()
        if self._lasting:
            self._write(self._lasting.finish())
        frame = self._form.head + self._form.tail
        if self._options.several:
            self._write([self._form.tail if self._written else frame])
        if not isinstance(self._stream, AtomicFile | Journal):
            if self._path:
                self._stream.close()
        # Where there is nothing to be done, as in a small part of the inputs, no records are the result.
        elif self._written or (self._options.several and frame and not cut) or (self.journal and not self._admitted):
            for file in self._files():
                file.commit()
        else:
            for file in self._files():
                file.discard()

    def _files(self) -> list[AtomicFile | Journal]:
        """All files, the main one last: once it is there, so are the others."""
        main = [self._stream] if isinstance(self._stream, AtomicFile | Journal) else []
        return [*(self._beside.files() if self._beside else ()), *main]

    def _open(self) -> Writer:
        if self._writer is None:
            if self._options.several:
                self._write([self._form.between if self._written else self._form.head])
            self._writer = self._lasting or self._form.writer_for(replace(self._options, first=not self._written))
            if isinstance(self._writer, StreamWriter):
                self._lasting = self._writer
        return self._writer

    def _write(self, parts: Iterable[bytes]) -> None:
        # Whoever reads a pipe may take their time, or for ever; files are written at once, and whole.
        waiting = exposed if self._path is None else nullcontext
        for part in parts:
            with self._writing(), waiting():
                self._stream.write(part)
        with self._writing(), waiting():
            self._stream.flush()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError as error:
            raise BrokenPipe("whoever read the results stopped") from error
        except OSError as error:
            if self._path and not isinstance(self._stream, AtomicFile | Journal):
                with suppress(OSError):
                    self._stream.close()
            raise unwritable(repr(str(self._path)) if self._path else "standard output", error) from error


@dataclass(slots=True)
class _Files:
    """A file for each document, named by the first pattern whose name no other document of the run has."""

    patterns: list[str]
    form: Format
    options: RenderOptions
    names: Sequence[str]
    force: bool
    retry: bool
    _open: tuple[AtomicFile, Writer] | None
    _beside: FilesBeside | None
    _unwritable: OutputError | None
    _taken: dict[Path, str]
    _paths: dict[int, Path]
    _count: int
    journal: Journal | None
    retried: set[str]

    def __init__(  # noqa: PLR0913  as `open_output`
        self,
        patterns: list[str],
        form: Format,
        options: RenderOptions,
        names: Sequence[str],
        *,
        force: bool,
        retry: bool,
    ) -> None:
        self.patterns, self.form, self.names, self.force, self.retry = patterns, form, names, force, retry
        self.options = replace(options, several=False, beside=True)
        self._open, self._beside, self._unwritable, self.journal = None, None, None, None
        self._taken, self._paths, self._count, self.retried = {}, {}, 0, set()

    def admit(self, source: Source) -> Source | None:
        self._count += 1
        source = replace(source, number=self._count)
        if source.problem:
            return source
        path = self._named(source)
        files = self._all_of(path)
        for each in files:
            if each in self._taken:
                return replace(source, problem=claimed(each, self._taken[each]))
        self._taken |= dict.fromkeys(files, source.name)
        for each in files:
            if is_same(each, source.path):
                return replace(source, problem=itself(each))
        existing = [] if self.force else [each for each in files if os.path.exists(each)]
        if path in existing:
            if not (self.retry and is_poor(path)):
                return None
            self.retried.add(source.name)
        existing = [each for each in existing if each != path]
        if existing:
            problem = in_the_way(existing[0])
            return replace(source, problem=OutputError(problem.message, problem.hint))
        self._paths[source.number] = path
        return source

    def pass_over(self, source: Source) -> None:
        self._count += 1
        if source.problem is None:
            for each in self._all_of(self._named(replace(source, number=self._count))):
                self._taken.setdefault(each, source.name)

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
            shown = (self.form.shows_failures and source.problem is None) or record.data is not None
            if self._open is not None or shown:
                file, writer = self._opened(source)
                for part in writer.close(_told(record, self.options)):
                    file.write(part)
                if isinstance(writer, StreamWriter):
                    self._beside = FilesBeside(self._paths[source.number], self.form.suffix, force=self.force)
                    self._beside.add(writer, _told(record, self.options), self._taken, source.name)
                    for part in writer.finish():
                        file.write(part)
                for each in (*(self._beside.files() if self._beside else ()), file):
                    each.commit()
        except VextractError as error:
            return replace(record, status="failed", errors=(*record.errors, error_info(error)))
        finally:
            self._paths.pop(source.number, None)
            self.close()
            self._open, self._beside, self._unwritable = None, None, None
        return record

    def close(self) -> None:
        if self._open:
            self._open[0].discard()
        for file in self._beside.files() if self._beside else ():
            file.discard()

    def _named(self, source: Source) -> Path:
        paths = [filled(pattern, source) for pattern in self.patterns]
        return next((path for path in paths if not self._taken.keys() & self._all_of(path)), paths[-1])

    def _all_of(self, path: Path) -> list[Path]:
        """The file and those that are known to lie beside it."""
        return [path, *map(FilesBeside(path, self.form.suffix, force=self.force).path, self.names)]

    def _opened(self, source: Source) -> tuple[AtomicFile, Writer]:
        if self._open is None:
            self._open = AtomicFile(self._paths[source.number]), self.form.writer_for(self.options)
        return self._open


def _told(record: Record[object], options: RenderOptions) -> Record[object]:
    """The record with its data as it is published."""
    return replace(record, data=plain_data(record, options.box_unit))
