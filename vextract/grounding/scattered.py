"""Values whose words do not follow one another in reading order: wrapped beside other columns, running down a table, interrupted.

The words of the page that the value contains are chained in the value's order, as long as each stands right of or below the one
before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from vextract.geometry import union
from vextract.grounding.text import PageIndex, Span, fold
from vextract.types import Box

__all__ = ["Scattered", "scattered"]

_SHORTEST = 4
# Of the value's letters and digits, this share must be found.
_COVERED = 0.8
# Of all that is printed inside the box around the words, this share may be foreign to the value.
_FOREIGN = 0.3
# A page word that is no part of the value as it stands counts if it is this much like one of its words.
_ALIKE = 0.75
_MOST_PIECES = 240
# The next word stands at most so many line heights to the right, or lines below.
_RIGHT, _DOWN = 8.0, 3.2
_WAYS_A_WORD = 4
_DECIMAL_MARK = re.compile(r"\d[.,](?=\d{1,2}(?!\d))")


@dataclass(frozen=True, slots=True)
class Scattered:
    """The words found, as runs in reading order, and the share of the value that they cover (0..1)."""

    spans: tuple[Span, ...]
    covered: float


@dataclass(slots=True)
class _Piece:
    """A word of the page as characters `start..end` of the value; `best` is the weight of the best chain that ends here."""

    word: int
    start: int
    end: int
    weight: float
    best: float = 0.0
    before: "_Piece | None" = None
    left: float = 0.0
    right: float = 1.0


def scattered(text: str, index: PageIndex) -> Scattered | None:
    """The words that print the value in its order, though other words stand between; None if too little of it is there."""
    tokens = [folded for token in text.split() if (folded := fold(token))]
    target = "".join(tokens)
    if len(tokens) < 2 or len(target) < _SHORTEST:
        return None
    pieces = list(_decimals_kept(_pieces(tokens, target, index), text, index))
    if _cover(pieces) < _COVERED * len(target):
        return None
    chain = _best_chain(pieces, index)
    covered = sum(piece.weight for piece in chain) / len(target)
    words = sorted({piece.word for piece in chain})
    if covered < _COVERED or not _digits_found(target, chain) or _foreign(words, index) > _FOREIGN:
        return None
    return Scattered(tuple(_runs(words)), min(1.0, covered))


def _decimals_kept(pieces: list[_Piece], text: str, index: PageIndex) -> Iterator[_Piece]:
    """The pieces but for numbers that have a decimal mark only on the page or only in the value: "2.0" is not "20"."""
    token_of, position = {}, 0
    for token in text.split():
        end = position + len(fold(token))
        token_of[position, end] = token
        position = end
    for piece in pieces:
        token = token_of.get((piece.start, piece.end), "")
        if not any(map(str.isdigit, token)) or _decimals(token) == _decimals(index.words[piece.word].text):
            yield piece


def _decimals(text: str) -> bool:
    return len(_DECIMAL_MARK.findall(text)) == 1


def _pieces(tokens: list[str], target: str, index: PageIndex) -> list[_Piece]:
    starts, position = set(), 0
    for token in tokens:
        starts.add(position)
        position += len(token)
    ends = {*starts, len(target)}
    pieces: list[_Piece] = []
    for word, start, weight, length in _parts(tokens, target, (starts, ends), index):
        pieces += [_Piece(n, start, start + length, weight) for n in index.places[word]]
    if len(pieces) > _MOST_PIECES:
        pieces = sorted(pieces, key=lambda piece: -piece.weight)[:_MOST_PIECES]
    return sorted(pieces, key=lambda piece: (piece.start, piece.word))


def _parts(
    tokens: list[str], target: str, edges: tuple[set[int], set[int]], index: PageIndex
) -> Iterator[tuple[str, int, float, int]]:
    """Words of the page that the value contains or nearly contains: (word, where in the value, weight, length there)."""
    inside = set()
    for word in index.places:
        if word in target:
            for start in _within(word, target, *edges):
                inside.add(word)
                yield word, start, float(len(word)), len(word)
    position = 0
    for token in tokens:
        if len(token) >= _SHORTEST - 2 and not token.isdigit():
            for word, score, _ in process.extract(
                token, index.long_words, scorer=fuzz.ratio, processor=None, score_cutoff=100 * _ALIKE, limit=None
            ):
                if word not in inside and abs(len(token) - len(word)) <= 2:
                    yield word, position, score / 100 * len(token), len(token)
        position += len(token)


def _within(word: str, target: str, starts: set[int], ends: set[int]) -> Iterator[int]:
    """Where the value contains the word. Short words count only where the value has them as words."""
    at, ways = target.find(word), 0
    while at >= 0 and ways < _WAYS_A_WORD:
        end = at + len(word)
        if (at in starts and end in ends) or (len(word) >= _SHORTEST and (at in starts or end in ends)):
            ways += 1
            yield at
        at = target.find(word, at + 1)


def _cover(pieces: list[_Piece]) -> int:
    """How many characters of the value any piece covers."""
    reached = covered = 0
    for piece in pieces:
        start = max(piece.start, reached)
        if piece.end > start:
            covered += piece.end - start
            reached = piece.end
    return covered


def _best_chain(pieces: list[_Piece], index: PageIndex) -> list[_Piece]:
    for n, piece in enumerate(pieces):
        box = index.words[piece.word].box
        piece.best, piece.left, piece.right = piece.weight, box.x0, box.x1
        for other in pieces[:n]:
            if other.end > piece.start or other.best + piece.weight <= piece.best:
                continue
            cost = _step(other, index.words[other.word].box, box)
            if cost is None:
                continue
            best = other.best + piece.weight - cost - 0.5 * (piece.start - other.end)
            if best > piece.best:
                piece.best, piece.before = best, other
                piece.left, piece.right = min(other.left, box.x0), max(other.right, box.x1)
    last = max(pieces, key=lambda piece: piece.best)
    chain: list[_Piece] = []
    step: _Piece | None = last
    while step:
        chain.append(step)
        step = step.before
    return chain[::-1]


def _step(before: _Piece, a: Box, b: Box) -> float | None:
    """What it costs to go on from a word to another; None where nobody reads on like that."""
    height = max(a.y1 - a.y0, b.y1 - b.y0, 1e-6)
    down = ((b.y0 + b.y1) - (a.y0 + a.y1)) / 2 / height
    if abs(down) < 0.5:
        right = (b.x0 - a.x1) / height
        return 0.1 * max(0.0, right) if -0.3 < right < _RIGHT else None
    reach = 2 * height
    if 0 < down < _DOWN * 2 and b.x0 < before.right + reach and b.x1 > before.left - reach:
        return 0.3 * down
    return None


def _digits_found(target: str, chain: list[_Piece]) -> bool:
    """Whether no number of the value is missing: what is read wrong there is another number."""
    covered = [False] * len(target)
    for piece in chain:
        covered[piece.start : piece.end] = [True] * (piece.end - piece.start)
    missing = sum(1 for n, char in enumerate(target) if char.isdigit() and not covered[n])
    digits = sum(char.isdigit() for char in target)
    return missing <= 0.1 * digits


def _foreign(words: list[int], index: PageIndex) -> float:
    """Of the characters inside the box around the words, the share that belongs to other words."""
    box = union(index.words[n].box for n in words)
    chosen, own, other = set(words), 0, 0
    for n, word in enumerate(index.words):
        x, y = (word.box.x0 + word.box.x1) / 2, (word.box.y0 + word.box.y1) / 2
        if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1:
            if n in chosen:
                own += len(index.folded[n])
            else:
                other += len(index.folded[n])
    return other / max(own + other, 1)


def _runs(words: list[int]) -> Iterator[Span]:
    first = last = words[0]
    for n in words[1:]:
        if n != last + 1:
            yield Span(first, last)
            first = n
        last = n
    yield Span(first, last)
