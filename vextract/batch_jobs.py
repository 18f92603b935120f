"""Sends batches to their providers, looks how far they are, and keeps what they bring.

Every step is noted before and after it is taken, so that a process that is killed leaves nothing behind that is paid for twice: a
job that may have begun is looked for at the provider by its tag before anything of it is asked again.
"""

import logging
import shutil
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vextract.answers import checked_text
from vextract.batches import Jobs, Look, Result, jobs_of, none_of
from vextract.connecting import connection_to
from vextract.egress import note
from vextract.errors import (
    ConnectionFailed,
    ModelNotFound,
    ModelTimeout,
    ProtocolError,
    ServerError,
    VextractError,
)
from vextract.gathering import file_of, is_being_made, line_of
from vextract.models import Postable, connect, model_name
from vextract.prices import answer_cost_usd
from vextract.sending import is_worth_keeping
from vextract.settings import Settings
from vextract.store.batches import Batch, RemoteJob, Settled, SettledState

if TYPE_CHECKING:
    from vextract.store import Store

__all__ = ["BatchJobs"]

log = logging.getLogger("vextract")

# After these nobody knows whether a job has begun.
_UNKNOWN = (ConnectionFailed, ModelTimeout, ServerError, ProtocolError)
_REST: dict[str, SettledState] = {
    "completed": "missing",
    "failed": "rejected",
    "expired": "expired",
    "cancelled": "cancelled",
}


