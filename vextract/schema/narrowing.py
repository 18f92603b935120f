"""A schema for some of its properties alone: what a model is asked when the others are known already.

Whatever cannot be narrowed stays whole: then more is asked than is needed, and nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from vextract.pointers import keys, replaced, resolve, within
from vextract.schema.loading import Schema
from vextract.schema.problems import Problem

__all__ = ["Narrowed", "at_top", "narrowed"]

# What a schema says of an object by properties that may not be asked for; the whole is validated with them in any case.
_OF_OTHERS = frozenset(
    {
        *("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "minProperties", "maxProperties", "propertyNames"),
        *("dependentRequired", "dependentSchemas", "dependencies", "patternProperties", "unevaluatedProperties"),
        *("properties", "required", "examples", "default"),
    }
)
_DEFINITIONS = ("$defs", "definitions")

_Tree = dict[str, "_Tree"]  # names of properties, each with those inside it that are asked for


@dataclass(frozen=True)
class Narrowed(Schema):
    """A schema of which only some properties are asked for; an answer is judged as a part of the whole, by the whole's own class.

    Attributes:
        whole: the JSON Schema of all of it.
        places: pointers of the properties; "" for all of it.
        former: the data that the answer is to complete.
    """

    whole: Mapping[str, Any]
    places: tuple[str, ...]
    former: object = None

    @cached_property
    def json_schema(self) -> Mapping[str, Any]:
        """The JSON Schema of these properties."""
        return narrowed(self.whole, self.places)

    def validate(self, data: object) -> tuple[BaseModel | None, list[Problem]]:
        """The instance with this answer in it; or None, and what is wrong with the properties that were asked for.

        Raises:
            SchemaError: a validator of the schema's own fails in another way than by refusing.
        """
        if "" in self.places:
            return super().validate(data)
        if not isinstance(data, Mapping):
            return None, [Problem("", "it is no object")]
        completed = self.former
        for place in self.places:
            if (value := resolve(data, place)) is not None:
                completed = replaced(completed, place, value)
        instance, problems = super().validate(completed)
        return instance, [p for p in problems if any(within(p.pointer, place) for place in self.places)]


def narrowed(json_schema: Mapping[str, Any], places: tuple[str, ...]) -> Mapping[str, Any]:
    """The JSON Schema of these properties, with all that it says of them; the whole where it cannot be parted.

    Args:
        json_schema: of an object.
        places: pointers into its data, to properties of it and of objects inside it; "" for all of it.
    """
    tree: _Tree = {}
    for place in places:
        below = tree
        for key in keys(place):
            below = below.setdefault(key, {})
    part = _part(json_schema, tree, json_schema) if tree and "" not in places else None
    if part is None:
        return json_schema
    used = _used(part, json_schema)
    if used is None:
        return json_schema
    kept = {
        key: {name: json_schema[key][name] for name in json_schema[key] if (key, name) in used}
        for key in _DEFINITIONS
        if key in json_schema
    }
    bare = {key: value for key, value in part.items() if key not in _DEFINITIONS}
    return bare | {key: named for key, named in kept.items() if named}


def at_top(json_schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """The schema, with what its top refers to in place of the reference: classes that have members of their own kind begin so.

    Args:
        json_schema: the schema, or a part of one.
        root: what references are looked up in; by default the schema itself.
    """
    place, seen = json_schema.get("$ref"), set()
    while isinstance(place, str) and place.startswith("#/") and place not in seen:
        seen.add(place)
        target = resolve(root or json_schema, place[1:])
        if not isinstance(target, Mapping):
            break
        json_schema = {key: value for key, value in json_schema.items() if key != "$ref"} | dict(target)
        place = json_schema.get("$ref")
    return json_schema


def _part(schema: Any, tree: _Tree, root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """An object's schema with these of its properties; None where that cannot be told."""
    if not isinstance(schema, Mapping):
        return None
    schema = at_top(schema, root)
    if (only := _only_alternative(schema)) is not None:
        key, at = only
        inner = _part(schema[key][at], tree, root)
        return inner and {**schema, key: [*schema[key][:at], inner, *schema[key][at + 1 :]]}
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not tree.keys() <= properties.keys():
        return None
    wanted = {name: properties[name] for name in properties if name in tree}
    inner = {name: (tree[name] and _part(part, tree[name], root)) or part for name, part in wanted.items()}
    required = [name for name in schema.get("required", ()) if name in tree]
    about = {key: value for key, value in schema.items() if key not in _OF_OTHERS}
    return about | {"properties": inner} | ({"required": required} if required else {})


def _only_alternative(schema: Mapping[str, Any]) -> tuple[str, int] | None:
    """Where the one alternative of an object stands that may also be null; None if it has none, or several."""
    for key in ("anyOf", "oneOf", "allOf"):
        options = schema.get(key)
        if isinstance(options, list) and "properties" not in schema:
            real = [
                n
                for n, option in enumerate(options)
                if not (isinstance(option, Mapping) and option.get("type") == "null")
            ]
            return (key, real[0]) if len(real) == 1 else None
    return None


def _used(part: Mapping[str, Any], root: Mapping[str, Any]) -> set[tuple[str, str]] | None:
    """The definitions that a part refers to, also by way of one another; None if it refers to anything else."""
    used: set[tuple[str, str]] = set()
    left = [{key: value for key, value in part.items() if key not in _DEFINITIONS}]
    while left:
        for reference in _references(left.pop()):
            path = keys(reference[1:]) if reference.startswith("#/") else []
            if len(path) != 2 or path[0] not in _DEFINITIONS or resolve(root, reference[1:]) is None:
                return None
            if (path[0], path[1]) not in used:
                used.add((path[0], path[1]))
                left.append(root[path[0]][path[1]])
    return used


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key in ("$ref", "$dynamicRef", "$recursiveRef") and isinstance(value, str):
                yield value if key == "$ref" else ""
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for member in schema:
            yield from _references(member)
