"""Reading a JSON Schema: which draft it is, that it is valid, and that every reference in it leads somewhere in it.

Nothing is fetched: a reference to another document is an error.
"""

import copy
import json
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import BaseModel

from vextract.errors import SchemaError
from vextract.pointers import join
from vextract.schema.json_shape import camel_case, model_of
from vextract.schema.patterns import python_pattern

if TYPE_CHECKING:
    from jsonschema.protocols import Validator
    from referencing import Specification
    from referencing._core import Resolver

    from vextract.schema.json_model import JsonModel, JsonRoot

__all__ = ["json_schema_model", "read_json_schema", "subschemas"]

_BY_KEY = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies")
_IN_LIST = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_SINGLE = (
    *("items", "additionalItems", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
_SAME_VALUE = {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"}
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_OTHER_KEYWORDS = {
    *("$schema", "$id", "id", "$anchor", "$comment", "$vocabulary", "title", "description", "default", "examples"),
    *("type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf"),
    *("exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains"),
    *("required", "minProperties", "maxProperties", "dependentRequired", "readOnly", "writeOnly", "deprecated"),
    *("contentEncoding", "contentMediaType", "$dynamicAnchor", "$recursiveAnchor"),
}
_KEYWORDS = {*_BY_KEY, *_IN_LIST, *_SINGLE, *_REFERENCES, *_OTHER_KEYWORDS}


def read_json_schema(path: str) -> type[BaseModel]:
    """The class for the JSON Schema in a file.

    Raises:
        SchemaError: the file cannot be read, is no JSON, or is no schema that can be used.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            schema = json.load(file)
    except OSError as error:
        raise SchemaError(f"cannot read {path!r}: {error.strerror}", "name a JSON Schema file") from error
    except UnicodeDecodeError as error:
        raise SchemaError(f"{path!r} is not UTF-8: {error.reason}", "save it as UTF-8") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise SchemaError(f"{path!r} is not JSON: {error.msg} in {where}", "mend that line") from error
    except RecursionError as error:
        raise SchemaError(f"{path!r} is nested too deeply", "name a JSON Schema file") from error
    return json_schema_model(schema, os.path.basename(path).partition(".")[0], path)


def json_schema_model(schema: object, stem: str, source: str) -> type[BaseModel]:
    """The class for a JSON Schema; named by its title, else by `stem`. `source` is what messages call it.

    Raises:
        SchemaError: it is no schema, or has something that cannot be used; the message says what and where.
    """
    if not isinstance(schema, dict):
        raise SchemaError(f"{source!r} is no JSON Schema: it holds a {type(schema).__name__}, not an object", _EXAMPLE)
    if not _KEYWORDS & set(schema):
        raise SchemaError(f"{source!r} is no JSON Schema: none of its keys means anything in one", _EXAMPLE)
    name = camel_case(str(schema.get("title") or "")) or camel_case(stem) or "Document"
    try:
        model = _model(schema, name, source)
    except RecursionError as error:
        raise SchemaError(f"{source!r} is nested too deeply", "simplify the schema") from error
    model.json_schema = schema
    return model


def _model(schema: dict[str, Any], name: str, source: str) -> "type[JsonModel | JsonRoot]":
    from jsonschema_specifications import REGISTRY
    from referencing.jsonschema import specification_with

    draft = _draft(schema, source)
    used = copy.deepcopy(schema)
    _rewrite_patterns(used, (), source)
    specification = specification_with(draft.META_SCHEMA["$schema"])
    resolver = REGISTRY.resolver_with_root(specification.create_resource(used))
    _Parts(source, specification).check(used, resolver)
    return model_of(used, name, draft(used, registry=REGISTRY), specification)


_EXAMPLE = "of an example document, `vextract schema new EXAMPLE.json` makes a schema"


def _draft(schema: dict[str, Any], source: str) -> "type[Validator]":
    """The validator of the draft that the schema names; without one, of the newest draft in which it is valid.

    A schema that its own draft forbids is read by the next newer one that allows it: many that name draft 4 use what came later.
    """
    from jsonschema import FormatChecker, validators
    from jsonschema.exceptions import SchemaError as Invalid

    no_formats = FormatChecker(formats=())  # its "regex" is Python's, not the standard's
    newest_first = [
        validators.Draft202012Validator,
        validators.Draft201909Validator,
        validators.Draft7Validator,
        validators.Draft6Validator,
        validators.Draft4Validator,
    ]
    order = newest_first
    stated = schema.get("$schema")
    if stated is not None and (draft := _canonical(stated)) != _LATEST:
        ids = [_canonical(kind.META_SCHEMA["$schema"]) for kind in newest_first]
        if draft not in ids:
            hint = "known are draft 2020-12, 2019-09, 07, 06 and 04"
            raise SchemaError(f'{source!r} has an unknown "$schema": {stated!r}', hint)
        order = newest_first[ids.index(draft) :: -1]
    faults: list[Invalid] = []
    for kind in order:
        try:
            kind.check_schema(schema, format_checker=no_formats)
        except Invalid as error:
            faults.append(error)
            continue
        found: type[Validator] = kind
        return found
    return _refuse(source, tuple(faults[0].absolute_path), faults[0].message)


_LATEST = "json-schema.org/schema"


def _canonical(draft: object) -> str:
    """The address of a draft as people vary it: with http or https, with or without the empty fragment."""
    return str(draft).strip().removeprefix("https://").removeprefix("http://").rstrip("#/")


def _refuse(source: str, path: tuple[str | int, ...], what: str, hint: str = "") -> NoReturn:
    where = join(path) or "its top"
    raise SchemaError(f"{source!r} cannot be used: at {where}: {what}", hint or "mend the JSON Schema there")


class _Parts:
    """Looks at every subschema: its references lead somewhere."""

    def __init__(self, source: str, specification: "Specification[Any]") -> None:
        self._source = source
        self._specification = specification
        self._seen: set[int] = set()
        self._ends: set[int] = set()

    def check(self, schema: object, resolver: "Resolver[Any]", path: tuple[str | int, ...] = ()) -> None:
        """Refuses what cannot be used in a schema and in all it contains or refers to."""
        if not isinstance(schema, dict) or id(schema) in self._seen:
            return
        self._seen.add(id(schema))
        resolver = resolver.in_subresource(self._specification.create_resource(schema))
        for where, part in subschemas(schema):
            self.check(part, resolver, (*path, *where))
        for key in _REFERENCES:
            if isinstance(schema.get(key), str):
                self._check_reference(schema[key], resolver, (*path, key))

    def _check_reference(self, reference: str, resolver: "Resolver[Any]", path: tuple[str | int, ...]) -> None:
        from referencing.exceptions import Unresolvable

        try:
            found = resolver.lookup(reference)
        except Unresolvable:
            _refuse(self._source, path, *_dangling(reference))
        self.check(found.contents, found.resolver, (reference,))
        if path[-1] == "$ref" and self._leads_back(found.contents, found.resolver, ()):
            _refuse(self._source, path, f"the reference {reference!r} leads back to itself")

    def _leads_back(self, schema: object, resolver: "Resolver[Any]", passed: tuple[int, ...]) -> bool:
        """Whether judging a value would come to the same schema again before it has come to a part of the value."""
        from referencing.exceptions import Unresolvable

        if not isinstance(schema, dict) or id(schema) in self._ends:
            return False
        if id(schema) in passed:
            return True
        passed = (*passed, id(schema))
        resolver = resolver.in_subresource(self._specification.create_resource(schema))
        reference = schema.get("$ref")
        if isinstance(reference, str):
            try:
                found = resolver.lookup(reference)
            except Unresolvable:
                return False  # that is told where it stands
            if self._leads_back(found.contents, found.resolver, passed):
                return True
        parts = [part for way, part in subschemas(schema) if way[0] in _SAME_VALUE]
        if any(self._leads_back(part, resolver, passed) for part in parts):
            return True
        self._ends.add(id(schema))
        return False


def _rewrite_patterns(schema: object, path: tuple[str | int, ...], source: str) -> None:
    """Makes all regular expressions in a schema Python's, in place."""
    if not isinstance(schema, dict):
        return
    pattern, named = schema.get("pattern"), schema.get("patternProperties")
    if isinstance(pattern, str):
        schema["pattern"] = _python(pattern, (*path, "pattern"), source)
    if isinstance(named, dict):
        parts = [(_python(key, (*path, "patternProperties", key), source), part) for key, part in named.items()]
        schema["patternProperties"] = dict(parts)
    for way, part in subschemas(schema):
        _rewrite_patterns(part, (*path, *way), source)


def _python(pattern: str, path: tuple[str | int, ...], source: str) -> str:
    try:
        return python_pattern(pattern)
    except re.error as error:
        what = f"the regular expression {pattern!r}: {error.msg}"
        _refuse(source, path, what, "write it as Python's re understands it")


def _dangling(reference: str) -> tuple[str, str]:
    if reference.startswith("#"):
        return f"the reference {reference!r} leads nowhere", "define it in the file, or mend its spelling"
    return f"the reference {reference!r} is to another document", "nothing is fetched: copy what it means into the file"


def subschemas(schema: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """The schemas directly inside one, each with the way to it."""
    for key in _BY_KEY:
        if isinstance(schema.get(key), dict):
            yield from (((key, name), part) for name, part in schema[key].items())
    for key in _IN_LIST:
        if isinstance(schema.get(key), list):
            yield from (((key, i), part) for i, part in enumerate(schema[key]))
    yield from (((key,), schema[key]) for key in _SINGLE if key in schema)
