"""An output of JSON lines that is its own ledger: what has a line is done, whatever happened to the process that wrote it.

A line is written in one piece when its record is whole. After a kill the last line may be torn: it is cut off, and its item is done
once more. The file is locked while it is written, and brought to the disk at most once a second and at the end.
"""

import fcntl
import json
import os
import re
import stat
import time
import weakref
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from vextract.errors import OutputError
from vextract.files import AtomicFile, unwritable

__all__ = ["GoingOn", "Journal", "is_poor", "locked"]

_SYNC_S = 1.0
# The beginning of a record as it is written; lines of other tools' making are read whole.
_HEAD = re.compile(
    rb'\{"format": ?1, ?"source": ?("(?:[^"\\]|\\.)*"), ?"sha256": ?(?:null|"[0-9a-f]*"), ?"task": ?("(?:[^"\\]|\\.)*"), ?'
    rb'"model": ?(?:null|"(?:[^"\\]|\\.)*"), ?"schema": ?(null|"(?:[^"\\]|\\.)*"), ?"status": ?"(\w+)"'
)
# How each record begins, whoever wrote it, so far as a line goes that is torn.
_BEGINNING = b'{"format":1,"source":"'
_ANEW = "give --force instead to begin it anew, or choose another -o"


@dataclass(frozen=True, slots=True)
class GoingOn:
    """Whether a file of records that exists is gone on with.

    Attributes:
        resume: inputs that have a record there are done.
        retry: those whose record is not ok are done once more.
        task: of the records.
        schema: its name; None if there is none.
    """

    resume: bool = False
    retry: bool = False
    task: str = "ocr"
    schema: str | None = None


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
        poor: of sources that have such lines, the statuses of those that are not "ok".
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
        self.poor: dict[str, list[str]] = {}
        self.retried: set[str] = set()
        self._pending = bytearray()
        self._synced = time.monotonic()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = locked(path)
        except (OSError, ValueError) as error:
            raise unwritable(repr(str(path)), error) from error
        try:
            self._begin(resume=resume, retry=retry)
        except OSError as error:
            self._file.close()
            raise unwritable(repr(str(path)), error) from error
        except BaseException:
            self._file.close()
            raise
        self._fresh = self._end == 0
        if self._fresh:
            # Where the run fails before anything is written, an empty file would be in the way of the next one.
            weakref.finalize(self, _leave_none, self._file, path)

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
                self._file.seek(self._end)
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

    def _begin(self, *, resume: bool, retry: bool) -> None:
        if not resume:
            self._file.truncate(0)
        self._end = self._healed()
        if retry and self.kept.total() > self.kept["ok"]:
            self._without_failures()
        self._file.seek(self._end)

    def _healed(self) -> int:
        """Where the last whole line ends; a torn one behind it is cut off."""
        end = 0
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    _check_torn(line, self._path, number)
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
        if status != "ok":
            self.poor.setdefault(source, []).append(status)

    def _without_failures(self) -> None:
        """The same file without the lines of failed and partial records, put in its place whole."""
        # A link stays one, and whoever may read the file stays the same.
        place = Path(os.path.realpath(self._path))
        smaller = AtomicFile(place, stat.S_IMODE(os.fstat(self._file.fileno()).st_mode))
        end = 0
        try:
            with place.open("rb") as lines:
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
        self.poor.pop(source, None)
        self.retried.add(source)
        return False


def _leave_none(file: IO[bytes], path: Path) -> None:
    """Removes a file that is still being written and has nothing in it."""
    if file.closed:
        return
    with suppress(OSError):
        if os.fstat(file.fileno()).st_size == 0:
            os.unlink(path)
    file.close()


def is_poor(path: Path) -> bool:
    """Whether the file is one record, and that is not "ok"; what cannot be read is no record."""
    try:
        told = json.loads(path.read_bytes())
        return "format" in told and told["status"] in {"partial", "failed"}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def locked(path: Path) -> IO[bytes]:
    """The file, opened to be read and written by nobody else; made if it is not there.

    Raises:
        OutputError: another run writes it.
        OSError: it cannot be opened.
    """
    while True:
        # Unbuffered: what could not be written must not be tried once more when the file is closed.
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "r+b", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = os.fstat(file.fileno())
            with suppress(FileNotFoundError):
                if os.path.samestat(mine, os.stat(path)):
                    return file
        except BlockingIOError as error:
            file.close()
            raise OutputError(
                f"{str(path)!r} is written by another run", "wait for it, or choose another -o"
            ) from error
        except BaseException:
            file.close()
            raise
        # Another run has put a file in its place meanwhile.
        file.close()


def _write(file: IO[bytes], data: bytearray) -> None:
    left = memoryview(data)
    try:
        while left:
            left = left[file.write(left) :]
    finally:
        left.release()


def _head(line: bytes, path: object, number: int) -> tuple[str, str, str | None, str]:
    """Source, task, schema and status of a record."""
    try:
        if found := _HEAD.match(line):
            source, task, schema = (json.loads(part) for part in found.groups()[:3])
            return source, task, schema, found[4].decode()
        told = json.loads(line)
        return str(told["source"]), str(told["task"]), told["schema"], str(told["status"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        hint = f"it is damaged, or of another kind: mend that line, or {_ANEW}"
        raise OutputError(f"line {number} of {str(path)!r} is no record of vextract", hint) from error


def _check_torn(line: bytes, path: Path, number: int) -> None:
    """Nothing, if this can be what is left of a record; after a power cut that may be zeros.

    Raises:
        OutputError: it is something else, which is not to be lost.
    """
    begun = line[: 2 * len(_BEGINNING)].rstrip(b"\0").replace(b" ", b"")[: len(_BEGINNING)]
    if not _BEGINNING.startswith(begun):
        hint = f"it does not end, and is of another kind: mend that line, or {_ANEW}"
        raise OutputError(f"line {number} of {str(path)!r} is no record of vextract", hint)


def _named(task: str, schema: str | None) -> str:
    return f"`{task}`" if schema is None else f"`{task}` by the schema {schema!r}"
