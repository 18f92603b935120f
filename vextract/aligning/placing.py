"""From matched tokens to words with boxes: a word of the model's gets the measured words, or parts of them, that it is made of."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, groupby
from unicodedata import bidirectional

from vextract.aligning.matching import Match, Token
from vextract.geometry import turn, union
from vextract.grounding.text import confusable, fold
from vextract.types import Box, Word

__all__ = ["Piece", "Placed", "Sides", "place"]

_HYPHENS = ("-", "\u2010", "\u00ad")
_RIGHT_TO_LEFT = ("R", "AL")
_LEFT_TO_RIGHT = ("L", "EN", "AN")


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or the part of it that stands in one line: where, and which measured words it took."""

    word: Word
    line: int
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """The pieces in the model's order, and how many of its words have no place."""

    pieces: tuple[Piece, ...]
    unplaced: int


@dataclass(frozen=True, slots=True)
class _Span:
    """Characters `start` to before `end` of a measured word."""

    word: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Part:
    """Characters `start` to before `end` of a word of the model's, all in one line, and what of the page they are."""

    start: int
    end: int
    line: int
    spans: tuple[_Span, ...]
    hyphen: str = ""

    @property
    def words(self) -> list[int]:
        """The measured words, each once, in order."""
        return list(dict.fromkeys(span.word for span in self.spans))


@dataclass(frozen=True, slots=True)
class Sides:
    """What was said and what was measured, each as words and as tokens; `lines` has the number of each measured word's line."""

    said: Sequence[str]
    said_tokens: Sequence[Token]
    words: Sequence[Word]
    page_tokens: Sequence[Token]
    lines: Sequence[int]


def place(sides: Sides, matches: Sequence[Match], rotation: int) -> Placed:
    """The words that were said at the places of the measured tokens that theirs match, on a page that lies by `rotation`."""
    loose: dict[int, list[_Part]] = defaultdict(list)
    for one in matches:
        for word, part in _parts(one, sides):
            loose[word].append(part)
    parts = {word: list(_joined(sides.said[word], loose[word])) for word in sorted(loose)}
    claims: dict[int, list[int]] = defaultdict(list)
    for part in chain.from_iterable(parts.values()):
        for number in part.words:
            claims[number].append(_first(part, number))
    pieces = [
        Piece(_word(sides.said[word], part, sides.words, claims, rotation), part.line, tuple(part.words))
        for word, some in parts.items()
        for part in some
    ]
    by_word = groupby(sides.said_tokens, key=lambda token: token.word)
    return Placed(tuple(pieces), sum(_unplaced(list(mine), parts.get(word, ())) for word, mine in by_word))


def _parts(one: Match, sides: Sides) -> Iterator[tuple[int, _Part]]:
    """What each token of the match takes: all, if it is alone on its side and in one line; else what its characters take."""
    mine, theirs = [sides.said_tokens[i] for i in one.model], [sides.page_tokens[j] for j in one.page]
    first, spans = mine[0], tuple(_Span(token.word, token.start, token.end) for token in theirs)
    if len(mine) == 1 and len({sides.lines[span.word] for span in spans}) == 1:
        yield first.word, _Part(first.start, first.end, sides.lines[spans[0].word], spans)
        return
    taken = _by_character(
        [_look(char) for token in mine for char in sides.said[token.word][token.start : token.end]],
        [_look(char) for span in spans for char in sides.words[span.word].text[span.start : span.end]],
    )
    places = [(span.word, at) for span in spans for at in range(span.start, span.end)]
    ends = list(accumulate(token.end - token.start for token in mine))
    for token, end in zip(mine, ends, strict=True):
        own = taken[end - (token.end - token.start) : end]
        for part in _by_line(token, [None if at is None else places[at] for at in own], sides):
            yield token.word, part


def _look(char: str) -> str:
    return confusable(fold(char)) or char


def _by_character(mine: list[str], theirs: list[str]) -> list[int | None]:
    """For each of my characters the number of theirs that it is or stands for."""
    from rapidfuzz.distance import Levenshtein

    taken: list[int | None] = [None] * len(mine)
    for step in Levenshtein.opcodes(mine, theirs):
        if step.tag in {"equal", "replace"}:
            for n in range(step.src_end - step.src_start):
                taken[step.src_start + n] = step.dest_start + n
    return taken


