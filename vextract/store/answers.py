"""Answers of models that were paid for once, found again by what was asked; and what each of them took."""

import json
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from vextract.errors import OutputError
from vextract.requests import Response
from vextract.types import Usage

if TYPE_CHECKING:
    import sqlite3

    from pydantic import TypeAdapter

    from vextract.store._database import Database

__all__ = ["Answers", "Kept", "Spend", "Total", "packed", "put_within", "unpacked"]


@dataclass(frozen=True, slots=True)
class Spend:
    """What was paid for: whose answer, in which run, for which task, and what it took."""

    run: int | None
    model: str
    task: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Total:
    """All answers of one model for one task: how many, and how many bytes they take."""

    model: str
    task: str
    answers: int
    stored_bytes: int
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer as it is kept; `made` in seconds since 1970, `response` None where it is damaged."""

    key: bytes
    model: str
    task: str
    made: float
    response: Response | None


class Answers:
    """The answers of a store. Keys are digests of all that an answer depends on; see `vextract.asking`."""

    def __init__(self, database: "Database") -> None:
        self._database = database

    def get(self, key: bytes) -> Response | None:
        """The answer that is kept; None if there is none."""
        found = self._database.rows("SELECT response FROM answers WHERE key = ?", (key,))
        return unpacked(found[0][0]) if found else None

    def put(self, key: bytes | None, response: Response, spend: Spend) -> None:
        """Keeps an answer, and notes what it took, both or neither. With no key it is only noted.

        Raises:
            OutputError: it cannot be written.
        """
        with self._database.writing() as connection:
            put_within(connection, key, response, spend)

    def paid(self, spends: Iterable[Spend]) -> None:
        """Notes what answers took that are kept elsewhere.

        Raises:
            OutputError: it cannot be written.
        """
        now = time.time()
        with self._database.writing() as connection:
            for spend in spends:
                _note(connection, spend, now)

    def fields(self, question: bytes) -> dict[bytes, object]:
        """What is known of a question's fields one by one, by the digests of what was asked about each."""
        found = self._database.rows("SELECT field, value FROM fields WHERE question = ?", (question,))
        return {field: json.loads(zlib.decompress(value)) for field, value in found}

    def put_fields(self, question: bytes, values: dict[bytes, object]) -> None:
        """Keeps what was answered about each field.

        Raises:
            OutputError: it cannot be written.
        """
        now = time.time()
        rows = [(question, field, zlib.compress(json.dumps(value).encode(), 1), now) for field, value in values.items()]
        with self._database.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO fields VALUES (?, ?, ?, ?)", rows)

    def totals(self) -> list[Total]:
        """How many answers there are of each model for each task."""
        query = (
            "SELECT model, task, count(*), sum(length(response)), min(made), max(made) FROM answers "
            "GROUP BY model, task ORDER BY model, task"
        )
        return [Total(*row) for row in self._database.rows(query)]

    def size_bytes(self) -> int:
        """What the store takes on the disk."""
        return self._database.size_bytes()

    def all(self) -> Iterator[Kept]:
        """All answers, oldest first, a few in memory at a time."""
        after = (-1.0, b"")
        query = "SELECT key, model, task, made, response FROM answers WHERE (made, key) > (?, ?) ORDER BY made, key LIMIT 200"
        while found := self._database.rows(query, after):
            for key, model, task, made, told in found:
                try:
                    yield Kept(key, model, task, made, unpacked(told))
                except OutputError:
                    yield Kept(key, model, task, made, None)
            after = (found[-1][3], found[-1][0])

    def clear(self) -> int:
        """Forgets all answers; how many there were. What was paid stays noted."""
        gone = self._forget("DELETE FROM answers", ())
        self._forget("DELETE FROM fields", ())
        self._database.shrink()
        return gone

    def prune(self, *, older_than: float | None = None, model: str | None = None, max_bytes: int | None = None) -> int:
        """Forgets some answers, the room given back to the disk.

        Args:
            older_than: seconds since 1970; those made before.
            model: only those of this model.
            max_bytes: the oldest, until the others take no more than that.

        Returns:
            How many were forgotten.
        """
        gone = 0
        if older_than is not None or model is not None:
            where = "made < ? AND (? IS NULL OR model = ?)"
            before = float("inf") if older_than is None else older_than
            gone += self._forget(f"DELETE FROM answers WHERE {where}", (before, model, model))  # noqa: S608  no values
            if model is None:
                self._forget("DELETE FROM fields WHERE made < ?", (before,))
        if max_bytes is not None:
            query = (
                "DELETE FROM answers WHERE key IN (SELECT key FROM (SELECT key, sum(length(response) + 100) "
                "OVER (ORDER BY made DESC, key) AS taken FROM answers) WHERE taken > ?)"
            )
            gone += self._forget(query, (max_bytes,))
        self._database.shrink()
        return gone

    def _forget(self, statement: str, values: tuple[object, ...]) -> int:
        with self._database.writing() as connection:
            return connection.execute(statement, values).rowcount


def put_within(connection: "sqlite3.Connection", key: bytes | None, response: Response, spend: Spend) -> None:
    """Keeps an answer as a part of a transaction; see `Answers.put`."""
    now = time.time()
    if key is not None:
        connection.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)",
            (key, packed(response), spend.model, spend.task, now),
        )
    _note(connection, spend, now)


def _note(connection: "sqlite3.Connection", spend: Spend, now: float) -> None:
    usage = spend.usage
    connection.execute(
        "INSERT INTO spending VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(spend.run, now, spend.model, spend.task),
            *(usage.input_tokens, usage.output_tokens, usage.cost_usd, usage.seconds),
        ),
    )


@cache
def _adapter() -> "TypeAdapter[Response]":
    from pydantic import TypeAdapter

    return TypeAdapter(Response)


def packed(response: Response) -> bytes:
    """An answer as it is kept."""
    # Half a surrogate pair, which models do write, is kept as an escape.
    told = {name: value for name, value in asdict(response).items() if name != "stored"}
    return zlib.compress(json.dumps(told, separators=(",", ":")).encode(), 1)


def unpacked(data: bytes) -> Response:
    """An answer that was kept.

    Raises:
        OutputError: it is damaged.
    """
    try:
        # Through Python's own reader: Pydantic's refuses half a surrogate pair.
        return replace(_adapter().validate_python(json.loads(zlib.decompress(data))), stored=True)
    except (TypeError, ValueError, RecursionError, zlib.error) as error:
        raise OutputError(
            f"an answer in the store is damaged: {str(error).splitlines()[0]}", "ask once more with --refresh"
        ) from error
