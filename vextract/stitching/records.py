"""What a model read as a tree of values, taken apart into the records of its lists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rapidfuzz import fuzz

from vextract.grounding.text import fold
from vextract.grounding.wanted import Wanted, wanted
from vextract.pointers import join

__all__ = ["Leaf", "Record", "alike", "is_empty", "records_of"]

# Two spellings of one text are at least so like (0..100); a value that both records have counts by its length, up to so much.
_LIKE, _LONGEST = 85.0, 16
# Records that say the same have so much of what they say in common.
_COMMON = 0.5


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a record: where it stands in it, as it is looked for, and how much it tells (1 and more)."""

    path: str
    value: Wanted
    weight: float

    @property
    def figure(self) -> object:
        """The number or the date that it is; None for text."""
        if self.value.typed or self.value.number is not None:
            return self.value.day or self.value.number
        return None


@dataclass(eq=False)
class Record:
    """A member of a list as one reading gives it.

    Attributes:
        value: the member.
        pointer: where it stands in the reading.
        ends: it is the first or the last of its list, and may go on where the reading does not reach.
    """

    value: object
    pointer: str
    ends: bool = False
    nested: bool = field(init=False)

    def __post_init__(self) -> None:
        self.nested = isinstance(self.value, Mapping) and any(map(_is_list_of_objects, self.value.values()))

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """What it says itself, without what the lists of records in it say."""
        return tuple(
            Leaf(path, found, _weight(found))
            for path, value, label in _own(self.value, "", "")
            if not isinstance(value, bool) and (found := wanted(path, value, label))
        )

    @cached_property
    def figures(self) -> dict[str, object]:
        """Its numbers, dates, and what is true or false."""
        flags = {path: value for path, value, _ in _own(self.value, "", "") if isinstance(value, bool)}
        return flags | {leaf.path: leaf.figure for leaf in self.leaves if leaf.figure is not None}

    @cached_property
    def texts(self) -> dict[str, str]:
        """Its texts, folded."""
        return {leaf.path: fold(leaf.value.texts[0]) for leaf in self.leaves if leaf.figure is None}

    @cached_property
    def weight(self) -> float:
        """How much all its values tell."""
        return sum(leaf.weight for leaf in self.leaves)


def is_empty(value: object) -> bool:
    """Whether nothing is said: null, or empty text."""
    return value is None or value == ""


def records_of(value: object) -> dict[str, list[Record]]:
    """The members of all lists, in order, by the place of their lists; indices are left out of that, so `/accounts//bookings`."""
    found: dict[str, list[Record]] = {}
    _collect(value, "", "", found)
    return found


def _collect(value: object, kind: str, pointer: str, found: dict[str, list[Record]]) -> None:
    if isinstance(value, Mapping):
        for key, part in value.items():
            step = join((str(key),))
            _collect(part, kind + step, pointer + step, found)
    elif isinstance(value, list):
        last = len(value) - 1
        records = [Record(part, f"{pointer}/{n}", n in (0, last)) for n, part in enumerate(value)]
        found.setdefault(kind, []).extend(records)
        for n, part in enumerate(value):
            _collect(part, kind + "/", f"{pointer}/{n}", found)


def _own(value: object, path: str, label: str) -> Iterator[tuple[str, object, str]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if not _is_list_of_objects(part):
                yield from _own(part, path + join((str(key),)), str(key))
    elif isinstance(value, list):
        for n, part in enumerate(value):
            yield from _own(part, f"{path}/{n}", label)
    elif not is_empty(value):
        yield path, value, label


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(part, Mapping) for part in value)


def _weight(value: Wanted) -> float:
    return float(min(_LONGEST, max(1, len(fold(value.texts[0])))))


def alike(first: Record, second: Record) -> bool:
    """Whether two readings of what may be one record say the same, but for a spelling, or for values that one of them lacks.

    Of a record that may have been cut off, the other may say more.
    """
    if first.value == second.value:
        return True
    one, other = first.figures, second.figures
    if any(other[path] != figure for path, figure in one.items() if path in other):
        return False
    if one.keys() & second.texts.keys() or other.keys() & first.texts.keys():
        return False
    cut = first.ends or second.ends
    common = 0.0
    weights: dict[str, float] = {}
    for leaf in (*first.leaves, *second.leaves):
        weights[leaf.path] = max(leaf.weight, weights.get(leaf.path, 0.0))
    for path in (one.keys() & other.keys()) | (first.texts.keys() & second.texts.keys()):
        if path in first.texts and not _same_text(first.texts[path], second.texts[path], cut=cut):
            return False
        common += weights.get(path, 1.0)
    if cut and common and common >= min(_told(first, weights), _told(second, weights)):
        return True
    return common > _COMMON * sum(weights.values())


def _told(record: Record, weights: Mapping[str, float]) -> float:
    return sum(weights[leaf.path] for leaf in record.leaves)


def _same_text(first: str, second: str, *, cut: bool) -> bool:
    if first == second:
        return True
    if cut and first and second and (first in second or second in first):
        return True
    if [c for c in first if c.isdigit()] != [c for c in second if c.isdigit()]:
        return False
    return fuzz.ratio(first, second) >= _LIKE
