"""Runs a job on this machine: pages are read by worker processes, results come out in the order of the inputs.

Memory is bounded: no more than a few pages for each worker are under way or waiting for their turn, however many inputs there are.
A worker that dies or hangs fails the page it was busy with and nothing else.
"""

import logging
import os
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vextract import pipeline
from vextract.collecting import Collector
from vextract.engines.workers import Workers, workers
from vextract.errors import ExitCode, Halted, Interrupted, VextractError
from vextract.pipeline import Asked, Concluded, Job, PageRead, Started, Unread, error_info
from vextract.schema import load_schema
from vextract.sources.expand import Source
from vextract.sources.fetch import is_stream, spool
from vextract.types import ErrorInfo, Record

if TYPE_CHECKING:
    from vextract.asking import Asker
    from vextract.making import Made

__all__ = ["DRAIN_S", "HURRY", "DocumentDone", "Event", "PageDone", "default_jobs", "one", "run"]

log = logging.getLogger("vextract")

DRAIN_S = 10.0
"""So long answers that are under way are waited for when a run is interrupted: they are paid for."""
HURRY = threading.Event()
"""Set by a second Ctrl-C: nothing is waited for."""
# Pages read ahead for each request that may be under way.
_AHEAD = 2
_GUARD_HINT = "in a script, guard the main part: if __name__ == '__main__':"
_SLOW_HINT = "raise page_timeout_s in vextract.toml, or try --fast or a lower --dpi"


@dataclass(frozen=True, slots=True)
class PageDone:
    """The next page of a document, in page order."""

    source: Source
    page: PageRead


@dataclass(frozen=True, slots=True)
class DocumentDone:
    """A document is finished; its pages, if any could be read, have gone before.

    `notes` are warnings about it. `made` are the pictures that the job wants; their files are gone with the next event.
    """

    source: Source
    record: Record[object]
    notes: tuple[str, ...]
    made: "tuple[Made, ...]" = ()


Event = PageDone | DocumentDone


def default_jobs() -> int:
    """How many worker processes to use: one for each processor that this process may run on."""
    return len(os.sched_getaffinity(0))


def run(
    sources: Iterable[Source], job: Job, jobs: int, asker: "Asker | None" = None, *, ordered: bool = True
) -> Generator[Event, None, None]:
    """Reads the sources; yields their pages and records in input order, as soon as that order allows.

    Args:
        sources: taken one by one as room comes free.
        job: what to do with each.
        jobs: worker processes; 0 reads in this very process.
        asker: asks the model of a job that has one; closed at the end.
        ordered: off, each document comes as soon as it is finished, its pages together.

    Raises:
        Interrupted: after Ctrl-C or SIGTERM, once what was finished has been yielded. Answers that are under way are waited for,
            `DRAIN_S` at most, and not at all once `HURRY` is set.
        VextractError: why the asker asks no more, once what was finished has been yielded.
    """
    HURRY.clear()
    with (
        tempfile.TemporaryDirectory(prefix="vextract-", ignore_cleanup_errors=True) as scratch,
        workers(jobs, job, Path(scratch)) as pool,
        closing(asker) if asker else nullcontext(),
    ):
        queue = _Queue(iter(sources), job, pool, Path(scratch), asker, ordered=ordered)
        try:
            yield from queue.events()
        except KeyboardInterrupt as interrupt:
            stopped = Interrupted("interrupted", "what was finished is written")
            if asker:
                asker.halt(stopped, DRAIN_S, HURRY)
            yield from queue.finished()
            raise stopped from interrupt
        if asker and asker.halted:
            raise asker.halted


def one(source: Source, job: Job, pool: Workers, scratch: Path, asker: "Asker | None") -> list[Event]:
    """What becomes of one source, where workers and asker are shared with others; nothing, if it is left for another run."""
    with tempfile.TemporaryDirectory(dir=scratch, prefix="source-", ignore_cleanup_errors=True) as own:
        return list(_Queue(iter([source]), job, pool, Path(own), asker).events())


