"""A JSON Schema lowered to what a provider's structured output takes, and the way back for the answer.

What a provider cannot be told becomes narrower where that loses nothing, is said another way that `raised` undoes, or is left to
the description in words. `findings` lists it all; nothing here validates, and nothing depends on a provider's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vextract.schema.dialects import MOST_LEVELS, Dialect
from vextract.schema.lowered_shapes import (
    TELLTALES,
    about_other_types,
    by_types,
    exactly,
    has_alternatives,
    keys_at_top,
    object_of,
    one_of,
    one_pattern,
    or_null,
    perhaps,
    too_loose,
)
from vextract.schema.raising import (
    SAME,
    Items,
    Members,
    Named,
    Option,
    Options,
    Pairs,
    Perhaps,
    Places,
    Step,
    Unwrapped,
)
from vextract.schema.resolving import Definitions, Schema, both, is_decimal, options, plain_reference, referred
from vextract.schema.scalars import Said, decimal, number, text
from vextract.schema.wording import in_words

__all__ = ["Lowered", "lower"]

_MOST_PARTS = 4000
"""Above so many subschemas, references are no longer written out."""
_MOST_ITEMS = 100
"""How long lists may be in bounded dialects, where the schema does not say."""
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


@dataclass(frozen=True)
class Lowered:
    """A schema as a provider is told of it.

    Attributes:
        json_schema: what is bound to the request.
    """

    json_schema: dict[str, Any]
    _step: Step = field(repr=False)

    def raised(self, value: object) -> object:
        """An answer in the shape of the schema that was lowered; what does not fit the lowered schema is left as it is."""
        return self._step(value)


def lower(json_schema: Mapping[str, Any], dialect: Dialect) -> Lowered:
    """The schema for a provider, whatever it is; `findings` says what the provider would refuse.

    Args:
        json_schema: as Pydantic writes it, or of any draft.
        dialect: what the provider takes.

    Raises:
        SchemaError: a reference leads nowhere, or to another document.
    """
    definitions = Definitions(json_schema)
    lowered = _lower(definitions, dialect, strict=False)
    if too_loose(lowered.json_schema, dialect):
        return _lower(definitions, dialect, strict=True)
    return lowered


def _lower(definitions: Definitions, dialect: Dialect, *, strict: bool) -> Lowered:
    for levels in (MOST_LEVELS, 2, 1):
        try:
            return _Lowering(definitions, dialect, levels, _MOST_PARTS, strict=strict).whole()
        except _TooManyPartsError:
            continue
    return _Lowering(definitions, dialect, 1, None, strict=strict).whole()


class _TooManyPartsError(Exception):
    """Written out, the schema has become too large."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the schema: the key that it is of, the references followed to get there, and whether the key may be absent."""

    key: str = ""
    inside: tuple[str, ...] = ()
    optional: bool = False


