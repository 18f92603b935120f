"""Splitting lines: where a word ends is told by white in the picture and by form, and nothing is invented."""

from itertools import accumulate
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.readers._word_splitting import Glyph, needed_gaps, split_line

_CELL = 20  # pixels a character takes; its ink is two strokes, 16 wide together and 24 high
_HEIGHT = 40


def _line(
    text: str, white: dict[int, int] | None = None, spaced: tuple[int, ...] = ()
) -> tuple[list[Glyph], np.ndarray]:
    """Characters as black strokes on white; `white[i]` pixels more before character i, `spaced` those with a space seen before."""
    extra = list(accumulate((white or {}).get(index, 0) for index in range(len(text))))
    width = _CELL * len(text) + extra[-1]
    picture = np.full((_HEIGHT, width), 255, np.uint8)
    glyphs = []
    for index, char in enumerate(text):
        left = index * _CELL + extra[index] + 2
        picture[8:32, left : left + 4] = picture[8:32, left + 12 : left + 16] = 0
        glyphs.append(Glyph(char, (left + 8) / width, 0.9, index in spaced))
    return glyphs, picture


def _words(text: str, white: dict[int, int] | None = None, spaced: tuple[int, ...] = ()) -> list[str]:
    return [piece.text for piece in split_line(*_line(text, white, spaced))]


@pytest.mark.parametrize(
    "text",
    [
        "jane.doe@example.co.uk",
        "https://example.com/a:b",
        "www.example.com",
        "example.com/shop",
        "1,234.56",
        "1.234,56",
        "12/03/2024",
        "2024-03-12",
        "16:42",
        "16:42:07",
        "INV-2024-0317",
        "PO/2024/12",
        "00:1B:44:11:3A:B7",
        "03-40210276",
    ],
)
def test_one_thing_stays_one(text: str) -> None:
    """Addresses, numbers, dates, times and codes are not parted, however wide the gaps within."""
    assert needed_gaps(text)[1:] == [inf] * (len(text) - 1)
    assert _words(text, dict.fromkeys(range(1, len(text)), 40)) == [text]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Street,Town", ["Street,", "Town"]),
        ("Name:John", ["Name:", "John"]),
        ("Café:Über", ["Café:", "Über"]),
        ("no.004718", ["no.", "004718"]),
        ("Invoiceno.004718", ["Invoiceno.004718"]),
        ("18-03-201811:23", ["18-03-2018", "11:23"]),
        ("2018-03-1811:23", ["2018-03-18", "11:23"]),
        ("Mail:info@example.com", ["Mail:", "info@example.com"]),
        ("x,y", ["x,y"]),
        ("No.3", ["No.3"]),
        ("12:30pm", ["12:30pm"]),
        ("U.S.A.", ["U.S.A."]),
        ("don't", ["don't"]),
    ],
)
def test_form_parts_what_is_never_one_word(text: str, words: list[str]) -> None:
    """Without any gap only forms part, and only those that are never printed as one word."""
    assert _words(text) == words


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("57000KL", 5, ["57000", "KL"]),
        ("GARLICFRIED", 6, ["GARLIC", "FRIED"]),
        ("TaxInvoice", 3, ["Tax", "Invoice"]),
        ("DISC(%)", 4, ["DISC", "(%)"]),
        ("GSTID:0021", 6, ["GSTID:", "0021"]),
        ("TSH", 1, ["TSH"]),
        ("TOTAL:", 5, ["TOTAL:"]),
        ("9.50", 2, ["9.50"]),
        ("東京", 1, ["東京"]),
    ],
)
def test_a_wide_gap_parts_but_not_before_a_closing_sign(text: str, at: int, words: list[str]) -> None:
    """A wide white parts letters from letters and digits, never a sign from what it closes, nor one letter."""
    assert _words(text, {at: 12}) == words


def test_evenly_wide_letters_stay_one_word() -> None:
    """Letters set wide apart are not parted: the gap must be wide for this line."""
    assert _words("TOTAL", dict.fromkeys(range(1, 5), 12)) == ["TOTAL"]


def test_light_on_dark_is_split_alike() -> None:
    """White text on black is split like black text on white."""
    glyphs, picture = _line("57000KL", {5: 12})
    assert split_line(glyphs, 255 - picture) == split_line(glyphs, picture)


def test_a_ruled_line_does_not_hide_the_gap() -> None:
    """A line ruled under the words closes no gap between them."""
    glyphs, picture = _line("57000KL", {5: 12})
    picture[33:35] = 0
    assert [piece.text for piece in split_line(glyphs, picture)] == ["57000", "KL"]


def test_a_box_holds_the_ink_of_its_word() -> None:
    """A word's box reaches from its first to its last ink, in fractions of the picture."""
    first, second = split_line(*_line("ABCD", {2: 20}))
    assert (first.x0, first.x1, second.x0, second.x1) == (0.02, 0.38, 0.62, 0.98)
    assert (first.y0, first.y1) == (0.2, 0.8)


def test_a_blank_picture_gives_the_engines_words() -> None:
    """Where no ink is found only the engine's own spaces part."""
    glyphs, picture = _line("abcd", spaced=(2,))
    assert [piece.text for piece in split_line(glyphs, np.full_like(picture, 255))] == ["ab", "cd"]


def test_no_characters_are_no_words() -> None:
    """An empty line has no words."""
    assert split_line([], np.full((40, 100), 255, np.uint8)) == []


_TEXT = st.text(st.characters(blacklist_categories=("Z", "C")), min_size=1, max_size=20)


@given(_TEXT, st.dictionaries(st.integers(1, 19), st.integers(0, 60)), st.sets(st.integers(1, 19)))
def test_characters_and_engine_spaces_are_kept(text: str, white: dict[int, int], spaced: set[int]) -> None:
    """Whatever the gaps: no character is lost, added or moved, every space of the engine parts, boxes stand in order."""
    pieces = split_line(*_line(text, white, tuple(spaced)))
    assert "".join(piece.text for piece in pieces) == text
    ends = set(accumulate(len(piece.text) for piece in pieces))
    assert {index for index in spaced if index < len(text)} <= ends
    assert all(0 <= piece.x0 < piece.x1 <= 1 and 0 <= piece.y0 < piece.y1 <= 1 for piece in pieces)
    assert [piece.x0 for piece in pieces] == sorted(piece.x0 for piece in pieces)


@given(_TEXT)
def test_there_is_one_need_for_each_character(text: str) -> None:
    """Every text has as many needed gaps as characters, none negative."""
    gaps = needed_gaps(text)
    assert len(gaps) == len(text)
    assert min(gaps) >= 0
