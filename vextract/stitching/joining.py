"""The records that two windows of pages both saw, told from those that only one of them saw.

By the words that print them, where these were found; else by what they say, where the end of the one list and the beginning of the
next agree in the same order. Two records that no more than say the same are never made one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from vextract.stitching.placing import Place
from vextract.stitching.printed import Word
from vextract.stitching.records import Record, alike

__all__ = ["Read", "Row", "Rows", "Window"]

# A list may have so many times its usual share of records on the pages that are shared, and some more.
_UNEVEN, _SOME = 3, 10
# What it costs to leave a record out of two lists that agree; a pair is worth 1 if it is equal, and this much if it is like.
_LEFT_OUT, _LIKE = 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Read:
    """A record as one window gives it: which window that is, and where its words are printed, if they were found."""

    window: int
    record: Record
    place: Place | None


@dataclass(eq=False, slots=True)
class Row:
    """A record of the document.

    Attributes:
        readings: of it, at least one.
        reach: the last page, by its order, that it can begin on.
        words: all that print it.
    """

    readings: list[Read]
    reach: int
    words: set[Word] = field(default_factory=set)

    @property
    def place(self) -> Place | None:
        """Where it is printed, by the first reading that was found."""
        return next((read.place for read in self.readings if read.place), None)

    def is_like(self, record: Record) -> bool:
        """Whether one of its readings says what the record says."""
        return any(alike(reading.record, record) for reading in self.readings)


@dataclass(frozen=True, slots=True)
class Window:
    """The pages of one reading.

    Attributes:
        shared: numbers of the pages that earlier readings saw too.
        size: how many pages it has.
        order: of the pages of the document, by their numbers.
        nested: the words that print the members of a record, by its pointer.
        reach: its last page, by its order.
        inside: whether earlier readings saw that page, or one after it.
    """

    shared: frozenset[int]
    size: int
    order: Mapping[int, int]
    nested: Mapping[str, frozenset[Word]]
    reach: int = 0
    inside: bool = False

    def words(self, read: Read) -> frozenset[Word]:
        """The words that print the record or, where it is one that holds others, those."""
        if read.place and not read.record.nested:
            return read.place.words
        return self.nested.get(read.record.pointer, frozenset())

    def sees(self, place: Place | None) -> bool:
        """Whether something stands on pages that were seen before."""
        return place is not None and not self.shared.isdisjoint(place.pages)

    def spot(self, place: Place) -> tuple[int, int]:
        """A place by its order in the document."""
        return self.order[place.spot[0]], place.spot[1]


class Rows:
    """The records of one list so far, in order; windows are joined to it in the order of their pages."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._owners: dict[Word, list[Row]] = {}

    def join(self, more: Sequence[Read], window: Window) -> None:
        """Takes the same list as the next window gives it: what both have is in it once.

        Args:
            more: the window's records, in order.
            window: its pages.
        """
        start, pairs = len(self.rows), dict[int, Row]()
        if window.shared:
            start = self._start(window)
            pairs = self._by_words(more, window)
            tail = self.rows[start:]
            if pairs or any(window.sees(row.place) for row in tail):
                pairs |= _between(tail, more, pairs, window)
            else:
                pairs |= _overlap(tail, more, window)
        if not pairs and self.rows and more and _continues(self.rows[-1].readings[-1].record, more[0].record):
            start = min(start, len(self.rows) - 1)
            pairs = {0: self.rows[-1]}
        for m, row in pairs.items():
            row.readings.append(more[m])
            row.reach = min(row.reach, window.reach)
            self._own(row, window.words(more[m]))
        self.rows[start:] = self._merged(self.rows[start:], more, pairs, window)

    def _own(self, row: Row, words: frozenset[Word]) -> None:
        for word in words - row.words:
            self._owners.setdefault(word, []).append(row)
        row.words |= words

    def _start(self, window: Window) -> int:
        """From which record on the window may have seen what was seen before."""
        # A record whose words are unknown may go on on the page after the one that it begins on.
        first = min(window.order[number] for number in window.shared)
        start = len(self.rows)
        while start:
            row = self.rows[start - 1]
            pages = [window.order[page] for page in row.place.pages] if row.place else [row.reach + 1]
            if max(pages) < first:
                break
            start -= 1
        return start

    def _by_words(self, more: Sequence[Read], window: Window) -> dict[int, Row]:
        """The window's records that are there: most of the words that print the one print the other too."""
        pairs: dict[int, Row] = {}
        used: set[int] = set()
        for m, read in enumerate(more):
            words = window.words(read)
            votes: dict[int, int] = {}
            rows: dict[int, Row] = {}
            for word in words:
                for row in self._owners.get(word, ()):
                    rows[id(row)] = row
                    votes[id(row)] = votes.get(id(row), 0) + 1
            for key, count in sorted(votes.items(), key=lambda vote: -vote[1]):
                least = 1 if read.record.nested else min(len(words), len(rows[key].words)) / 2
                if key not in used and count >= least:
                    pairs[m] = rows[key]
                    used.add(key)
                    break
        return pairs

    def _merged(self, tail: Sequence[Row], more: Sequence[Read], pairs: Mapping[int, Row], window: Window) -> list[Row]:
        """The last records and those of the window in one order."""
        index = {id(row): n for n, row in enumerate(tail)}
        following = [len(tail)]  # the row of the next pair from each of the window's records on, from the last of them
        for m in range(len(more) - 1, -1, -1):
            following.append(index.get(id(pairs[m]), following[-1]) if m in pairs else following[-1])
        following.reverse()
        at, last = 0, max(pairs, default=-1)
        out: list[Row] = []
        for m, read in enumerate(more):
            if m in pairs:
                paired = index.get(id(pairs[m]), -1)
                out += tail[at : paired + 1]
                at = max(at, paired + 1)
                continue
            # Where places do not tell, what was there stands first, but for what is after the end of the window's pages.
            unsure = m < last or not (pairs and window.inside)
            while at < following[m] and _before(tail[at], read, window, unsure=unsure):
                out.append(tail[at])
                at += 1
            out.append(Row([read], window.reach))
            self._own(out[-1], window.words(read))
        return [*out, *tail[at:]]


