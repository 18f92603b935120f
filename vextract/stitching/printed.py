"""The rows of print of a document's pages, searchable for what a record says; it decides nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from vextract.fields.segments import PageRows
from vextract.geometry import union
from vextract.types import Box, PageText

__all__ = ["Figure", "PrintedPage", "PrintedPages", "Spot", "Word"]

Word = tuple[int, int]
"""A printed word: its page's number, and its place among the words of that page."""

Spot = tuple[int, int]
"""A row of print: its page's number, and its place from the top of that page."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or a date on a page: the words that print it, and the box around them."""

    row: int
    words: tuple[int, ...]
    box: Box
    is_date: bool


class PrintedPage:
    """One page: its rows from top to bottom, and where they print which number, date and word."""

    def __init__(self, page: PageText) -> None:
        self.page = page
        self.number = page.ref.number
        rows = PageRows(page)
        self.index = rows.index
        self.rows: list[tuple[int, ...]] = [tuple(n for part in row for n in part.words) for row in rows.rows]
        self.row_of: dict[int, int] = {n: at for at, row in enumerate(self.rows) for n in row}
        # A PDF's own words are all there; those that a reader has found may lack some.
        self.complete = page.reader == "textlayer"

    @cached_property
    def numbers(self) -> dict[Decimal, list[Figure]]:
        """The numbers by their readings, without sign."""
        return {
            size: [self._figure(range(span.first, span.last + 1), is_date=False) for _, span in found]
            for size, found in self.index.numbers_by_size.items()
        }

    @cached_property
    def dates(self) -> dict[date, list[Figure]]:
        """The dates by their readings."""
        found: dict[date, list[Figure]] = {}
        for mention, span in self.index.dates:
            figure = self._figure(range(span.first, span.last + 1), is_date=True)
            for reading in mention.readings:
                found.setdefault(reading, []).append(figure)
        return found

    @cached_property
    def figures(self) -> dict[int, list[Figure]]:
        """The numbers and dates of each row that has some."""
        found: dict[tuple[int, ...], Figure] = {}
        for figures in (*self.numbers.values(), *self.dates.values()):
            found |= {figure.words: figure for figure in figures}
        by_row: dict[int, list[Figure]] = {}
        for figure in found.values():
            by_row.setdefault(figure.row, []).append(figure)
        return by_row

    def where(self, part: date | Decimal | str) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The rows that print a number (without sign), a date, or a folded word, with the words that do."""
        if isinstance(part, str):
            yield from ((self.row_of[n], (n,)) for n in self.index.places.get(part, ()))
        else:
            figures = self.dates.get(part, ()) if isinstance(part, date) else self.numbers.get(part, ())
            yield from ((figure.row, figure.words) for figure in figures)

    def box(self, words: Iterable[int]) -> Box:
        """The smallest box around some words."""
        return union(self.index.words[n].box for n in words)

    def text(self, row: int) -> str:
        """What a row prints, folded, from left to right."""
        return "".join(self.index.folded[n] for n in self.rows[row])

    def _figure(self, words: Sequence[int], *, is_date: bool) -> Figure:
        return Figure(self.row_of[words[0]], tuple(words), self.box(words), is_date)


class PrintedPages:
    """The pages of a document by their numbers, in order; each is made searchable when it is first asked for."""

    def __init__(self, pages: Sequence[PageText]) -> None:
        self._texts = {page.ref.number: page for page in pages}
        self._made: dict[int, PrintedPage] = {}
        self.numbers: tuple[int, ...] = tuple(self._texts)
        self.at: dict[int, int] = {number: n for n, number in enumerate(self.numbers)}

    def page(self, number: int) -> PrintedPage:
        """The page of that number."""
        if number not in self._made:
            self._made[number] = PrintedPage(self._texts[number])
        return self._made[number]

    def among(self, numbers: Iterable[int]) -> Iterator[PrintedPage]:
        """Those of the pages that the document has and that have words, in its order."""
        for number in sorted({n for n in numbers if n in self.at}, key=self.at.__getitem__):
            if self._texts[number].lines:
                yield self.page(number)

    def beside(self, number: int) -> tuple[int, ...]:
        """The page with those before and after it."""
        at = self.at[number]
        return self.numbers[max(0, at - 1) : at + 2]
