"""Output formats: one file each, turning a document's pages and record into bytes as they come.

A format is a module with a constant `FORMAT`. Its name on the command line is the file's stem. `FORMAT.writer` makes a fresh
writer for each document; the writer gets the pages in order, then the record, and yields bytes whenever it has some, so that a
long document need not be held in memory.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from vextract.geometry import BoxUnit
from vextract.plugins import load
from vextract.types import PageText, Record

__all__ = ["Format", "RenderOptions", "Writer", "find_format"]


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What a writer may need to know.

    Attributes:
        box_unit: the unit of printed boxes, for formats that leave a choice.
        several: more than one document may go to the same stream.
        first: this document is the first on its stream (headers are printed once).
    """

    box_unit: BoxUnit = "pixel"
    several: bool = False
    first: bool = True


class Writer(Protocol):
    """Writes one document. A failed document gets no `page` call, only `close`."""

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        """Bytes for the next page; `picture` is its JPEG or PNG file if the format asked for pictures."""
        ...

    def close(self, record: Record[object]) -> Iterable[bytes]:
        """The last bytes. `record.data` is empty: its pages have all been handed to `page`."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format's facts.

    Attributes:
        suffix: of the files that it makes, with the dot.
        writer: makes the writer of one document.
        concatenates: several documents may follow each other in one stream.
        wants_pictures: `Writer.page` needs the page's picture.
        shows_failures: a failed document leaves something in the output (else only on stderr).
        head, between, tail: bytes around several documents on one stream.
    """

    suffix: str
    writer: Callable[[RenderOptions], Writer]
    concatenates: bool = True
    wants_pictures: bool = False
    shows_failures: bool = False
    head: bytes = b""
    between: bytes = b""
    tail: bytes = b""


def find_format(name: str) -> Format:
    """The format of that name.

    Raises:
        UsageError: there is none.
    """
    found = load("vextract.renderers", name).FORMAT
    assert isinstance(found, Format), f"{name}.FORMAT is not a Format"
    return found
