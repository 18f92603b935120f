"""Sums of money in schemas: exact inside, plain numbers in JSON, and compared the way bookkeepers round.

Nothing here reads or rounds a printed figure; it says whether figures that were read can belong together.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Annotated

from pydantic import AfterValidator, PlainSerializer

__all__ = [
    "CENT",
    "Amount",
    "adds_up",
    "cash_slack",
    "cash_step",
    "close",
    "decimals_allowed",
    "is_multiple",
    "known_sum",
    "rounding",
    "shown",
]

CENT = Decimal("0.01")
_HALF = Decimal("0.5")
_WHOLE_DIGITS, _DECIMALS = 18, 30  # decimals: a number that went through binary floating point may have many


def _plausible(figure: Decimal) -> Decimal:
    exponent = figure.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_DECIMALS or (figure and figure.adjusted() >= _WHOLE_DIGITS):
        raise ValueError(f"a figure has at most {_WHOLE_DIGITS} digits before its point and {_DECIMALS} after it")
    return figure


Amount = Annotated[Decimal, AfterValidator(_plausible), PlainSerializer(float, return_type=float, when_used="json")]
"""A sum of money or another exact figure: a Decimal inside, a number in JSON; below 10^18."""


def close(a: Decimal, b: Decimal, tolerance: Decimal = CENT) -> bool:
    """Whether two amounts differ by no more than the tolerance."""
    return abs(a - b) <= tolerance


def adds_up(start: Decimal, target: Decimal, extras: Sequence[Decimal | None], tolerance: Decimal = CENT) -> bool:
    """Whether the target is the start plus any of the signed extras: papers differ in which of them a subtotal contains."""
    known = [extra for extra in extras if extra]
    chosen = (subset for count in range(len(known) + 1) for subset in combinations(known, count))
    return any(close(start + sum(subset), target, tolerance) for subset in chosen)


def known_sum(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; None where there is nothing to add, or a part is missing."""
    parts = list(values)
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(parts) else None


def rounding(figure: Decimal) -> Decimal:
    """By how much the true value may differ from a printed one: half a unit of its last place, half a cent at most."""
    exponent = figure.as_tuple().exponent
    places = exponent if isinstance(exponent, int) else 0
    return _HALF.scaleb(min(places, -2))


def decimals_allowed(currency: str | None) -> int | None:
    """How many decimals an amount of that currency (ISO 4217) has: 2 for EUR, 0 for JPY; None for an unknown currency."""
    from babel.numbers import get_currency_precision, is_currency

    return get_currency_precision(currency) if currency and is_currency(currency) else None


def cash_step(currency: str | None) -> Decimal:
    """The smallest step in which the currency is paid in cash, as CLDR has it: 0.05 for CHF, 1 for SEK; 0.01 if unknown."""
    from babel.core import get_global

    fractions = get_global("currency_fractions")
    _, _, places, step = fractions.get(currency or "", fractions["DEFAULT"])
    return Decimal(step or 1).scaleb(-int(places))


def cash_slack(total: Decimal | None, currency: str | None) -> Decimal:
    """How far rounding may carry a total: half a step where it is a round sum of a currency that is paid in steps, else a cent."""
    step = cash_step(currency)
    return max(CENT, step / 2) if total is not None and is_multiple(total, step) else CENT


def is_multiple(figure: Decimal, step: Decimal) -> bool:
    """Whether the figure is a whole number of steps."""
    return figure / step == (figure / step).to_integral_value()


def shown(figure: Decimal) -> str:
    """The figure as people print it: 60.3 as "60.30", 1000 as "1000"."""
    exponent = figure.as_tuple().exponent
    if figure == figure.to_integral_value():
        return f"{figure:.0f}"
    return f"{figure:.2f}" if isinstance(exponent, int) and exponent > -2 else f"{figure:f}"
