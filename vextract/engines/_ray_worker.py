"""One worker of a run on a Ray cluster: does what the local engine does with one document after another, many at once.

Its processes, its connection to the model and the store of its machine are its own. Nothing here knows Ray.
"""

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.util import get_temp_dir
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.engines import local
from vextract.engines.workers import workers
from vextract.errors import EngineError, VextractError
from vextract.meter import Meter, Tally
from vextract.pipeline import Job
from vextract.sending import Share
from vextract.sources.expand import Source
from vextract.types import Usage

if TYPE_CHECKING:
    from vextract.askers import Askers
    from vextract.asking import Asker

__all__ = ["Did", "SetUp", "Spending", "Worker", "own_version"]


# Whoever halts a worker waits for it, not the worker itself.
_AT_ONCE = threading.Event()
_AT_ONCE.set()


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a worker needs to know.

    Attributes:
        job: what is done with each document.
        jobs: processes that read pages.
        asker: makes what asks the model, None if none is asked; has no key in it: each machine has its own.
        among, at_once: see `vextract.sending.Share`.
        limits: the most that may be spent, and what earlier sessions have.
        folder: the current directory of the run, which relative names are about, where the worker has it too.
        version: of this package, which has to be the same.
        here: the name of the machine that it is called on.
    """

    job: Job
    jobs: int
    asker: "Callable[[Share], Asker | Askers | None]"
    among: int
    at_once: int
    limits: tuple[float | None, int | None, Tally]
    folder: str
    version: str
    here: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Spending:
    """What was paid for since it was last told: one usage for each answer, and how many answers were kept ones."""

    usages: tuple[Usage, ...] = ()
    stored: int = 0


@dataclass(frozen=True, slots=True)
class Did:
    """What became of a source.

    Attributes:
        events: as the local engine tells them; empty if the source is left for another run.
        spending: of the worker, since it last told.
        halted: why the worker asks no more.
    """

    events: "tuple[local.Event, ...]" = ()
    spending: Spending = Spending()
    halted: VextractError | None = None


def own_version() -> str:
    """The version of this package, as it is installed."""
    try:
        return version("vextract")
    except PackageNotFoundError:
        return "unknown"


@dataclass
class _Reporting(Meter):
    """A meter that also gathers what is to be told; it may be asked from any thread."""

    _untold: list[Usage] = field(default_factory=list)
    _told_stored: int = 0
    _telling: threading.Lock = field(default_factory=threading.Lock)

    def settle(self, usage: Usage | None) -> None:
        super().settle(usage)
        if usage is not None:
            with self._telling:
                self._untold.append(usage)

    def taken(self) -> Spending:
        """What was spent since it was last asked."""
        with self._telling:
            usages, self._untold = tuple(self._untold), []
            stored = self.now.stored - self._told_stored
            self._told_stored += stored
        return Spending(usages, stored)


class Worker:
    """A worker; its methods are called from several threads at once."""

    def __init__(self, set_up: SetUp) -> None:
        self._set_up = set_up
        max_cost, max_tokens, before = set_up.limits
        self._meter = _Reporting(max_cost, max_tokens, before)
        self._stale: set[str] = set()
        self._asker: Asker | Askers | None = None
        self._stack = ExitStack()

    def begin(self) -> "str | VextractError":
        """Makes all ready: the number of the machine, or why that cannot be."""
        set_up = self._set_up
        if set_up.version != own_version():
            return EngineError(
                f"a worker has version {own_version()} of vextract, and this is {set_up.version}",
                "install the same one on all machines of the cluster",
            )
        with suppress(OSError):
            os.chdir(set_up.folder)
        # Processes forked from here would import the cluster's own main program, each once more.
        sys.modules["__main__"].__dict__.pop("__file__", None)
        share = Share(set_up.among, set_up.at_once, self._meter, self._stale.__contains__)
        try:
            self._asker = set_up.asker(share)
        except VextractError as error:
            return error
        if self._asker:
            self._stack.callback(self._asker.close)
        scratch = tempfile.TemporaryDirectory(prefix="vextract-", ignore_cleanup_errors=True)
        self._scratch = Path(self._stack.enter_context(scratch))
        # Workers of a cluster are killed when they are no longer needed, and run nothing that would tidy up.
        self._stack.callback(shutil.rmtree, get_temp_dir(), ignore_errors=True)
        self._pool = self._stack.enter_context(workers(set_up.jobs, set_up.job, self._scratch))
        return set_up.here()

    def do(self, source: Source, stale: bool) -> Did:  # noqa: FBT001  called from afar
        """What becomes of a source; `stale`: answers about it that are kept are not to be used."""
        if stale:
            self._stale.add(source.name)
        events = local.one(source, self._set_up.job, self._pool, self._scratch, self._asker)
        return Did(tuple(events), self._meter.taken(), self._asker.halted if self._asker else None)

    def spending(self) -> Spending:
        """What was spent since it was last told."""
        return self._meter.taken()

    def halt(self, why: VextractError) -> None:
        """Asks no more; answers that are under way still come."""
        if self._asker:
            self._asker.halt(why, _AT_ONCE)

    def end(self) -> None:
        """Gives everything back."""
        self._stack.close()
