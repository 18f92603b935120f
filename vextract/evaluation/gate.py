"""Whether an evaluation is good enough: over a floor, and not below an earlier one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from vextract.errors import InputError
from vextract.evaluation.metrics import METRICS

__all__ = ["Baseline", "Judged", "PartKind", "drops", "incomparable", "read_baseline", "shortfall"]

PartKind = Literal["fields", "labels"]

# Two ways of adding up the same numbers differ by less.
_ROUNDING = 1e-9
_HINT = "give what an earlier `vextract eval -f json` wrote"


class _Part(Protocol):
    """A field or a label."""

    @property
    def name(self) -> str: ...

    def metric(self, name: str, /) -> float | None: ...


class Judged(Protocol):
    """An evaluation, of fields or of detections."""

    @property
    def part_metrics(self) -> Sequence[str]:
        """The measures that a part has."""

    @property
    def parts(self) -> Sequence[_Part]:
        """The fields or labels."""

    def metric(self, name: str, /) -> float | None:
        """The measure of that name over everything; None where there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The measures of an earlier evaluation: over everything, and by field or label."""

    overall: Mapping[str, float | None]
    parts: Mapping[str, Mapping[str, float | None]]


def read_baseline(
    text: bytes, name: str, kind: PartKind = "fields", metrics: Sequence[str] = tuple(METRICS)
) -> Baseline:
    """The baseline in the JSON of an earlier evaluation.

    Args:
        text: the JSON.
        name: of the file, for messages.
        kind: what the evaluation that it is compared with has parts of.
        metrics: the measures that such an evaluation has.

    Raises:
        InputError: it is something else, or was of the other kind.
    """
    try:
        read: Any = json.loads(text)
        overall = _measures(read["overall"], metrics)
        if kind not in read and {"fields", "labels"} & read.keys():
            raise InputError(f"{name}: an evaluation of other results, without {kind}", _HINT)
        return Baseline(overall, {part["name"]: _measures(part, metrics) for part in read[kind]})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{name}: not an evaluation in JSON", _HINT) from error


def drops(evaluation: Judged, baseline: Baseline, metrics: Sequence[str], max_drop: float) -> list[str]:
    """What fell by more than `max_drop` below the baseline, a phrase each: "items[].name f1 0.900 -> 0.800".

    Overall each of the metrics is compared; in each field or label those that such have, or F1 if none is among them. What only
    one of the two evaluations could measure is not compared.
    """
    by_part = [metric for metric in metrics if metric in evaluation.part_metrics] or ["f1"]
    compared = [("overall", metric, baseline.overall.get(metric), evaluation.metric(metric)) for metric in metrics]
    for part in evaluation.parts:
        before = baseline.parts.get(part.name, {})
        compared += [(part.name, metric, before.get(metric), part.metric(metric)) for metric in by_part]
    return [
        f"{name} {metric} {old:.3f} -> {new:.3f}"
        for name, metric, old, new in compared
        if old is not None and new is not None and old - new > max_drop + _ROUNDING
    ]


def shortfall(evaluation: Judged, min_f1: float) -> str | None:
    """In words that overall F1 is below the floor; None if it is not. What cannot be measured is below every floor."""
    f1 = evaluation.metric("f1")
    if f1 is not None and f1 >= min_f1 - _ROUNDING:
        return None
    return f"overall f1 {'unknown' if f1 is None else f'{f1:.3f}'} is below {min_f1:g}"


def incomparable(evaluation: Judged, baseline: Baseline) -> list[str]:
    """The fields or labels that only one of the two evaluations knows."""
    return sorted({part.name for part in evaluation.parts} ^ set(baseline.parts))


def _measures(values: Mapping[str, Any], metrics: Sequence[str]) -> dict[str, float | None]:
    if "f1" not in values:
        raise KeyError("f1")
    return {name: None if values[name] is None else float(values[name]) for name in metrics if name in values}
