"""A run that is set up, carried out: watched, noted in the store, and told of at the end however it ends."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.cli import _by_batch as by_batch
from vextract.cli._batch import Batch
from vextract.cli._console import terminable
from vextract.cli._watching import Console, watching
from vextract.connecting import kept_by
from vextract.engines.local import default_jobs
from vextract.errors import (
    AuthenticationError,
    BrokenPipe,
    BudgetReached,
    EngineError,
    Interrupted,
    ProviderError,
    VextractError,
)
from vextract.gate import Gate
from vextract.pipeline import Job
from vextract.products import Product
from vextract.runner import Summary, execute
from vextract.sending import Keeping
from vextract.session import Session, open_store, work_of
from vextract.settings import Settings
from vextract.sinks import Output
from vextract.sources.expand import Source
from vextract.sources.remote import local_name
from vextract.store.runs import RunState
from vextract.types import Record

if TYPE_CHECKING:
    from vextract.askers import Askers
    from vextract.asking import Asker
    from vextract.engines.ray import RayEngine

__all__ = ["Parts", "Told", "carry_out"]

# Failures that end a run, of which what was finished is written all the same.
_STOPPED = (BudgetReached, Interrupted, ProviderError, AuthenticationError, EngineError)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run is made of; see `vextract.runner.execute`."""

    sources: Iterable[Source]
    job: Job
    output: Output
    products: Sequence[Product]
    gate: Gate
    asker: "Asker | Askers | None"
    engine: "RayEngine | None" = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the user is told meanwhile.

    Attributes:
        quiet: nothing but failures.
        shown: the run only shows what would be asked.
        total: counts the inputs; None where they are yet to come.
    """

    quiet: bool
    shown: bool
    total: Callable[[], int] | None


class _Noting:
    """A watcher that also notes in the store what became of each input."""

    def __init__(self, console: Console, session: Session) -> None:
        self._console, self._session = console, session

    def kept(self, source: Source) -> None:
        """See `vextract.runner.Watcher`."""
        self._session.kept(source.name)
        self._console.kept(source)

    def page(self, source: Source) -> None:
        """See `vextract.runner.Watcher`."""
        self._console.page(source)

    def done(self, source: Source, record: Record[object], notes: tuple[str, ...]) -> None:
        """See `vextract.runner.Watcher`."""
        self._session.note(record)
        self._console.done(source, record, notes)


def carry_out(settings: Settings, parts: Parts, batch: Batch, told: Told, target: str | None) -> int:
    """Carries the run out, and gives its exit code.

    Args:
        settings: in force.
        parts: of the run.
        batch: how it works through its inputs.
        told: what the user is told meanwhile.
        target: where its results go, as -o names it.

    Raises:
        VextractError: it was cut short.
    """
    session = None if told.shown else _session(settings, parts, batch, target)
    summary = Summary(gate=parts.gate)
    how = "none" if told.quiet else batch.progress
    try:
        with terminable(), watching(how, told.total) as console:
            console.begin(summary, session.meter if session else None, going_on=batch.goes_on)
            try:
                execute(
                    parts.sources,
                    parts.job,
                    settings.jobs or default_jobs(),
                    parts.output,
                    _Noting(console, session) if session else console,
                    asker=parts.asker,
                    products=parts.products,
                    ordered=not batch.unordered,
                    summary=summary,
                    engine=parts.engine,
                )
            finally:
                console.end()
    except VextractError as error:
        if session:
            session.end(_state(error))
        if not told.shown and (
            isinstance(error, _STOPPED) or any(each and error is each.halted for each in (parts.asker, parts.engine))
        ):
            console.summary()
        raise
    except BaseException:
        if session:
            session.end("failed")
        raise
    if session:
        session.end("done")
    if not told.shown:
        console.summary()
    return summary.exit_code


def _session(settings: Settings, parts: Parts, batch: Batch, target: str | None) -> Session | None:
    """The session, where a model is asked or the run can be gone on with."""
    journal, engine = parts.output.journal, parts.engine
    if not parts.job.models and journal is None:
        return None
    store = open_store(settings)
    way = by_batch.current()
    # What is done once more is asked once more.
    stale = parts.output.retried.__contains__
    if way and parts.asker and (store is None or isinstance(way, by_batch.Submitting)):
        refresh = settings.cache == "refresh"
        parts.asker.keep(way.keeping(store, Keeping(stale=lambda source: refresh or stale(source))))
        return None
    if store is None:
        bare = kept_by(settings, store=False)
        if parts.asker:
            parts.asker.keep(bare)
        if engine:
            engine.keep(bare.meter)
        return None
    file = (journal.url or Path(local_name(target))) if journal and target else None
    session = Session(store, sys.argv[1:], file, work_of(parts.job), anew=not batch.goes_on, journal=journal)
    keeping = session.keeping(settings, stale)
    if parts.asker:
        parts.asker.keep(way.keeping(store, keeping) if way else keeping)
    if engine and parts.job.models:
        models = "+".join(vision.model for vision in parts.job.models)
        engine.keep(session.meter, partial(session.paid, models, parts.job.task), stale)
    return session


def _state(error: VextractError) -> RunState:
    if isinstance(error, BudgetReached):
        return "budget"
    return "interrupted" if isinstance(error, (*_STOPPED, BrokenPipe)) else "failed"
