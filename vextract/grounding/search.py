"""Where a value is printed on one page: as it is, in another form, or nearly so.

Nothing is decided between several places here; that needs the other values and is done in `choose`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from vextract.grounding.cells import cells
from vextract.grounding.scattered import scattered
from vextract.grounding.text import PageIndex, Span, confusable, fold
from vextract.grounding.wanted import Wanted

__all__ = ["Place", "alike", "find", "nearly", "printed"]

Kind = Literal["exact", "normalized", "fuzzy"]

# A value of so many letters may differ by one in as many: one edit in a word, two in a short name, and so on. Digits may not.
_LETTERS_AN_EDIT = 4.5
_SHORTEST_FUZZY = 4
# Longer values are compared word by word.
_LONGEST_FUZZY = 48
# A word of the value of which more than this share differs is another word, however alike the rest is.
_WORD_DIFFERS = 0.5
_BEST_DIAGONALS = 4
# How much of a value a place must share to be worth a second look.
_NEARLY = 0.55
_HOLDING = set("./,-:")


@dataclass(frozen=True, slots=True)
class Place:
    """A place where a value could be printed.

    Attributes:
        page: the page's number.
        spans: the words; several where the value is wrapped beside other text.
        kind: how it was matched.
        likeness: 1 for the same letters and digits, less for each that differs.
        whole: whether it begins and ends with words; else it is a part of one.
    """

    page: int
    spans: tuple[Span, ...]
    kind: Kind
    likeness: float
    whole: bool


def find(wanted: Wanted, index: PageIndex) -> list[Place]:
    """All places of the best kind that the page has: those that print the value, or if there are none, those that nearly do."""
    return printed(wanted, index) or alike(wanted, index)


def printed(wanted: Wanted, index: PageIndex) -> list[Place]:
    """All places that print the value, as it is or in another form."""
    places = list(_same_text(wanted, index))
    if not places or wanted.typed:
        places += [*_same_number(wanted, index), *_same_date(wanted, index)]
    return _distinct(places)


def alike(wanted: Wanted, index: PageIndex) -> list[Place]:
    """All places that nearly print the value, or with other words between its own. Much dearer than `printed`."""
    return _distinct(list(_alike(wanted, index)))


def _same_text(wanted: Wanted, index: PageIndex) -> Iterator[Place]:
    for text in wanted.texts:
        target = fold(text)
        if not target:
            yield from _symbols(text, index)
            continue
        for start in _occurrences(target, index.stream):
            end = start + len(target)
            whole = _edge(index, start, end)
            if whole is None or (wanted.numeric and not _same_separators(text, index, start)):
                continue
            if wanted.day and _digit_groups(text) != _digit_groups(index.quote(index.span_at(start, end))):
                continue
            span = _with_symbols(text, index.span_at(start, end), index)
            exact = whole and index.quote(span) == " ".join(text.split())
            yield Place(index.number, (span,), "exact" if exact else "normalized", 1.0, whole)


def _with_symbols(text: str, span: Span, index: PageIndex) -> Span:
    """The span with the signs that stand as words of their own at the end of the value and after it on the line ("Indiana )")."""
    last = span.last
    tokens = text.split()
    signs = tokens[len(tokens) - next((n for n, token in enumerate(reversed(tokens)) if fold(token)), 0) :]
    for sign in signs:
        if (
            last + 1 < len(index.words)
            and index.words[last + 1].text == sign
            and index.line_of[last + 1] == index.line_of[last]
        ):
            last += 1
    return span if last == span.last else Span(span.first, last, span.head)


def _digit_groups(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _occurrences(target: str, stream: str) -> Iterator[int]:
    start = stream.find(target)
    while start >= 0:
        yield start
        start = stream.find(target, start + 1)


def _symbols(text: str, index: PageIndex) -> Iterator[Place]:
    """A value without letters and digits is a word of the page or it is not there."""
    for n, word in enumerate(index.words):
        if word.text == text.strip():
            yield Place(index.number, (Span(n, n),), "exact", 1.0, whole=True)


def _edge(index: PageIndex, start: int, end: int) -> bool | None:
    """True if `start..end` of the stream is whole words; False if parts of words that can be told apart; None if neither."""
    first, last = index.owner[start], index.owner[end - 1]
    whole_start, whole_end = start == index.start_of[first], end == index.start_of[last] + len(index.folded[last])
    if whole_start and whole_end:
        return True
    begins = whole_start or _break(index, first, start - index.start_of[first])
    ends = whole_end or _break(index, last, end - index.start_of[last])
    return False if begins and ends else None


def _break(index: PageIndex, word: int, position: int) -> bool:
    """Whether a word has an inner border before its folded character at `position`: punctuation, or letters next to digits."""
    text = index.words[word].text
    seen = 0
    for n, char in enumerate(text):
        length = len(fold(char))
        if length and seen >= position:
            before = text[n - 1] if n else " "
            if before.isalnum():
                return before.isdigit() != char.isdigit()
            # "1/95" is no part of "3/31/95", nor "50" of "7.50": marks between digits hold a date or a number together.
            return not (before in _HOLDING and char.isdigit() and n > 1 and text[n - 2].isdigit())
        seen += length
    return True


def _same_separators(text: str, index: PageIndex, start: int) -> bool:
    """Whether digits that a decimal mark parts in the value are parted on the page too, and none of the others by one."""
    position = start
    for before, char in zip(" " + text, text, strict=False):
        for _ in fold(char):
            parted = before in ".,"
            if position > start and char.isdigit() and parted != _parted(index, position):
                # Marks of thousands come and go; a decimal mark does not.
                return False
            position += 1
    return True


def _parted(index: PageIndex, position: int) -> bool:
    word = index.owner[position]
    if index.owner[position - 1] != word:
        return True
    before = index.words[word].text
    seen = index.start_of[word]
    for n, char in enumerate(before):
        if seen == position and fold(char):
            return before[n - 1] in ".,"
        seen += len(fold(char))
    return False


def _same_number(wanted: Wanted, index: PageIndex) -> Iterator[Place]:
    if wanted.number is None:
        return
    for mention, span in index.numbers_by_size.get(abs(wanted.number), ()):
        # "3.00" is not the "3" of "3 pcs", but a JSON number has no such form of its own.
        if wanted.typed or mention.decimals or not wanted.decimals:
            exact = index.quote(span) in wanted.texts
            yield Place(index.number, (span,), "exact" if exact else "normalized", 1.0, not (span.head or span.tail))


def _same_date(wanted: Wanted, index: PageIndex) -> Iterator[Place]:
    if wanted.day is None:
        return
    for mention, span in index.dates:
        if wanted.day in mention.readings:
            exact = index.quote(span) in wanted.texts
            yield Place(index.number, (span,), "exact" if exact else "normalized", 1.0, not (span.head or span.tail))


def _alike(wanted: Wanted, index: PageIndex) -> Iterator[Place]:
    for text in wanted.texts[:1]:
        target = confusable(fold(text))
        if len(target) < _SHORTEST_FUZZY:
            continue
        for spans in cells(text, index):
            yield Place(index.number, spans, "normalized", 1.0, whole=True)
        if found := scattered(text, index):
            kind: Kind = "normalized" if found.covered == 1.0 else "fuzzy"
            yield Place(index.number, found.spans, kind, found.covered, whole=True)
        if len(target) > _LONGEST_FUZZY:
            continue
        for diagonal in _diagonals(target, index):
            if place := _at(text, target, diagonal, index):
                yield place


def nearly(wanted: Wanted, index: PageIndex) -> list[Span]:
    """Words that look like the value without being it, digits included: where it may have been misread."""
    target = confusable(fold(wanted.texts[0]))
    if len(target) < _SHORTEST_FUZZY:
        return []
    return [span for diagonal in _diagonals(target, index)[:2] if (span := _like(target, diagonal, index))]


def _like(target: str, diagonal: int, index: PageIndex) -> Span | None:
    stream = index.confusable_stream
    start = min(max(diagonal, 0), len(stream) - 1)
    end = min(max(diagonal + len(target), start + 1), len(stream))
    if fuzz.ratio(target, stream[start:end]) < 100 * _NEARLY:
        return None
    return Span(index.owner[start], index.owner[end - 1])


def _diagonals(target: str, index: PageIndex) -> list[int]:
    """Positions of the stream where the target could begin, those that share most with it first."""
    votes: Counter[int] = Counter()
    for offset in range(len(target) - 2):
        for position in index.grams.get(target[offset : offset + 3], ()):
            votes[position - offset] += 1
    slack = max(1, int(len(target) / _LETTERS_AN_EDIT))
    best: list[int] = []
    for diagonal, _ in votes.most_common(4 * _BEST_DIAGONALS):
        if all(abs(diagonal - other) > slack for other in best):
            best.append(diagonal)
        if len(best) == _BEST_DIAGONALS:
            break
    return best


def _at(text: str, target: str, diagonal: int, index: PageIndex) -> Place | None:
    """The run of whole words around a position that is most like the target, if it is like it enough."""
    stream = index.confusable_stream
    bound = max(1, int(len(target) / _LETTERS_AN_EDIT))
    low = index.owner[min(max(diagonal - bound, 0), len(stream) - 1)]
    middle = index.owner[min(max(diagonal + bound, 0), len(stream) - 1)]
    best: tuple[int, int, int] | None = None
    for first in range(low, middle + 1):
        start = index.start_of[first]
        end_low, end_high = start + len(target) - bound, start + len(target) + bound
        last = first
        while last < len(index.words) and index.start_of[last + 1] < end_low:
            last += 1
        while last < len(index.words) and index.start_of[last] < end_high:
            end = index.start_of[last + 1]
            distance = Levenshtein.distance(target, stream[start:end], score_cutoff=bound)
            if distance <= bound and (best is None or distance < best[0]):
                best = distance, first, last
            last += 1
    if best is None:
        return None
    distance, first, last = best
    found = stream[index.start_of[first] : index.start_of[last + 1]]
    if not _credible(text, target, found):
        return None
    return Place(index.number, (Span(first, last),), "fuzzy", 1 - distance / len(target), whole=True)


def _credible(text: str, target: str, found: str) -> bool:
    """Whether what differs can be misread print: no digit, and no word of the value mostly."""
    words = [len(fold(word)) for word in re.split(r"\s+", text)]
    owner = [n for n, length in enumerate(words) for _ in range(length)]
    original = fold(text)
    wrong: Counter[int] = Counter()
    for op in Levenshtein.editops(target, found):
        at = min(op.src_pos, len(original) - 1)
        if op.tag != "insert" and original[at].isdigit():
            return False
        if op.tag != "delete" and found[op.dest_pos].isdigit() and op.tag == "replace" and original[at].isdigit():
            return False
        wrong[owner[at]] += 1
    return all(count <= ceil(_WORD_DIFFERS * words[n]) for n, count in wrong.items())


def _distinct(places: list[Place]) -> list[Place]:
    """One place for each run of words, the closest kind of match."""
    rank = {"exact": 0, "normalized": 1, "fuzzy": 2}
    best: dict[tuple[int, tuple[int, int]], Place] = {}
    for place in sorted(places, key=lambda p: (rank[p.kind], -p.likeness, not p.whole)):
        best.setdefault((place.page, (place.spans[0].first, place.spans[-1].last)), place)
    return list(best.values())
