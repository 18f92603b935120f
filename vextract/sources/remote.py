"""Object stores by their addresses, s3://, gs://, az:// and the like, through fsspec: what lies there is listed, read and written.

Only addresses that the user gave lead here. Who may do what there, the store's own client finds in its usual places (environment,
files of the cloud's tools, roles of the machine); no key is taken from an address or a setting.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from vextract.credentials import redacted
from vextract.errors import DependencyError, InputError, PrivacyError, VextractError
from vextract.privacy import refuses_network

__all__ = ["STORES", "Found", "Place", "files_in", "in_this_process", "is_many", "is_remote", "local_name", "opened"]

STORES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs"}
"""Scheme -> the package that knows it."""
# A file system in the memory of one process; for tests and notebooks.
_MEMORY = "memory"
_SCHEME = re.compile(rf"({'|'.join([*STORES, _MEMORY])})://", re.IGNORECASE)
_MAGIC = re.compile(r"[*?\[]")
_HINT = "check the address, the region, and what the store's own tools are set up with (profile, role, key)"


@dataclass(frozen=True, slots=True)
class Found:
    """An object: its address, and the folder below the one that was listed in which it lies."""

    url: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An address as fsspec takes it: a file system, and a path in it."""

    system: Any
    path: str

    @classmethod
    def of(cls, url: str, name: str) -> "Place":
        """The place of an address.

        Args:
            url: as it was given.
            name: the same as it may be printed.

        Raises:
            PrivacyError: it is on another machine, and nothing may leave this one.
            DependencyError: the package that knows the store is not installed.
            InputError: there is no such store.
        """
        scheme = _scheme(url)
        if scheme != _MEMORY and refuses_network():
            raise PrivacyError(
                f"{name!r} is on another machine, and local_only allows no connection to one",
                "copy it here first, or leave out --local-only",
            )
        if "::" in url:
            raise InputError(f"{name!r} chains file systems, which is not allowed", "name the object alone")
        with told(url, name):
            from fsspec.core import url_to_fs

            system, path = url_to_fs(f"{scheme}://{url.partition('://')[2]}")
            return cls(system, path)


def is_remote(name: str) -> bool:
    """Whether the name is an address in an object store; those of http are not."""
    return _SCHEME.match(name) is not None


def is_many(url: str) -> bool:
    """Whether the address stands for several objects: it ends in "/", or has wildcards."""
    return url.endswith("/") or _MAGIC.search(url) is not None


def in_this_process(url: str) -> bool:
    """Whether only this very process can read what lies there."""
    return _scheme(url) == _MEMORY


def local_name(name: str) -> str:
    """The path that a file: URL on this machine names; any other name as it is."""
    if not name.lower().startswith("file://"):
        return name
    try:
        parts = urlsplit(name)
    except ValueError:
        return name
    return unquote(parts.path) if parts.netloc.lower() in ("", "localhost") and parts.path else name


def files_in(url: str, name: str, *, recursive: bool) -> Iterator[Found]:
    """The objects that an address with "/" at its end or with wildcards stands for, by name.

    Args:
        url: as it was given.
        name: the same as it may be printed.
        recursive: of a folder those in its sub-folders, too.

    Raises:
        VextractError: they cannot be listed.
    """
    place = Place.of(url, name)
    with told(url, name):
        if not url.endswith("/"):
            # A name may have the characters of a wildcard in it.
            named = sorted(place.system.glob(place.path)) or [place.path]
            yield from (Found(_url(url, place, path)) for path in named if place.system.isfile(path))
            return
        below = place.path.rstrip("/") + "/"
        for path in sorted(place.system.find(place.path, maxdepth=None if recursive else 1)):
            inner = path.removeprefix(below).split("/")[:-1]
            if not any(part.startswith(".") for part in inner):
                yield Found(_url(url, place, path), "/".join(inner))


@contextmanager
def opened(url: str, name: str) -> Iterator[tuple[int | None, BinaryIO]]:
    """An object's size in bytes, None if it is not told, and its bytes.

    Raises:
        VextractError: it cannot be read.
    """
    place = Place.of(url, name)
    with told(url, name):
        size = place.system.info(place.path).get("size")
        with place.system.open(place.path, "rb") as file:
            yield (size, file)


@contextmanager
def told(url: str, name: str, kind: type[InputError] = InputError, hint: str = _HINT) -> Iterator[None]:
    """Tells what goes wrong with a store in words of ours; each of the clients has exceptions of its own."""
    try:
        yield
    except VextractError:
        raise
    except ImportError as error:
        package = STORES.get(_scheme(url), "fsspec")
        wanted = "" if package == "fsspec" else f" {package}"
        raise DependencyError(
            f"{name!r} needs the package {package}, not installed", f"pip install 'vextract[cloud]'{wanted}"
        ) from error
    except FileNotFoundError as error:
        raise kind(f"no such object: {name!r}", "check the address; that of a folder ends in /") from error
    except Exception as error:
        reason = redacted(str(error).replace(url, name)) or type(error).__name__
        what = "read" if kind is InputError else "write"
        raise kind(f"cannot {what} {name!r}: {reason}", hint) from error


def put(path: Path, place: Place) -> None:
    """Makes an object of a local file; it appears whole or not at all."""
    place.system.put_file(str(path), place.path)


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


def _url(url: str, place: Place, path: str) -> str:
    """The address of what lies in the same file system, written as the one that was given."""
    head = url.rstrip("/").removesuffix(place.path.rstrip("/"))
    return head + path if head != url.rstrip("/") else str(place.system.unstrip_protocol(path))
