"""Telling the language of a text: only where it can be told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vextract.language import language_of

ENGLISH = (
    "The old ferry is back on the river, and crosses it every half hour between six in the morning and ten at night."
)
GERMAN = "Die alte Fähre fährt wieder auf dem Fluss, jede halbe Stunde zwischen sechs Uhr morgens und zehn Uhr abends."
FRENCH = "Le vieux bac est de retour sur la rivière et la traverse toutes les demi-heures, du matin jusqu'au soir."
JAPANESE = (
    "古い渡し船が川に戻ってきました。朝六時から夜十時まで、三十分ごとに川を渡ります。自転車は平日無料で運ばれます。" * 2
)


@pytest.mark.parametrize(("text", "code"), [(ENGLISH, "en"), (GERMAN, "de"), (FRENCH, "fr"), (JAPANESE, "ja")])
def test_running_text(text: str, code: str) -> None:
    """A few lines of running text have their ISO 639 code."""
    assert language_of(text) == code


def test_line_breaks_and_numbers_change_nothing() -> None:
    """How the text is set does not matter."""
    assert language_of(ENGLISH.replace(" ", "\n") + " 12.50 93.32 / 4,718") == "en"


@pytest.mark.parametrize("text", ["", "Total 93.32", "TEL (555) 555-0142", "12 34 56 " * 40, ENGLISH[:50]])
def test_short_texts_have_none(text: str) -> None:
    """Under 60 letters the language is unknown, however many digits there are."""
    assert language_of(text) is None


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Whatever the text, the answer is a short code of small letters or None."""
    code = language_of(text)
    assert code is None or (2 <= len(code) <= 3 and code.islower())
