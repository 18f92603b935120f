"""An output of JSON lines that is its own ledger: what has a line is done, whatever happened to the process that wrote it.

A line is written in one piece when its record is whole. After a kill the last line may be torn: it is cut off, and its item is done
once more. The file is locked while it is written, and brought to the disk at most once a second and at the end.
"""

import fcntl
import json
import os
import re
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import IO

from vextract.errors import OutputError
from vextract.files import AtomicFile, unwritable

__all__ = ["Journal", "is_journal", "locked"]

_SYNC_S = 1.0
# The beginning of a record as it is written; lines of other tools' making are read whole.
_HEAD = re.compile(
    rb'\{"format": ?1, ?"source": ?("(?:[^"\\]|\\.)*"), ?"sha256": ?(?:null|"[0-9a-f]*"), ?"task": ?("(?:[^"\\]|\\.)*"), ?'
    rb'"model": ?(?:null|"(?:[^"\\]|\\.)*"), ?"schema": ?(null|"(?:[^"\\]|\\.)*"), ?"status": ?"(\w+)"'
)
_ANEW = "add --force to begin it anew, or choose another -o"


class Journal:
    """A file of records, one a line, that a run can go on with.

    Args:
        path: of the file.
        resume: keep the lines that are there, and tell which inputs they are of; else the file is begun anew.
        retry: leave out the lines of records that are not "ok", so that their inputs are done once more.
        about: task and name of the schema of the records to come; lines about something else are not gone on with.

    Attributes:
        done: how many lines there are of each source, taken down by `take`.
        kept: how many lines there are of each status.
        retried: the sources whose lines were left out.
        url: where the records go in the end, if that is not the file.

    Raises:
        OutputError: the file cannot be written, another run writes it, or it is no file of such records.
    """

    url: str | None = None

    def __init__(
        self, path: Path, *, resume: bool = False, retry: bool = False, about: tuple[str, str | None] | None = None
    ) -> None:
        self._path, self._about = path, about
        self.done: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        self.retried: set[str] = set()
        self._pending = bytearray()
        self._synced = time.monotonic()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = locked(path)
            if not resume:
                self._file.truncate(0)
            self._end = self._healed()
            if retry and self.kept.total() > self.kept["ok"]:
                self._without_failures()
            self._file.seek(self._end)
        except (OSError, ValueError) as error:
            raise unwritable(repr(str(path)), error) from error
        self._fresh = self._end == 0

    def take(self, source: str) -> bool:
        """Whether a line of this source is there that was not taken before."""
        if not self.done[source]:
            del self.done[source]
            return False
        self.done[source] -= 1
        return True

    def write(self, data: bytes) -> None:
        """Adds to the line that is begun."""
        self._pending += data

    def flush(self) -> None:
        """Nothing: only whole lines are written."""

    def keep(self) -> None:
        """Writes what was added: a line, whole.

        Raises:
            OutputError: it cannot be written; the file ends with the line before.
        """
        try:
            _write(self._file, self._pending)
            self._end += len(self._pending)
            if time.monotonic() - self._synced > _SYNC_S:
                os.fdatasync(self._file.fileno())
                self._synced = time.monotonic()
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self._end)
            raise unwritable(repr(str(self._path)), error) from error
        finally:
            self._pending.clear()

    def rewind(self) -> None:
        """Takes away what was added since the last `keep`."""
        self._pending.clear()

    def commit(self) -> None:
        """Has all lines on the disk, and lets others write the file."""
        try:
            if self._pending:
                self.keep()
            os.fdatasync(self._file.fileno())
        except OSError as error:
            raise unwritable(repr(str(self._path)), error) from error
        finally:
            self._file.close()

    def discard(self) -> None:
        """Leaves no file behind if nothing was ever written to it."""
        if self._file.closed:
            return
        if self._fresh and self._end == 0:
            with suppress(OSError):
                os.unlink(self._path)
        self._file.close()

    def _healed(self) -> int:
        """Where the last whole line ends; a torn one behind it is cut off."""
        end = 0
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    break
                self._count(line, number, self._path)
                end += len(line)
        self._file.truncate(end)
        return end

    def _count(self, line: bytes, number: int, where: object) -> None:
        source, task, schema, status = _head(line, where, number)
        if self._about is not None and (task, schema) != self._about:
            raise OutputError(
                f"{str(where)!r} has records of {_named(task, schema)}, not of {_named(*self._about)}", _ANEW
            )
        self.done[source] += 1
        self.kept[status] += 1

    def _without_failures(self) -> None:
        """The same file without the lines of failed and partial records, put in its place whole."""
        smaller = AtomicFile(self._path)
        end = 0
        try:
            with self._path.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    if self._is_ok(line, number, self._path):
                        smaller.write(line)
                        end += len(line)
            smaller.commit()
        finally:
            smaller.discard()
        # The lock goes with the file that was replaced; the new one is locked before the old one is let go.
        old, self._file = self._file, locked(self._path)
        old.close()
        self._end = end

    def _is_ok(self, line: bytes, number: int, where: object) -> bool:
        """Whether the record that was counted is; any other is counted no more."""
        source, _, _, status = _head(line, where, number)
        if status == "ok":
            return True
        self.done[source] -= 1
        self.kept[status] -= 1
        self.retried.add(source)
        return False


def is_journal(path: Path) -> bool:
    """Whether the file, as far as its first line tells, has records that a run can go on with; so does an empty one."""
    try:
        with path.open("rb") as file:
            first = file.readline(1 << 20)
    except OSError:
        return False
    return not first or not first.endswith(b"\n") or _HEAD.match(first) is not None


def locked(path: Path) -> IO[bytes]:
    """The file, opened to be read and written by nobody else; made if it is not there.

    Raises:
        OutputError: another run writes it.
        OSError: it cannot be opened.
    """
    # Unbuffered: what could not be written must not be tried once more when the file is closed.
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "r+b", buffering=0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise OutputError(f"{str(path)!r} is written by another run", "wait for it, or choose another -o") from error
    return file


def _write(file: IO[bytes], data: bytearray) -> None:
    left = memoryview(data)
    try:
        while left:
            left = left[file.write(left) :]
    finally:
        left.release()


def _head(line: bytes, path: object, number: int) -> tuple[str, str, str | None, str]:
    """Source, task, schema and status of a record."""
    if found := _HEAD.match(line):
        source, task, schema = (json.loads(part) for part in found.groups()[:3])
        return source, task, schema, found[4].decode()
    try:
        told = json.loads(line)
        return str(told["source"]), str(told["task"]), told["schema"], str(told["status"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        hint = f"it is damaged, or of another kind: mend that line, or {_ANEW}"
        raise OutputError(f"line {number} of {str(path)!r} is no record of vextract", hint) from error


def _named(task: str, schema: str | None) -> str:
    return f"`{task}`" if schema is None else f"`{task}` by the schema {schema!r}"
