"""Numbers and amounts in running text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.values.amounts import decimal_mark, find_numbers, parse_number


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1,234.50", ["1234.50"]),
        ("1.234,50", ["1234.50"]),
        ("1 234,50", ["1234.50"]),
        ("1'234.50", ["1234.50"]),
        ("1,234", ["1234", "1.234"]),
        ("1,234,567", ["1234567"]),
        ("RM9.00", ["9.00"]),
        ("$.50", ["0.50"]),
        ("(12.00)", ["-12.00"]),
        ("-12.00", ["-12.00"]),
        ("12.00-", ["-12.00"]),
        ("A12", []),
        ("0.125", ["0.125"]),
    ],
)
def test_all_readings_of_a_number(text: str, readings: list[str]) -> None:
    """Marks of thousands and decimals, signs and currencies; letters before digits make a code."""
    assert [str(value) for mention in find_numbers(text) for value in mention.readings] == readings


def test_a_text_is_a_number_or_none() -> None:
    """A currency may stand beside it; a second number or a word may not."""
    assert parse_number("1.234,50 EUR") == Decimal("1234.50")
    assert parse_number("3 x 4.00") is None
    assert parse_number("4.00 altogether") is None


def test_the_decimal_mark_of_a_document() -> None:
    """Sure numbers tell it; whole numbers do not."""
    assert decimal_mark(find_numbers("1,50 and 2.000,25")) == ","
    assert decimal_mark(find_numbers("12 and 13")) is None


@given(st.text("0123456789.,' -()%€$RM\u00a0٣", max_size=40))
def test_any_text(text: str) -> None:
    """No text crashes the search; mentions lie inside the text and mean something."""
    for mention in find_numbers(text):
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.readings


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False))
def test_a_printed_amount_is_read_back(amount: Decimal) -> None:
    """Both conventions give the amount."""
    english = f"{amount:,.2f}"
    assert parse_number(english) == amount
    assert parse_number(english.translate(str.maketrans(",.", ".,"))) == amount
