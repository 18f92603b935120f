"""What is counted of detections, and the measures that follow without any score."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from vextract.evaluation.metrics import Ratio

__all__ = ["COUNTED", "METRICS", "RATIOS", "AveragePrecision", "DetectionCounts"]

RATIOS: Mapping[str, Ratio] = {
    "f1": Ratio({"matched": 2}, {"truth": 1, "found": 1}),
    "precision": Ratio({"matched": 1}, {"found": 1}),
    "recall": Ratio({"matched": 1}, {"truth": 1}),
}
METRICS = ("ap", "ap50", "ap75", *RATIOS, "mask_ap", "mask_ap50", "mask_ap75")


@dataclass(frozen=True, slots=True)
class DetectionCounts:
    """How many objects there are on some pages.

    Attributes:
        truth: objects of the truth, crowds left out.
        found: objects of the result, those within crowds left out.
        matched: of both, those of the same label whose boxes match.
        mislabelled: of both, those whose boxes match under another label; of one label, objects of the truth.
        in_crowd: objects of the result that lie within a crowd of the truth: neither right nor wrong.
    """

    truth: int = 0
    found: int = 0
    matched: int = 0
    mislabelled: int = 0
    in_crowd: int = 0

    @classmethod
    def total(cls, parts: Iterable["DetectionCounts"]) -> "DetectionCounts":
        """The sum."""
        rows = [[getattr(part, name) for name in COUNTED] for part in parts]
        return cls(*map(sum, zip(*rows, strict=True)))

    def metric(self, name: str) -> float | None:
        """The measure of that name in RATIOS, 0..1; None where there is nothing to measure."""
        ratio = RATIOS[name]
        under = self._sum(ratio.under)
        return self._sum(ratio.over) / under if under else None

    def as_dict(self) -> dict[str, int]:
        """All counts by name."""
        return {name: getattr(self, name) for name in COUNTED}

    def _sum(self, factors: Mapping[str, int]) -> int:
        total: int = sum(getattr(self, name) * factor for name, factor in factors.items())
        return total


COUNTED = tuple(field.name for field in fields(DetectionCounts))


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """COCO's average precision, 0..1; None where the truth has no object.

    `ap` is the mean over the thresholds of IoU 0.5, 0.55, …, 0.95; `ap50` and `ap75` are at one.
    """

    ap: float | None = None
    ap50: float | None = None
    ap75: float | None = None
