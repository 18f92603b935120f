"""Which tokens of a transcript are which tokens of a page: by their text and their neighbours, wherever on the page they stand.

What reads equal is found first, in long runs, run after run, so that a model may read columns in another order than the page's
layout has them. What was misread, split or glued is then found between those runs by likeness. It knows nothing of boxes.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from vextract.grounding.text import confusable, fold

__all__ = ["Match", "Token", "match", "tokens"]

# Scripts written without spaces, by Unicode blocks: Thai to Tibetan, Burmese, Khmer, Chinese and Japanese.
_UNSPACED = (
    r"\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff"
)
_TOKEN = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}]+")
# How much a token tells, in letters: a character of an unspaced script is about half a word.
_IDEOGRAPH, _SIGN = 2.5, 0.5
# A run of equal tokens must tell so much; one out of order more. A token that is printed only once tells enough if it has so much.
_RUN, _RUN_OUT_OF_ORDER, _TELLING = 6.0, 8.0, 3.0
# Tokens of one run are no further apart than this, in tokens of either side: OCR misreads some between.
_STEP = 4
_PASSES = 32
# How many tokens may be one on the other side, where OCR split or glued; spaced-out headings are split most.
_MOST_PARTS = 8
# Parts of one token are about as long together as it is.
_LENGTHS = 1.6
# Between two runs of many tokens only those at about the same share of the way are compared.
_BAND = 40
# And none at all where that would be more comparisons: a model that says one thing a thousand times is not worth them.
_MOST_COMPARISONS = 200_000
# Of the text between the first and the last match of a run so much (-1..1, as `_gain` to length) must be alike.
_CREDIBLE = 0.3
# A token so short may be misread altogether, and is still known by its two neighbours.
_SHORT = 3
# A match out of order that is not equal: at least so many letters a side, so much alike (0..1), with a run of letters in common.
_LONG, _MUCH_ALIKE, _GRAM = 5, 0.75, 3
_COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class Token:
    """What is compared: a word, or in a script without spaces a character.

    Attributes:
        word: the word that it is in, by its number.
        start, end: where it stands in the word, in characters, `end` excluded.
        key: what it is compared by: its letters and digits, alike where OCR confuses them; itself if it has none.
        weight: how much its being equal to another tells.
    """

    word: int
    start: int
    end: int
    key: str
    weight: float


@dataclass(frozen=True, slots=True)
class Match:
    """Tokens of the transcript that are tokens of the page: numbers `model` and `page`, each in a row."""

    model: range
    page: range


def tokens(words: Sequence[str]) -> list[Token]:
    """The words' tokens, in order."""
    return [_token(n, found) for n, word in enumerate(words) for found in _TOKEN.finditer(word)]


def _token(word: int, found: re.Match[str]) -> Token:
    folded = confusable(fold(found[0]))
    weight = float(len(folded)) if folded else _SIGN
    if folded and re.match(f"[{_UNSPACED}]", found[0]):
        weight = _IDEOGRAPH
    return Token(word, found.start(), found.end(), folded or found[0], weight)


def match(model: Sequence[Token], page: Sequence[Token]) -> list[Match]:
    """The matches in the model's order; no token is in two."""
    equal = _equal(model, page)
    taken = set(equal.values())
    found = [Match(range(i, i + 1), range(j, j + 1)) for i, j in equal.items()]
    anchors = [(-1, -1), *sorted(equal.items()), (len(model), len(page))]
    for (i0, j0), (i1, j1) in pairwise(anchors):
        start = i0 + 1
        for here in _free(page, taken, j0, j1) if start < i1 else ():
            filled = _alike(model, range(start, i1), page, here)
            if i1 - start > _STEP and len(here) > _STEP:
                filled = _credible(filled, model, page)
            found += filled
            taken.update(j for one in filled for j in one.page)
            start = filled[-1].model.stop if filled else start
    found += _elsewhere(found, model, page)
    found.sort(key=_place)
    return sorted([*found, *_between(found, model, page)], key=_place)


def _place(one: Match) -> int:
    return one.model.start


