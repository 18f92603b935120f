"""Runs a job on a Ray cluster: each worker is handed documents one by one, and what becomes of them comes back here.

This process alone writes the results, so its journal is the ledger of the run, as with the local engine. A worker that dies has its
documents handed out again: none is lost, and none comes twice, since each is told of once. Only sources go to the workers and only
what became of them comes back, so many at a time as the workers do at once.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TYPE_CHECKING

from vextract.engines._ray_cluster import Cluster, connected, plan
from vextract.engines._ray_crew import Crew
from vextract.engines._ray_purse import Purse
from vextract.engines._ray_run import Run, Telling
from vextract.engines._ray_worker import SetUp, own_version
from vextract.engines.entries import Event
from vextract.engines.local import HURRY
from vextract.errors import Interrupted, VextractError
from vextract.meter import Meter
from vextract.pipeline import Job
from vextract.sources.expand import Source
from vextract.types import Usage

if TYPE_CHECKING:
    from vextract.askers import Askers
    from vextract.asking import Asker
    from vextract.sending import Share

__all__ = ["Cluster", "RayEngine"]


class RayEngine:
    """A cluster that a run is carried out on.

    Args:
        cluster: which one.
        asker: makes what asks the model, in each worker.
        at_once: most requests under way, of all workers together.
        keeps: whether answers are kept for another run.
        drain_s: so long answers that are under way are waited for when the run is stopped.
    """

    def __init__(
        self,
        cluster: Cluster,
        asker: "Callable[[Share], Asker | Askers | None]",
        at_once: int,
        *,
        keeps: bool = False,
        drain_s: float = 10.0,
    ) -> None:
        self._cluster, self._asker, self._at_once, self._keeps = cluster, asker, at_once, keeps
        self._drain_s = drain_s
        self._run: Run | None = None
        self.keep(Meter())

    @property
    def halted(self) -> VextractError | None:
        """Why nothing more is done; None while it is."""
        return self._run.halted if self._run else None

    def keep(
        self,
        meter: Meter,
        paid: Callable[[Sequence[Usage]], None] | None = None,
        stale: Callable[[str], bool] | None = None,
    ) -> None:
        """Has what is spent counted.

        Args:
            meter: counts it, and knows the limits.
            paid: is told each time something was paid for.
            stale: whether answers about a source that are kept are not to be used.
        """
        self._purse = Purse(meter, paid or (lambda _: None))
        self._stale = stale or (lambda _: False)

    def run(self, sources: Iterable[Source], job: Job, *, ordered: bool = True) -> Generator[Event, None, None]:
        """Does the job with all sources; see `vextract.engines.local.run`.

        Raises:
            Interrupted: after Ctrl-C or SIGTERM, once what was finished has been yielded.
            VextractError: the cluster cannot be had, or why nothing more is asked, once what was finished has been yielded.
        """
        HURRY.clear()
        meter = self._purse.meter
        with connected(self._cluster) as nodes:
            parts = plan(nodes, self._cluster)
            limits = (meter.max_cost_usd, meter.max_tokens, meter.before)
            set_up = SetUp(job, parts.cpus, self._asker, parts.workers, 1, limits, os.getcwd(), own_version(), _here)
            crew = Crew(set_up, parts, self._at_once if job.models else 1)
            told = Telling(ordered, self._keeps, self._stale)
            run = self._run = Run(crew, iter(sources), job, self._purse, told)
            try:
                yield from run.events()
            except KeyboardInterrupt as interrupt:
                stopped = Interrupted("interrupted", "what was finished is written")
                run.stop(stopped)
                yield from run.drained(self._drain_s if job.models else 0.0)
                raise stopped from interrupt
            finally:
                crew.end()
        if run.halted:
            raise run.halted

    def halt(self, why: VextractError, hurry: threading.Event) -> None:
        """Does nothing more, and waits a little for the answers that are under way, until there is a hurry."""
        del hurry  # it is the one that is looked at anyway
        if self._run:
            self._run.stop(why)
            deque(self._run.drained(self._drain_s), maxlen=0)


def _here() -> str:
    """The name of the machine that a worker runs on."""
    import ray

    return str(ray.get_runtime_context().get_node_id())
