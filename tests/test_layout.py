"""Reading order: columns, rows and lines come out as a person reads them, and no word is lost."""

import random
import sys
from collections import Counter
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vextract.geometry import turn
from vextract.layout import arrange
from vextract.types import Box, PageRef, Reading, Word

_REF = PageRef("a.png", 1, 1000, 1400)
_unhurried = settings(deadline=None, max_examples=150)
_Placed = tuple[str, float, float]


def _words(*lines: _Placed, height: float = 20, slope: float = 0.0) -> list[Word]:
    """The words of lines (text, x, y of the top, in pixels of the page), set in letters 10 wide; lines sink by `slope`."""
    words = []
    for text, x, y in lines:
        at = x
        for token in text.split(" "):
            right = at + 10 * len(token)
            top = y + slope * (at + right) / 2
            if token:
                words.append(Word(token, Box(at / 1000, top / 1400, right / 1000, (top + height) / 1400)))
            at = right + 10
    return words


def _lines(words: list[Word], rotation: int = 0) -> list[str]:
    return [line.text for line in arrange(Reading(tuple(words), "test", rotation), _REF)]


def _column(texts: list[str], x: float, y: float = 100, leading: float = 30) -> list[_Placed]:
    return [(text, x, y + i * leading) for i, text in enumerate(texts)]


_LEFT = [
    "It was the best of times it was",
    "the worst of times it was the age",
    "of wisdom it was the age of folly",
    "it was the epoch of belief",
]
_RIGHT = [
    "We had everything before us and",
    "we had nothing before us and we",
    "were all going direct to Heaven",
    "we were all going the other way",
]


def test_nothing() -> None:
    """A page without words has no lines."""
    assert _lines([]) == []


def test_columns() -> None:
    """Two columns of running text are read one after the other, below the title over both, before the line under both."""
    title, foot = (
        "A TALE OF TWO CITIES BY CHARLES DICKENS IN ONE VOLUME",
        "Printed for the author and sold at all the booksellers",
    )
    words = _words((title, 230, 40), *_column(_LEFT, 80), *_column(_RIGHT, 520), (foot, 230, 280))
    assert _lines(words) == [title, *_LEFT, *_RIGHT, foot]


def test_columns_are_blocks() -> None:
    """Each column is a block of its own; a gap between paragraphs parts blocks too."""
    words = _words(*_column(_LEFT, 80), *_column(_LEFT, 80, 300), *_column(_RIGHT, 520))
    lines = arrange(Reading(tuple(words), "test"), _REF)
    assert [line.text for line in lines] == [*_LEFT, *_LEFT, *_RIGHT]
    assert [line.block for line in lines] == [0] * 4 + [1] * 4 + [2] * 4


def test_receipt() -> None:
    """The items of a receipt and their prices far to the right stay rows."""
    items = ["Espresso", "Cappuccino large", "Croissant", "Still water", "TOTAL"]
    prices = ["2.40", "3.90", "2.10", "1.80", "10.20"]
    words = _words(*_column(items, 100), *_column(prices, 700))
    assert _lines(words) == [f"{item} {price}" for item, price in zip(items, prices, strict=True)]


def test_form() -> None:
    """The label and the value of a form stand on one line."""
    labels = ["First name:", "Date of birth:", "Street and number:", "Place:"]
    values = ["Ada", "10 December 1815", "12 St James Square", "London"]
    words = _words(*_column(labels, 100), *_column(values, 450))
    assert _lines(words) == [f"{label} {value}" for label, value in zip(labels, values, strict=True)]


def test_table() -> None:
    """The rows of a table of many columns stay rows."""
    rows = [
        ["Item", "Qty", "Price", "Amount"],
        ["Bolt M8", "12", "0.40", "4.80"],
        ["Nut M8", "12", "0.10", "1.20"],
        ["Washer", "24", "0.05", "1.20"],
    ]
    placed = [(cell, 100 + 220 * j, 100 + 30.0 * i) for i, row in enumerate(rows) for j, cell in enumerate(row)]
    assert _lines(_words(*placed)) == [" ".join(row) for row in rows]


@pytest.mark.parametrize("slope", [-0.03, -0.01, 0.01, 0.03])
def test_skewed(slope: float) -> None:
    """Lines of a skewed scan stay whole: both ends of a line are told from its neighbours."""
    texts = [f"{i} this is a line of many words that runs over nearly all of the page {i}" for i in range(8)]
    assert _lines(_words(*_column(texts, 80, 200, leading=28), slope=slope)) == texts
    items, prices = [f"{i} an item of this receipt" for i in range(8)], [f"{i}.00" for i in range(8)]
    words = _words(*_column(items, 80, 200, leading=28), *_column(prices, 880, 200, leading=28), slope=slope)
    assert _lines(words) == [f"{item} {price}" for item, price in zip(items, prices, strict=True)]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turned(rotation: int) -> None:
    """A page that must be turned is read as it is after turning; boxes stay those of the page as given."""
    upright = _words(*_column(_LEFT, 80))
    given_words = [Word(word.text, turn(word.box, -rotation)) for word in upright]
    assert _lines(given_words, rotation) == _LEFT
    lines = arrange(Reading(tuple(given_words), "test", rotation), _REF)
    assert {word for line in lines for word in line.words} == set(given_words)


