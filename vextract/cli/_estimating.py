"""`--estimate`: what a run would take, on standard output: readable on a terminal, JSON on a pipe."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from vextract.cli._console import emit, terminable
from vextract.engines.local import default_jobs
from vextract.errors import UsageError
from vextract.estimating import Estimate, Requests, estimate
from vextract.meter import Meter
from vextract.pipeline import Job
from vextract.sending import Keeping
from vextract.session import open_store
from vextract.settings import Settings
from vextract.sources.expand import Source

if TYPE_CHECKING:
    from vextract.cli._asking import Asking

__all__ = ["estimated"]


def estimated(settings: Settings, job: Job, sources: Iterable[Source], asking: "Asking | None") -> int:
    """Tells what a run would take; gives the exit code.

    Raises:
        UsageError: no model is named: nothing is sent, and nothing is paid.
    """
    if asking is None or not job.models:
        raise UsageError(
            "--estimate is for vision models, and none is named", "readers on this machine cost nothing but time"
        )
    store = open_store(settings)
    meter = Meter()
    try:
        requests = Requests(
            lambda model: store.runs.typical(model, job.task) if store else None, meter, settings.prices
        )
        keeping = Keeping(store, answers=settings.cache == "use", meter=meter)
        asker = asking.asker(settings.model_copy(update={"max_cost": None}), keeping, requests.show)
        assert asker is not None, "there is a model"
        with terminable():
            jobs = settings.jobs or default_jobs()
            found = estimate(sources, job, jobs, asker, requests)
    finally:
        if store:
            store.close()
    told = "\n".join(_lines(found)) if sys.stdout is not None and sys.stdout.isatty() else json.dumps(asdict(found))
    emit(told)
    return 0


def _lines(found: Estimate) -> Iterable[str]:
    yield f"documents      {found.documents}" + (f" ({found.unreadable} cannot be read)" if found.unreadable else "")
    yield f"pages          {found.pages}" + (
        "" if found.sampled_pages == found.pages else f" (requests made ready for {found.sampled_pages} of them)"
    )
    yield f"requests       {found.requests}" + (
        f" (besides {found.stored} answers in the store)" if found.stored else ""
    )
    yield f"input tokens   {_known(found.input_tokens)}"
    based = f" (as {found.answers_known} earlier answers had on average)" if found.answers_known else ""
    yield f"output tokens  {_known(found.output_tokens)}{based}"
    yield f"cost           {_usd(found.cost_usd)}; of the questions alone {_usd(found.input_cost_usd)}"
    yield f"waiting        {'not known' if found.seconds is None else f'{found.seconds:.0f} s, as many requests at once as may be'}"


def _known(figure: int | None) -> str:
    return "not known" if figure is None else f"{figure:,}"


def _usd(figure: float | None) -> str:
    return "not known" if figure is None else f"${figure:.4f}"
