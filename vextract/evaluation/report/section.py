"""A table of a report for people, free of any format, and the tables that all reports have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vextract.evaluation.bootstrap import Interval
from vextract.evaluation.confidence import Reliability
from vextract.evaluation.economy import Economy

__all__ = [
    "Section",
    "economy_section",
    "interval_text",
    "overall_section",
    "reliability_section",
    "share",
    "with_head",
]

# Mistakes shown of one document, field or label.
_MOST_MISTAKES = 10


@dataclass(frozen=True, slots=True)
class Section:
    """One table: its title, its columns, its rows, and how many columns from the left are text (the others are numbers).

    `note` is a sentence below the table; "" for none.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1
    note: str = ""


class _Judged(Protocol):
    """What all evaluations have."""

    @property
    def documents(self) -> Sequence[object]: ...
    @property
    def documents_right(self) -> int: ...
    @property
    def missing(self) -> Sequence[object]: ...
    @property
    def intervals(self) -> Mapping[str, Interval | None]: ...
    def metric(self, name: str) -> float | None: ...


def overall_section(
    what: str, evaluation: _Judged, metrics: Iterable[str], names: Mapping[str, str], note: str = ""
) -> Section:
    """The measures that are known, over all documents.

    Args:
        what: the title begins with it.
        evaluation: has the measures.
        metrics: in the order in which they are shown.
        names: of the metrics, for people.
        note: below the table.
    """
    rows = tuple(
        (names[name], share(evaluation.metric(name)), interval_text(evaluation.intervals.get(name)))
        for name in metrics
        if evaluation.metric(name) is not None
    )
    missing = f", {len(evaluation.missing)} without a result" if evaluation.missing else ""
    count = len(evaluation.documents)
    title = f"{what}: {count} document{'s' * (count != 1)}, {evaluation.documents_right} without a mistake{missing}"
    return Section(title, ("measure", "value", "95 % interval"), rows, note=note)


def reliability_section(known: Reliability | None, what: str = "values") -> Section:
    """How often values, or whatever `what` names, of a stated confidence are right; without rows if nothing is known."""
    if known is None:
        return Section("Confidence", (), ())
    rows = tuple(
        (f"{b.low:.1f} – {b.high:.1f}", str(b.count), share(b.mean_confidence), share(b.right_share))
        for b in known.bins
    )
    title = f"Confidence: expected calibration error {known.expected_calibration_error:.3f}"
    return Section(title, ("confidence", what, "mean confidence", "right"), rows)


def economy_section(known: Economy) -> Section:
    """What a page took; without rows if nothing is known."""
    rows = []
    if known.cost_usd_per_page is not None:
        rows.append(("USD a page", f"{known.cost_usd_per_page:.6f}", str(known.documents_with_cost)))
    if known.seconds_per_page is not None:
        rows.append(("seconds a page", f"{known.seconds_per_page:.3f}", str(known.documents_with_seconds)))
    return Section("Cost and time", ("", "mean", "documents that state it"), tuple(rows))


def with_head(head: tuple[str, ...], mistakes: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Rows of mistakes, the first with the head; the last says how many are left out."""
    shown = list(mistakes[:_MOST_MISTAKES])
    if (left := len(mistakes) - len(shown)) > 0:
        shown.append((f"… {left} more", *[""] * (len(mistakes[0]) - 1)))
    for i, mistake in enumerate(shown):
        yield (*(head if i == 0 else [""] * len(head)), *mistake)


def share(value: float | None) -> str:
    """A measure with 3 decimals, a dash where it is unknown."""
    return "–" if value is None else f"{value:.3f}"


def interval_text(interval: Interval | None) -> str:
    """Both ends, a dash where there is none."""
    return "–" if interval is None else f"{interval[0]:.3f} – {interval[1]:.3f}"
