"""What one model, or a panel that votes, is asked about a document, until enough answers have come."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vextract.pipeline import Asked, Job
from vextract.types import ErrorInfo

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Round"]

Ask = Callable[[Job], "Future[Asked]"]
"""Asks the job's model, as the job says."""
Outcome = Callable[["Future[Asked]"], Asked | ErrorInfo]


@dataclass(slots=True)
class Round:
    """The questions to one model or to a panel.

    All that are wanted are asked at once. A model of a panel that fails is asked no more, and others are in its place: there are
    as many answers as were wanted while any model gives some.

    Attributes:
        job: of all; what each time is asked is its `turn`.
        ask: asks.
    """

    job: Job
    ask: Ask
    _asking: "dict[int, Future[Asked]]" = field(default_factory=dict)
    _came: dict[int, Asked] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._submit(range(self._wanted))

    @property
    def pending(self) -> "list[Future[Asked]]":
        """What is under way."""
        return list(self._asking.values())

    def outcome(self, told: Outcome) -> Asked | None:
        """What all have said, once nothing is under way any more; None until then.

        Args:
            told: what became of a question, be it a failure.
        """
        for number, future in [(number, future) for number, future in self._asking.items() if future.done()]:
            del self._asking[number]
            found = told(future)
            self._came[number] = Asked((), (found,)) if isinstance(found, ErrorInfo) else found
        if not self._asking:
            self._submit(self._instead())
        return None if self._asking else self._all()

    @property
    def _wanted(self) -> int:
        return self.job.vote.count if self.job.vote else 1

    @property
    def _members(self) -> int:
        return len(self.job.models) if self.job.vote else 1

    def _submit(self, numbers: "range | list[int]") -> None:
        for number in numbers:
            self._asking[number] = self.ask(self.job.turn(number))

    def _instead(self) -> list[int]:
        """The numbers of further times for those that came to nothing; none where every model has failed."""
        failed = {number % self._members for number, asked in self._came.items() if not asked.replies}
        missing = self._wanted - sum(bool(asked.replies) for asked in self._came.values())
        if missing < 1 or len(failed) == self._members:
            return []
        first = max(self._came) + 1
        able = [
            number for number in range(first, first + self._members * missing) if number % self._members not in failed
        ]
        return able[:missing]

    def _all(self) -> Asked:
        ordered = sorted(self._came.items())
        names = {number: vision.model for number, _ in ordered if (vision := self.job.turn(number).vision)}
        errors = [
            replace(error, message=f"{names[number]}: {error.message}") if self.job.several else error
            for number, asked in ordered
            for error in asked.errors
        ]
        return Asked(
            tuple(replace(reply, ballot=number) for number, asked in ordered for reply in asked.replies),
            tuple(errors),
            tuple(call for _, asked in ordered for call in asked.calls),
            tuple(dict.fromkeys(names[number] for number, asked in ordered if asked.replies)),
        )
