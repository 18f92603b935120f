"""Where a run is carried out, as --engine says; and what cannot be done there."""

import os
from functools import partial
from typing import TYPE_CHECKING

from vextract.cli import _by_batch as by_batch
from vextract.cli._batch import Batch
from vextract.connecting import asker_among
from vextract.engines.ray import Cluster, RayEngine
from vextract.errors import UsageError
from vextract.jobs import lineup
from vextract.pipeline import Job
from vextract.settings import Settings

if TYPE_CHECKING:
    from vextract.cli._asking import Asking

__all__ = ["chosen_engine"]

# Models of these providers are in the memory of each worker.
_IN_PROCESS = frozenset({"hf", "gguf"})


def chosen_engine(settings: Settings, batch: Batch, job: Job, asking: "Asking | None") -> RayEngine | None:
    """The engine that is not this machine's own; None for that.

    Raises:
        UsageError: something is wanted that is done on this machine alone.
    """
    if batch.engine == "local":
        return None
    _check(job, asking)
    providers = {name.provider for name in lineup(settings).models} if job.models else set[str]()
    cluster = Cluster(
        address=batch.ray_address or os.environ.get("RAY_ADDRESS") or None,
        workers=batch.workers,
        jobs=settings.jobs,
        gpu=bool(providers & _IN_PROCESS),
    )
    store = os.path.abspath(settings.store) if settings.store else None
    sent = settings.model_copy(update={"store": store})
    if not job.models:
        # A model may be named that this task has no use for.
        sent = sent.model_copy(update={"model": job.reader})
    keeps = settings.cache != "off"
    return RayEngine(cluster, partial(asker_among, sent), settings.concurrency, keeps=keeps, drain_s=settings.drain_s)


def _check(job: Job, asking: "Asking | None") -> None:
    if by_batch.current():
        raise UsageError("--engine ray asks at once, and a batch does not", "leave one of them out")
    if job.making is not None:
        raise UsageError(
            "pictures of results are made on this machine, not by --engine ray",
            "leave out --overlay, --preview, --crops and --images; make them of the records: `vextract overlay`",
        )
    if asking and (asking.show or asking.record):
        raise UsageError(
            "--show-request and --record are of this machine, not of --engine ray",
            "try them with a few documents first",
        )
