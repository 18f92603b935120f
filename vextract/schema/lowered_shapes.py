"""The shapes that lowered schemas are put together from, and what can be seen from a shape alone."""

from collections.abc import Mapping
from typing import Any

from vextract.schema.dialects import Dialect
from vextract.schema.json_file import subschemas
from vextract.schema.scalars import BOUNDS

__all__ = [
    "TELLTALES",
    "about_other_types",
    "by_types",
    "exactly",
    "has_alternatives",
    "keys_at_top",
    "object_of",
    "one_of",
    "one_pattern",
    "or_null",
    "perhaps",
    "too_loose",
]

TELLTALES = {
    "object": {"properties", "required", "additionalProperties", "patternProperties", "propertyNames"},
    "array": {"items", "prefixItems", "minItems", "maxItems", "uniqueItems"},
    "string": {"minLength", "maxLength", "pattern", "format"},
    "number": {*BOUNDS},
}
"""Type -> keywords that are about values of that type: a schema with one of them that names no type means that type."""
_NULL = {"type": "null"}


def about_other_types(kind: object) -> set[str]:
    """The keywords that say nothing of a value of this type; none where the type is not one of those that have keywords."""
    own = TELLTALES.get({"integer": "number"}.get(str(kind), str(kind)), set())
    return (
        {word for words in TELLTALES.values() for word in words} - own if own or kind in ("null", "boolean") else set()
    )


def has_alternatives(schema: Mapping[str, Any]) -> bool:
    """Whether a schema says what a value is by alternatives or by its values."""
    return bool({"const", "enum", "anyOf", "oneOf"} & schema.keys()) or isinstance(schema.get("type"), list)


def object_of(members: dict[str, dict[str, Any]], required: list[str]) -> dict[str, Any]:
    """A closed object."""
    return {"type": "object", "properties": members, "required": required, "additionalProperties": False}


def one_of(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    """A choice, with the alternatives of its alternatives taken up into it."""
    nested = [schema["anyOf"] if schema.keys() == {"anyOf"} else [schema] for schema in schemas]
    return {"anyOf": [alternative for alternatives in nested for alternative in alternatives]}


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, or null; its title and description stay outside."""
    told, bare = _apart(schema)
    return one_of([bare, _NULL]) | told


def perhaps(schema: dict[str, Any]) -> dict[str, Any]:
    """A list of the value, or of nothing; null falls away."""
    told, bare = _apart(schema)
    if "anyOf" in bare:
        left = [alternative for alternative in bare["anyOf"] if alternative != _NULL]
        bare = left[0] if len(left) == 1 else {"anyOf": left}
    words = (told.get("description"), "A list of this one value; an empty list if there is none.")
    return {"type": "array", "items": bare, **told, "description": " ".join(filter(None, words))}


def _apart(schema: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    told: dict[str, Any] = {key: schema[key] for key in ("title", "description") if key in schema}
    return told, {key: value for key, value in schema.items() if key not in told}


def by_types(schemas: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Alternatives of different types as one schema with a list of types; None if that would not say the same."""
    types = [schema.get("type") for schema in schemas]
    words = [key for schema in schemas for key in schema if key != "type"]
    if not all(isinstance(kind, str) for kind in types) or len({*types}) < len(types) or len({*words}) < len(words):
        return None
    joined = {key: value for schema in schemas for key, value in schema.items()}
    if "const" in joined:
        return None
    if "enum" in joined:
        if len(schemas) != 2 or _NULL not in schemas:
            return None
        joined["enum"] = [*joined["enum"], None]
    return joined | {"type": types}


def exactly(value: Any) -> dict[str, Any]:
    """The schema of one value."""
    if isinstance(value, list):
        parts = [exactly(part) for part in value]
        prefix = {"prefixItems": parts, "minItems": len(parts)} if parts else {}
        return {"type": "array", **prefix, "maxItems": len(parts)}
    if isinstance(value, dict):
        return object_of({key: exactly(part) for key, part in value.items()}, [*value])
    return {"const": value}


def one_pattern(schema: Mapping[str, Any]) -> str | None:
    """The pattern of a map's keys, where one pattern is all that is said of its members."""
    patterns = schema.get("patternProperties")
    if not isinstance(patterns, dict) or len(patterns) != 1 or schema.get("properties") or schema.get("required"):
        return None
    return None if isinstance(schema.get("additionalProperties"), dict) else str(next(iter(patterns)))


def keys_at_top(schema: Mapping[str, Any]) -> set[str]:
    """The keys that the objects of a lowered schema have at its top."""
    return {*schema.get("properties", ())} | {key for part in schema.get("anyOf", ()) for key in keys_at_top(part)}


def too_loose(lowered: Mapping[str, Any], dialect: Dialect) -> bool:
    """Whether a lowered schema has more optional keys, or more choices, than the provider takes."""
    optional = choices = 0
    pending: list[Any] = [lowered]
    while pending:
        schema = pending.pop()
        optional += len(schema.get("properties", {})) - len(schema.get("required", ()))
        choices += "anyOf" in schema
        pending += [part for _, part in subschemas(schema) if isinstance(part, dict)]
    return any(
        most is not None and count > most
        for count, most in ((optional, dialect.most_optional), (choices, dialect.most_unions))
    )
