"""What a receipt, an invoice and a form consist of, with their sums and the fields to be found in them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Round to two places, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def money(amount: Decimal) -> str:
    """Write an amount as 1,234.50."""
    return f"{amount:,.2f}"


@dataclass(frozen=True)
class Item:
    """A line of a receipt or an invoice."""

    name: str
    quantity: int
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        """Quantity times unit price."""
        return self.quantity * self.unit_price


def make_items(lines: list[tuple[str, int, str]]) -> tuple[Item, ...]:
    """Return items from name, quantity and unit price."""
    return tuple(Item(name, quantity, Decimal(price)) for name, quantity, price in lines)


@dataclass(frozen=True)
class Receipt:
    """A till receipt; tax is added to the subtotal; `tendered` is None for a payment by card."""

    merchant: str
    address: tuple[str, ...]
    number: str
    date: str
    date_printed: str
    time: str
    currency: str
    sign: str
    tax_label: str
    tax_percent: Decimal
    items: tuple[Item, ...]
    payment: str
    tendered: Decimal | None
    thanks: tuple[str, ...]

    @property
    def subtotal(self) -> Decimal:
        """Sum of the items before tax."""
        return sum((item.amount for item in self.items), Decimal(0))

    @property
    def tax(self) -> Decimal:
        """Tax on the subtotal."""
        return cents(self.subtotal * self.tax_percent / 100)

    @property
    def total(self) -> Decimal:
        """What has to be paid."""
        return self.subtotal + self.tax

    def fields(self) -> dict[str, object]:
        """Return what field extraction should find."""
        found: dict[str, object] = {
            "merchant": self.merchant,
            "address": ", ".join(self.address[:2]),
            "receipt_number": self.number,
            "date": self.date,
            "time": self.time,
            "currency": self.currency,
            "items": [
                {"name": i.name, "quantity": i.quantity, "price": float(i.unit_price), "amount": float(i.amount)}
                for i in self.items
            ],
            "subtotal": float(self.subtotal),
            "tax": float(self.tax),
            "total": float(self.total),
            "payment_method": self.payment,
        }
        if self.tendered is not None:
            found |= {"amount_paid": float(self.tendered), "change": float(self.tendered - self.total)}
        return found


@dataclass(frozen=True)
class Invoice:
    """An invoice with one rate of VAT."""

    number: str
    issue_date: str
    due_date: str
    customer_number: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    vat_id: str
    iban: str
    currency: str
    vat_percent: Decimal
    items: tuple[Item, ...]

    @property
    def net(self) -> Decimal:
        """Sum of the items before VAT."""
        return sum((item.amount for item in self.items), Decimal(0))

    @property
    def tax(self) -> Decimal:
        """VAT on the net sum."""
        return cents(self.net * self.vat_percent / 100)

    @property
    def total(self) -> Decimal:
        """What has to be paid."""
        return self.net + self.tax

    def fields(self) -> dict[str, object]:
        """Return what field extraction should find."""
        return {
            "invoice_number": self.number,
            "issue_date": self.issue_date,
            "due_date": self.due_date,
            "customer_number": self.customer_number,
            "seller_name": self.seller[0],
            "buyer_name": self.buyer[0],
            "currency": self.currency,
            "vat_id": self.vat_id,
            "iban": self.iban,
            "net": float(self.net),
            "tax": float(self.tax),
            "total": float(self.total),
            "items": [
                {
                    "position": position,
                    "description": item.name,
                    "quantity": item.quantity,
                    "unit_price": float(item.unit_price),
                    "amount": float(item.amount),
                }
                for position, item in enumerate(self.items, 1)
            ],
        }


def make_iban(country: str, account: str) -> str:
    """Return an IBAN with a right check number for an invented account."""
    digits = "".join(str(int(char, 36)) for char in f"{account}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{account}"


@dataclass(frozen=True)
class Form:
    """A filled-in form; a choice is an option list with the ones that are ticked."""

    title: str
    office: str
    number: str
    person: tuple[tuple[tuple[str, str], ...], ...]
    details: tuple[tuple[str, str], ...]
    choices: tuple[tuple[str, tuple[str, ...], str], ...]
    consents: tuple[tuple[str, bool], ...]
    signed: tuple[tuple[str, str], ...]

    def fields(self) -> dict[str, object]:
        """Return label and value of all that is filled in or ticked."""
        found: dict[str, object] = {"Form number": self.number}
        found |= {label: value for row in self.person for label, value in row}
        found |= dict(self.details)
        found |= {label: chosen for label, _, chosen in self.choices}
        found |= dict(self.consents)
        return found | dict(self.signed)
