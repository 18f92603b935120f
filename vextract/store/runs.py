"""Runs: how they were begun, what became of their items, and what they have spent.

What is done an output file says itself (`vextract.journal`); here stands what it cannot say: attempts, failures, money.
"""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vextract.types import Usage

if TYPE_CHECKING:
    from vextract.store._database import Database

__all__ = ["Item", "Run", "RunState", "Runs", "Spent", "Typical"]

RunState = Literal["running", "done", "interrupted", "budget", "failed"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command line.

    Attributes:
        id: its number.
        began, ended: in seconds since 1970; `ended` is None while it runs, and if it was killed.
        state: how it ended.
        pid: of its process.
        folder: in which it was begun.
        command: its arguments, secrets left out.
        output: the file of its records, None if they went elsewhere.
        work: a digest of what it makes of its inputs.
    """

    id: int
    began: float
    ended: float | None
    state: RunState
    pid: int
    folder: str
    command: tuple[str, ...]
    output: str | None
    work: str

    @property
    def alive(self) -> bool:
        """Whether its process still runs, as far as can be told."""
        if self.state != "running":
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one input: `nth` counts inputs of the same name, from 1; `attempts` its runs, `kind` its first failure."""

    source: str
    nth: int
    state: str
    attempts: int = 1
    kind: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has paid for: answers, and what they took together; None where one of them did not say."""

    answers: int
    usage: Usage


@dataclass(frozen=True, slots=True)
class Typical:
    """What so many answers took on average; `seconds` is None where that was not measured."""

    answers: int
    output_tokens: float
    seconds: float | None


class Runs:
    """The runs of a store."""

    def __init__(self, database: "Database") -> None:
        self._database = database

    def begin(self, command: Sequence[str], output: str | None, work: str) -> int:
        """Notes that a run begins, or that the one whose records are in this file goes on; its number."""
        now, pid = time.time(), os.getpid()
        with self._database.writing() as connection:
            found = connection.execute(
                "SELECT id FROM runs WHERE output = ? AND work = ? ORDER BY id DESC LIMIT 1", (output, work)
            ).fetchone()
            if found:
                connection.execute(
                    "UPDATE runs SET state = 'running', ended = NULL, pid = ? WHERE id = ?", (pid, *found)
                )
                return int(found[0])
            made = connection.execute(
                "INSERT INTO runs (began, state, pid, folder, command, output, work) VALUES (?, 'running', ?, ?, ?, ?, ?)",
                (now, pid, os.getcwd(), json.dumps(list(command)), output, work),
            )
            assert made.lastrowid is not None, "a row was inserted"
            return made.lastrowid

    def forget_output(self, output: str) -> None:
        """Notes that this file is begun anew: earlier runs no longer count as its own."""
        with self._database.writing() as connection:
            connection.execute("UPDATE runs SET output = NULL WHERE output = ?", (output,))

    def end(self, run: int, state: RunState) -> None:
        """Notes how it ended."""
        with self._database.writing() as connection:
            connection.execute("UPDATE runs SET state = ?, ended = ? WHERE id = ?", (state, time.time(), run))

    def note(self, run: int, items: Sequence[Item]) -> None:
        """Notes what became of items; of those that are known, one attempt more."""
        now = time.time()
        rows = [(run, _text(i.source), i.nth, i.state, i.attempts, i.kind, _text(i.message), now) for i in items]
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, "
                "attempts = items.attempts + excluded.attempts, kind = excluded.kind, message = excluded.message, "
                "at = excluded.at",
                rows,
            )

    def all(self) -> list[Run]:
        """All runs, the last one first."""
        return [_run(row) for row in self._database.rows(_RUNS + "ORDER BY id DESC")]

    def get(self, run: int) -> Run | None:
        """The run of that number."""
        found = self._database.rows(_RUNS + "WHERE id = ?", (run,))
        return _run(found[0]) if found else None

    def last_of(self, output: str) -> Run | None:
        """The last run whose records are in this file."""
        found = self._database.rows(_RUNS + "WHERE output = ? ORDER BY id DESC LIMIT 1", (output,))
        return _run(found[0]) if found else None

    def states(self, run: int) -> dict[str, int]:
        """How many of its items are in which state."""
        return dict(self._database.rows("SELECT state, count(*) FROM items WHERE run = ? GROUP BY state", (run,)))

    def failures(self, run: int, most: int = 1000) -> list[Item]:
        """Its items that are not as they should be."""
        query = (
            "SELECT source, nth, state, attempts, kind, message FROM items WHERE run = ? AND state != 'ok' "
            "ORDER BY source, nth LIMIT ?"
        )
        return [Item(*row) for row in self._database.rows(query, (run, most))]

    def spent(self, run: int) -> Spent:
        """What it has paid for so far, in all its sessions."""
        query = (
            "SELECT count(*), count(input_tokens), sum(input_tokens), count(output_tokens), sum(output_tokens), "
            "count(cost_usd), sum(cost_usd) FROM spending WHERE run = ?"
        )
        (answers, *told) = self._database.rows(query, (run,))[0]
        known = [told[at + 1] if told[at] == answers and answers else None for at in (0, 2, 4)]
        return Spent(answers, Usage(input_tokens=known[0], output_tokens=known[1], cost_usd=known[2]))

    def typical(self, model: str, task: str) -> Typical | None:
        """What answers of a model to a task took on average; None if there are none that tell."""
        query = (
            "SELECT count(*), avg(output_tokens), avg(seconds) FROM spending "
            "WHERE model = ? AND task = ? AND output_tokens IS NOT NULL"
        )
        answers, tokens, seconds = self._database.rows(query, (model, task))[0]
        return Typical(answers, tokens, seconds) if answers else None

    def pace(self, server: str) -> float | None:
        """How many requests a second a server was found to take; None if that is not known."""
        found = self._database.rows("SELECT per_second FROM paces WHERE server = ?", (server,))
        return float(found[0][0]) if found else None

    def note_pace(self, server: str, per_second: float) -> None:
        """Notes how many requests a second a server was found to take."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO paces VALUES (?, ?, ?)", (server, per_second, time.time()))


_RUNS = "SELECT id, began, ended, state, pid, folder, command, output, work FROM runs "


def _run(row: tuple[object, ...]) -> Run:
    number, began, ended, state, pid, folder, command, output, work = row
    return Run(number, began, ended, state, pid, folder, tuple(json.loads(str(command))), output, work)  # type: ignore[arg-type]


def _text(name: str | None) -> str | None:
    """A name as SQLite takes it: bytes that are not UTF-8 as escapes."""
    return None if name is None else name.encode("utf-8", "backslashreplace").decode()
