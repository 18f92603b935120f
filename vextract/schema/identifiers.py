"""Checks of numbers that carry their own check digits or have a fixed length. A misprinted one is reported, never refused."""

import re
from collections.abc import Iterator

from vextract.schema.checks import Inconsistency

__all__ = ["check_iban", "check_siret", "check_vat_id"]

_EUROPEAN_SIGNS = re.compile(r"[\s.\-/]")


def check_iban(pointer: str, number: str | None) -> Iterator[Inconsistency]:
    """The check digits of an IBAN agree with the rest of it (ISO 7064, modulo 97)."""
    from stdnum import iban
    from stdnum.exceptions import ValidationError

    compact = _EUROPEAN_SIGNS.sub("", number or "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{6,30}", compact):
        return
    try:
        iban.validate(compact, check_country=False)
    except ValidationError:
        yield Inconsistency(f"no valid IBAN: its check digits or its length are wrong: {number}", (pointer,))


def check_vat_id(pointer: str, number: str | None) -> Iterator[Inconsistency]:
    """The check digit of a VAT id of the European Union agrees with the rest of it; numbers without a prefix are left alone."""
    from stdnum.eu import vat
    from stdnum.exceptions import InvalidChecksum

    compact = _EUROPEAN_SIGNS.sub("", number or "").upper()
    try:
        vat.validate(compact)
    except InvalidChecksum:
        yield Inconsistency(f"no valid VAT id: its check digit is wrong: {number}", (pointer,))
    except ValueError:
        pass  # not the form of any VAT id: misread rather than misprinted


def check_siret(pointer: str, number: str | None) -> Iterator[Inconsistency]:
    """A SIRET has 14 digits. Its check digit is left alone: made-up and old numbers that break it are in wide use."""
    digits = _EUROPEAN_SIGNS.sub("", number or "")
    if digits.isdecimal() and len(digits) != 14:
        yield Inconsistency(f"a SIRET has 14 digits, this one has {len(digits)}: {number}", (pointer,))
