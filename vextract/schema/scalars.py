"""Texts and numbers of a JSON Schema, lowered to what a dialect takes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vextract.schema.dialects import Dialect
from vextract.schema.raising import SAME, Step
from vextract.schema.told_patterns import told_pattern
from vextract.schema.wording import in_words

__all__ = ["BOUNDS", "Said", "decimal", "number", "text"]

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
# What bounded dialects are told where the schema says nothing.
_LONGEST_TEXT = 2000
_LARGEST = 10**15
_FINEST = 1e-9
_DECIMAL = r"^-?[0-9]{1,15}(\.[0-9]{1,9})?$"


@dataclass(slots=True)
class Said:
    """A lowered schema, the step back, and the keywords that it says in its own way."""

    schema: dict[str, Any]
    step: Step = SAME
    keywords: frozenset[str] = frozenset()


def text(schema: Mapping[str, Any], dialect: Dialect) -> Said:
    """A text, with what the dialect takes of its pattern, format and lengths."""
    said: dict[str, Any] = {"type": "string"}
    pattern = told_pattern(str(schema["pattern"]), dialect.patterns) if "pattern" in schema else None
    if pattern is not None:
        said["pattern"] = pattern
    if schema.get("format") in dialect.formats:
        said["format"] = schema["format"]
    if dialect.lengths == "all" or (dialect.lengths == "alone" and len(said) == 1):
        said |= {key: schema[key] for key in ("minLength", "maxLength") if key in schema}
    if dialect.bounded and "maxLength" not in said:
        said["maxLength"] = max(_LONGEST_TEXT, schema.get("minLength", 0))
    return Said(said, keywords=frozenset({"pattern"} & said.keys()))


def number(schema: Mapping[str, Any], dialect: Dialect) -> Said:
    """A number or integer, with what the dialect takes of its bounds."""
    wanted, kind = dict(schema), "integer" if schema.get("type") == "integer" else "number"
    if kind == "integer":
        _make_inclusive(wanted)
    said: dict[str, Any] = {"type": kind}
    if dialect.bounds == "all" or (dialect.bounds == "integers" and kind == "integer"):
        said |= {key: wanted[key] for key in BOUNDS if key in wanted and key not in dialect.lost}
    inclusive = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
    for exclusive, bound in inclusive.items():
        if exclusive in wanted and exclusive in dialect.lost and dialect.bounds == "all":
            said.setdefault(bound, wanted[exclusive])
    keywords = frozenset(key for key, bound in inclusive.items() if key not in wanted and bound in said)
    if dialect.bounded:
        _make_bounded(said)
    return Said(said, keywords=keywords)


def decimal(schema: Mapping[str, Any], dialect: Dialect) -> Said:
    """A Decimal as a text, which keeps its digits; as a number where only that can be held to its bounds or form.

    Args:
        schema: its alternative that is a number.
        dialect: what can be said.
    """
    held = any(keyword in schema for keyword in BOUNDS) and dialect.bounds == "all"
    if held or dialect.patterns == "none":
        said = number(schema, dialect)
        unsaid = {key: schema[key] for key in BOUNDS if key in schema and key not in said.schema}
    else:
        said = Said({"type": "string", "pattern": _DECIMAL})
        unsaid = {key: schema[key] for key in BOUNDS if key in schema}
    if words := in_words(unsaid):
        said.schema["description"] = words
    return said


def _make_inclusive(schema: dict[str, Any]) -> None:
    """Says the bounds of an integer without the exclusive ones, which fewer dialects know."""
    for exclusive, bound, step, tighter in (
        ("exclusiveMinimum", "minimum", 1, max),
        ("exclusiveMaximum", "maximum", -1, min),
    ):
        if exclusive in schema and float(schema[exclusive]).is_integer():
            inclusive = int(schema.pop(exclusive)) + step
            schema[bound] = tighter(schema.get(bound, inclusive), inclusive)


def _make_bounded(said: dict[str, Any]) -> None:
    """Gives a number both ends and, if it is no integer, as many digits after the point as anyone writes."""
    lowest = said.get("minimum", said.get("exclusiveMinimum"))
    highest = said.get("maximum", said.get("exclusiveMaximum"))
    reach = max([_LARGEST, *(2 * abs(bound) for bound in (lowest, highest) if bound is not None)])
    said |= ({"minimum": -reach} if lowest is None else {}) | ({"maximum": reach} if highest is None else {})
    if said["type"] == "number":
        said.setdefault("multipleOf", _FINEST)
