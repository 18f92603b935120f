"""What the workers of a run have spent together, as they tell it, and whether another document may be begun."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vextract.engines._ray_worker import Spending
from vextract.meter import Meter
from vextract.types import Usage

__all__ = ["Purse"]


@dataclass(frozen=True, slots=True)
class Purse:
    """Counts what is spent.

    Attributes:
        meter: knows the limits.
        paid: is told each time something was paid for.
    """

    meter: Meter
    paid: Callable[[Sequence[Usage]], None]

    def spent(self, spending: Spending) -> None:
        """Takes note of what a worker has spent."""
        self.meter.now.stored += spending.stored
        for usage in spending.usages:
            self.meter.now.add(usage)
        if spending.usages:
            self.paid(spending.usages)

    @property
    def limited(self) -> bool:
        """Whether there is a limit."""
        return self.meter.max_cost_usd is not None or self.meter.max_tokens is not None

    def room(self, documents: int, done: int, workers: int) -> bool:
        """Whether one more document may be begun beside so many others, after so many were done.

        Raises:
            BudgetReached: none may, however long one waits.
        """
        if not self.limited:
            return True
        meter = self.meter
        meter.check_known()
        answers = meter.before.answers + meter.now.answers
        if not answers:
            return documents < workers  # each worker begins with one alone, which shows what they take
        each = meter.now.answers / done if done and meter.now.answers else 1.0
        if meter.room(math.ceil((documents + 1) * each) - 1):
            return True
        if not documents or not meter.room(0):
            raise meter.reached()
        return False
