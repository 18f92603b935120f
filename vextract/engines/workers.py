"""Where the work of a run is done: in worker processes, or in this very process."""

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from vextract import pipeline
from vextract.interrupting import shielded
from vextract.pipeline import Job
from vextract.privacy import refuse_network, refuses_network

__all__ = ["Inline", "Workers", "workers"]

# Pages under way or waiting for their turn, for each worker: enough that no worker waits, few enough to hold.
_WINDOW = 4
# Tesseract is twice as fast on a page with one thread as with several.
_ONE_THREAD = "OMP_THREAD_LIMIT"
# PDFium is not thread-safe: threads of one process that read without workers take turns, page by page.
_INLINE_LOCK = threading.Lock()
# A worker gets this much longer than the reader's own limit before it is killed.
_GRACE_S = 60.0


class Workers(Protocol):
    """Where functions run: worker processes, or this very process."""

    window: int

    def submit(self, function: Callable[..., Any], *args: object, pages: int = 1) -> "Future[Any]":
        """Has the function called; its outcome comes with the future. It has the time of so many pages."""
        ...


class Inline:
    """Does the work at once in this process, one thing at a time, whichever thread asks."""

    window = 1

    def submit(self, function: Callable[..., Any], *args: object, pages: int = 1) -> "Future[Any]":
        """The outcome, as a future that is done."""
        del pages
        future: Future[Any] = Future()
        try:
            with _INLINE_LOCK:
                future.set_result(function(*args))
        except Exception as error:  # noqa: BLE001  handed on to whoever asks for the result, as a pool does
            future.set_exception(error)
        return future


class _Pool:
    """Worker processes, one page at a time each; a page over its time is killed with its worker."""

    def __init__(self, jobs: int, timeout_s: float, scratch: Path) -> None:
        from multiprocessing import get_context

        from pebble import ProcessPool

        # Forked from a server that has the heavy modules loaded: quick to start, and safe beside threads.
        context = get_context("forkserver")
        context.set_forkserver_preload(["vextract.preload"])
        _start_server()
        self._pool = ProcessPool(
            jobs, context=context, initializer=_prepare_worker, initargs=[str(scratch), refuses_network()]
        )
        self._timeout_s = timeout_s
        self.window = _WINDOW * jobs

    def submit(self, function: Callable[..., Any], *args: object, pages: int = 1) -> "Future[Any]":
        timeout_s = self._timeout_s * max(1, pages)
        with shielded():  # the pool's lock must be given back
            future: Future[Any] = self._pool.schedule(function, args=list(args), timeout=timeout_s)
        return future

    def stop(self) -> None:
        """Kills what is still running; nothing is waited for."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble has no types here
        self._pool.join()


@contextmanager
def workers(jobs: int, job: Job, scratch: Path) -> Iterator[Workers]:
    """As many worker processes as that; with 0 jobs, this very process."""
    if jobs == 0:
        # Stays set: threads of the caller may be reading too, and Tesseract takes it from the environment alone.
        os.environ.setdefault(_ONE_THREAD, "1")
        try:
            yield Inline()
        finally:
            with _INLINE_LOCK:
                pipeline.forget()
        return
    pool = _Pool(jobs, job.reading.timeout_s + _GRACE_S, scratch)
    try:
        yield pool
    finally:
        pool.stop()


def _start_server() -> None:
    """Starts what workers are forked from, deaf to Ctrl-C: it ignores that only once it is up, and ends with a traceback before."""
    from multiprocessing import forkserver, resource_tracker

    resource_tracker.ensure_running()  # first, as it lifts the block again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare_worker(scratch: str, local_only: bool) -> None:  # noqa: FBT001  pools pass by position
    # Ctrl-C is the main process's affair; what libraries print must not reach the product; temporary files go with the run.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)
    tempfile.tempdir = scratch
    os.environ["TMPDIR"] = scratch
    os.environ[_ONE_THREAD] = "1"
    if local_only:
        refuse_network()
