"""How fast requests go out, in simulated time: limits are kept, found, and grown into; nobody waits for nothing."""

import asyncio
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.throttling import Server, ask_for, new_pacer, now, simulated
from vextract.pacing import Pace

# Nothing waits for nothing


@pytest.mark.parametrize("count", [16, 64, 1000])
def test_a_burst_goes_out_at_once(count: int) -> None:
    """Where no limit is known and nothing was refused, no request waits."""

    async def main() -> None:
        pacer, began = new_pacer(), now()
        went = await asyncio.gather(*(pacer.turn(1000) for _ in range(count)))
        assert set(went) == {began}
        assert pacer.pace == Pace(None, None, 0)

    simulated(main)


def test_a_run_that_is_never_refused_takes_no_longer() -> None:
    """64 requests of 200 ms, 16 at once, take four times 200 ms."""

    async def main() -> float:
        pacer, began, turns = new_pacer(), now(), asyncio.Semaphore(16)

        async def one() -> None:
            async with turns:
                await pacer.turn()
                await asyncio.sleep(0.2)
                pacer.answered()

        await asyncio.gather(*(one() for _ in range(64)))
        return now() - began

    assert simulated(main) == pytest.approx(0.8)


def test_turns_come_in_the_order_of_asking() -> None:
    """First come, first served, and one that gives up while it waits holds up nobody and uses nothing."""

    async def main() -> tuple[list[int], float]:
        pacer, began, order = new_pacer(rpm=60), now(), list[int]()

        async def one(number: int) -> None:
            await pacer.turn()
            order.append(number)

        tasks = [asyncio.create_task(one(number)) for number in range(20)]
        await asyncio.sleep(3)
        for number in (5, 7, 12):
            tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return order, now() - began

    order, seconds = simulated(main)
    assert order == [number for number in range(20) if number not in (5, 7, 12)]
    assert seconds == pytest.approx(16, rel=0.05)


# What the user states is kept


@st.composite
def _asking(draw: st.DrawFn) -> list[tuple[float, int, bool]]:
    """Requests: the pause before each in seconds, its tokens, and whether it is refused."""
    pause = st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.3, 1.0, 7.0, 61.0])
    return draw(st.lists(st.tuples(pause, st.integers(0, 900), st.booleans()), min_size=1, max_size=60))


@settings(deadline=None, max_examples=150)
@given(_asking(), st.integers(1, 40), st.integers(300, 3000), st.none() | st.floats(0.01, 5))
def test_what_is_stated_is_never_exceeded(
    asking: list[tuple[float, int, bool]], rpm: int, tpm: int, limit: float | None
) -> None:
    """No minute has more requests than stated, or more tokens than stated and those of one request, and every request goes."""

    async def main() -> list[tuple[float, int]]:
        pacer, went = new_pacer(rpm, tpm, limit), list[tuple[float, int]]()

        async def one(tokens: int, *, refused: bool) -> None:
            sent = await pacer.turn(tokens)
            went.append((sent, tokens))
            pacer.throttled(sent) if refused else pacer.answered(tokens, tokens)

        tasks = []
        for pause_s, tokens, refused in asking:
            await asyncio.sleep(pause_s)
            tasks.append(asyncio.create_task(one(tokens, refused=refused)))
        await asyncio.gather(*tasks)
        return went

    went = simulated(main)
    assert len(went) == len(asking)
    for begin, _ in went:
        minute = [tokens for at, tokens in went if begin <= at < begin + 60]
        assert len(minute) <= rpm
        assert sum(minute) <= tpm + max(minute)


@pytest.mark.parametrize(("rpm", "tokens", "tpm", "seconds"), [(600, 0, None, 100), (None, 300, 18_000, 1000)])
def test_what_is_stated_is_used(rpm: float | None, tokens: int, tpm: float | None, seconds: float) -> None:
    """A thousand requests at 600 a minute take 100 s, of 300 tokens at 18,000 a minute 1000 s, and 3 % more at most."""

    async def main() -> float:
        pacer, began = new_pacer(rpm, tpm), now()
        for _ in range(1000):
            await pacer.turn(tokens)
            pacer.answered()
        return now() - began

    assert seconds * 0.99 < simulated(main) < seconds * 1.03


def test_tokens_that_were_reserved_and_not_used_are_given_back() -> None:
    """Requests that use a tenth of what was reserved for them go nearly ten times as fast, those that use more go slower."""

    async def main(used: int) -> float:
        pacer, began = new_pacer(tpm=60_000), now()
        for _ in range(200):
            await pacer.turn(1000)
            pacer.answered(used, 1000)
        return now() - began

    assert simulated(lambda: main(100)) == pytest.approx(20, rel=0.1)
    assert simulated(lambda: main(1000)) == pytest.approx(200, rel=0.1)
    assert simulated(lambda: main(2000)) == pytest.approx(400, rel=0.1)


