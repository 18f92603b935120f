"""What is counted, and the measures that follow from the counts. Each measure is a ratio of two sums of counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from vextract.evaluation.flatten import Leaf

__all__ = ["FIELD_METRICS", "METRICS", "Counts", "Ratio", "leaf_counts"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """`over` divided by `under`, both sums of counts with their factors."""

    over: Mapping[str, int]
    under: Mapping[str, int]


_ANSWERED = {"right": 1, "wrong": 1, "spurious": 1}
_EXPECTED = {"right": 1, "wrong": 1, "missing": 1}
METRICS: Mapping[str, Ratio] = {
    "f1": Ratio({"right": 2}, {"right": 2, "wrong": 2, "missing": 1, "spurious": 1}),
    "precision": Ratio({"right": 1}, _ANSWERED),
    "recall": Ratio({"right": 1}, _EXPECTED),
    "accuracy": Ratio(
        {"right": 1, "null_agreed": 1}, {"right": 1, "wrong": 1, "missing": 1, "spurious": 1, "null_agreed": 1}
    ),
    "anls": Ratio({"text_similarity": 1}, {"texts": 1}),
    "word_f1": Ratio({"word_matched": 2}, {"word_truth": 1, "word_found": 1}),
    "page_f1": Ratio({"page_matched": 2}, {"page_truth": 1, "page_found": 1}),
}
FIELD_METRICS = ("f1", "precision", "recall", "accuracy", "anls")


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted over some leaves.

    Attributes:
        right: the truth has a value, and the result has the same.
        wrong: both have a value, not the same.
        missing: the truth has a value, the result has none.
        spurious: the truth has none, the result has one: an invention.
        null_agreed: neither has one. It enters `accuracy` alone.
        texts: texts in the truth.
        text_similarity: the sum of their terms of ANLS.
        word_truth: boxes in the truth of leaves that can be judged.
        word_found: boxes of the result for these leaves.
        word_matched: of both, those that match one another.
        page_truth, page_found, page_matched: the same for the pages of leaves.
        traceable_right, traceable_wrong: right, and wrong or spurious, values of results that carry evidence.
        located_right, located_wrong: those of them that were located on a page.
        boxed_right: right values whose boxes the truth knows.
        placed_right: those of them of which every box matches.
    """

    right: int = 0
    wrong: int = 0
    missing: int = 0
    spurious: int = 0
    null_agreed: int = 0
    texts: int = 0
    text_similarity: float = 0.0
    word_truth: int = 0
    word_found: int = 0
    word_matched: int = 0
    page_truth: int = 0
    page_found: int = 0
    page_matched: int = 0
    traceable_right: int = 0
    traceable_wrong: int = 0
    located_right: int = 0
    located_wrong: int = 0
    boxed_right: int = 0
    placed_right: int = 0

    @classmethod
    def total(cls, parts: Iterable[Mapping[str, float]]) -> "Counts":
        """The sum of counts by name; names that are left out count nothing."""
        sums: dict[str, Any] = {}
        for part in parts:
            for name, count in part.items():
                sums[name] = sums.get(name, 0) + count
        return cls(**sums)

    def metric(self, name: str) -> float | None:
        """The measure of that name in METRICS, 0..1; None where there is nothing to measure."""
        ratio = METRICS[name]
        under = self._sum(ratio.under)
        return self._sum(ratio.over) / under if under else None

    def ratio(self, over: str, under: str) -> float | None:
        """One count's share of another; None if that is 0."""
        return self._sum({over: 1}) / total if (total := self._sum({under: 1})) else None

    def as_dict(self) -> dict[str, float]:
        """All counts by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def _sum(self, factors: Mapping[str, int]) -> float:
        total: float = sum(getattr(self, name) * factor for name, factor in factors.items())
        return total


def leaf_counts(leaf: Leaf) -> dict[str, float]:
    """What one leaf adds to the counts."""
    counts: dict[str, float] = {"null_agreed" if leaf.outcome == "null" else leaf.outcome: 1}
    if leaf.similarity is not None:
        counts |= {"texts": 1, "text_similarity": leaf.similarity}
    return counts
