"""Values that end on one page and go on at the top of the next: found as the larger of both parts."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from vextract.grounding.search import Place
from vextract.grounding.text import PageIndex, Span, fold
from vextract.grounding.wanted import Wanted

__all__ = ["over_page_breaks"]

_SHORTEST = 12
# The first part ends in this lower share of its page, the second begins in the same upper share of the next.
_EDGE = 0.4


def over_page_breaks(value: Wanted, indexes: Sequence[PageIndex]) -> Iterator[tuple[Place, PageIndex]]:
    """The larger part of the value, with its page, for each page break that parts it between two words."""
    tokens = [folded for token in value.texts[0].split() if (folded := fold(token))]
    length = sum(map(len, tokens))
    if len(tokens) < 2 or length < _SHORTEST:
        return
    for before, after in pairwise(indexes):
        for count in range(len(tokens) - 1, 0, -1):
            head, rest = "".join(tokens[:count]), "".join(tokens[count:])
            high, low = _last(head, before), _first(rest, after)
            if high and low:
                span, index = (high, before) if len(head) >= len(rest) else (low, after)
                yield Place(index.number, (span,), "normalized", max(len(head), len(rest)) / length, whole=True), index
                break


def _last(text: str, index: PageIndex) -> Span | None:
    span = _whole(text, index.stream.rfind(text), index)
    return span if span and index.words[span.last].box.y1 > 1 - _EDGE else None


def _first(text: str, index: PageIndex) -> Span | None:
    span = _whole(text, index.stream.find(text), index)
    return span if span and index.words[span.first].box.y0 < _EDGE else None


def _whole(text: str, start: int, index: PageIndex) -> Span | None:
    span = index.span_at(start, start + len(text)) if start >= 0 else None
    return span if span and not (span.head or span.tail) else None