class _Lowering:
    """One schema on its way to one dialect. `None` for a part says that no finite value fits it.

    Args:
        definitions: the schema.
        dialect: what can be said.
        levels: how often a part may stand inside itself where it must be written out.
        most: how many parts may be written out; None: references stay references.
        strict: no key may be optional and none null: they become lists of at most one item.
    """

    def __init__(
        self, definitions: Definitions, dialect: Dialect, levels: int, most: int | None, *, strict: bool
    ) -> None:
        self._definitions = definitions
        self._dialect = dialect
        self._levels = levels
        self._left = most
        self._strict = strict
        self._kept: dict[str, dict[str, Any]] = {}
        self._steps: dict[str, Step] = {}

    def whole(self) -> Lowered:
        """The schema from its top."""
        name = plain_reference(self._definitions.root)
        top = self._definitions.named[name] if name else self._definitions.root
        said = self._part(top, _Place(inside=(name,) if name else ())) or text({}, self._dialect)
        schema, step = said.schema, said.step
        if self._dialect.root_object and schema.get("type") != "object":
            taken = keys_at_top(schema)
            key = next(key for key in ("value", *(f"value_{i}" for i in range(len(taken) + 1))) if key not in taken)
            schema, step = object_of({key: schema}, [key]), Unwrapped(key, step)
        return Lowered(schema | ({"$defs": self._kept} if self._kept else {}), step)

    def _part(self, schema: Schema, place: _Place) -> Said | None:
        """Any subschema."""
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise _TooManyPartsError
        name = plain_reference(schema)
        if name and self._keeps(name, place):
            return self._referred(name)
        flat, place = self._flat(schema, place)
        if flat is False:
            return None
        flat = {} if flat is True else flat
        said = self._value(flat, place)
        return self._described(said, flat, place) if said else None

    def _keeps(self, name: str, place: _Place) -> bool:
        """Whether a reference stays one."""
        if self._left is None:
            return True
        recursion = self._dialect.recursion
        allowed = recursion == "yes" or (recursion == "optional" and place.optional)
        return allowed and name in self._definitions.recursive

    def _referred(self, name: str) -> Said:
        if name not in self._kept:
            self._kept[name] = {}
            flat, place = self._flat(self._definitions.named[name], _Place(inside=(name,)))
            said = self._part(flat, place) or text({}, self._dialect)
            self._kept[name] |= said.schema
            self._steps[name] = said.step
        return Said({"$ref": f"#/$defs/{name}"}, Named(name, self._steps))

    def _flat(self, schema: Schema, place: _Place) -> tuple[Schema, _Place]:
        """The schema with the references and allOf at its top written out."""
        while not isinstance(schema, bool) and ("$ref" in schema or "allOf" in schema):
            if "$ref" in schema:
                name = referred(schema)
                if name in self._definitions.recursive and place.inside.count(name) >= self._levels:
                    return False, place
                place = replace(place, inside=(*place.inside, name))
                beside = {key: value for key, value in schema.items() if key != "$ref"}
                schema = both(self._definitions.named[name], beside)
                continue
            joined: Schema = True
            for part in schema["allOf"]:
                flat, place = self._flat(part, place)
                joined = both(joined, flat)
            schema = both(joined, {key: value for key, value in schema.items() if key != "allOf"})
        return schema, place

    def _value(self, schema: dict[str, Any], place: _Place) -> Said | None:
        if has_alternatives(schema):
            return self._alternatives(schema, place)
        kind = schema.get("type") or next((kind for kind, words in TELLTALES.items() if words & schema.keys()), None)
        if kind == "object":
            return self._object(schema, place)
        if kind == "array":
            return self._list(schema, place)
        if kind in ("number", "integer"):
            return number(schema, self._dialect)
        if kind in ("null", "boolean"):
            return Said({"type": kind})
        return Said({}) if kind is None and self._dialect.anything else text(schema if kind else {}, self._dialect)

    def _described(self, said: Said, schema: dict[str, Any], place: _Place) -> Said:
        """With its title, where that says more than the key, and its description, with all that is lost in words."""
        title, description = schema.get("title"), schema.get("description")
        told: dict[str, Any] = {}
        if isinstance(title, str) and place.key and _letters(title) != _letters(place.key):
            told["title"] = title
        beside = said.keywords | about_other_types(said.schema.get("type"))
        unsaid = in_words({k: v for k, v in schema.items() if k not in beside and said.schema.get(k) != v})
        sentences = [part for part in (description, said.schema.get("description"), unsaid) if isinstance(part, str)]
        if any(sentences):
            told["description"] = " ".join(dict.fromkeys(filter(None, sentences)))
        return replace(said, schema={**said.schema, **told})

    def _alternatives(self, schema: dict[str, Any], place: _Place) -> Said | None:
        if "const" in schema or "enum" in schema:
            return self._choice(schema, place)
        if is_decimal(schema):
            amount = next(part for part in schema["anyOf"] if part.get("type") == "number")
            nullable = any(part.get("type") == "null" for part in schema["anyOf"])
            null = [Said({"type": "null"})] if nullable else []
            return self._any([decimal(amount, self._dialect), *null], frozenset({"format"}))
        # What stands beside alternatives goes into each of them, and is told there.
        beside = frozenset(key for words in TELLTALES.values() for key in words)
        inside = replace(place, key="")
        return self._any([self._part(alternative, inside) for alternative in options(schema)], beside)

    def _choice(self, schema: dict[str, Any], place: _Place) -> Said | None:
        """One of given values, by their types; lists and objects as schemas that only they fit."""
        values = schema.get("enum", [schema.get("const")])
        if "const" in schema:
            values = [value for value in values if value == schema["const"]]
        types = schema.get("type")
        allowed = [types] if isinstance(types, str) else types
        groups: dict[str, list[Any]] = {}
        for value in values:
            kind = "null" if value is None else _TYPES[type(value)]
            right_type = allowed is None or kind in allowed or (kind == "integer" and "number" in allowed)
            if right_type and self._definitions.fits(value, schema):
                groups.setdefault(kind, []).append(value)
        said: list[Said | None] = []
        for kind, group in groups.items():
            if kind in ("array", "object"):
                said += [self._part(exactly(value), place) for value in group]
            elif kind == "null":
                said.append(Said({"type": "null"}))
            elif "const" in schema and "const" not in self._dialect.changed:
                said.append(Said({"type": kind, "const": group[0]}))
            else:
                said.append(Said({"type": kind, "enum": group}))
        return self._any(said, frozenset({"enum", "const"}))

    def _any(self, parts: list[Said | None], keywords: frozenset[str]) -> Said | None:
        """One of several parts; those that no value fits fall away, as do repeated ones."""
        said: list[Said] = []
        for part in parts:
            if part is not None and all(part.schema != other.schema for other in said):
                said.append(part)
        if len(said) < 2:
            return replace(said[0], keywords=said[0].keywords | keywords) if said else None
        step = SAME
        if any(part.step is not SAME for part in said):
            step = Options(tuple(Option(part.schema, part.step) for part in said), self._kept)
        schemas = [part.schema for part in said]
        listed = by_types(schemas) if self._dialect.type_lists else None
        return Said(listed or one_of(schemas), step, keywords)

    def _list(self, schema: dict[str, Any], place: _Place) -> Said | None:
        if schema.get("prefixItems"):
            return self._tuple(schema, place)
        item = self._part(schema.get("items", True), replace(place, key=""))
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if item is None:
            if least > 0 or (not self._dialect.list_lengths and place.optional):
                return None
            item, most = text({}, self._dialect), 0
        step = Items(item.step) if item.step is not SAME else SAME
        return Said({"type": "array", "items": item.schema, **self._lengths(least, most)}, step)

    def _lengths(self, least: int, most: int | None) -> dict[str, int]:
        """How long a list must and may be, as far as that can be said."""
        if not self._dialect.list_lengths:
            return {"minItems": 1} if least else {}
        if most is None and self._dialect.bounded:
            most = max(_MOST_ITEMS, least)
        return ({"minItems": least} if least else {}) | ({"maxItems": most} if most is not None else {})

    def _tuple(self, schema: dict[str, Any], place: _Place) -> Said | None:
        """A list of as many parts as have a schema of their own, or as it must have at least, or may have at most."""
        prefix = list(schema["prefixItems"])
        more = max(schema.get("minItems", 0) - len(prefix), 0)
        prefix = [*prefix, *([schema.get("items", True)] * more)][: schema.get("maxItems")]
        parts = [self._part(part, replace(place, key="")) for part in prefix]
        said = [part for part in parts if part is not None]
        if len(said) < len(parts):
            return None
        steps, schemas, count = tuple(part.step for part in said), [part.schema for part in said], len(said)
        keywords = frozenset({"prefixItems", "items", "minItems", "maxItems"})
        lengths = {"minItems": count, "maxItems": count}
        step = Places(steps) if any(part is not SAME for part in steps) else SAME
        if self._dialect.tuples and count:
            return Said({"type": "array", "prefixItems": schemas, **lengths}, step, keywords)
        if self._dialect.list_lengths and all(part == schemas[0] for part in schemas):
            items = schemas[0] if schemas else text({}, self._dialect).schema
            return Said({"type": "array", "items": items, **lengths}, step, keywords)
        keys = tuple(f"item_{i}" for i in range(1, count + 1))
        return Said(object_of(dict(zip(keys, schemas, strict=True)), [*keys]), Places(steps, keys), keywords)

    def _object(self, schema: dict[str, Any], place: _Place) -> Said | None:
        required = [key for key in schema.get("required", ()) if isinstance(key, str)]
        free = schema.get("additionalProperties", True)
        named = dict(schema.get("properties", {}))
        closed = free is False or ("properties" in schema and not isinstance(free, dict))
        if one_pattern(schema) or not (named or required or closed):
            return self._map(schema, place)
        return self._members({**named, **{key: free for key in required if key not in named}}, required, free, place)

    def _members(self, named: dict[str, Schema], required: list[str], free: Schema, place: _Place) -> Said | None:
        schemas: dict[str, dict[str, Any]] = {}
        steps: dict[str, Step] = {}
        absent: set[str] = set()
        for key, schema in named.items():
            part = self._part(schema, replace(place, key=key, optional=key not in required))
            if part is None and key in required:
                return None
            if part is None:
                continue
            nullable = self._nullable(part.schema)
            if self._strict and (nullable or key not in required):
                part = replace(part, schema=perhaps(part.schema), step=Perhaps(part.step, key not in required))
            elif key not in required and not nullable:
                absent.add(key)
                part = replace(part, schema=or_null(part.schema)) if self._dialect.all_required else part
            schemas[key] = part.schema
            steps |= {key: part.step} if part.step is not SAME else {}
        all_required = self._dialect.all_required or self._strict
        lowered = object_of(schemas, [key for key in schemas if key in required or all_required])
        others = self._part(free, replace(place, key="")) if isinstance(free, dict) and self._dialect.maps else None
        if others and free:
            lowered["additionalProperties"] = others.schema
        step = Members(steps, others.step if others else SAME, frozenset(absent))
        return Said(lowered, step if steps or absent or step.others is not SAME else SAME)

    def _map(self, schema: dict[str, Any], place: _Place) -> Said | None:
        """An object of free keys: as such if nothing is said of the keys, else as the few keys there can be, or as pairs."""
        names, values = self._names(schema), schema.get("additionalProperties", True)
        pattern = one_pattern(schema)
        if pattern:
            names, values = both(names, {"pattern": pattern}), schema["patternProperties"][pattern]
        keywords = frozenset({"additionalProperties", "patternProperties", "propertyNames"})
        few = names.get("enum") if isinstance(names, dict) else None
        if names is False or (few and not self._dialect.all_required and not self._strict):
            said = self._members(dict.fromkeys(few or (), values), [], False, place)
            return replace(said, keywords=keywords) if said else None
        value = self._part(values, replace(place, key=""))
        if value is None:
            return Said(object_of({}, []), keywords=keywords)
        if self._dialect.maps and names is True:
            step = Members({}, value.step) if value.step is not SAME else SAME
            return Said({"type": "object", "additionalProperties": value.schema}, step, keywords)
        key = self._part(both(names, {"type": "string"}), _Place()) or text({}, self._dialect)
        pair = object_of({"key": key.schema, "value": value.schema}, ["key", "value"])
        lengths = self._lengths(schema.get("minProperties", 0), schema.get("maxProperties"))
        words = "A list of pairs of a key and its value, each key once."
        return Said({"type": "array", "items": pair, **lengths, "description": words}, Pairs(value.step), keywords)

    def _names(self, schema: dict[str, Any]) -> Schema:
        """What the keys of a map must be. Pydantic tells of keys that are numbers as numbers; in JSON they are texts."""
        flat, _ = self._flat(schema.get("propertyNames", True), _Place())
        if isinstance(flat, bool):
            return flat
        values = flat.get("enum", [flat["const"]] if "const" in flat else None)
        if values is not None:
            return {"type": "string", "enum": [value if isinstance(value, str) else str(value) for value in values]}
        return {key: flat[key] for key in flat.keys() & TELLTALES["string"]} or True

    def _nullable(self, schema: Mapping[str, Any]) -> bool:
        """Whether null fits a lowered schema."""
        if "$ref" in schema:
            return self._nullable(self._kept[str(schema["$ref"]).rpartition("/")[2]])
        kinds = schema.get("type", ())
        return "null" in (kinds if isinstance(kinds, list) else [kinds]) or any(
            self._nullable(option) for option in schema.get("anyOf", ())
        )


def _letters(title: str) -> str:
    return "".join(filter(str.isalnum, title)).lower()
