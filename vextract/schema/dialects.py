"""What each provider's structured output can be told of a JSON Schema, as data; and what of a given schema it cannot.

What is lost is validated afterwards all the same: the dialects only say what a model is held to while it writes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vextract.pointers import join, keys
from vextract.schema.fields import FieldSpec, describe
from vextract.schema.json_file import subschemas
from vextract.schema.resolving import is_decimal
from vextract.schema.told_patterns import Which, told_pattern

__all__ = ["DIALECTS", "MOST_LEVELS", "Dialect", "Effect", "Finding", "findings"]

Effect = Literal["lost", "changed", "refused"]
"""lost: the model is not held to it. changed: said in another way, undone in the answer. refused: the provider answers an error."""

_UNSUPPORTED = frozenset(
    {
        *("not", "if", "then", "else", "minProperties", "maxProperties"),
        *("dependentRequired", "dependentSchemas", "dependencies", "unevaluatedItems", "unevaluatedProperties"),
        *("uniqueItems", "contains", "minContains", "maxContains", "additionalItems"),
        *("contentEncoding", "contentMediaType", "contentSchema", "$dynamicRef", "$recursiveRef"),
    }
)
MOST_LEVELS = 3
"""How often a part may stand inside itself where a dialect knows no recursion."""
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_REWRITTEN = {
    "oneOf": "becomes anyOf: more than one may match",
    "allOf": "its parts are merged into one",
}
_RFC_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
_TIMES = frozenset({"date-time", "date", "time"})


@dataclass(frozen=True, slots=True, eq=False)  # each is itself, so that it can be a key
class Dialect:
    """What a provider does with a schema; every default is that it holds the model to it.

    Attributes:
        about: whose it is.
        lost: keywords that have no effect.
        changed: keywords that are said otherwise, and how.
        formats: values of `format` that have an effect.
        bounds: for which numbers minimum and the like have an effect.
        lengths: minLength and maxLength have an effect; "alone": only without a pattern or format.
        list_lengths: minItems above 1 and maxItems have an effect.
        patterns: which regular expressions have an effect.
        maps: objects with free keys can be said; otherwise they become lists of key and value.
        tuples: prefixItems can be said.
        root_object: the whole must be an object; anything else is wrapped in one.
        all_required: optional keys become required and nullable.
        anything: a value of any type can be said; otherwise it becomes text.
        recursion: "yes"; "optional": only in fields that are not required; "no": it is cut off.
        type_lists: a list of types has an effect where anyOf has none.
        bounded: texts, lists and numbers without an end are given one, so that a model that rambles comes to an end.
        most_properties, deepest, most_choices: above these the provider refuses the schema. None: no limit known.
        most_optional, most_unions: above so many optional keys, or alternatives, the keys become lists of at most one item.
    """

    about: str
    lost: frozenset[str] = _UNSUPPORTED
    changed: Mapping[str, str] = field(default_factory=lambda: _REWRITTEN)
    formats: frozenset[str] = _TIMES
    bounds: Literal["all", "integers", "none"] = "all"
    lengths: Literal["all", "alone", "none"] = "all"
    list_lengths: bool = True
    patterns: Which = "all"
    maps: bool = True
    tuples: bool = True
    root_object: bool = False
    all_required: bool = False
    anything: bool = False
    recursion: Literal["yes", "optional", "no"] = "yes"
    type_lists: bool = False
    bounded: bool = False
    most_properties: int | None = None
    deepest: int | None = None
    most_choices: int | None = None
    most_optional: int | None = None
    most_unions: int | None = None


# Source: the providers' documentation of structured output and runs against them, November 2026.
DIALECTS: Mapping[str, Dialect] = {
    "openai": Dialect(
        "OpenAI strict mode",
        formats=_RFC_FORMATS,
        lengths="none",
        maps=False,
        tuples=False,
        root_object=True,
        all_required=True,
        most_properties=5000,
        deepest=10,
        most_choices=1000,
    ),
    "gemini": Dialect(
        "Gemini",
        lost=_UNSUPPORTED | {"exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
        changed=_REWRITTEN | {"const": "becomes an enum of one"},
        lengths="none",
        patterns="none",
        recursion="optional",
    ),
    "anthropic": Dialect(
        "Anthropic",
        formats=_RFC_FORMATS | {"uri"},
        bounds="none",
        lengths="none",
        list_lengths=False,
        patterns="none",
        maps=False,
        tuples=False,
        root_object=True,
        recursion="no",
        most_optional=24,
        most_unions=16,
    ),
    "ollama": Dialect(
        "Ollama",
        lost=_UNSUPPORTED | {"anyOf", "oneOf", "multipleOf"},
        changed={"allOf": _REWRITTEN["allOf"], "const": "becomes an enum of one", "$ref": "is written out in place"},
        bounds="integers",
        lengths="alone",
        patterns="anchored",
        formats=_TIMES | {"uuid"},
        recursion="no",
        type_lists=True,
    ),
    "llama.cpp": Dialect(
        "llama.cpp server",
        lost=_UNSUPPORTED | {"multipleOf"},
        bounds="integers",
        lengths="alone",
        patterns="anchored",
        formats=_TIMES | {"uuid"},
    ),
    # Source: github.com/guidance-ai/llguidance, parser/src/json, and runs of version 1.9.
    "llguidance": Dialect(
        "models in this process",
        formats=_RFC_FORMATS | {"uri"},
        maps=False,
        recursion="no",
        bounded=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a dialect does not take as it is: where in the schema (RFC 6901), its keyword, and what becomes of it."""

    pointer: str
    keyword: str
    effect: Effect
    message: str


