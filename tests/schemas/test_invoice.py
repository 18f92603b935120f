"""Invoices: what contradicts itself is told, and sound invoices of many kinds raise no alarm."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.schemas.ready import messages
from vextract.schema.amounts import CENT

SOUND: dict[str, Any] = {
    "currency": "EUR",
    "issue_date": "2024-03-01",
    "due_date": "2024-03-15",
    "items": [
        {"position": "1", "quantity": 3, "unit_price": "15.00", "amount": "45.00"},
        {"position": "2", "quantity": "0.5", "unit_price": "110.00", "amount": "55.00"},
    ],
    "subtotal": "100.00",
    "tax_lines": [{"rate": 19, "base": "100.00", "amount": "19.00"}],
    "tax_total": "19.00",
    "total": "119.00",
    "amount_paid": "19.00",
    "amount_due": "100.00",
    "seller_vat_id": "DE136695976",
    "seller_iban": "DE89 3704 0044 0532 0130 00",
    "seller_siret": "732 829 320 00074",
}
ITEM = {"quantity": 10, "unit_price": "2.00"}


def test_sound() -> None:
    """An invoice whose figures agree raises no alarm."""
    assert messages("invoice", SOUND) == []


@pytest.mark.parametrize("name", SOUND)
def test_a_missing_value_is_no_contradiction(name: str) -> None:
    """Whatever is not found, the rest still agrees."""
    assert messages("invoice", {key: value for key, value in SOUND.items() if key != name}) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"total": "120.00", "amount_due": None}, "100 + 19 = 119, printed 120"),
        ({"subtotal": "101.00"}, "net and tax do not add up"),
        ({"tax_lines": [{"rate": 19, "base": "100.00", "amount": "18.00"}]}, "base times rate is not the tax"),
        ({"tax_lines": [{"amount": "12.00"}, {"amount": "6.00"}]}, "by rate do not add up to the total tax: 18"),
        ({"amount_due": "90.00"}, "not the amount due: 119 - 19 = 100, printed 90"),
        ({"amount_paid": None, "amount_due": "149.00"}, "more is due than the total"),
        ({"items": [{**ITEM, "amount": "20.00"}]}, "the lines do not add up to the subtotal: 20, printed 100"),
        ({"items": [{**ITEM, "amount": "100.00"}]}, "10 × 2 = 20, printed 100"),
        ({"items": [{"amount": "100.005"}]}, "at most 2 decimals: 100.005"),
        ({"items": [{"position": "1"}, {"position": "2"}, {"position": "2"}]}, "the same number: 2"),
        ({"due_date": "2024-02-15"}, "due 2024-02-15, before it was issued: 2024-03-01"),
        ({"seller_vat_id": "DE136695977"}, "VAT id"),
        ({"buyer_vat_id": "DE136695977"}, "VAT id"),
        ({"seller_iban": "DE89 3704 0044 0532 0130 01"}, "IBAN"),
        ({"seller_siret": "7328293200007"}, "14 digits, this one has 13"),
        ({"currency": "JPY", "items": [], "tax_lines": [{"base": "99.50"}]}, "JPY has at most 0 decimals"),
    ],
)
def test_contradictions(change: dict[str, Any], said: str) -> None:
    """Each contradiction is told with its figures."""
    assert any(said in message for message in messages("invoice", {**SOUND, **change}))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"subtotal": "100", "tax_total": "19", "discount_total": "10", "total": "109"}, id="discount"),
        pytest.param({"subtotal": "100", "tax_total": "20", "shipping": "5", "total": "125"}, id="shipping"),
        pytest.param({"subtotal": "100", "tax_total": "8.13", "total": "108.15", "currency": "CHF"}, id="cash step"),
        pytest.param(
            {"subtotal": "119", "tax_total": "19", "total": "119", "tax_lines": [{"rate": 19}]}, id="gross prices"
        ),
        pytest.param(
            {"items": [], "subtotal": "0.62", "tax_total": "0.03", "total": "0.65", "tax_lines": [{"rate": 5}]},
            id="cents",
        ),
        pytest.param(
            {"items": [], "subtotal": "0.62", "tax_total": "0.03", "total": "0.62", "tax_lines": [{"rate": 5}]},
            id="cents, gross prices",
        ),
        pytest.param({"subtotal": "-100", "tax_total": "-19", "total": "-119"}, id="credit note"),
        pytest.param({"items": [{**ITEM, "amount": "18", "discount_rate": 10}]}, id="discount of a line"),
        pytest.param({"items": [{**ITEM, "amount": "23.80", "tax_rate": 19}]}, id="gross amount of a line"),
        pytest.param({"items": [{**ITEM, "unit": "100 pcs", "amount": "0.20"}]}, id="price for a hundred"),
        pytest.param({"items": [{"quantity": "0.33", "unit_price": "100", "amount": "33.33"}]}, id="rounded quantity"),
        pytest.param({"items": [{"quantity": 1000, "unit_price": "0.01", "amount": "12.35"}]}, id="rounded price"),
        pytest.param(
            {"items": [{"amount": "5.95"}, {"amount": "5.95"}], "subtotal": 10, "tax_total": "1.90"}, id="gross lines"
        ),
        pytest.param({"items": [{"amount": "40"}, {}], "subtotal": "100"}, id="a line without amount"),
        pytest.param({"items": [{"position": p} for p in ("1", "2", "1", "2")]}, id="numbers that start over"),
        pytest.param({"total": "100", "amount_due": "60"}, id="a payment that is not printed"),
        pytest.param({"total": "100", "previous_balance": "20", "amount_paid": "0", "amount_due": "120"}, id="balance"),
        pytest.param({"seller_vat_id": "12/345/67890", "seller_iban": "n/a"}, id="other numbers"),
    ],
)
def test_kinds_of_sound_invoices(data: dict[str, Any]) -> None:
    """Discounts, gross prices, rounding and the like are no contradictions."""
    assert messages("invoice", data) == []


@st.composite
def _invoices(draw: st.DrawFn) -> dict[str, Any]:
    cent = Decimal("0.01")
    rate = draw(st.sampled_from([Decimal(r) for r in ("5", "7", "8.1", "19", "20", "25")]))
    lines = draw(st.lists(st.tuples(st.integers(1, 500), st.decimals("0.01", "900", places=2)), min_size=1, max_size=6))
    items = [{"position": str(i), "quantity": q, "unit_price": p, "amount": q * p} for i, (q, p) in enumerate(lines)]
    net = sum((q * p for q, p in lines), Decimal(0))
    tax = (net * rate / 100).quantize(cent, ROUND_HALF_UP)
    return {
        "currency": draw(st.sampled_from(["EUR", "USD", None])),
        "items": items,
        "subtotal": net,
        "tax_lines": [{"rate": rate, "base": net, "amount": tax}],
        "tax_total": tax,
        "total": net + tax,
    }


@given(_invoices())
def test_generated_invoices_are_sound(invoice: dict[str, Any]) -> None:
    """An invoice that was computed raises no alarm."""
    assert messages("invoice", invoice) == []


@given(_invoices(), st.decimals("0.06", "500", places=2), st.sampled_from([1, -1]))
def test_a_changed_total_is_told(invoice: dict[str, Any], change: Decimal, sign: int) -> None:
    """A total that is off by more than rounding raises an alarm, save where it is the subtotal, which may contain the tax."""
    total = invoice["total"] + sign * change
    assume(abs(total - invoice["subtotal"]) > CENT)
    assert messages("invoice", {**invoice, "total": total})
