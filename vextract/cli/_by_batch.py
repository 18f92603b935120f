"""A command whose questions go by a batch job: gathered instead of asked, and carried out once more when they are answered."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.batch_jobs import BatchJobs
from vextract.batches import has_jobs, none_of
from vextract.errors import OutputError, UsageError
from vextract.files import in_the_way
from vextract.gathering import Gathering, OnlyKept
from vextract.jobs import lineup
from vextract.meter import Meter
from vextract.sending import Keeping
from vextract.session import without_secret_values
from vextract.settings import Settings

if TYPE_CHECKING:
    from vextract.cli._asking import Asking
    from vextract.cli._batch import Batch
    from vextract.cli._run import Chosen
    from vextract.store import Store

__all__ = ["Fetching", "Submitting", "carry_out_command", "current", "going"]

TASKS = ("ocr", "extract", "caption", "classify", "detect")


@dataclass(slots=True)
class Submitting:
    """Has the questions of a command gathered.

    Attributes:
        command: its arguments.
        job_size: most questions of one job; None: as many as the provider takes.
        gathering: what was gathered, once the command has begun to ask.
        settings: in force for the command.
        meter: counts the answers that are there.
    """

    command: Sequence[str]
    job_size: int | None = None
    gathering: Gathering | None = None
    settings: Settings | None = None
    meter: Meter = field(default_factory=Meter)
    _output: str | None = None
    _new: str | None = None

    def prepared(
        self, settings: Settings, chosen: "Chosen", batch: "Batch", asking: "Asking | None"
    ) -> tuple[Settings, "Chosen", "Batch"]:
        """What the command is to do in place of what it was told: draw nothing, and write nothing.

        Raises:
            UsageError: it cannot be done by a batch.
        """
        _check_model(settings, asking)
        if settings.cache == "off":
            raise UsageError("a batch needs the store, and --no-cache keeps nothing", "leave out --no-cache")
        if settings.max_cost is not None or settings.max_tokens_total is not None:
            raise UsageError(
                "--max-cost and --max-tokens-total cannot be kept by a batch: what it takes is known afterwards",
                "leave them out; a batch takes half of what --estimate tells",
            )
        if "-" in chosen.names or chosen.from_file == "-":
            raise UsageError("a batch reads its inputs twice, and standard input comes once", "name files")
        self.settings, self._output = settings, _path(chosen.output)
        self._new = None if chosen.force or batch.goes_on else self._output
        from vextract.cli._drawing import NO_DRAWING

        return settings, replace(chosen, drawing=NO_DRAWING, images=False), batch

    def keeping(self, store: "Store | None", keeping: Keeping) -> Keeping:
        """What is kept of the answers, and that nothing is sent.

        Raises:
            OutputError: there is no store.
            UsageError: the results could not be written afterwards.
            VextractError: a batch was interrupted while it was sent, and it cannot be found out what became of it.
        """
        assert self.settings is not None, "it was prepared"
        store = _needed(store)
        if self._new and any(batch.output == self._new and batch.state == "done" for batch in store.batches.all()):
            self._new = None  # a batch before this one has made it
        if self._new and os.path.isfile(self._new):
            raise in_the_way(Path(self._new))
        jobs = BatchJobs(store, self.settings)
        try:
            jobs.recover()
        finally:
            jobs.close()
        self.gathering = Gathering(store, tuple(without_secret_values(self.command)), self._output, self.job_size)
        return replace(keeping, store=store, meter=self.meter, instead=self.gathering)


@dataclass(slots=True)
class Fetching:
    """Has a command use the answers that are there, and no others.

    Attributes:
        only: knows which were missing, once the command has begun to ask.
    """

    only: OnlyKept | None = None

    def prepared(
        self, settings: Settings, chosen: "Chosen", batch: "Batch", asking: "Asking | None"
    ) -> tuple[Settings, "Chosen", "Batch"]:
        """What the command is to do in place of what it was told: go on with what a batch before has brought, or replace it."""
        del asking
        settings = settings.model_copy(update={"retries": 0, "cache": "use"})
        path = _path(chosen.output)
        if path is None or not os.path.isfile(path):
            return settings, chosen, replace(batch, resume=False, retry_failed=False)
        if chosen.form == "jsonl" and not chosen.data_only and not chosen.force:
            return settings, chosen, replace(batch, resume=True, retry_failed=True)
        return settings, replace(chosen, force=True), batch

    def keeping(self, store: "Store | None", keeping: Keeping) -> Keeping:
        """What is kept of the answers, and that nothing is sent.

        Raises:
            OutputError: there is no store.
        """
        store = _needed(store)
        self.only = OnlyKept(store)
        return replace(keeping, stale=lambda _: False, instead=self.only)


Way = Submitting | Fetching
_current: ContextVar[Way | None] = ContextVar("vextract_by_batch", default=None)


def current() -> Way | None:
    """How the command that runs is to be carried out; None: at once."""
    return _current.get()


@contextmanager
def going(way: Way) -> Iterator[None]:
    """Has commands be carried out in this way meanwhile."""
    token = _current.set(way)
    try:
        yield
    finally:
        _current.reset(token)


def carry_out_command(command: Sequence[str]) -> int:
    """Carries out a command as it was typed; its exit code.

    Raises:
        UsageError: it is none whose questions can go by a batch.
        VextractError: it was cut short.
    """
    from typer.main import get_command

    from vextract.cli.app import app

    if not command or command[0] not in TASKS:
        named = f"{command[0]!r} is none" if command else "none is named"
        raise UsageError(
            f"a batch does a task, and {named}", f"write it as ever behind `batch submit`: {', '.join(TASKS)}"
        )
    code = get_command(app).main(list(command), prog_name="vextract", standalone_mode=False)
    return int(code or 0)


def _needed(store: "Store | None") -> "Store":
    if store is None:
        raise OutputError("a batch needs the store, which cannot be made", "name a file with --store")
    return store


def _check_model(settings: Settings, asking: "Asking | None") -> None:
    models = lineup(settings).models
    if asking is None or not models:
        raise UsageError(
            "a batch asks a hosted model, and none is named", "name one with -m google_genai:, openai: or anthropic:"
        )
    for name in models:
        if not has_jobs(name.provider):
            raise none_of(name)
    if asking.record is not None:
        raise UsageError("--record needs the answers at once, and a batch has none yet", "leave out --record")


def _path(output: str | None) -> str | None:
    """The one file of the results; None if there is none, or there may be several."""
    if output in (None, "-") or "{" in str(output) or str(output).endswith("/") or os.path.isdir(str(output)):
        return None
    return os.path.abspath(str(output))
