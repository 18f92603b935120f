"""What the user sees on stderr while a command runs: log lines, a progress bar where stderr is a terminal."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from vextract.errors import BrokenPipe, NotSent, OutputError
from vextract.types import Record, printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from vextract.runner import Summary
    from vextract.sources.expand import Source

__all__ = [
    "Console",
    "answer_format",
    "check_reader",
    "emit",
    "record_format",
    "set_up_logging",
    "terminable",
    "waiting",
    "watching",
]

log = logging.getLogger("vextract")
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def set_up_logging(verbose: int, *, quiet: bool) -> None:
    """Log lines go to stderr: errors with -q, warnings by default, information with -v, all with -vv."""
    level = logging.ERROR if quiet else {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("vextract: %(message)s"))
    log.handlers, log.propagate = [handler], False
    log.setLevel(level)


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM and SIGHUP end a run as Ctrl-C does: workers stopped, temporary files removed, what was finished written.

    The clean-up takes a moment at most, so a second signal changes nothing.
    """

    def stop(_signal: int, _frame: object) -> NoReturn:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    # A signal that is ignored already, as under nohup, stays ignored.
    handlers = {number: signal.getsignal(number) for number in _ENDING}
    for number in (n for n, handler in handlers.items() if handler != signal.SIG_IGN):
        signal.signal(number, stop)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) == stop:
            for number, handler in handlers.items():
                signal.signal(number, handler)


class Console:
    """Watches a run: failures and warnings as they come, a bar if there is a terminal, a last line with the counts."""

    def __init__(self, bar: "Progress | None") -> None:
        self._bar = bar
        self._task: TaskID | None = bar.add_task("reading", total=None) if bar else None
        self._documents = 0

    def kept(self, source: "Source") -> None:
        """Says that a result exists."""
        log.warning("%s: skipped, its result exists (--force to replace it)", printable(source.name))

    def page(self, source: "Source") -> None:
        """Moves the bar."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, advance=1, description=f"{self._documents + 1}: {source.file_name[-40:]}")

    def done(self, source: "Source", record: Record[object], notes: tuple[str, ...]) -> None:
        """Says what went wrong with a document."""
        self._documents += 1
        name = printable(source.name)
        for note in notes:
            log.warning("%s: %s", name, note)
        hints: set[str] = set()
        for error in (error for error in record.errors if error.kind != NotSent.kind):
            where = f"{name}: page {error.page}: " if error.page else f"{name}: "
            log.error("%s%s", "" if repr(source.name)[1:-1] in error.message else where, printable(error.message))
            if error.hint and error.hint not in hints:
                hints.add(error.hint)
                log.error("  hint: %s", printable(error.hint))
        log.info("%s: %s, %d page(s), %s s of work", name, record.status, len(record.pages), record.seconds or 0)

    def summary(self, summary: "Summary") -> None:
        """Says what became of the inputs, if there were several."""
        if found := summary.gate.told:
            log.warning("%s", found)
        if summary.gate.below:
            log.error("%d document(s) below what was asked", summary.gate.below)
        total = sum(summary.statuses.values()) + summary.kept
        if total > 1 and (summary.exit_codes or log.isEnabledFor(logging.INFO)):
            counts = [f"{summary.statuses[s]} {s}" for s in ("ok", "partial", "failed") if summary.statuses[s]]
            counts += [f"{summary.kept} kept"] if summary.kept else []
            log.warning("%d documents: %s; %d pages", total, ", ".join(counts), summary.pages)


@contextmanager
def watching(*, quiet: bool) -> Iterator[Console]:
    """A console for the length of a run."""
    if quiet or not sys.stderr.isatty():
        yield Console(None)
        return
    from rich.console import Console as RichConsole
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("pages: {task.completed:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=RichConsole(stderr=True), transient=True, redirect_stdout=False) as bar:
        yield Console(bar)


@contextmanager
def waiting(what: str, *, shown: bool) -> Iterator[None]:
    """Says on stderr what is waited for, where that is a terminal and `shown`; not with -q."""
    if not (shown and sys.stderr.isatty() and log.isEnabledFor(logging.WARNING)):
        yield
        return
    from rich.console import Console as RichConsole

    with RichConsole(stderr=True).status(what):
        yield


def record_format(asked: str | None, output: str | None) -> str:
    """The format of records: as asked for, by the name of the output file, a table on a terminal, or JSON lines."""
    if asked:
        return asked
    if output not in (None, "-"):
        return _BY_SUFFIX.get(os.path.splitext(output or "")[1].lower(), "jsonl")
    return "table" if sys.stdout is not None and sys.stdout.isatty() else "jsonl"


_BY_SUFFIX = {".json": "json", ".jsonl": "jsonl", ".csv": "csv", ".md": "md"}


def answer_format(asked: str | None, output: str | None) -> str:
    """The format of answers in words: as asked for, by the name of the output file, or text."""
    return asked or _BY_SUFFIX.get(os.path.splitext(output or "")[1].lower(), "text")


def check_reader() -> None:
    """Notices that whoever reads standard output is gone, even if all bytes fitted into the pipe.

    Raises:
        BrokenPipe: they are.
    """
    import select

    poll = select.poll()
    if sys.stdout is None:
        return
    try:
        poll.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):
        return
    if any(event & select.POLLERR for _, event in poll.poll(0)):
        raise BrokenPipe("standard output was closed")


def emit(line: str) -> None:
    """Prints a line on standard output at once.

    Raises:
        BrokenPipe: nobody reads it any more.
        OutputError: it cannot be written.
    """
    try:
        print(line, flush=True)
    except BrokenPipeError as error:
        raise BrokenPipe("standard output was closed") from error
    except OSError as error:
        raise OutputError(
            f"cannot write to standard output: {error.strerror}", "make room, or send it elsewhere"
        ) from error
