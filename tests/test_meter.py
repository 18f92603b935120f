"""What a run may spend: the limit holds for all sessions together, whatever answers cost and however many are under way."""

import asyncio
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.errors import BudgetReached
from vextract.meter import Meter, Tally
from vextract.types import Usage

PRICE = st.floats(0, 1, allow_nan=False).map(lambda price: round(price, 6))
TOKENS = st.integers(0, 5000)


class Run:
    """Asks with a meter, so many at a time, until it stops; answers come in any order.

    Attributes:
        spent_when_sent: what was spent when the last request went out.
        stopped: why it stopped.
    """

    def __init__(self, meter: Meter, usages: Sequence[Usage | None], at_once: int, seed: int = 0) -> None:
        self.meter, self.stopped = meter, ""
        self.sent = self.most = 0
        self._usages, self._at_once, self._dice = usages, at_once, random.Random(seed)
        asyncio.run(self._all())

    async def _all(self) -> None:
        turns = asyncio.Semaphore(self._at_once)
        async with asyncio.timeout(60):
            await asyncio.gather(*(self._one(usage, turns) for usage in self._usages))

    async def _one(self, usage: Usage | None, turns: asyncio.Semaphore) -> None:
        async with turns:
            if self.stopped:
                return
            try:
                await self.meter.admit()
            except BudgetReached as reached:
                self.stopped = reached.message
                return
            self.sent += 1
            for _ in range(self._dice.randrange(4)):
                await asyncio.sleep(0)
            self.meter.settle(usage)


@given(st.lists(PRICE, max_size=40), st.floats(0.001, 5), st.integers(1, 8), st.integers(0, 9), PRICE)
def test_the_limit_is_passed_by_no_more_than_what_was_under_way(
    prices: list[float], limit: float, at_once: int, seed: int, before: float
) -> None:
    """However the prices fall, what is spent over the limit is no more than the dearest answers that were under way at once."""
    meter = Meter(limit, before=Tally(answers=1, cost_usd=before))
    run = Run(meter, [Usage(1, 1, cost_usd=price) for price in prices], at_once, seed)
    dearest = sum(sorted(prices, reverse=True)[:at_once])
    assert meter.now.cost_usd + before <= max(limit, before) + dearest + 1e-6
    assert meter.now.answers == run.sent
    assert bool(run.stopped) == (run.sent < len(prices))
    if before >= limit:
        assert run.sent == 0


@given(st.lists(TOKENS, max_size=40), st.integers(1, 20_000), st.integers(1, 8), st.integers(0, 9))
def test_so_with_tokens(tokens: list[int], limit: int, at_once: int, seed: int) -> None:
    """The same for tokens, of questions and answers together."""
    meter = Meter(max_tokens=limit)
    run = Run(meter, [Usage(count, count) for count in tokens], at_once, seed)
    most = sum(sorted((2 * count for count in tokens), reverse=True)[:at_once])
    assert meter.now.tokens <= limit + most
    assert bool(run.stopped) == (run.sent < len(tokens))


@given(st.integers(1, 200), st.integers(1, 10_000), st.integers(1, 8), st.integers(0, 9))
def test_at_a_price_that_is_known_exactly_as_many_as_fit_are_sent(
    count: int, cents: int, at_once: int, seed: int
) -> None:
    """Where all answers cost the same, and one was paid before, exactly as many go out as the limit allows: no more, no less."""
    price = cents / 1e4
    meter = Meter(price * (count + 1), before=Tally(answers=1, cost_usd=price))
    assert Run(meter, [Usage(1, 1, cost_usd=price)] * (count + 20), at_once, seed).sent == count
    meter = Meter(max_tokens=(count + 1) * cents, before=Tally(answers=1, input_tokens=cents))
    assert Run(meter, [Usage(cents, 0)] * (count + 20), at_once, seed).sent == count


def test_before_anything_is_known_all_may_go() -> None:
    """Without an answer so far nothing holds requests back but how many may be under way at once; then no more go out."""
    meter = Meter(0.001)
    run = Run(meter, [Usage(1, 1, cost_usd=1.0)] * 30, 8)
    assert run.sent <= 8
    assert "--max-cost 0.001" in run.stopped


def test_without_limits_all_go() -> None:
    """No limit, no end; what is not known is counted as such."""
    run = Run(Meter(), [Usage(1, 1, cost_usd=1e9), Usage(), None, Usage(5, None)] * 5, 4)
    now = run.meter.now
    assert (run.sent, run.stopped) == (20, "")
    assert (now.answers, now.unpriced, now.uncounted, now.tokens, now.cost_usd) == (15, 10, 10, 35, 5e9)


@pytest.mark.parametrize(
    ("meter", "usage", "words"),
    [
        (Meter(100.0), Usage(1, 1), "what an answer cost is not known"),
        (Meter(max_tokens=10**9), Usage(None, 1, cost_usd=0.0), "how many tokens an answer took is not known"),
    ],
)
def test_what_is_not_known_stops_the_run(meter: Meter, usage: Usage, words: str) -> None:
    """An answer that does not say what it took ends a run with such a limit: it could not be kept."""
    run = Run(meter, [usage] * 10, 1)
    assert run.sent == 1
    assert words in run.stopped


def test_unknown_costs_of_earlier_sessions_do_not_stop_it() -> None:
    """Of earlier sessions what is known counts; their typical price is that of the answers which have one."""
    before = Tally(answers=10, cost_usd=1.0, unpriced=8, uncounted=8, input_tokens=20)
    assert Run(Meter(2.0, before=before), [Usage(1, 1, cost_usd=0.5)] * 9, 1).sent == 2
    assert Run(Meter(max_tokens=40, before=before), [Usage(10, 0)] * 9, 1).sent == 2


def test_failures_take_nothing() -> None:
    """Requests that were not answered leave room for others, and those that wait for room get it."""
    meter = Meter(3.0, before=Tally(answers=1, cost_usd=1.0))
    run = Run(meter, [None, None, None, *[Usage(1, 1, cost_usd=1.0)] * 5], 3)
    assert (run.meter.now.answers, run.meter.now.cost_usd) == (2, 2.0)
    assert "$3.0000 is spent" in run.stopped