def _equal(model: Sequence[Token], page: Sequence[Token]) -> dict[int, int]:
    """Tokens that read equal, in runs: the longest order-preserving choice of all, then of those left over, and so on."""
    from rapidfuzz.distance import LCSseq

    often = Counter(token.key for token in model), Counter(token.key for token in page)
    left, right = list(range(len(model))), list(range(len(page)))
    found: dict[int, int] = {}
    for turn in range(_PASSES):
        steps = LCSseq.opcodes([model[i].key for i in left], [page[j].key for j in right])
        pairs = [
            (left[step.src_start + n], right[step.dest_start + n])
            for step in steps
            if step.tag == "equal"
            for n in range(step.src_end - step.src_start)
        ]
        least = _RUN_OUT_OF_ORDER if turn else _RUN
        kept = dict(pair for run in _runs(pairs) if _tells(run, model, often, least) for pair in run)
        if not kept:
            break
        found |= kept
        taken = set(kept.values())
        left, right = [i for i in left if i not in kept], [j for j in right if j not in taken]
    return found


def _runs(pairs: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """The pairs, parted where the next is far from the one before it on either side."""
    run: list[tuple[int, int]] = []
    for pair in pairs:
        if run and (pair[0] - run[-1][0] > _STEP or pair[1] - run[-1][1] > _STEP):
            yield run
            run = []
        run.append(pair)
    if run:
        yield run


def _tells(
    run: Sequence[tuple[int, int]], model: Sequence[Token], often: tuple[Counter[str], Counter[str]], least: float
) -> bool:
    weights = [model[i].weight for i, _ in run]
    once = (
        weight >= _TELLING and often[0][model[i].key] == often[1][model[i].key] == 1
        for (i, _), weight in zip(run, weights, strict=True)
    )
    return sum(weights) >= least or any(once)


def _free(page: Sequence[Token], taken: set[int], after: int, before: int) -> Iterator[range]:
    """The rows of free tokens on the page right after one token and right before another: one row if nothing is between."""
    stop = after + 1
    while stop < len(page) and stop not in taken:
        stop += 1
    if stop == before or stop == len(page) == before:
        yield range(after + 1, stop)
        return
    start = before
    while start > 0 and start - 1 not in taken:
        start -= 1
    yield range(after + 1, stop)
    if start >= stop or before <= after:
        yield range(start, before)


def _alike(model: Sequence[Token], some: range, page: Sequence[Token], here: range) -> list[Match]:
    """The likest order-preserving choice among tokens that lie between the same neighbours; split and glued ones too.

    A dynamic programme over both rows, as for the edit distance, whose steps may take several tokens of one side.
    """
    rows, columns = len(some), len(here)
    if not rows or not columns or rows * min(columns, 2 * _BAND) > _MOST_COMPARISONS:
        return []
    left, right = [model[i].key for i in some], [page[j].key for j in here]
    best: dict[tuple[int, int], tuple[float, int, int]] = {}
    for i in range(rows, -1, -1):
        middle = i * columns // rows
        for j in range(min(columns, middle + _BAND), max(0, middle - _BAND) - 1, -1):
            choice = max((best.get((i + 1, j), _NOTHING)[0], 1, 0), (best.get((i, j + 1), _NOTHING)[0], 0, 1))
            for p, q, gain in _steps(left, right, i, j):
                after = best.get((i + p, j + q), _NOTHING)[0]
                choice = max(choice, (gain + after, p, q))
            best[i, j] = choice
    found, i, j = [], 0, 0
    while i < rows and j < columns and (i, j) in best:
        _, p, q = best[i, j]
        if p and q:
            found.append(Match(some[i : i + p], here[j : j + q]))
        i, j = i + p, j + q
    return found


_NOTHING = (0.0, 0, 0)


def _credible(filled: Sequence[Match], model: Sequence[Token], page: Sequence[Token]) -> list[Match]:
    """The matches without those runs in which too little is alike: among many words some are like others by chance."""
    kept: list[Match] = []
    for run in _runs([(one.model.start, one.page.start) for one in filled]):
        inside = [one for one in filled if run[0][0] <= one.model.start <= run[-1][0]]
        said = model[inside[0].model.start : inside[-1].model.stop]
        measured = page[inside[0].page.start : inside[-1].page.stop]
        shorter = min(sum(len(token.key) for token in side) for side in (said, measured))
        gain = sum(_gain(_text(model, one.model), _text(page, one.page)) for one in inside)
        if gain >= _CREDIBLE * 2 * shorter:
            kept += inside
    return kept


def _text(some: Sequence[Token], row: range) -> str:
    return "".join(some[n].key for n in row)


def _gain(one: str, other: str) -> int:
    """Characters of both that are the same, less those that are not."""
    from rapidfuzz.distance import Indel

    return len(one) + len(other) - 2 * Indel.distance(one, other)


def _steps(left: Sequence[str], right: Sequence[str], i: int, j: int) -> Iterator[tuple[int, int, float]]:
    """How many tokens of each side may be the same from here on, and how well that fits (above 0)."""
    if i == len(left) or j == len(right):
        return
    for p, q in _shapes(left, right, i, j):
        one, other = "".join(left[i : i + p]), "".join(right[j : j + q])
        # Ties go to steps of single tokens.
        gain = _gain(one, other) + 0.01 - 0.001 * (p + q)
        if gain > 0:
            yield p, q, gain


def _shapes(left: Sequence[str], right: Sequence[str], i: int, j: int) -> Iterator[tuple[int, int]]:
    """One to one; one to several, as long as they are no longer together than the one may be; two to two."""
    yield 1, 1
    for side, at, limit in ((right, j, len(left[i])), (left, i, len(right[j]))):
        length = len(side[at])
        for parts in range(2, min(_MOST_PARTS, len(side) - at) + 1):
            length += len(side[at + parts - 1])
            if length > _LENGTHS * limit + 1:
                break
            yield (1, parts) if side is right else (parts, 1)
    if i + 1 < len(left) and j + 1 < len(right):
        yield 2, 2


def _elsewhere(found: Sequence[Match], model: Sequence[Token], page: Sequence[Token]) -> list[Match]:
    """What is left over on both sides and much alike, wherever it stands; what might be in two places equally well is left."""
    left = [token.key for token in model]
    right = [token.key for token in page]
    gone = {i for one in found for i in one.model}, {j for one in found for j in one.page}
    some: list[tuple[float, Match]] = []
    for i, j in islice(_sharing(left, right, gone), _COMPARED):
        for p, q, gain in _steps(left, right, i, j):
            one = Match(range(i, i + p), range(j, j + q))
            length = sum(len(left[n]) for n in one.model) + sum(len(right[n]) for n in one.page)
            if length >= 2 * _LONG and gain >= (2 * _MUCH_ALIKE - 1) * length:
                some.append((gain, one))
    often = Counter((side, at, round(gain)) for gain, one in some for side, at in _starts(one))
    chosen = []
    for gain, one in sorted(some, key=lambda scored: -scored[0]):
        clear = all(often[side, at, round(gain)] == 1 for side, at in _starts(one))
        if clear and gone[0].isdisjoint(one.model) and gone[1].isdisjoint(one.page):
            gone[0].update(one.model)
            gone[1].update(one.page)
            chosen.append(one)
    return chosen


def _starts(one: Match) -> tuple[tuple[str, int], tuple[str, int]]:
    return ("model", one.model.start), ("page", one.page.start)


def _sharing(left: Sequence[str], right: Sequence[str], gone: tuple[set[int], set[int]]) -> Iterator[tuple[int, int]]:
    """The pairs of tokens left over that have a run of characters in common."""
    grams: dict[str, list[int]] = defaultdict(list)
    for j, key in enumerate(right):
        if j not in gone[1]:
            for gram in _grams(key):
                grams[gram].append(j)
    for i, key in enumerate(left):
        if i not in gone[0]:
            for j in sorted({j for gram in _grams(key) for j in grams.get(gram, ())}):
                yield i, j


def _grams(key: str) -> set[str]:
    return {key[n : n + _GRAM] for n in range(len(key) - _GRAM + 1)}


def _between(found: Sequence[Match], model: Sequence[Token], page: Sequence[Token]) -> Iterator[Match]:
    """Short tokens that look like nothing, but stand alone between the same two neighbours on both sides."""
    taken = {j for one in found for j in one.page}
    for before, after in pairwise(found):
        i, j = before.model.stop, before.page.stop
        alone = after.model.start == i + 1 and after.page.start == j + 1 and j not in taken
        if alone and max(len(model[i].key), len(page[j].key)) <= _SHORT:
            yield Match(range(i, i + 1), range(j, j + 1))
