"""Batch jobs of providers: what was asked in them, how far they are, and what became of each question.

A batch is what one `vextract batch submit` has asked; it is one job of a provider, or several where one would be too large. What a
job was answered is kept among the answers; here stands what did not become one.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from vextract.requests import Response
from vextract.store.answers import Spend, packed, put_within, unpacked

if TYPE_CHECKING:
    from vextract.store._database import Database

__all__ = ["Batch", "BatchState", "Batches", "Question", "RemoteJob", "RemoteState", "Settled", "SettledState"]

BatchState = Literal["gathering", "sent", "done"]
"""gathering: nothing has left yet. sent: its jobs are under way, or their answers are not all fetched. done: they are."""

RemoteState = Literal["gathered", "prepared", "running", "cancelling", "over", "fetched", "rejected"]
"""gathered: nothing has left. prepared: it may have. over: it has ended, and is to be fetched. rejected: there is no such job."""

SettledState = Literal["answered", "failed", "expired", "cancelled", "rejected", "missing"]
"""What became of a question. failed: it alone was refused, by the model or its provider; others may be asked again as they are."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one `vextract batch submit` has asked.

    Attributes:
        id: its number.
        made: in seconds since 1970.
        folder: in which it was made.
        command: the arguments of the command whose questions they are, secrets left out.
        output: where the results of the command go, as a path; None for standard output and for patterns.
        spool: the folder of the files that are sent, while they are needed.
        state: how far it is.
    """

    id: int
    made: float
    folder: str
    command: tuple[str, ...]
    output: str | None
    spool: str
    state: BatchState


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """One job of a provider.

    Attributes:
        id: our number.
        batch: that it belongs to.
        model: whose it is.
        server: its address, without a password.
        tag: by which the provider can find it.
        features: of the provider's, that its questions need.
        bytes: of the file that is sent.
        state: how far it is.
        file: what the provider calls the file.
        remote: what the provider calls the job; None as long as that is not known.
        word: the provider's own for its state.
        message: why it failed.
        at: when all this was noted, in seconds since 1970.
    """

    id: int
    batch: int
    model: str
    server: str
    tag: str
    features: str | None
    bytes: int
    state: RemoteState
    file: str | None
    remote: str | None
    word: str | None
    message: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a job: the key of its answer, the task, and the line of the ledger for when it leaves, as JSON."""

    key: bytes
    task: str
    leaves: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a question: kind, message and hint of a failure; `response` if the model said something that is not kept."""

    state: SettledState | Literal["waiting"]
    kind: str | None = None
    message: str | None = None
    hint: str | None = None
    response: Response | None = None
    cost_usd: float | None = None


class Batches:
    """The batch jobs of a store."""

    def __init__(self, database: "Database") -> None:
        self._database = database

    def begin(self, command: Sequence[str], output: str | None, spool: str) -> int:
        """Notes that the questions of a command are gathered; the batch's number."""
        row = (time.time(), os.getcwd(), json.dumps(list(command)), output, spool)
        with self._database.writing() as connection:
            made = connection.execute(
                "INSERT INTO batches (made, folder, command, output, spool, state) VALUES (?, ?, ?, ?, ?, 'gathering')",
                row,
            )
            assert made.lastrowid is not None, "a row was inserted"
            return made.lastrowid

    def state(self, batch: int, state: BatchState) -> None:
        """Notes how far it is."""
        with self._database.writing() as connection:
            connection.execute("UPDATE batches SET state = ? WHERE id = ?", (state, batch))

    def forget(self, batch: int) -> None:
        """Forgets one of which nothing has left."""
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM batch_requests WHERE job IN (SELECT id FROM batch_jobs WHERE batch = ?)", (batch,)
            )
            connection.execute("DELETE FROM batch_jobs WHERE batch = ?", (batch,))
            connection.execute("DELETE FROM batches WHERE id = ?", (batch,))

    def all(self) -> list[Batch]:
        """All of them, the first one first."""
        return [_batch(row) for row in self._database.rows(_BATCHES + "ORDER BY id")]

    def get(self, batch: int) -> Batch | None:
        """The one of that number."""
        found = self._database.rows(_BATCHES + "WHERE id = ?", (batch,))
        return _batch(found[0]) if found else None

    def add_job(self, batch: int, model: str, server: str, tag: str, features: str | None) -> int:
        """Notes a job to come; its number."""
        with self._database.writing() as connection:
            made = connection.execute(
                "INSERT INTO batch_jobs (batch, model, server, tag, features, bytes, state, at) "
                "VALUES (?, ?, ?, ?, ?, 0, 'gathered', ?)",
                (batch, model, server, tag, features, time.time()),
            )
            assert made.lastrowid is not None, "a row was inserted"
            return made.lastrowid

    def add(self, job: int, question: Question, size: int) -> None:
        """Notes a question of a job that is gathered, and how many bytes it adds to its file."""
        row = (job, question.key, question.task, _text(question.leaves))
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO batch_requests (job, key, state, task, leaves) VALUES (?, ?, 'waiting', ?, ?)", row
            )
            connection.execute("UPDATE batch_jobs SET bytes = bytes + ? WHERE id = ?", (size, job))

    def note(  # noqa: PLR0913  what there is to note
        self,
        job: int,
        state: RemoteState,
        *,
        file: str | None = None,
        remote: str | None = None,
        word: str | None = None,
        message: str | None = None,
    ) -> None:
        """Notes how far a job is; what is None stays as it is."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE batch_jobs SET state = ?, file = coalesce(?, file), remote = coalesce(?, remote), "
                "word = coalesce(?, word), message = coalesce(?, message), at = ? WHERE id = ?",
                (state, file, remote, word, _text(message), time.time(), job),
            )

    def jobs(self, batch: int | None = None) -> list[RemoteJob]:
        """The jobs of a batch, or all of them, in order."""
        where, values = ("WHERE batch = ? ", (batch,)) if batch is not None else ("", ())
        return [RemoteJob(*row) for row in self._database.rows(f"{_JOBS}{where}ORDER BY id", values)]

    def questions(self, job: int) -> Iterator[Question]:
        """The questions of a job, a few in memory at a time."""
        after = b""
        query = "SELECT key, task, leaves FROM batch_requests WHERE job = ? AND key > ? ORDER BY key LIMIT 500"
        while found := self._database.rows(query, (job, after)):
            yield from (Question(*row) for row in found)
            after = found[-1][0]

    def settle(self, job: RemoteJob, key: bytes, settled: Settled, answer: Response | None = None) -> bool:
        """Notes what became of a question, once; with the answer, if there is one. Gives whether it was not known before.

        Raises:
            OutputError: it cannot be written.
        """
        told = packed(settled.response) if settled.response else None
        row = (settled.state, settled.kind, _text(settled.message), _text(settled.hint), told, settled.cost_usd)
        with self._database.writing() as connection:
            found = connection.execute(
                "UPDATE batch_requests SET state = ?, kind = ?, message = ?, hint = ?, response = ?, cost_usd = ? "
                "WHERE job = ? AND key = ? AND state = 'waiting' RETURNING task",
                (*row, job.id, key),
            ).fetchone()
            said = answer or settled.response
            if found and said:
                usage = replace(said.usage, cost_usd=settled.cost_usd)
                # What was said and is not kept, such as a refusal, was paid for all the same.
                put_within(connection, key if answer else None, said, Spend(None, job.model, found[0], usage))
        return found is not None

    def settle_rest(self, job: int, state: SettledState, message: str | None) -> int:
        """Notes of all questions that nothing is known of that they have ended like this; how many there were."""
        with self._database.writing() as connection:
            return connection.execute(
                "UPDATE batch_requests SET state = ?, message = ? WHERE job = ? AND state = 'waiting'",
                (state, _text(message), job),
            ).rowcount

    def under_way(self, key: bytes) -> int | None:
        """The batch in which a question is asked now; None if it is in none."""
        query = (
            "SELECT j.batch FROM batch_requests r JOIN batch_jobs j ON j.id = r.job "
            "WHERE r.key = ? AND r.state = 'waiting' AND j.state IN ('prepared', 'running', 'cancelling', 'over') LIMIT 1"
        )
        found = self._database.rows(query, (key,))
        return int(found[0][0]) if found else None

    def last(self, key: bytes) -> Settled | None:
        """What became of a question when it was last asked in a batch; None if it never was."""
        query = "SELECT state, kind, message, hint, response, cost_usd FROM batch_requests WHERE key = ? ORDER BY job DESC LIMIT 1"
        found = self._database.rows(query, (key,))
        if not found:
            return None
        state, kind, message, hint, response, cost = found[0]
        return Settled(state, kind, message, hint, unpacked(response) if response else None, cost)

    def counts(self, job: int) -> dict[str, int]:
        """How many of a job's questions are in which state."""
        query = "SELECT state, count(*) FROM batch_requests WHERE job = ? GROUP BY state ORDER BY state"
        return dict(self._database.rows(query, (job,)))

    def failures(self, job: int, most: int = 3) -> list[tuple[str, str, int]]:
        """The most frequent failures of a job's questions: kind, message, how often."""
        query = (
            "SELECT coalesce(kind, state), coalesce(message, ''), count(*) FROM batch_requests "
            "WHERE job = ? AND state NOT IN ('waiting', 'answered') GROUP BY 1, 2 ORDER BY 3 DESC LIMIT ?"
        )
        return self._database.rows(query, (job, most))

    def cost_usd(self, job: int) -> float | None:
        """What the answers of a job have cost; None if that is not known of one of them, or there is none."""
        query = (
            "SELECT count(*), count(cost_usd), sum(cost_usd) FROM batch_requests "
            "WHERE job = ? AND (state = 'answered' OR response IS NOT NULL)"
        )
        answers, priced, cost = self._database.rows(query, (job,))[0]
        return float(cost) if answers and priced == answers else None


_BATCHES = "SELECT id, made, folder, command, output, spool, state FROM batches "
_JOBS = "SELECT id, batch, model, server, tag, features, bytes, state, file, remote, word, message, at FROM batch_jobs "


def _batch(row: tuple[object, ...]) -> Batch:
    number, made, folder, command, output, spool, state = row
    return Batch(number, made, folder, tuple(json.loads(str(command))), output, spool, state)  # type: ignore[arg-type]


def _text(text: str | None) -> str | None:
    """Text as SQLite takes it: half a surrogate pair as an escape."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()