def findings(json_schema: Mapping[str, Any], dialect: Dialect) -> list[Finding]:
    """All that would be lost, changed or refused of a schema, in its order."""
    fields = describe(json_schema)
    found = [*_whole(fields, dialect), *_loose(json_schema, fields, dialect)]
    seen: set[int] = set()
    pending: list[tuple[tuple[str | int, ...], object]] = [((), json_schema)]
    while pending:
        path, schema = pending.pop(0)
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        found += [Finding(join(path), *said) for said in _of_one(schema, dialect)]
        pending += [((*path, *way), part) for way, part in subschemas(schema)]
    return [*found, *_recursions(json_schema, dialect)]


_Said = tuple[str, Effect, str]


def _loose(json_schema: Mapping[str, Any], fields: FieldSpec, dialect: Dialect) -> Iterator[Finding]:
    """What there is too much of in dialects that limit optional keys and alternatives."""
    if dialect.most_optional is None or dialect.most_unions is None:
        return
    unions, pending = 0, [dict(json_schema)]
    while pending:
        schema = pending.pop()
        unions += _has_alternatives(schema)
        pending += [part for _, part in subschemas(schema) if isinstance(part, dict)]
    optional, nullable = _optional(fields)
    if optional > dialect.most_optional or nullable + unions > dialect.most_unions:
        allowed = f"{dialect.most_optional} optional keys and {dialect.most_unions} alternatives are allowed"
        yield Finding("", "required", "changed", f"{allowed}: keys that may have no value become lists of at most one")
    if unions > dialect.most_unions:
        yield Finding("", "anyOf", "refused", f"{unions} alternatives, at most {dialect.most_unions} are allowed")


def _has_alternatives(schema: Mapping[str, Any]) -> bool:
    """Whether a value may be of one kind or another, null apart."""
    types = schema.get("type")
    told = [
        part.get("type") if isinstance(part, dict) else part
        for key in ("anyOf", "oneOf")
        for part in schema.get(key, ())
    ]
    kinds = told or (types if isinstance(types, list) else [])
    return not is_decimal(schema) and sum(kind != "null" for kind in kinds) > 1


def _optional(spec: FieldSpec) -> tuple[int, int]:
    """How many keys may be absent, and how many may be null."""
    parts = [_optional(part) for part in (*spec.fields, *([spec.item] if spec.item else []))]
    optional = sum(not member.required for member in spec.fields) + sum(part[0] for part in parts)
    return optional, sum(member.nullable for member in spec.fields) + sum(part[1] for part in parts)


def _whole(fields: FieldSpec, dialect: Dialect) -> Iterator[Finding]:
    if dialect.root_object and fields.kind != "object":
        yield Finding("", "type", "changed", "the whole is wrapped in an object")
    properties, choices, depth = _size(fields)
    for what, count, limit in (
        ("properties", properties, dialect.most_properties),
        ("levels of objects", depth, dialect.deepest),
        ("values in enums", choices, dialect.most_choices),
    ):
        if limit is not None and count > limit:
            yield Finding("", "properties", "refused", f"{count} {what}, at most {limit} are allowed")


def _size(spec: FieldSpec) -> tuple[int, int, int]:
    """How many properties and choices there are, and how many levels of objects."""
    parts = [_size(part) for part in (*spec.fields, *([spec.item] if spec.item else []))]
    properties = len(spec.fields) + sum(part[0] for part in parts)
    choices = len(spec.choices) + sum(part[1] for part in parts)
    return properties, choices, bool(spec.fields) + max((part[2] for part in parts), default=0)


def _of_one(schema: dict[str, Any], dialect: Dialect) -> Iterator[_Said]:
    """What one subschema says that the dialect does not take."""
    for keyword, value in schema.items():
        if keyword == "anyOf" and is_decimal(schema):
            yield keyword, "changed", "a number or text becomes a decimal number"
        elif keyword in dialect.lost and value is not False and value is not None:
            yield keyword, "lost", "the model is not held to it"
        elif keyword in dialect.changed:
            yield keyword, "changed", dialect.changed[keyword]
    yield from _numbers_and_text(schema, dialect)
    yield from _containers(schema, dialect)
    if not dialect.anything and not {
        "type",
        "enum",
        "const",
        "$ref",
        "anyOf",
        "oneOf",
        "allOf",
        "properties",
        "items",
    } & set(schema):
        yield "type", "changed", "a value of any type becomes text"


