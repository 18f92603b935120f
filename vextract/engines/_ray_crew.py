"""The workers of a run on a Ray cluster, as this process sees them: begun, handed documents, replaced when they die."""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Literal

from vextract.engines._ray_cluster import Plan
from vextract.engines._ray_worker import SetUp, Worker
from vextract.errors import EngineError, VextractError
from vextract.interrupting import exposed
from vextract.sources.expand import Source

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Arrival", "Crew", "Hand", "Item"]

# Documents under way for each process and each request of a worker, as in the local engine.
_FOR_EACH_JOB, _FOR_EACH_REQUEST = 4, 2
_END_S = 5.0
_DEATHS = 3
# What is asked beside the documents has threads of its own.
_BESIDE = "beside"


@dataclass(eq=False, slots=True)
class Item:
    """A source under way: how many workers have died with it, and on which machine the last."""

    source: Source
    stale: bool = False
    deaths: int = 0
    node: str | None = None
    done: bool = False


@dataclass(eq=False, slots=True)
class Hand:
    """A worker."""

    index: int
    actor: Any
    most: int
    node: str | None = None
    ready: bool = False
    dead: bool = False
    asked: bool = False
    items: set[Item] = field(default_factory=set)

    @property
    def has_suspect(self) -> bool:
        """Whether one of its documents has seen a worker die."""
        return any(item.deaths for item in self.items)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that a worker has said, or the error that came instead."""

    hand: Hand
    what: Literal["begun", "did", "spending"]
    item: Item | None
    value: Any
    error: BaseException | None


class Crew:
    """All workers of a run.

    Args:
        set_up: of all, but for how many requests each may have under way.
        parts: how many workers, and what each takes.
        at_once: most requests under way, of all together; each has one at least.
    """

    def __init__(self, set_up: SetUp, parts: Plan, at_once: int) -> None:
        import ray

        self._ray, self._set_up, self._plan, self._at_once = ray, set_up, parts, at_once
        self._class = ray.remote(concurrency_groups={_BESIDE: 2})(Worker)
        # What was taken out of a queue could be lost to an interruption; that something came cannot.
        self._arrived: deque[Arrival] = deque()
        self._woken: SimpleQueue[None] = SimpleQueue()
        self._deaths = 0
        self.hands = [self._begun(index) for index in range(parts.workers)]

    @property
    def free(self) -> Sequence[Hand]:
        """Those that can take a document more."""
        return [hand for hand in self.hands if hand.ready and len(hand.items) < hand.most]

    @property
    def under_way(self) -> int:
        """How many documents the workers have."""
        return sum(len(hand.items) for hand in self.hands)

    @property
    def window(self) -> int:
        """How many documents may wait for their turn, in memory."""
        return 4 * sum(hand.most for hand in self.hands)

    def hand_over(self, hand: Hand, item: Item, source: Source) -> None:
        """Has a worker do a document; `source` as the worker is to see it."""
        hand.items.add(item)
        item.node = hand.node
        self._when(hand.actor.do.remote(source, item.stale), hand, "did", item)

    def arrivals(self, longest_s: float) -> list[Arrival]:
        """What came since the last time; waits so long for the first."""
        if not self._arrived:
            with suppress(Empty), exposed():
                self._woken.get(timeout=longest_s)
        with suppress(Empty):
            while True:
                self._woken.get_nowait()
        return [self._arrived.popleft() for _ in range(len(self._arrived))]

    def ask_spending(self) -> None:
        """Has all workers say what they have spent."""
        for hand in self.hands:
            if hand.ready and not hand.asked:
                hand.asked = True
                self._when(self._beside(hand.actor.spending).remote(), hand, "spending", None)

    def halt(self, why: VextractError) -> None:
        """Has no worker ask anything more."""
        for hand in self.hands:
            if hand.ready:
                self._beside(hand.actor.halt).remote(why)

    def lost(self, hand: Hand, error: BaseException) -> None:
        """Replaces a worker that has died, on the same machine if that is still there: what it was answered is kept there.

        Raises:
            EngineError: workers die again and again, and nothing comes of them.
        """
        if hand.dead:
            return
        hand.dead, hand.ready = True, False
        self._deaths += 1
        if self._deaths >= _DEATHS * max(2, len(self.hands)):
            raise EngineError(
                f"workers die again and again: {_reason(error)}",
                "is vextract installed on all machines of the cluster, with all that it needs, and memory enough?",
            )
        with suppress(Exception):  # it may be gone, or not to be reached
            self._ray.kill(hand.actor)
        # What it still held comes back by the errors of its documents.
        self.hands[self.hands.index(hand)] = self._begun(hand.index, hand.node)

    def lives(self) -> None:
        """Takes note that something came of the workers."""
        self._deaths = 0

    def end(self) -> None:
        """Has the workers give back what they hold."""
        ending = [self._beside(hand.actor.end).remote() for hand in self.hands if hand.ready]
        if ending:
            self._ray.wait(ending, num_returns=len(ending), timeout=_END_S)

    def _begun(self, index: int, node: str | None = None) -> Hand:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        among = self._plan.workers
        at_once = max(1, self._at_once // among + (index < self._at_once % among))
        most = max(_FOR_EACH_JOB * self._plan.cpus, _FOR_EACH_REQUEST * at_once)
        actor = self._class.options(
            num_cpus=self._plan.cpus,
            num_gpus=self._plan.gpus,
            max_concurrency=most + 1,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=True) if node else "SPREAD",
        ).remote(replace(self._set_up, at_once=at_once))
        hand = Hand(index, actor, most)
        self._when(actor.begin.remote(), hand, "begun", None)
        return hand

    def _beside(self, method: Any) -> Any:
        return method.options(concurrency_group=_BESIDE)

    def _when(self, ref: Any, hand: Hand, what: Literal["begun", "did", "spending"], item: Item | None) -> None:
        """Has the outcome arrive here; that takes no longer where there are many workers."""

        def arrive(future: "Future[Any]") -> None:
            error = future.exception()
            value = None if error else future.result()
            self._arrived.append(Arrival(hand, what, item, value, error))
            self._woken.put(None)

        ref.future().add_done_callback(arrive)


def _reason(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    named = [line for line in lines if "Error" in line]
    return (named or lines or [type(error).__name__])[-1][:300]
