"""Checks that several kinds of paper share: lines of goods, tax, decimals. All stay silent where a figure is missing."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from vextract.schema.amounts import CENT, adds_up, close, decimals_allowed, is_multiple, known_sum, rounding, shown
from vextract.schema.checks import Inconsistency

__all__ = [
    "GoodsLine",
    "TaxFigures",
    "check_decimals",
    "check_goods",
    "check_line_sum",
    "check_positions",
    "check_tax",
    "units_priced",
]

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """One line of goods: `per` is how many units the price is for, `discounts` are percentages and sums, as far as known."""

    pointer: str
    quantity: Decimal | None
    unit_price: Decimal | None
    amount: Decimal | None
    per: Decimal = Decimal(1)
    discount_rate: Decimal | None = None
    discount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TaxFigures:
    """One rate of tax: `rate` in percent, what it is taken of, and how much it is."""

    pointer: str
    rate: Decimal | None
    base: Decimal | None
    amount: Decimal | None


def check_goods(line: GoodsLine, rates: Iterable[Decimal | None]) -> Iterator[Inconsistency]:
    """Quantity times unit price is the amount: before or after the line's discount, before or after tax at one of the rates."""
    if line.quantity is None or line.unit_price is None or line.amount is None:
        return
    product = abs(line.quantity * line.unit_price)
    slack = rounding(line.unit_price) * abs(line.quantity) + CENT
    if line.quantity != line.quantity.to_integral_value():
        slack += rounding(line.quantity) * abs(line.unit_price)  # 0.33 hours may be twenty minutes
    factors = [1 + rate / _HUNDRED for rate in rates if rate is not None and abs(rate) < _HUNDRED]
    for price in _discounted(line, product, line.per) + _discounted(line, product, Decimal(1)):
        for factor in (Decimal(1), *factors):
            if close(price * factor, abs(line.amount), slack) or close(price / factor, abs(line.amount), slack):
                return
    yield Inconsistency(
        f"quantity times unit price is not the amount of the line: {shown(line.quantity)} × {shown(line.unit_price)} "
        f"= {shown(line.quantity * line.unit_price / line.per)}, printed {shown(line.amount)}",
        tuple(f"{line.pointer}/{name}" for name in ("quantity", "unit_price", "amount")),
    )


def _discounted(line: GoodsLine, product: Decimal, per: Decimal) -> list[Decimal]:
    """The prices that the line may print: without its discount and with it."""
    price = product / per
    prices = [price]
    if line.discount_rate is not None:
        prices.append(price * (1 - abs(line.discount_rate) / _HUNDRED))
    if line.discount is not None:
        prices += [price - abs(line.discount), price - abs(line.discount) * abs(line.quantity or Decimal(1))]
    return prices


def check_tax(
    lines: Sequence[TaxFigures],
    total: Decimal | None,
    total_pointer: str,
    *,
    gross_base: bool = False,
    line_count: int = 0,
) -> Iterator[Inconsistency]:
    """Base times rate is the tax, and the taxes of all rates add up to the total tax.

    Args:
        lines: the tax by rate.
        total: the tax as a whole.
        total_pointer: where the tax as a whole is.
        gross_base: the base may contain the tax, as on receipts.
        line_count: how many lines of goods there are: where tax is rounded on each, the sum may be off by half a cent a line.
    """
    slack = CENT + CENT / 2 * line_count
    for line in lines:
        if line.rate is None or line.base is None or line.amount is None:
            continue
        expected = line.base * line.rate / _HUNDRED
        contained = line.base * line.rate / (_HUNDRED + line.rate) if gross_base and line.rate > 0 else expected
        if not close(expected, line.amount, slack) and not close(contained, line.amount, slack):
            yield Inconsistency(
                f"base times rate is not the tax: {shown(line.rate)} % of {shown(line.base)} = {expected:.2f}, "
                f"printed {shown(line.amount)}",
                tuple(f"{line.pointer}/{name}" for name in ("rate", "base", "amount")),
            )
    added = known_sum(line.amount for line in lines)
    if added is not None and total is not None and not close(added, total, CENT / 2 * (len(lines) + 1)):
        yield Inconsistency(
            f"the taxes by rate do not add up to the total tax: {shown(added)}, printed {shown(total)}",
            (total_pointer, *(f"{line.pointer}/amount" for line in lines)),
        )


def check_decimals(currency: str | None, amounts: Iterable[tuple[str, Decimal | None]]) -> Iterator[Inconsistency]:
    """No amount, given with its pointer, has more decimals than its currency."""
    allowed = decimals_allowed(currency)
    for pointer, amount in amounts if allowed is not None else ():
        if allowed is not None and amount is not None and not is_multiple(amount, Decimal(1).scaleb(-allowed)):
            yield Inconsistency(f"an amount in {currency} has at most {allowed} decimals: {shown(amount)}", (pointer,))


def check_positions(positions: Sequence[str | None]) -> Iterator[Inconsistency]:
    """No number of a line comes twice, unless the count starts over, as on a paper for several deliveries."""
    first = next((position for position in positions if position), None)
    seen: dict[str, int] = {}
    before = None
    for i, position in enumerate(positions):
        if not position:
            continue
        if position == first and before != first:
            seen.clear()
        if position in seen:
            pointers = (f"/items/{seen[position]}/position", f"/items/{i}/position")
            yield Inconsistency(f"two lines have the same number: {position}", pointers)
        seen[position] = i
        before = position


def units_priced(unit: str | None) -> Decimal:
    """How many units a price is for: 100 for the unit "100 pcs", else 1."""
    count = re.match(r"\s*(?:per |je |pro |par |/ ?)?(1\d*0)\b", unit or "", re.IGNORECASE)
    return Decimal(count[1]) if count else Decimal(1)


def check_line_sum(
    amounts: Sequence[Decimal | None],
    targets: Sequence[tuple[str, Decimal | None]],
    tax: Decimal | None,
    extras: Sequence[Decimal | None],
    slack: Decimal,
) -> Iterator[Inconsistency]:
    """The amounts of all lines add up to one of the targets, each a field's name and value: papers have net and gross lines.

    Args:
        amounts: of the lines under /items; unless all are known, nothing is checked.
        targets: what they may add up to; the first that is known is told as missed.
        tax: the total tax, which may lie between the lines and the target.
        extras: what else may.
        slack: how far rounding may carry the target; half a cent a line comes on top.
    """
    added = known_sum(amounts)
    known = [(name, target) for name, target in targets if target is not None]
    if added is None or not known:
        return
    slack += CENT / 2 * len(amounts)
    starts = {added, added + (tax or 0), added - (tax or 0)}
    if any(adds_up(start, target, extras, slack) for start in starts for _, target in known):
        return
    name, target = known[0]
    yield Inconsistency(
        f"the lines do not add up to the {name}: {shown(added)}, printed {shown(target)}",
        (f"/{name}", *(f"/items/{i}/amount" for i in range(len(amounts)))),
    )
