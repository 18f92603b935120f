"""Values by their kind: what of a printed text is the value that a field asks for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from vextract.schema.fields import FieldSpec
from vextract.values.amounts import Mark, find_numbers
from vextract.values.currencies import find_currencies
from vextract.values.dates import find_dates, find_times

__all__ = ["Conventions", "Value", "is_code", "values"]

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URI = re.compile(r"(?:https?://|www\.)[^\s,;]+[^\s,;.)]")
_PHONE = re.compile(r"(?<![\w])\+?\(?\d[\d\s()./-]{5,20}\d(?!\w)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,4})?\b")
_BIC = re.compile(r"\b[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\b")
_VAT_ID = re.compile(r"\b[A-Z]{2}\s?(?:[0-9A-Z]\s?){2,3}(?:[0-9A-Z][\s.]?){5,10}[0-9A-Z]\b")
_FORMS = {"email": _EMAIL, "uri": _URI, "phone": _PHONE, "iban": _IBAN, "bic": _BIC, "vat-id": _VAT_ID}
# A code has a digit, and no blank but between groups of digits or capitals.
_CODE = re.compile(r"[A-Za-z0-9#][A-Za-z0-9/_.\-–#()]*[A-Za-z0-9)]|[0-9]+")
_CODE_NAMES = re.compile(
    r"(?:^|[_\s.])(?:number|no|nr|num|id|code|reference|ref|iban|bic|siret|sku|account)$", re.IGNORECASE
)
_SURE_CHOICE = 88
_SHORTEST_CODE = 2
_LONGEST_TEXT = 160
_LONGEST_VAT_ID = 14


@dataclass(frozen=True, slots=True)
class Conventions:
    """How the document writes: day before month, and its decimal mark; None where it does not tell."""

    day_first: bool | None = None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A value in a text: `text[start:end]`, as JSON has it; `fit` says how well it suits the field, 0..1."""

    value: object
    start: int
    end: int
    fit: float = 1.0


def is_code(spec: FieldSpec) -> bool:
    """Whether a text field holds a number or code rather than words, judged by its name."""
    return spec.kind == "text" and bool(_CODE_NAMES.search(spec.name))


def values(text: str, spec: FieldSpec, how: Conventions) -> Iterator[Value]:
    """The values of the field's kind in the text, in order. For free text it is the whole."""
    if spec.kind in ("number", "integer"):
        yield from _numbers(text, spec, how)
    elif spec.kind in ("date", "datetime"):
        yield from _dates(text, how)
    elif spec.kind == "time":
        for start, end, clock in find_times(text):
            yield Value(clock.isoformat(), start, end)
    elif spec.choices:
        yield from _choices(text, spec)
    elif spec.kind in ("text", "any"):
        yield from _texts(text, spec)


def _numbers(text: str, spec: FieldSpec, how: Conventions) -> Iterator[Value]:
    dates = [(m.start, m.end) for m in find_dates(text)]
    for mention in find_numbers(text):
        if any(start < mention.end and mention.start < end for start, end in dates):
            continue
        number = mention.read(how.mark)
        if spec.kind == "integer":
            if number == number.to_integral_value():
                yield Value(int(number), mention.start, mention.end)
            continue
        percent_wanted = bool(re.search(r"rate|percent|%", f"{spec.name} {spec.title}", re.IGNORECASE))
        fit = 1.0 if mention.decimals else 0.6
        if number == 0 and text[mention.start : mention.end].strip() not in ("0", "0.00", "0,00"):
            fit = 0.2  # what is left of a longer number
        if mention.percent != percent_wanted:
            fit *= 0.3 if mention.percent else 0.9
        whole = number == number.to_integral_value()
        yield Value(int(number) if whole and not mention.decimals else float(number), mention.start, mention.end, fit)


def _dates(text: str, how: Conventions) -> Iterator[Value]:
    for mention in find_dates(text):
        # Where the document does not tell, the day comes first, as in most countries; the doubt lowers the fit.
        sure = len(mention.readings) == 1 or how.day_first is not None
        day = mention.read(day_first=how.day_first is not False)
        yield Value(day.isoformat(), mention.start, mention.end, 1.0 if sure else 0.8)


def _choices(text: str, spec: FieldSpec) -> Iterator[Value]:
    plain = {choice: choice.replace("_", " ").casefold() for choice in spec.choices}
    best = process.extractOne(text.casefold(), plain, scorer=fuzz.ratio, score_cutoff=_SURE_CHOICE)
    if best is None:
        words = re.compile("|".join(rf"\b{re.escape(p)}\b" for p in sorted(plain.values(), key=len, reverse=True)))
        match = words.search(text.casefold())
        if match:
            yield Value(next(c for c, p in plain.items() if p == match[0]), match.start(), match.end())
    else:
        yield Value(best[2], 0, len(text), best[1] / 100)


def _texts(text: str, spec: FieldSpec) -> Iterator[Value]:
    form = spec.format or ""
    if form == "currency":
        for start, end, code in find_currencies(text):
            yield Value(code, start, end)
    elif form in _FORMS:
        for match in _FORMS[form].finditer(text):
            if _valid(match[0], form) and not (form == "vat-id" and _is_account(text, match.start())):
                yield Value(_tidy(match[0], form), match.start(), match.end())
    elif spec.pattern and (found := re.search(spec.pattern.strip("^$"), text)):
        yield Value(found[0], found.start(), found.end())
    elif is_code(spec):
        yield from _codes(text)
    else:
        stripped = text.strip(" :;,-–|*#=>.")
        if stripped and len(stripped) <= _LONGEST_TEXT and any(c.isalnum() for c in stripped):
            start = text.index(stripped)
            yield Value(stripped, start, start + len(stripped), 0.9)


def _is_account(text: str, start: int) -> bool:
    """Whether an IBAN begins there, right or wrong; VAT ids are shorter."""
    match = _IBAN.match(text, start)
    return bool(match and len(_tidy(match[0], "iban")) > _LONGEST_VAT_ID)


def _codes(text: str) -> Iterator[Value]:
    """The first number or code in the text."""
    for match in _CODE.finditer(_blanked(text)):
        if any(c.isdigit() for c in match[0]) and len(match[0]) >= _SHORTEST_CODE:
            lead = len(match[0]) - len(match[0].lstrip("#"))
            yield Value(match[0][lead:], match.start() + lead, match.end())
            return


def _blanked(text: str) -> str:
    """The text with remarks in brackets, and dates, blanked: neither is the code of a "Rechnung (380) Nr. R18-31 vom 3.10.2018"."""
    text = re.sub(r"(?<!\w)\([^)]*\)", lambda m: " " * len(m[0]), text)
    for mention in find_dates(text):
        if any(not c.isdigit() for c in text[mention.start : mention.end]) and text[
            mention.start - 1 : mention.start
        ] in ("", " "):
            text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
    return text


def _valid(text: str, form: str) -> bool:
    if form == "phone":
        return 6 <= sum(c.isdigit() for c in text) <= 15 and not find_dates(text)
    if form == "iban":
        from stdnum import iban

        return bool(iban.is_valid(text))
    if form == "bic":
        from stdnum import bic

        return bool(bic.is_valid(text))
    if form == "vat-id":
        return sum(c.isdigit() for c in text) >= 5
    return True


def _tidy(text: str, form: str) -> str:
    if form in ("iban", "vat-id"):
        return re.sub(r"[\s.]", "", text)
    return " ".join(text.split())
