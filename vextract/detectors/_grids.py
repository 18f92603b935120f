"""From ruling lines to grids of cells: at least two rows and two columns, cells may span several of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from vextract.detectors._rulings import Rule

__all__ = ["Cell", "grids"]

# What share of a cell's side must be ruled.
_RULED = 0.7
# In tolerances: what is flatter holds no line of print, such as what strokes of a pen enclose beside a ruled line.
_SMALLEST = 2.2
# A cell that takes so much of its grid is a frame around something.
_FRAME = 0.8
# In this share of the rows, and in two at least, there must be a common edge between two columns.
_ALIGNED = 0.5


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in levelled pixels."""

    x0: float
    y0: float
    x1: float
    y1: float


def grids(level: Sequence[Rule], upright: Sequence[Rule], tolerance: float) -> list[list[Cell]]:
    """The grids among the rules, each its cells row by row.

    Args:
        level: rules from left to right.
        upright: rules from top to bottom.
        tolerance: pixels by which rules may miss each other, and cells are larger than.
    """
    found: list[list[Cell]] = []
    for level_ones, upright_ones in _crossing(level, upright, tolerance):
        rows = level_ones + _open_sides(level_ones, upright_ones, tolerance)
        columns = upright_ones + _open_sides(upright_ones, level_ones, tolerance)
        cells = _without_frames(_cells(rows, columns, tolerance))
        found += [group for group in _adjacent(cells, tolerance) if _is_grid(group, tolerance)]
    return found


def _crossing(level: Sequence[Rule], upright: Sequence[Rule], tolerance: float) -> list[tuple[list[Rule], list[Rule]]]:
    """The rules in groups that cross each other."""
    pairs = {
        (i, j)
        for i, row in enumerate(level)
        for j, column in enumerate(upright)
        if row.start - tolerance <= column.at <= row.stop + tolerance
        and column.start - tolerance <= row.at <= column.stop + tolerance
    }
    # Strokes of letters that stand on an underline cross it alone, and those of a pen through several lines end anywhere. A table
    # of two columns without outer sides has level rules that cross one other alone.
    crossed = Counter(j for _, j in pairs)
    ending = {
        j
        for i, j in pairs
        if min(abs(upright[j].start - level[i].at), abs(upright[j].stop - level[i].at)) <= 2 * tolerance
    }
    pairs = {(i, j) for i, j in pairs if crossed[j] >= 2 and j in ending}
    groups = _linked(len(level) + len(upright), [(i, len(level) + j) for i, j in pairs])
    return [
        ([level[i] for i in group if i < len(level)], [upright[i - len(level)] for i in group if i >= len(level)])
        for group in groups
        if len(group) > 1
    ]


