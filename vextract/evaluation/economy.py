"""What results took, in money and time."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Economy", "Spent", "economy"]


@dataclass(frozen=True, slots=True)
class Spent:
    """What one result took; None where it does not say. `pages` is 0 where it does not say."""

    pages: int
    cost_usd: float | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Economy:
    """What a page took, over the results that state it (`documents_*` of them); None if none does."""

    pages: int
    cost_usd_per_page: float | None
    documents_with_cost: int
    seconds_per_page: float | None
    documents_with_seconds: int


def economy(results: Sequence[Spent]) -> Economy:
    """The means over the results that have pages."""
    sized = [result for result in results if result.pages]
    costs = [(result.pages, result.cost_usd) for result in sized if result.cost_usd is not None]
    times = [(result.pages, result.seconds) for result in sized if result.seconds is not None]
    return Economy(sum(r.pages for r in sized), _per_page(costs), len(costs), _per_page(times), len(times))


def _per_page(spent: Sequence[tuple[int, float]]) -> float | None:
    return sum(amount for _, amount in spent) / sum(pages for pages, _ in spent) if spent else None
