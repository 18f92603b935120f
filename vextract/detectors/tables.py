"""The detector `tables`: grids of ruling lines in the picture, and columns of words without any.

A grid has at least two rows and two columns. Tables that only shading parts, and pages turned or skewed by more than four degrees
from upright or lying, are not found in the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vextract.detection import Detection
from vextract.detectors import Detector
from vextract.detectors._grids import Cell, grids
from vextract.detectors._rulings import Rulings, find_rulings
from vextract.errors import DependencyError
from vextract.geometry import area, clip, overlap, turn, union
from vextract.types import Box, Line, Page, PageText, Word
from vextract.word_tables import find_tables

__all__ = ["DETECTOR"]

# Rules may miss each other by this share of the longer side, and by so many pixels at least.
_TOLERANCE, _TOLERANCE_PX = 0.0035, 3.0
# Two columns of words are labels with their values more often than a table.
_FEWEST_COLUMNS = 3
# Share of the smaller of two tables that they may have in common.
_MOST_SHARED = 0.3


@dataclass(frozen=True, slots=True)
class _Table:
    """A table and its cells, row by row, in fractions of the page."""

    box: Box
    cells: tuple[Box, ...]


def _check() -> None:
    try:
        import numpy as np  # noqa: F401  # only whether they are there
        import scipy  # type: ignore[import-untyped]  # noqa: F401
    except ImportError as error:
        raise DependencyError(
            f"tables cannot be looked for: {error}", "install vextract's own packages again"
        ) from error


def _detect(page: Page, text: PageText) -> list[Detection]:
    """Each table, followed by its cells with what is written in them. There are no scores."""
    ruled = _ruled(find_rulings(page.image))
    found = ruled + [table for table in _of_words(text) if not any(_shared(table, other) for other in ruled)]
    number = page.ref.number
    objects = []
    for table in found:
        objects.append(Detection(number, "table", table.box))
        inside = [word for word in text.words if _holds(table.box, word)]
        objects += [Detection(number, "cell", cell, text=_written(cell, inside)) for cell in table.cells]
    return objects


def _ruled(rulings: Rulings) -> list[_Table]:
    tolerance = max(_TOLERANCE_PX, _TOLERANCE * max(rulings.size))
    tables = []
    for cells in grids(rulings.level, rulings.upright, tolerance):
        boxes = tuple(_box(cell, rulings) for cell in cells)
        tables.append(_Table(union(boxes), boxes))
    return tables


def _box(cell: Cell, rulings: Rulings) -> Box:
    """The smallest upright box around a cell of a levelled page."""
    corners = [rulings.to_page(u, v) for u in (cell.x0, cell.x1) for v in (cell.y0, cell.y1)]
    xs, ys = zip(*corners, strict=True)
    return clip(Box(min(xs), min(ys), max(xs), max(ys)))


def _of_words(text: PageText) -> list[_Table]:
    """The tables whose columns are parted by white alone."""
    lines = [_upright(line, text.rotation) for line in text.lines]
    tables = []
    for table in find_tables([line for line in lines if line]):
        if len(table.cells[0]) < _FEWEST_COLUMNS:
            continue
        words = [cell for row in table.cells for cell in row if cell]
        boxes = tuple(turn(union(word.box for word in cell), -text.rotation) for cell in words)
        tables.append(_Table(union(boxes), boxes))
    return tables


def _upright(line: Line, rotation: int) -> Sequence[Word]:
    return [Word(word.text, turn(word.box, rotation), word.confidence) for word in line.words]


def _shared(a: _Table, b: _Table) -> bool:
    return overlap(a.box, b.box) > _MOST_SHARED * min(area(a.box), area(b.box))


def _holds(box: Box, word: Word) -> bool:
    x, y = (word.box.x0 + word.box.x1) / 2, (word.box.y0 + word.box.y1) / 2
    return box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1


def _written(cell: Box, words: Sequence[Word]) -> str | None:
    """The words in the cell, in reading order; None if it is empty or was not read."""
    return " ".join(word.text for word in words if _holds(cell, word)) or None


DETECTOR = Detector(
    about="tables: grids of ruling lines, and columns of words; their cells where asked for",
    labels=("table", "cell"),
    by_default=True,
    needs_words=True,
    check=_check,
    detect=_detect,
    on_request=("cell",),
    synonyms={"table grid": ("table",), "grid": ("table",), "table cell": ("cell",)},
)
