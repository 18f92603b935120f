"""Two passes merged: nothing lost, nothing read twice, the surer one wins."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vextract.geometry import area, overlap
from vextract.merging import _groups, credible, merge, sureness
from vextract.types import Box, Word


@st.composite
def _words(draw: st.DrawFn) -> list[Word]:
    """Up to six words on a coarse grid, so that they often share ink."""
    words = []
    for _ in range(draw(st.integers(0, 6))):
        x, y = draw(st.integers(0, 6)), draw(st.integers(0, 3))
        width, height = draw(st.integers(0, 4)), draw(st.integers(0, 2))
        text = draw(st.sampled_from(["a", "Word", "7.20", "|", "…", "Straße"]))
        confidence = draw(st.none() | st.integers(0, 100).map(lambda percent: percent / 100))
        words.append(Word(text, Box(x / 10, y / 10, (x + width) / 10, (y + height) / 10), confidence))
    return words


def _shares_ink(a: Word, b: Word) -> bool:
    smaller = min(area(a.box), area(b.box))
    return smaller > 0 and overlap(a.box, b.box) > 0.31 * smaller


@settings(deadline=None)
@given(_words())
def test_nothing_is_lost_where_the_second_pass_is_empty(first: list[Word]) -> None:
    """With no second pass the first stands, word for word and in order."""
    assert merge(first, []) == first


@settings(deadline=None)
@given(_words())
def test_what_the_second_pass_alone_has_must_be_sure(second: list[Word]) -> None:
    """With nothing in the first pass, exactly the words of the second with a confidence from 0.6 on are taken."""
    assert merge([], second) == [word for word in second if (word.confidence or 0) >= 0.6]


@settings(deadline=None)
@given(_words(), _words())
def test_no_ink_is_read_twice(first: list[Word], second: list[Word]) -> None:
    """A word of the second pass that is taken shares no ink with a word of the first that is kept."""
    merged = {id(word) for word in merge(first, second)}
    for mine in first:
        for other in second:
            if id(mine) in merged and id(other) in merged:
                assert not _shares_ink(mine, other)


@settings(deadline=None)
@given(_words(), _words())
def test_every_word_is_in_one_group(first: list[Word], second: list[Word]) -> None:
    """The groups part both passes: every word is in exactly one, and words that share ink are in the same."""
    groups = list(_groups(first, second))
    assert Counter(id(w) for mine, _ in groups for w in mine) == Counter(map(id, first))
    assert Counter(id(w) for _, other in groups for w in other) == Counter(map(id, second))
    home = {id(word): i for i, (mine, other) in enumerate(groups) for word in (*mine, *other)}
    assert all(home[id(a)] == home[id(b)] for a in first for b in second if _shares_ink(a, b))


@settings(deadline=None)
@given(_words(), _words())
def test_groups_are_symmetric(first: list[Word], second: list[Word]) -> None:
    """Which words belong together does not depend on which pass came first."""

    def shape(a: list[Word], b: list[Word]) -> Counter[tuple[frozenset[int], frozenset[int]]]:
        return Counter((frozenset(map(id, mine)), frozenset(map(id, other))) for mine, other in _groups(a, b))

    assert shape(first, second) == Counter((b, a) for a, b in shape(second, first).elements())


@pytest.mark.parametrize(("mine", "other", "wins"), [(0.5, 0.9, "l0st"), (0.9, 0.5, "lost"), (0.7, 0.7, "lost")])
def test_the_surer_reading_of_the_same_ink_wins(mine: float, other: float, wins: str) -> None:
    """Of two readings of one word the surer is taken, the first pass where both are equally sure."""
    [word] = merge([Word("lost", Box(0.1, 0.1, 0.3, 0.2), mine)], [Word("l0st", Box(0.11, 0.1, 0.3, 0.2), other)])
    assert word.text == wins


def test_a_group_is_judged_by_its_letters() -> None:
    """One word against its two halves: the mean over letters decides, and all of one side is taken."""
    whole = [Word("waterfall", Box(0.1, 0.1, 0.5, 0.2), 0.8)]
    halves = [Word("water", Box(0.1, 0.1, 0.3, 0.2), 0.95), Word("fall", Box(0.3, 0.1, 0.5, 0.2), 0.7)]
    assert merge(whole, halves) == halves  # (5 * 0.95 + 4 * 0.7) / 9 = 0.84
    assert merge(halves, whole) == halves


def test_words_side_by_side_are_all_kept() -> None:
    """Boxes that only touch share no ink."""
    left, right = Word("left", Box(0.1, 0.1, 0.3, 0.2), 0.9), Word("right", Box(0.3, 0.1, 0.5, 0.2), 0.9)
    assert merge([left], [right]) == [left, right]


@pytest.mark.parametrize(
    ("text", "confidence", "kept"),
    [
        ("word", 0.2, True),
        ("word", 0.19, False),
        ("word", None, False),
        ("—", 0.99, False),
        ("|_|", 0.99, False),
        ("%", 0.6, True),
        ("%", 0.59, False),
        ("7", 0.2, True),
    ],
)
def test_credible(text: str, confidence: float | None, *, kept: bool) -> None:
    """Unsure words go, signs alone must be quite sure, and what is left of a ruling line goes always."""
    word = Word(text, Box(0, 0, 1, 1), confidence)
    assert credible([word]) == ([word] if kept else [])


def test_sureness_counts_letters() -> None:
    """The mean confidence is weighted by length; signs alone do not count; of nothing it is 0."""
    box = Box(0, 0, 1, 1)
    assert sureness([Word("abc", box, 0.9), Word("d", box, 0.5), Word("--", box, 0.1)]) == pytest.approx(0.8)
    assert sureness([Word("--", box, 0.9)]) == 0
    assert sureness([]) == 0
