"""Runs a job on this machine: pages are read by worker processes, results come out in the order of the inputs.

Memory is bounded: no more than a few pages for each worker are under way or waiting for their turn, however many inputs there are.
A worker that dies or hangs fails the page it was busy with and nothing else.
"""

import logging
import os
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from vextract import pipeline
from vextract.errors import ExitCode, Interrupted, VextractError
from vextract.pipeline import Collector, Job, PageRead, Started, error_info
from vextract.sources.expand import Source
from vextract.sources.fetch import is_stream, spool
from vextract.types import ErrorInfo, Record

__all__ = ["DocumentDone", "Event", "PageDone", "default_jobs", "run"]

log = logging.getLogger("vextract")

# Pages under way or waiting for their turn, for each worker: enough that no worker waits, few enough to hold.
_WINDOW = 4
# Tesseract is twice as fast on a page with one thread as with several.
_ONE_THREAD = "OMP_THREAD_LIMIT"
# PDFium is not thread-safe: threads of one process that read without workers take turns, page by page.
_INLINE_LOCK = threading.Lock()
_GUARD_HINT = "in a script, guard the main part: if __name__ == '__main__':"
_SLOW_HINT = "raise page_timeout_s in vextract.toml, or try --fast or a lower --dpi"
# A worker gets this much longer than the reader's own limit before it is killed.
_GRACE_S = 60.0


@dataclass(frozen=True, slots=True)
class PageDone:
    """The next page of a document, in page order."""

    source: Source
    page: PageRead


@dataclass(frozen=True, slots=True)
class DocumentDone:
    """A document is finished; its pages, if any could be read, have gone before. `notes` are warnings about it."""

    source: Source
    record: Record[object]
    notes: tuple[str, ...]


Event = PageDone | DocumentDone


class Workers(Protocol):
    """Where functions run: worker processes, or this very process."""

    window: int

    def submit(self, function: Callable[..., Any], *args: object) -> "Future[Any]":
        """Has the function called; its outcome comes with the future."""
        ...


def default_jobs() -> int:
    """How many worker processes to use: one for each processor that this process may run on."""
    return len(os.sched_getaffinity(0))


def run(sources: Iterable[Source], job: Job, jobs: int) -> Iterator[Event]:
    """Reads the sources; yields their pages and records in input order, as soon as that order allows.

    Args:
        sources: taken one by one as room comes free.
        job: what to do with each.
        jobs: worker processes; 0 reads in this very process.

    Raises:
        Interrupted: after Ctrl-C or SIGTERM, once what was finished has been yielded.
    """
    with (
        tempfile.TemporaryDirectory(prefix="vextract-", ignore_cleanup_errors=True) as scratch,
        _workers(jobs, job, Path(scratch)) as workers,
    ):
        queue = _Queue(iter(sources), job, workers, Path(scratch))
        try:
            yield from queue.events()
        except KeyboardInterrupt as interrupt:
            yield from queue.finished()
            raise Interrupted("interrupted", "what was finished is written") from interrupt


@dataclass(slots=True)
class _Entry:
    """A source under way."""

    source: Source
    starting: "Future[Started]"
    collector: Collector
    path: Path | None = None
    opened: bool = False
    to_submit: deque[int] = field(default_factory=deque)
    pages: "deque[tuple[int, Future[PageRead]]]" = field(default_factory=deque)
    notes: list[str] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.opened and not self.to_submit and not self.pages


