"""Free key and value pairs of forms: every label that ends with a colon, and what was entered after, beside or below it."""

from collections.abc import Iterator, Sequence

from vextract.fields.candidates import Candidate
from vextract.fields.segments import PageRows, Segment
from vextract.schema.fields import FieldSpec

__all__ = ["pairs_of"]

_LONGEST_KEY = 60
_BELOW_LINES = 1.6
_SCORE = 0.75


def pairs_of(spec: FieldSpec, pages: Sequence[PageRows]) -> Iterator[dict[str, Candidate]]:
    """The pairs of a list whose items have a field with the place "key" and one with the place "value"; none of other lists.

    A key without a value is a pair too: the field was left empty.
    """
    places = {field.hints.get("place"): field.name for field in spec.item.fields} if spec.item else {}
    if "key" not in places or "value" not in places:
        return
    for page in pages:
        for segment in page.segments:
            for key, value in _pairs(page, segment):
                pair = {places["key"]: _candidate(page, key)}
                if value:
                    pair[places["value"]] = _candidate(page, value)
                yield pair


def _pairs(page: PageRows, segment: Segment) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """The words of each key in a segment, and those of its value, which may be none."""
    ends = [n for n, word in enumerate(segment.words) if _is_key_end(page.index.words[word].text)]
    start = 0
    for n, end in enumerate(ends):
        key = segment.words[start : end + 1]
        following = segment.words[end + 1 :]
        if n + 1 < len(ends):
            # The next key of the same line takes its last word at least.
            following = segment.words[end + 1 : ends[n + 1]]
        start = end + 1 + len(following)
        if sum(len(page.index.words[word].text) + 1 for word in key) <= _LONGEST_KEY:
            yield key, following or _beside(page, segment)


def _is_key_end(text: str) -> bool:
    return text.endswith(":") and any(c.isalnum() for c in text)


def _beside(page: PageRows, segment: Segment) -> Sequence[int]:
    """What stands in the next column, else close below, unless it is a key itself."""
    for other in [*page.right_of(segment)[:1], *list(page.below(segment.box, segment.row, lines=_BELOW_LINES))[:1]]:
        if not any(_is_key_end(page.index.words[n].text) for n in other.words):
            return other.words
    return ()


def _candidate(page: PageRows, words: Sequence[int]) -> Candidate:
    text = " ".join(page.index.words[n].text for n in words).strip(" :")
    return Candidate(text, page, tuple(words), _SCORE, "pair")
