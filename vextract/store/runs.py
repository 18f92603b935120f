"""Runs: how they were begun, what became of their items, and what they have spent.

What is done an output file says itself (`vextract.journal`); here stands what it cannot say: attempts, failures, money.
"""

import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vextract.types import Usage

if TYPE_CHECKING:
    from vextract.store._database import Database

__all__ = ["Item", "Run", "RunState", "Runs", "Spent", "Standing", "Typical"]

RunState = Literal["running", "done", "interrupted", "budget", "failed"]
"""How a run is noted."""
Standing = RunState | Literal["killed"]
"""How it stands: one that is noted as running and is not was killed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command line.

    Attributes:
        id: its number.
        began, since, ended: in seconds since 1970; `since` is when its last session began, `ended` is None while it runs, and if
            it was killed.
        state: how it ended.
        pid: of its process.
        process: what tells that process from others of the same number; None if that is not known.
        folder: in which its last session was begun.
        command: the arguments of that, secrets left out.
        output: the file of its records, None if they went elsewhere.
        work: a digest of what it makes of its inputs.
    """

    id: int
    began: float
    since: float
    ended: float | None
    state: RunState
    pid: int
    process: str | None
    folder: str
    command: tuple[str, ...]
    output: str | None
    work: str

    @property
    def alive(self) -> bool:
        """Whether its process still runs, as far as can be told."""
        if self.state != "running":
            return False
        if self.process is not None:
            return _process(self.pid) == self.process
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    @property
    def standing(self) -> Standing:
        """How it stands now."""
        return "killed" if self.state == "running" and not self.alive else self.state


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
    """What a run has paid for: answers, and what they took together as far as they said.

    Attributes:
        answers: how many.
        unpriced, uncounted: of those, whose cost or tokens are not known.
        known: the sums of the others.
    """

    answers: int
    unpriced: int
    uncounted: int
    known: Usage

    @property
    def usage(self) -> Usage:
        """What all of them took; None for what one of them did not say, and where there are none."""
        counted = self.answers > 0 and not self.uncounted
        return Usage(
            self.known.input_tokens if counted else None,
            self.known.output_tokens if counted else None,
            cost_usd=self.known.cost_usd if self.answers and not self.unpriced else None,
        )


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
        now, pid, file = time.time(), os.getpid(), _kept(output)
        session = (now, pid, _process(pid), _kept(os.getcwd()), json.dumps(list(command)))
        with self._database.writing() as connection:
            found = connection.execute(
                "SELECT id FROM runs WHERE output = ? AND work = ? ORDER BY id DESC LIMIT 1", (file, work)
            ).fetchone()
            if found:
                connection.execute(
                    "UPDATE runs SET state = 'running', ended = NULL, since = ?, pid = ?, process = ?, folder = ?, command = ? "
                    "WHERE id = ?",
                    (*session, *found),
                )
                return int(found[0])
            made = connection.execute(
                "INSERT INTO runs (began, state, output, work, since, pid, process, folder, command) "
                "VALUES (?, 'running', ?, ?, ?, ?, ?, ?, ?)",
                (now, file, work, *session),
            )
            assert made.lastrowid is not None, "a row was inserted"
            return made.lastrowid

    def forget_output(self, output: str) -> None:
        """Notes that this file is begun anew: earlier runs no longer count as its own."""
        with self._database.writing() as connection:
            connection.execute("UPDATE runs SET output = NULL WHERE output = ?", (_kept(output),))

    def end(self, run: int, state: RunState) -> None:
        """Notes how it ended."""
        with self._database.writing() as connection:
            connection.execute("UPDATE runs SET state = ?, ended = ? WHERE id = ?", (state, time.time(), run))

    def note(self, run: int, items: Sequence[Item]) -> None:
        """Notes what became of items; of those that are known, one attempt more."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, "
                "attempts = items.attempts + excluded.attempts, kind = excluded.kind, message = excluded.message, "
                "at = excluded.at",
                _rows(run, items),
            )

    def note_found(self, run: int, items: Sequence[Item]) -> None:
        """Notes what an earlier session has left behind without having noted it; those that are known stay as they are."""
        with self._database.writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _rows(run, items))

    def all(self) -> list[Run]:
        """All runs, the last one first."""
        return [_run(row) for row in self._database.rows(_RUNS + "ORDER BY since DESC, id DESC")]

    def get(self, run: int) -> Run | None:
        """The run of that number."""
        found = self._database.rows(_RUNS + "WHERE id = ?", (run,))
        return _run(found[0]) if found else None

    def last_of(self, output: str) -> Run | None:
        """The last run whose records are in this file."""
        found = self._database.rows(_RUNS + "WHERE output = ? ORDER BY id DESC LIMIT 1", (_kept(output),))
        return _run(found[0]) if found else None

    def states(self, run: int) -> dict[str, int]:
        """How many of its items are in which state."""
        return dict(self._database.rows("SELECT state, count(*) FROM items WHERE run = ? GROUP BY state", (run,)))

    def failures(self, run: int) -> list[Item]:
        """Its items that are not as they should be."""
        query = (
            "SELECT source, nth, state, attempts, kind, message FROM items WHERE run = ? AND state != 'ok' "
            "ORDER BY source, nth"
        )
        return [Item(*row) for row in self._database.rows(query, (run,))]

    def spent(self, run: int) -> Spent:
        """What it has paid for so far, in all its sessions."""
        query = (
            "SELECT count(*), count(*) - count(cost_usd), count(*) - count(input_tokens + output_tokens), "
            "total(input_tokens), total(output_tokens), total(cost_usd) FROM spending WHERE run = ?"
        )
        answers, unpriced, uncounted, given, made, cost = self._database.rows(query, (run,))[0]
        return Spent(answers, unpriced, uncounted, Usage(int(given), int(made), cost_usd=cost))

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
        found = self._database.rows("SELECT per_second FROM paces WHERE server = ?", (_digest(server),))
        return float(found[0][0]) if found else None

    def note_pace(self, server: str, per_second: float) -> None:
        """Notes how many requests a second a server was found to take."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO paces VALUES (?, ?, ?)", (_digest(server), per_second, time.time())
            )


