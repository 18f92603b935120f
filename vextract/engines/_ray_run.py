"""One run on a Ray cluster: what is handed to whom, what comes back, and what is told of it, in the order of the inputs."""

import logging
import os
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from vextract.collecting import Collector
from vextract.engines._ray_crew import Arrival, Crew, Hand, Item
from vextract.engines._ray_purse import Purse
from vextract.engines._ray_worker import Did, Spending
from vextract.engines.entries import DocumentDone, Event
from vextract.engines.local import HURRY
from vextract.errors import BudgetReached, EngineError, ExitCode, InputError, VextractError
from vextract.interrupting import exposed, shielded
from vextract.pipeline import Job, error_info
from vextract.schema import load_schema
from vextract.sources.expand import Source
from vextract.sources.fetch import is_stream
from vextract.types import ErrorInfo

__all__ = ["Run", "Telling"]

log = logging.getLogger("vextract")

# How often it is looked whether something else is to be done while nothing comes.
_LOOK_S = 0.5
_HURRY_S = 0.1
_PATIENCE_S = 30.0
# A document with which so many workers have died is the cause of that.
_DEADLY = 3


@dataclass(frozen=True, slots=True)
class Telling:
    """How a run tells of its documents.

    Attributes:
        ordered: in the order of the inputs.
        keeps: answers are kept for another run, so that what comes behind an unfinished document costs nothing there.
        stale: whether what is kept of a source is not to be used.
    """

    ordered: bool
    keeps: bool
    stale: Callable[[str], bool]


