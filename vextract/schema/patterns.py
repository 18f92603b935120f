r"""Regular expressions of JSON Schema, which are ECMAScript's, for Python's `re`.

What Python reads is left as it is. The rest is rewritten: `[\w-.]`, `(?<name>…)`, `\p{Letter}` and the like; not scripts.
"""

import re
import sys
import unicodedata
import warnings
from functools import lru_cache
from typing import Literal

__all__ = ["python_pattern"]

_TOKEN = re.compile(
    r"\\[pP]\{[^}]*\}|\\u\{[0-9a-fA-F]+\}|\\c[A-Za-z]|\\k<\w+>|\\.|\(\?<(?=[^\W\d])|\[\^?\]?|.", re.DOTALL
)
_SETS = {r"\d", r"\D", r"\w", r"\W", r"\s", r"\S"}
_KNOWN_LETTERS = set("dDwWsSbBfnrtvux")
_CATEGORIES = {
    "letter": "L",
    "uppercase_letter": "Lu",
    "lowercase_letter": "Ll",
    "titlecase_letter": "Lt",
    "mark": "M",
    "number": "N",
    "decimal_number": "Nd",
    "digit": "Nd",
    "punctuation": "P",
    "symbol": "S",
    "separator": "Z",
    "currency_symbol": "Sc",
    "math_symbol": "Sm",
    "space_separator": "Zs",
    "control": "Cc",
}


@lru_cache(maxsize=1024)
def python_pattern(pattern: str) -> str:
    """The expression as Python's `re` reads it.

    Raises:
        re.error: it is no regular expression, or uses something that Python has nothing for.
    """
    try:
        _compile(pattern)
    except (re.error, Warning):
        rewritten = _rewritten(pattern)
        _compile(rewritten, "ignore")
        return rewritten
    return pattern


def _compile(pattern: str, at_warnings: Literal["error", "ignore"] = "error") -> None:
    with warnings.catch_warnings():
        warnings.simplefilter(at_warnings)
        re.compile(pattern)


def _rewritten(pattern: str) -> str:
    parts: list[str] = []
    inside = False
    signs = _TOKEN.findall(pattern)
    for i, sign in enumerate(signs):
        if not inside and sign.startswith("["):
            inside = sign in ("[", "[^")
            parts.append({"[]": "(?!)", "[^]": r"[\s\S]"}.get(sign, sign))
        elif inside and sign in ("]", "[]", "[^]"):
            inside = False
            parts.append(f"{_in_class(sign[:-1], hyphen=True)}]")
        elif inside:
            beside_set = any(part in _SETS or part[:2] in (r"\p", r"\P") for part in signs[max(0, i - 1) : i + 2])
            parts.append(_in_class(sign, hyphen=not beside_set))
        else:
            parts.append("(?P<" if sign == "(?<" else _escape(sign, "[{}]", "[^{}]"))
    return "".join(parts)


def _in_class(sign: str, *, hyphen: bool) -> str:
    """A sign between brackets; `hyphen` says that a hyphen there makes a range."""
    if sign == "-":
        return "-" if hyphen else r"\-"
    # Python warns that these may come to mean sets of sets.
    escaped = re.sub(r"([\[&|~])", r"\\\1", sign) if not sign.startswith("\\") else sign
    return _escape(escaped, "{}", None)


def _escape(sign: str, named: str, negated: str | None) -> str:
    """A backslash and what follows it, as Python has it; `named` and `negated` wrap the signs of a category."""
    if sign[:2] in (r"\p", r"\P") and sign.endswith("}"):
        wrap = named if sign[1] == "p" else negated
        if wrap is None:
            raise re.error(f"{sign} between brackets")
        return wrap.format(_category(sign[3:-1]))
    if sign.startswith(r"\u{"):
        return re.escape(chr(int(sign[3:-1], 16)))
    if sign.startswith(r"\k<"):
        return f"(?P={sign[3:-1]})"
    if sign[:2] == r"\c" and len(sign) == 3:
        return rf"\x{ord(sign[2]) % 32:02x}"
    if len(sign) == 2 and sign[0] == "\\" and sign[1].isascii() and sign[1].isalpha() and sign[1] not in _KNOWN_LETTERS:
        return sign[1]
    return sign


@lru_cache(maxsize=32)
def _category(name: str) -> str:
    """The signs of a general category of Unicode, as ranges for between brackets."""
    short = name.rpartition("=")[2]
    wanted = _CATEGORIES.get(short.casefold(), short)
    if not re.fullmatch(r"[CLMNPSZ][a-z]?", wanted):
        raise re.error(f"unknown category {name!r}")
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith(wanted):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in ranges)
