"""What a JSON Schema demands of a value, in words: for what a model cannot be held to, but can be told."""

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["in_words"]

_PHRASES = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "matching the regular expression {}",
    "format": "in the format {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
    "propertyNames": "with keys that fit the JSON Schema {}",
    "not": "nothing that fits the JSON Schema {}",
    "contains": "with an item that fits the JSON Schema {}",
    "minContains": "at least {} such items",
    "maxContains": "at most {} such items",
    "dependentRequired": "keys that require others: {}",
    "if": "if it fits the JSON Schema {}",
    "then": "then it fits {}",
    "else": "else it fits {}",
    "contentEncoding": "encoded as {}",
    "contentMediaType": "of the media type {}",
}
_MAY_BE_ZERO = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LONGEST = 300


def in_words(constraints: Mapping[str, Any]) -> str:
    """One sentence that names the constraints; "" if there are none, or none that a sentence could tell.

    Args:
        constraints: keyword -> value; other keywords than constraints are passed over.
    """
    told = [
        phrase.format(_shown(constraints[key])) for key, phrase in _PHRASES.items() if _tells(key, constraints.get(key))
    ]
    if constraints.get("uniqueItems") is True:
        told.append("no item twice")
    told = [phrase for phrase in told if len(phrase) <= _LONGEST]
    return f"Constraints: {', '.join(told)}." if told else ""


def _tells(keyword: str, value: object) -> bool:
    """Whether it demands anything: `minItems: 0` does not."""
    return value is not None and not isinstance(value, bool) and (value != 0 or keyword in _MAY_BE_ZERO)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