def _numbers_and_text(schema: dict[str, Any], dialect: Dialect) -> Iterator[_Said]:
    kinds = schema.get("type")
    only_integers = kinds in ("integer", ["integer", "null"])
    bounded = dialect.bounds == "all" or (dialect.bounds == "integers" and only_integers)
    for keyword in _BOUNDS:
        if keyword in schema and keyword not in dialect.lost and not bounded:
            yield keyword, "lost", "bounds of numbers have no effect"
    measured = dialect.lengths == "all" or (dialect.lengths == "alone" and not {"pattern", "format"} & set(schema))
    for keyword in ("minLength", "maxLength"):
        if keyword in schema and not measured:
            yield keyword, "lost", "lengths of texts have no effect"
    written = schema.get("pattern")
    if isinstance(written, str) and told_pattern(written, dialect.patterns) is None:
        yield "pattern", "lost", _PATTERNS[dialect.patterns]
    stated = schema.get("format")
    if isinstance(stated, str) and stated not in dialect.formats and not is_decimal(schema):
        yield "format", "lost", f"the format {stated!r} has no effect"


_PATTERNS = {
    "none": "it has no effect",
    "anchored": "only patterns from ^ to $, without anything that looks around, have an effect",
    "all": "patterns that look around have no effect",
}


_TYPED = {"type", "enum", "const", "$ref", "anyOf", "oneOf", "allOf", "properties", "items"}


_AS_PAIRS = "free keys become a list of key and value"


def _containers(schema: dict[str, Any], dialect: Dialect) -> Iterator[_Said]:
    kinds = schema.get("type")
    members = schema.get("properties")
    yield from _keys_of_maps(schema)
    optional = set(members or ()) - {key for key in schema.get("required") or () if isinstance(key, str)}
    if dialect.all_required and optional:
        yield "required", "changed", f"{len(optional)} optional keys become required and nullable"
    if (kinds == "object" or members) and not dialect.maps:
        if not members:
            yield "additionalProperties", "changed", _AS_PAIRS
        elif schema.get("additionalProperties") not in (None, False):
            yield "additionalProperties", "lost", "no other keys than the named ones will be written"
    if "prefixItems" in schema and not dialect.tuples:
        yield "prefixItems", "changed", "becomes a list of one type, or an object with a key for each place"
    if not dialect.list_lengths:
        for keyword in ("minItems", "maxItems"):
            if keyword in schema and (keyword == "maxItems" or schema[keyword] > 1):
                yield keyword, "lost", "lengths of lists have no effect"


def _keys_of_maps(schema: dict[str, Any]) -> Iterator[_Said]:
    patterns = schema.get("patternProperties", {})
    said = not schema.get("properties") and len(patterns) < 2
    for keyword in ("propertyNames", "patternProperties"):
        if keyword in schema:
            yield (keyword, "changed", _AS_PAIRS) if said else (keyword, "lost", "the model is not held to it")


def _recursions(json_schema: Mapping[str, Any], dialect: Dialect) -> Iterator[Finding]:
    """Where a schema contains itself."""
    if dialect.recursion == "yes":
        return
    for name in _recursive(json_schema):
        if dialect.recursion == "no":
            yield Finding(name, "$ref", "lost", f"it contains itself, and is asked for {MOST_LEVELS} levels deep")
        else:
            yield Finding(
                name, "$ref", "changed", "it contains itself, which is allowed only in keys that are not required"
            )


def _recursive(json_schema: Mapping[str, Any]) -> list[str]:
    """The references, as pointers, that lead to a part which refers to itself again."""
    leads: dict[str, set[str]] = {}
    pending = ["#"]
    while pending:
        reference = pending.pop()
        if reference not in leads:
            leads[reference] = _references(_target(json_schema, reference))
            pending += leads[reference]
    return [reference[1:] for reference in leads if _reaches(leads, reference)]


def _reaches(leads: Mapping[str, set[str]], start: str) -> bool:
    seen: set[str] = set()
    pending = [*leads[start]]
    while pending:
        reference = pending.pop()
        if reference == start:
            return True
        if reference not in seen:
            seen.add(reference)
            pending += leads.get(reference, ())
    return False


def _references(schema: object) -> set[str]:
    found: set[str] = set()
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            reference = part.get("$ref")
            found |= {reference} if isinstance(reference, str) and reference.startswith("#") else set()
            pending += [sub for way, sub in subschemas(part) if way[0] not in ("$defs", "definitions")]
    return found


def _target(json_schema: Mapping[str, Any], reference: str) -> object:
    found: Any = json_schema
    for key in keys(reference.removeprefix("#")):
        found = found.get(key) if isinstance(found, dict) else None
    return found
