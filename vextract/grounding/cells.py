"""Values that are several cells of a table: all of one row, in any order, or some of one column from the top down.

Each part of the value must stand there as it is, with its decimal marks: a row is no place to guess.
"""

from collections.abc import Iterator, Sequence

from vextract.geometry import union
from vextract.grounding.text import PageIndex, Span, bare
from vextract.types import Box

__all__ = ["cells"]

_FEWEST = 3
_MOST = 40
# Of the words inside the box around the cells, so many may be none of them.
_FOREIGN = 0.34
_MOST_PLACES = 4


def cells(text: str, index: PageIndex) -> list[tuple[Span, ...]]:
    """The places where a row or a column prints all parts of the text, each as runs of words in reading order."""
    parts = [part for token in text.split() if (part := bare(token))]
    if not _FEWEST <= len(parts) <= _MOST or not all(part in index.bare for part in parts):
        return []
    found: list[tuple[Span, ...]] = []
    for words in (*_in_rows(parts, index), *_in_columns(parts, index)):
        if words and not _mixed(words, index) and len(found) < _MOST_PLACES:
            spans = tuple(_runs(sorted(words)))
            if spans not in found:
                found.append(spans)
    return found


def _in_rows(parts: Sequence[str], index: PageIndex) -> Iterator[list[int]]:
    """For each word that prints the rarest part, the words of its row that print the others."""
    rarest = min(parts, key=lambda part: len(index.bare[part]))
    for anchor in index.bare[rarest]:
        row = [anchor]
        rest = list(parts)
        rest.remove(rarest)
        for part in rest:
            level = [
                n for n in index.bare[part] if n not in row and _level(index.words[n].box, index.words[anchor].box)
            ]
            if not level:
                break
            row.append(min(level, key=lambda n: abs(index.words[n].box.x0 - index.words[anchor].box.x0)))
        else:
            yield row


def _in_columns(parts: Sequence[str], index: PageIndex) -> Iterator[list[int]]:
    """For each word that prints the first part, the nearest words below it that print the others in order."""
    for anchor in index.bare[parts[0]]:
        column = [anchor]
        for part in parts[1:]:
            last = index.words[column[-1]].box
            below = [n for n in index.bare[part] if _below(index.words[n].box, last)]
            if not below:
                break
            column.append(min(below, key=lambda n: index.words[n].box.y0))
        else:
            yield column


def _level(a: Box, b: Box) -> bool:
    return min(a.y1, b.y1) - max(a.y0, b.y0) > 0.4 * min(a.y1 - a.y0, b.y1 - b.y0)


def _below(low: Box, high: Box) -> bool:
    return (low.y0 + low.y1) / 2 > high.y1 and min(low.x1, high.x1) - max(low.x0, high.x0) > 0


def _mixed(words: Sequence[int], index: PageIndex) -> bool:
    """Whether too many other words stand between the cells."""
    box, own = union(index.words[n].box for n in words), set(words)
    inside = foreign = 0
    for n, word in enumerate(index.words):
        x, y = (word.box.x0 + word.box.x1) / 2, (word.box.y0 + word.box.y1) / 2
        if index.folded[n] and box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1:
            inside += 1
            foreign += n not in own
    return foreign > _FOREIGN * inside


def _runs(words: Sequence[int]) -> Iterator[Span]:
    first = last = words[0]
    for n in words[1:]:
        if n != last + 1:
            yield Span(first, last)
            first = n
        last = n
    yield Span(first, last)
