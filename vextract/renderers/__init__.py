"""Output formats: one file each, turning a document's pages and record into bytes as they come.

A format is a module with a constant `FORMAT`. Its name on the command line is the file's stem. `FORMAT.writer` makes a fresh
writer for each document; the writer gets the pages in order, then the record, and yields bytes whenever it has some, so that a
long document need not be held in memory.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from vextract.errors import UsageError
from vextract.geometry import BoxUnit
from vextract.plugins import load
from vextract.schema.fields import FieldSpec
from vextract.types import PageText, Record

__all__ = ["Format", "RenderOptions", "StreamWriter", "Writer", "find_format"]


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What a writer may need to know.

    Attributes:
        box_unit: the unit of printed boxes, for formats that leave a choice.
        several: more than one document may go to the same stream.
        first: this document is the first on its stream (headers are printed once).
        data_only: the record's data without the record, for formats that leave a choice.
        explode: the list of the data that makes a row for each of its members, for tables; None for a row a document.
        fields: what the schema asks for, if there is one.
        evidence: the evidence is the result, not the data, which the user gave.
        beside: there is a file, so that others can lie beside it.
        terminal: it is a terminal that will show this.
        detections: the data are detected objects.
    """

    box_unit: BoxUnit = "pixel"
    several: bool = False
    first: bool = True
    data_only: bool = False
    explode: str | None = None
    fields: FieldSpec | None = None
    evidence: bool = False
    beside: bool = False
    terminal: bool = False
    detections: bool = False


class Writer(Protocol):
    """Writes one document. A failed document gets no `page` call, only `close`; so does one whose record holds all its data."""

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        """Bytes for the next page; `picture` is its JPEG or PNG file if the format asked for pictures."""
        ...

    def close(self, record: Record[object]) -> Iterable[bytes]:
        """The last bytes. After `page` calls `record.data` is empty."""
        ...


@runtime_checkable
class StreamWriter(Writer, Protocol):
    """Writes all documents of a stream, `close` after `close`, so that what it learns from one serves the next."""

    def beside(self, record: Record[object]) -> Iterable[tuple[str, bytes]]:
        """After `close`: bytes for the files beside, each with its name, such as "items" for `out.items.csv` beside `out.csv`.

        Names can be part of a file's name. Asked for only if `RenderOptions.beside`.
        """
        ...

    def finish(self) -> Iterable[bytes]:
        """The last bytes of the stream."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format's facts.

    Attributes:
        suffix: of the files that it makes, with the dot.
        writer: makes the writer of one document's pages; None if it has no form for pages.
        record_writer: makes the writer of one record with data; None if it has no form for records.
        concatenates: several documents may follow each other in one stream.
        wants_pictures: `Writer.page` needs the page's picture.
        shows_failures: a failed document leaves something in the output (else only on stderr).
        head, between, tail: bytes around several documents on one stream.
        beside: the names of the files that will lie beside each file, as far as they are known before any document is. It
            raises a UsageError if there is no such list to explode. None: there are none, and nothing can be exploded.
    """

    suffix: str
    writer: Callable[[RenderOptions], Writer] | None = None
    record_writer: Callable[[RenderOptions], Writer] | None = None
    concatenates: bool = True
    wants_pictures: bool = False
    shows_failures: bool = False
    head: bytes = b""
    between: bytes = b""
    tail: bytes = b""
    beside: Callable[[RenderOptions], Sequence[str]] | None = None

    def writer_for(self, options: RenderOptions) -> Writer:
        """A fresh writer for one document."""
        assert self.writer is not None, "find_format gives formats with a writer"
        return self.writer(options)


def find_format(name: str, *, pages: bool = True) -> Format:
    """The format of that name, for the text of pages or for records with data.

    Raises:
        UsageError: there is none, or it has no form for this.
    """
    found = load("vextract.renderers", name).FORMAT
    assert isinstance(found, Format), f"{name}.FORMAT is not a Format"
    if (found.writer if pages else found.record_writer) is None:
        what = "the text of pages" if pages else "records"
        raise UsageError(f"-f {name} has no form for {what}", "see --help for the formats of this command")
    # A record tells itself that it failed; plain text cannot.
    return found if pages else replace(found, writer=found.record_writer, shows_failures=name != "text")
