"""Whether values were found where the truth says they stand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vextract.errors import InputError
from vextract.evaluation.examples import Example, Mark
from vextract.evaluation.flatten import Leaf
from vextract.geometry import area, overlap, union
from vextract.types import Box

__all__ = ["LEAST_IOU", "Grounder", "unplaced"]

LEAST_IOU = 0.5
_Boxes = Mapping[int, list[Box]]


@dataclass(frozen=True, slots=True)
class _Side:
    """The marks of one document by pointer, and how its boxes become comparable with those of the other side."""

    example: Example
    marks: Mapping[str, list[Mark]]
    sizes: Mapping[int, tuple[float, float]]

    @classmethod
    def of(cls, example: Example, other: Example | None) -> "_Side":
        marks: dict[str, list[Mark]] = defaultdict(list)
        for mark in example.marks:
            marks[mark.pointer].append(mark)
        # Whoever writes truth by hand looks at the same pages, and seldom repeats their sizes.
        return cls(example, marks, {**((other.page_sizes if other else None) or {}), **(example.page_sizes or {})})

    def located(self, pointer: str | None) -> list[Mark]:
        marks = self.marks.get(pointer, ()) if pointer is not None else ()
        return [mark for mark in marks if mark.located and mark.page is not None]

    def boxes(self, marks: Iterable[Mark]) -> dict[int, list[Box]]:
        """The boxes by page, in fractions; in pixels where no side knows the size of the page."""
        found: dict[int, list[Box]] = defaultdict(list)
        for mark in marks:
            if mark.box is None or mark.page is None:
                continue
            x0, y0, x1, y1 = mark.box
            width, height = self.sizes.get(mark.page, (1.0, 1.0)) if _in_pixels(mark.box) else (1.0, 1.0)
            box = Box(min(x0, x1) / width, min(y0, y1) / height, max(x0, x1) / width, max(y0, y1) / height)
            if box not in found[mark.page]:
                found[mark.page].append(box)
        return found


class Grounder:
    """Counts for the leaves of one document what their places are worth."""

    def __init__(self, truth: Example, result: Example | None) -> None:
        self._truth = _Side.of(truth, result)
        self._result = _Side.of(result, truth) if result else None
        known = [mark for mark in truth.marks if mark.located and mark.page is not None]
        self._knows_pages = bool(known)
        self._knows_boxes = any(mark.box for mark in known)
        self._carries_evidence = bool(result and result.marks)

    def counts(self, leaf: Leaf) -> dict[str, float]:
        """What the leaf adds to the counts of places."""
        if leaf.outcome == "null":
            return {}
        found = self._found(leaf)
        counts: dict[str, float] = {}
        if leaf.got is not None and self._carries_evidence:
            side = "right" if leaf.outcome == "right" else "wrong"
            counts = {f"traceable_{side}": 1, f"located_{side}": int(any(mark.box for mark in found))}
        true = self._truth.located(leaf.pointer) if leaf.outcome != "spurious" else []
        if true or (self._knows_pages and leaf.outcome == "spurious"):
            counts |= self._page_counts(true, found)
        if any(mark.box for mark in true) or (self._knows_boxes and leaf.outcome == "spurious"):
            counts |= self._word_counts(leaf, true, found)
        return counts

    def confidence(self, leaf: Leaf) -> float | None:
        """The lowest confidence among the evidence of the leaf's value; None if it has none."""
        if leaf.got is None or leaf.got_pointer is None or self._result is None:
            return None
        known = [m.confidence for m in self._result.marks.get(leaf.got_pointer, ()) if m.confidence is not None]
        return min(known, default=None)

    def _found(self, leaf: Leaf) -> list[Mark]:
        return self._result.located(leaf.got_pointer) if self._result and leaf.got is not None else []

    def _page_counts(self, true: list[Mark], found: list[Mark]) -> dict[str, float]:
        wanted, got = {mark.page for mark in true}, {mark.page for mark in found}
        return {"page_truth": len(wanted), "page_found": len(got), "page_matched": len(wanted & got)}

    def _word_counts(self, leaf: Leaf, true: list[Mark], found: list[Mark]) -> dict[str, float]:
        self._check_units(true, found)
        wanted = self._truth.boxes(true)
        got = self._result.boxes(found) if self._result else {}
        wanted, got = _joined(wanted, got), _joined(got, wanted)
        expected, answered = sum(map(len, wanted.values())), sum(map(len, got.values()))
        matched = sum(_matched(wanted.get(page, ()), got.get(page, ())) for page in wanted)
        counts: dict[str, float] = {"word_truth": expected, "word_found": answered, "word_matched": matched}
        if leaf.outcome == "right":
            counts |= {"boxed_right": 1, "placed_right": int(matched == expected == answered)}
        return counts

    def _check_units(self, true: Sequence[Mark], found: Sequence[Mark]) -> None:
        for page in {mark.page for mark in true} & {mark.page for mark in found}:
            units = {_in_pixels(m.box) for m in (*true, *found) if m.page == page and m.box}
            if len(units) > 1 and page not in self._truth.sizes:
                raise InputError(
                    f"{self._truth.example.where}: one box of page {page} is in pixels and another in fractions",
                    'add the size of the page: "pages": [{"number": 1, "width": …, "height": …}]',
                )


def _in_pixels(box: tuple[float, float, float, float]) -> bool:
    # No value is printed within the first pixel of a page.
    return max(box) > 1


def _joined(boxes: _Boxes, others: _Boxes) -> dict[int, list[Box]]:
    """The boxes, joined to one on each page where the other side gives one for the whole value."""
    return {page: [union(own)] if len(others.get(page, ())) == 1 else own for page, own in boxes.items()}


def _matched(wanted: Sequence[Box], got: Sequence[Box]) -> int:
    """How many boxes match one to one at an IoU of at least LEAST_IOU, best pairs first."""
    pairs = sorted(((_iou(a, b), i, j) for i, a in enumerate(wanted) for j, b in enumerate(got)), reverse=True)
    taken_wanted: set[int] = set()
    taken_got: set[int] = set()
    for iou, i, j in pairs:
        if iou >= LEAST_IOU and i not in taken_wanted and j not in taken_got:
            taken_wanted.add(i)
            taken_got.add(j)
    return len(taken_wanted)


def _iou(a: Box, b: Box) -> float:
    both = overlap(a, b)
    whole = area(a) + area(b) - both
    return both / whole if whole else float(a == b)


def unplaced(example: Example, leaves: Iterable[Leaf]) -> Iterator[str]:
    """The pointers of the truth's evidence that lead to no value."""
    known = {leaf.pointer for leaf in leaves if leaf.wanted is not None}
    yield from dict.fromkeys(mark.pointer for mark in example.marks if mark.located and mark.pointer not in known)
