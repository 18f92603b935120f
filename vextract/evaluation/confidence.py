"""Whether confidences can be believed: how often values of a stated confidence are right."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["BINS", "Reliability", "ReliabilityBin", "reliability"]

BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Values with low <= confidence < high (the last bin holds 1.0): how many, their mean confidence, the share that is right."""

    low: float
    high: float
    count: int
    mean_confidence: float
    right_share: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """Bins that are not empty, and the expected calibration error (mean |confidence - share right|, weighted by count)."""

    bins: tuple[ReliabilityBin, ...]
    count: int
    expected_calibration_error: float


def reliability(judged: Sequence[tuple[float, bool]]) -> Reliability | None:
    """The reliability of (confidence 0..1, whether right); None if nothing has a confidence."""
    if not judged:
        return None
    sorted_in: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in judged:
        sorted_in.setdefault(min(int(confidence * BINS), BINS - 1), []).append((confidence, right))
    bins = tuple(_bin(number, sorted_in[number]) for number in sorted(sorted_in))
    error = sum(b.count * abs(b.mean_confidence - b.right_share) for b in bins) / len(judged)
    return Reliability(bins, len(judged), error)


def _bin(number: int, members: list[tuple[float, bool]]) -> ReliabilityBin:
    count = len(members)
    mean = sum(confidence for confidence, _ in members) / count
    return ReliabilityBin(number / BINS, (number + 1) / BINS, count, mean, sum(right for _, right in members) / count)
