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

from vextract.credentials import load_credentials, redacted
from vextract.errors import OutputError
from vextract.journal import Journal
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
_HIDDEN = "***"
_SECRET_FLAGS = ("--password",)
# What a model's client is told, with the flag or behind it; such pairs may be elsewhere too.
_OPTION = re.compile(r"(-\w*O|--option=)?(\w[\w.-]*)=(.*)", re.DOTALL)
_OPTION_FLAG = re.compile(r"-\w*O|--option")
_SECRET_WORD = re.compile(r"key|token|secret|pass|pwd|auth|credential|cookie|header|sig|bearer", re.IGNORECASE)
# Numbers of tokens are none of those that open doors.
_LIMIT = re.compile(r"\w*tokens=\d{1,9}")


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
        journal: that file; None if there is none.
    """

    def __init__(  # noqa: PLR0913  what a session begins with
        self,
        store: Store,
        command: Sequence[str],
        output: Path | str | None,
        work: str,
        *,
        anew: bool,
        journal: Journal | None = None,
    ) -> None:
        self._store = store
        file = os.path.abspath(output) if isinstance(output, Path) else output
        if file and anew:
            store.runs.forget_output(file)
        former = store.runs.last_of(file) if file else None
        if former and former.work != work:
            log.warning("%s was begun with another model, schema or settings: it will have records of both", output)
        self.run = store.runs.begin(without_secret_values(command), file, work)
        self.meter = Meter(before=_spent(store, self.run))
        noted = store.runs.states(self.run)
        kept = journal.kept if journal else Counter[str]()
        # What was written in the last moment before a kill may not be noted.
        self._behind = any(count != noted.get(status, 0) for status, count in kept.items() if count)
        self._poor = journal.poor if journal else {}
        self._items: list[Item] = []
        self._found: list[Item] = []
        self._seen: Counter[str] = Counter()
        self._noted = time.monotonic()

    def keeping(self, settings: Settings, stale: Callable[[str], bool]) -> Keeping:
        """What is kept of the answers, and what may be spent."""
        self.meter.max_cost_usd, self.meter.max_tokens = settings.max_cost, settings.max_tokens_total
        if settings.max_cost is not None and (unpriced := self.meter.before.unpriced):
            log.warning("%d answers of earlier sessions have no known cost: --max-cost is kept without them", unpriced)
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
        self._flush(now_and_then=True)

    def kept(self, source: str) -> None:
        """Takes notice of an item whose record is there already."""
        self._seen[source] += 1
        poor = self._poor.get(source)
        status = poor.pop() if poor else "ok"
        if self._behind:
            self._found.append(Item(source, self._seen[source], status))
            self._flush(now_and_then=True)

    def end(self, state: RunState) -> None:
        """Notes how the session ended, and closes the store."""
        self._flush()
        self._store.runs.end(self.run, state)
        self._store.close()

    def _flush(self, *, now_and_then: bool = False) -> None:
        waiting = len(self._items) + len(self._found)
        if now_and_then and waiting < _BATCH and time.monotonic() - self._noted <= _BATCH_S:
            return
        if self._found:
            self._store.runs.note_found(self.run, self._found)
        if self._items:
            self._store.runs.note(self.run, self._items)
        self._items.clear()
        self._found.clear()
        self._noted = time.monotonic()


def _spent(store: Store, run: int) -> Tally:
    """What earlier sessions of the run have spent."""
    spent = store.runs.spent(run)
    return Tally(
        answers=spent.answers,
        input_tokens=spent.known.input_tokens or 0,
        output_tokens=spent.known.output_tokens or 0,
        cost_usd=spent.known.cost_usd or 0.0,
        unpriced=spent.unpriced,
        uncounted=spent.uncounted,
    )


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
    """The arguments of a command line, with what may be a secret replaced by `***`: rather too much of it than too little."""
    secrets = load_credentials().secrets
    shown: list[str] = []
    for before, argument in zip(("", *command), command, strict=False):
        name, equals, _ = argument.partition("=")
        if before in _SECRET_FLAGS:
            shown.append(_HIDDEN)
        elif name in _SECRET_FLAGS and equals:
            shown.append(f"{name}={_HIDDEN}")
        else:
            shown.append(redacted(without_secrets(_without_secret_option(before, argument)), secrets))
    return shown


def _without_secret_option(before: str, argument: str) -> str:
    found = _OPTION.fullmatch(argument)
    if found is None:
        return argument
    flag, name, value = found.groups(default="")
    looked_at = f"{name}={value}" if flag or _OPTION_FLAG.fullmatch(before) else name
    if _SECRET_WORD.search(looked_at) is None or _LIMIT.fullmatch(f"{name}={value}"):
        return argument
    return f"{flag}{name}={_HIDDEN}"
