"""What the pictures of a dataset are called: as the source if that is a picture, else by it and the page's number.

No two documents of a run get one name, and a run that is repeated gives the same names.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vextract.annotations import PICTURES
from vextract.files import claimed
from vextract.sources.expand import Source
from vextract.types import PageRef, Record

__all__ = ["Stems", "has_own_picture", "page_stem"]

_DRAWN = ".png"


class Stems:
    """Gives each document a stem that no other has."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def claim(self, candidates: list[str], source: Source) -> str:
        """The first of the candidates that is free.

        Raises:
            OutputError: none is, or this very source has one.
        """
        owners = [self._owners.get(stem) for stem in candidates]
        if None not in owners or source.name in owners:
            raise claimed(Path(candidates[0]), self._owners[candidates[0]])
        stem = candidates[owners.index(None)]
        self._owners[stem] = source.name
        return stem


def stems_in_a_folder(source: Source) -> list[str]:
    """Stems for a document in a folder without folders: its own, with its suffix, with the folder that it comes from."""
    name = Path(source.file_name)
    parent = source.folder.replace("/", "-") or (os.path.abspath(source.path).split("/")[-2] if source.path else "")
    own = [name.stem, name.name]
    return own + ([f"{parent}-{stem}" for stem in own] if parent else [])


def has_own_picture(source: Source, record: Record[Any]) -> bool:
    """Whether the source is the picture: tools open it by its suffix, and it has one page."""
    numbers = [ref.number for ref in record.pages]
    return Path(source.file_name).suffix.lower() in PICTURES and numbers == [1]


def page_stem(stem: str, ref: PageRef, *, own: bool) -> str:
    """The stem of a page's picture and of the file about it."""
    return stem if own else f"{stem}-p{ref.number}"


def picture_suffix(source: Source, given: Path | None, *, own: bool) -> str:
    """The suffix of a page's picture, with the dot: of the file that is given, else the source's own, else that of a drawing."""
    suffix = Path(source.file_name).suffix if own else ""
    if given and given.suffix.lower() != suffix.lower():
        return given.suffix or _DRAWN
    return suffix or _DRAWN


def existing_stems(folder: Path, suffix: str) -> Iterator[str]:
    """The stems of the files in a folder that end so; none if there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            yield from (entry.name.removesuffix(suffix) for entry in entries if _is_of(entry.name, suffix))
    except (FileNotFoundError, NotADirectoryError):
        return


def _is_of(name: str, suffix: str) -> bool:
    return name.endswith(suffix) and not name.startswith(".")