# What the server permits is found


@pytest.mark.parametrize("at_once", [16, 64])
@pytest.mark.parametrize("window_s", [None, 1.0])
@pytest.mark.parametrize("rate", [5, 50])
def test_an_unknown_limit_is_found(rate: float, window_s: float | None, at_once: int) -> None:
    """From 10 s on at least 94 % of what is permitted is used, and one request in thirty is refused at most."""

    async def main() -> None:
        pacer, server = new_pacer(), Server(rate, window_s)
        await ask_for(pacer, server, 100, at_once)
        used, refused = server.seen(10, 100)
        assert used > 0.94 * rate
        assert refused < 90 * rate / 30
        assert pacer.pace.throttled == len(server.refused)
        assert pacer.pace.limit == pytest.approx(rate, rel=0.2)

    simulated(main)


def test_a_quota_of_a_minute_is_used_without_hammering() -> None:
    """60 a minute, in windows with long Retry-After: nearly all are used, one in ten at most is refused."""

    async def main() -> None:
        pacer, server = new_pacer(), Server(1, window_s=60)
        await ask_for(pacer, server, 600, at_once=8)
        assert len(server.let_through) >= 0.95 * 600
        assert len(server.refused) < 60

    simulated(main)


def test_a_server_that_shuts_for_long_is_probed_seldom() -> None:
    """Where each refusal costs all requests ten seconds, two thirds of what is permitted are used nevertheless."""

    async def main() -> None:
        pacer, server = new_pacer(), Server(20, shuts_s=10)
        await ask_for(pacer, server, 600)
        assert server.seen(60, 600)[0] > 2 / 3 * 20

    simulated(main)


def test_a_slow_start_after_throttling_ends_with_the_first_answer() -> None:
    """Who waits for ten seconds at a tenth of a request a second goes sooner once the rate has grown."""

    async def main() -> float:
        pacer = new_pacer(limit=0.1 / 0.95)
        sent = await pacer.turn()
        waiting = asyncio.create_task(pacer.turn())
        await asyncio.sleep(1)
        for _ in range(10):
            pacer.answered()
        return await waiting - sent

    assert simulated(main) < 9


def test_a_limit_that_falls_and_rises_is_followed() -> None:
    """From 50 a second to 5 and back: soon after the fall hardly any is refused, and soon after the rise 90 % is used."""

    async def main() -> None:
        pacer, server = new_pacer(), Server(50, later=((30, 5), (90, 50)))
        await ask_for(pacer, server, 180)
        used, refused = server.seen(45, 90)
        assert used > 4
        assert refused < 15
        assert server.seen(130, 180)[0] > 45

    simulated(main)


@pytest.mark.parametrize("retry_after", [True, False])
def test_all_is_as_before_once_throttling_stops(*, retry_after: bool) -> None:
    """A server that refuses all for 40 s is hardly asked meanwhile, and half a minute later 90 % of the limit is used again."""

    async def main() -> None:
        pacer, server = new_pacer(), Server(50, window_s=1, retry_after=retry_after, later=((20, 0), (60, 50)))
        await ask_for(pacer, server, 130)
        assert server.seen(20, 60)[1] < 100
        assert server.seen(95, 130)[0] > 45

    simulated(main)


def test_a_remembered_limit_is_where_a_run_begins() -> None:
    """It begins a little below the limit that an earlier run found, so less is refused than in a run that has to find it."""

    async def main(limit: float | None) -> int:
        pacer, server = new_pacer(limit=limit), Server(50)
        assert pacer.pace == Pace(limit and 0.95 * limit, limit, 0)
        await ask_for(pacer, server, 20)
        assert limit is None or server.seen(1, 20)[0] > 45
        return len(server.refused)

    assert simulated(lambda: main(50)) < 0.75 * simulated(lambda: main(None))


def test_a_stated_rate_adapts_to_a_server_that_permits_less() -> None:
    """3000 a minute stated and 10 a second permitted: 10 a second it is; where more is permitted, it stays as stated."""

    async def main(rate: float) -> tuple[float, int]:
        pacer, server = new_pacer(rpm=3000), Server(rate)
        await ask_for(pacer, server, 60)
        return server.seen(15, 60)

    used, refused = simulated(lambda: main(10))
    assert used > 9
    assert refused < 45
    assert simulated(lambda: main(80))[0] == pytest.approx(50, rel=0.02)


# One refusal after the other


