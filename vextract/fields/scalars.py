"""Which candidate each field gets: by label first, by kind alone where a field is the only one that could have it, then by sums."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product
from math import inf, prod
from typing import Any

from pydantic import BaseModel, ValidationError

from vextract.fields.candidates import Candidate, by_label, candidate_in
from vextract.fields.kinds import Conventions, values
from vextract.fields.segments import PageRows
from vextract.fields.vocabulary import Hits
from vextract.schema.checks import Checked
from vextract.schema.fields import FieldSpec

__all__ = ["candidates", "choose", "one_party_each"]

# Below this score a value is left out: better null than wrong.
_CREDIBLE = 0.45
# A value found by its kind alone, with no label.
_UNLABELLED = 0.72
# Values with a form that nothing else has.
_UNMISTAKABLE = ("email", "uri", "iban", "vat-id", "bic")
# So many candidates of an amount are tried in sums, and so many combinations.
_TRIED, _COMBINATIONS = 3, 400
# A contradiction weighs as much as this doubt about one candidate: paper and OCR err too.
_CONTRADICTION = 0.5
# An amount that is printed again elsewhere, as a total is beside the cash that was paid, is worth so much more.
_AGAIN = 0.08
_LOWER = 0.08
# "20.00" may be a time where a label says so.
_AMOUNT = re.compile(r"\d+\.\d\d")


def candidates(
    fields: Sequence[tuple[str, FieldSpec]], pages: Sequence[PageRows], hits: Hits, how: Conventions
) -> dict[str, list[Candidate]]:
    """Pointer -> candidates, best first."""
    found: dict[str, list[Candidate]] = defaultdict(list)
    specs = dict(fields)
    for number, page in enumerate(pages):
        for hit in hits[page.number]:
            if spec := specs.get(hit.pointer):
                found[hit.pointer] += [
                    replace(c, score=c.score * _position(spec, c, number))
                    for c in by_label(spec, hit, page, hits[page.number], how)
                ]
    for pointer, spec in fields:
        if not found[pointer]:
            found[pointer] += list(_by_kind(spec, [s for _, s in fields], pages, how))
        found[pointer].sort(key=lambda c: -c.score)
    return found


def _position(spec: FieldSpec, candidate: Candidate, page: int) -> float:
    """What a paper is and says of itself stands at its top; what it sums up to, at its end."""
    if spec.kind == "number":
        same = candidate.page.index.numbers_by_size.get(abs(Decimal(str(candidate.value))), ())
        return 1.0 + _AGAIN * (len(same) > 1) + _LOWER * _top(candidate)
    return 0.97**page * (1 - 0.12 * _top(candidate))


def _top(candidate: Candidate) -> float:
    return min(candidate.page.index.words[n].box.y0 for n in candidate.words) if candidate.words else 0.0


def _by_kind(
    spec: FieldSpec, fields: Sequence[FieldSpec], pages: Sequence[PageRows], how: Conventions
) -> Iterator[Candidate]:
    """Values that need no label: of an unmistakable form, or the date that the schema asks for first."""
    plain_date = spec.kind == "date" and spec.name == next(s.name for s in fields if s.kind == "date")
    if not (plain_date or spec.kind == "time" or spec.format in _UNMISTAKABLE or spec.pattern):
        return
    for page in pages[:1]:
        for segment in page.segments:
            text = segment.text
            for value in values(text, spec, how):
                if spec.kind == "time" and _AMOUNT.fullmatch(text[value.start : value.end]):
                    continue
                yield candidate_in(page, segment.words, value, _UNLABELLED, "kind")


def choose(
    found: Mapping[str, Sequence[Candidate]], model: type[BaseModel], base: Mapping[str, Any]
) -> dict[str, Candidate]:
    """One candidate for each field that has a credible one; amounts so that the model finds least to object to."""
    kept = {pointer: [c for c in cs if c.score >= _CREDIBLE] for pointer, cs in found.items()}
    kept = {pointer: _distinct(cs)[:_TRIED] for pointer, cs in kept.items() if cs}
    chosen = {pointer: cs[0] for pointer, cs in kept.items()}
    if not issubclass(model, Checked):
        return chosen
    open_ = [p for p, cs in kept.items() if len(cs) > 1 and isinstance(cs[0].value, int | float)]
    while prod(len(kept[p]) for p in open_) > _COMBINATIONS:
        open_.pop()
    best, best_cost = chosen, inf
    for combination in product(*(kept[p] for p in open_)):
        tried = {**chosen, **dict(zip(open_, combination, strict=True))}
        cost = _cost(model, tried, base)
        if cost < best_cost:
            best, best_cost = tried, cost
    return best


def one_party_each(chosen: Mapping[str, Candidate], fields: Mapping[str, FieldSpec]) -> dict[str, Candidate]:
    """Without values that another party has already: the same words name the seller's number or the buyer's, not both.

    The surer of two keeps them, of about equals the one that the schema names first.
    """
    owner: dict[tuple[int, int], str] = {}
    kept: dict[str, Candidate] = {}
    order = list(fields)
    for pointer, candidate in sorted(chosen.items(), key=lambda c: (-round(c[1].score, 1), order.index(c[0]))):
        section = str(fields[pointer].hints.get("section") or "")
        places = [(candidate.page.number, word) for word in candidate.words]
        if section and any(owner.get(place, section) != section for place in places):
            continue
        owner.update((place, section) for place in places if section)
        kept[pointer] = candidate
    return {pointer: kept[pointer] for pointer in chosen if pointer in kept}


def _cost(model: type[Checked], chosen: Mapping[str, Candidate], base: Mapping[str, Any]) -> float:
    """The doubts about the candidates, and the contradictions among them."""
    data = {**base, **{pointer[1:]: c.value for pointer, c in chosen.items() if "/" not in pointer[1:]}}
    doubt = sum(1 - c.score for c in chosen.values())
    try:
        return doubt + _CONTRADICTION * len(list(model.model_validate(data).inconsistencies()))
    except ValidationError:
        return doubt + 10.0


def _distinct(cs: Sequence[Candidate]) -> list[Candidate]:
    seen: dict[object, Candidate] = {}
    for candidate in cs:
        seen.setdefault(candidate.value, candidate)
    return list(seen.values())
