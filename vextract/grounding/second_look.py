"""Values that were not found on a page read by OCR: the likely parts of the page are read again, then the page as a whole."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import Protocol

from vextract.geometry import area, clip, overlap, union
from vextract.grounding.labels import label_boxes, label_of
from vextract.grounding.search import find, nearly
from vextract.grounding.text import PageIndex
from vextract.grounding.wanted import Wanted
from vextract.layout import arrange
from vextract.types import Box, PageText, Reading, Word

__all__ = ["Look", "look_again"]

# So many parts of a page are cut out and read again, together no more of the page than this; and so many pages of a document are
# read again as a whole.
_MOST_PARTS, _LARGEST_SHARE = 12, 0.22
_MOST_PAGES = 4
_USUAL_LETTER = 0.012
# A value stands right of its label up to this share of the page's width, and up to this many lines below.
_RIGHT, _BELOW = 0.4, 2.2
# Parts are read as one where the part around both is at most this much larger than they are.
_SHARED = 1.3


MayHold = Callable[[Wanted, PageIndex], bool]
"""Whether a value may stand on a page."""


class Look(Protocol):
    """Reads pages once more; each way of reading gives a list of words in page fractions, computed when it is asked for."""

    def parts(self, number: int, parts: Sequence[Box], letter: float) -> Iterator[Sequence[Word]]:
        """Parts of page `number` that do not overlap, whose print is `letter` high (fraction of the page's height)."""
        ...

    def whole(self, number: int) -> Iterator[Sequence[Word]]:
        """The page as a whole; nothing where it was not read by OCR."""
        ...


def look_again(
    missing: Sequence[Wanted], indexes: Sequence[PageIndex], look: Look, may_hold: MayHold
) -> Iterator[tuple[Wanted, PageIndex]]:
    """What is found after all: each value with the page as it was read when it was found.

    Args:
        missing: what was not found.
        indexes: the pages, in order.
        look: reads them once more.
        may_hold: whether a value may stand on a page.
    """
    left = {value.pointer: value for value in missing}
    for index in indexes:
        there = {pointer: value for pointer, value in left.items() if may_hold(value, index)}
        if parts := _parts(list(there.values()), index):
            for value, again in _found(there, index, look.parts(index.number, parts, _letter(index))):
                del left[value.pointer]
                yield value, again
    for index in _worth_it(list(left.values()), indexes, may_hold):
        there = {pointer: value for pointer, value in left.items() if may_hold(value, index)}
        # A page on which one more reading finds nothing was read well: a third one costs as much and finds less.
        for reading in look.whole(index.number):
            before = len(there)
            for value, again in _found(there, index, iter([reading])):
                del left[value.pointer]
                yield value, again
            if not there or len(there) == before:
                break


def _found(
    left: dict[str, Wanted], index: PageIndex, readings: Iterator[Sequence[Word]]
) -> Iterator[tuple[Wanted, PageIndex]]:
    """Takes out of `left` what the readings print."""
    while left and (words := next(readings, None)) is not None:
        page = index.page
        lines = arrange(Reading(tuple(words), page.reader, page.rotation), page.ref)
        again = PageIndex(PageText(page.ref, lines, page.reader, page.rotation))
        for value in list(left.values()):
            if find(value, again):
                del left[value.pointer]
                yield value, again


def _parts(missing: Sequence[Wanted], index: PageIndex) -> list[Box]:
    """The parts of a page that a value is likely to stand in: where it was nearly read, then beside its label."""
    near = [
        _around([index.words[n].box for n in range(s.first, s.last + 1)], index)
        for value in missing
        for s in nearly(value, index)
    ]
    labels = [label for value in missing for label in label_boxes(label_of(value.label), index)[:2]]
    parts: list[Box] = []
    for part in [*near, *map(_beside, labels)]:
        joined = _joined(parts, part)
        if len(joined) <= _MOST_PARTS and sum(map(area, joined)) <= _LARGEST_SHARE:
            parts = joined
    return sorted(parts, key=lambda part: (part.y0, part.x0))


def _joined(parts: Sequence[Box], new: Box) -> list[Box]:
    """The parts with one more, those that share much or any of the page made one."""
    apart = list(parts)
    joined = True
    while joined:
        joined = False
        for part in apart:
            both = union([part, new])
            if overlap(part, new) > 0 or area(both) < _SHARED * (area(part) + area(new)):
                apart.remove(part)
                new, joined = both, True
                break
    return [*apart, new]


def _around(boxes: Sequence[Box], index: PageIndex) -> Box:
    box, margin = union(boxes), 0.8 * _letter(index)
    return clip(Box(box.x0 - 2 * margin, box.y0 - margin, box.x1 + 2 * margin, box.y1 + margin))


def _beside(label: Box) -> Box:
    """Right of a label and below it."""
    height = label.y1 - label.y0
    return clip(Box(label.x0 - height, label.y0 - 0.7 * height, label.x1 + _RIGHT, label.y1 + _BELOW * height))


def _letter(index: PageIndex) -> float:
    heights = [word.box.y1 - word.box.y0 for word in index.words if len(word.text) > 2]
    return median(heights) if heights else _USUAL_LETTER


def _worth_it(missing: Sequence[Wanted], indexes: Sequence[PageIndex], may_hold: MayHold) -> list[PageIndex]:
    """The pages to read again, those with most traces of the missing values first."""
    by_page = {index.number: [value for value in missing if may_hold(value, index)] for index in indexes}
    able = [index for index in indexes if by_page[index.number]]
    traces: Mapping[int, int] = {index.number: len(_parts(by_page[index.number], index)) for index in able}
    return sorted(able, key=lambda index: (-traces[index.number], index.number))[:_MOST_PAGES]
