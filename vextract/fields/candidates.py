"""Candidates: for each field, the values that stand where a form or an invoice puts them: after, right of, or below the label."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from vextract.fields.kinds import Conventions, Value, is_code, values
from vextract.fields.segments import PageRows, Segment
from vextract.fields.vocabulary import Hit
from vextract.geometry import union
from vextract.schema.fields import FieldSpec
from vextract.types import Box, mean_confidence
from vextract.values.amounts import find_numbers

__all__ = ["Candidate", "by_label", "candidate_in"]

# How much a place says for a value: right after its label, in the next column, or below; by measured precision on forms in general.
_AFTER, _RIGHT_OF_COLON, _RIGHT, _BELOW = 1.0, 0.99, 0.92, 0.72
# A label in the middle of other text is often no label.
_NOT_CLEAN = 0.6
# Each further wording of a label in the schema's list is a little less specific.
_RANK = 0.004
_LINES_BELOW = 2.5
# Words that stand between a label and its value make it the beginning of another label; all but these, and currencies.
_INCOMPLETE = 0.55
_WORD = re.compile(r"[^\W\d_]{3,}")
_REMARK = re.compile(r"\([^)]*(?:\)|$)")
# What is with tax and what is without: a remark may turn the one label into the other, "Total sales (excluding GST)".
_NET = re.compile(r"\b(?:excl\w*|exkl\w*|before|without|ohne|netto|hors|ht|zzgl|sans)\b", re.IGNORECASE)
_GROSS = re.compile(r"\b(?:incl\w*|inkl\w*|inc|brutto|ttc|with)\b", re.IGNORECASE)
_FILLERS = {
    "eur",
    "usd",
    "gbp",
    "chf",
    "myr",
    "euro",
    "the",
    "der",
    "des",
    "vom",
    "nr",
    "num",
    "numero",
    "no",
    "is",
    "incl",
    "inkl",
}
_CLOSING = (":", "=", "#", "-", "–")
_COLUMNS_RIGHT = 3
# Each further column on the right is a little less likely.
_A_COLUMN = 0.02


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that a field may have.

    Attributes:
        value: as JSON has it.
        page: where it stands.
        words: that print it, as indices into the page's words.
        score: how much speaks for it, 0..1.
        how: "label" where a label stands by it, else what else spoke for it.
    """

    value: object
    page: PageRows
    words: tuple[int, ...]
    score: float
    how: str = "label"

    @property
    def sure(self) -> float | None:
        """How surely its words were read, 0..1; None if unknown."""
        return mean_confidence([self.page.index.words[n] for n in self.words])

    @property
    def box(self) -> Box:
        """The smallest box around its words."""
        return union(self.page.index.words[n].box for n in self.words)


def candidate_in(page: PageRows, words: Sequence[int], value: Value, score: float, how: str = "label") -> Candidate:
    """The candidate for a value found in the text of some words (joined by one space)."""
    lengths = [len(page.index.words[n].text) + 1 for n in words]
    starts = [0, *accumulate(lengths)]
    inside = [
        n
        for n, start, length in zip(words, starts, lengths, strict=False)
        if start < value.end and start + length - 1 > value.start
    ]
    return Candidate(value.value, page, tuple(inside), score * value.fit, how)


def by_label(spec: FieldSpec, hit: Hit, page: PageRows, hits: Sequence[Hit], how: Conventions) -> Iterator[Candidate]:
    """The values by one label: after it, else right of it, else below it."""
    yield from _Site(spec, hit, page, hits, how).candidates()


