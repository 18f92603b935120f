"""Several readings of one document, each of some of its pages, put together: every record once, in order, nothing lost.

Windows of pages overlap, so a row that one of them sees cut off, another sees whole. What they share is told by the words that
print it; nothing is made up, and nothing that is printed twice is taken for one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vextract.grounding.search import find
from vextract.grounding.text import fold
from vextract.grounding.wanted import wanted
from vextract.pointers import join
from vextract.stitching.breaks import rests, with_rest
from vextract.stitching.choosing import Told, chosen
from vextract.stitching.joining import Read, Row, Rows, Window
from vextract.stitching.placing import Place, places
from vextract.stitching.printed import PrintedPages, Word
from vextract.stitching.records import Record, alike, is_empty, records_of
from vextract.types import PageText

__all__ = ["Reading", "Stitched", "Stitcher"]

_RANKS = {"exact": 2, "normalized": 2, "fuzzy": 1}
_IN_ITS_ROW = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read off some pages: their numbers, and JSON-like data of the schema's shape, or a part of it."""

    pages: tuple[int, ...]
    value: object


@dataclass(frozen=True, slots=True)
class Stitched:
    """A document's data.

    Attributes:
        data: of the schema's shape.
        where: the pages that a record was read off, or is printed on, by its pointer in the data.
        rows: the records of all lists, in order, by the places of their lists without indices, such as `/accounts//bookings`.
    """

    data: object
    where: Mapping[str, tuple[int, ...]]
    rows: Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class _Said:
    """A part of what one reading says: of which reading, where in it, of which record if of one, and whether it may be cut off."""

    window: int
    value: object
    pointer: str
    read: Read | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Placed:
    """A reading with its records, and their places on its pages."""

    reading: Reading
    records: Mapping[str, Record]
    places: Mapping[str, Place]
    nested: Mapping[str, frozenset[Word]]


@dataclass(slots=True)
class _Made:
    """What is put together so far."""

    where: dict[str, tuple[int, ...]] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)


class Stitcher:
    """Puts readings of one document together. What it found of a reading it keeps, for when more readings are there.

    Args:
        pages: of the document, in order, with their words if they were read.
    """

    def __init__(self, pages: Sequence[PageText]) -> None:
        self.pages = PrintedPages(pages)
        self._known: dict[int, _Placed] = {}

    def stitched(self, readings: Sequence[Reading]) -> Stitched:
        """The document's data.

        Args:
            readings: in any order; several may be of the same pages.
        """
        order = self.pages.at
        ordered = sorted(readings, key=lambda r: (order.get(r.pages[0], 0), -len(r.pages)) if r.pages else (0, 0))
        windows = [self._placed(reading) for reading in ordered]
        made = _Made()
        said = [_Said(n, window.reading.value, "") for n, window in enumerate(windows)]
        data = _Run(self.pages, windows, made).value(said, "", "")
        return Stitched(data, made.where if len(windows) > 1 else {}, made.rows)

    def _placed(self, reading: Reading) -> _Placed:
        if id(reading) not in self._known:
            pages = list(self.pages.among(reading.pages))
            records: dict[str, Record] = {}
            found: dict[str, Place] = {}
            for members in records_of(reading.value).values():
                records |= {record.pointer: record for record in members}
                found |= places(members, pages) if pages else {}
            self._known[id(reading)] = _Placed(reading, records, found, _nested(records, found))
        return self._known[id(reading)]


def _nested(records: Mapping[str, Record], found: Mapping[str, Place]) -> dict[str, frozenset[Word]]:
    """The words that print the members of records that hold others, by the pointers of these."""
    words: dict[str, set[Word]] = {}
    for pointer, place in found.items():
        above = pointer
        while above := above.rpartition("/")[0]:
            if above in records:
                words.setdefault(above, set()).update(place.words)
    return {pointer: frozenset(held) for pointer, held in words.items()}