_RUNS = "SELECT id, began, since, ended, state, pid, process, folder, command, output, work FROM runs "


def _run(row: tuple[Any, ...]) -> Run:
    number, began, since, ended, state, pid, process, folder, command, output, work = row
    told, file = tuple(json.loads(command)), None if output is None else os.fsdecode(output)
    return Run(number, began, since, ended, state, pid, process, os.fsdecode(folder), told, file, work)


def _rows(run: int, items: Sequence[Item]) -> list[tuple[object, ...]]:
    now = time.time()
    return [(run, _text(i.source), i.nth, i.state, i.attempts, i.kind, _text(i.message), now) for i in items]


def _text(name: str | None) -> str | None:
    """A name as SQLite takes it: bytes that are not UTF-8 as escapes."""
    return None if name is None else name.encode("utf-8", "backslashreplace").decode()


def _kept(path: str | None) -> str | bytes | None:
    """A path so that it comes back as it was: as bytes where it is not UTF-8, which SQLite takes beside text."""
    if path is None:
        return None
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def _digest(server: str) -> str:
    # An address may have a key in it.
    return hashlib.blake2b(server.encode(), digest_size=16).hexdigest()


@cache
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()


def _process(pid: int) -> str | None:
    """What tells a process from others that have had its number; None if there is none such, or that is not known here.

    Source: proc_pid_stat(5): the third field is the state, Z of one that has ended; the 22nd when it began, counted from the boot.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return None if fields[0] == b"Z" else f"{_boot()} {int(fields[19])}"
    except (OSError, ValueError, IndexError):
        return None