def test_late_refusals_cut_no_more() -> None:
    """Ten refusals of requests that went together cut the rate once, however late; that of a later request cuts it again."""

    async def main() -> list[float]:
        pacer = new_pacer(limit=100)
        sent = [await pacer.turn() for _ in range(10)]
        rates = []
        for at in sent:
            pacer.throttled(at)
            rates.append(pacer.rate or 0)
            await asyncio.sleep(0.5)
        pacer.throttled(await pacer.turn())
        return [95, *rates, pacer.rate or 0]

    rates = simulated(main)
    assert rates[0] > rates[1]
    assert len(set(rates[1:-1])) == 1
    assert rates[-1] < rates[-2]


def test_the_first_burst_tells_how_fast_to_go_on() -> None:
    """Of 64 requests at once 54 are refused: it goes on at less than the ten a second that were let through, not at 64."""

    async def main() -> Pace:
        pacer = new_pacer()
        sent = [await pacer.turn() for _ in range(64)]
        for at in sent[10:]:
            pacer.throttled(at)
        return pacer.pace

    pace = simulated(main)
    assert pace.rate == pytest.approx(0.7 * 10)
    assert (pace.limit, pace.throttled) == (None, 54)


def test_it_never_falls_asleep() -> None:
    """Where everything is refused for an hour, still one request goes every ten seconds."""

    async def main() -> float:
        pacer, began = new_pacer(limit=50), now()
        while now() - began < 3600:
            pacer.throttled(await pacer.turn())
        before = now()
        await pacer.turn()
        return now() - before

    assert 5 < simulated(main) <= 10


def test_a_shut_gate_is_forgotten_once_others_go_on() -> None:
    """After a refusal with a long Retry-After, one without is an isolated one again."""

    async def main() -> float:
        pacer = new_pacer(limit=50)
        pacer.answered()
        pacer.throttled(await pacer.turn(), 30)
        sent = [await pacer.turn() for _ in range(500)][-1]
        before = pacer.rate or 0
        pacer.throttled(sent)
        return 1 - (pacer.rate or 0) / before

    assert simulated(main) == pytest.approx(0.012, rel=0.1)


def test_cuts_double_while_refusals_persist() -> None:
    """An isolated refusal costs about a hundredth; each that follows within two seconds about twice as much as the one before."""

    async def main() -> list[float]:
        pacer = new_pacer(limit=100)
        rates = [pacer.rate or 0]
        for _ in range(5):
            await asyncio.gather(*(pacer.turn() for _ in range(100)))
            await asyncio.sleep(1)
            pacer.throttled(await pacer.turn())
            rates.append(pacer.rate or 0)
        return [1 - after / before for before, after in pairwise(rates)]

    cuts = simulated(main)
    assert cuts[0] == pytest.approx(0.012, rel=0.1)
    assert all(after == pytest.approx(2 * before, rel=0.1) for before, after in pairwise(cuts))


def test_a_run_that_does_not_fill_its_rate_does_not_raise_it() -> None:
    """Answers to requests that did not have to wait say nothing of the limit."""

    async def main() -> tuple[float | None, float | None]:
        pacer = new_pacer(limit=50)
        before = pacer.rate
        for _ in range(300):
            await pacer.turn()
            pacer.answered()
            await asyncio.sleep(0.1)
        return before, pacer.rate

    before, after = simulated(main)
    assert before == after


@pytest.mark.parametrize(
    ("retry_after_s", "answering", "shut_s"), [(30, True, 30), (30, False, 30), (1, True, 0), (1, False, 1)]
)
def test_who_waits_as_long_as_the_server_asks(retry_after_s: float, shut_s: float, *, answering: bool) -> None:
    """All do if it asks for long, or answers nobody; else only the request that was refused."""

    async def main() -> float:
        pacer = new_pacer(limit=50)
        sent = await pacer.turn()
        if answering:
            pacer.answered()
        pacer.throttled(sent, retry_after_s)
        return await pacer.turn() - sent

    assert simulated(main) == pytest.approx(shut_s, abs=0.05)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from(["turn", "answered", "throttled", "long", "pause"]), max_size=80),
    st.sampled_from([None, 60]),
)
def test_no_course_of_events_starves_anyone(events: list[str], rpm: int | None) -> None:
    """Whatever came before, the next request goes within a minute and a half, and the rate is one to display."""

    async def main() -> None:
        pacer, sent = new_pacer(rpm), [now()]
        for event in events:
            if event == "turn":
                sent.append(await pacer.turn())
            elif event == "answered":
                pacer.answered()
            elif event == "pause":
                await asyncio.sleep(2.5)
            else:
                pacer.throttled(sent[-1], 60 if event == "long" else None)
        began = now()
        for _ in range(3):
            await pacer.turn()
        assert now() - began < 90
        assert pacer.rate is None or 0 < pacer.rate < math.inf
        assert pacer.pace.throttled == events.count("throttled") + events.count("long")

    simulated(main)
