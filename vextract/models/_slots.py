"""How many requests may be under way, counted from when they go out: the next one is put together meanwhile.

Client libraries take milliseconds of this one thread to put a request together. If all that may be under way were put together at
the same time, a little of each in turn, they would go out together, come back together, and leave the server idle in between.
"""

import asyncio
import time
from types import TracebackType
from typing import Self

__all__ = ["Slot", "Slots"]


class Slots:
    """The places of one model.

    Args:
        at_once: how many there are.
        timeout_s: how long a request may take from when it goes out.
    """

    def __init__(self, at_once: int, timeout_s: float) -> None:
        self.preparing = asyncio.Lock()
        self.free = asyncio.Semaphore(at_once)
        self.timeout_s = timeout_s

    def slot(self) -> "Slot":
        """A place for one request, not yet taken."""
        return Slot(self)


class Slot:
    """One request's place; a context manager around putting it together, sending it, and taking its answer.

    Its end raises TimeoutError if the answer did not come in time.
    """

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._clock = asyncio.timeout(None)
        self._preparing = self._taken = False
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the request went out."""
        return time.perf_counter() - self._began

    async def __aenter__(self) -> Self:
        await self._slots.preparing.acquire()
        self._preparing = True
        await self._clock.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._prepared()
        if self._taken:
            self._taken = False
            self._slots.free.release()
        await self._clock.__aexit__(kind, error, traceback)

    async def begin(self, _request: object = None) -> None:
        """The request is put together: waits for a place, and lets the next one be put together."""
        if not self._taken:
            await self._slots.free.acquire()
            self._taken = True
        self._prepared()
        self._began = time.perf_counter()
        self._clock.reschedule(asyncio.get_running_loop().time() + self._slots.timeout_s)

    def _prepared(self) -> None:
        if self._preparing:
            self._preparing = False
            self._slots.preparing.release()
