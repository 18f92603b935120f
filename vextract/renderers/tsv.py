"""Tab-separated values, one row a word, for spreadsheets and data frames.

White space inside a text becomes a space, so that no text can break a row, not even for tools that know nothing of
quotes. A text with a quotation mark is quoted as in CSV.
"""

import csv
import re
from collections.abc import Iterable
from io import StringIO

from vextract.geometry import in_unit
from vextract.renderers import Format, RenderOptions
from vextract.renderers._markup import blocks, clean
from vextract.types import PageText, Record

__all__ = ["FORMAT"]

_COLUMNS = ("source", "page", "block", "line", "word", "text", "x0", "y0", "x1", "y1", "confidence")


class _Writer:
    def __init__(self, options: RenderOptions) -> None:
        self._options = options
        self._headed = not options.first

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        del picture
        yield from self._head()
        yield _rows(self._words(page))

    def close(self, record: Record[object]) -> Iterable[bytes]:
        # A stream whose first document failed still needs its header.
        del record
        yield from self._head()

    def _head(self) -> Iterable[bytes]:
        if not self._headed:
            self._headed = True
            yield _rows([_COLUMNS])

    def _words(self, page: PageText) -> Iterable[tuple[object, ...]]:
        """The rows of a page; block, line and word count from 1, each within the one before it."""
        ref, unit = page.ref, self._options.box_unit
        for block_number, block in enumerate(blocks(page), 1):
            for line_number, line in enumerate(block, 1):
                for word_number, word in enumerate(line.words, 1):
                    place = (ref.source, ref.number, block_number, line_number, word_number)
                    sure = "" if word.confidence is None else round(word.confidence, 4)
                    yield (*place, word.text, *map(float, in_unit(word.box, ref, unit)), sure)


def _rows(rows: Iterable[tuple[object, ...]]) -> bytes:
    text = StringIO()
    writer = csv.writer(text, dialect="excel-tab", lineterminator="\n")
    writer.writerows([_one_line(value) if isinstance(value, str) else value for value in row] for row in rows)
    return text.getvalue().encode()


def _one_line(text: str) -> str:
    return re.sub(r"\s", " ", clean(text))


FORMAT = Format(suffix=".tsv", writer=_Writer)
