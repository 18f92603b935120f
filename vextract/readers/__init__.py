"""Readers: one file each, turning the picture of a page into words with boxes, on this machine.

A reader is a module with a constant `READER`; its name on the command line is the file's stem.
"""

from collections.abc import Callable
from dataclasses import dataclass

from vextract.plugins import load
from vextract.types import Page, Reading

__all__ = ["ReadOptions", "Reader", "find_reader"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        languages: as Tesseract names them, joined by "+": "eng+deu".
        psm: Tesseract's page segmentation mode 0..13, None to let the reader choose.
        fast: one pass, no second look.
        rotate: find out which way up the page is.
        timeout_s: after so many seconds a page is given up.
    """

    languages: str = "eng"
    psm: int | None = None
    fast: bool = False
    rotate: bool = True
    timeout_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader's facts and its two functions.

    Attributes:
        about: one line on what it is good for.
        check: raises DependencyError if it cannot run with these options; called before any page is read.
        read: the words of a page, boxes in fractions of the page as given.
        version: of the engine behind it; None if it is not installed.
    """

    about: str
    check: Callable[[ReadOptions], None]
    read: Callable[[Page, ReadOptions], Reading]
    version: Callable[[], str | None]


def find_reader(name: str) -> Reader:
    """The reader of that name.

    Raises:
        UsageError: there is none.
    """
    found = load("vextract.readers", name).READER
    assert isinstance(found, Reader), f"{name}.READER is not a Reader"
    return found
