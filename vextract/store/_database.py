"""The SQLite file: its tables, a connection for each thread, and errors in our own words.

Source for the settings: https://www.sqlite.org/wal.html, 2026-11. In WAL mode with synchronous=NORMAL a killed process loses
nothing that was committed; a power cut may lose the last moments, and never damages the file.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vextract.errors import OutputError
from vextract.interrupting import shielded

__all__ = ["Database"]

_VERSION = 1
# By which a file is known to be ours: "vxst".
_APPLICATION = 0x76787374
_TABLES = """
CREATE TABLE answers (
    key BLOB PRIMARY KEY, response BLOB NOT NULL, model TEXT NOT NULL, task TEXT NOT NULL, made REAL NOT NULL);
CREATE TABLE fields (
    question BLOB NOT NULL, field BLOB NOT NULL, value BLOB NOT NULL, made REAL NOT NULL, PRIMARY KEY (question, field)
) WITHOUT ROWID;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, began REAL NOT NULL, since REAL NOT NULL, ended REAL, state TEXT NOT NULL, pid INTEGER NOT NULL,
    process TEXT, folder TEXT NOT NULL, command TEXT NOT NULL, output TEXT, work TEXT NOT NULL);
CREATE INDEX runs_by_output ON runs (output);
CREATE TABLE items (
    run INTEGER NOT NULL, source TEXT NOT NULL, nth INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
    kind TEXT, message TEXT, at REAL NOT NULL, PRIMARY KEY (run, source, nth)
) WITHOUT ROWID;
CREATE TABLE spending (
    run INTEGER, at REAL NOT NULL, model TEXT NOT NULL, task TEXT NOT NULL, input_tokens INTEGER, output_tokens INTEGER,
    cost_usd REAL, seconds REAL);
CREATE INDEX spending_by_run ON spending (run);
CREATE TABLE batches (
    id INTEGER PRIMARY KEY, made REAL NOT NULL, folder TEXT NOT NULL, command TEXT NOT NULL, output TEXT,
    spool TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE batch_jobs (
    id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, model TEXT NOT NULL, server TEXT NOT NULL, tag TEXT NOT NULL, features TEXT,
    bytes INTEGER NOT NULL, state TEXT NOT NULL, file TEXT, remote TEXT, word TEXT, message TEXT, at REAL NOT NULL);
CREATE INDEX batch_jobs_by_batch ON batch_jobs (batch);
CREATE TABLE batch_requests (
    job INTEGER NOT NULL, key BLOB NOT NULL, state TEXT NOT NULL, task TEXT NOT NULL, leaves TEXT NOT NULL, kind TEXT, message TEXT,
    hint TEXT, response BLOB, cost_usd REAL, PRIMARY KEY (job, key)
) WITHOUT ROWID;
CREATE INDEX batch_requests_by_key ON batch_requests (key);
CREATE TABLE paces (server TEXT PRIMARY KEY, per_second REAL NOT NULL, at REAL NOT NULL);
"""
# As long as another process may write before we give up.
_BUSY_S = 60.0
_HINT = "choose another --store, or make room"


class Database:
    """The file, open; each thread gets a connection of its own.

    Raises:
        OutputError: it cannot be made or opened, or it is none of ours.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mine = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            with self.told():
                path.parent.mkdir(parents=True, exist_ok=True)
                # Made by us first, so that it is never readable by others, not even for a moment.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        connection = self.connection
        connection.execute("PRAGMA journal_mode = WAL")
        with self.writing():
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (others,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if application != _APPLICATION and (version or others):
                raise OutputError(
                    f"{str(self._path)!r} is a database, but no store of vextract", "choose another --store"
                )
            if version == 0:
                for statement in filter(str.strip, _TABLES.split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {_VERSION}")
        if version > _VERSION:
            raise OutputError(
                f"the store {str(self._path)!r} was made by a newer version",
                "update vextract, or choose another --store",
            )

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        found: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if found is None:
            # Closed by whichever thread closes the database; used by its own thread alone.
            found = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            found.execute("PRAGMA synchronous = NORMAL")
            self._mine.connection = found
            with self._lock:
                self._all.append(found)
        return found

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query finds.

        Raises:
            OutputError: the file cannot be read.
        """
        with self.told():
            return self.connection.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept, or nothing.

        Raises:
            OutputError: the file cannot be written.
        """
        with shielded(), self.told():
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tells what went wrong in words of ours."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise OutputError(f"the store {str(self._path)!r} cannot be used: {error}", _HINT) from error

    def size_bytes(self) -> int:
        """Of the file and of what SQLite has beside it."""
        beside = (self._path.with_name(self._path.name + suffix) for suffix in ("", "-wal", "-shm"))
        return sum(path.stat().st_size for path in beside if path.exists())

    def shrink(self) -> None:
        """Gives the room of what was deleted back to the disk."""
        with self.told():
            self.connection.execute("VACUUM")
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Closes the connections of all threads, which no longer use them."""
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()
        self._mine = threading.local()