class _Queue:
    """The sources under way, in input order; the first of them is the one whose results may come out."""

    def __init__(self, sources: Iterator[Source], job: Job, workers: Workers, scratch: Path) -> None:
        self._sources, self._job, self._workers, self._scratch = sources, job, workers, scratch
        self._entries: deque[_Entry] = deque()

    def events(self) -> Iterator[Event]:
        while self._fill() or self._entries:
            head = self._entries[0]
            yield from self._ready(head)
            if not head.opened and head.starting.done():
                yield from self._open(head)
            elif head.over:
                yield self._close(self._entries.popleft())
            elif not (head.pages and head.pages[0][1].done()):
                wait(self._pending(), return_when=FIRST_COMPLETED)

    def finished(self) -> Iterator[Event]:
        """What is finished of the documents under way, after an interruption; unfinished documents are left out."""
        for entry in self._entries:
            if not entry.opened and entry.starting.done():
                yield from self._open(entry)
            if not entry.to_submit and all(future.done() for _, future in entry.pages):
                yield from self._ready(entry)
            if entry.over:
                yield self._close(entry)

    def _pending(self) -> "list[Future[Any]]":
        futures: list[Future[Any]] = [e.starting for e in self._entries if not e.opened]
        futures += [future for e in self._entries for _, future in e.pages]
        return [future for future in futures if not future.done()]

    def _fill(self) -> bool:
        """Submits work until the window is full: pages of the earliest documents first, then further sources."""
        room = self._workers.window - sum(len(e.pages) + (not e.opened) for e in self._entries)
        for entry in self._entries:
            while room > 0 and entry.to_submit:
                number = entry.to_submit.popleft()
                future = self._workers.submit(pipeline.read, entry.path, entry.source.name, number, self._job)
                entry.pages.append((number, future))
                room -= 1
        while room > 0 and (source := next(self._sources, None)) is not None:
            self._entries.append(_Entry(source, self._start(source), Collector(source.name)))
            room -= 1
        return room <= 0

    def _start(self, source: Source) -> "Future[Started]":
        try:
            if source.problem:
                raise source.problem
            # A stream belongs to this process, so it is copied here; all else the worker fetches.
            spooled = spool(source, self._scratch, self._job.opening.limits) if is_stream(source) else None
        except VextractError as error:
            failed: Future[Started] = Future()
            failed.set_exception(error)
            return failed
        return self._workers.submit(pipeline.start, source, spooled, self._scratch, self._job)

    def _open(self, entry: _Entry) -> Iterator[Event]:
        entry.opened = True
        started = _outcome(entry.starting)
        if isinstance(started, ErrorInfo):
            entry.collector.errors.append(started)
            return
        entry.path = started.path
        entry.collector.document = started.document
        entry.notes += started.notes
        entry.to_submit.extend(started.numbers[1:])
        yield from self._take(entry, started.first)

    def _ready(self, entry: _Entry) -> Iterator[Event]:
        while entry.pages and entry.pages[0][1].done():
            number, future = entry.pages.popleft()
            yield from self._take(entry, _outcome(future, number))

    def _take(self, entry: _Entry, page: PageRead | ErrorInfo) -> Iterator[Event]:
        if isinstance(page, ErrorInfo):
            entry.collector.errors.append(page)
            return
        entry.notes += page.notes
        entry.collector.add(page)
        yield PageDone(entry.source, page)

    def _close(self, entry: _Entry) -> DocumentDone:
        if entry.path and entry.path.parent == self._scratch:
            entry.path.unlink(missing_ok=True)
        return DocumentDone(entry.source, entry.collector.record(), tuple(entry.notes))


def _outcome(future: "Future[Any]", page: int | None = None) -> Any:  # noqa: PLR0911  one for each way to fail
    """The future's result, or the failure as a record tells it."""
    from pebble import ProcessExpired

    try:
        return future.result()
    except VextractError as error:
        return error_info(error, page)
    except TimeoutError:
        return ErrorInfo("timeout", "reading took too long and was stopped", _SLOW_HINT, page, ExitCode.INPUT)
    except BrokenProcessPool:
        return ErrorInfo("crash", "the worker processes cannot start", _GUARD_HINT, page, ExitCode.INPUT)
    except (ProcessExpired, MemoryError):
        message = "the process that read this died, perhaps for want of memory"
        return ErrorInfo("crash", message, "try a lower --dpi or fewer --jobs", page, ExitCode.INPUT)
    except OSError as error:
        message = f"the system refuses: {error.strerror or error}"
        return ErrorInfo(
            "input", message, "is there room in the folder for temporary files (TMPDIR)?", page, ExitCode.INPUT
        )
    except Exception as error:
        # One input must not stop the others, whatever is wrong with our code.
        log.debug("bug", exc_info=error)
        message = f"{type(error).__name__}: {error}"
        return ErrorInfo("bug", message, "please report this with the output of -vv", page, ExitCode.BUG)


class _Inline:
    """Does the work at once in this process."""

    window = 1

    def submit(self, function: Callable[..., Any], *args: object) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            with _INLINE_LOCK:
                future.set_result(function(*args))
        except Exception as error:  # noqa: BLE001  handed on to whoever asks for the result, as a pool does
            future.set_exception(error)
        return future


class _Pool:
    """Worker processes, one page at a time each; a page over its time is killed with its worker."""

    def __init__(self, jobs: int, timeout_s: float, scratch: Path) -> None:
        from multiprocessing import get_context

        from pebble import ProcessPool

        # Forked from a server that has the heavy modules loaded: quick to start, and safe beside threads.
        context = get_context("forkserver")
        context.set_forkserver_preload(["vextract.preload"])
        self._pool = ProcessPool(jobs, context=context, initializer=_prepare_worker, initargs=[str(scratch)])
        self._timeout_s = timeout_s
        self.window = _WINDOW * jobs

    def submit(self, function: Callable[..., Any], *args: object) -> "Future[Any]":
        future: Future[Any] = self._pool.schedule(function, args=list(args), timeout=self._timeout_s)
        return future

    def stop(self) -> None:
        """Kills what is still running; nothing is waited for."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble has no types here
        self._pool.join()


@contextmanager
def _workers(jobs: int, job: Job, scratch: Path) -> Iterator[Workers]:
    if jobs == 0:
        # Stays set: threads of the caller may be reading too, and Tesseract takes it from the environment alone.
        os.environ.setdefault(_ONE_THREAD, "1")
        try:
            yield _Inline()
        finally:
            with _INLINE_LOCK:
                pipeline.forget()
        return
    pool = _Pool(jobs, job.reading.timeout_s + _GRACE_S, scratch)
    try:
        yield pool
    finally:
        pool.stop()


def _prepare_worker(scratch: str) -> None:
    # Ctrl-C is the main process's affair; what libraries print must not reach the product; temporary files go with the run.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)
    tempfile.tempdir = scratch
    os.environ["TMPDIR"] = scratch
    os.environ[_ONE_THREAD] = "1"
