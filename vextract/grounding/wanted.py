"""A value that is looked for, in all the forms that paper may give it."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from vextract.values.amounts import parse_number
from vextract.values.dates import parse_date

__all__ = ["Wanted", "wanted"]

# How JSON writes a date, whatever the page does.
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One leaf of the data.

    Attributes:
        pointer: where it stands in the data (RFC 6901).
        texts: the value as text, the form as given first.
        number: the number that it is, if it is one.
        day: the date that it is, if it is one.
        typed: it came as a number or a date, not as text, so that the page may print it in any form.
        label: what the data calls it: the key nearest to it that is a name.
    """

    pointer: str
    texts: tuple[str, ...]
    number: Decimal | None = None
    day: date | None = None
    typed: bool = False
    label: str = ""

    @property
    def decimals(self) -> bool:
        """Whether it is a number given with decimals."""
        return self.number is not None and int(self.number.as_tuple().exponent) < 0

    @property
    def numeric(self) -> bool:
        """Whether it is a number and nothing else."""
        return self.number is not None


def wanted(pointer: str, value: object, label: str = "") -> Wanted | None:
    """The leaf as it is looked for; None for values that say nothing of what is printed (null, empty text)."""
    match value:
        case None | "":
            return None
        case bool():
            return Wanted(pointer, ("yes", "true") if value else ("no", "false"), label=label)
        case int() | float() | Decimal():
            return Wanted(pointer, (str(value),), number=_number(value), typed=True, label=label)
        case date():
            return Wanted(pointer, (value.isoformat(),), day=value, typed=True, label=label)
        case _:
            text = str(value)
            day = parse_date(text)
            number = parse_number(text) if day is None else None
            return Wanted(pointer, (text,), number, day, typed=bool(_ISO.fullmatch(text.strip())), label=label)


def _number(value: float | Decimal) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
