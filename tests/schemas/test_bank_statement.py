"""Bank statements: the bookings lead from one balance to the other."""

from typing import Any

import pytest

from tests.schemas.ready import messages

SOUND: dict[str, Any] = {
    "currency": "EUR",
    "iban": "DE89370400440532013000",
    "period_start": "2024-01-01",
    "period_end": "2024-01-31",
    "opening_balance": "100.00",
    "transactions": [
        {"date": "2024-01-02", "amount": "-30.50", "balance": "69.50"},
        {"date": "2024-01-05", "amount": "1000.00", "balance": "1069.50"},
        {"date": "2024-01-09", "amount": "-0.50", "balance": "1069.00"},
    ],
    "closing_balance": "1069.00",
}


def test_sound() -> None:
    """Balances that follow raise no alarm, the newest booking first or last."""
    assert messages("bank_statement", SOUND) == []
    assert messages("bank_statement", {**SOUND, "transactions": SOUND["transactions"][::-1]}) == []


@pytest.mark.parametrize("name", SOUND)
def test_a_missing_value_is_no_contradiction(name: str) -> None:
    """Whatever is not found, the rest still agrees."""
    assert messages("bank_statement", {key: value for key, value in SOUND.items() if key != name}) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"closing_balance": "1000.00"}, "100 + 969 = 1069, printed 1000"),
        (
            {"transactions": [*SOUND["transactions"][:2], {"amount": "-0.50", "balance": "1070"}]},
            "1069.50 + -0.50 = 1069",
        ),
        ({"period_end": "2023-01-31"}, "ends before it starts"),
        ({"iban": "DE89370400440532013001"}, "IBAN"),
        ({"opening_balance": None, "closing_balance": "1.005"}, "1.005"),
    ],
)
def test_contradictions(change: dict[str, Any], said: str) -> None:
    """Each contradiction is told once, with its figures."""
    found = messages("bank_statement", {**SOUND, **change})
    assert len(found) == 1
    assert said in found[0]
