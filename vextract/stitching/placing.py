"""Where the records of a list are printed: each record gets the row of print that holds most of what it says.

Records stand one below the other in the order of the list, as a rule; what breaks that order is placed afterwards. No words are
given to two records, so that a record which is printed twice has two places, and one which a model has doubled has but one.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rapidfuzz import fuzz

from vextract.grounding.text import fold
from vextract.stitching.printed import PrintedPage, Spot, Word
from vextract.stitching.records import Leaf, Record

__all__ = ["Place", "places"]

# A row holds at least this share of what a record says, and of its figures, or it is not its row; where the order of the records
# does not speak for it, more. A record that says less than this in letters and digits could stand anywhere.
_SHARE, _FIGURES, _SURE, _LEAST = 0.5, 0.5, 0.85, 3.0
# Of a text so many words are looked for: a row of print holds no more of a long one.
_TOKENS = 8
# What more rows than this print tells little: it is looked for only in rows that print something rarer.
_RARE = 64
# A row prints a text in another spelling if it has something so much like it (0..100).
_SPELLED = 80.0
# A line goes on with a record's text if this share of its words belongs to it; a text has at most so many further lines.
_GOES_ON, _LINES = 0.6, 12
# What a page lacks of a record must be this share of it to be looked for beyond the page break, where a row must hold this share
# of that, within this part of the page.
_LACKING, _OVER, _EDGE = 0.15, 0.6, 0.4

_Held = dict[str, tuple[float, tuple[int, ...]]]
"""Of the values of a record: the share of each that a row prints, and the words that do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is printed.

    Attributes:
        spot: its row.
        words: all that print it, in further lines too.
        fields: of each of its values that the row prints as it is, the words that do, by their places among the page's.
    """

    spot: Spot
    words: frozenset[Word]
    fields: Mapping[str, tuple[int, ...]]

    @property
    def pages(self) -> tuple[int, ...]:
        """The numbers of the pages that it is printed on."""
        return tuple(sorted({page for page, _ in self.words}))


def places(records: Sequence[Record], pages: Sequence[PrintedPage]) -> dict[str, Place]:
    """The places of the records of one list that have one, by their pointers.

    Args:
        records: in the order of the list.
        pages: that they were read off, in order.
    """
    printed = _Printed(pages)
    found = [_rows(record, printed) for record in records]
    spots = _chain([{printed.order[spot]: share for spot, (share, _) in rows.items()} for rows in found], printed.spots)
    taken = {(spot[0], word) for n, spot in spots.items() for word in _words(found[n][spot][1])}
    rest = [(-share, n, spot) for n, rows in enumerate(found) if n not in spots for spot, (share, _) in rows.items()]
    for _, n, spot in sorted(each for each in rest if -each[0] >= _SURE):
        own = {(spot[0], word) for word in _words(found[n][spot][1])}
        if n not in spots and 2 * len(own & taken) < len(own):
            spots[n] = spot
            taken |= own
    around = _Around(printed, spots.values())
    return {records[n].pointer: around.place(records[n], spot, found[n][spot][1]) for n, spot in spots.items()}


class _Printed:
    """The rows of some pages, by what they print."""

    def __init__(self, pages: Sequence[PrintedPage]) -> None:
        self.pages = {page.number: page for page in pages}
        self.at = {page.number: n for n, page in enumerate(pages)}
        self.numbers = tuple(self.pages)
        self.spots: list[Spot] = [(page.number, row) for page in pages for row in range(len(page.rows))]
        self.order = {spot: n for n, spot in enumerate(self.spots)}
        self._found: dict[date | Decimal | str, dict[Spot, tuple[int, ...]]] = {}

    def rows(self, leaf: Leaf) -> list[dict[Spot, tuple[int, ...]]]:
        """The rows that print each part of the value, with the words that do: a number or a date is one part, a text several."""
        value = leaf.value
        if value.typed and value.day:
            return [self._of(value.day)]
        if value.typed and value.number is not None:
            return [self._of(abs(value.number))]
        tokens = dict.fromkeys(token for part in value.texts[0].split() if (token := fold(part)))
        return [self._of(token) for token in list(tokens)[:_TOKENS]]

    def _of(self, part: date | Decimal | str) -> dict[Spot, tuple[int, ...]]:
        if part not in self._found:
            rows: dict[Spot, tuple[int, ...]] = {}
            for page in self.pages.values():
                for row, words in page.where(part):
                    rows[page.number, row] = (*rows.get((page.number, row), ()), *words)
            self._found[part] = rows
        return self._found[part]


def _rows(record: Record, printed: _Printed) -> dict[Spot, tuple[float, _Held]]:
    """The rows that hold enough of a record: the share of it that they hold (0..1), and what of each of its values."""
    if record.weight < _LEAST:
        return {}
    parts = [(leaf, rows) for leaf in record.leaves if (rows := printed.rows(leaf))]
    postings = sorted((rows for _, several in parts for rows in several if rows), key=len)
    rare = [rows for n, rows in enumerate(postings) if not n or len(rows) <= _RARE]
    figures = [leaf for leaf in record.leaves if leaf.figure is not None]
    found: dict[Spot, tuple[float, _Held]] = {}
    for spot in dict.fromkeys(spot for rows in rare for spot in rows):
        held: _Held = {}
        share = 0.0
        for leaf, several in parts:
            hits = [rows[spot] for rows in several if spot in rows]
            if hits:
                held[leaf.path] = len(hits) / len(several), tuple(n for words in hits for n in words)
                share += leaf.weight * held[leaf.path][0]
        if sum(leaf.path in held for leaf in figures) < _FIGURES * len(figures):
            continue
        if share < _SHARE * record.weight <= 2 * share:
            share += _spelled(record, held, printed.pages[spot[0]].text(spot[1]))
        if share >= _SHARE * record.weight:
            found[spot] = share / record.weight, held
    return found


def _spelled(record: Record, held: _Held, text: str) -> float:
    """How much more of the record a row holds where its texts may be spelled otherwise."""
    more = 0.0
    for leaf in record.leaves:
        share = held.get(leaf.path, (0.0,))[0]
        if leaf.figure is None and share < 1 and text:
            like = fuzz.partial_ratio(fold(leaf.value.texts[0]), text)
            more += leaf.weight * max(0.0, like / 100 - share) if like >= _SPELLED else 0.0
    return more


def _chain(candidates: Sequence[Mapping[int, float]], spots: Sequence[Spot]) -> dict[int, Spot]:
    """The rows of as many records as can have rows in the order of the records, those that hold most; of equals the upper ones."""
    links: list[tuple[int, int, int]] = []  # a record, its row, the link before it
    front: list[
        tuple[int, float, int]
    ] = []  # ends of chains: a row further down is kept only where its chain holds more
    for n, rows in enumerate(candidates):
        fresh = []
        for row, share in sorted(rows.items()):
            at = bisect_left(front, (row, -1.0, -1)) - 1
            before, weight = (front[at][2], front[at][1]) if at >= 0 else (-1, 0.0)
            links.append((n, row, before))
            fresh.append((row, weight + share, len(links) - 1))
        for end in fresh:
            _keep(front, end)
    chosen: dict[int, Spot] = {}
    at = front[-1][2] if front else -1
    while at >= 0:
        n, row, at = links[at]
        chosen[n] = spots[row]
    return chosen


def _keep(front: list[tuple[int, float, int]], end: tuple[int, float, int]) -> None:
    row, weight, _ = end
    at = bisect_left(front, (row, -1.0, -1))
    if (at and front[at - 1][1] >= weight) or (at < len(front) and front[at][0] == row and front[at][1] >= weight):
        return
    stop = at
    while stop < len(front) and front[stop][1] <= weight:
        stop += 1
    front[at:stop] = [end]


class _Around:
    """What stands around the rows of records: further lines of their texts, also beyond a page break."""

    def __init__(self, printed: _Printed, spots: Iterable[Spot]) -> None:
        self._printed = printed
        self._taken = set(spots)
        self._ends: dict[int, tuple[int, int]] = {}
        for page, row in self._taken:
            first, last = self._ends.get(page, (row, row))
            self._ends[page] = min(first, row), max(last, row)

    def place(self, record: Record, spot: Spot, held: _Held) -> Place:
        """The record's row with its further lines."""
        page = self._printed.pages[spot[0]]
        fields = {path: words for path, (share, words) in held.items() if share == 1}
        own = {page.index.folded[n] for n in page.rows[spot[1]]}
        cut = [leaf for leaf in record.leaves if leaf.figure is None and not _tokens(leaf) <= own]
        tokens = set[str]().union(*map(_tokens, cut)) - own
        further = [row for step in (1, -1) for row in self._further(page, spot[1], step, tokens)]
        words = {(page.number, n) for n in _words(held)}
        words |= {(page.number, n) for row in further for n in page.rows[row]}
        printed = own.union(page.index.folded[n] for row in further for n in page.rows[row])
        lacking = [leaf for leaf in record.leaves if leaf.path not in fields and not _tokens(leaf) <= printed]
        if sum(leaf.weight for leaf in lacking) >= _LACKING * record.weight:
            words |= {word for step in (1, -1) for word in self._over(spot, step, lacking, printed)}
        return Place(spot, frozenset(words), fields)

    def _further(self, page: PrintedPage, row: int, step: int, tokens: set[str]) -> list[int]:
        """The rows below or above that hold little but what the record's own row lacks of its texts."""
        found: list[int] = []
        for at in range(row + step, row + step * (_LINES + 1), step):
            if not tokens or not 0 <= at < len(page.rows) or (page.number, at) in self._taken:
                break
            if not _holds(page, at, tokens):
                break
            found.append(at)
        return found

    def _over(self, spot: Spot, step: int, lacking: Sequence[Leaf], printed: set[str]) -> Iterator[Word]:
        """The words on the next page, or on the one before, that print what the page of the record lacks of it.

        Only the last record of a page goes on on the next, and only the first comes from the one before.
        """
        number, row = spot
        at = self._printed.at[number] + step
        if row != self._ends[number][step > 0] or not 0 <= at < len(self._printed.numbers):
            return
        page = self._printed.pages[self._printed.numbers[at]]
        tokens = set[str]().union(*map(_tokens, lacking)) - printed
        weight = sum(leaf.weight for leaf in lacking)
        for other in range(len(page.rows)) if step > 0 else range(len(page.rows) - 1, -1, -1):
            top = page.index.words[page.rows[other][0]].box.y0
            if (top > _EDGE if step > 0 else top < 1 - _EDGE) or (page.number, other) in self._taken:
                return
            held = [
                (leaf.weight, rows[page.number, other])
                for leaf in lacking
                for rows in self._printed.rows(leaf)[:1]
                if leaf.figure is not None and (page.number, other) in rows
            ]
            if sum(weight for weight, _ in held) >= _OVER * weight or _holds(page, other, tokens):
                yield from ((page.number, n) for n in page.rows[other])
                return


def _tokens(leaf: Leaf) -> set[str]:
    return {folded for token in leaf.value.texts[0].split() if (folded := fold(token))}


def _holds(page: PrintedPage, row: int, tokens: set[str]) -> bool:
    printed = [page.index.folded[n] for n in page.rows[row] if page.index.folded[n]]
    return bool(printed) and sum(token in tokens for token in printed) >= _GOES_ON * len(printed)


def _words(held: _Held) -> set[int]:
    return {n for _, words in held.values() for n in words}