class Run:
    """The sources under way, in input order.

    Args:
        crew: does them.
        sources: taken one by one as room comes free.
        job: what is done with each.
        purse: counts what is spent.
        told: how they are told of, and asked about.

    Attributes:
        halted: why nothing more is begun; None while it is.
    """

    def __init__(self, crew: Crew, sources: Iterator[Source], job: Job, purse: Purse, told: Telling) -> None:
        self._crew, self._sources, self._job, self._purse, self._telling = crew, sources, job, purse, told
        self._ordered = told.ordered
        self.halted: VextractError | None = None
        self._items: OrderedDict[Item, Did | None] = OrderedDict()
        self._done: deque[Item] = deque()
        self._suspects: deque[Item] = deque()
        self._count = 0
        self._over = False
        self._schema = load_schema(job.schema).name if job.schema is not None else None
        self._asked_at = self._began_at = monotonic()
        self._warned = False

    def events(self) -> Iterator[Event]:
        with shielded():
            while True:
                self._hand_out()
                # Nothing interrupts here: what is told of once is told of no more.
                yield from self._told()
                # Answers that are under way are waited for, even if nobody is told of them now: they are paid for.
                if not self._items and not self._crew.under_way and (self._over or self.halted):
                    return
                for arrival in self._crew.arrivals(_LOOK_S):
                    self._take(arrival)
                self._look()

    def stop(self, why: VextractError) -> None:
        """Begins nothing more, and has the workers ask nothing more; the first reason stays."""
        if self.halted is None:
            self.halted = why
            self._crew.halt(why)
        while self._suspects:
            self._finish(self._suspects.popleft(), Did())

    def drained(self, longest_s: float) -> Iterator[Event]:
        """What is finished after an interruption: documents under way have so long, and no longer than there is no hurry."""
        end = monotonic() + longest_s
        while self._crew.under_way:
            for arrival in self._crew.arrivals(_HURRY_S):
                self._take(arrival)
            if monotonic() > end or HURRY.is_set():
                break
        for item in [item for item, did in self._items.items() if did is None]:
            self._finish(item, Did())
        yield from self._told()

    def _told(self) -> Iterator[Event]:
        """What may be told of now."""
        while self._items if self._ordered else self._done:
            item = next(iter(self._items)) if self._ordered else self._done.popleft()
            did = self._items[item]
            if did is None:
                return
            left = not did.events
            if left and self._ordered and self._telling.keeps:
                self._items.clear()
                return
            del self._items[item]
            yield from (replace(event, source=item.source) for event in did.events)

    def _hand_out(self) -> None:
        while self.halted is None and (free := self._crew.free):
            found = self._suspect_for(free)
            if found is None:
                item = self._fresh()
                if item is None:
                    return
                found = min(free, key=lambda hand: len(hand.items)), item
            hand, item = found
            if not item.done:
                self._crew.hand_over(hand, item, _as_seen_there(item.source))

    def _suspect_for(self, free: Sequence[Hand]) -> tuple[Hand, Item] | None:
        """A document that has seen a worker die, and a worker for it that has no other of them; best on the same machine."""
        able = [hand for hand in free if not hand.has_suspect] if self._suspects else []
        if not able:
            return None
        here = [(hand, item) for hand in able for item in self._suspects if item.node == hand.node]
        hand, item = here[0] if here else (able[0], self._suspects[0])
        self._suspects.remove(item)
        return hand, item

    def _fresh(self) -> Item | None:
        """The next source; None if there is none, or none may be begun yet."""
        if len(self._items) >= self._crew.window:
            return None
        try:
            if not self._purse.room(self._crew.under_way, self._count, len(self._crew.hands)):
                return None
        except BudgetReached as reached:
            self.stop(reached)
            return None
        with exposed():  # names may come from a pipe, whenever
            source = None if self._over else next(self._sources, None)
        if source is None:
            self._over = True
            return None
        item = Item(source, self._telling.stale(source.name))
        self._items[item] = None
        if problem := source.problem or _unreachable(source):
            self._finish(item, self._failed(source, error_info(problem)))
        return item

    def _take(self, arrival: Arrival) -> None:
        hand, item = arrival.hand, arrival.item
        if arrival.what == "begun":
            self._begin(arrival)
        elif arrival.what == "spending":
            hand.asked = False
            if isinstance(arrival.value, Spending):
                self._purse.spent(arrival.value)
        elif item is not None:
            hand.items.discard(item)
            self._close(arrival, hand, item)

    def _begin(self, arrival: Arrival) -> None:
        if isinstance(arrival.value, VextractError):
            self.stop(arrival.value)
            self._forget()
        elif arrival.error is not None:
            self._lost(arrival.hand, arrival.error)
        else:
            arrival.hand.ready, arrival.hand.node = True, arrival.value
            if self.halted:
                self._crew.halt(self.halted)

    def _close(self, arrival: Arrival, hand: Hand, item: Item) -> None:
        """Takes what became of a document."""
        if isinstance(arrival.value, Did):
            did = arrival.value
            self._crew.lives()
            self._purse.spent(did.spending)
            self._finish(item, did)
            if did.halted and not self.halted:
                self.stop(did.halted)
            return
        error = arrival.error
        if _is_ours(error):
            self._finish(item, self._failed(item.source, _bug(error)))
            return
        item.deaths += 1
        if self.halted:
            self._finish(item, Did())
        elif item.deaths >= _DEADLY:
            message = f"{item.deaths} workers died while they read this, perhaps for want of memory"
            hint = "try a lower --dpi or fewer --jobs"
            self._finish(item, self._failed(item.source, ErrorInfo("crash", message, hint, exit_code=ExitCode.INPUT)))
        else:
            self._suspects.append(item)
        assert error is not None, "there is either a value or an error"
        self._lost(hand, error)

    def _lost(self, hand: Hand, error: BaseException) -> None:
        if self.halted:
            return
        try:
            self._crew.lost(hand, error)
        except EngineError as told:
            self.stop(told)
            self._forget()

    def _forget(self) -> None:
        """Leaves all that is unfinished for another run: there is nobody who would do it."""
        for item in [item for item, did in self._items.items() if did is None]:
            self._finish(item, Did())

    def _finish(self, item: Item, did: Did) -> None:
        if item.done:
            return
        item.done = True
        if item not in self._items:
            return  # it was left for another run already
        self._items[item] = did
        self._done.append(item)
        self._count += bool(did.events)

    def _look(self) -> None:
        """What is to be done now and then."""
        now = monotonic()
        if self._purse.limited and now - self._asked_at > 2 * _LOOK_S:
            self._asked_at = now
            self._crew.ask_spending()
        if not self._warned and now - self._began_at > _PATIENCE_S and not any(hand.ready for hand in self._crew.hands):
            self._warned = True
            log.warning("no worker has begun yet: has the cluster processors free for them? (see `ray status`)")

    def _failed(self, source: Source, error: ErrorInfo) -> Did:
        model = self._job.vision.model if self._job.vision else None
        collector = Collector(source.name, self._job.task, self._schema, model)
        collector.errors.append(error)
        return Did((DocumentDone(source, collector.record(), ()),))


def _as_seen_there(source: Source) -> Source:
    """The source with a path that does not depend on where a process runs."""
    return replace(source, path=Path(os.path.abspath(source.path))) if source.path else source


def _unreachable(source: Source) -> InputError | None:
    if not is_stream(source):
        return None
    return InputError(
        f"{source.name!r} can be read by this process alone, not by the workers of --engine ray",
        "write it to a file first, or leave out --engine ray",
    )


def _is_ours(error: BaseException | None) -> bool:
    """Whether the error was raised by our code in a worker; else the worker is gone."""
    from ray.exceptions import RayTaskError

    return isinstance(error, RayTaskError)


def _bug(error: BaseException | None) -> ErrorInfo:
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, VextractError):
        return error_info(cause)
    log.debug("bug", exc_info=error)
    return ErrorInfo(
        "bug", f"{type(cause).__name__}: {cause}", "please report this with the output of -vv", exit_code=ExitCode.BUG
    )
