"""From words to lines in reading order: columns one after the other, receipts and forms row by row.

The rules are geometric and the same for every reader. Words near each other on one baseline make a segment. A strip of white is
a gutter between columns only where running text stands on both of its sides; between the label and the value of a form, or the
item and the price of a receipt, it is part of the line.
"""

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from vextract.geometry import to_pixels, turn
from vextract.types import Line, PageRef, Reading, Word

__all__ = ["arrange"]

# Shares of the median letter height: the widest gap inside a segment, the narrowest gutter, the gap that parts two blocks.
_SEGMENT_GAP = 0.8
_GUTTER = 0.7
_BLOCK_GAP = 0.7
_BLOCK_GAP_TO_USUAL = 1.6  # and that gap must be so many times the usual one between lines of the region
# What must stand on both sides of a gutter: lines, words a segment on average (the cells of a table and the values of a form are
# short), share of the column's width that lines fill.
_COLUMN_LINES = 3
_COLUMN_WORDS = 2.5
_COLUMN_FILL = 0.5
# The slope of the lines is measured on so many segments of so many words.
_SLOPE_LINES = 3
_SLOPE_WORDS = 4
_LEVEL = 0.5  # share of the smaller height by which two words of one line overlap vertically


@dataclass(frozen=True, slots=True)
class _Item:
    """Words in upright pixels, y taken along the slope of the lines; a single word or a segment.

    `slopes` tells of a segment of several words how far its top and its bottom sink for each pixel to the right.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    words: tuple[Word, ...]
    slopes: tuple[float, float] | None = None

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    def level_with(self, other: "_Item") -> bool:
        shared = min(self.y1, other.y1) - max(self.y0, other.y0)
        return shared >= _LEVEL * min(self.height, other.height)


def arrange(reading: Reading, ref: PageRef) -> tuple[Line, ...]:
    """The reading's words as lines in reading order, numbered by block.

    Args:
        reading: words in page fractions and the turn that makes the page upright.
        ref: the page, for its size.
    """
    items = _upright(reading, ref)
    if not items:
        return ()
    letter = median(item.height for item in items)
    slope = _slope(_segments(items, letter))
    if slope:
        items = [_level(item, slope) for item in items]
    lines: list[Line] = []
    block = 0
    for region in _regions(_segments(items, letter), letter):
        rows = _rows(region)
        gaps = [below.y0 - above.y1 for above, below in pairwise(rows)]
        usual = median(gaps) if gaps else 0.0
        for row, gap in zip(rows, (0.0, *gaps), strict=True):
            block += gap > max(_BLOCK_GAP * letter, _BLOCK_GAP_TO_USUAL * usual)
            lines.append(Line(row.words, block))
        block += 1
    return tuple(lines)


def _upright(reading: Reading, ref: PageRef) -> list[_Item]:
    width, height = ref.width_px, ref.height_px
    if reading.rotation % 180:
        width, height = height, width
    items = [_Item(*to_pixels(turn(word.box, reading.rotation), width, height), (word,)) for word in reading.words]
    return sorted(items, key=_place)


def _place(item: _Item) -> tuple[float | str, ...]:
    """An order that depends on nothing but the words: readers give theirs in any, and ties are settled by it."""
    (word,) = item.words
    return item.y0, item.x0, item.y1, item.x1, word.text, -1.0 if word.confidence is None else word.confidence


def _merged(items: Sequence[_Item]) -> _Item:
    items = sorted(items, key=lambda item: item.x0, reverse=_right_to_left(items))
    x0, y0 = min(item.x0 for item in items), fmean(item.y0 for item in items)
    x1, y1 = max(item.x1 for item in items), fmean(item.y1 for item in items)
    words = tuple(word for item in items for word in item.words)
    return _Item(x0, y0, x1, y1, words, _slopes(items))


def _slopes(items: list[_Item]) -> tuple[float, float] | None:
    first, last = items[0], items[-1]
    run = last.x0 - first.x0
    if len(items) < _SLOPE_WORDS or not run:
        return None
    return (last.y0 - first.y0) / run, (last.y1 - first.y1) / run


def _right_to_left(items: Sequence[_Item]) -> bool:
    kinds = [unicodedata.bidirectional(char) for item in items for word in item.words for char in word.text]
    return sum(kind in ("R", "AL") for kind in kinds) > sum(kind == "L" for kind in kinds)


def _segments(items: list[_Item], letter: float) -> list[_Item]:
    """Chains of words, each the nearest neighbour of the next, with no gap wider than a few spaces."""
    by_middle = sorted(items, key=lambda item: item.middle)
    middles = [item.middle for item in by_middle]
    tallest = max(item.height for item in items)
    right: dict[int, tuple[float, int]] = {}
    left: dict[int, tuple[float, int]] = {}
    for i, item in enumerate(by_middle):
        reach = max(item.height, min(tallest, 2 * letter))
        for j in range(bisect_left(middles, item.middle - reach), bisect_right(middles, item.middle + reach)):
            other = by_middle[j]
            gap = other.x0 - item.x1
            near = -0.5 * letter <= gap <= _SEGMENT_GAP * max(letter, min(item.height, other.height))
            if i == j or not near or other.x0 <= item.x0 or not item.level_with(other):
                continue
            right[i] = min(right.get(i, (gap, j)), (gap, j))
            left[j] = min(left.get(j, (gap, i)), (gap, i))
    follows = {i: j for i, (_, j) in right.items() if left[j][1] == i}
    starts = set(range(len(by_middle))) - set(follows.values())
    return [_merged([by_middle[i] for i in _chain(start, follows)]) for start in sorted(starts)]


def _chain(start: int, follows: dict[int, int]) -> Iterable[int]:
    at: int | None = start
    while at is not None:
        yield at
        at = follows.get(at)


def _slope(segments: list[_Item]) -> float:
    """How far the lines sink for each pixel to the right; 0 where too few segments tell."""
    slopes = [segment.slopes for segment in segments if segment.slopes is not None]
    if len(slopes) < _SLOPE_LINES:
        return 0.0
    # Tall letters tilt the tops of single lines, letters below the baseline their bottoms; a skewed page tilts both alike.
    top, bottom = (median(values) for values in zip(*slopes, strict=True))
    return min(top, bottom, key=abs) if top * bottom > 0 else 0.0


def _level(item: _Item, slope: float) -> _Item:
    sink = slope * (item.x0 + item.x1) / 2
    return _Item(item.x0, item.y0 - sink, item.x1, item.y1 - sink, item.words)


def _regions(segments: list[_Item], letter: float) -> list[list[_Item]]:
    """Parts of the page to be read one after the other, each without columns of its own."""
    found = _gutter(segments, letter)
    if not found:
        return [segments] if segments else []
    x, top, bottom = found
    above, below = [s for s in segments if s.middle < top], [s for s in segments if s.middle > bottom]
    left, right = _sides([s for s in segments if top <= s.middle <= bottom], x)
    parts = (above, left, right, below)
    return [region for part in parts for region in _regions(part, letter)]


def _gutter(segments: list[_Item], letter: float) -> tuple[float, float, float] | None:
    """The best gutter (x, top, bottom) with columns of running text on both sides, or None."""
    best: tuple[int, float, float, float] | None = None
    for x in _white_strips(segments, letter):
        for band in _bands(segments, x):
            left, right = _sides(band, x)
            if _is_column(left) and _is_column(right):
                score = min(len(left), len(right))
                if best is None or score > best[0]:
                    best = score, x, min(s.middle for s in band), max(s.middle for s in band)
    return best[1:] if best else None


def _sides(segments: list[_Item], x: float) -> tuple[list[_Item], list[_Item]]:
    """The segments left and right of x; one that crosses it goes to where most of it is, so that none is lost or doubled."""
    return [s for s in segments if s.x0 + s.x1 < 2 * x], [s for s in segments if s.x0 + s.x1 >= 2 * x]


def _white_strips(segments: list[_Item], letter: float) -> list[float]:
    """The x at which a gutter may lie: just left of where several segments begin together."""
    starts = sorted(s.x0 for s in segments)
    strips, group = [], starts[:1]
    for x in starts[1:]:
        if x - group[0] > letter:
            strips += [group[0]] if len(group) >= _COLUMN_LINES else []
            group = []
        group.append(x)
    strips += [group[0]] if len(group) >= _COLUMN_LINES else []
    return [x - _GUTTER * letter / 2 for x in strips]


def _bands(segments: list[_Item], x: float) -> list[list[_Item]]:
    """Runs of segments from top to bottom that no segment crossing x interrupts."""
    bands: list[list[_Item]] = [[]]
    for segment in sorted(segments, key=lambda s: s.middle):
        if segment.x0 < x < segment.x1:
            bands.append([])
        else:
            bands[-1].append(segment)
    return bands


def _is_column(segments: list[_Item]) -> bool:
    if len(segments) < _COLUMN_LINES:
        return False
    rows = _rows(segments)
    width = max(row.x1 for row in rows) - min(row.x0 for row in rows)
    words = fmean(len(segment.words) for segment in segments)
    filled = median(row.x1 - row.x0 for row in rows)
    return len(rows) >= _COLUMN_LINES and words >= _COLUMN_WORDS and filled >= _COLUMN_FILL * width


def _rows(segments: list[_Item]) -> list[_Item]:
    """Segments that stand on one line joined, from top to bottom."""
    rows: list[list[_Item]] = []
    for segment in sorted(segments, key=lambda s: s.middle):
        row = next((r for r in reversed(rows[-4:]) if all(_beside(segment, other) for other in r)), None)
        if row is None:
            rows.append([segment])
        else:
            row.append(segment)
    return sorted((_merged(row) for row in rows), key=lambda row: row.middle)


def _beside(a: _Item, b: _Item) -> bool:
    return a.level_with(b) and min(a.x1, b.x1) - max(a.x0, b.x0) <= 0.5 * min(a.height, b.height)
