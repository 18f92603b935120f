"""The labels of a schema, and where a page prints them. At each place the longest label counts, whichever field it belongs to."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from vextract.fields.segments import PageRows, Segment
from vextract.grounding.text import fold
from vextract.schema.fields import FieldSpec

__all__ = ["Hit", "Hits", "Vocabulary", "labels_of"]

# A label may be misread in one of so many letters; shorter ones must be right.
_LETTERS_AN_EDIT = 7
_SHORTEST = 2
# A label of one word that is so long also ends a compound.
_SHORTEST_TAIL = 7
_SHORTEST_GLUED = 4
# A label that is there letter by letter outweighs one that is so many letters longer but misread.
_MISREAD = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A label on a page.

    Attributes:
        pointer: of the field that it belongs to; "" for a label that no field wants.
        label: as the schema gives it.
        rank: its place among the field's labels, 0 the most specific.
        segment: that it stands in.
        start, end: its words, as places in the segment's `words`.
        clean: it begins the segment, follows another label and its value, or what closes a value.
    """

    pointer: str
    label: str
    rank: int
    segment: Segment
    start: int
    end: int
    clean: bool


# By page number: the labels on it, from top to bottom.
Hits = Mapping[int, Sequence[Hit]]


def labels_of(spec: FieldSpec) -> list[str]:
    """The labels of a field: those that its schema names, else its title and the words of its name."""
    if spec.labels:
        return list(spec.labels)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]+", " ", spec.name)
    return [label for label in dict.fromkeys([spec.title, words]) if label.strip()]


class Vocabulary:
    """All labels of some fields, ready to be looked up by how they begin.

    Args:
        fields: pointer -> field.
        others: labels that belong to nothing that is asked for, but must not be taken for part of something else.
    """

    def __init__(self, fields: Iterable[tuple[str, FieldSpec]], others: Iterable[str] = ()) -> None:
        self._by_start: dict[str, list[tuple[str, str, int, str]]] = defaultdict(list)
        self._tails: list[str] = []
        for pointer, spec in fields:
            for rank, label in enumerate(labels_of(spec)):
                self._add(pointer, label, rank)
            for label in spec.hints.get("not_labels") or ():  # type: ignore[attr-defined]
                self._add("", str(label), 0)
        for label in others:
            self._add("", label, 0)

    def _add(self, pointer: str, label: str, rank: int) -> None:
        folded = fold(label)
        if len(folded) >= _SHORTEST_TAIL and folded.isalpha() and " " not in label.strip():
            self._tails.append(folded)
        if len(folded) >= _SHORTEST:
            self._by_start[folded[:_SHORTEST]].append((folded, pointer, rank, label))

    def hits(self, page: PageRows) -> Iterator[Hit]:
        """All labels on the page, from top to bottom."""
        for segment in page.segments:
            at, open_, labelled = 0, 0, False
            while at < len(segment.words):
                # What stands in brackets explains a label: "Total (incl. VAT)".
                found = [] if open_ > 0 else list(self._at(page, segment, at, labelled=labelled))
                yield from found
                end = max((hit.end for hit in found), default=at + 1)
                words = "".join(page.index.words[n].text for n in segment.words[at:end])
                open_ = max(0, open_ + words.count("(") - words.count(")"))
                labelled = labelled or any(hit.clean for hit in found)
                at = end

    def _at(self, page: PageRows, segment: Segment, at: int, *, labelled: bool) -> Iterator[Hit]:
        """The longest label that begins at a word of a segment, once for each field that has it."""
        folded = [page.index.folded[n] for n in segment.words[at:]]
        best, size = self._longest(folded)
        if not best and (compound := self._compound(folded[0])):
            best, size = self._longest([folded[0][compound:], *folded[1:]])
        clean = at == 0 or labelled or page.index.words[segment.words[at - 1]].text[-1:] in ":;,|/)("
        wanted = any(entry[1] for entry in best)
        seen: set[str] = set()
        for _, pointer, rank, label in sorted(best, key=lambda entry: entry[2]):
            if (pointer or not wanted) and pointer not in seen:
                seen.add(pointer)
                yield Hit(pointer, label, rank, segment, at, at + size, clean)

    def _longest(self, folded: list[str]) -> tuple[list[tuple[str, str, int, str]], int]:
        """The entries of the longest label that the words begin with, and how many words it takes."""
        text = "".join(folded)
        best: list[tuple[str, str, int, str]] = []
        words, letters = 0, 0
        for entry in self._by_start.get(text[:_SHORTEST], ()):
            label = entry[0]
            weight = len(label) - (0 if text.startswith(label) else _MISREAD)
            if weight < letters or (size := _end(label, text, folded)) is None:
                continue
            if weight > letters:
                best, words, letters = [], size, weight
            best.append(entry)
        return best, words

    def _compound(self, word: str) -> int:
        """How many letters stand before a label within a compound such as "Handelsrechnung" (label "Rechnung"); 0 for none."""
        if len(word) < _SHORTEST_TAIL + 3 or not word.isalpha():
            return 0
        sizes = (len(word) - len(tail) for tail in self._tails if word.endswith(tail))
        return min(sizes, default=0)


def _end(label: str, text: str, folded: list[str]) -> int | None:
    """How many words the label takes at the beginning of the text; None if it does not begin it."""
    slack = len(label) // _LETTERS_AN_EDIT
    exact = text.startswith(label)
    if not exact and not slack:
        return None
    size, best, best_count = 0, slack + 1, None
    for count, word in enumerate(folded, 1):
        size += len(word)
        if exact and size >= len(label):
            if size == len(label):
                return count
            # "Total:60.30" as one word: the label ends where digits begin.
            glued = text[len(label)].isdigit() and not label[-1].isdigit() and len(label) >= _SHORTEST_GLUED
            return count if glued else None
        if size > len(label) + slack:
            break
        if not exact and size >= len(label) - slack:
            distance = Levenshtein.distance(label, text[:size], score_cutoff=slack)
            if distance < best:
                best, best_count = distance, count
    return best_count
