"""What the commands of `vextract batch` do: send what was gathered, look how far it is, fetch it, give it up."""

import json
import logging
import os
import shlex
import time
from contextlib import chdir, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vextract.batch_jobs import BatchJobs
from vextract.cli._by_batch import Fetching, Submitting, carry_out_command, going
from vextract.cli._console import emit
from vextract.errors import ExitCode, OutputError, UsageError, VextractError
from vextract.session import open_store
from vextract.settings import Settings
from vextract.store.batches import Batch, RemoteJob
from vextract.types import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vextract.gathering import Gathering
    from vextract.store import Store

__all__ = ["cancel", "fetch", "show", "submit"]

log = logging.getLogger("vextract")

_SHOWN = 60
_MASK = "***"


def submit(command: "Sequence[str]", job_size: int | None) -> int:
    """Has a command's questions gathered, and sends them; the exit code.

    Raises:
        VextractError: nothing could be gathered, or it could not all be sent.
    """
    way = Submitting(command, job_size)
    try:
        with going(way):
            code = carry_out_command(command)
        if way.gathering is None:
            return code  # the questions were only shown
        way.gathering.end()
    except BaseException:
        if way.gathering:
            log.warning("nothing was sent")
            with closing(way.gathering.store):
                way.gathering.discard()
        raise
    assert way.settings is not None, "the command was prepared"
    with closing(way.gathering.store), closing(way.gathering):
        sent = _sent(way.gathering, way.settings, way.meter.now.stored)
    return code if not code or not sent else int(ExitCode.PARTIAL)


def _sent(gathering: "Gathering", settings: Settings, stored: int) -> int:
    """Sends what was gathered, and says what it was; how many questions."""
    more = [f"{stored} answers are kept"] if stored else []
    more += [f"{gathering.under_way} questions are under way already"] if gathering.under_way else []
    if gathering.batch is None:
        emit("; ".join(["nothing to send", *more]))
        return 0
    with closing(BatchJobs(gathering.store, settings)) as jobs:
        try:
            jobs.send(gathering.batch)
        finally:
            rows = gathering.store.batches.jobs(gathering.batch)
            for job in (job for job in rows if job.remote):
                questions = sum(gathering.store.batches.counts(job.id).values())
                told = f"batch {gathering.batch}: {questions} questions to {job.model}, {job.bytes:,} bytes, as {job.remote}"
                emit(printable(told))
    if more:
        emit("; ".join(more))
    return gathering.questions


def fetch(settings: Settings, number: int | None, *, wait: bool, poll_s: float) -> int:
    """Keeps what batches have brought, and carries their commands out with it; the exit code.

    Raises:
        UsageError: there is no batch of that number.
        VextractError: a command was cut short.
    """
    with closing(_store(settings)) as store, closing(BatchJobs(store, settings)) as jobs:
        _recover(jobs)
        batches = [_batch(store, number)] if number is not None else _open(store)
        if not batches:
            log.warning("nothing to fetch: no batch is under way")
        codes = [_fetch(jobs, batch, wait=wait, poll_s=poll_s) for batch in batches]
    different = set(codes)
    return codes[0] if len(different) == 1 else int(ExitCode.PARTIAL) if different else 0


def show(settings: Settings, number: int | None, form: str) -> int:
    """Says how far batches are; the exit code.

    Raises:
        UsageError: there is no batch of that number.
    """
    with closing(_store(settings)) as store, closing(BatchJobs(store, settings)) as jobs:
        code = _recover(jobs)
        batches = [_batch(store, number)] if number is not None else store.batches.all()
        for batch in batches:
            code = _refresh(jobs, batch) or code
        if form == "json":
            emit(json.dumps([_described(store, batch) for batch in batches], ensure_ascii=False, indent=2))
            return code
        for batch in batches:
            _emit(store, batch)
        if not batches:
            emit("no batches")
    return code


def cancel(settings: Settings, number: int) -> int:
    """Gives a batch up; the exit code.

    Raises:
        UsageError: there is no batch of that number.
        VextractError: its provider does not take that.
    """
    with closing(_store(settings)) as store, closing(BatchJobs(store, settings)) as jobs:
        _recover(jobs)
        batch = _batch(store, number)
        given_up = sum(jobs.cancel(job) for job in store.batches.jobs(batch.id))
        if given_up:
            emit(f"batch {batch.id}: {given_up} jobs are cancelled; fetch it to keep what was answered by then")
        else:
            emit(f"batch {batch.id}: none of its jobs is under way")
    return 0


def _fetch(jobs: BatchJobs, batch: Batch, *, wait: bool, poll_s: float) -> int:
    batches = jobs.store.batches
    if batch.state == "done":
        log.warning("batch %d was fetched before", batch.id)
        return 0
    while True:
        try:
            for job in batches.jobs(batch.id):
                jobs.refresh(job)
            for job in batches.jobs(batch.id):
                jobs.fetch(job)
        except VextractError as error:
            _tell(batch, error)
            if not (wait and getattr(error, "retryable", False)):
                return int(error.exit_code)
        left = [job for job in batches.jobs(batch.id) if job.state not in {"fetched", "rejected"}]
        if not left:
            break
        if not wait:
            log.warning(
                "batch %d: %d of %d jobs are under way; what the others have brought is kept",
                batch.id,
                len(left),
                len(batches.jobs(batch.id)),
            )
            return int(ExitCode.PARTIAL)
        time.sleep(poll_s)
    _tell_results(jobs.store, batch)
    return _written(jobs.store, batch)


