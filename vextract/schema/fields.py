"""What a schema asks for, field by field: the view of a schema that readers, prompts and evaluation share.

It is taken from the JSON Schema that Pydantic writes for a model, so that classes, JSON Schema files and the short notation look
alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote

from vextract.pointers import keys

__all__ = ["FieldSpec", "Kind", "describe"]

Kind = Literal["text", "integer", "number", "boolean", "date", "time", "datetime", "object", "list", "map", "any"]

_BY_TYPE: dict[str, Kind] = {"string": "text", "integer": "integer", "number": "number", "boolean": "boolean"}
_BY_FORMAT: dict[str, Kind] = {"date": "date", "time": "time", "date-time": "datetime"}
_KNOWN = {
    *(
        "title",
        "description",
        "type",
        "format",
        "enum",
        "const",
        "pattern",
        "labels",
        "examples",
        "default",
        "nullable",
    ),
    *("$ref", "$defs", "definitions", "properties", "required", "items", "prefixItems", "additionalProperties"),
    *("anyOf", "oneOf", "allOf", "$schema", "$id", "id"),
}
_MOST_FIELDS = 10_000


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a schema, or the schema as a whole.

    Attributes:
        name: the key in the data; for the whole schema its title, for a list's item "".
        kind: what its values are.
        format: narrower than the kind where the schema says so: "email", "uri", "iban", "vat-id", "phone", "currency", …
        title: what people call it.
        description: what it means.
        labels: what is printed beside it on a page, in any language; as the schema gives them.
        pattern: a regular expression that its printed form matches.
        choices: the only values allowed, as text.
        examples: values as they may look.
        required: the key must be there.
        nullable: null is a value.
        fields: the members of an object.
        item: the members of a list, or the values of a map.
        hints: all else that the schema says of the field, such as `section` or `place`.
    """

    name: str
    kind: Kind
    format: str | None = None
    title: str = ""
    description: str = ""
    labels: tuple[str, ...] = ()
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    examples: tuple[object, ...] = ()
    required: bool = False
    nullable: bool = False
    fields: "tuple[FieldSpec, ...]" = ()
    item: "FieldSpec | None" = None
    hints: Mapping[str, object] = field(default_factory=dict)

    def member(self, name: str) -> "FieldSpec | None":
        """The field of that name, None if there is none."""
        return next((spec for spec in self.fields if spec.name == name), None)


def describe(json_schema: Mapping[str, Any]) -> FieldSpec:
    """The fields that a JSON Schema describes. A schema that contains itself is described once; deeper it is of kind "any".

    Where parts refer to one another so much that the description would be huge, fewer references are followed one inside another.
    """
    name = _text(json_schema.get("title"))
    for deepest in (64, 8, 4, 3, 2):
        try:
            return _Walk(json_schema, deepest).spec(json_schema, name, ())
        except _TooManyFieldsError:
            continue
    return _Walk(json_schema, 1, most=None).spec(json_schema, name, ())


class _TooManyFieldsError(Exception):
    """The description has become too large."""


