"""Where labels stand: pure geometry in whole pixels, origin top-left, right and bottom exclusive.

Labels never overlap, never leave the picture, hide no other box by more than `MOST_HIDDEN`, and nothing that is printed on a page.
Within that each takes the place near its box that hides least: of its own box, of others, and of what the picture shows there. What
finds no such place gets none.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["MOST_HIDDEN", "Detail", "Placed", "Rect", "Size", "place"]

Rect = tuple[int, int, int, int]
"""x0, y0, x1, y1."""
Size = tuple[int, int]
"""Width and height."""

MOST_HIDDEN = 0.25
"""Share of another box that a label, and its leader, may hide."""
_MOST_PRINT = 0.05
"""Mean of the cells of a page that a label may hide."""
_GAP_PX = 1
"""Least distance between two labels."""
_STEP = 0.012
"""What a place costs for each that is more usual: above, below, inside, beside."""
_HIDDEN, _HIDDEN_OWN, _DETAIL = 1.5, 0.7, 2.5
"""What it costs to hide all of another box, of the own one, or of something printed."""
_GOOD = 0.8
"""A place that costs no more needs no better one farther off."""
_AWAY, _AWAY_STEP = 0.6, 0.07
"""What it costs not to touch the box, and how much for each height of the label that lies between."""
_REACH = 5
"""How far a label may be from its box, in its heights."""
_LATTICE = 11
"""So many places across and down are tried around a box."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The place of a label.

    Attributes:
        rect: as large as the label.
        choice: which of the label's sizes this is, from 0.
        leader: ends of a line to the box, on the label and on the box; None if they touch.
    """

    rect: Rect
    choice: int = 0
    leader: tuple[tuple[int, int], tuple[int, int]] | None = None


class Detail:
    """How much there is to see in parts of a picture.

    Args:
        cells: for each cell, row by row, 0 (plain) to 1 (such as print).
        cell_px: the side of a cell.
        page: print on paper, of which labels must hide nothing; farther off than beside their boxes they would be hard to follow.
    """

    def __init__(self, cells: "Floats", cell_px: float, *, page: bool = False) -> None:
        import numpy as np

        self._sums = np.pad(cells.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
        self._cell_px = cell_px
        self.page = page

    def mean(self, rects: "Integers") -> "Floats":
        """The mean over each rectangle (last axis: its corners), by the cells that it covers by half."""
        import numpy as np

        rows, columns = (side - 1 for side in self._sums.shape)
        corners = np.rint(rects / self._cell_px).astype(int)
        x0, y0 = np.clip(corners[..., 0], 0, columns - 1), np.clip(corners[..., 1], 0, rows - 1)
        x1, y1 = np.clip(corners[..., 2], x0 + 1, columns), np.clip(corners[..., 3], y0 + 1, rows)
        sums = self._sums
        inside: Floats = (sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]) / ((x1 - x0) * (y1 - y0))
        return inside


def place(
    picture: Size, boxes: Sequence[Rect], labels: Sequence[Sequence[Size]], detail: Detail | None = None
) -> list[Placed | None]:
    """The place of each label; None for a box without a label, and where there is no room.

    Args:
        picture: its size.
        boxes: with the lines drawn around them, inside the picture.
        labels: for each box the sizes that its label may have, the best first; none for no label.
        detail: what the picture shows; None: labels mind boxes alone.
    """
    placed: list[Placed | None] = [None] * len(boxes)
    labelled = [at for at, sizes in enumerate(labels) if sizes]
    if not labelled:
        return placed
    ground = _Ground(picture, boxes, detail)
    taken = _Taken(max(sizes[0][0] for sizes in labels if sizes), max(sizes[0][1] for sizes in labels if sizes))
    near = dict(zip(labelled, ground.touching(labelled, [labels[at][0] for at in labelled]), strict=True))
    # Large boxes first: theirs are the labels that are looked for, and each leaves the small ones alone where it can.
    for at in sorted(labelled, key=lambda at: (-_area(boxes[at]), at)):
        for choice, size in enumerate(labels[at]):
            places = near[at] if choice == 0 else ground.touching([at], [size])[0]
            best, cost = taken.cheapest_free(places)
            if cost > _GOOD and not (detail and detail.page):
                farther, farther_cost = taken.cheapest_free(ground.around(at, size))
                best = farther if farther_cost < cost else best
            if best:
                taken.add(best)
                placed[at] = Placed(best, choice, _leader(best, boxes[at]))
                break
    return placed


_Priced = list[tuple[float, Rect]]
"""Places with what they cost, the cheapest first."""


class _Taken:
    """The places that are taken, by the cells of a grid that they touch; one label touches few cells."""

    def __init__(self, cell_width: int, cell_height: int) -> None:
        self._cell = max(1, cell_width), max(1, cell_height)
        self._rects: dict[tuple[int, int], list[Rect]] = defaultdict(list)

    def add(self, rect: Rect) -> None:
        for cell in self._cells(rect):
            self._rects[cell].append(rect)

    def cheapest_free(self, places: _Priced) -> tuple[Rect | None, float]:
        """The first that keeps the distance from all that are taken, and its cost; infinity if none does."""
        return next(((rect, cost) for cost, rect in places if self._free(rect)), (None, float("inf")))

    def _free(self, rect: Rect) -> bool:
        x0, y0, x1, y1 = rect[0] - _GAP_PX, rect[1] - _GAP_PX, rect[2] + _GAP_PX, rect[3] + _GAP_PX
        return not any(
            x0 < other[2] and x1 > other[0] and y0 < other[3] and y1 > other[1]
            for cell in self._cells((x0, y0, x1, y1))
            for other in self._rects.get(cell, ())
        )

    def _cells(self, rect: Rect) -> Iterable[tuple[int, int]]:
        width, height = self._cell
        rows = range(rect[1] // height, (rect[3] - 1) // height + 1)
        return ((column, row) for column in range(rect[0] // width, (rect[2] - 1) // width + 1) for row in rows)


class _Ground:
    """What labels should not hide: the boxes, and what the picture shows."""

    def __init__(self, picture: Size, boxes: Sequence[Rect], detail: Detail | None) -> None:
        import numpy as np

        self._picture, self._detail = picture, detail
        self._boxes = np.array(boxes, dtype=np.int64)
        self._areas = np.maximum(
            1, (self._boxes[:, 2] - self._boxes[:, 0]) * (self._boxes[:, 3] - self._boxes[:, 1])
        ).astype(float)

    def touching(self, numbers: list[int], sizes: list[Size]) -> list[_Priced]:
        """For each of some boxes the places at its sides and inside it."""
        import numpy as np

        rects = _touching(self._boxes[numbers], np.array(sizes, dtype=np.int64), self._picture)
        costs = np.broadcast_to(np.arange(rects.shape[1]) * _STEP, rects.shape[:2])
        return self._priced(np.array(numbers), rects, costs)

    def around(self, number: int, size: Size) -> _Priced:
        """Places about a box that do not touch it, within reach."""
        import numpy as np

        x0, y0, x1, y1 = self._boxes[number].tolist()
        (width, height), reach = size, _REACH * size[1]
        steps = np.arange(_LATTICE)
        left = (x0 - reach - width + steps * (x1 - x0 + 2 * reach + width) // (_LATTICE - 1))[None, :]
        top = (y0 - reach - height + steps * (y1 - y0 + 2 * reach + height) // (_LATTICE - 1))[:, None]
        across = np.maximum(np.maximum(x0 - width - left, left - x1), 0)
        down = np.maximum(np.maximum(y0 - height - top, top - y1), 0)
        apart = (across + down).ravel()
        rects = _rects(left, top, width, height).reshape(1, -1, 4)[:, apart > 0]
        costs = _AWAY + _AWAY_STEP / height * apart[apart > 0]
        between = _between(rects, self._boxes[number])
        return self._priced(np.array([number]), rects, self._costs(np.array([number]), between) + costs)[0]

    def _priced(self, numbers: "Integers", rects: "Integers", costs: "Floats") -> list[_Priced]:
        """Those places of each box (rows) that are on the picture and hide nothing they must not, with all that they cost."""
        import numpy as np

        width, height = self._picture
        costs = costs + self._costs(numbers, rects)
        on_picture = (rects[..., :2] >= 0).all(-1) & (rects[..., 2] <= width) & (rects[..., 3] <= height)
        costs = np.where(on_picture, costs, np.inf)
        order = np.argsort(costs, axis=1, kind="stable")
        kept = np.isfinite(costs).sum(1).tolist()
        sorted_rects = np.take_along_axis(rects, order[..., None], 1).tolist()
        sorted_costs = np.take_along_axis(costs, order, 1).tolist()
        return [
            [(cost, (x0, y0, x1, y1)) for cost, (x0, y0, x1, y1) in zip(row[:count], places[:count], strict=True)]
            for row, places, count in zip(sorted_costs, sorted_rects, kept, strict=True)
        ]

    def _costs(self, numbers: "Integers", rects: "Integers") -> "Floats":
        """What it costs to hide what is at some rectangles for each box (rows); infinity for what must not be hidden."""
        import numpy as np

        costs = self._hidden(numbers, rects)
        if self._detail:
            detail = self._detail.mean(rects)
            costs += _DETAIL * detail
            if self._detail.page:
                costs[detail > _MOST_PRINT] = np.inf
        return costs

    def _hidden(self, numbers: "Integers", rects: "Integers") -> "Floats":
        """What the places of each box (rows) cost for the boxes that they hide, by the share of each that they do."""
        import numpy as np

        reach = np.concatenate([rects[..., :2].min(1), rects[..., 2:].max(1)], axis=1)
        boxes = self._boxes
        # Few boxes are near enough to matter, so only pairs of a label and such a box are looked at.
        row, other = np.nonzero(
            (reach[:, None, 0] < boxes[:, 2])
            & (reach[:, None, 2] > boxes[:, 0])
            & (reach[:, None, 1] < boxes[:, 3])
            & (reach[:, None, 3] > boxes[:, 1])
        )
        places, hidden = rects[row], boxes[other][:, None]
        across = np.minimum(places[..., 2], hidden[..., 2]) - np.maximum(places[..., 0], hidden[..., 0])
        down = np.minimum(places[..., 3], hidden[..., 3]) - np.maximum(places[..., 1], hidden[..., 1])
        shares = np.maximum(across, 0) * np.maximum(down, 0) / self._areas[other][:, None]
        own = (other == numbers[row])[:, None]
        costs = np.zeros(rects.shape[:2])
        np.add.at(costs, row, np.where(own, _HIDDEN_OWN, np.where(shares > MOST_HIDDEN, np.inf, _HIDDEN)) * shares)
        return costs


def _touching(boxes: "Integers", sizes: "Integers", picture: Size) -> "Integers":
    """Places at the sides of each box (rows) and inside it, the most usual first; those that do not do are off the picture."""
    import numpy as np

    x0, y0, x1, y1 = (boxes[:, at, None] for at in range(4))
    width, height = sizes[:, :1], sizes[:, 1:]
    along = np.clip(np.hstack([x0, x1 - width, (x0 + x1 - width) // 2]), 0, picture[0] - width)
    down = np.clip(np.hstack([y0, y1 - height, (y0 + y1 - height) // 2]), 0, picture[1] - height)
    nowhere = np.where((x1 - x0 >= width) & (y1 - y0 >= height), 0, -(2**40))
    sides = [
        _rects(along, y0 - height, width, height),
        _rects(along, y1, width, height),
        _rects(np.hstack([x0, x1 - width]) + nowhere, y0, width, height),
        _rects(np.hstack([x0, x1 - width]) + nowhere, y1 - height, width, height),
        _rects(x1, down, width, height),
        _rects(x0 - width, down, width, height),
    ]
    return np.concatenate(sides, axis=1)


def _rects(left: "Integers", top: "Integers", width: "Integers | int", height: "Integers | int") -> "Integers":
    """Rectangles by their corners, along a new last axis."""
    import numpy as np

    return np.stack(np.broadcast_arrays(left, top, left + width, top + height), axis=-1)


def _between(rects: "Integers", box: "Integers") -> "Integers":
    """What lies between rectangles (last axis: corners) and a box, as rectangles that are a pixel wide and high at least."""
    import numpy as np

    first, last = np.maximum(rects[..., :2], box[:2]), np.minimum(rects[..., 2:], box[2:])
    start = np.where(first < last, (first + last) // 2, last)
    return np.concatenate([start, np.maximum(start + 1, np.where(first < last, 0, first))], axis=-1)


def _leader(label: Rect, box: Rect) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The shortest line between them; None if they touch."""
    ends = [_closest(label[at], label[at + 2], box[at], box[at + 2]) for at in (0, 1)]
    if all(abs(a - b) <= 1 for a, b in ends):
        return None
    (x, to_x), (y, to_y) = ends
    return (x, y), (to_x, to_y)


def _closest(a0: int, a1: int, b0: int, b1: int) -> tuple[int, int]:
    """The points of two spans (ends exclusive) that are closest to each other; where they overlap, the middle of that."""
    if a1 <= b0:
        return a1 - 1, b0
    if b1 <= a0:
        return a0, b1 - 1
    middle = (max(a0, b0) + min(a1, b1) - 1) // 2
    return middle, middle


def _area(rect: Rect) -> int:
    return (rect[2] - rect[0]) * (rect[3] - rect[1])