class _Site:
    """A label on a page and what stands around it, for one field."""

    def __init__(self, spec: FieldSpec, hit: Hit, page: PageRows, hits: Sequence[Hit], how: Conventions) -> None:
        self._spec, self._hit, self._page, self._how = spec, hit, page, how
        stops = [other.start for other in hits if other.segment is hit.segment and other.start >= hit.end]
        self._stopped = bool(stops)
        self._rest = hit.segment.words[hit.end : min(stops, default=None)]
        # By segment: the word at which its first label begins.
        self._labelled = {id(h.segment): h.start for h in reversed(hits) if h.pointer or h.clean}
        self._text = spec.kind in ("text", "any") and not (spec.format or is_code(spec) or spec.choices)
        self._closed = page.index.words[hit.segment.words[hit.end - 1]].text[-1:] in _CLOSING

    def candidates(self) -> Iterator[Candidate]:
        """What could be the value, with its score."""
        base = (1.0 if self._hit.clean else _NOT_CLEAN) - _RANK * self._hit.rank
        after = list(self._after(base))
        yield from after
        if after or self._stopped:
            return
        between = " ".join(self._page.index.words[n].text for n in self._rest)
        base *= _completeness(between) * _polarity(self._spec, between)
        if not self._text or self._closed:
            right = list(self._right(base * (_RIGHT_OF_COLON if self._closed else _RIGHT)))
            yield from right or self._below(base * _BELOW)
        elif not between:  # "Company No:" is not the label "Company"
            # Free text stands below a heading rather than in the next column.
            yield from self._below(base * _RIGHT)
            yield from self._right(base * _BELOW)

    def _after(self, base: float) -> Iterator[Candidate]:
        """In the same segment; free text only after a colon or the like."""
        page, rest, number = self._page, self._rest, self._spec.kind == "number"
        opened = bool(rest) and page.index.words[rest[0]].text[:1] in _CLOSING
        if self._text and not self._closed and not opened:
            return
        found = self._read(rest, last=number)
        if found and number and found[0].fit < 1 and _amount_right(page, self._hit.segment):
            return  # "Total incl. 6 % GST", and the amount in the next column
        for value in found:
            before = " ".join(page.index.words[n].text for n in rest)[: value.start]
            score = base * _AFTER * _completeness(before) * _polarity(self._spec, before)
            yield candidate_in(page, rest, value, score)

    def _right(self, base: float) -> Iterator[Candidate]:
        """On the same row, up to the next label; of numbers all, as the label may name a row of a table."""
        number = self._spec.kind == "number"
        found = False
        for n, segment in enumerate(self._page.right_of(self._hit.segment)[: None if number else _COLUMNS_RIGHT]):
            start = self._labelled.get(id(segment), len(segment.words))
            if start == 0 or (found and not number):
                return
            for value in self._read(segment.words[:start]):
                found = True
                yield candidate_in(self._page, segment.words[:start], value, base - _A_COLUMN * n)

    def _below(self, base: float) -> Iterator[Candidate]:
        page, hit = self._page, self._hit
        label = page.segment(hit.segment.words[hit.start : hit.end], hit.segment.row)
        for segment in page.below(label.box, label.row, lines=_LINES_BELOW):
            if self._labelled.get(id(segment)) == 0:
                return
            found = self._read(segment.words)
            near = abs(segment.box.x0 - label.box.x0) < 2 * label.height * page.aspect
            far = max(0.0, segment.box.y0 - label.box.y1) / max(label.height, 1e-6) / _LINES_BELOW
            for value in found:
                yield candidate_in(page, segment.words, value, base * (1.0 if near else 0.85) * (1 - 0.2 * far))
            if found or not is_code(self._spec):
                return

    def _read(self, words: Sequence[int], *, last: bool = False) -> list[Value]:
        """The values of a run of words: all numbers, or the best of them, but of anything else the first."""
        text = " ".join(self._page.index.words[n].text for n in words)
        if not text or text.endswith(":"):
            return []  # nothing, or another label
        found = list(values(text, self._spec, self._how))
        if last and len(found) > 1:
            return sorted(found, key=lambda value: (value.fit, value.start))[-1:]
        return found[:1] if self._spec.kind != "number" else found


def _amount_right(page: PageRows, segment: Segment) -> bool:
    return any(number.decimals for s in page.right_of(segment) for number in find_numbers(s.text))


def _completeness(between: str) -> float:
    """How likely a label is a label of its own, by the words that part it from the value: "Total taxes 14.99" is no total."""
    words = [word for word in _WORD.findall(_REMARK.sub("", between)) if word.casefold() not in _FILLERS]
    return 1.0 if not words else _INCOMPLETE


def _polarity(spec: FieldSpec, remark: str) -> float:
    """Doubt where a remark after the label speaks of the sum without tax and the field is the one with it, or vice versa."""
    labels = "; ".join(spec.labels)
    net, gross = _NET.search(labels) is not None, _GROSS.search(labels) is not None
    against = (gross and not net and _NET.search(remark)) or (net and not gross and _GROSS.search(remark))
    return _INCOMPLETE if against else 1.0
