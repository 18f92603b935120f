"""Simulated time, and servers that permit only so many requests a second in it."""

import asyncio
import math
import random
import selectors
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from vextract.pacing import Pacer

__all__ = ["Server", "ask_for", "new_pacer", "now", "simulated"]

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("all wait for each other")
        self.now += max(0.0, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.selector = _Selector()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.now


def simulated(main: Callable[[], Awaitable[T]]) -> T:
    """What `main` comes to. Time passes only while all wait, and then at once."""
    with asyncio.Runner(loop_factory=_Loop) as runner:

        async def run() -> T:
            return await main()

        return runner.run(run())


def now() -> float:
    """Seconds, as simulated."""
    return asyncio.get_running_loop().time()


def new_pacer(rpm: float | None = None, tpm: float | None = None, limit: float | None = None) -> Pacer:
    """A pacer that goes by simulated time."""
    return Pacer(rpm, tpm, limit=limit, clock=now)


@dataclass
class Server:
    """Permits so many requests a second: a bucket that holds a second's worth, or fixed windows; times count from its start."""

    rate: float
    window_s: float | None = None
    retry_after: bool = True
    shuts_s: int = 0  # how long it asks to wait at least
    later: tuple[tuple[float, float], ...] = ()  # from which time on which rate
    began: float = field(default_factory=now)
    let_through: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    saved: float = math.inf
    last: float = 0.0
    in_window: int = 0

    def refuses(self) -> tuple[bool, float | None]:
        """Whether it refuses a request now, and its Retry-After."""
        at = now() - self.began
        self.rate = next((rate for since, rate in reversed(self.later) if since <= at), self.rate)
        if self.window_s:
            if at // self.window_s > self.last // self.window_s:
                self.in_window = 0
            self.in_window += 1
            wait_s = 0.0 if self.in_window <= self.rate * self.window_s else self.window_s - at % self.window_s
        else:
            self.saved = min(max(1.0, self.rate), self.saved + (at - self.last) * self.rate)
            wait_s = 0.0 if self.saved >= 1 else min(60.0, (1 - self.saved) / max(self.rate, 1e-9))
            self.saved -= wait_s == 0
        self.last = at
        (self.refused if wait_s else self.let_through).append(at)
        return wait_s > 0, max(1, self.shuts_s, math.ceil(wait_s)) if wait_s and self.retry_after else None

    def seen(self, begin: float, end: float) -> tuple[float, int]:
        """Requests a second that were let through between two times, and how many were refused."""
        refused = sum(begin <= at < end for at in self.refused)
        return sum(begin <= at < end for at in self.let_through) / (end - begin), refused


async def ask_for(pacer: Pacer, server: Server, seconds: float, at_once: int = 64, latency_s: float = 0.25) -> None:
    """So many workers that ask for so long."""
    dice = random.Random(1)

    async def worker() -> None:
        while True:
            sent = await pacer.turn()
            await asyncio.sleep(dice.uniform(0.005, 0.015))
            refused, retry_after_s = server.refuses()
            if refused:
                pacer.throttled(sent, retry_after_s)
            else:
                await asyncio.sleep(latency_s * dice.lognormvariate(0, 0.5))
                pacer.answered()

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(worker() for _ in range(at_once)))
