"""One reading out of two passes of an OCR engine over the same page.

Words of both passes whose boxes share ink form a group; of each group the pass that is surer of its letters has its way.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vextract.types import Word

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["credible", "merge", "sureness"]

# Confidences 0..1: words below the first are dropped; words of signs alone, and words that only the second pass has, need more.
_CREDIBLE = 0.20
_ADDED = 0.60
# Two boxes share ink from this share of the smaller one on.
_SAME_INK = 0.30
# What is left of a ruling line is read as one of these.
_RULES = frozenset("|_~—–¦")


def credible(words: list[Word]) -> list[Word]:
    """Without what is probably noise: unsure words, signs alone that are not quite sure, pieces of ruling lines."""
    return [
        word
        for word in words
        if (word.confidence or 0) >= (_CREDIBLE if _has_letter(word) else _ADDED) and not _RULES.issuperset(word.text)
    ]


def sureness(words: list[Word]) -> float:
    """The mean confidence of all letters, 0..1; 0 where there are none."""
    real = [word for word in words if _has_letter(word)]
    letters = sum(len(word.text) for word in real)
    return sum((word.confidence or 0) * len(word.text) for word in real) / letters if letters else 0.0


def merge(first: list[Word], second: list[Word]) -> list[Word]:
    """The words of both passes, no ink read twice; what the second pass alone has must be quite sure."""
    merged: list[Word] = []
    for mine, other in _groups(first, second):
        if not mine:
            merged += [word for word in other if (word.confidence or 0) >= _ADDED]
        else:
            merged += other if other and _certainty(other) > _certainty(mine) else mine
    return merged


def _has_letter(word: Word) -> bool:
    return any(map(str.isalnum, word.text))


def _certainty(words: list[Word]) -> float:
    letters = sum(len(word.text) for word in words)
    return sum((word.confidence or 0) * len(word.text) for word in words) / letters


def _groups(first: list[Word], second: list[Word]) -> Iterator[tuple[list[Word], list[Word]]]:
    """The connected parts of the graph whose edges are shared ink: words of the first pass, words of the second."""
    import numpy as np

    if not (first and second):
        yield from (([word], []) for word in first)
        yield from (([], [word]) for word in second)
        return
    shared = _shared(_corners(first), _corners(second)) > _SAME_INK
    of_first, of_second = [np.flatnonzero(row) for row in shared], [np.flatnonzero(column) for column in shared.T]
    seen_first, seen_second = set[int](), set[int]()
    for start in range(len(first)):
        if start in seen_first:
            continue
        mine, other, todo = {start}, set[int](), [start]
        while todo:
            fresh = {int(j) for i in todo for j in of_first[i]} - other
            other |= fresh
            todo = [i for i in {int(i) for j in fresh for i in of_second[j]} if i not in mine]
            mine.update(todo)
        seen_first |= mine
        seen_second |= other
        yield [first[i] for i in sorted(mine)], [second[j] for j in sorted(other)]
    yield from (([], [word]) for j, word in enumerate(second) if j not in seen_second)


def _corners(words: list[Word]) -> "npt.NDArray[np.float64]":
    import numpy as np

    return np.array([(w.box.x0, w.box.y0, w.box.x1, w.box.y1) for w in words])


def _shared(a: "npt.NDArray[np.float64]", b: "npt.NDArray[np.float64]") -> "npt.NDArray[np.float64]":
    """Common area as a share of the smaller box, shape (len(a), len(b)); 0 for boxes without area."""
    import numpy as np

    width = np.minimum(a[:, None, 2], b[None, :, 2]) - np.maximum(a[:, None, 0], b[None, :, 0])
    height = np.minimum(a[:, None, 3], b[None, :, 3]) - np.maximum(a[:, None, 1], b[None, :, 1])
    sizes_a, sizes_b = ((c[:, 2] - c[:, 0]) * (c[:, 3] - c[:, 1]) for c in (a, b))
    smaller = np.minimum(sizes_a[:, None], sizes_b[None, :])
    common = width.clip(min=0) * height.clip(min=0)
    share: npt.NDArray[np.float64] = np.divide(common, smaller, out=np.zeros_like(common), where=smaller > 0)
    return share
