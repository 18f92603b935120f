"""Simple tables found in lines of words: columns parted by white space that runs through several lines.

It looks only at where words stand. Ruled tables whose columns touch, cells that span columns and columns that the
reader took for separate blocks are not found; their lines stay text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from vextract.geometry import union
from vextract.types import Box, Word

__all__ = ["Table", "find_tables"]

_FEWEST_ROWS = 3
# In widths of an average character: a space is about 0.6 of one, so this is two and a half spaces.
_LEAST_GAP = 1.5
# How much of the gap must be common to all rows, in the same unit.
_LEAST_COMMON_GAP = 0.75
# Rows further apart than this many heights of a line do not belong together.
_LARGEST_LEADING = 3.0
# More words than this on average in every column: running text in columns, no table.
_WORDIEST_CELL = 4.0

_Gap = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Table:
    """Lines `start` to before `stop` form a table; `cells` are its rows of columns, each the words of one cell."""

    start: int
    stop: int
    cells: tuple[tuple[tuple[Word, ...], ...], ...]


def find_tables(lines: Sequence[Sequence[Word]]) -> list[Table]:
    """The tables among the lines of an upright page, in order and without overlap."""
    words = [word for line in lines for word in line if word.text]
    if not words:
        return []
    character = median((word.box.x1 - word.box.x0) / len(word.text) for word in words)
    gaps = [_gaps(line, _LEAST_GAP * character) for line in lines]
    neighbours = [_follows(*pair) for pair in pairwise(lines)]
    found: list[Table] = []
    rest = [(0, len(lines))]
    while rest:
        start, stop = rest.pop()
        best = _best(lines, gaps, neighbours, (start, stop), _LEAST_COMMON_GAP * character)
        if best:
            found.append(best)
            rest += [(start, best.start), (best.stop, stop)]
    return sorted(found, key=lambda table: table.start)


def _best(
    lines: Sequence[Sequence[Word]],
    gaps: Sequence[list[_Gap]],
    neighbours: Sequence[bool],
    within: tuple[int, int],
    least: float,
) -> Table | None:
    """The table with the most rows times column gaps among the lines `within`."""
    best, best_score = None, 0
    for start in range(*within):
        common = gaps[start]
        for stop in range(start + 1, within[1] + 1):
            if stop > start + 1:
                if not neighbours[stop - 2]:
                    break
                common = _common(common, gaps[stop - 1], least)
            score = (stop - start) * max(len(common) - 2, 0)
            if not score:
                break
            if score > best_score and (table := _table(lines, start, stop, common)):
                best, best_score = table, score
    return best


def _gaps(line: Sequence[Word], least: float) -> list[_Gap]:
    """The wide white spaces of a line from left to right, the margins included."""
    spans = sorted((word.box.x0, word.box.x1) for word in line)
    gaps, reached = [], -1.0
    for x0, x1 in spans:
        if x0 - reached >= least:
            gaps.append((reached, x0))
        reached = max(reached, x1)
    return [*gaps, (reached, 2.0)]


def _common(first: list[_Gap], second: list[_Gap], least: float) -> list[_Gap]:
    """Where both have a gap of at least that width."""
    overlaps = ((max(a[0], b[0]), min(a[1], b[1])) for a in first for b in second)
    return [(x0, x1) for x0, x1 in overlaps if x1 - x0 >= least]


def _follows(above: Sequence[Word], below: Sequence[Word]) -> bool:
    """Whether the second line stands right below the first."""
    a, b = union(word.box for word in above), union(word.box for word in below)
    height = min(a.y1 - a.y0, b.y1 - b.y0)
    return _middle(b) > _middle(a) and b.y0 - a.y1 <= _LARGEST_LEADING * height


def _table(lines: Sequence[Sequence[Word]], start: int, stop: int, common: list[_Gap]) -> Table | None:
    """The lines cut at the common gaps, if that makes a table."""
    edges = [(x0 + x1) / 2 for x0, x1 in common[1:-1]]
    rows = []
    for line in lines[start:stop]:
        cells: list[list[Word]] = [[] for _ in range(len(edges) + 1)]
        for word in line:
            cells[sum(edge < word.box.x0 for edge in edges)].append(word)
        rows.append(tuple(map(tuple, cells)))
    # Rows with a cell or two of many are headings or the second line of a cell: a table neither begins nor ends with
    # one.
    full = [sum(map(bool, row)) >= max(2, len(row) / 2) for row in rows]
    if sum(full) < _FEWEST_ROWS or not (full[0] and full[-1]) or sum(full) * 2 <= len(rows):
        return None
    columns = [[cell for cell in column if cell] for column in zip(*rows, strict=True)]
    # One cell is no column.
    if any(len(column) == 1 for column in columns):
        return None
    if min(sum(map(len, column)) / len(column) for column in columns) > _WORDIEST_CELL:
        return None
    return Table(start, stop, tuple(rows))


def _middle(box: Box) -> float:
    return (box.y0 + box.y1) / 2