def test_right_to_left() -> None:
    """A line of Hebrew or Arabic is read from the right, a Latin one beside it from the left."""
    first = [Word(text, Box(x, 0.1, x + 0.08, 0.115)) for text, x in (("שלום", 0.8), ("לכל", 0.7), ("העולם", 0.6))]
    second = [Word(text, Box(x, 0.13, x + 0.08, 0.145)) for text, x in (("Hello", 0.6), ("world", 0.7))]
    assert _lines([*second, *first]) == ["שלום לכל העולם", "Hello world"]


def test_chinese() -> None:
    """Chinese and Japanese words are joined without spaces, Latin words among them keep theirs."""
    line = [
        Word(text, Box(x, 0.1, x + 0.05, 0.115))
        for text, x in (("今日は", 0.1), ("Python", 0.16), ("を", 0.22), ("学ぶ", 0.28))
    ]
    assert _lines(line) == ["今日は Python を学ぶ"]


def test_superscript() -> None:
    """A small raised word belongs to the line it is raised from."""
    words = _words(("The area is 12 m", 100, 100))
    raised = Word("2", Box(0.261, 96 / 1400, 0.268, 110 / 1400))
    assert _lines([*words, raised, *_words(("of garden", 280, 100), ("and a house", 100, 130))]) == [
        "The area is 12 m 2 of garden",
        "and a house",
    ]


_shares = st.one_of(
    st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.500001, 1.0]), st.integers(0, 40).map(lambda n: n / 40)
)
_texts = st.sampled_from(["a", "word", "שלום", "漢字", "12.50", "—"])


@st.composite
def _any_words(draw: st.DrawFn) -> Word:
    """A word anywhere on the page, its box possibly without width or height."""
    x0, x1 = sorted((draw(_shares), draw(_shares)))
    y0, y1 = sorted((draw(_shares), draw(_shares)))
    return Word(draw(_texts), Box(x0, y0, x1, y1), draw(st.none() | st.floats(0, 1)))


@st.composite
def _set_words(draw: st.DrawFn) -> list[Word]:
    """Words on a grid as type setters and OCR give them: columns, shared baselines, ties of all kinds."""
    height = draw(st.sampled_from([0.0, 0.01, 0.02]))
    width = draw(st.sampled_from([0.0, 0.02, 0.05, 0.3]))
    places = st.tuples(st.integers(0, 19), st.integers(0, 24), st.booleans())
    chosen = draw(st.lists(places, max_size=60))
    return [
        Word(f"w{i}", Box(x / 20, y / 25, min(1, x / 20 + width * (1 + 5 * wide)), min(1, y / 25 + height)))
        for i, (x, y, wide) in enumerate(chosen)
    ]


_pages = st.one_of(st.lists(_any_words(), max_size=40), _set_words())


@_unhurried
@given(_pages, st.sampled_from([0, 90, 180, 270]))
def test_no_word_is_lost(words: list[Word], rotation: int) -> None:
    """Whatever the boxes, every word comes out exactly once, no line is empty, and blocks are numbered in order from 0."""
    lines = arrange(Reading(tuple(words), "test", rotation), _REF)
    assert Counter(word for line in lines for word in line.words) == Counter(words)
    assert all(line.words for line in lines)
    blocks = [line.block for line in lines]
    assert blocks == sorted(blocks)
    assert set(blocks) == set(range(max(blocks) + 1)) if blocks else not words


@_unhurried
@given(_pages, st.randoms(use_true_random=False))
def test_order_of_words_plays_no_part(words: list[Word], chance: random.Random) -> None:
    """Readers may give their words in any order: the lines are the same."""
    shuffled = list(words)
    chance.shuffle(shuffled)
    assert arrange(Reading(tuple(shuffled), "test"), _REF) == arrange(Reading(tuple(words), "test"), _REF)


def test_heading_beside_a_column() -> None:
    """A wide line exactly level with the first line of a column is not lost in the gutter that it crosses."""
    wide = Word("wide", Box(0.42, 140 / 1400, 0.6, 160 / 1400))
    words = _words(*_column(_LEFT, 20, 140, 30), *_column(_RIGHT, 520, 140, 30))
    assert "wide" in " ".join(_lines([wide, *words])).split()


def _calls(words: list[Word], height_px: int) -> int:
    """How many functions are called to arrange the words."""
    count = 0

    def count_call(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        del frame, argument
        count += event in ("call", "c_call")

    reading, ref = Reading(tuple(words), "test"), PageRef("a.png", 1, 1000, height_px)
    before = sys.getprofile()
    sys.setprofile(count_call)
    try:
        arrange(reading, ref)
    finally:
        sys.setprofile(before)
    return count


def _scattered(count: int, height_px: int) -> list[Word]:
    chance = random.Random(count)
    places = [(chance.random() * 0.9, chance.random() * (1 - 20 / height_px)) for _ in range(count)]
    return [Word("word", Box(x, y, x + 0.05, y + 20 / height_px)) for x, y in places]


def test_effort_grows_with_the_page() -> None:
    """Four times as many words on a page four times as long take some four times the steps, not sixteen times."""
    small = _calls(_scattered(750, 2500), 2500)
    large = _calls(_scattered(3000, 10_000), 10_000)
    assert large < 6 * small
    assert large < 3000 * 3000