def _linked(count: int, pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The numbers from 0 to before `count` in groups that pairs link."""
    from scipy.sparse import coo_array  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    if not count:
        return []
    ones, firsts, seconds = [1] * len(pairs), [a for a, _ in pairs], [b for _, b in pairs]
    _, labels = connected_components(coo_array((ones, (firsts, seconds)), shape=(count, count)), directed=False)
    groups: dict[int, list[int]] = defaultdict(list)
    for number, label in enumerate(labels.tolist()):
        groups[label].append(number)
    return list(groups.values())


def _open_sides(sides: Sequence[Rule], across: Sequence[Rule], tolerance: float) -> list[Rule]:
    """The sides that are not drawn: where two rules or more end together, well beyond the outermost side that is drawn.

    Args:
        sides: rules in the direction of the side that may be missing.
        across: the rules that run from side to side.
        tolerance: in pixels.
    """
    missing = []
    least = 3 * tolerance
    for end, drawn in ((-1, min(side.at for side in sides)), (1, max(side.at for side in sides))):
        ends = [(rule.start if end < 0 else rule.stop, rule.at) for rule in across]
        beyond = [(place, at) for place, at in ends if (place - drawn) * end > least]
        if not beyond:
            continue
        furthest = max(beyond, key=lambda one: one[0] * end)[0]
        together = [at for place, at in beyond if abs(place - furthest) <= tolerance]
        if max(together) - min(together) > tolerance:  # two at least
            missing.append(Rule(furthest, min(together), max(together)))
    return missing


def _cells(rows: Sequence[Rule], columns: Sequence[Rule], tolerance: float) -> list[Cell]:
    """All rectangles between the rules that are closed on all sides and that no rule parts."""
    ys, xs = _places(rows, tolerance), _places(columns, tolerance)
    height, width = len(ys) - 1, len(xs) - 1
    if height < 1 or width < 1:
        return []
    fields = height * width
    open_above = [
        (_number(i - 1, j, height, width), _number(i, j, height, width))
        for i in range(height + 1)
        for j in range(width)
        if not _ruled(rows, ys[i], (xs[j], xs[j + 1]), tolerance)
    ]
    open_left = [
        (_number(i, j - 1, height, width), _number(i, j, height, width))
        for i in range(height)
        for j in range(width + 1)
        if not _ruled(columns, xs[j], (ys[i], ys[i + 1]), tolerance)
    ]
    cells = []
    for group in _linked(fields + 1, open_above + open_left):
        at_rows, at_columns = [n // width for n in group], [n % width for n in group]
        top, bottom, left, right = min(at_rows), max(at_rows) + 1, min(at_columns), max(at_columns) + 1
        cell = None if fields in group else Cell(xs[left], ys[top], xs[right], ys[bottom])
        closed = cell and len(group) == (bottom - top) * (right - left)
        if cell and closed and min(cell.x1 - cell.x0, cell.y1 - cell.y0) >= _SMALLEST * tolerance:
            cells.append(cell)
    return sorted(cells, key=lambda cell: (cell.y0, cell.x0))


def _number(row: int, column: int, height: int, width: int) -> int:
    """The number of a field between neighbouring rules; all beyond the outermost have one in common."""
    return row * width + column if 0 <= row < height and 0 <= column < width else height * width


def _places(rules: Sequence[Rule], tolerance: float) -> list[float]:
    """Where the rules lie, those that lie together once."""
    ordered = sorted(rules, key=lambda rule: rule.at)
    clusters = [[ordered[0]]]
    for before, rule in pairwise(ordered):
        if rule.at - before.at > tolerance:
            clusters.append([])
        clusters[-1].append(rule)
    return [fmean([rule.at for rule in cluster], [rule.length for rule in cluster]) for cluster in clusters]


def _ruled(rules: Sequence[Rule], at: float, span: tuple[float, float], tolerance: float) -> bool:
    """Whether rules at that place cover most of the span."""
    covered = sum(
        max(0.0, min(rule.stop, span[1]) - max(rule.start, span[0])) for rule in rules if abs(rule.at - at) <= tolerance
    )
    return covered >= _RULED * (span[1] - span[0])


def _without_frames(cells: list[Cell]) -> list[Cell]:
    if not cells:
        return []
    whole = _area(_around(cells))
    return [cell for cell in cells if _area(cell) <= _FRAME * whole]


def _adjacent(cells: list[Cell], tolerance: float) -> list[list[Cell]]:
    """The cells in groups that share parts of their sides."""
    pairs = [
        (i, j)
        for i, a in enumerate(cells)
        for j, b in enumerate(cells[:i])
        if (dx := min(a.x1, b.x1) - max(a.x0, b.x0)) >= 0
        and (dy := min(a.y1, b.y1) - max(a.y0, b.y0)) >= 0
        and max(dx, dy) > tolerance
    ]
    return [[cells[i] for i in group] for group in _linked(len(cells), pairs)]


def _is_grid(cells: list[Cell], tolerance: float) -> bool:
    """Whether the cells are those of a table: several rows have an edge between two columns in common."""
    rows: dict[float, list[Cell]] = defaultdict(list)
    for cell in cells:
        rows[cell.y0].append(cell)
    if sum(len(row) >= 2 for row in rows.values()) < 2:
        return False
    left = min(cell.x0 for cell in cells)
    inner = Counter(x for row in rows.values() for x in {cell.x0 for cell in row} if x > left + tolerance)
    return max(inner.values(), default=0) >= max(2, _ALIGNED * len(rows))


def _around(cells: Iterable[Cell]) -> Cell:
    cells = list(cells)
    return Cell(
        min(cell.x0 for cell in cells),
        min(cell.y0 for cell in cells),
        max(cell.x1 for cell in cells),
        max(cell.y1 for cell in cells),
    )


def _area(cell: Cell) -> float:
    return (cell.x1 - cell.x0) * (cell.y1 - cell.y0)