@dataclass(slots=True)
class BatchJobs:
    """The batch jobs that a store knows of.

    Attributes:
        store: where they are noted.
        settings: in force, for addresses and prices.
    """

    store: "Store"
    settings: Settings
    _clients: dict[tuple[str, str], tuple[Postable, Jobs]] = field(default_factory=dict)

    def send(self, batch: int) -> None:
        """Sends what was gathered.

        Raises:
            VextractError: a job was not taken; those before it are under way, those after it were not sent.
        """
        there = self.store.batches.get(batch)
        assert there is not None, "it was gathered"
        problem: VextractError | None = None
        for job in self.store.batches.jobs(batch):
            try:
                if problem is None:
                    self._send(there, job)
                else:
                    self._reject(job, "it was not sent, as the job before it was not taken")
            except VextractError as error:
                problem = error
        self._settle_batch(there)
        if problem:
            raise problem

    def recover(self) -> None:
        """Finds out what became of batches whose process ended while it made them.

        Raises:
            VextractError: the provider does not say.
        """
        for batch in self.store.batches.all():
            if batch.state != "gathering" or is_being_made(batch.spool):
                continue
            jobs = self.store.batches.jobs(batch.id)
            if all(job.state == "gathered" for job in jobs):
                self.store.batches.forget(batch.id)
                shutil.rmtree(batch.spool, ignore_errors=True)
                continue
            for job in jobs:
                if job.state == "gathered":
                    self._reject(job, "it was not sent, as that was interrupted")
            self._settle_batch(batch)
        for job in self.store.batches.jobs():
            if job.state == "prepared":
                self.refresh(job)

    def refresh(self, job: RemoteJob) -> None:
        """Looks how far a job is.

        Raises:
            VextractError: its provider does not say.
        """
        if job.state == "prepared" and not is_being_made(self._batch(job).spool):
            self._find(job)
        if job.state not in {"running", "cancelling"} or job.remote is None:
            return
        try:
            look = self._client(job)[1].look(job.remote)
        except ModelNotFound as error:
            self.store.batches.settle_rest(job.id, "missing", error.message)
            self.store.batches.note(job.id, "rejected", word="gone", message=error.message)
            return
        self._note(job, look)

    def fetch(self, job: RemoteJob) -> int:
        """Keeps what a job has brought, once it is over; how many questions were settled that were not before.

        Raises:
            VextractError: it cannot be fetched, or not be kept.
        """
        if job.state != "over" or job.remote is None:
            return 0
        model, client = self._client(job)
        look = client.look(job.remote)
        settled = 0
        for result in client.results(look):
            with suppress(ValueError):  # a name that is none of ours
                settled += self._take(job, bytes.fromhex(result.name), result, model)
        rest = look.message or (f"the job has ended without it: {look.word}" if look.state == "completed" else None)
        settled += self.store.batches.settle_rest(job.id, _REST[look.state], rest)
        self.store.batches.note(job.id, "fetched", word=look.word, message=look.message)
        self._delete(client, look, job)
        return settled

    def cancel(self, job: RemoteJob) -> bool:
        """Asks for the end of a job; gives whether it was still under way.

        Raises:
            VextractError: its provider does not take that.
        """
        self.refresh(job)
        now = next(each for each in self.store.batches.jobs(job.batch) if each.id == job.id)
        if now.state != "running" or now.remote is None:
            return False
        self._client(job)[1].cancel(now.remote)
        self.store.batches.note(job.id, "cancelling")
        return True

    def close(self) -> None:
        """Closes connections."""
        for _, client in self._clients.values():
            client.close()
        self._clients.clear()

    def _send(self, batch: Batch, job: RemoteJob) -> None:
        batches, path = self.store.batches, file_of(batch.spool, job.id)
        client = self._client(job)[1]
        for question in batches.questions(job.id):
            note(line_of(question))
        batches.note(job.id, "prepared")
        try:
            file = client.upload(path, job.tag)
        except VextractError as error:
            self._reject(job, error.message)
            raise
        batches.note(job.id, "prepared", file=file)
        try:
            look = client.create(path, file, job.tag, job.features)
        except VextractError as error:
            if not isinstance(error, _UNKNOWN):
                self._reject(job, error.message)
                self._delete(client, None, replace(job, file=file))
            raise
        self._note(job, look)
        path.unlink(missing_ok=True)

    def _find(self, job: RemoteJob) -> None:
        """What became of a job that may have begun."""
        client = self._client(job)[1]
        requests = sum(self.store.batches.counts(job.id).values())
        known = frozenset(each.remote for each in self.store.batches.jobs() if each.remote)
        look = client.find(job.tag, requests, self._batch(job).made, known)
        if look is None:
            self._reject(job, "it was not begun, as that was interrupted")
            self._delete(client, None, job)
        else:
            log.warning("batch %d: a job that was interrupted while it was sent has begun: %s", job.batch, look.name)
            self._note(job, look)
        self._settle_batch(self._batch(job))

    def _note(self, job: RemoteJob, look: Look) -> None:
        state = look.state if look.state in {"running", "cancelling"} else "over"
        self.store.batches.note(job.id, state, remote=look.name, word=look.word, message=look.message)

    def _reject(self, job: RemoteJob, why: str) -> None:
        self.store.batches.settle_rest(job.id, "rejected", why)
        self.store.batches.note(job.id, "rejected", message=why)

    def _settle_batch(self, batch: Batch) -> None:
        """Notes that a batch is made, as far as it will be."""
        jobs = self.store.batches.jobs(batch.id)
        self.store.batches.state(batch.id, "done" if all(job.state == "rejected" for job in jobs) else "sent")
        shutil.rmtree(batch.spool, ignore_errors=True)

    def _take(self, job: RemoteJob, key: bytes, result: Result, model: Postable) -> bool:
        batches = self.store.batches
        if result.ended in {"expired", "cancelled"}:
            return batches.settle(job, key, Settled(result.ended))
        if result.reply is None:
            return batches.settle(job, key, _failed(model.failure(result.status, result.body)))
        try:
            response = model.reply(result.reply)
        except ProtocolError as error:
            return batches.settle(job, key, _failed(error))
        response = replace(response, request_id=result.request_id or response.request_id, batch=True)
        name = model_name(job.model)
        names = [each for each in (response.model, name.model) if each]
        cost = answer_cost_usd(name.provider, names, response.usage, self.settings.prices, batch=True)
        if is_worth_keeping(response):
            return batches.settle(job, key, Settled("answered", cost_usd=cost), response)
        try:
            checked_text(response)
        except VextractError as error:
            return batches.settle(job, key, replace(_failed(error), response=response, cost_usd=cost))
        raise AssertionError("an answer without text is none")

    def _delete(self, client: Jobs, look: Look | None, job: RemoteJob) -> None:
        """Deletes what lies at the provider; it would go by itself, after days or weeks."""
        try:
            client.delete(look, job.file)
        except ModelNotFound:
            pass
        except VextractError as error:
            log.warning("what was sent for batch %d could not be deleted: %s", job.batch, error.message)

    def _batch(self, job: RemoteJob) -> Batch:
        batch = self.store.batches.get(job.batch)
        assert batch is not None, "jobs belong to batches"
        return batch

    def _client(self, job: RemoteJob) -> tuple[Postable, Jobs]:
        """The model of a job and its provider's jobs, at the address where it was sent."""
        found = self._clients.get((job.model, job.server))
        if found:
            return found
        name = model_name(job.model)
        model = connect(connection_to(name, self.settings))
        if model.address != job.server:
            elsewhere = self.settings.model_copy(update={"base_url": job.server})
            model = connect(connection_to(name, elsewhere))
        if not isinstance(model, Postable):
            raise none_of(name)
        found = self._clients[job.model, job.server] = model, jobs_of(model)
        return found


def _failed(error: VextractError) -> Settled:
    return Settled("failed", error.kind, error.message, error.hint)
