"""How fast requests may go out to one server: what the user says, or what the server lets through, found by asking it.

It knows neither models nor protocols: it is told when a request was answered or refused, and says when the next may go.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

__all__ = ["Pace", "Pacer"]

# Rates are requests a second, times seconds. The constants were chosen by simulating token buckets and windows that permit 1 to 200
# requests a second, with answers after 0.25 to 3 s and 16 to 64 requests at once; bench/rate.py measures what came of it.

# A little more than 60, so that rounding and timers put no request too many into a minute.
_MINUTE_S = 60.1
# So much that was missed may be made up for at once: late timers cost no rate, and a pause buys no burst to speak of.
_CATCH_UP_S, _TOKENS_CATCH_UP_S = 0.1, 1.0
# A waiting request looks again this often, since the rate may have grown meanwhile.
_LOOK_S = 0.5

# Until the first refusal nothing waits. A start at 5 a second that doubles with each round trip took 1.2 to 4 times as long where
# nothing is ever refused, and where something is, it spared a part of one burst and took longer still.
_RECENT_S = 10.0
_FIRST_CUT = 0.3  # of what was let through lately: some of that was saved up while nothing was asked
# The next one ends the search, which went too far by what a bucket held. Later ones come from creeping over the limit, so a little
# less is enough; cuts double while refusals persist.
_FOUND_CUT, _CUT, _DEEPEST_CUT, _PERSISTING_EPOCHS = 0.1, 0.012, 0.4, 2.5
_FEWEST_KEPT = 0.1
_SLOWEST = 0.1
# What a cut has brought shows after a second, or after some requests more.
_EPOCH_S, _EPOCH_REQUESTS = 1.0, 3

# Growth a second, as a share of the rate: quick while the limit is sought, slow near it, quick again once all has long been calm.
_FAR_BELOW, _BELOW = 0.5, 0.95
_SEARCH, _RECOVERY, _CREEP, _PROBE = 0.5, 0.12, 0.004, 0.2
_CALM_S, _CALM_REQUESTS, _LONGEST_CALM_S = 6.0, 60, 60.0

# Shorter waits than the first concern the request that was refused alone, as long as others are answered. Where the server shuts
# for all, each refusal costs that long, so calm and persistence are measured in so many times as long.
_LONG_SHUT_S, _CALM_SHUTS, _PERSISTING_SHUTS, _LONGEST_SHUT_S = 2.0, 8, 5, 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast requests go to a server at one moment.

    Attributes:
        rate: requests a second that may go out now; None: as many as come.
        limit: requests a second that the server was found to permit, or was remembered to; None where it was not found.
        throttled: how many requests it has refused because they came too fast.
    """

    rate: float | None
    limit: float | None
    throttled: int


