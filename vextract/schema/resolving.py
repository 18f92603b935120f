"""A JSON Schema made simple to walk: references by name into one table, older drafts' spellings renewed, `allOf` merged.

It decides nothing about providers. What two schemas say of one value is merged so that the result is never wider than either,
but for what one schema cannot say twice (two patterns).
"""

import json
import re
from collections.abc import Callable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from vextract.errors import SchemaError
from vextract.schema.json_file import subschemas

if TYPE_CHECKING:
    from referencing import Specification
    from referencing._core import Resolver

__all__ = ["Definitions", "Schema", "both", "is_decimal", "options", "plain_reference", "referred"]

Schema = dict[str, Any] | bool

_ASSERTIONS = frozenset(
    {
        *("type", "enum", "const", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$ref"),
        *("properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties"),
        *("maxProperties", "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties"),
        *("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "unevaluatedItems"),
        *("minLength", "maxLength", "pattern", "format"),
    }
)
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_NAMED = "#/$defs/"
_TABLES = ("$defs", "definitions")
_NEWEST = "https://json-schema.org/draft/2020-12/schema"
_MOST_OPTIONS = 64


class Definitions:
    """A JSON Schema and all that its references lead to, each under a name of letters, digits and _.

    Attributes:
        root: the schema; every `$ref` in it is "#/$defs/" and a name in `named`.
        named: what the names stand for.
        recursive: the names whose schemas contain themselves.

    Raises:
        SchemaError: a reference leads nowhere, or to another document.
    """

    def __init__(self, json_schema: Mapping[str, Any]) -> None:
        from jsonschema_specifications import REGISTRY

        document = dict(json_schema)
        self._draft = _specification(document)
        self.named: dict[str, Schema] = {}
        self._names: dict[int, str] = {}
        resource = self._draft.create_resource(document)
        uri = resource.id() or ""
        # Crawled once here: a registry that is not would be crawled anew at each reference.
        resolver = REGISTRY.with_resource(uri, resource).crawl().resolver(uri)
        self.root = self._copied(document, resolver)
        self.recursive = _recursive({name: _mentioned(schema) for name, schema in self.named.items()})

    def fits(self, value: object, schema: dict[str, Any]) -> bool:
        """Whether a value fits all that a part of the schema says of it; also where that cannot be told."""
        if not schema.keys() & (_ASSERTIONS - {"type", "const", "enum"}):
            return True
        from jsonschema import Draft202012Validator

        try:
            return bool(Draft202012Validator({**schema, "$defs": self.named}).is_valid(value))
        except re.error:  # a pattern that Python has nothing for
            return True

    def _copied(self, schema: Any, resolver: "Resolver[Any]") -> Any:
        if not isinstance(schema, dict):
            return schema
        resolver = resolver.in_subresource(self._draft.create_resource(schema))
        copied = {key: value for key, value in schema.items() if key not in (*_TABLES, *_REFERENCES)}
        for way, part in subschemas(schema):
            if way[0] in _TABLES or not isinstance(part, dict):
                continue
            if len(way) == 1:
                copied[str(way[0])] = self._copied(part, resolver)
                continue
            holder, key = str(way[0]), way[1]
            if copied[holder] is schema[holder]:
                copied[holder] = schema[holder].copy()
            copied[holder][key] = self._copied(part, resolver)
        for keyword in _REFERENCES:
            if isinstance(schema.get(keyword), str):
                copied["$ref"] = _NAMED + self._name(schema[keyword], resolver)
        return _renewed(copied)

    def _name(self, reference: str, resolver: "Resolver[Any]") -> str:
        from referencing.exceptions import Unresolvable

        try:
            found = resolver.lookup(reference)
        except Unresolvable as error:
            hint = "nothing is fetched: define what it means in the schema"
            raise SchemaError(f"the reference {reference!r} leads nowhere", hint) from error
        known = self._names.get(id(found.contents))
        if known is not None:
            return known
        stem = re.sub(r"\W", "_", reference.rpartition("/")[2].lstrip("#"), flags=re.ASCII) or "Root"
        numbered = (stem if i == 1 else f"{stem}_{i}" for i in count(1))
        name = next(name for name in numbered if name not in self.named)
        self._names[id(found.contents)] = name
        self.named[name] = True
        self.named[name] = self._copied(found.contents, found.resolver)
        return name


def _specification(document: dict[str, Any]) -> "Specification[Any]":
    """The draft that a document names; an older one where it is written in the older way, with a list of items."""
    from referencing.jsonschema import DRAFT201909, DRAFT202012, UnknownDialect, specification_with

    try:
        stated: Specification[Any] = specification_with(str(document.get("$schema") or _NEWEST))
    except UnknownDialect:
        stated = DRAFT202012
    if stated is not DRAFT202012:
        return stated
    pending = [document]
    while pending:
        schema = pending.pop()
        if isinstance(schema.get("items"), list):
            return DRAFT201909
        pending += [part for _, part in subschemas(schema) if isinstance(part, dict)]
    return stated


def _renewed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the spellings of older drafts replaced by those of 2020-12."""
    if isinstance(schema.get("items"), list):
        schema["prefixItems"] = schema.pop("items")
        if "additionalItems" in schema:
            schema["items"] = schema.pop("additionalItems")
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)
    return schema


def _mentioned(schema: Schema) -> set[str]:
    found: set[str] = set()
    pending: list[object] = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            found |= {referred(part)} if "$ref" in part else set()
            pending += [sub for _, sub in subschemas(part)]
    return found


def _recursive(leads: Mapping[str, set[str]]) -> frozenset[str]:
    def reached(name: str) -> set[str]:
        seen: set[str] = set()
        pending = [*leads[name]]
        while pending:
            other = pending.pop()
            if other not in seen:
                seen.add(other)
                pending += leads[other]
        return seen

    return frozenset(name for name in leads if name in reached(name))


def plain_reference(schema: Schema) -> str | None:
    """The name that a schema refers to, if that is all that it says of a value."""
    if isinstance(schema, bool) or schema.keys() & _ASSERTIONS != {"$ref"}:
        return None
    return referred(schema)


def referred(schema: dict[str, Any]) -> str:
    """The name in the reference of a schema that has one."""
    return str(schema["$ref"]).removeprefix(_NAMED)


def is_decimal(schema: Mapping[str, Any]) -> bool:
    """Whether the alternatives of a schema are those of a Decimal in Pydantic: a number, a text with its digits, null if it may be.

    A text or a float looks just the same, and is taken for one.
    """
    parts = [part for part in schema.get("anyOf", ()) if isinstance(part, dict) and part.get("type") != "null"]
    if [part.get("type") for part in parts] != ["number", "string"]:
        return False
    more = parts[1].keys() - {"type", "title", "description"}
    return not more or (more == {"pattern"} and str(parts[1]["pattern"]).startswith("^(?!^[-+.]*$)"))


def options(schema: dict[str, Any]) -> list[Schema]:
    """The alternatives of a schema that has some, or a list of types; each with what stands beside them."""
    beside = {key: schema[key] for key in schema.keys() & _ASSERTIONS - {"anyOf", "oneOf"}}
    told = [parts for key in ("anyOf", "oneOf") if isinstance(parts := schema.get(key), list)]
    if not told:
        return [{**beside, "type": kind} for kind in schema["type"]]
    either = told[0] if len(told) == 1 else _crossed(*told)
    return [both(beside, option) if beside else option for option in either]


def _crossed(some: list[Schema], others: list[Schema]) -> list[Schema]:
    if len(some) * len(others) > _MOST_OPTIONS:
        return some
    return [{"allOf": [one, other]} for one in some for other in others]


def both(first: Schema, second: Schema) -> Schema:
    """The schema of what fits both, one level deep; the second's annotations win. Neither is changed."""
    if isinstance(first, bool):
        return second if first else False
    if isinstance(second, bool):
        return first if second else False
    joined = {**first, **second}
    for keyword in first.keys() & second.keys():
        if keyword in _JOINED:
            joined[keyword] = _JOINED[keyword](first[keyword], second[keyword])
    if "const" in first and "const" in second and not _same(first["const"], second["const"]):
        return False
    if "$ref" in first and "$ref" in second and first["$ref"] != second["$ref"]:
        joined["$ref"] = first["$ref"]
        joined["allOf"] = [*joined.get("allOf", []), {"$ref": second["$ref"]}]
    if "properties" in first or "properties" in second:
        joined["properties"] = _properties(first, second)
    possible = joined.get("type", ["any"]) != [] and joined.get("enum", ["any"]) != []
    return joined if possible else False


def _same(one: object, other: object) -> bool:
    """Whether two JSON values are the same; true is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _properties(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Schema]:
    """All named members: one that only one side names must fit what the other says of free keys."""
    sides = [(side.get("properties", {}), side.get("additionalProperties", True)) for side in (first, second)]
    names = list(dict.fromkeys(name for named, _ in sides for name in named))
    return {name: _all([named.get(name, free) for named, free in sides]) for name in names}


def _all(parts: list[Schema]) -> Schema:
    telling = [part for part in parts if part is not True and part != {}]
    if False in telling:
        return False
    return telling[0] if len(telling) == 1 else {"allOf": telling} if telling else True


def _types(first: Any, second: Any) -> Any:
    some, others = ([kinds] if isinstance(kinds, str) else kinds for kinds in (first, second))
    integers = {"integer"} & {*some, *others}
    shared = [kind for kind in some if kind in others]
    if integers and "integer" not in shared and "number" in {*some, *others}:
        shared.append("integer")
    return shared[0] if len(shared) == 1 else shared


def _pairwise(first: list[Schema], second: list[Schema]) -> list[Schema]:
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    return [_all([part, *shorter[i : i + 1]]) for i, part in enumerate(longer)]


_JOINED: Mapping[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "required": lambda first, second: list(dict.fromkeys([*first, *second])),
    "enum": lambda first, second: [value for value in first if any(_same(value, other) for other in second)],
    "allOf": lambda first, second: [*first, *second],
    "anyOf": _crossed,
    "oneOf": _crossed,
    "prefixItems": _pairwise,
    "uniqueItems": lambda first, second: first or second,
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
    **dict.fromkeys(("items", "additionalProperties", "propertyNames"), lambda first, second: _all([first, second])),
}