class _Run:
    """One document, put together once."""

    def __init__(self, pages: PrintedPages, windows: Sequence[_Placed], made: _Made) -> None:
        self._pages, self._windows, self._made = pages, windows, made

    def value(self, said: Sequence[_Said], pointer: str, kind: str) -> object:
        """What the readings say together, from here downwards."""
        told = [each for each in said if not is_empty(each.value)]
        if not told:
            return next((each.value for each in said if each.value is not None), None)
        if isinstance(told[0].value, Mapping):
            return self._object([each for each in told if isinstance(each.value, Mapping)], pointer, kind)
        if isinstance(told[0].value, list):
            return self._list([each for each in told if isinstance(each.value, list)], pointer, kind)
        single = [each for each in told if not isinstance(each.value, Mapping | list)]
        return chosen([Told(each.value, self._printed(each, pointer), each.cut) for each in single])

    def _object(self, said: Sequence[_Said], pointer: str, kind: str) -> dict[str, object]:
        parts: dict[str, list[_Said]] = {}
        for each in said:
            assert isinstance(each.value, Mapping), "only objects come here"
            for key, value in each.value.items():
                step = join((key,))
                parts.setdefault(key, []).append(replace(each, value=value, pointer=each.pointer + step))
        return {key: self.value(told, pointer + join((key,)), kind + join((key,))) for key, told in parts.items()}

    def _list(self, said: Sequence[_Said], pointer: str, kind: str) -> list[object]:
        rows, seen = Rows(), set[int]()
        for each in said:
            window = self._windows[each.window]
            order, own = self._pages.at, {page for page in window.reading.pages if page in self._pages.at}
            reach = max((order[page] for page in own), default=0)
            inside = bool(own & seen) and reach <= max(order[page] for page in seen)
            window_pages = Window(frozenset(seen & own), len(own), order, window.nested, reach, inside=inside)
            rows.join(list(self._members(each)), window_pages)
            seen |= own
        kept: list[Row] = []
        data: list[object] = []
        apart = rests(rows.rows, self._pages)
        for n, row in enumerate(rows.rows):
            if n in apart:
                data[-1] = with_rest(data[-1], self._record(row, f"{pointer}/{len(data) - 1}", kind))
                kept[-1].words |= row.words
                continue
            here = f"{pointer}/{len(data)}"
            self._made.where[here] = self._where(row)
            data.append(self._record(row, here, kind))
            kept.append(row)
        self._made.rows.setdefault(kind, []).extend(kept)
        return data

    def _record(self, row: Row, pointer: str, kind: str) -> object:
        """What the readings of a record say together."""
        over = len({page for page, _ in row.words}) > 1
        parts = [
            _Said(read.window, read.record.value, read.record.pointer, read, over or read.record.ends)
            for read in row.readings
        ]
        return self.value(parts, pointer, kind + "/")

    def _members(self, said: _Said) -> Iterator[Read]:
        """The records of a list; those that a model has given twice, but the page prints once, are left out the second time."""
        window = self._windows[said.window]
        assert isinstance(said.value, list), "only lists come here"
        before: Read | None = None
        for n in range(len(said.value)):
            pointer = f"{said.pointer}/{n}"
            read = Read(said.window, window.records[pointer], window.places.get(pointer))
            if not (before and len(self._windows) > 1 and self._doubled(before, read)):
                yield read
                before = read

    def _doubled(self, before: Read, read: Read) -> bool:
        if not before.place or (read.place and len(read.place.fields) >= len(before.place.fields)):
            return False
        if not all(self._pages.page(number).complete for number in before.place.pages):
            return False
        return before.record.value == read.record.value or (
            before.record.figures == read.record.figures and alike(before.record, read.record)
        )

    def _where(self, row: Row) -> tuple[int, ...]:
        if row.place:
            near = {number for page in row.place.pages for number in self._pages.beside(page)}
        else:
            near = {page for read in row.readings for page in self._windows[read.window].reading.pages}
        return tuple(sorted(near, key=lambda number: self._pages.at.get(number, 0)))

    def _printed(self, said: _Said, pointer: str) -> "_Printed":
        return _Printed(self._pages, said, self._windows[said.window].reading.pages, pointer.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class _Printed:
    """Looks for a value on the pages that it was read off, when it is asked."""

    pages: PrintedPages
    said: _Said
    numbers: tuple[int, ...]
    label: str

    def __call__(self) -> int | None:
        """3 in the row of its record, 2 on its pages, 1 nearly so, 0 not; None where there are no words."""
        read = self.said.read
        numbers = self.numbers
        if read and read.place:
            if self._in_row(read.place, self.said.pointer.removeprefix(read.record.pointer)):
                return _IN_ITS_ROW
            numbers = tuple(number for page in read.place.pages for number in self.pages.beside(page))
        among = list(self.pages.among(numbers))
        value = wanted(self.said.pointer, self.said.value, self.label)
        if not among or value is None or isinstance(self.said.value, bool):
            return None
        return max((_RANKS[place.kind] for page in among for place in find(value, page.index)), default=0)

    def _in_row(self, place: Place, path: str) -> bool:
        if path in place.fields:
            return True
        if not isinstance(self.said.value, str):
            return False
        printed = {self.pages.page(page).index.folded[n] for page, n in place.words}
        return all(fold(token) in printed for token in self.said.value.split() if fold(token))