class Pacer:
    """Says when requests to one server may go; for use in one event loop.

    Until the first refusal nothing waits, unless the user states a rate.

    Args:
        rpm: requests a minute, never exceeded in any minute; None where unknown.
        tpm: tokens a minute; exceeded in a minute by one request's at most, and by what requests under way were corrected by.
        limit: what an earlier run found the server to permit, requests a second; begins near it.
        clock: seconds that only grow.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        rpm: float | None = None,
        tpm: float | None = None,
        *,
        limit: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._line = asyncio.Lock()  # first come, first served: only its holder sleeps
        # What is made up for counts in the minute, too.
        self._ceiling = math.inf if rpm is None else rpm / (_MINUTE_S + _CATCH_UP_S)
        self._token_rate = math.inf if tpm is None else tpm / (_MINUTE_S + _TOKENS_CATCH_UP_S)
        self._limit = None if limit is None else min(limit, self._ceiling)
        self._rate = self._ceiling if self._limit is None else _BELOW * self._limit
        self._went = self._next_tokens = self._opens = -math.inf
        self._cut_at = self._waited_at = self._answered_at = -math.inf
        self._sent = self._refused = self._cuts = self._throttled = 0
        self._shut_s = 0.0  # how long the server last shut for all
        self._recent = deque[float]()  # when requests went, until the first cut

    @property
    def rate(self) -> float | None:
        """Requests a second that may go out now; None: as many as come."""
        return None if math.isinf(self._rate) else self._rate

    @property
    def pace(self) -> Pace:
        """How fast requests go now, for the ledger and for display."""
        return Pace(self.rate, self._limit, self._throttled)

    async def turn(self, tokens: int = 0) -> float:
        """When the request went, by the clock: waits until it may, in the order of asking.

        Args:
            tokens: how many it will probably use.
        """
        async with self._line:
            while (wait_s := self._free_at() - (now := self._clock())) > 0:
                if self._due() > now:
                    self._waited_at = now
                await self._sleep(min(wait_s, _LOOK_S))
            self._went = max(self._went + 1 / self._rate, now)
            self._next_tokens = max(self._next_tokens, now) + tokens / self._token_rate
            self._sent += 1
            if math.isinf(self._rate):
                self._remember(now)
            return now

    def answered(self, tokens: int | None = None, reserved: int = 0) -> None:
        """Takes note that a request was let through; the tokens it really used replace those reserved for it."""
        now = self._answered_at = self._clock()
        if tokens is not None:
            self._next_tokens += (tokens - reserved) / self._token_rate
        if math.isinf(self._rate) or now - self._waited_at > self._epoch_s():
            return  # nothing has waited: that all is well at less than the rate says nothing of the rate
        self._rate = min(self._ceiling, self._rate + self._growth(now))
        if self._limit is not None:
            self._limit = max(self._limit, self._rate)

    def throttled(self, sent: float, retry_after_s: float | None = None) -> None:
        """Takes note that the server has refused a request because it came too fast.

        Args:
            sent: when it went, as `turn` said.
            retry_after_s: how long the server asks to wait; None if it does not say.
        """
        now = self._clock()
        self._throttled += 1
        if retry_after_s and (retry_after_s > _LONG_SHUT_S or now - self._answered_at > self._epoch_s()):
            self._opens = max(self._opens, now + retry_after_s)
            self._shut_s = min(retry_after_s, _LONGEST_SHUT_S)
        if sent <= self._cut_at:
            self._late()
            return
        if now >= self._opens:
            self._shut_s = 0.0  # others go on
        self._refused += 1
        if math.isinf(self._rate):
            self._begin(now)
        elif now - self._cut_at >= self._epoch_s():
            self._cut(now)

    def _free_at(self) -> float:
        return max(self._opens, self._due(), self._next_tokens - _TOKENS_CATCH_UP_S)

    def _due(self) -> float:
        """When the next may go as far as the rate is concerned: the rate of now, not the one of when the last went."""
        return self._went + 1 / self._rate - _CATCH_UP_S

    def _epoch_s(self) -> float:
        return max(_EPOCH_S, _EPOCH_REQUESTS / self._rate)

    def _remember(self, now: float) -> None:
        self._recent.append(now)
        while now - self._recent[0] > _RECENT_S:
            self._recent.popleft()

    def _begin(self, now: float) -> None:
        """Paces from now on, at what was let through lately."""
        if len(self._recent) > 1:
            self._recent.pop()  # this one was not
        span_s = max(_EPOCH_S, now - self._recent[0]) if self._recent else _EPOCH_S
        self._slow_to(max(1, len(self._recent)) / span_s * (1 - _FIRST_CUT), now)

    def _late(self) -> None:
        """A refusal of what went before the last cut says only that less was let through than the first cut assumed."""
        if len(self._recent) > 1:
            self._rate = max(_SLOWEST, self._rate * (1 - 1 / len(self._recent)))
            self._recent.pop()

    def _cut(self, now: float) -> None:
        """Slows down, the more so if refusals persist."""
        self._recent.clear()
        persisting_s = max(_PERSISTING_EPOCHS * self._epoch_s(), _PERSISTING_SHUTS * self._shut_s)
        self._cuts = self._cuts + 1 if now - self._cut_at < persisting_s else 0
        share = _FOUND_CUT if self._limit is None else min(_DEEPEST_CUT, _CUT * 2**self._cuts)
        kept = max(_FEWEST_KEPT, 1 - (self._refused - 0.5) / max(1, self._sent))
        if self._answered_at > self._cut_at and kept > _FEWEST_KEPT:
            self._limit = self._rate * kept  # a server that answers nothing says nothing of its limit
        self._slow_to(self._rate * min(kept, 1 - share), now)

    def _slow_to(self, rate: float, now: float) -> None:
        self._rate = max(min(_SLOWEST, self._ceiling), rate)
        self._cut_at = now
        self._sent = self._refused = 0

    def _growth(self, now: float) -> float:
        """What an answer adds to the rate: since as many come in a second, its growth a second, as a share of itself."""
        if self._limit is None or self._rate < _FAR_BELOW * self._limit:
            return _SEARCH
        if self._rate < _BELOW * self._limit:
            return _RECOVERY
        calm_s = max(_CALM_S, min(_LONGEST_CALM_S, _CALM_REQUESTS / self._rate), _CALM_SHUTS * self._shut_s)
        creep = _CREEP * _CALM_S / calm_s
        quiet_s = now - self._cut_at - calm_s
        return min(_PROBE, creep * math.exp2(min(64.0, max(0.0, 4 * quiet_s / calm_s))))
