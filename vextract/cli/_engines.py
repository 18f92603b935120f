"""Where a run is carried out, as --engine says; and what cannot be done there."""

import os
from functools import partial
from typing import TYPE_CHECKING

from vextract.cli._batch import Batch
from vextract.connecting import asker_among
from vextract.engines.ray import Cluster, RayEngine
from vextract.errors import UsageError
from vextract.jobs import chosen_model
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
    model = chosen_model(settings) if job.vision else None
    cluster = Cluster(
        address=batch.ray_address or os.environ.get("RAY_ADDRESS") or None,
        workers=batch.workers,
        jobs=settings.jobs,
        gpu=model is not None and model.provider in _IN_PROCESS,
    )
    store = os.path.abspath(settings.store) if settings.store else None
    sent = settings.model_copy(update={"store": store})
    return RayEngine(
        cluster,
        partial(asker_among, sent)
        if job.vision
        else partial(asker_among, sent.model_copy(update={"model": job.reader})),
        settings.concurrency,
        keeps=settings.cache != "off",
    )


def _check(job: Job, asking: "Asking | None") -> None:
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
