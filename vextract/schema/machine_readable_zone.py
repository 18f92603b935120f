"""The machine-readable zone of travel documents: its fields and their check digits.

Source: ICAO Doc 9303, Machine Readable Travel Documents, eighth edition, parts 3 to 6.
"""

import re
from dataclasses import dataclass

__all__ = ["Zone", "read_zone"]

_DIGITS = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_WEIGHTS = (7, 3, 1)
# Per form, by (lines, characters a line): line and slice of number, birth and expiry; the check digit stands right after.
_FORMS = {
    (2, 44): {"number": (1, 0, 9), "birth": (1, 13, 19), "expiry": (1, 21, 27)},
    (2, 36): {"number": (1, 0, 9), "birth": (1, 13, 19), "expiry": (1, 21, 27)},
    (3, 30): {"number": (0, 5, 14), "birth": (1, 0, 6), "expiry": (1, 8, 14)},
}
_NAMES = {"number": "document number", "birth": "date of birth", "expiry": "date of expiry"}


@dataclass(frozen=True, slots=True)
class Zone:
    """What the zone says: number without fillers, dates as YYMMDD, and the fields whose check digit is wrong."""

    number: str
    birth: str
    expiry: str
    wrong: tuple[str, ...]


def read_zone(text: str) -> Zone | None:
    """The zone that the lines hold; None if they are no zone of a passport (2 x 44) or a card (2 x 36, 3 x 30)."""
    lines = [re.sub(r"\s", "", line).upper() for line in text.strip().splitlines() if line.strip()]
    widths = {len(line) for line in lines}
    form = _FORMS.get((len(lines), widths.pop())) if len(widths) == 1 else None
    if form is None or not set("".join(lines)) <= set(_DIGITS):
        return None
    fields = {name: lines[row][start:end] for name, (row, start, end) in form.items()}
    digits = {name: lines[row][end] for name, (row, _, end) in form.items()}
    wrong = tuple(_NAMES[name] for name, value in fields.items() if digits[name] not in _accepted(value))
    return Zone(fields["number"].rstrip("<"), fields["birth"], fields["expiry"], wrong)


def _accepted(field: str) -> set[str]:
    """The check digit: the weighted sum modulo 10. A filler follows an empty field, or a number that goes on elsewhere."""
    digit = sum(_DIGITS[c] * _WEIGHTS[i % 3] for i, c in enumerate(field)) % 10
    return {str(digit), "<"}
