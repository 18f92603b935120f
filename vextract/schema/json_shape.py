"""From a JSON Schema that was found valid to the Pydantic class that stands for it.

Best effort by design: alternatives that are no single shape become `Any`, since not the shape but jsonschema decides what is
accepted.
"""

import keyword
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ForwardRef, Literal, Optional

from pydantic import Field, create_model

from vextract.schema.json_model import Build, JsonModel, JsonRoot

if TYPE_CHECKING:
    from jsonschema.protocols import Validator
    from referencing import Specification
    from referencing._core import Resolver

__all__ = ["camel_case", "identifier", "model_of"]

_SCALARS: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool, "null": None}
_TAKEN = {name for name in dir(JsonModel) if not name.startswith("_")} | {
    "builders",
    "build",
    "json_schema",
    "json_validator",
}


@dataclass(frozen=True, slots=True)
class _Shape:
    """The annotation of an attribute, and what makes its value."""

    annotation: Any
    build: Build


def _as_it_is(value: Any) -> Any:
    return value


_ANY = _Shape(Any, _as_it_is)


def camel_case(text: str) -> str:
    """A class name made of a title, key or file stem: "line items" -> "LineItems"; "" if nothing remains."""
    words = identifier(text).replace("_", " ").split()
    name = "".join(word[0].upper() + word[1:] for word in words)
    return name if not name or name.isidentifier() else f"N{name}"


def identifier(text: str) -> str:
    """A text with _ for all that no Python name can hold, normalised as Python does with names; it may still begin with a digit."""
    return "".join(sign if f"a{sign}".isidentifier() else "_" for sign in unicodedata.normalize("NFKC", text))


def model_of(
    schema: Mapping[str, Any], name: str, validator: "Validator", specification: "Specification[Any]"
) -> type[JsonModel] | type[JsonRoot]:
    """The class for a JSON Schema: a model with fields where it describes an object that has some, else a root model."""
    from jsonschema_specifications import REGISTRY

    resolver = REGISTRY.resolver_with_root(specification.create_resource(schema))
    return _Shapes(schema, validator, specification).root(name, resolver)


