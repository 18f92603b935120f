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
from concurrent.futures import Future
from contextlib import closing, nullcontext
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from vextract import pipeline
from vextract.collecting import Collector
from vextract.engines.entries import DocumentDone, Entry, Event, PageDone
from vextract.engines.outcomes import outcome
from vextract.engines.rounds import Round
from vextract.engines.workers import Workers, workers
from vextract.errors import Halted, Interrupted, VextractError
from vextract.interrupting import exposed, shielded
from vextract.pipeline import Concluded, Job, PageRead, Started, Unread, asked_about
from vextract.schema import load_schema
from vextract.sources.expand import Source
from vextract.sources.fetch import is_stream, spool
from vextract.types import ErrorInfo, PageText

if TYPE_CHECKING:
    from vextract.askers import Askers
    from vextract.asking import Asker

__all__ = ["HURRY", "DocumentDone", "Event", "PageDone", "default_jobs", "one", "run"]

log = logging.getLogger("vextract")
ResultT = TypeVar("ResultT")

HURRY = threading.Event()
"""Set by a second Ctrl-C: nothing is waited for."""
# Pages read ahead for each request that may be under way.
_AHEAD = 2


def default_jobs() -> int:
    """How many worker processes to use: one for each processor that this process may run on."""
    return len(os.sched_getaffinity(0))


