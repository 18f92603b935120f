"""Signals that end a run come at places made for them, not in the middle of a step that must be whole.

A handler that raises KeyboardInterrupt does so wherever the main thread happens to be. Python's own locks, those of futures and
queues, may be held there, and are then never given back: whoever waits for them waits for ever.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["exposed", "interrupt", "result_of", "shielded"]

ResultT = TypeVar("ResultT")


@dataclass
class _State:
    shielded: bool = False
    pending: bool = False


_state = _State()


@contextmanager
def shielded() -> Iterator[None]:
    """In here an interruption waits for the end, or for what is `exposed`. In other threads, which get no signals, nothing."""
    with _set(shielded=True):
        yield


@contextmanager
def exposed() -> Iterator[None]:
    """A place for interruptions amid what is shielded: where this thread waits for something, or hands over to other code."""
    with _set(shielded=False):
        yield


@contextmanager
def _set(*, shielded: bool) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before, _state.shielded = _state.shielded, shielded
    try:
        _raise_pending()
        yield
    finally:
        _state.shielded = before
    _raise_pending()


def _raise_pending() -> None:
    if _state.pending and not _state.shielded:
        _state.pending = False
        raise KeyboardInterrupt


def interrupt() -> None:
    """For signal handlers: raises KeyboardInterrupt, or has it raised as soon as that may be."""
    _state.pending = True
    _raise_pending()


def result_of(future: "Future[ResultT]") -> ResultT:
    """The future's result, waited for without holding a lock of its own."""
    done: SimpleQueue[None] = SimpleQueue()
    with shielded():
        future.add_done_callback(lambda _: done.put(None))
        with exposed():
            done.get()
        return future.result()
