"""What a user may demand of results, so that a script can act on the exit code."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import get_args

from vextract.errors import UsageError
from vextract.types import MatchKind, Record

__all__ = ["DEMANDS", "Gate"]

# Each demand includes those before it, but for the last, which stands for itself.
_LEVELS: tuple[MatchKind, ...] = ("none", "ambiguous", "fuzzy")
_INCONSISTENT = "inconsistent"
DEMANDS = (*_LEVELS, _INCONSISTENT)


@dataclass(slots=True)
class Gate:
    """Counts how the values of a run were found, and how many of its documents are below what was asked.

    Attributes:
        fail_on: of DEMANDS.
        min_confidence: values less sure than this, 0..1, are below; None for no bound. Unknown confidence counts as below.
        min_agreement: values of which a smaller share of a vote's answers say so, 0..1, are below; in the same way.
        matches: how many values were found in which way, over all documents.
        inconsistencies: contradictions told.
        empty: documents in which nothing was found that the schema asks for.
        below: documents with a value that is not as was asked.
    """

    fail_on: tuple[str, ...] = ()
    min_confidence: float | None = None
    min_agreement: float | None = None
    matches: Counter[str] = field(default_factory=Counter)
    inconsistencies: int = 0
    empty: int = 0
    below: int = 0

    @classmethod
    def asked(cls, fail_on: Iterable[str], min_confidence: float | None, min_agreement: float | None = None) -> "Gate":
        """The gate for what the user asks.

        Raises:
            UsageError: a demand is unknown, or a bound is none.
        """
        demands = tuple(part.strip() for text in fail_on for part in text.split(","))
        for demand in demands:
            if demand not in DEMANDS:
                raise UsageError(f"--fail-on cannot be {demand!r}", f"choose of: {', '.join(DEMANDS)}")
        for flag, bound in (("--min-confidence", min_confidence), ("--min-agreement", min_agreement)):
            if bound is not None and not 0 <= bound <= 1:
                raise UsageError(f"{flag} cannot be {bound!r}", "give a number from 0 to 1")
        return cls(demands, min_confidence, min_agreement)

    def add(self, record: Record[object]) -> None:
        """Takes note of a record."""
        first = {evidence.pointer: evidence for evidence in reversed(record.evidence)}.values()
        self.matches.update(evidence.match for evidence in first)
        self.empty += record.task == "extract" and record.data is not None and not _has_value(record.data)
        conflicts = sum(error.kind == _INCONSISTENT for error in record.errors)
        self.inconsistencies += conflicts
        levels = [_LEVELS.index(demand) for demand in self.fail_on if demand in get_args(MatchKind)]
        refused = _LEVELS[: max(levels) + 1] if levels else ()
        bad = any(evidence.match in refused for evidence in first)
        bad = bad or (_INCONSISTENT in self.fail_on and conflicts > 0)
        bad = bad or any(_below(e.confidence, self.min_confidence) for e in first)
        bad = bad or any(_below(e.agreement, self.min_agreement) for e in first)
        self.below += bad

    @property
    def told(self) -> str:
        """How the values were found, in one line; empty if there was none."""
        kinds = [f"{self.matches[kind]} {kind}" for kind in get_args(MatchKind) if self.matches[kind]]
        count = sum(self.matches.values())
        line = f"{count} value{'' if count == 1 else 's'}: {', '.join(kinds)}" if kinds else ""
        conflicts = f"{self.inconsistencies} inconsistent" if self.inconsistencies else ""
        empty = f"nothing found in {self.empty} document(s)" if self.empty else ""
        return "; ".join(part for part in (line, conflicts, empty) if part)


def _below(measured: float | None, least: float | None) -> bool:
    return least is not None and (measured is None or measured < least)


def _has_value(data: object) -> bool:
    if isinstance(data, dict):
        return any(map(_has_value, data.values()))
    return any(map(_has_value, data)) if isinstance(data, list) else data is not None
