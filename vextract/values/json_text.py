"""JSON as the standard has it: no NaN, no infinity, not nested so deep that nothing can handle it."""

import json
import math
from collections.abc import Callable, Iterable

__all__ = ["DEEPEST", "check_depth", "parse_json"]

# Deeper data breaks the recursion of whoever walks it, this program's libraries among them.
DEEPEST = 100


def parse_json(text: bytes, make_object: Callable[[list[tuple[str, object]]], object] | None = None) -> object:
    """The value of a JSON text in UTF-8, with or without a byte order mark.

    Args:
        text: the JSON text.
        make_object: makes an object of its keys and values, in order; may raise ValueError. By default the last of equal keys
            counts.

    Raises:
        ValueError: it is no JSON, has a number that JSON does not, or is nested too deep; the message says which.
    """
    try:
        value = json.loads(
            text.decode("utf-8-sig"), parse_constant=_refused, parse_float=_finite, object_pairs_hook=make_object
        )
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    check_depth(value)
    return value


def check_depth(value: object) -> None:
    """Nothing, if the value is nested no deeper than DEEPEST.

    Raises:
        ValueError: it is.
    """
    level: Iterable[object] = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


_TOO_DEEP = f"it is nested more than {DEEPEST} levels deep"


def _members(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text} is too large a number")
    return number


def _refused(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON number")