class _Shapes:
    def __init__(self, schema: Mapping[str, Any], validator: "Validator", specification: "Specification[Any]") -> None:
        self._schema = schema
        self._specification = specification
        self._validator = validator
        self._known: dict[int, _Shape] = {}
        self._classes: dict[str, type[JsonModel]] = {}

    def root(self, name: str, resolver: "Resolver[Any]") -> type[JsonModel] | type[JsonRoot]:
        """The class for the whole schema."""
        shape = self.shape(self._schema, resolver, name)
        self._complete()
        model = shape.annotation
        target, _ = self._resolved(self._schema, resolver)
        if isinstance(model, type) and issubclass(model, JsonModel) and _only(target) == "object":
            # Where the whole is a reference, what stands beside it counts too.
            model.json_schema, model.json_validator = self._schema, self._validator
            return model
        wrapped = create_model(self._free_name(name), __base__=JsonRoot, root=(shape.annotation, ...))
        wrapped.json_schema, wrapped.json_validator, wrapped.builder = self._schema, self._validator, shape.build
        wrapped.model_rebuild(_types_namespace=dict(self._classes))
        return wrapped

    def _complete(self) -> None:
        for model in self._classes.values():
            model.model_rebuild(_types_namespace=dict(self._classes))

    def shape(self, schema: object, resolver: "Resolver[Any]", name: str) -> _Shape:
        """The shape of one subschema; `name` is for its class if it needs one."""
        if not isinstance(schema, Mapping):
            return _ANY
        found = self._known.get(id(schema))
        if found is None:
            # Until it is known, whoever meets it again inside itself treats it as anything; objects put their class here first.
            self._known[id(schema)] = _ANY
            resolver = resolver.in_subresource(self._specification.create_resource(schema))
            found = self._known[id(schema)] = self._new_shape(schema, resolver, name)
        return found

    def _new_shape(self, schema: Mapping[str, Any], resolver: "Resolver[Any]", name: str) -> _Shape:
        if isinstance(schema.get("$ref"), str):
            target, inside = self._resolved(schema, resolver)
            title = str(schema["$ref"]).rpartition("/")[2]
            return self.shape(target, inside, camel_case(title) or name) if target is not schema else _ANY
        members = self._members(schema, resolver)
        if members and _only(schema) in (None, "object"):
            return self._object(schema, members, name)
        options = _options(schema)
        if options and _types(schema) <= {"null"}:
            return self._one_of(options, resolver, name)
        return self._typed(schema, resolver, name)

    def _resolved(
        self, schema: Mapping[str, Any], resolver: "Resolver[Any]"
    ) -> tuple[Mapping[str, Any], "Resolver[Any]"]:
        """What a schema's reference finally leads to; the schema itself where it has none."""
        for _ in range(64):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                break
            found = resolver.lookup(reference)
            if not isinstance(found.contents, Mapping):
                break
            schema, resolver = found.contents, found.resolver
        return schema, resolver

    def _members(self, schema: Mapping[str, Any], resolver: "Resolver[Any]", depth: int = 0) -> "dict[str, _Member]":
        """The properties of an object and of all it is a part of by allOf; its own win."""
        found: dict[str, _Member] = {}
        for part in schema.get("allOf") or ():
            if isinstance(part, Mapping) and depth < 8:
                target, inside = self._resolved(part, resolver)
                found |= self._members(target, inside, depth + 1)
        wanted = set(_list(schema.get("required")))
        found = {key: _Member(m.schema, m.resolver, m.required or key in wanted) for key, m in found.items()}
        own = schema.get("properties")
        if isinstance(own, Mapping):
            found |= {key: _Member(sub, resolver, key in wanted) for key, sub in own.items()}
        return found

    def _object(self, schema: Mapping[str, Any], members: "dict[str, _Member]", name: str) -> _Shape:
        name = self._free_name(camel_case(str(schema.get("title") or "")) or name)

        def build(value: Any) -> Any:
            return self._classes[name].build(value) if isinstance(value, dict) else value

        self._known[id(schema)] = _Shape(ForwardRef(name), build)
        self._classes[name] = JsonModel  # the name is taken
        fields: dict[str, Any] = {}
        builders: dict[str, Build] = {}
        for attribute, (key, member) in _attributes(members).items():
            shape = self.shape(member.schema, member.resolver, camel_case(key) or "Item")
            annotation = shape.annotation if member.required else Optional[shape.annotation]
            said = member.schema if isinstance(member.schema, Mapping) else {}
            fields[attribute] = (annotation, _field(said, None if attribute == key else key, required=member.required))
            builders[attribute] = shape.build
        model = create_model(name, __base__=JsonModel, __doc__=str(schema.get("description") or ""), **fields)
        model.builders, model.json_schema = builders, schema
        model.json_validator = self._validator if schema is self._schema else self._validator.evolve(schema=schema)
        self._classes[name] = model
        return _Shape(model, build)

    def _one_of(self, options: list[object], resolver: "Resolver[Any]", name: str) -> _Shape:
        """The one alternative beside null; several are a union in name, and their values stay as they are."""
        real = [o for o in options if not (isinstance(o, Mapping) and o.get("type") == "null")]
        shapes = [self.shape(option, resolver, name) for option in real]
        if len(shapes) == 1:
            [shape] = shapes
            return shape if len(options) == 1 else _Shape(Optional[shape.annotation], shape.build)
        return _ANY

    def _typed(self, schema: Mapping[str, Any], resolver: "Resolver[Any]", name: str) -> _Shape:
        choices = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
        if choices and all(isinstance(choice, str) for choice in choices):
            return _Shape(Literal[tuple(choices)], _as_it_is)
        types = _types(schema)
        real = types - {"null"}
        if real == {"array"} or (not types and "items" in schema):
            shape = self._list(schema, resolver, name)
        elif real == {"object"}:
            shape = self._map(schema, resolver, name)
        elif real and real <= set(_SCALARS):
            annotation: Any = None
            for i, kind in enumerate(sorted(real)):
                annotation = _SCALARS[kind] if i == 0 else annotation | _SCALARS[kind]
            shape = _Shape(annotation, _as_it_is)
        else:
            return _Shape(None, _as_it_is) if types == {"null"} else _ANY
        return _Shape(Optional[shape.annotation], shape.build) if "null" in types else shape

    def _list(self, schema: Mapping[str, Any], resolver: "Resolver[Any]", name: str) -> _Shape:
        item = _ANY if "prefixItems" in schema else self.shape(schema.get("items"), resolver, f"{name}Item")
        return _Shape(list[item.annotation], lambda v: [item.build(x) for x in v] if isinstance(v, list) else v)  # type: ignore[name-defined]

    def _map(self, schema: Mapping[str, Any], resolver: "Resolver[Any]", name: str) -> _Shape:
        if schema.get("patternProperties"):
            return _Shape(dict[str, Any], _as_it_is)
        item = self.shape(schema.get("additionalProperties"), resolver, f"{name}Value")
        return _Shape(
            dict[str, item.annotation],  # type: ignore[name-defined]
            lambda v: {key: item.build(x) for key, x in v.items()} if isinstance(v, dict) else v,
        )

    def _free_name(self, wanted: str) -> str:
        wanted = wanted or "Item"
        name, number = wanted, 2
        while name in self._classes or keyword.iskeyword(name):
            name, number = f"{wanted}{number}", number + 1
        return name


@dataclass(frozen=True, slots=True)
class _Member:
    schema: object
    resolver: "Resolver[Any]"
    required: bool


def _attributes(members: Mapping[str, _Member]) -> dict[str, tuple[str, _Member]]:
    """Each property under a name that Python and Pydantic allow for an attribute."""
    named: dict[str, tuple[str, _Member]] = {}
    own = {key for key in members if _usable(key)}
    for key, member in members.items():
        attribute = key
        if not _usable(key):
            attribute = identifier(key).strip("_") or "field"
            if not _usable(attribute):
                attribute = f"field_{attribute}" if not attribute.isidentifier() else f"{attribute}_"
            stem, number = attribute, 2
            while attribute in named or attribute in own:
                attribute, number = f"{stem}_{number}", number + 1
        named[attribute] = (key, member)
    return named


def _usable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_") and name not in _TAKEN


def _field(said: Mapping[str, Any], alias: str | None, *, required: bool) -> Any:
    title, description = said.get("title"), said.get("description")
    return Field(
        default=... if required else None,
        alias=alias,
        title=title if isinstance(title, str) else None,
        description=description if isinstance(description, str) else None,
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _types(schema: Mapping[str, Any]) -> set[str]:
    stated = schema.get("type")
    return {stated} if isinstance(stated, str) else set(_list(stated))


def _only(schema: Mapping[str, Any]) -> str | None:
    """The one type that a schema allows; None if it names none, "" if several."""
    types = _types(schema)
    return None if not types else next(iter(types)) if len(types) == 1 else ""


def _options(schema: Mapping[str, Any]) -> list[object]:
    for key in ("anyOf", "oneOf", "allOf"):
        found = _list(schema.get(key))
        if found:
            return found if key != "allOf" or len(found) == 1 else []
    return []
