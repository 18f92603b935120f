"""Regular expressions of a schema as providers can be told of them: those that engines for constrained output understand."""

import re
from typing import Literal

__all__ = ["Which", "told_pattern"]

Which = Literal["all", "anchored", "none"]
"""Which regular expressions have an effect. anchored: those from ^ to $."""

_LOOKS_AROUND = re.compile(r"\(\?(?!:)|\\[1-9bBAZzGkKpPuc]")
_CLASSES = {r"\d": "0-9", r"\w": "A-Za-z0-9_", r"\s": r" \t\n\r"}
_PIECES = re.compile(r"\\.|\[\^?\]?|\]|.", re.DOTALL)


def told_pattern(pattern: str, which: Which) -> str | None:
    r"""A regular expression as a provider is told of it that takes `which`; None if it cannot be told.

    Nothing that looks around can be. Where only "anchored" ones can, none of the shorthands \d, \w and \s is known: they are
    spelled out, in ASCII.
    """
    plain = re.sub(r"\\\\", "", pattern)
    if which == "none" or _LOOKS_AROUND.search(plain):
        return None
    if which == "all":
        return pattern
    if not (pattern.startswith("^") and pattern.endswith("$") and not plain.endswith(r"\$")):
        return None
    told, inside = "", ""
    for piece in _PIECES.findall(pattern):
        if piece in _CLASSES and inside != "[^":
            told += _CLASSES[piece] if inside else f"[{_CLASSES[piece]}]"
        elif re.fullmatch(r"\\[A-Za-z]", piece) and piece not in (r"\n", r"\r", r"\t"):
            return None
        else:
            told += piece
        inside = piece[:2] if not inside and piece[0] == "[" else "" if piece == "]" else inside
    return told