def _before(row: Row, read: Read, window: Window, *, unsure: bool) -> bool:
    """Whether a record so far stands before one of the window, as printed; `unsure` is what is said where that is unknown."""
    if row.place is None or read.place is None:
        return unsure
    return window.spot(row.place) < window.spot(read.place)


def _between(tail: Sequence[Row], more: Sequence[Read], pairs: Mapping[int, Row], window: Window) -> dict[int, Row]:
    """Further pairs of records that say the same and stand between the same others, where the words of one were not found."""
    index = {id(row): n for n, row in enumerate(tail)}
    paired = {m: index.get(id(row), -1) for m, row in pairs.items()}
    highs = [len(tail)]  # the nearest pair's row after each of the window's records, from the last of them
    for m in range(len(more) - 1, -1, -1):
        highs.append(min(highs[-1], paired.get(m, len(tail))))
    highs.reverse()
    used = set(paired.values())
    found: dict[int, Row] = {}
    reached = -1
    for m, read in enumerate(more):
        if m in paired:
            reached = max(reached, paired[m])
            continue
        if read.place and not window.sees(read.place):
            continue
        for n in range(reached + 1, highs[m + 1]):
            row = tail[n]
            sure = read.place is not None and row.place is not None
            if n not in used and not sure and row.is_like(read.record):
                found[m], reached = row, n
                break
    return found


def _overlap(tail: Sequence[Row], more: Sequence[Read], window: Window) -> dict[int, Row]:
    """The pairs of the last records and the window's first ones that agree best, in order, with no words to tell."""
    most = ceil(_UNEVEN * len(more) * len(window.shared) / window.size) + _SOME
    ends = [row for row in tail if not row.place]
    ends = ends if window.inside else ends[-most:]
    head = [m for m, read in enumerate(more[:most]) if not read.place]
    scores = [[-_LEFT_OUT * j for j in range(len(head) + 1)]]
    for row in ends:
        above, line = scores[-1], [0.0]
        for j, m in enumerate(head, 1):
            record = more[m].record
            equal = any(reading.record.value == record.value for reading in row.readings)
            pair = 1.0 if equal else _LIKE if row.is_like(record) else -2.0
            line.append(max(above[j - 1] + pair, above[j] - _LEFT_OUT, line[-1] - _LEFT_OUT))
        scores.append(line)
    stops = [(len(ends), j) for j in range(len(head) + 1)]
    if window.inside:
        stops += [(i, len(head)) for i in range(len(ends))]
    i, j = max(stops, key=lambda stop: scores[stop[0]][stop[1]])
    pairs: dict[int, Row] = {}
    while i and j:
        if scores[i][j] == scores[i - 1][j] - _LEFT_OUT:
            i -= 1
        elif scores[i][j] == scores[i][j - 1] - _LEFT_OUT:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs[head[j]] = ends[i]
    return pairs


def _continues(last: Record, first: Record) -> bool:
    """Whether a record that holds lists of others goes on: it says the same of itself, or nothing."""
    if not first.nested or not last.nested:
        return False
    return not first.leaves or (bool(last.leaves) and alike(last, first))
