"""The format `text`: the text in reading order and nothing else. Pages are parted by a form feed, as pdftotext does."""

import json
import re
from collections.abc import Iterator, Mapping

from vextract.renderers import Format, RenderOptions
from vextract.types import PageText, Record, printable

__all__ = ["FORMAT", "inert"]


class TextWriter:
    """Writes each page as it comes; with several documents a line `==> NAME <==` goes before each, as `head` has it."""

    def __init__(self, options: RenderOptions) -> None:
        self._options = options
        self._begun = False

    def page(self, page: PageText, picture: bytes | None) -> Iterator[bytes]:
        """The page's text, ending with a newline; lone surrogates, which no encoding can hold, become question marks."""
        del picture
        if self._begun:
            yield b"\f"
        elif self._options.several:
            gap = "" if self._options.first else "\n"
            yield f"{gap}==> {printable(page.ref.source)} <==\n".encode(errors="replace")
        self._begun = True
        if page.lines or page.text:
            yield _ended(page.text, self._options)

    def close(self, record: Record[object]) -> Iterator[bytes]:
        """Nothing more: failures are told on stderr."""
        del record
        yield from ()


class RecordTextWriter:
    """Writes what a record's data says in words; several documents are headed as pages are."""

    def __init__(self, options: RenderOptions) -> None:
        self._options = options

    def page(self, page: PageText, picture: bytes | None) -> Iterator[bytes]:
        """Nothing: a record holds all there is."""
        del page, picture
        yield from ()

    def close(self, record: Record[object]) -> Iterator[bytes]:
        """The text of an answer, or its labels, a line each; data of a schema as JSON. Nothing of a document that failed."""
        if record.data is None:
            return
        if self._options.several:
            gap = "" if self._options.first else "\n"
            yield f"{gap}==> {printable(record.source)} <==\n".encode(errors="replace")
        yield _ended(_in_words(record), self._options)


def inert(text: str) -> str:
    """The text with its lines, and without anything else that a terminal would act upon: U+FFFD stands for it."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", text.replace("\r\n", "\n"))


def _ended(text: str, options: RenderOptions) -> bytes:
    text = text.removesuffix("\n")
    return f"{inert(text) if options.terminal else text}\n".encode(errors="replace")


def _in_words(record: Record[object]) -> str:
    data = record.data
    # A field of a user's schema that has one of these names is one among others.
    if record.schema is None and isinstance(data, Mapping):
        if isinstance(data.get("labels"), list):
            return "\n".join(map(str, data["labels"]))
        if isinstance(data.get("text"), str) and record.task != "classify":
            return str(data["text"])
    return json.dumps(data, ensure_ascii=False, indent=2)


FORMAT = Format(suffix=".txt", writer=TextWriter, record_writer=RecordTextWriter)
