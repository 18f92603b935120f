"""Getting a source's bytes onto the local disk, within limits: URLs, object stores, standard input, pipes.

Only what the user named is ever fetched; nothing in a document leads here.
"""

import hashlib
import stat
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from vextract.errors import InputError
from vextract.sources import remote
from vextract.sources.expand import Source
from vextract.sources.options import Limits

__all__ = ["fetch", "file_sha256", "is_stream", "spool"]

_CHUNK = 1 << 18


def is_stream(source: Source) -> bool:
    """Whether the source can be read by this very process alone: standard input, a named pipe, what lies in its memory."""
    if source.name == "-" or (source.url and remote.in_this_process(source.url)):
        return True
    try:
        mode = source.path.stat().st_mode if source.path else 0
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def spool(source: Source, scratch: Path, limits: Limits) -> Path:
    """Copies standard input, a pipe or what lies in memory to a file in `scratch`.

    Raises:
        InputError: it is empty, too long, or cannot be read.
    """
    if source.url:
        return _copied(source.url, source.name, scratch, limits)
    try:
        if source.path is None:
            if sys.stdin is None:
                raise InputError("standard input is closed", "name a file, or pipe one in")
            return _save(_blocks(sys.stdin.buffer), scratch, source.name, limits)
        with source.path.open("rb", buffering=0) as stream:
            return _save(_blocks(stream), scratch, source.name, limits)
    except OSError as error:
        raise InputError(
            f"cannot read {source.name!r}: {error.strerror or error}", "check that it can be read"
        ) from error


def fetch(source: Source, scratch: Path, limits: Limits) -> Path:
    """A local file with the source's bytes: the file itself, or a download in `scratch`.

    Raises:
        InputError: it is missing, empty, over the limits, or the server did not give it.
    """
    if source.problem:
        raise source.problem
    if source.url:
        copy = _copied if remote.is_remote(source.url) else _download
        return copy(source.url, source.name, scratch, limits)
    assert source.path is not None, "standard input is spooled before"
    try:
        size = source.path.stat().st_size
        with source.path.open("rb"):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot read {source.name!r}: {reason}", "check the name and its permissions") from error
    _check_size(source.name, size, limits)
    return source.path


def file_sha256(path: Path) -> str:
    """The hexadecimal SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _blocks(stream: BinaryIO) -> Iterable[bytes]:
    return iter(lambda: stream.read(_CHUNK), b"")


def _check_size(name: str, size: int, limits: Limits) -> None:
    if size == 0:
        raise InputError(f"{name!r} is empty", "the file has no bytes; was it copied completely?")
    if size > limits.max_bytes:
        hint = "raise max_bytes in vextract.toml or VEXTRACT_MAX_BYTES if this is meant"
        raise InputError(f"{name!r} has {size:,} bytes, more than the limit of {limits.max_bytes:,}", hint)


def _save(blocks: Iterable[bytes], scratch: Path, name: str, limits: Limits) -> Path:
    size = 0
    with tempfile.NamedTemporaryFile(dir=scratch, prefix="source-", delete=False) as file:
        path = Path(file.name)
        try:
            for block in blocks:
                size += len(block)
                if size > limits.max_bytes:
                    break
                file.write(block)
            _check_size(name, size, limits)
        except BaseException:
            path.unlink()
            raise
    return path


def _copied(url: str, name: str, scratch: Path, limits: Limits) -> Path:
    """A file with the bytes of an object."""
    deadline = time.monotonic() + limits.fetch_timeout_s
    with remote.opened(url, name) as (size, file):
        _check_size(name, 1 if size is None else size, limits)
        return _save(_in_time(_blocks(file), deadline, name, limits), scratch, name, limits)


def _in_time(blocks: Iterable[bytes], deadline: float, name: str, limits: Limits) -> Iterable[bytes]:
    """The blocks, as long as there is time."""
    for block in blocks:
        if time.monotonic() > deadline:
            raise _too_slow(name, limits)
        yield block


def _download(url: str, name: str, scratch: Path, limits: Limits) -> Path:
    import httpx

    deadline = time.monotonic() + limits.fetch_timeout_s
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=limits.fetch_timeout_s) as reply:
            if reply.status_code != httpx.codes.OK:
                raise InputError(
                    f"{name!r} answered {reply.status_code} {reply.reason_phrase}",
                    "open the address in a browser to check it",
                )
            _check_size(name, int(reply.headers.get("content-length") or 1), limits)
            # In blocks as they arrive: gathered into larger ones, a slow server's would come too late for the deadline.
            return _save(_in_time(reply.iter_bytes(), deadline, name, limits), scratch, name, limits)
    except httpx.TimeoutException as error:
        raise _too_slow(name, limits) from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        hint = "check the address and the network connection"
        raise InputError(
            f"cannot fetch {name!r}: {str(error).replace(url, name) or type(error).__name__}", hint
        ) from error


def _too_slow(name: str, limits: Limits) -> InputError:
    hint = "raise fetch_timeout_s in vextract.toml or VEXTRACT_FETCH_TIMEOUT_S"
    return InputError(f"{name!r} took longer than {limits.fetch_timeout_s:g} s", hint)
