"""How far a measure would have moved with other documents: percentile bootstrap over documents."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from vextract.evaluation.metrics import METRICS, Ratio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Bootstrap", "Interval"]

Interval = tuple[float, float]
_PERCENTILES = (2.5, 97.5)
# Resamples drawn at a time, so that memory does not grow with resamples times documents.
_CHUNK = 50


class Bootstrap:
    """Documents drawn with replacement, `resamples` times; the same drawings serve every measure.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile intervals).
    """

    def __init__(self, documents: int, resamples: int, seed: int, ratios: Mapping[str, Ratio] = METRICS) -> None:
        self._ratios = ratios
        self._documents = documents
        self._resamples = resamples
        self._seed = seed

    def intervals(self, groups: Sequence[Sequence[object]], metrics: Iterable[str]) -> list[dict[str, Interval | None]]:
        """95 % intervals of the measures.

        Args:
            groups: counts of the same documents in the same order, with an attribute for each that the ratios name; each group is
                one thing to measure, such as a field.
            metrics: names of the ratios.

        Returns:
            By group and measure; None where fewer than two documents have something to measure.
        """
        metrics = list(metrics)
        if not groups or self._documents < 2 or self._resamples < 1:
            return [dict.fromkeys(metrics) for _ in groups]
        import numpy as np

        names = sorted({name for r in self._of(metrics) for name in (*r.over, *r.under)})
        counted = attrgetter(*names)

        def by_name(columns: "NDArray[np.float64]") -> dict[str, "NDArray[np.float64]"]:
            return dict(zip(names, columns.T, strict=True))

        table = np.array([[counted(counts) for counts in group] for group in groups], dtype=float)
        flat = table.transpose(1, 0, 2).reshape(self._documents, -1)
        sums = np.concatenate([drawn @ flat for drawn in self._drawings()])
        sums = sums.reshape(self._resamples, len(groups), len(names))
        return [
            {
                metric: _interval(by_name(sums[:, g, :]), ratio) if _documents(by_name(table[g]), ratio) > 1 else None
                for metric, ratio in zip(metrics, self._of(metrics), strict=True)
            }
            for g in range(len(groups))
        ]

    def _of(self, metrics: Iterable[str]) -> list[Ratio]:
        return [self._ratios[metric] for metric in metrics]

    def _drawings(self) -> "Iterable[NDArray[np.float64]]":
        """How often each document is drawn: arrays of (resamples, documents)."""
        import numpy as np

        generator = np.random.default_rng(self._seed)
        even = np.full(self._documents, 1 / self._documents)
        for start in range(0, self._resamples, _CHUNK):
            count = min(_CHUNK, self._resamples - start)
            yield generator.multinomial(self._documents, even, size=count).astype(float)


def _documents(counts: "Mapping[str, NDArray[np.float64]]", ratio: Ratio) -> int:
    """In how many documents there is something to measure."""
    return int((_sum(counts, ratio.under) > 0).sum())


def _interval(totals: "Mapping[str, NDArray[np.float64]]", ratio: Ratio) -> Interval:
    import numpy as np

    over, under = _sum(totals, ratio.over), _sum(totals, ratio.under)
    measurable = under > 0
    low, high = np.percentile(over[measurable] / under[measurable], _PERCENTILES)
    return float(low), float(high)


def _sum(counts: "Mapping[str, NDArray[np.float64]]", factors: Mapping[str, int]) -> "NDArray[np.float64]":
    import numpy as np

    total: NDArray[np.float64] = np.sum([counts[name] * factor for name, factor in factors.items()], axis=0)
    return total
