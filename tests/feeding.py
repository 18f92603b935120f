"""Feeds outputs with results as a run does."""

import os
from pathlib import Path

from vextract.errors import InputError
from vextract.pipeline import PageRead
from vextract.renderers import RenderOptions, find_format
from vextract.sinks import Output, open_output
from vextract.sources.expand import Source
from vextract.types import Box, ErrorInfo, Line, PageRef, PageText, Record, Word

__all__ = ["ONE", "SEVERAL", "feed", "make_files", "opened", "page_read", "record_of", "tree"]

SEVERAL = RenderOptions(several=True)
ONE = RenderOptions()


def opened(target: str | None, name: str = "text", options: RenderOptions = ONE, *, force: bool = False) -> Output:
    """The output that the target means, for the format of that name."""
    return open_output(target, name, find_format(name), options, force=force)


def page_read(source: Source, text: str = "hello", number: int = 1) -> PageRead:
    """A page that was read, with one word on it."""
    line = Line((Word(text, Box(0.1, 0.1, 0.2, 0.2)),))
    return PageRead(PageText(PageRef(source.name, number, 100, 100), (line,), "test"), None, (), 0.1)


def record_of(source: Source, error: InputError | None = None) -> Record[object]:
    """The record of a document that was read, or failed with the error."""
    errors = (ErrorInfo(error.kind, error.message, error.hint),) if error else ()
    return Record(source.name, None, "ocr", None, "failed" if error else "ok", None, errors=errors)


def feed(output: Output, *sources: Source, text: str = "") -> list[str]:
    """Reads the sources as a run does; what became of each: written, kept, or the problem."""
    fates = []
    for source in sources:
        wanted = output.admit(source)
        if wanted is None:
            fates.append("kept")
        elif wanted.problem:
            output.done(wanted, record_of(wanted, wanted.problem))
            fates.append(wanted.problem.message)
        else:
            output.page(wanted, page_read(wanted, text or source.file_name))
            told = output.done(wanted, record_of(wanted))
            fates.append(told.errors[0].message if told.errors else "written")
    return fates


def make_files(*names: str) -> list[Source]:
    """Inputs that exist."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("input", "utf-8")
    return [Source(name, Path(name)) for name in names]


def tree() -> dict[str, str]:
    """All files below the current directory, hidden ones too, with their contents."""
    found = {}
    for where, _, files in os.walk("."):
        for file in files:
            path = Path(where, file)
            found[str(path)] = path.read_text("utf-8")
    return found
