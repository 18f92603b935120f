"""Whether two values are the same, as tolerantly as their kind allows, and how alike two texts are.

It never guesses what is ambiguous: 01/03/2024 is text, not a date.
"""

import json
import math
import re
import unicodedata
from datetime import datetime, time
from functools import lru_cache
from typing import Literal

from vextract.schema.fields import FieldSpec

__all__ = ["LeafKind", "Shape", "kind_of", "normalized", "number", "same", "shape_of", "text_similarity"]

LeafKind = Literal["text", "code", "choice", "number", "boolean", "date", "datetime", "time"]
Shape = Literal["null", "object", "list", "scalar"]

_BY_SPEC: dict[str, LeafKind] = {
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
}
# Printed in groups or not, as the page likes; only letters and digits count.
_CODES = frozenset({"iban", "bic", "vat-id", "phone"})
_ABSOLUTE = 0.005
_RELATIVE = 1e-9
# Half a cent is a float that may lie a hair above 0.005.
_ROUNDING = 1e-12
_LONGEST_NUMBER = 100
_STRIPPED_CATEGORIES = frozenset({"Pd", "Ps", "Pe", "Pi", "Pf"})
_STRIPPED = frozenset(".,;:!?'\"…·•*_|/\\")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?P<time>[T ]\d{2}:\d{2}.*)?")
_WHOLE = re.compile(r"[+-]?\d+")
_POINT = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+(?:\.\d*)?e[+-]?\d+)", re.IGNORECASE)
_GROUPS_THEN_POINT = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d{1,3}(?:[ '’]\d{3})+(?:\.\d+)?")
_GROUPS_THEN_COMMA = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:\.\d{3}){2,}|[+-]?\d{1,3}(?: \d{3})+,\d+")
_COMMA = re.compile(r"[+-]?\d+,(?:\d{1,2}|\d{4,})")


def shape_of(value: object) -> Shape:
    """What a value is made of. Blank text, an empty list and an empty object are null: nothing is there."""
    if isinstance(value, str):
        return "null" if not value or value.isspace() else "scalar"
    if isinstance(value, dict):
        return "object" if value else "null"
    if isinstance(value, list):
        return "list" if value else "null"
    return "null" if value is None else "scalar"


def kind_of(wanted: object, spec: FieldSpec | None) -> LeafKind:
    """How a true value is compared: as the schema says, else by the type of the value itself."""
    if spec is not None and (kind := _kind_by_spec(wanted, spec)):
        return kind
    if isinstance(wanted, bool):
        return "boolean"
    if isinstance(wanted, (int, float)):
        return "number"
    if _moment(wanted) is not None:
        return "datetime" if len(str(wanted)) > len("2024-03-01") else "date"
    return "text"


def same(wanted: object, got: object, kind: LeafKind) -> bool:
    """Whether both say the same; neither is null. A list or an object is never the same as a single value."""
    if isinstance(wanted, (list, dict)) or isinstance(got, (list, dict)):
        return False
    if kind == "boolean" or isinstance(wanted, bool) or isinstance(got, bool):
        return type(wanted) is type(got) and wanted == got
    match kind:
        case "number":
            agree = _same_number(wanted, got)
        case "date" | "datetime":
            agree = _same_moment(wanted, got, whole_days=kind == "date")
        case "time":
            agree = _same_time(wanted, got)
        case "choice":
            return wanted == got
        case "code":
            return _code(_text(wanted)) == _code(_text(got))
        case "text":
            agree = _same_mixed(wanted, got)
    return _same_text(wanted, got) if agree is None else agree


def text_similarity(wanted: object, got: object) -> float:
    """One term of ANLS, 0..1: the normalised Levenshtein similarity of the normalised texts, 0 unless it is over 0.5.

    Source: Biten et al., Scene Text Visual Question Answering, ICCV 2019, equation 1 (threshold 0.5).
    """
    from rapidfuzz.distance import Levenshtein

    if isinstance(got, (list, dict)):
        return 0.0
    likeness = Levenshtein.normalized_similarity(normalized(_text(wanted)), normalized(_text(got)))
    return likeness if likeness > 0.5 else 0.0


@lru_cache(maxsize=1 << 16)
def normalized(text: str) -> str:
    """The text as it is compared: NFKC, case folded, single spaces, no punctuation around; never empty unless blank."""
    # Case folding may bring forth characters that are not in NFKC.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = " ".join(folded.split())
    first, last = 0, len(folded)
    while first < last and _is_strippable(folded, first):
        first += 1
    while last > first and _is_strippable(folded, last - 1):
        last -= 1
    return folded[first:last] or folded


def number(value: object) -> int | float | None:
    """The number that a value is or says, None if it is none or cannot be told.

    Grouped digits ("1,234.50", "1.234,50", "1 234") and currency signs are understood; "1,234" is 1234 and "1.234" is 1.234.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value if isinstance(value, int) or math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return None
    text = "".join(c for c in unicodedata.normalize("NFKC", value) if unicodedata.category(c) != "Sc")
    text = text.replace("−", "-").strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    if _GROUPS_THEN_POINT.fullmatch(text):
        text = re.sub("[, '’]", "", text)
    elif _GROUPS_THEN_COMMA.fullmatch(text) or _COMMA.fullmatch(text):
        text = re.sub("[. ]", "", text).replace(",", ".")
    elif not _POINT.fullmatch(text):
        return None
    said = int(text) if _WHOLE.fullmatch(text) else float(text)
    return said if math.isfinite(said) else None


def _kind_by_spec(wanted: object, spec: FieldSpec) -> LeafKind | None:
    is_text = isinstance(wanted, str)
    if spec.choices and is_text:
        return "choice"
    if spec.kind == "text":
        return None if not is_text else "code" if spec.format in _CODES else "text"
    return _BY_SPEC.get(spec.kind)


def _is_strippable(text: str, index: int) -> bool:
    character = text[index]
    if unicodedata.category(character) == "Pd" and text[index + 1 : index + 2].isdigit():
        return False  # a sign, not a dash
    return character.isspace() or character in _STRIPPED or unicodedata.category(character) in _STRIPPED_CATEGORIES


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _code(text: str) -> str:
    return "".join(c for c in normalized(text) if c.isalnum())


def _same_text(wanted: object, got: object) -> bool:
    return normalized(_text(wanted)) == normalized(_text(got))


def _same_number(wanted: object, got: object) -> bool | None:
    a, b = number(wanted), number(got)
    if a is None or b is None:
        return None
    if isinstance(a, int) and isinstance(b, int):
        return a == b  # long order numbers differ by less than the relative tolerance
    try:
        return math.isclose(a, b, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE + _ROUNDING)
    except OverflowError:
        return False


def _same_mixed(wanted: object, got: object) -> bool | None:
    """A number against text that says it; None if both are texts. Leading zeros are text: "007" is not 7."""
    texts = [value for value in (wanted, got) if isinstance(value, str)]
    if len(texts) == 2 or any(re.match(r"[+-]?0\d", text.strip()) for text in texts):
        return None
    return _same_number(wanted, got)


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _same_moment(wanted: object, got: object, *, whole_days: bool) -> bool | None:
    a, b = _moment(wanted), _moment(got)
    if a is None or b is None:
        return None
    if whole_days:
        return a.date() == b.date()
    if (a.tzinfo is None) != (b.tzinfo is None):
        a, b = a.replace(tzinfo=None), b.replace(tzinfo=None)
    return a == b


def _same_time(wanted: object, got: object) -> bool | None:
    try:
        return time.fromisoformat(_text(wanted)) == time.fromisoformat(_text(got))
    except ValueError:
        return None
