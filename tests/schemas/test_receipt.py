"""Receipts: tax added or contained, tips, cash rounding, change."""

from typing import Any

import pytest

from tests.schemas.ready import messages


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"subtotal": "56.89", "tax": "3.41", "total": "60.30"}, id="tax added"),
        pytest.param({"subtotal": "60.30", "tax": "3.41", "total": "60.30"}, id="tax contained"),
        pytest.param({"subtotal": "20.00", "tax": "1.60", "tip": "4.00", "total": "25.60"}, id="tip"),
        pytest.param({"subtotal": "20.00", "tax": "1.60", "tip": "4.00", "total": "21.60"}, id="tip after the total"),
        pytest.param({"subtotal": "9.41", "tax": "0.57", "total": "10.00"}, id="cash rounding"),
        pytest.param({"subtotal": "9.40", "tax": "0.57", "rounding": "-0.02", "total": "9.95"}, id="printed rounding"),
        pytest.param({"items": [{"amount": "3.50"}, {"amount": "2.60"}], "total": "6.10"}, id="lines"),
        pytest.param(
            {"items": [{"amount": "3.50"}, {"amount": "2.60"}], "discount": "1.10", "total": "5.00"}, id="coupon"
        ),
        pytest.param({"items": [{"quantity": "0.482", "unit_price": "3.99", "amount": "1.92"}]}, id="weight"),
        pytest.param({"tax_lines": [{"rate": 19, "base": "119", "amount": "19"}], "tax": 19}, id="tax of a gross sum"),
        pytest.param({"total": "9.96", "amount_paid": "20", "change": "10.05"}, id="change rounded"),
        pytest.param({"total": "9.95", "amount_paid": "20", "change": "-10.05"}, id="change with a sign"),
        pytest.param({"total": "9.95", "amount_paid": "20"}, id="no change printed"),
    ],
)
def test_sound(data: dict[str, Any]) -> None:
    """Receipts as shops print them raise no alarm."""
    assert messages("receipt", data) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"subtotal": "56.89", "tax": "3.41", "total": "63.30"}, "56.89 + 3.41 = 60.30, printed 63.30"),
        (
            {"items": [{"amount": "3.50"}, {"amount": "2.60"}], "total": "7.10"},
            "add up to the total: 6.10, printed 7.10",
        ),
        ({"items": [{"quantity": 2, "unit_price": "3.50", "amount": "10.50"}]}, "2 × 3.50 = 7, printed 10.50"),
        ({"tax_lines": [{"rate": 19, "base": "119", "amount": "12"}]}, "base times rate is not the tax"),
        ({"tax_lines": [{"amount": "1.20"}, {"amount": "0.30"}], "tax": "1.90"}, "1.50, printed 1.90"),
        ({"total": "9.95", "amount_paid": "20", "change": "11.05"}, "20 - 11.05 = 8.95, printed 9.95"),
        ({"currency": "EUR", "items": [{"amount": "1.234"}]}, "1.234"),
    ],
)
def test_contradictions(data: dict[str, Any], said: str) -> None:
    """Each contradiction is told once, with its figures."""
    found = messages("receipt", data)
    assert len(found) == 1
    assert said in found[0]
