"""What all commands share of the terminal: log lines on stderr, signals, formats by file name, results on stdout."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from vextract.errors import BrokenPipe, OutputError
from vextract.interrupting import interrupt

__all__ = [
    "answer_format",
    "check_reader",
    "emit",
    "record_format",
    "set_up_logging",
    "terminable",
    "waiting",
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

    Answers that are under way are waited for a little; a second signal ends that. The rest takes a moment at most.
    """
    from vextract.engines.local import HURRY

    def hurry(_signal: int, _frame: object) -> None:
        HURRY.set()

    def stop(_signal: int, _frame: object) -> None:
        for number in _ENDING:
            signal.signal(number, hurry)
        interrupt()

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
