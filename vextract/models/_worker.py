"""One thread for a model that runs in this process: the event loop goes on, and one answer is written at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

from vextract.errors import ModelTimeout, UsageError
from vextract.requests import Clip, Part

__all__ = ["Job", "Worker", "chosen", "refuse_clip", "truth"]

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Job:
    """What work in the thread is told of the one who waits for it.

    Attributes:
        stopped: is set when nobody waits any longer, so that the model need not go on.
        say: hands on a piece of the answer.
    """

    stopped: Event
    say: Callable[[str], None]


class Worker:
    """A thread that works for one model, one thing after the other."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vextract-model")
        self._turn = asyncio.Lock()

    async def run(
        self,
        work: Callable[[Job], ResultT],
        timeout_s: float | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> ResultT:
        """What the work gives.

        Args:
            work: is done in the thread, and should end soon after `Job.stopped` is set.
            timeout_s: longest wait once it is its turn; None: as long as it takes.
            on_text: is called on the event loop with what the work says.

        Raises:
            ModelTimeout: it took longer.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(timeout_s):
                    return await self._done(work, on_text)
            except TimeoutError as error:
                raise ModelTimeout(
                    f"{self._name} did not finish its answer within {timeout_s:g} s",
                    "allow more time with --timeout, or a shorter answer with --max-tokens",
                ) from error

    async def _done(self, work: Callable[[Job], ResultT], on_text: Callable[[str], None] | None) -> ResultT:
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        stopped = Event()

        def say(piece: str) -> None:
            if on_text and piece and not stopped.is_set():
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        future = loop.run_in_executor(self._thread, work, Job(stopped, say))
        future.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await pieces.get()) is not None:
                if on_text:
                    on_text(piece)
            return await future
        finally:
            stopped.set()

    async def close(self) -> None:
        """Waits until the thread has ended."""
        await asyncio.to_thread(self._thread.shutdown)


def refuse_clip(part: Part, name: str) -> None:
    """Raises UsageError for a video file."""
    if isinstance(part, Clip):
        raise UsageError(
            f"{name} takes no video files", "use pictures of the video, or a model that takes videos, such as Gemini's"
        )


def chosen(options: dict[str, Any], known: frozenset[str], name: str) -> None:
    """Raises UsageError for an option that is not known."""
    for option in options:
        if option not in known:
            raise UsageError(f"{name} has no option {option!r}", f"-O takes {', '.join(sorted(known))}")


def truth(value: object) -> bool:
    """Whether an option is switched on, as it is written on a command line or in a file."""
    return str(value).strip().lower() in {"1", "true", "yes", "on"}
