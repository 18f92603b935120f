"""Amounts: exact, bounded, and compared the way bookkeepers round."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.schemas.ready import messages
from vextract.schema.amounts import Amount, adds_up, cash_step, decimals_allowed, known_sum, shown

_figures = st.decimals(-(10**18) + 1, 10**18 - 1, places=4) | st.decimals("-1", "1", places=18)


@pytest.mark.parametrize("garbage", ["1e18", "1e999999", "-1e-31", "NaN", "Infinity"])
def test_no_figure(garbage: str) -> None:
    """What no paper prints as a figure is no amount."""
    with pytest.raises(ValidationError):
        TypeAdapter(Amount).validate_python(garbage)


@given(st.tuples(*[_figures] * 5), st.sampled_from(["EUR", "JPY", "CHF", "TND", "nonsense", None]))
def test_any_figures_can_be_checked(figures: tuple[Decimal, ...], currency: Any) -> None:
    """No figures, however odd, break a check."""
    a, b, c, d, e = figures
    lines = {
        "items": [{"quantity": a, "unit_price": b, "amount": c}],
        "tax_lines": [{"rate": d, "base": e, "amount": a}],
    }
    sums = {"currency": currency, "subtotal": a, "total": c, "amount_paid": d}
    messages("invoice", {**lines, **sums, "tax_total": b, "amount_due": e})
    messages("receipt", {**lines, **sums, "tax": b, "change": e})
    messages(
        "nutrition", {"per_100": {"energy_kj": a, "energy_kcal": b, "fat_g": c, "carbohydrate_g": d, "protein_g": e}}
    )


@pytest.mark.parametrize(
    ("figure", "text"), [("60.3", "60.30"), ("1E+3", "1000"), ("100.005", "100.005"), ("-0.5", "-0.50"), ("0", "0")]
)
def test_shown(figure: str, text: str) -> None:
    """Figures are shown as people print them."""
    assert shown(Decimal(figure)) == text


def test_adds_up() -> None:
    """Any of the extras may count, none need."""
    assert adds_up(Decimal(100), Decimal(95), [Decimal(10), Decimal(-5), None])
    assert not adds_up(Decimal(100), Decimal(96), [Decimal(10), Decimal(-5), None])


def test_known_sum() -> None:
    """A part that is missing makes the sum unknown."""
    assert known_sum([Decimal(1), Decimal(2)]) == 3
    assert known_sum([Decimal(1), None]) is None
    assert known_sum([]) is None


@pytest.mark.parametrize(
    ("currency", "step", "decimals"), [("EUR", "0.01", 2), ("CHF", "0.05", 2), ("JPY", "1", 0), ("?", "0.01", None)]
)
def test_currencies(currency: str, step: str, decimals: int | None) -> None:
    """Decimals and cash steps are those of the currency."""
    assert cash_step(currency) == Decimal(step)
    assert decimals_allowed(currency) == decimals
