"""Whether as many records of a list were read as its pages print: rows of print that look like those that were read, and were not.

A row looks like a record's if it has numbers and dates in the columns where records have theirs. Headings, prose, totals and other
tables do not; nor are rows missed where readings plainly choose among the rows.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from vextract.stitching import Stitched
from vextract.stitching.joining import Row
from vextract.stitching.printed import Figure, PrintedPage, PrintedPages
from vextract.types import Box

if TYPE_CHECKING:
    from vextract.stitching.placing import Place

__all__ = ["Short", "short"]

# So many records show what a row looks like: those of the page, else of the nearest pages, no further away than so many.
_EXAMPLES, _FEWEST, _NEAR = 40, 3, 8
# A field belongs to each row if so many of the examples print it; columns are as wide as they are, give or take this.
_USUAL, _TOLERANCE = 0.8, 0.012
# Rows of at least two figures are told from others by these; with one beside text, totals and captions look much the same, so that
# as many must follow one another as no document has of those.
_TELLING, _DOUBTFUL_RUN = 2, 8
# Clearly fewer: so many rows that follow one another, and this share of the page's.
_RUN, _FEWER = 2, 0.1
# Where more of the rows than this are left out between those that are read, they are left out on purpose.
_CHOSEN = 0.3


@dataclass(frozen=True, slots=True)
class Short:
    """A page that prints more rows like those of a list than records of that list were read off it.

    Attributes:
        page: its number.
        kind: the place of the list, without indices, such as `/transactions`.
        printed: rows.
        read: records.
        clearly: so many are missing that it can be told; else a row or two only look like those of the list.
    """

    page: int
    kind: str
    printed: int
    read: int
    clearly: bool


@dataclass(frozen=True, slots=True)
class _Column:
    """Where rows print a field: the edges of what they print, left and right; whether a date, a number, or text."""

    lefts: tuple[float, ...]
    rights: tuple[float, ...]
    figure: str | None

    def has(self, box: Box) -> bool:
        """Whether something stands in the column."""
        if self.figure is None:
            return self.lefts[0] - _TOLERANCE <= box.x0 <= self.rights[-1]
        return _near(box.x1, self.rights) or _near(box.x0, self.lefts)


def short(stitched: Stitched, pages: PrintedPages, asked: Sequence[int]) -> list[Short]:
    """The pages of which fewer records were read than they print, in order.

    Args:
        stitched: what was read.
        pages: of the document.
        asked: numbers of the pages that were read.
    """
    seen = list(pages.among(asked))
    taken = {word for rows in stitched.rows.values() for row in rows for word in row.words}
    found: list[Short] = []
    for kind, rows in stitched.rows.items():
        found += _List(kind, rows, pages, taken).short(seen)
    return sorted(found, key=lambda each: pages.at[each.page])


class _List:
    """The records of one list, by the pages that print them."""

    def __init__(self, kind: str, rows: Sequence[Row], pages: PrintedPages, taken: set[tuple[int, int]]) -> None:
        self._kind, self._pages, self._taken = kind, pages, taken
        self._by_page: dict[int, list[Place]] = {}
        for row in rows:
            if place := row.place:
                self._by_page.setdefault(place.spot[0], []).append(place)
        self._unplaced = _unplaced(rows, pages)

    def short(self, seen: Sequence[PrintedPage]) -> list[Short]:
        """Those of some pages that print more rows."""
        found: list[Short] = []
        between = read_rows = 0
        for page in seen:
            columns = self._columns(page.number)
            own = {place.spot[1] for place in self._by_page.get(page.number, ())}
            missed = [row for row in page.figures if row not in own and self._is_like(page, row, columns)]
            read_rows += len(own)
            between += sum(bool(own) and min(own) < row < max(own) for row in missed)
            unread = len(missed) - self._unplaced[page.number]
            telling = sum(column.figure is not None for column in columns) >= _TELLING
            least = _RUN if telling else _DOUBTFUL_RUN
            printed = len(own) + len(missed)
            clearly = unread >= max(least, ceil(_FEWER * printed)) and _longest_run(missed, own) >= least
            if clearly or (telling and unread > 0):
                found.append(Short(page.number, self._kind, printed, printed - unread, clearly))
        return found if between <= _CHOSEN * (between + read_rows) else []

    def _columns(self, number: int) -> list[_Column]:
        """The columns that every row of the list has on a page, as records show them there or near it; none if too few do."""
        examples: list[tuple[PrintedPage, Place]] = []
        at = self._pages.at[number]
        for step in sorted(range(-_NEAR, _NEAR + 1), key=abs):
            if 0 <= at + step < len(self._pages.numbers) and len(examples) < (_EXAMPLES if not step else _FEWEST):
                page = self._pages.numbers[at + step]
                examples += [(self._pages.page(page), place) for place in self._by_page.get(page, ())[:_EXAMPLES]]
        if len(examples) < _FEWEST:
            return []
        counts = Counter(path for _, place in examples for path in place.fields)
        usual = [path for path, count in counts.items() if count >= _USUAL * len(examples)]
        columns = [
            _column([(page, place.fields[path]) for page, place in examples if path in place.fields]) for path in usual
        ]
        figures = [column for column in columns if column.figure]
        return columns if figures and len(columns) > 1 else []

    def _is_like(self, page: PrintedPage, row: int, columns: Sequence[_Column]) -> bool:
        """Whether a row that no record has prints something of its kind in each of the columns."""
        if not columns or any((page.number, n) in self._taken for figure in page.figures[row] for n in figure.words):
            return False
        return all(_in_column(page, row, column) for column in columns)


def _column(prints: Sequence[tuple[PrintedPage, tuple[int, ...]]]) -> _Column:
    shown = [each for page, words in prints for each in _shown(page, words)]
    figure, count = Counter(kind for kind, _ in shown).most_common(1)[0]
    lefts, rights = (
        sorted({round(edge, 3) for edge in edges}) for edges in zip(*((b.x0, b.x1) for _, b in shown), strict=True)
    )
    return _Column(tuple(lefts), tuple(rights), figure if count >= _USUAL * len(shown) else None)


def _shown(page: PrintedPage, words: tuple[int, ...]) -> list[tuple[str | None, Box]]:
    """What words print: the dates and numbers among them, each with its box; else text."""
    inside = [f for f in page.figures.get(page.row_of[words[0]], ()) if set(words).issuperset(f.words)]
    if sum(len(figure.words) for figure in inside) < len(set(words)):
        return [(None, page.box(words))]
    return [(_kind(figure), figure.box) for figure in inside]


def _kind(figure: Figure) -> str:
    return "date" if figure.is_date else "number"


def _in_column(page: PrintedPage, row: int, column: _Column) -> bool:
    if column.figure:
        return any(_kind(figure) == column.figure and column.has(figure.box) for figure in page.figures[row])
    return any(
        column.has(page.index.words[n].box) and any(map(str.isalpha, page.index.words[n].text)) for n in page.rows[row]
    )


def _near(x: float, edges: Sequence[float]) -> bool:
    return any(abs(x - edge) <= _TOLERANCE for edge in edges)


def _longest_run(missed: Sequence[int], own: set[int]) -> int:
    """How many of the rows that were missed follow one another, with none between them that was read."""
    longest = run = 0
    for row in sorted({*missed, *own}):
        run = 0 if row in own else run + 1
        longest = max(longest, run)
    return longest


def _unplaced(rows: Sequence[Row], pages: PrintedPages) -> Mapping[int, int]:
    """Of each page how many records may be printed there whose words were not found: those between its own and its neighbours'."""
    counts: Counter[int] = Counter()
    at = pending = 0
    last = len(pages.numbers) - 1
    for row in [*rows, None]:
        place = row.place if row else None
        if row and not place:
            pending += 1
            continue
        here = pages.at[place.spot[0]] if place else last
        for number in pages.numbers[min(at, here) : max(at, here) + 1] if pending else ():
            counts[number] += pending
        at, pending = here, 0
    return counts
