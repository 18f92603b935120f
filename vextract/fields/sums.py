"""Amounts that no label names, but that the sums of the paper speak for: cash less change is the total."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from vextract.fields.candidates import Candidate
from vextract.fields.segments import PageRows
from vextract.schema.checks import Checked
from vextract.schema.fields import FieldSpec

__all__ = ["supported"]

_SCORE = 0.7
# So many different amounts of a paper are tried.
_MOST_AMOUNTS = 40
# No paper's sum is one of these.
_WRONG = (0.01, 10**7 + 1)


def supported(
    fields: Sequence[tuple[str, FieldSpec]],
    pages: Sequence[PageRows],
    chosen: Mapping[str, Candidate],
    model: type[BaseModel],
    base: Mapping[str, Any],
) -> dict[str, Candidate]:
    """For amounts that are still missing: the printed amount that the model's checks accept while they object to any other.

    An amount counts only if it is the only one that is so supported.
    """
    if not issubclass(model, Checked):
        return {}
    known = {**base, **{pointer[1:]: c.value for pointer, c in chosen.items() if "/" not in pointer[1:]}}
    printed = _printed(pages)
    found: dict[str, Candidate] = {}
    usual = _objections(model, known)
    for pointer, spec in fields:
        if spec.kind != "number" or pointer in chosen or "/" in pointer[1:] or not spec.labels:
            continue
        if any(_objections(model, {**known, spec.name: wrong}) == usual for wrong in _WRONG):
            continue  # no check knows this field together with what is known, or only as a bound
        fitting = [
            (amount, place)
            for amount, place in printed.items()
            if _objections(model, {**known, spec.name: float(amount)}) <= usual
        ]
        if len(fitting) == 1:
            amount, (page, words) = fitting[0]
            found[pointer] = Candidate(float(amount), page, words, _SCORE, "sum")
    return found


def _printed(pages: Sequence[PageRows]) -> dict[Decimal, tuple[PageRows, tuple[int, ...]]]:
    found: dict[Decimal, tuple[PageRows, tuple[int, ...]]] = {}
    for page in pages:
        for mention, span in page.index.numbers:
            value = mention.readings[0]
            if mention.decimals == 2 and value > 0 and not mention.percent and len(found) < _MOST_AMOUNTS:
                found[value] = (page, tuple(range(span.first, span.last + 1)))
    return found


def _objections(model: type[Checked], data: Mapping[str, Any]) -> int:
    try:
        return len(list(model.model_validate(dict(data)).inconsistencies()))
    except ValidationError:
        return 10**6