@dataclass(slots=True, eq=False)
class _Entry:
    """A source under way."""

    source: Source
    starting: "Future[Started]"
    collector: Collector
    path: Path | None = None
    opened: bool = False
    to_submit: deque[int] = field(default_factory=deque)
    pages: "deque[tuple[int, Future[PageRead | Unread]]]" = field(default_factory=deque)
    notes: list[str] = field(default_factory=list)
    asking: "Future[Asked] | None" = None
    concluding: "Future[Concluded] | None" = None
    finishing: "Future[tuple[Made, ...]] | None" = None
    folder: Path | None = None
    made: "tuple[Made, ...]" = ()
    abandoned: bool = False
    events: "deque[Event]" = field(default_factory=deque)

    @property
    def read(self) -> bool:
        """Whether nothing is left to be read of it."""
        return self.opened and not self.to_submit and not self.pages

    @property
    def answered(self) -> bool:
        """Whether its record is known."""
        return self.read and not self.collector.unanswered

    @property
    def size(self) -> int:
        """How many places of the window it takes."""
        return max(1, len(self.pages) + len(self.events))


class _Queue:
    """The sources under way, in input order; the first of them is the one whose results may come out."""

    def __init__(  # noqa: PLR0913  the parts of a run
        self,
        sources: Iterator[Source],
        job: Job,
        workers: Workers,
        scratch: Path,
        asker: "Asker | None" = None,
        *,
        ordered: bool = True,
    ) -> None:
        self._sources, self._job, self._workers, self._scratch, self._asker = sources, job, workers, scratch, asker
        self._ordered = ordered
        self._entries: deque[_Entry] = deque()
        self._folders = (scratch / f"made-{number}" for number in count(1))
        # A model under way leaves the workers idle: enough is read ahead that it always has something to look at.
        self._window = max(workers.window, _AHEAD * asker.at_once if asker else 0)
        self._schema = load_schema(job.schema).name if job.schema is not None else None

    def events(self) -> Iterator[Event]:
        while self._fill() or self._entries:
            for entry in self._entries:
                self._advance(entry)
            self._leave_out()
            came = False
            for entry in self._next():
                while entry.events:
                    yield entry.events.popleft()
                if self._over(entry):
                    self._entries.remove(entry)
                    yield self._close(entry)
                    _remove(entry.folder)
                    came = True
            if not came and (pending := self._pending()):
                wait(pending, return_when=FIRST_COMPLETED)

    def _next(self) -> "list[_Entry]":
        """Those whose turn it is to be told of: the first, or all that are finished where no order is asked for."""
        if self._ordered:
            return [self._entries[0]] if self._entries else []
        return [entry for entry in self._entries if self._over(entry)]

    def _leave_out(self) -> None:
        """Once nothing more is asked, what would have to be is left for another run."""
        if not (self._asker and self._asker.halted):
            return
        left = [entry for entry in self._entries if entry.abandoned or entry.to_submit]
        if left and self._ordered and self._asker.keeps:
            # What comes behind is not told of either: its answers are kept, and the order stays.
            left = [*self._entries][self._entries.index(left[0]) :]
        for entry in left:
            self._entries.remove(entry)

    def finished(self) -> Iterator[Event]:
        """What is finished of the documents under way, after an interruption; unfinished documents are left out.

        Where order matters and answers are kept, so is what comes behind an unfinished document: nothing of it is lost.
        """
        for entry in self._entries:
            self._advance(entry, submit=False)
            finished = self._over(entry) and not entry.abandoned
            if not finished and self._ordered and self._asker and self._asker.keeps:
                return
            if finished:
                yield from entry.events
                yield self._close(entry)
                _remove(entry.folder)

    def _pending(self) -> "list[Future[Any]]":
        futures: list[Future[Any]] = [e.starting for e in self._entries if not e.opened]
        futures += [future for e in self._entries for _, future in e.pages]
        futures += [e.asking for e in self._entries if e.asking]
        futures += [e.concluding for e in self._entries if e.concluding]
        futures += [e.finishing for e in self._entries if e.finishing]
        return [future for future in futures if not future.done()]

    def _fill(self) -> bool:
        """Submits work until the window is full: pages of the earliest documents first, then further sources."""
        if self._asker and self._asker.halted:
            return False
        room = self._window - sum(entry.size for entry in self._entries)
        if self._entries and not self._entries[0].pages:
            room = max(room, 1)  # whatever waits behind the first, it must be able to go on
        for entry in self._entries:
            while room > 0 and entry.to_submit:
                number = entry.to_submit.popleft()
                future = self._workers.submit(pipeline.read, entry.path, entry.source.name, number, self._job)
                entry.pages.append((number, self._looked_at(entry, future)))
                room -= 1
        while room > 0 and (source := next(self._sources, None)) is not None:
            collector = Collector(
                source.name,
                self._job.task,
                self._schema,
                self._job.vision.model if self._job.vision else None,
                keeps=self._job.making is not None,
            )
            # A record without pages has nothing to be looked at, whatever became of its document.
            bare = source.record is not None and not source.record.pages
            starting: Future[Started] = Future() if bare else self._start(source)
            self._entries.append(_Entry(source, starting, collector, opened=bare))
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

    def _advance(self, entry: _Entry, *, submit: bool = True) -> None:
        """Takes what became of a document meanwhile: it was opened, pages were read, all was concluded."""
        if not entry.opened and entry.starting.done():
            self._open(entry)
        while entry.pages and entry.pages[0][1].done():
            number, future = entry.pages.popleft()
            self._take(entry, _outcome(future, number))
        if entry.read and entry.collector.unanswered and submit:
            self._conclude(entry)
        if entry.concluding and entry.concluding.done() and entry.collector.unanswered:
            entry.collector.conclude(_outcome(entry.concluding))
        if self._wants_pictures(entry) and submit:
            self._finish(entry)

    def _conclude(self, entry: _Entry) -> None:
        """Has the task answer for a document all of whose pages are read, once the model has been asked if there is one."""
        assert entry.path is not None, "only opened documents are read"
        texts = tuple(entry.collector.texts)
        if self._asker and entry.asking is None:
            entry.asking = self._asker.document(entry.path, entry.source, texts, self._job, self._workers)
        if entry.concluding or (entry.asking and not entry.asking.done()):
            return
        asked: Asked | ErrorInfo | None = _outcome(entry.asking) if entry.asking else None
        if isinstance(asked, Asked) and any(error.kind == Halted.kind for error in asked.errors):
            entry.abandoned = True
            return
        if isinstance(asked, ErrorInfo) or (asked and not entry.collector.asked(asked)):
            entry.collector.conclude(asked if isinstance(asked, ErrorInfo) else None)
            return
        replies = asked.replies if asked else None
        objects = tuple(entry.collector.objects)
        entry.concluding = self._workers.submit(
            pipeline.conclude, entry.path, entry.source, texts, self._job, replies, objects
        )

    def _wants_pictures(self, entry: _Entry) -> bool:
        """Whether pictures are to be made of a document that is answered, and are not yet."""
        return (
            entry.answered and self._job.making is not None and bool(entry.collector.refs) and not entry.collector.drawn
        )

    def _over(self, entry: _Entry) -> bool:
        """Whether nothing is left to be done for it."""
        return entry.answered and not self._wants_pictures(entry)

    def _finish(self, entry: _Entry) -> None:
        """Has pictures made of the record, that of an earlier run where there is one."""
        assert entry.path is not None, "only opened documents are read"
        if entry.finishing is None:
            record = entry.source.record or entry.collector.shown()
            entry.folder = next(self._folders)
            entry.finishing = self._workers.submit(
                pipeline.finish, entry.path, entry.source, record, entry.folder, self._job, pages=len(record.pages)
            )
        if entry.finishing.done():
            entry.made = entry.collector.finish(_outcome(entry.finishing))

    def _looked_at(self, entry: _Entry, reading: "Future[PageRead]") -> "Future[Any]":
        """The page as the model reads it, where one is to read pages."""
        if self._asker is None or not self._job.by_page:
            return reading
        assert entry.path is not None, "only opened documents are read"
        return self._asker.page(reading, entry.path, entry.source, self._job, self._workers)

    def _open(self, entry: _Entry) -> None:
        entry.opened = True
        started = _outcome(entry.starting)
        if isinstance(started, ErrorInfo):
            entry.collector.errors.append(started)
            return
        entry.path = started.path
        entry.collector.document = started.document
        entry.notes += started.notes
        entry.to_submit.extend(started.numbers[1:])
        if isinstance(started.first, PageRead):
            first: Future[PageRead] = Future()
            first.set_result(started.first)
            entry.pages.appendleft((started.numbers[0], self._looked_at(entry, first)))
        else:
            self._take(entry, started.first)

    def _take(self, entry: _Entry, page: PageRead | Unread | ErrorInfo) -> None:
        if isinstance(page, Unread) and page.error.kind == Halted.kind:
            entry.abandoned = True
        entry.collector.add(page)
        if isinstance(page, PageRead):
            entry.notes += page.notes
            entry.events.append(PageDone(entry.source, page))

    def _close(self, entry: _Entry) -> DocumentDone:
        if entry.path and entry.path.parent == self._scratch:
            entry.path.unlink(missing_ok=True)
        return DocumentDone(entry.source, entry.collector.record(), tuple(entry.notes), entry.made)


def _remove(folder: Path | None) -> None:
    """Removes the folder in which the pictures of a document were made, also where that went wrong."""
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


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
