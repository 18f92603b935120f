"""Fields written down as source: a Python file with Pydantic classes, or the short notation."""

import json
import keyword
import re
from collections.abc import Iterator

from vextract.errors import SchemaError
from vextract.schema.fields import FieldSpec
from vextract.schema.json_shape import camel_case, identifier
from vextract.schema.short import ShortField, write

__all__ = ["python_source", "short_source"]

_WIDTH = 88  # what ruff and black wrap at unless told otherwise
_BY_KIND = {
    "text": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "any": "Any",
    "date": "dt.date",
    "time": "dt.time",
    "datetime": "dt.datetime",
    "map": "dict[str, Any]",
    "object": "dict[str, Any]",
}
_TAKEN = {"str", "int", "float", "bool", "list", "dict", "dt", "copy", "json", "schema", "validate", "construct"}
_SHORT_KINDS = {"text": "str", "integer": "int", "number": "float", "boolean": "bool"}
_SHORT_FORMATS = {"email", "iban", "phone", "currency", "decimal"}


def short_source(fields: FieldSpec) -> str:
    """The short notation of fields; titles, labels, examples and bounds have no place in it and are left out.

    Raises:
        SchemaError: something of their shape cannot be said in it.
    """
    whole = _short(fields, "the schema")
    return write(ShortField("", lists=whole.lists, type=whole.type, choices=whole.choices, members=whole.members))


def _short(spec: FieldSpec, what: str) -> ShortField:
    lists, value = 0, spec
    while value.kind == "list" and value.item is not None:
        lists, value = lists + 1, value.item
    if spec.name and not re.fullmatch(r"[^\W_][\w-]*", spec.name):
        _refuse(f"the name {spec.name!r}")
    members = tuple(_short(member, member.name) for member in value.fields)
    kind = "str"
    if not members and value.kind in ("object", "map", "list", "any"):
        _refuse(f"{what!r}, which is {_WORDS.get(value.kind, value.kind)}")
    elif not members:
        kind = value.format if value.format in _SHORT_FORMATS else _SHORT_KINDS.get(value.kind, value.kind)
    optional = bool(spec.name) and (not spec.required or spec.nullable)
    choices = value.choices if value.kind == "text" else ()
    return ShortField(spec.name, optional, lists, "enum" if choices else kind, choices, spec.description, members)


_WORDS = {"map": "an object with free keys", "object": "an object without fields", "any": "of any type"}


def _refuse(what: str) -> None:
    raise SchemaError(f"the short notation cannot say {what}", "use -f json")


def python_source(fields: FieldSpec, name: str) -> str:
    """A Python file that defines the class `name` with these fields, its parts before it. Formatted as ruff would."""
    writer = _Classes()
    if fields.kind == "object" and fields.fields:
        writer.add(fields, name)
    else:
        item = writer.annotation(fields, f"{name}Item" if name[-1:] != "s" else name[:-1])
        writer.texts.append(f'class {name}(RootModel[{item}]):\n    """{_doc(fields, _title(name))}"""\n')
    code = "\n\n".join(writer.texts)
    about = f"{name}, made from an example.\n\nSee which fields may be missing, and say what they mean.\n"
    return f'"""{about}"""\n\n{_imports(code)}\n\n{code}'


class _Classes:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self._names: set[str] = set()

    def add(self, spec: FieldSpec, wanted: str) -> str:
        """Writes a class and those it needs; gives its name."""
        name, number = wanted, 2
        while name in self._names or keyword.iskeyword(name):
            name, number = f"{wanted}{number}", number + 1
        self._names.add(name)
        lines = [line for field in _attributes(spec) for line in self._field(*field)]
        self.texts.append(
            f'class {name}(BaseModel):\n    """{_doc(spec, _title(name))}"""\n\n' + "\n".join(lines) + "\n"
        )
        return name

    def annotation(self, spec: FieldSpec, name: str) -> str:
        """The type of a field, without whether it may be missing."""
        if spec.kind == "list":
            singular = name[:-1] if name.endswith("s") else f"{name}Item"
            return f"list[{self.annotation(spec.item, singular) if spec.item else 'Any'}]"
        if spec.kind == "map" and spec.item:
            return f"dict[str, {self.annotation(spec.item, f'{name}Value')}]"
        if spec.kind == "object" and spec.fields:
            return self.add(spec, name)
        if spec.kind == "text" and spec.choices:
            return f"Literal[{', '.join(map(_text, spec.choices))}]"
        return "Decimal" if spec.format == "decimal" else _BY_KIND[spec.kind]

    def _field(self, attribute: str, spec: FieldSpec) -> Iterator[str]:
        annotation = self.annotation(spec, camel_case(spec.name) or "Item")
        optional = not spec.required or spec.nullable
        arguments = ["default=None"] if optional else []
        arguments += [f"alias={_text(spec.name)}"] if attribute != spec.name else []
        arguments.append(f"title={_text(spec.title or _title(spec.name))}")
        arguments += [f"description={_text(spec.description)}"] if spec.description else []
        if spec.kind == "text" and spec.format:
            arguments.append(f'json_schema_extra={{"format": {_text(spec.format)}}}')
        missing = " | None" if optional and annotation != "Any" else ""
        yield from _call(f"    {attribute}: {annotation}{missing} = Field(", arguments)


def _attributes(spec: FieldSpec) -> Iterator[tuple[str, FieldSpec]]:
    """Each field under a name that Python allows."""
    used: set[str] = set()
    for field in spec.fields:
        attribute = identifier(field.name).strip("_") or "field"
        if not attribute.isidentifier():
            attribute = f"field_{attribute}"
        if keyword.iskeyword(attribute) or attribute in _TAKEN or attribute.startswith("model_"):
            attribute = f"{attribute}_"
        stem, number = attribute, 2
        while attribute in used or (attribute != field.name and spec.member(attribute)):
            attribute, number = f"{stem}_{number}", number + 1
        used.add(attribute)
        yield attribute, field


def _call(start: str, arguments: list[str]) -> list[str]:
    """A call on one line if it fits, else its arguments on the next, else each on its own."""
    line = f"{start}{', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return [line]
    inner = f"        {', '.join(arguments)}"
    if len(inner) <= _WIDTH:
        return [start, inner, "    )"]
    return [start, *(f"        {argument}," for argument in arguments), "    )"]


def _imports(code: str) -> str:
    standard = ["import datetime as dt"] if "dt." in code else []
    standard += ["from decimal import Decimal"] if re.search(r"\bDecimal\b", code) else []
    typing = [name for name in ("Any", "Literal") if re.search(rf"\b{name}\b", code)]
    standard += [f"from typing import {', '.join(typing)}"] if typing else []
    pydantic = [name for name in ("BaseModel", "Field", "RootModel") if re.search(rf"\b{name}\b", code)]
    return "\n".join([*standard, *([""] if standard else []), f"from pydantic import {', '.join(pydantic)}"]) + "\n"


def _doc(spec: FieldSpec, otherwise: str) -> str:
    text = " ".join((spec.description or otherwise).split()).replace("\\", "/").replace('"', "'")
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _title(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").replace("-", " ").split()
    return " ".join(words).capitalize() if any(map(str.islower, words)) else " ".join(words)


def _text(text: str) -> str:
    """A string literal as ruff writes it: in double quotes unless that needs escapes."""
    quoted = json.dumps(text, ensure_ascii=False)
    return f"'{quoted[1:-1].replace(chr(92) + chr(34), chr(34))}'" if '"' in text and "'" not in text else quoted
