"""Grounding: a value of any kind -> the words of the pages that print it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vextract.grounding.choose import Candidate, Choice, choose, place_box
from vextract.grounding.confidence import Signs, probability
from vextract.grounding.labels import label_boxes, label_of
from vextract.grounding.page_breaks import over_page_breaks
from vextract.grounding.search import alike, printed
from vextract.grounding.second_look import Look, look_again
from vextract.grounding.text import PageIndex, fold
from vextract.grounding.wanted import Wanted, wanted
from vextract.pointers import join
from vextract.types import Box, Evidence, PageText, mean_confidence

__all__ = ["Finding", "Look", "findings", "ground", "leaves"]


def leaves(data: Any, pointer: str = "", label: str = "") -> Iterator[tuple[str, object, str]]:
    """All values of nested data that are not objects or lists: (RFC 6901 pointer, value, nearest key)."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, pointer + join((key,)), str(key))
    elif isinstance(data, (list, tuple)):
        for n, value in enumerate(data):
            yield from leaves(value, f"{pointer}/{n}", label)
    else:
        yield pointer, data, label


def ground(
    data: Any,
    pages: Sequence[PageText],
    *,
    look: Look | None = None,
    where: Mapping[str, Collection[int]] | None = None,
) -> list[Evidence]:
    """Where each value of the data is printed on the pages, in the order of the data.

    Null and empty text claim nothing and get no evidence.

    Args:
        data: JSON-like.
        pages: of the document.
        look: reads parts of a page once more.
        where: by its pointer, the only pages that a part of the data was read off; what is in it is looked for there alone.
    """
    return [evidence for finding in findings(data, pages, look=look, where=where) for evidence in _evidence(finding)]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was decided for one value; `again` says that it was found by the second look."""

    value: Wanted
    choice: Choice
    again: bool

    def signs(self, candidate: Candidate) -> Signs:
        """What is known of one of the places."""
        place, candidates = candidate.place, self.choice.candidates
        words = [w for s in place.spans for w in candidate.index.words[s.first : s.last + 1]]
        ocr = None if candidate.index.page.reader == "textlayer" else mean_confidence(words)
        return Signs(
            kind=place.kind,
            likeness=place.likeness,
            whole=place.whole,
            ocr=ocr,
            rivals=len(candidates) - 1,
            margin=candidates[0].score - candidates[1].score if len(candidates) > 1 else 0.0,
            near_label=self.choice.near_label,
            letters=len(fold(self.value.texts[0])),
            again=self.again,
        )


def findings(
    data: Any,
    pages: Sequence[PageText],
    *,
    look: Look | None = None,
    where: Mapping[str, Collection[int]] | None = None,
) -> list[Finding]:
    """What was found for each value that claims something, in the order of the data."""
    indexes = [PageIndex(page) for page in pages]
    asked = [w for pointer, value, label in leaves(data) if (w := wanted(pointer, value, label))]
    around = _Around(indexes, where or {})
    found = {w.pointer: _candidates(w, around.pages(w)) for w in asked}
    missing = [w for w in asked if not found[w.pointer]]
    again = set()
    if look and missing:
        for w, index in look_again(missing, indexes, look, around.may_hold):
            found[w.pointer] = _candidates(w, [index])
            again.add(w.pointer)
    several = {w.pointer: w for w in asked if len(found[w.pointer]) > 1}
    labels = {p: around.labels(w, {c.index.number for c in found[p]}) for p, w in several.items()}
    choices = choose(found, labels)
    return [Finding(w, choices[w.pointer], w.pointer in again) for w in asked]


class _Around:
    """The pages, and which of them are looked at for a value: those that the part of the data was read off in which it stands."""

    def __init__(self, indexes: Sequence[PageIndex], where: Mapping[str, Collection[int]]) -> None:
        self._indexes, self._where = indexes, where
        self._by_number = {index.number: index for index in indexes}
        self._labels: dict[tuple[str, int], list[Box]] = {}

    def pages(self, value: Wanted) -> Sequence[PageIndex]:
        """The pages to look at, in order."""
        numbers = self._numbers(value)
        if numbers is None:
            return self._indexes
        return [self._by_number[number] for number in sorted(numbers) if number in self._by_number]

    def may_hold(self, value: Wanted, index: PageIndex) -> bool:
        """Whether a page is one of them."""
        numbers = self._numbers(value)
        return numbers is None or index.number in numbers

    def labels(self, value: Wanted, numbers: Collection[int]) -> dict[int, list[Box]]:
        """Where some of the pages print what could be the value's label, by their numbers."""
        label = label_of(value.label)
        for number in numbers:
            if (label, number) not in self._labels:
                self._labels[label, number] = label_boxes(label, self._by_number[number])
        return {number: self._labels[label, number] for number in numbers}

    def _numbers(self, value: Wanted) -> Collection[int] | None:
        part = value.pointer if self._where else ""
        while part and part not in self._where:
            part = part.rpartition("/")[0]
        return self._where[part] if part else None


def _candidates(value: Wanted, indexes: Sequence[PageIndex]) -> list[Candidate]:
    places = [(place, index) for index in indexes for place in printed(value, index)]
    if not places:
        places = [(place, index) for index in indexes for place in alike(value, index)]
    if len(indexes) > 1 and not places:
        places = list(over_page_breaks(value, indexes))
    if any(place.kind != "fuzzy" for place, _ in places):
        places = [(place, index) for place, index in places if place.kind != "fuzzy"]
    return [Candidate(place, index, place_box(place, index)) for place, index in places]


def _evidence(finding: Finding) -> list[Evidence]:
    pointer, choice = finding.value.pointer, finding.choice
    if not choice.candidates:
        return [Evidence(pointer, None, None, None, "none")]
    chosen = choice.candidates[:1] if choice.decided else choice.candidates
    out = []
    for candidate in chosen:
        kind = candidate.place.kind if choice.decided else "ambiguous"
        quote = " ".join(candidate.index.quote(span) for span in candidate.place.spans)
        # Of places that cannot be told apart, each is as probable as the others.
        confidence = round(probability(finding.signs(candidate)) / len(chosen), 3)
        out.append(Evidence(pointer, candidate.place.page, candidate.box, quote, kind, confidence))
    return out
