"""What a run spends on models, and the limit at which it stops: counted as answers come, looked at before each request goes out."""

import asyncio
import threading
from dataclasses import dataclass, field

from vextract.errors import BudgetReached
from vextract.types import Usage

__all__ = ["Meter", "Tally"]

# A millionth of a cent: sums of prices are no exact numbers.
_HAIR_USD = 1e-8
_POLL_S = 0.02


@dataclass(slots=True)
class Tally:
    """What was paid for: answers and what they took; `unpriced` and `uncounted` are those whose cost or tokens are not known.

    `stored` counts answers of earlier runs, for which nothing was paid.
    """

    answers: int = 0
    stored: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    uncounted: int = 0

    def add(self, usage: Usage) -> None:
        """Counts one answer that was paid for."""
        self.answers += 1
        if usage.cost_usd is None:
            self.unpriced += 1
        else:
            self.cost_usd += usage.cost_usd
        if usage.input_tokens is None or usage.output_tokens is None:
            self.uncounted += 1
        self.input_tokens += usage.input_tokens or 0
        self.output_tokens += usage.output_tokens or 0

    @property
    def tokens(self) -> int:
        """Of questions and answers together, as far as they are known."""
        return self.input_tokens + self.output_tokens


@dataclass
class Meter:
    """Counts what requests take, and says when no more may be sent. The models of a run share it.

    Where there is a limit, a request is let out only if what is spent, with what those under way will take if they take as much as
    others did on average, leaves room for it; the first goes alone. So no more than the last requests under way go over the limit.

    Attributes:
        max_cost_usd, max_tokens: the limits; None for none.
        before: what earlier sessions of the same run have spent; it counts towards the limits.
        now: what this session has spent.
    """

    max_cost_usd: float | None = None
    max_tokens: int | None = None
    before: Tally = field(default_factory=Tally)
    now: Tally = field(default_factory=Tally)
    _under_way: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def admit(self) -> None:
        """Waits until one more request may go out; `settle` has to follow.

        Raises:
            BudgetReached: none may, as a limit is reached.
        """
        while not self._admitted():  # noqa: ASYNC110  others settle on event loops of their own
            await asyncio.sleep(_POLL_S)

    def _admitted(self) -> bool:
        with self._lock:
            self.check_known()
            if self.room(self._under_way):
                self._under_way += 1
                return True
            if not self._under_way:
                raise self.reached()
            return False  # those under way may take less than others did

    def settle(self, usage: Usage | None) -> None:
        """Counts what a request took; None: it was not answered."""
        with self._lock:
            self._under_way -= 1
            if usage is not None:
                self.now.add(usage)

    def check_known(self) -> None:
        """Nothing, if limits can be kept.

        Raises:
            BudgetReached: one cannot, as what an answer took is not told.
        """
        if self.max_cost_usd is not None and self.now.unpriced:
            raise BudgetReached(
                "stopped: what an answer cost is not known, so --max-cost cannot be kept",
                "set the model's price under prices in vextract.toml, or give --max-tokens-total",
            )
        if self.max_tokens is not None and self.now.uncounted:
            raise BudgetReached(
                "stopped: how many tokens an answer took is not known, so --max-tokens-total cannot be kept",
                "the server does not count them: leave --max-tokens-total out",
            )

    def room(self, others: int) -> bool:
        """Whether one more may go out beside so many others."""
        if self.max_cost_usd is None and self.max_tokens is None:
            return True
        answers = self.before.answers + self.now.answers
        if not answers and others:
            return False  # the first one goes alone, and shows what they take
        if self.max_cost_usd is not None:
            cost = self.before.cost_usd + self.now.cost_usd
            priced = answers - self.before.unpriced - self.now.unpriced
            typical = cost / priced if priced else 0.0
            if cost >= self.max_cost_usd or cost + typical * (others + 1) > self.max_cost_usd + _HAIR_USD:
                return False
        if self.max_tokens is not None:
            tokens = self.before.tokens + self.now.tokens
            counted = answers - self.before.uncounted - self.now.uncounted
            typical = tokens / counted if counted else 0.0
            if tokens >= self.max_tokens or tokens + typical * (others + 1) > self.max_tokens:
                return False
        return True

    def reached(self) -> BudgetReached:
        """Says that a limit is reached, and which."""
        spent = self.before.cost_usd + self.now.cost_usd
        if self.max_cost_usd is not None:
            return BudgetReached(
                f"stopped at --max-cost {self.max_cost_usd:g}: ${spent:.4f} is spent, and the next request would be more",
                "what was finished is written; go on with a higher --max-cost and --resume",
            )
        tokens = self.before.tokens + self.now.tokens
        return BudgetReached(
            f"stopped at --max-tokens-total {self.max_tokens}: {tokens} tokens are used, and the next request would be more",
            "what was finished is written; go on with a higher --max-tokens-total and --resume",
        )
