"""The ledger of what left: one line for each request to a model, noted before it is sent. It tells what, never the content.

A line has the server, how much was sent, and the SHA-256 of the pictures: no key, no path or query of an address, no prompt.
"""

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vextract.errors import InputError, OutputError, UsageError
from vextract.privacy import is_loopback, runs_elsewhere
from vextract.requests import Request
from vextract.types import printable

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["EgressLine", "HostTotal", "Ledger", "egress_line", "note", "read_ledger", "summarise"]

log = logging.getLogger("vextract")

_MAX_BYTES = 32 << 20
_PORTS = {"http": 80, "https": 443}
_HINT = "nothing was sent; make room, or set XDG_STATE_HOME to a folder that can be written"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class EgressLine:
    """One request as it was sent.

    Attributes:
        host: of the server, with the port: "api.openai.com:443".
        loopback: whether that is this machine, which does not pass the request on as far as its name tells.
        bytes_sent: of pictures, clips and texts, before they are encoded for the way.
        pictures: the SHA-256 of each picture and clip as sent, in hexadecimal digits.
        model: such as "openai:gpt-4o".
        task: such as "extract"; None if it belongs to none.
        source: what was asked about, as printed; None if it is nothing that has a name.
        time: when it was noted, with its time zone.
    """

    host: str
    loopback: bool
    bytes_sent: int
    pictures: tuple[str, ...]
    model: str
    task: str | None = None
    source: str | None = None
    time: datetime = field(default_factory=_now)


@dataclass(frozen=True, slots=True)
class HostTotal:
    """What one server was sent; `pictures` counts different ones."""

    host: str
    loopback: bool
    requests: int
    bytes_sent: int
    pictures: int
    first: datetime
    last: datetime


def egress_line(
    request: Request, url: str, *, model: str, task: str | None = None, source: str | None = None
) -> EgressLine:
    """The line of a request to the server at `url`, of which only the host and the port are kept.

    Raises:
        UsageError: the address has no host, or a port that is none.
    """
    host, port = _host_and_port(url)
    parts = [part for turn in request.turns for part in turn.parts]
    files = [part.data for part in parts if not isinstance(part, str)]
    texts = [request.system, *(part for part in parts if isinstance(part, str))]
    if request.json_schema is not None:
        texts.append(json.dumps(request.json_schema, ensure_ascii=False, default=str))
    size = sum(map(len, files)) + sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    shown = f"[{host}]" if ":" in host else host
    return EgressLine(
        host=shown if port is None else f"{shown}:{port}",
        loopback=is_loopback(host) and not runs_elsewhere(*model.partition(":")[::2]),
        bytes_sent=size,
        pictures=tuple(hashlib.sha256(data).hexdigest() for data in files),
        model=model,
        task=task,
        source=None if source is None else printable(source),
    )


def _host_and_port(url: str) -> tuple[str, int | None]:
    hint = "write it as https://HOST:PORT/PATH"
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        port = parts.port
    except ValueError:
        raise UsageError("the model's server has an address that cannot be read", hint) from None  # may tell a password
    if not parts.hostname:
        raise UsageError("the model's server has an address without a host", hint)
    return parts.hostname, port if port is not None else _PORTS.get(parts.scheme)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger in a folder: egress.jsonl, and egress.1.jsonl with what came before it.

    When the two together would pass `max_bytes`, the older one is forgotten. Any number of processes and threads may write: a lock
    on egress.lock has them take turns. What was noted survives the end of the process, not the sudden end of the machine.
    """

    folder: Path
    max_bytes: int = _MAX_BYTES

    def note(self, line: EgressLine) -> None:
        """Adds a line.

        Raises:
            OutputError: it cannot be written; the request is then not to be sent.
        """
        text = json.dumps({**asdict(line), "time": line.time.astimezone(UTC).isoformat()}, ensure_ascii=False)
        data = text.encode("utf-8", "replace") + b"\n"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked(fcntl.LOCK_EX):
                self._append(data)
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError(f"cannot note in {str(self._file)!r} what leaves: {reason}", _HINT) from error

    def read(self) -> Iterator[EgressLine]:
        """The lines, the oldest first; those that are cut off or damaged are left out, with a warning.

        Raises:
            InputError: there is a ledger, and it cannot be read.
        """
        files = []
        try:
            if os.path.isdir(self.folder):
                with self._locked(fcntl.LOCK_SH):  # so that both are of the same moment
                    for path in (self._older, self._file):
                        with suppress(FileNotFoundError):
                            file = path.open("rb")
                            files.append((file, os.fstat(file.fileno()).st_size))
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(f"cannot read {str(self._file)!r}: {reason}", "see who owns the file") from error
        damaged = 0
        for file, size in files:
            with file:
                end = 0
                for data in file:
                    end += len(data)
                    if end > size:  # added meanwhile, perhaps half written
                        break
                    line = _read(data)
                    damaged += line is None
                    if line is not None:
                        yield line
        if damaged:
            log.warning("%s: %d damaged lines are left out", self._file, damaged)

    @property
    def _file(self) -> Path:
        return self.folder / "egress.jsonl"

    @property
    def _older(self) -> Path:
        return self.folder / "egress.1.jsonl"

    @contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        handle = os.open(self.folder / "egress.lock", os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, kind)
            yield
        finally:
            os.close(handle)

    def _append(self, data: bytes) -> None:
        with suppress(FileNotFoundError):
            if os.stat(self._file).st_size + len(data) > self.max_bytes // 2:
                os.replace(self._file, self._older)
        handle = os.open(self._file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":  # a line that was cut off must not spoil this one
                data = b"\n" + data
            if os.write(handle, data) != len(data):
                raise OSError(None, "the disk is full")
        finally:
            os.close(handle)


def note(line: EgressLine) -> None:
    """Adds a line to the user's ledger; to be called before the request is sent.

    Raises:
        OutputError: it cannot be written; the request is then not to be sent.
    """
    _users_ledger().note(line)


def read_ledger() -> Iterator[EgressLine]:
    """The lines of the user's ledger, the oldest first.

    Raises:
        InputError: there is a ledger, and it cannot be read.
    """
    return _users_ledger().read()


def summarise(lines: Iterable[EgressLine]) -> list[HostTotal]:
    """What each server was sent; other machines before this one, then by name."""
    totals: dict[tuple[bool, str], HostTotal] = {}
    pictures: dict[tuple[bool, str], set[str]] = {}
    for line in lines:
        key = (line.loopback, line.host)
        before = totals.get(key) or HostTotal(line.host, line.loopback, 0, 0, 0, line.time, line.time)
        pictures.setdefault(key, set()).update(line.pictures)
        totals[key] = replace(
            before,
            requests=before.requests + 1,
            bytes_sent=before.bytes_sent + line.bytes_sent,
            first=min(before.first, line.time),
            last=max(before.last, line.time),
        )
    return [replace(totals[key], pictures=len(pictures[key])) for key in sorted(totals)]


def _users_ledger() -> Ledger:
    from platformdirs import user_state_path

    return Ledger(user_state_path("vextract"))


@cache
def _form() -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(EgressLine)


def _read(data: bytes) -> EgressLine | None:
    """The line, None if it is damaged. Keys that are unknown come from a later version and are passed over."""
    from pydantic import ValidationError

    try:
        line: EgressLine = _form().validate_json(data)
    except ValidationError:
        return None
    return line if line.time.tzinfo else None
