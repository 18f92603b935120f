"""Runs a job on a Ray cluster: each worker is handed documents one by one, and what becomes of them comes back here.

This process alone writes the results, so its journal is the ledger of the run, as with the local engine. A worker that dies has its
documents handed out again: none is lost, and none comes twice, since each is told of once. Only sources go to the workers and only
what became of them comes back, so many at a time as the workers do at once.
"""

import logging
import math
import os
from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from vextract.collecting import Collector
from vextract.engines._ray_cluster import Cluster, connected, plan
from vextract.engines._ray_crew import Arrival, Crew, Hand, Item
from vextract.engines._ray_worker import Did, SetUp, Spending, own_version
from vextract.engines.local import DRAIN_S, HURRY, DocumentDone, Event
from vextract.errors import BudgetReached, EngineError, ExitCode, InputError, Interrupted, VextractError
from vextract.meter import Meter
from vextract.pipeline import Job, error_info
from vextract.schema import load_schema
from vextract.sources.expand import Source
from vextract.sources.fetch import is_stream
from vextract.types import ErrorInfo, Usage

if TYPE_CHECKING:
    from vextract.asking import Asker
    from vextract.sending import Share

__all__ = ["Cluster", "RayEngine"]

log = logging.getLogger("vextract")

# How often it is looked whether something else is to be done while nothing comes.
_LOOK_S = 0.5
_HURRY_S = 0.1
_PATIENCE_S = 30.0
# A document with which so many workers have died is the cause of that.
_DEADLY = 3


class RayEngine:
    """A cluster that a run is carried out on.

    Args:
        cluster: which one.
        asker: makes what asks the model, in each worker.
        at_once: most requests under way, of all workers together.
        keeps: whether answers are kept for another run.

    Attributes:
        halted: why nothing more is done; None while it is.
    """

    def __init__(
        self, cluster: Cluster, asker: "Callable[[Share], Asker | None]", at_once: int, *, keeps: bool = False
    ) -> None:
        self._cluster, self._asker, self._at_once, self._keeps = cluster, asker, at_once, keeps
        self.halted: VextractError | None = None
        self.keep(Meter())

    def keep(
        self,
        meter: Meter,
        paid: Callable[[Sequence[Usage]], None] | None = None,
        stale: Callable[[str], bool] | None = None,
    ) -> None:
        """Has what is spent counted.

        Args:
            meter: counts it, and knows the limits.
            paid: is told each time something was paid for.
            stale: whether answers about a source that are kept are not to be used.
        """
        self._meter, self._paid, self._stale = meter, paid or (lambda _: None), stale or (lambda _: False)

    def run(self, sources: Iterable[Source], job: Job, *, ordered: bool = True) -> Generator[Event, None, None]:
        """Does the job with all sources; see `vextract.engines.local.run`.

        Raises:
            Interrupted: after Ctrl-C or SIGTERM, once what was finished has been yielded.
            VextractError: the cluster cannot be had, or why nothing more is asked, once what was finished has been yielded.
        """
        HURRY.clear()
        with connected(self._cluster) as nodes:
            parts = plan(nodes, self._cluster)
            limits = (self._meter.max_cost_usd, self._meter.max_tokens, self._meter.before)
            set_up = SetUp(job, parts.cpus, self._asker, parts.workers, 1, limits, os.getcwd(), own_version(), _here)
            crew = Crew(set_up, parts, self._at_once if job.vision else 1)
            run = _Run(crew, iter(sources), job, self, ordered=ordered)
            try:
                yield from run.events()
            except KeyboardInterrupt as interrupt:
                stopped = Interrupted("interrupted", "what was finished is written")
                run.stop(stopped)
                yield from run.drained(DRAIN_S if job.vision else 0.0)
                raise stopped from interrupt
            finally:
                crew.end()
        if self.halted:
            raise self.halted

    def spent(self, spending: Spending) -> None:
        """Counts what a worker has spent."""
        self._meter.now.stored += spending.stored
        for usage in spending.usages:
            self._meter.now.add(usage)
        if spending.usages:
            self._paid(spending.usages)

    @property
    def limited(self) -> bool:
        """Whether there is a limit to what may be spent."""
        return self._meter.max_cost_usd is not None or self._meter.max_tokens is not None

    def stale(self, name: str) -> bool:
        """Whether what is kept of the source is not to be used."""
        return self._stale(name)

    def keeps_order(self, *, ordered: bool) -> bool:
        """Whether what comes behind an unfinished document is left for another run, as it costs nothing then."""
        return ordered and self._keeps

    def room(self, documents: int, done: int, workers: int) -> bool:
        """Whether one more document may be begun beside so many others, after so many were done.

        Raises:
            BudgetReached: none may, however long one waits.
        """
        if not self.limited:
            return True
        meter = self._meter
        meter.check_known()
        answers = meter.before.answers + meter.now.answers
        if not answers:
            return documents < workers  # each worker begins with one alone, which shows what they take
        each = meter.now.answers / done if done and meter.now.answers else 1.0
        if meter.room(math.ceil((documents + 1) * each) - 1):
            return True
        if not documents or not meter.room(0):
            raise meter.reached()
        return False


