"""A page as rows of segments: words that stand on one line close together, parted by the gaps of columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from vextract.geometry import union
from vextract.grounding.text import PageIndex
from vextract.types import Box, PageText

__all__ = ["PageRows", "Segment"]

# A gap of this many heights of print parts columns; between words of one phrase it is a third of a height.
_COLUMN_GAP = 1.1
_SAME_ROW = 0.5


@dataclass(frozen=True, slots=True)
class Segment:
    """Words (indices into the page's words) that stand together on one row."""

    words: tuple[int, ...]
    text: str
    box: Box
    row: int

    @property
    def height(self) -> float:
        """Of its print, in fractions of the page's height."""
        return self.box.y1 - self.box.y0


class PageRows:
    """The rows of a page from top to bottom, each with its segments from left to right."""

    def __init__(self, page: PageText) -> None:
        self.page = page
        self.index = PageIndex(page)
        self.number = page.ref.number
        # Heights are fractions of the page's height, gaps of its width: this turns one into the other.
        self.aspect = page.ref.height_px / page.ref.width_px
        self.rows: list[list[Segment]] = [
            [self.segment(words, n) for words in self._parted(row)] for n, row in enumerate(self._rows())
        ]
        self.segments: list[Segment] = [segment for row in self.rows for segment in row]

    @cached_property
    def letter(self) -> float:
        """The usual height of print, in fractions of the page's height."""
        heights = [word.box.y1 - word.box.y0 for word in self.index.words if len(word.text) > 2]
        return median(heights) if heights else 0.012

    def segment(self, words: Sequence[int], row: int) -> Segment:
        """Words of one row as a segment."""
        found = [self.index.words[n] for n in words]
        return Segment(tuple(words), " ".join(w.text for w in found), union(w.box for w in found), row)

    def right_of(self, segment: Segment) -> list[Segment]:
        """What stands on the same row further right, the nearest first."""
        beside = self.rows[segment.row]
        return [other for other in beside if other is not segment and other.box.x0 >= segment.box.x1 - 1e-6]

    def below(self, box: Box, row: int, *, lines: float) -> Iterator[Segment]:
        """What stands under a box that ends on `row`, down to so many lines of its height, the nearest first."""
        height = max(box.y1 - box.y0, self.letter)
        for other in self.segments:
            if other.row <= row or other.box.y0 - box.y1 > lines * height or other.box.y0 < box.y0:
                continue
            overlap = min(box.x1, other.box.x1) - max(box.x0, other.box.x0)
            if overlap > 0:
                yield other

    def _rows(self) -> list[list[int]]:
        """Word indices by row: words join the row of their left neighbour, so that a slanting line stays one row."""
        words = self.index.words
        order = sorted(range(len(words)), key=lambda n: (words[n].box.y0 + words[n].box.y1, words[n].box.x0))
        rows: list[list[int]] = []
        for n in order:
            box = words[n].box
            for row in reversed(rows[-6:]):
                near = min(row, key=lambda m: abs(words[m].box.x0 - box.x0))
                other = words[near].box
                shared = min(box.y1, other.y1) - max(box.y0, other.y0)
                if shared > _SAME_ROW * min(box.y1 - box.y0, other.y1 - other.y0):
                    row.append(n)
                    break
            else:
                rows.append([n])
        for row in rows:
            row.sort(key=lambda n: words[n].box.x0)
        return rows

    def _parted(self, row: Sequence[int]) -> Iterator[list[int]]:
        words = self.index.words
        part = [row[0]]
        for n in row[1:]:
            before, box = words[part[-1]].box, words[n].box
            height = max(min(before.y1 - before.y0, box.y1 - box.y0), 0.6 * self.letter)
            if box.x0 - before.x1 > _COLUMN_GAP * height * self.aspect:
                yield part
                part = []
            part.append(n)
        yield part