def _by_line(token: Token, taken: Sequence[tuple[int, int] | None], sides: Sides) -> Iterator[_Part]:
    """The token cut where its characters go on in another line; a hyphen that is printed there stays printed there."""
    lines = sides.lines
    known = [(n, *place) for n, place in enumerate(taken, token.start) if place is not None]
    if not known:
        return
    cuts = [n for n, (_, word, _) in enumerate(known) if not n or lines[word] != lines[known[n - 1][1]]]
    for cut, after in zip(cuts, [*cuts[1:], None], strict=True):
        here = known[cut:after]
        spans = tuple(
            _Span(word, min(at for _, w, at in here if w == word), 1 + max(at for _, w, at in here if w == word))
            for word in dict.fromkeys(word for _, word, _ in here)
        )
        start = here[0][0] if cut else token.start
        end = token.end if after is None else known[after][0]
        last = sides.words[spans[-1].word].text
        hyphen = last[-1] if after is not None and last.endswith(_HYPHENS) else ""
        yield _Part(start, end, lines[here[0][1]], spans, hyphen)


def _joined(text: str, parts: Sequence[_Part]) -> Iterator[_Part]:
    """The parts of one word of the model's, those joined that are of the same measured word; signs between go with them."""
    found: list[_Part] = []
    for part in sorted(parts, key=lambda part: part.start):
        before = found[-1] if found else None
        if before and before.line == part.line and set(before.words) & set(part.words):
            found[-1] = _Part(before.start, part.end, part.line, (*before.spans, *part.spans), part.hyphen)
        else:
            found.append(part)
    for n, part in enumerate(found):
        before_end = found[n - 1].end if n else 0
        after_start = found[n + 1].start if n + 1 < len(found) else len(text)
        start = part.start if n else _widened(text[before_end : part.start], part.start, -1)
        yield _Part(start, _widened(text[part.end : after_start], part.end, 1), part.line, part.spans, part.hyphen)


def _widened(beside: str, at: int, step: int) -> int:
    """Where the part ends if it takes the unplaced characters beside it, which it does if they are signs."""
    return at + step * len(beside) if not fold(beside) else at


def _unplaced(mine: Sequence[Token], parts: Sequence[_Part]) -> int:
    """How many stretches of a word of the model's are in none of its parts."""
    free = [not any(part.start < token.end and token.start < part.end for part in parts) for token in mine]
    return sum(now and not before for before, now in zip([False, *free], free, strict=False))


def _first(part: _Part, number: int) -> int:
    return min(span.start for span in part.spans if span.word == number)


def _word(text: str, part: _Part, words: Sequence[Word], claims: dict[int, list[int]], rotation: int) -> Word:
    shown = text[part.start : part.end]
    shown += part.hyphen if not shown.endswith(_HYPHENS) else ""
    took = [words[number] for number in part.words]
    box = union(
        _share(word, _first(part, number), sorted(claims[number]), rotation)
        for number, word in zip(part.words, took, strict=True)
    )
    same = len(took) == 1 and took[0].text == shown and len(claims[part.words[0]]) == 1
    return Word(shown, box, took[0].confidence if same else None)


def _share(word: Word, start: int, claims: Sequence[int], rotation: int) -> Box:
    """The part of the measured word's box from character `start` to where the next of the claims on it begins."""
    if len(claims) == 1:
        return word.box
    at, length = claims.index(start), len(word.text)
    low = start / length if at else 0.0
    high = claims[at + 1] / length if at + 1 < len(claims) else 1.0
    if _runs_left(word.text):
        low, high = 1 - high, 1 - low
    upright = turn(word.box, rotation)
    width = upright.x1 - upright.x0
    return turn(Box(upright.x0 + low * width, upright.y0, upright.x0 + high * width, upright.y1), -rotation)


def _runs_left(text: str) -> bool:
    """Whether the word is read from right to left, by its first character that has a direction."""
    kinds = (bidirectional(char) for char in text)
    return next((kind for kind in kinds if kind in {*_RIGHT_TO_LEFT, *_LEFT_TO_RIGHT}), "L") in _RIGHT_TO_LEFT