class _Walk:
    def __init__(self, root: Mapping[str, Any], deepest: int, most: int | None = _MOST_FIELDS) -> None:
        self._root = root
        self._deepest = deepest
        self._left = most

    def spec(self, schema: object, name: str, inside: tuple[str, ...], *, required: bool = False) -> FieldSpec:
        """The description of one subschema; `inside` are the references that led here."""
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise _TooManyFieldsError
        if not isinstance(schema, Mapping):
            return FieldSpec(name, "any", required=required, nullable=True)
        schema, inside, recursive = self._resolved(schema, inside)
        if recursive:
            return FieldSpec(
                name, "any", description=_text(schema.get("description")), required=required, nullable=True
            )
        return self._described(schema, name, inside, required=required)

    def _described(self, schema: Mapping[str, Any], name: str, inside: tuple[str, ...], *, required: bool) -> FieldSpec:
        kind = _kind(schema)
        members = schema.get("properties") if kind == "object" else None
        wanted = {key for key in _list(schema.get("required")) if isinstance(key, str)}
        fields = tuple(
            self.spec(sub, key, inside, required=key in wanted)
            for key, sub in (members.items() if isinstance(members, Mapping) else ())
        )
        values = schema.get("additionalProperties") if kind == "map" else schema.get("items")
        item = self.spec(values, "", inside) if kind in ("list", "map") else None
        labels = schema.get("labels")
        return FieldSpec(
            name=name,
            kind=kind,
            format=_text(schema.get("format")) or None,
            title=_text(schema.get("title")),
            description=_text(schema.get("description")),
            labels=(labels,) if isinstance(labels, str) else tuple(str(label) for label in _list(labels)),
            pattern=_text(schema.get("pattern")) or None,
            choices=tuple(str(choice) for choice in _choices(schema) if choice is not None),
            examples=tuple(_list(schema.get("examples"))),
            required=required,
            nullable=bool(schema.get("nullable")) or "null" in _types(schema) or None in _choices(schema),
            fields=fields,
            item=item,
            hints={key: value for key, value in schema.items() if key not in _KNOWN},
        )

    def _resolved(
        self, schema: Mapping[str, Any], inside: tuple[str, ...]
    ) -> tuple[Mapping[str, Any], tuple[str, ...], bool]:
        """References followed and the alternatives of an optional field folded in; what stands beside a reference wins."""
        for _ in range(32):
            if isinstance(reference := schema.get("$ref"), str):
                if reference in inside or len(inside) >= self._deepest:
                    return schema, inside, True
                inside = (*inside, reference)
                schema = {**self._target(reference), **{k: v for k, v in schema.items() if k != "$ref"}}
                continue
            parts = _mappings(schema.get("allOf"))
            if len(parts) > 1 or (parts and "properties" in schema):
                schema, inside = self._joined(schema, parts, inside)
                continue
            if "type" in schema or "properties" in schema or not (chosen := _alternative(schema)):
                break
            schema = chosen
        return schema, inside, False

    def _joined(
        self, schema: Mapping[str, Any], parts: list[Mapping[str, Any]], inside: tuple[str, ...]
    ) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """A schema with all parts of its allOf in one; its own word wins."""
        joined: dict[str, Any] = {}
        own = {key: value for key, value in schema.items() if key != "allOf"}
        for part in (*parts, own):
            resolved, seen, recursive = self._resolved(part, inside) if part is not own else (part, inside, False)
            if recursive:
                continue
            inside = tuple(dict.fromkeys((*inside, *seen)))
            properties = {**_mapping(joined.get("properties")), **_mapping(resolved.get("properties"))}
            required = [*_list(joined.get("required")), *_list(resolved.get("required"))]
            joined |= resolved
            joined |= ({"properties": properties} if properties else {}) | ({"required": required} if required else {})
        return joined, inside

    def _target(self, reference: str) -> Mapping[str, Any]:
        """What a JSON pointer in the fragment of a reference leads to; nothing for any other reference."""
        found: Any = self._root
        for key in keys(unquote(reference).partition("#")[2]):
            if isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            else:
                found = found.get(key, {}) if isinstance(found, Mapping) else {}
        return _mapping(found)


def _alternative(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A schema with the alternative that says most of its values in place of all alternatives; None if there are none."""
    options = [option for key in ("anyOf", "oneOf", "allOf") for option in _mappings(schema.get(key))]
    real = [option for option in options if option.get("type") != "null"]
    if not real:
        return None
    beside = {k: v for k, v in schema.items() if k not in ("anyOf", "oneOf", "allOf")}
    number = next((option for option in real if option.get("type") in ("number", "integer")), None)
    if len(real) < len(options):
        beside["nullable"] = True
    return {**(number or real[0]), **beside}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [part for part in _list(value) if isinstance(part, Mapping)]


def _types(schema: Mapping[str, Any]) -> list[str]:
    stated = schema.get("type")
    return [stated] if isinstance(stated, str) else [t for t in _list(stated) if isinstance(t, str)]


def _choices(schema: Mapping[str, Any]) -> list[Any]:
    return _list(schema.get("enum")) or ([schema["const"]] if "const" in schema else [])


def _kind(schema: Mapping[str, Any]) -> Kind:
    types = [t for t in _types(schema) if t != "null"]
    if _mapping(schema.get("properties")) and (not types or "object" in types):
        return "object"
    if "array" in types or (not types and "items" in schema):
        return "list"
    if "object" in types:
        return "map" if isinstance(schema.get("additionalProperties"), Mapping) else "object"
    stated = schema.get("format")
    if isinstance(stated, str) and stated in _BY_FORMAT and (not types or "string" in types):
        return _BY_FORMAT[stated]
    if not types:
        choices = _choices(schema)
        return "text" if choices and all(isinstance(choice, str) for choice in choices) else "any"
    # Pydantic writes a Decimal as "number or patterned string": a number.
    return next((_BY_TYPE[t] for t in ("number", "integer", "boolean", "string") if t in types), "any")
