"""Files that appear whole or not at all, alone or with others beside them."""

import errno
import os
import stat
import tempfile
import weakref
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from vextract.errors import OutputError, UsageError
from vextract.renderers import StreamWriter
from vextract.sources.remote import is_remote
from vextract.types import Record

__all__ = ["AtomicFile", "FilesBeside", "check_apart", "claimed", "in_the_way", "is_same", "itself", "unwritable"]


def in_the_way(path: Path) -> UsageError:
    """The error of a file that exists and must not be replaced."""
    return UsageError(f"{str(path)!r} exists and is kept", "add --force to replace it, or choose another -o")


def claimed(path: Path, owner: str) -> OutputError:
    """The error of a file that is another source's result."""
    hint = "use -o 'out/{name}' or '{n}-{stem}' with the suffix of the format"
    return OutputError(f"{str(path)!r} is already the result of {owner!r}", hint)


def itself(path: Path) -> OutputError:
    """The error of an output that is one of the inputs."""
    return OutputError(f"{str(path)!r} is the input itself", "choose another -o")


def unwritable(where: str, error: OSError | ValueError) -> OutputError:
    """The error of a file or stream that cannot be written."""
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"cannot write {where}: {reason}", "choose another -o, or make room")


def is_same(path: Path, other: Path | None) -> bool:
    """Whether both are there and one file, under whatever names."""
    return other is not None and os.path.exists(path) and os.path.exists(other) and os.path.samefile(path, other)


def check_apart(inputs: Iterable[str], output: str | None) -> None:
    """Nothing, if the output is none of the files that are read.

    Raises:
        UsageError: it is one of them.
    """
    for name in inputs if output not in {None, "-"} else ():
        if is_same(Path(output or ""), Path(name)):
            raise UsageError(f"{output!r} is read by this very run", "choose another -o")


class AtomicFile:
    """A file that appears under its name only when committed, whole. Left uncommitted, however that came, it vanishes.

    Args:
        path: of the file.
        mode: who may read and write it; None: whoever the process allows.

    Raises:
        OutputError: it cannot be made or written.
    """

    def __init__(self, path: Path, mode: int | None = None) -> None:
        self._path, self._mode = path, mode
        if is_remote(str(path).replace(":/", "://", 1)):
            raise OutputError(
                f"{str(path)!r} would be in an object store, where only records go",
                "write a file here, and copy it there",
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                # A name that the system does not take is told before the work, not after it; and a device is never replaced.
                _check_kind(os.stat(path).st_mode)
            handle, self._temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-", suffix=".part")
        except (OSError, ValueError) as error:
            raise unwritable(repr(str(path)), error) from error
        self._file: IO[bytes] = os.fdopen(handle, "wb")
        self._kept = 0
        self._vanish = weakref.finalize(self, _remove, self._file, self._temporary)

    def write(self, data: bytes) -> None:
        """Adds to the file."""
        try:
            self._file.write(data)
        except OSError as error:
            raise unwritable(repr(str(self._path)), error) from error

    def flush(self) -> None:
        """Nothing: the file is seen only when it is whole."""

    def keep(self) -> None:
        """What is written so far stays, whatever `rewind` takes away."""
        self._kept = self._file.tell()

    def rewind(self) -> None:
        """Takes away what was written since the last `keep`."""
        self._file.seek(self._kept)
        self._file.truncate()

    def commit(self) -> None:
        """Puts the file in its place."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(self._temporary, 0o666 & ~mask if self._mode is None else self._mode)
            os.replace(self._temporary, self._path)
        except OSError as error:
            raise unwritable(repr(str(self._path)), error) from error
        self._vanish.detach()

    def discard(self) -> None:
        """Leaves nothing behind; does nothing after `commit`."""
        self._vanish()


def _check_kind(mode: int) -> None:
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is no regular file")


def _remove(file: IO[bytes], temporary: str) -> None:
    with suppress(OSError):
        file.close()
    with suppress(OSError):
        os.unlink(temporary)


class FilesBeside:
    """The files beside a file, `out.items.csv` of `out.csv`: begun when there is something for them, in place when it is."""

    def __init__(self, path: Path, suffix: str, *, force: bool) -> None:
        self._beside, self._suffix, self._force = path, suffix, force
        self._files: dict[str, AtomicFile] = {}

    def path(self, name: str) -> Path:
        """Where the file of that name lies."""
        return self._beside.with_name(f"{self._beside.stem}.{name}{self._beside.suffix or self._suffix}")

    def add(
        self, writer: StreamWriter, record: Record[object], taken: dict[Path, str] | None = None, owner: str = ""
    ) -> None:
        """Takes what the writer has for them of the record.

        Args:
            writer: has had the record by `close`.
            record: of one document.
            taken: whose result each path is; each new file is noted there.
            owner: whose results these are.

        Raises:
            UsageError: a file is in the way.
            OutputError: a file cannot be made, or is the result of another.
        """
        for name, part in writer.beside(record):
            if name not in self._files:
                self._files[name] = self._begun(self.path(name), {} if taken is None else taken, owner)
            self._files[name].write(part)

    def _begun(self, path: Path, taken: dict[Path, str], owner: str) -> AtomicFile:
        if taken.setdefault(path, owner) != owner:
            raise claimed(path, taken[path])
        if os.path.exists(path) and not self._force:
            raise in_the_way(path)
        return AtomicFile(path)

    def files(self) -> Iterable[AtomicFile]:
        """Those that were begun."""
        return self._files.values()
