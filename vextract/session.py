"""One session of a run, as the store knows it: how it was begun, what became of its items, how it ended.

A run is what makes one file of records, in as many sessions as it takes.
"""

import hashlib
import json
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vextract.errors import OutputError
from vextract.meter import Meter, Tally
from vextract.pipeline import Job
from vextract.schema import load_schema
from vextract.sending import Keeping
from vextract.settings import Settings
from vextract.sources.expand import without_secrets
from vextract.sources.options import PageSelection
from vextract.store import Store
from vextract.store.answers import Spend
from vextract.store.runs import Item, RunState
from vextract.types import Record, Usage

__all__ = ["Session", "open_store", "without_secret_values", "work_of"]

log = logging.getLogger("vextract")

_BATCH, _BATCH_S = 500, 1.0
_SECRET_FLAGS = ("--password",)
_OPTION = re.compile(r"(\w*(?:key|token|secret|pass|auth|credential)\w*=).*", re.IGNORECASE | re.DOTALL)


def open_store(settings: Settings) -> Store | None:
    """The store of the settings; None where answers are not kept, and where the user's own cannot be made.

    Raises:
        OutputError: a store that was named cannot be used.
    """
    try:
        return Store(settings.store)
    except OutputError as error:
        if settings.store is not None:
            raise
        log.warning("%s: answers are not kept, and the run is not noted", error.message)
        return None


class Session:
    """A session that has begun.

    Args:
        store: where it is noted.
        command: the arguments of the command line.
        output: the file of its records that it could be gone on with, or their address; None if there is none.
        work: a digest of what is made of the inputs; see `work_of`.
        anew: whether the file is begun anew.
    """

    def __init__(
        self, store: Store, command: Sequence[str], output: Path | str | None, work: str, *, anew: bool
    ) -> None:
        self._store = store
        file = os.path.abspath(output) if isinstance(output, Path) else output
        if file and anew:
            store.runs.forget_output(file)
        former = store.runs.last_of(file) if file else None
        if former and former.work != work:
            log.warning("%s was begun with another model, schema or settings: it will have records of both", output)
        self.run = store.runs.begin(without_secret_values(command), file, work)
        spent = store.runs.spent(self.run)
        usage = spent.usage
        before = Tally(
            answers=spent.answers,
            input_tokens=usage.input_tokens or 0,
            output_tokens=usage.output_tokens or 0,
            cost_usd=usage.cost_usd or 0.0,
        )
        self.meter = Meter(before=before)
        self._items: list[Item] = []
        self._seen: Counter[str] = Counter()
        self._noted = time.monotonic()

    def keeping(self, settings: Settings, stale: Callable[[str], bool]) -> Keeping:
        """What is kept of the answers, and what may be spent."""
        self.meter.max_cost_usd, self.meter.max_tokens = settings.max_cost, settings.max_tokens_total
        return Keeping(
            self._store,
            self.run,
            settings.cache != "off",
            (lambda _: True) if settings.cache == "refresh" else stale,
            self.meter,
            settings.rpm,
            settings.tpm,
            drain_s=settings.drain_s,
        )

    def paid(self, model: str, task: str, usages: Sequence[Usage]) -> None:
        """Notes what answers took that were paid for on other machines."""
        self._store.answers.paid(Spend(self.run, model, task, usage) for usage in usages)

    def note(self, record: Record[Any]) -> None:
        """Notes what became of an item; written now and then."""
        self._seen[record.source] += 1
        kind, message = (record.errors[0].kind, record.errors[0].message[:500]) if record.errors else (None, None)
        self._items.append(Item(record.source, self._seen[record.source], record.status, 1, kind, message))
        if len(self._items) >= _BATCH or time.monotonic() - self._noted > _BATCH_S:
            self._flush()

    def end(self, state: RunState) -> None:
        """Notes how the session ended, and closes the store."""
        self._flush()
        self._store.runs.end(self.run, state)
        self._store.close()

    def _flush(self) -> None:
        self._store.runs.note(self.run, self._items)
        self._items.clear()
        self._noted = time.monotonic()


def work_of(job: Job) -> str:
    """A digest of all that a record depends on but for its input."""
    opening = replace(job.opening, password=None, pages=PageSelection())
    told = [
        job.task,
        load_schema(job.schema).json_schema if job.schema is not None else None,
        str(job.opening.pages),
        repr(replace(job, schema=None, opening=opening, making=None)),
    ]
    return hashlib.blake2b(json.dumps(told, default=repr).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def without_secret_values(command: Sequence[str]) -> list[str]:
    """The arguments of a command line, with what may be a secret replaced by `***`."""
    shown: list[str] = []
    for argument in command:
        name, equals, _ = argument.partition("=")
        if shown and shown[-1] in _SECRET_FLAGS:
            shown.append("***")
        elif name in _SECRET_FLAGS and equals:
            shown.append(f"{name}=***")
        else:
            shown.append(_OPTION.sub(r"\1***", without_secrets(argument)))
    return [argument.encode("utf-8", "backslashreplace").decode() for argument in shown]
