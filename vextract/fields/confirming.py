"""Values of a scan that were chosen but not surely read: read again at two sizes, and kept as most readings have them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from vextract.fields.candidates import Candidate
from vextract.fields.kinds import Conventions, values
from vextract.fields.names import spelled
from vextract.fields.sharpening import apart
from vextract.geometry import clip, overlap
from vextract.grounding import Look
from vextract.grounding.text import fold
from vextract.schema.fields import FieldSpec
from vextract.types import Box, Word

__all__ = ["SURE", "confirmed", "odd_amounts"]

# What was read more surely than this is not read again.
SURE = 0.93
_MOST = 6
# How print is enlarged for the two readings, as shares of the usual height.
_SIZES = (1.0, 1.5)
# What is left of the score where no two readings agree, and where nothing could be read again.
_DISPUTED, _ALONE = 0.6, 0.85


def confirmed(
    chosen: Mapping[str, Candidate],
    fields: Mapping[str, FieldSpec],
    how: Conventions,
    look: Look,
    *,
    sure: float = SURE,
) -> dict[str, Candidate]:
    """The candidates with values and scores as further readings leave them.

    Args:
        chosen: pointer -> candidate.
        fields: pointer -> field.
        how: the document's conventions.
        look: reads parts of a page again.
        sure: what was read more surely than this, 0..1, is left as it is.
    """
    doubtful: dict[str, Box] = {}
    for pointer, candidate in chosen.items():
        spec = fields.get(pointer)
        if spec and candidate.sure is not None and candidate.sure <= sure and _worth_it(spec):
            doubtful[pointer] = _part(candidate)
    done = dict(chosen)
    for number in {chosen[pointer].page.number for pointer in doubtful}:
        here = {p: box for p, box in doubtful.items() if chosen[p].page.number == number}
        kept = apart(list(here.values()))[:_MOST]
        letter = next(chosen[p].page.letter for p in here)
        readings = [next(iter(look.parts(number, kept, letter * size)), ()) for size in _SIZES]
        for pointer, box in here.items():
            if box in kept:
                done[pointer] = _voted(chosen[pointer], fields[pointer], how, [_text(words, box) for words in readings])
    return done


def odd_amounts(members: Mapping[str, Candidate]) -> dict[str, Candidate]:
    """The cells of tables that print no decimals in a column where most others do: often a mark that was not seen."""
    columns: dict[tuple[str, str], dict[str, Candidate]] = {}
    for pointer, candidate in members.items():
        parts = pointer.split("/")
        columns.setdefault((parts[1], parts[-1]), {})[pointer] = candidate
    odd: dict[str, Candidate] = {}
    for cells in columns.values():
        whole = {p: c for p, c in cells.items() if isinstance(c.value, int)}
        if 2 * len(whole) < len(cells) and any(isinstance(c.value, float) for c in cells.values()):
            odd |= whole
    return odd


def _part(candidate: Candidate) -> Box:
    page, box = candidate.page, candidate.box
    side, margin = 0.5 * page.letter * page.aspect, 0.5 * page.letter
    return clip(Box(box.x0 - side, box.y0 - margin, box.x1 + side, box.y1 + margin))


def _text(words: Sequence[Word], box: Box) -> str:
    inside = [w for w in words if overlap(w.box, box) > 0]
    return " ".join(word.text for word in sorted(inside, key=lambda w: w.box.x0))


def _worth_it(spec: FieldSpec) -> bool:
    return spec.kind in ("number", "date") or spec.hints.get("place") == "letterhead"


def _voted(candidate: Candidate, spec: FieldSpec, how: Conventions, texts: Sequence[str]) -> Candidate:
    votes: Counter[object] = Counter([_key(candidate.value)])
    meant = {_key(candidate.value): candidate.value}
    for text in texts:
        value = _read(text, spec, how)
        if value is not None:
            votes[_key(value)] += 1
            meant.setdefault(_key(value), value)
    best, count = votes.most_common(1)[0]
    if count > 1:
        return replace(candidate, value=meant[best])
    return replace(candidate, score=candidate.score * (_DISPUTED if len(votes) > 1 else _ALONE))


def _read(text: str, spec: FieldSpec, how: Conventions) -> object:
    if spec.kind in ("text", "any"):
        name = spelled(text)
        return name if len(fold(name)) > 2 else None
    return next((value.value for value in values(text, spec, how)), None)


def _key(value: object) -> object:
    return fold(value) if isinstance(value, str) else value