def _written(store: "Store", batch: Batch) -> int:
    """Carries out the command of a batch that was fetched; the exit code."""
    told = shlex.join(batch.command)
    if any(_MASK in argument for argument in batch.command):
        log.warning("batch %d: its command has a secret, which is not kept: run it once more yourself", batch.id)
        log.warning("  hint: vextract %s", printable(told))
        store.batches.state(batch.id, "done")
        return 0
    if not os.path.isdir(batch.folder):
        raise OutputError(
            f"the folder {batch.folder!r}, in which batch {batch.id} was made, is gone",
            f"its answers are kept: run `vextract {told}` where its inputs are",
        )
    way = Fetching()
    with chdir(batch.folder), going(way):
        code = carry_out_command(batch.command)
    store.batches.state(batch.id, "done")
    missing = len(way.only.missing) if way.only else 0
    if missing:
        log.error("%d documents are left out: not all that they need is answered", missing)
        log.error("  hint: vextract batch submit %s asks for these alone", printable(told))
    return code or (int(ExitCode.PARTIAL) if missing else 0)


def _store(settings: Settings) -> "Store":
    store = open_store(settings)
    if store is None:
        raise OutputError("the store, where batches are noted, cannot be opened", "name a file with --store")
    return store


def _batch(store: "Store", number: int) -> Batch:
    batch = store.batches.get(number)
    if batch is None:
        raise UsageError(f"there is no batch {number}", "see `vextract batch status`, or name its --store")
    return batch


def _open(store: "Store") -> list[Batch]:
    return [batch for batch in store.batches.all() if batch.state == "sent"]


def _recover(jobs: BatchJobs) -> int:
    """Finds out what became of batches that were interrupted; where that fails, says so: the others can be told of."""
    try:
        jobs.recover()
    except VextractError as error:
        _tell(None, error)
        return int(error.exit_code)
    return 0


def _refresh(jobs: BatchJobs, batch: Batch) -> int:
    try:
        for job in jobs.store.batches.jobs(batch.id):
            jobs.refresh(job)
    except VextractError as error:
        _tell(batch, error)
        return int(error.exit_code)
    return 0


def _tell(batch: Batch | None, error: VextractError) -> None:
    which = f"batch {batch.id}" if batch else "a batch that was interrupted while it was sent"
    log.error("%s: %s", which, printable(error.message))
    if error.hint:
        log.error("  hint: %s", printable(error.hint))


def _tell_results(store: "Store", batch: Batch) -> None:
    told = _described(store, batch)
    cost = "cost not known" if told["cost_usd"] is None else f"${told['cost_usd']:.4f}"
    if told["questions"].get("answered"):
        log.warning("batch %d: %d answers, %s", batch.id, told["questions"]["answered"], cost)
    for job in store.batches.jobs(batch.id):
        for kind, message, count in store.batches.failures(job.id):
            log.error("batch %d: %d questions without an answer [%s] %s", batch.id, count, kind, printable(message))


def _state(store: "Store", batch: Batch) -> str:
    """How far a batch is, in a word."""
    states = {job.state for job in store.batches.jobs(batch.id)}
    if batch.state != "sent":
        return batch.state
    return next((state for state in ("running", "prepared", "cancelling") if state in states), "over")


def _described(store: "Store", batch: Batch) -> dict[str, Any]:
    jobs = [_described_job(store, job) for job in store.batches.jobs(batch.id)]
    costs = [job["cost_usd"] for job in jobs if job["questions"].get("answered")]
    return {
        "batch": batch.id,
        "state": _state(store, batch),
        "made": datetime.fromtimestamp(batch.made, UTC).isoformat(timespec="seconds"),
        "folder": batch.folder,
        "command": list(batch.command),
        "output": batch.output,
        "questions": _added([job["questions"] for job in jobs]),
        "cost_usd": round(sum(costs), 9) if costs and None not in costs else None,
        "jobs": jobs,
    }


def _described_job(store: "Store", job: RemoteJob) -> dict[str, Any]:
    return {
        "job": job.remote,
        "model": job.model,
        "state": job.state,
        "word": job.word,
        "message": job.message,
        "bytes": job.bytes,
        "questions": store.batches.counts(job.id),
        "cost_usd": store.batches.cost_usd(job.id),
        "failures": [
            {"kind": kind, "message": message, "count": count}
            for kind, message, count in store.batches.failures(job.id)
        ],
    }


def _added(counts: list[dict[str, int]]) -> dict[str, int]:
    return {state: sum(each.get(state, 0) for each in counts) for state in sorted({s for each in counts for s in each})}


def _emit(store: "Store", batch: Batch) -> None:
    told = _described(store, batch)
    counts = ", ".join(f"{count} {state}" for state, count in told["questions"].items())
    made = datetime.fromtimestamp(batch.made).astimezone()
    command = shlex.join(batch.command)
    shown = command if len(command) <= _SHOWN else command[: _SHOWN - 1] + "…"
    cost = "" if told["cost_usd"] is None else f"  ${told['cost_usd']:.4f}"
    emit(printable(f"{batch.id:>4}  {made:%Y-%m-%d %H:%M}  {told['state']:<10}  {counts}{cost}  {shown}"))
    for job in told["jobs"]:
        parts = (job["job"] or "not begun", job["model"], job["word"] or job["state"], job["message"] or "")
        emit(printable(f"      {'  '.join(part for part in parts if part)}"))
