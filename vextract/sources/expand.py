"""From names on the command line to sources, lazily: files, directories, globs, URLs, object stores, standard input, lists.

Nothing is opened here, folders are listed; a name that leads nowhere becomes a source with a `problem`, so that the others go on.
"""

import codecs
import glob
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from vextract.errors import InputError, VextractError
from vextract.sources import remote
from vextract.types import Record

__all__ = ["SUFFIXES", "Source", "expand", "may_be_several", "names_from", "without_secrets"]

# By which files are picked out of a directory; what a picked or named file really is, its content decides.
SUFFIXES = frozenset(
    [
        ".pdf",
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".webp",
        ".gif",
        ".bmp",
        ".dib",
        ".tif",
        ".tiff",
        ".avif",
        ".heic",
        ".heif",
        ".jp2",
        ".j2k",
        ".pbm",
        ".pgm",
        ".ppm",
        ".pnm",
        ".mp4",
        ".m4v",
        ".mov",
        ".3gp",
        ".webm",
        ".mkv",
        ".avi",
    ]
)
_URL = re.compile(r"^https?://", re.IGNORECASE)
_FETCHED = "http://, https://, file:// and the object stores s3://, gs:// and az:// can be read"
_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to read.

    Attributes:
        name: as records and messages print it; of a URL without passwords, keys and signatures.
        path: the local file; None for a URL or standard input, which have to be fetched first.
        url: where to fetch it from, as it was given; of http or of an object store.
        folder: where it lies below the directory that was named, "" if it was named itself.
        problem: why it cannot be read, if that is known already.
        number: its 1-based place among the sources of a run, 0 while it has none.
        values: JSON that came with it, for tasks that check values; None if none did.
        record: what an earlier run said of it, for what is made of records; None if there was none.
    """

    name: str
    path: Path | None = None
    url: str | None = field(default=None, repr=False)
    folder: str = ""
    problem: VextractError | None = None
    number: int = 0
    values: object = field(default=None, repr=False)
    record: Record[Any] | None = field(default=None, repr=False)

    @property
    def file_name(self) -> str:
        """The last part of the name, for naming outputs: "scan.png"; "stdin" for standard input."""
        if self.name == "-":
            return "stdin"
        plain = re.split(r"[?#]", self.name)[0] if self.url else self.name
        name = Path(plain.rstrip("/")).name
        return name if name not in ("", "..") else "index"


def may_be_several(names: Iterable[str], from_file: str | None = None) -> bool:
    """Whether these names can stand for more than one source (judged by their form, without a look at the disk's content)."""
    names = list(names)
    return len(names) != 1 or from_file is not None or any(_is_many(name) for name in names)


def _is_many(name: str) -> bool:
    if remote.is_remote(name):
        return remote.is_many(name)
    name = remote.local_name(name)
    if name == "-" or _URL.match(name) or os.path.isfile(name):
        return False
    return name.startswith("@") or os.path.isdir(name) or _MAGIC.search(name) is not None


def expand(names: Iterable[str], *, recursive: bool = False, lists: bool = True) -> Iterator[Source]:
    """The sources that the names stand for, in the order given; inside a directory or glob by name.

    Args:
        names: files, directories, globs, URLs, addresses in object stores, "-" for standard input, "@FILE" for a list of names.
        recursive: look into the sub-directories of directories too.
        lists: "@FILE" names a list; off inside a list, so that no list can name itself.
    """
    for name in map(remote.local_name, names):
        if name == "-":
            yield Source(name)
        elif _URL.match(name):
            yield Source(without_secrets(name), url=name)
        elif remote.is_remote(name):
            yield from _stored(name, recursive=recursive)
        elif os.path.lexists(name):
            yield from (
                _directory(Path(name), recursive=recursive) if os.path.isdir(name) else [Source(name, Path(name))]
            )
        elif lists and name.startswith("@"):
            yield from _listed(name, recursive=recursive)
        elif _MAGIC.search(name):
            yield from _glob(name, recursive=recursive)
        elif "://" in name:
            problem = InputError(f"cannot fetch {without_secrets(name)!r}", _FETCHED)
            yield Source(without_secrets(name), problem=problem)
        else:
            hint = "check the name; it is taken relative to the current directory"
            yield Source(name, problem=InputError(f"no such file: {name!r}", hint))


def without_secrets(url: str) -> str:
    """The URL with what may be a secret in it replaced by `***`: user and password, and parameters named like one."""
    url = re.sub(r"(?<=//)[^/@?#]*@", "***@", url)
    return re.sub(
        r"([?&;][^=&;#]*(?:token|key|sig|secret|pass|auth|credential)[^=&;#]*=)[^&;#]*",
        r"\1***",
        url,
        flags=re.IGNORECASE,
    )


def _stored(url: str, *, recursive: bool) -> Iterator[Source]:
    """What an address in an object store stands for; one object is taken for granted until it is fetched."""
    name = without_secrets(url)
    if not remote.is_many(url):
        yield Source(name, url=url)
        return
    found = False
    try:
        for each in remote.files_in(url, name, recursive=recursive):
            if not url.endswith("/") or _is_document(each.url):
                found = True
                yield Source(without_secrets(each.url), url=each.url, folder=each.folder)
    except VextractError as error:
        yield Source(name, problem=error)
        return
    if not found:
        hint = "check the address; of a folder, add --recursive to look into its sub-folders"
        yield Source(name, problem=InputError(f"no picture, PDF or video at {name!r}", hint))


def _is_document(url: str) -> bool:
    file = url.rpartition("/")[2]
    return Path(file).suffix.lower() in SUFFIXES and not file.startswith(".")


def _directory(folder: Path, *, recursive: bool) -> Iterator[Source]:
    found = False
    unlisted: list[OSError] = []
    for where, inner, files in os.walk(folder, onerror=unlisted.append):
        inner[:] = sorted(d for d in inner if recursive and not d.startswith("."))
        for file in sorted(files):
            path = Path(where, file)
            if path.suffix.lower() in SUFFIXES and not file.startswith("."):
                found = True
                yield Source(str(path), path, folder=os.path.relpath(where, folder).removeprefix("."))
    for error in unlisted:
        name = str(error.filename)
        problem = InputError(f"cannot list {name!r}: {error.strerror or error}", "check its permissions and its path")
        yield Source(name, problem=problem)
    if not found and not unlisted:
        hint = "name other files, or add --recursive to look into its sub-directories"
        yield Source(str(folder), problem=InputError(f"no picture, PDF or video in directory {str(folder)!r}", hint))


def _glob(pattern: str, *, recursive: bool) -> Iterator[Source]:
    matches = sorted(glob.glob(pattern, recursive=True))
    # What lies in a directory that ** matches, ** matches too.
    into = recursive and "**" not in pattern
    if not matches:
        yield Source(pattern, problem=InputError(f"nothing matches {pattern!r}", "check the pattern and the quotes"))
    elif not into and all(os.path.isdir(match) for match in matches):
        hint = "add --recursive to look into them, or name files: 'scans/*.png'"
        yield Source(pattern, problem=InputError(f"{pattern!r} matches only directories", hint))
    for match in matches:
        if not os.path.isdir(match):
            yield Source(match, Path(match))
        elif into:
            yield from _directory(Path(match), recursive=recursive)


def _listed(name: str, *, recursive: bool) -> Iterator[Source]:
    try:
        with open(name[1:], "rb") as file:
            yield from expand(names_from(file), recursive=recursive, lists=False)
    except OSError as error:
        reason = error.strerror or str(error)
        yield Source(
            name, problem=InputError(f"cannot read the list {name[1:]!r}: {reason}", "give a text file of names")
        )


def names_from(stream: BinaryIO) -> Iterator[str]:
    """The names in a list, one a line or parted by NUL bytes (as `find -print0` writes them), read as they arrive.

    Empty lines and a byte order mark are skipped. Bytes that are not UTF-8 are kept as the file system keeps them.
    """
    rest = separator = b""
    read = getattr(stream, "read1", stream.read)
    while chunk := read(1 << 16):
        rest += chunk
        separator = separator or next((s for s in (b"\0", b"\n") if s in rest), b"")
        if separator:
            *whole, rest = rest.split(separator)
            yield from _decoded(whole, separator)
    yield from _decoded([rest], separator or b"\n")


def _decoded(names: Iterable[bytes], separator: bytes) -> Iterator[str]:
    for name in names:
        line = name if separator == b"\0" else name.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n")
        if line and (separator == b"\0" or line.strip()):
            yield os.fsdecode(line)
