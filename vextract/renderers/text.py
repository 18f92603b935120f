"""The format `text`: the text in reading order and nothing else. Pages are parted by a form feed, as pdftotext does."""

from collections.abc import Iterator

from vextract.renderers import Format, RenderOptions
from vextract.types import PageText, Record, printable

__all__ = ["FORMAT"]


class TextWriter:
    """Writes each page as it comes; with several documents a line `==> NAME <==` goes before each, as `head` has it."""

    def __init__(self, options: RenderOptions) -> None:
        self._options = options
        self._begun = False

    def page(self, page: PageText, picture: bytes | None) -> Iterator[bytes]:
        """The page's text; lone surrogates, which no encoding can hold, become question marks."""
        del picture
        if self._begun:
            yield b"\f"
        elif self._options.several:
            gap = "" if self._options.first else "\n"
            yield f"{gap}==> {printable(page.ref.source)} <==\n".encode(errors="replace")
        self._begun = True
        if page.lines:
            yield f"{page.text}\n".encode(errors="replace")

    def close(self, record: Record[object]) -> Iterator[bytes]:
        """Nothing more: failures are told on stderr."""
        del record
        yield from ()


FORMAT = Format(suffix=".txt", writer=TextWriter)