class _Run:
    """One run: the sources under way, in input order."""

    def __init__(self, crew: Crew, sources: Iterator[Source], job: Job, engine: RayEngine, *, ordered: bool) -> None:
        self._crew, self._sources, self._job, self._engine, self._ordered = crew, sources, job, engine, ordered
        self._items: OrderedDict[Item, Did | None] = OrderedDict()
        self._done: deque[Item] = deque()
        self._suspects: deque[Item] = deque()
        self._count = 0
        self._over = False
        self._schema = load_schema(job.schema).name if job.schema is not None else None
        self._asked_at = self._began_at = monotonic()
        self._warned = False

    def events(self) -> Iterator[Event]:
        while True:
            self._hand_out()
            yield from self._told()
            # Answers that are under way are waited for, even if nobody is told of them now: they are paid for.
            if not self._items and not self._crew.under_way and (self._over or self._engine.halted):
                return
            for arrival in self._crew.arrivals(_LOOK_S):
                self._take(arrival)
            self._look()

    def stop(self, why: VextractError) -> None:
        """Begins nothing more, and has the workers ask nothing more; the first reason stays."""
        if self._engine.halted is None:
            self._engine.halted = why
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
            if left and self._engine.keeps_order(ordered=self._ordered):
                self._items.clear()
                return
            del self._items[item]
            yield from (replace(event, source=item.source) for event in did.events)

    def _hand_out(self) -> None:
        while self._engine.halted is None and (free := self._crew.free):
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
            if not self._engine.room(self._crew.under_way, self._count, len(self._crew.hands)):
                return None
        except BudgetReached as reached:
            self.stop(reached)
            return None
        source = None if self._over else next(self._sources, None)
        if source is None:
            self._over = True
            return None
        item = Item(source, self._engine.stale(source.name))
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
                self._engine.spent(arrival.value)
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
            if self._engine.halted:
                self._crew.halt(self._engine.halted)

    def _close(self, arrival: Arrival, hand: Hand, item: Item) -> None:
        """Takes what became of a document."""
        if isinstance(arrival.value, Did):
            did = arrival.value
            self._crew.lives()
            self._engine.spent(did.spending)
            self._finish(item, did)
            if did.halted and not self._engine.halted:
                self.stop(did.halted)
            return
        error = arrival.error
        if _is_ours(error):
            self._finish(item, self._failed(item.source, _bug(error)))
            return
        item.deaths += 1
        if self._engine.halted:
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
        if self._engine.halted:
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
        if self._engine.limited and now - self._asked_at > 2 * _LOOK_S:
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


def _here() -> str:
    """The name of the machine that a worker runs on."""
    import ray

    return str(ray.get_runtime_context().get_node_id())


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