def run(
    sources: Iterable[Source], job: Job, jobs: int, asker: "Asker | Askers | None" = None, *, ordered: bool = True
) -> Generator[Event, None, None]:
    """Reads the sources; yields their pages and records in input order, as soon as that order allows.

    Args:
        sources: taken one by one as room comes free.
        job: what to do with each.
        jobs: worker processes; 0 reads in this very process.
        asker: asks the model of a job that has one, or all of its models; closed at the end.
        ordered: off, each document comes as soon as it is finished, its pages together.

    Raises:
        Interrupted: after Ctrl-C or SIGTERM, once what was finished has been yielded. Answers that are under way are waited for
            a little, and not at all once `HURRY` is set.
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
                asker.halt(stopped, HURRY)
            yield from queue.finished()
            raise stopped from interrupt
        if asker and asker.halted:
            raise asker.halted


def one(source: Source, job: Job, pool: Workers, scratch: Path, asker: "Asker | Askers | None") -> list[Event]:
    """What becomes of one source, where workers and asker are shared with others; nothing, if it is left for another run."""
    with tempfile.TemporaryDirectory(dir=scratch, prefix="source-", ignore_cleanup_errors=True) as own:
        events = list(_Queue(iter([source]), job, pool, Path(own), asker).events())
    return events if events and isinstance(events[-1], DocumentDone) else []


class _Queue:
    """The sources under way, in input order; the first of them is the one whose results may come out."""

    def __init__(  # noqa: PLR0913  the parts of a run
        self,
        sources: Iterator[Source],
        job: Job,
        workers: Workers,
        scratch: Path,
        asker: "Asker | Askers | None" = None,
        *,
        ordered: bool = True,
    ) -> None:
        self._sources, self._job, self._workers, self._scratch, self._asker = sources, job, workers, scratch, asker
        self._ordered = ordered
        self._woken: SimpleQueue[None] = SimpleQueue()
        self._entries: deque[Entry] = deque()
        self._folders = (scratch / f"made-{number}" for number in count(1))
        # A model under way leaves the workers idle: enough is read ahead that it always has something to look at.
        self._window = max(workers.window, _AHEAD * asker.at_once if asker else 0)
        self._schema = load_schema(job.schema).name if job.schema is not None else None

    def events(self) -> Iterator[Event]:
        with shielded():
            while self._fill() or self._entries:
                for entry in self._entries:
                    self._advance(entry)
                self._leave_out()
                came = False
                for entry in self._next():
                    while entry.events:
                        with exposed():
                            entry.told = True
                            yield entry.events.popleft()
                    if self._over(entry):
                        with exposed():
                            yield self._close(entry)
                        self._entries.remove(entry)
                        _remove(entry.folder)
                        came = True
                if not came and self._pending():
                    with exposed():
                        self._woken.get()
                    while not self._woken.empty():  # one look at the entries is enough for all that is done
                        self._woken.get()

    def _next(self) -> "list[Entry]":
        """Those whose turn it is to be told of: the first, or all that are finished where no order is asked for."""
        first = [*self._entries][:1] if self._ordered else self._entries
        # Of one that may still be left out nothing is told before it is finished.
        whole = not self._ordered or (self._asker is not None and not self._asker.sends)
        return [entry for entry in first if self._over(entry) or not whole]

    def _leave_out(self) -> None:
        """What would have to be asked is left for another run: once nothing more is asked, and where nothing is sent at all."""
        if self._asker and not self._asker.sends:
            for entry in [entry for entry in self._entries if entry.abandoned and entry.read]:
                self._entries.remove(entry)
                self._close(entry)
        if not (self._asker and self._asker.halted):
            return
        left = [entry for entry in self._entries if entry.abandoned or entry.to_submit]
        if left and ((self._ordered and self._asker.keeps) or left[0].told):
            # What comes behind is not told of either: its answers are kept, and the order stays; and no pages may follow upon those
            # of a document that has no end.
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
            if not finished and (entry.told or (self._ordered and self._asker and self._asker.keeps)):
                return
            if finished:
                yield from entry.events
                yield self._close(entry)
                _remove(entry.folder)

    def _pending(self) -> bool:
        """Whether something is under way."""
        futures: list[Future[Any]] = [e.starting for e in self._entries if not e.opened]
        futures += [future for e in self._entries for _, future in e.pages]
        futures += [future for e in self._entries if e.asking for future in e.asking.pending]
        futures += [e.concluding for e in self._entries if e.concluding]
        futures += [e.finishing for e in self._entries if e.finishing]
        return any(not future.done() for future in futures)

    def _watched(self, future: "Future[ResultT]") -> "Future[ResultT]":
        """The future, which wakes `events` when it is done.

        `concurrent.futures.wait` takes the locks of all futures, and would not give them back if a signal came meanwhile.
        """
        future.add_done_callback(lambda _: self._woken.put(None))
        return future

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
        while room > 0 and (source := self._next_source()) is not None:
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
            self._entries.append(Entry(source, self._job, starting, collector, opened=bare))
            room -= 1
        return room <= 0

    def _next_source(self) -> Source | None:
        with exposed():  # names may come from a pipe, whenever
            return next(self._sources, None)

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
        return self._watched(self._workers.submit(pipeline.start, source, spooled, self._scratch, self._job))

    def _advance(self, entry: Entry, *, submit: bool = True) -> None:
        """Takes what became of a document meanwhile: it was opened, pages were read, all was concluded."""
        if not entry.opened and entry.starting.done():
            self._open(entry)
        while entry.pages and entry.pages[0][1].done():
            number, future = entry.pages.popleft()
            self._take(entry, outcome(future, number))
        while entry.read and entry.collector.unanswered and self._concludes(entry, submit=submit):
            pass
        if self._wants_pictures(entry) and submit:
            self._finish(entry)

    def _concludes(self, entry: Entry, *, submit: bool) -> bool:
        """Brings a document all of whose pages are read one step nearer to its answer; False if something must be waited for.

        The model is asked, if there is one; then the task answers; then further models are asked, as long as there is doubt.
        """
        assert entry.path is not None, "only opened documents are read"
        texts = tuple(entry.collector.texts)
        if entry.concluding and entry.concluding.done():
            self._settle(entry, outcome(entry.concluding))
            return True
        if entry.concluding or not submit:
            return False
        replies = None
        if entry.job.vision:
            entry.asking = entry.asking or self._asked(entry, asked_about(texts, entry.job))
            asked = entry.asking.outcome(outcome)
            if asked is None:
                return False
            if any(error.kind == Halted.kind for error in asked.errors):
                entry.abandoned = True
                return False
            if not entry.collector.asked(asked):
                self._settle(entry, None)
                return True
            replies = asked.replies
        objects = tuple(entry.collector.objects)
        args = (entry.path, entry.source, texts, entry.job, replies, objects, entry.former)
        # A long document takes longer to conclude, and so do several answers.
        times = len(texts) * (entry.job.vote.count if entry.job.vote else 1)
        entry.concluding = self._watched(self._workers.submit(pipeline.conclude, *args, pages=times))
        return True

    def _asked(self, entry: Entry, texts: tuple[PageText, ...]) -> Round:
        """Has the model whose turn it is asked, or the panel."""
        path, source, asker = entry.path, entry.source, self._asker
        assert path is not None, "only opened documents are read"
        assert asker is not None, "jobs with a model have someone to ask it"
        return Round(entry.job, lambda job: self._watched(asker.document(path, source, texts, job, self._workers)))

    def _settle(self, entry: Entry, concluded: Concluded | ErrorInfo | None) -> None:
        """Takes what was concluded, None if nothing could be; or has the next model asked about what is doubtful."""
        known = concluded if isinstance(concluded, Concluded) else entry.former
        further = entry.job.further and not entry.job.vote
        if isinstance(concluded, ErrorInfo) and (known or further):
            entry.collector.errors.append(concluded)
        if further and (known is None or known.doubt):
            entry.former, entry.job = known, entry.job.next(known.doubt if known else None)
            entry.asking = entry.concluding = None
            return
        entry.collector.conclude(known or concluded)

    def _wants_pictures(self, entry: Entry) -> bool:
        """Whether pictures are to be made of a document that is answered, and are not yet."""
        return (
            entry.answered and self._job.making is not None and bool(entry.collector.refs) and not entry.collector.drawn
        )

    def _over(self, entry: Entry) -> bool:
        """Whether nothing is left to be done for it."""
        return entry.answered and not self._wants_pictures(entry)

    def _finish(self, entry: Entry) -> None:
        """Has pictures made of the record, that of an earlier run where there is one."""
        assert entry.path is not None, "only opened documents are read"
        if entry.finishing is None:
            record = entry.source.record or entry.collector.shown()
            entry.folder = next(self._folders)
            entry.finishing = self._watched(
                self._workers.submit(
                    pipeline.finish, entry.path, entry.source, record, entry.folder, self._job, pages=len(record.pages)
                )
            )
        if entry.finishing.done():
            entry.made = entry.collector.finish(outcome(entry.finishing))

    def _looked_at(self, entry: Entry, reading: "Future[PageRead]") -> "Future[Any]":
        """The page as the model reads it, where one is to read pages."""
        if self._asker is None or not self._job.by_page:
            return self._watched(reading)
        assert entry.path is not None, "only opened documents are read"
        return self._watched(self._asker.page(reading, entry.path, entry.source, self._job, self._workers))

    def _open(self, entry: Entry) -> None:
        entry.opened = True
        started = outcome(entry.starting)
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

    def _take(self, entry: Entry, page: PageRead | Unread | ErrorInfo) -> None:
        if isinstance(page, Unread) and page.error.kind == Halted.kind:
            entry.abandoned = True
        entry.collector.add(page)
        if isinstance(page, PageRead):
            entry.notes += page.notes
            entry.events.append(PageDone(entry.source, page))

    def _close(self, entry: Entry) -> DocumentDone:
        if entry.path and entry.path.parent == self._scratch:
            entry.path.unlink(missing_ok=True)
        return DocumentDone(entry.source, entry.collector.record(), tuple(entry.notes), entry.made)


def _remove(folder: Path | None) -> None:
    """Removes the folder in which the pictures of a document were made, also where that went wrong."""
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
