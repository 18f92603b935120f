"""Records in an object store: nothing can be added to an object, so they go there in parts, out-00000.jsonl and on, each put whole.

What is not in a part yet lies in a journal on this machine, which a run that goes on takes up. So a process that is killed loses
nothing; a machine that is lost takes with it what was finished since the last part, at most `PART_S` of work or `PART_BYTES`.
"""

import hashlib
import os
import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from vextract.errors import OutputError, UsageError
from vextract.journal import GoingOn, Journal, locked
from vextract.sources.expand import without_secrets
from vextract.sources.remote import Place, put, told

__all__ = ["PART_BYTES", "PART_S", "Parts", "parts_of"]

PART_BYTES = 32 << 20
"""A part is put when it is at least so long, in bytes,"""
PART_S = 300.0
"""or so old, in seconds."""


class Parts(Journal):
    """A journal whose lines end up in the parts of an object.

    Args:
        url: of the object that the parts make together, one after another.
        resume, retry, about: see `Journal`.
        force: parts that are there are removed, if `resume` does not keep them.
        part_bytes: see `PART_BYTES`.

    Raises:
        UsageError: parts are there, and nothing is said of them.
        VextractError: the store cannot be read or written.
    """

    def __init__(  # noqa: PLR0913  as of a journal
        self,
        url: str,
        *,
        resume: bool = False,
        retry: bool = False,
        about: tuple[str, str | None] | None = None,
        force: bool = False,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self._name, self._part_bytes = without_secrets(url), part_bytes
        self._place = Place.of(url, self._name)
        self._stem, self._suffix = os.path.splitext(self._place.path)
        spool = _spool(self._name)
        parts = self._listed()
        if not (resume or force) and (parts or _has_lines(spool)):
            raise UsageError(
                f"{self._name!r} has parts already",
                "add --resume to go on with it, --force to replace it, or choose another -o",
            )
        if resume:
            self._forget_put(spool, parts)
        super().__init__(spool, resume=resume, retry=retry, about=about)
        self.url = self._name
        self._begun = time.monotonic()
        self._next = parts[-1][0] + 1 if resume and parts else 0
        try:
            for number, path in parts:
                if resume:
                    self._take_up(self._part(number), path, retry=retry)
                else:
                    self._remove(path)
        except BaseException:
            self._file.close()
            raise

    def keep(self) -> None:
        """Writes what was added, and puts the part if it is long or old enough."""
        super().keep()
        if self._end >= self._part_bytes or time.monotonic() - self._begun > PART_S:
            self._put()

    def commit(self) -> None:
        """Has all lines in the store."""
        try:
            if self._pending:
                super().keep()
            self._put()
            with suppress(OSError):
                os.unlink(self._path)
        finally:
            self._file.close()

    def discard(self) -> None:
        """Leaves no part behind if there is no line for it."""
        if not self._file.closed:
            self._pending.clear()
            self.commit()

    def _put(self) -> None:
        """Makes a part of the lines that are here."""
        self._begun = time.monotonic()
        if not self._end:
            return
        number = self._next
        hint = f"what is finished is kept in {str(self._path)!r}: mend the cause, and go on with --resume"
        with told(self._name, self._part(number), OutputError, hint):
            put(self._path, Place(self._place.system, self._at(number)))
        self._next += 1
        self._file.truncate(0)
        self._file.seek(0)
        self._end = 0

    def _listed(self) -> list[tuple[int, str]]:
        """The parts that are there, by number, with their paths."""
        folder, _, stem = self._stem.rpartition("/")
        form = re.compile(re.escape(stem) + r"-(\d{5,})" + re.escape(self._suffix))
        system = self._place.system
        with told(self._name, self._name, OutputError):
            system.invalidate_cache()
            try:
                found = system.ls(folder, detail=False)
            except FileNotFoundError:
                return []
        numbered = [(form.fullmatch(path.rpartition("/")[2]), path) for path in found]
        return sorted((int(match[1]), path) for match, path in numbered if match)

    def _forget_put(self, spool: Path, parts: list[tuple[int, str]]) -> None:
        """Empties the journal if its lines are the last part: then only that was left to be done when the run was killed."""
        if not parts or not _has_lines(spool):
            return
        with locked(spool) as file, told(self._name, self._name, OutputError):
            if self._place.system.info(parts[-1][1]).get("size") == os.path.getsize(spool):
                with self._place.system.open(parts[-1][1], "rb") as part:
                    if _digest(part) == _digest(file):
                        file.truncate(0)

    def _take_up(self, name: str, path: str, *, retry: bool) -> None:
        """Counts the lines of a part; with `retry`, those of records that are not ok are taken out of it."""
        system = self._place.system
        with tempfile.NamedTemporaryFile(prefix="vextract-part-") as smaller, told(self._name, name, OutputError):
            left_out = False
            with system.open(path, "rb") as lines:
                for number, line in enumerate(lines, 1):
                    self._count(line, number, name)
                    if not retry or self._is_ok(line, number, name):
                        smaller.write(line if retry else b"")
                    else:
                        left_out = True
            smaller.flush()
            if left_out:
                put(Path(smaller.name), Place(system, path))

    def _remove(self, path: str) -> None:
        with told(self._name, self._name, OutputError):
            self._place.system.rm_file(path)

    def _at(self, number: int) -> str:
        return f"{self._stem}-{number:05}{self._suffix}"

    def _part(self, number: int) -> str:
        stem, suffix = os.path.splitext(self._name)
        return f"{stem}-{number:05}{suffix}"


def parts_of(url: str, going_on: GoingOn, *, records: bool, force: bool) -> Parts:
    """The parts that `-o URL` means.

    Args:
        url: of the object that they make together.
        going_on: what is done with those that are there.
        records: whether records are to be written.
        force: begin anew.

    Raises:
        UsageError: something else is to be written, or parts are there and nothing is said of them.
        VextractError: the store cannot be read or written.
    """
    if not records or url.endswith("/"):
        raise UsageError(
            "only records go to an object store, in parts of one name",
            "write them so: -f jsonl -o s3://BUCKET/out.jsonl, without --data",
        )
    about = (going_on.task, going_on.schema)
    return Parts(url, resume=going_on.resume and not force, retry=going_on.retry, about=about, force=force)


def _spool(name: str) -> Path:
    """Where the lines of an object lie until they are a part."""
    from platformdirs import user_state_path

    folder = user_state_path("vextract") / "outputs"
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make {str(folder)!r}: {error.strerror}", "set XDG_STATE_HOME to a folder") from error
    return folder / f"{digest}.jsonl"


def _has_lines(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _digest(file: object) -> bytes:
    digest = hashlib.sha256()
    read = file.read  # type: ignore[attr-defined]  # of whatever kind of file
    while block := read(1 << 20):
        digest.update(block)
    return digest.digest()
