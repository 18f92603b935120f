"""The short notation: a schema in one line of a shell, such as `vendor, date date, total float, items[]: name, qty int`.

`parse` gives its fields, `model_of_short` the Pydantic class, `write` the canonical text of fields. The grammar is in
docs/schemas.md.
"""

import difflib
import re
import warnings
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from vextract.errors import SchemaError
from vextract.schema.json_shape import camel_case

__all__ = ["TYPES", "ShortField", "model_of_short", "parse", "write"]


def _formatted(name: str, **constraints: Any) -> Any:
    return Annotated[str, Field(json_schema_extra={"format": name}, **constraints)]


TYPES: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "date": date,
    "datetime": datetime,
    "time": time,
    "decimal": Annotated[Decimal, Field(json_schema_extra={"format": "decimal"})],
    "currency": _formatted("currency", min_length=3, max_length=3),
    "email": _formatted("email", pattern=r"^[^@\s]+@[^@\s]+$"),
    "iban": _formatted("iban", pattern=r"^[A-Z]{2}[0-9]{2}[A-Z0-9 ]{11,38}$"),
    "phone": _formatted("phone", min_length=3),
}
_ALSO = {"string": "str", "text": "str", "integer": "int", "number": "float", "boolean": "bool"}
_TOKEN = re.compile(
    r"""(?P<blank>[^\S\n]+) | (?P<word>\w[\w-]*) | (?P<string>"(?:[^"\\]|\\.)*") | (?P<list>\[[ ]*\]) | (?P<sign>[,;:?{}()|\n])""",
    re.VERBOSE,
)
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class ShortField:
    """One field: `lists` counts the [] after its name; it has either a type, choices or members."""

    name: str
    optional: bool = False
    lists: int = 0
    type: str = "str"
    choices: tuple[str, ...] = ()
    description: str = ""
    members: "tuple[ShortField, ...]" = ()


def parse(text: str) -> ShortField:
    """The whole notation as one field without a name: an object of the fields, or a list where it begins with [].

    Raises:
        SchemaError: it is not well formed; the message says in which column.
    """
    return _Parser(text).whole()


def model_of_short(text: str, name: str = "Fields") -> type[BaseModel]:
    """The Pydantic class for a schema in the short notation.

    Raises:
        SchemaError: it is not well formed.
    """
    whole = parse(text)
    if not whole.lists:
        return _object(whole, name)
    item = ShortField("Row", lists=whole.lists, type=whole.type, choices=whole.choices, members=whole.members)
    root: Any = RootModel
    model: type[BaseModel] = create_model(name, __base__=root[_annotation(item)])
    return model


def write(field: ShortField) -> str:
    """The notation of a whole: what `parse` reads as the same."""
    if not field.lists:
        return ", ".join(_write_field(member) for member in field.members)
    return "[]" * field.lists + _write_value(field)


def _write_field(field: ShortField) -> str:
    marks = ("?" if field.optional else "") + "[]" * field.lists
    return f"{field.name}{marks}{_write_value(field)}"


def _write_value(field: ShortField) -> str:
    said = f" {_quoted(field.description)}" if field.description else ""
    if field.members:
        return f"{said} {{{', '.join(_write_field(member) for member in field.members)}}}"
    if field.choices:
        return f" enum({'|'.join(map(_choice, field.choices))}){said}"
    return f" {field.type}{said}" if field.type != "str" else said


def _choice(text: str) -> str:
    return text if re.fullmatch(r"\w[\w-]*", text) else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") + '"'


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], token[1:-1])


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str, int]] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found:
                what = "a quote without its end" if text[at] == '"' else f"{text[at]!r} means nothing"
                self._fail(
                    what, at, "see docs/schemas.md; fields look like: vendor, total float, items[]: name, qty int"
                )
            if found.lastgroup != "blank":
                self._tokens.append((found.lastgroup or "", found[0], at))
            at = found.end()
        self._next = 0
        self._depth = 0

    def whole(self) -> ShortField:
        """The whole text."""
        self._skip_separators()
        lists = self._lists()
        if lists:
            root = self._value("", optional=False, lists=lists)
            self._skip_separators()
        else:
            root = ShortField("", members=self._fields(closed_by=None))
        if self._peek() is not None:
            self._fail(f"{self._peek()!r} is out of place", self._at(), "a bracket too many?")
        return root

    def _fields(self, closed_by: str | None) -> tuple[ShortField, ...]:
        """Fields to the end of their scope: the bracket that closes it, or for those after a colon also a semicolon."""
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail(f"nested more than {_DEEPEST} deep", self._at(), "write a Pydantic class instead")
        fields: dict[str, ShortField] = {}
        self._skip_separators(colon=closed_by == ";")
        while self._peek() not in (None, "}") and not (closed_by == ";" and self._peek() == ";"):
            at = self._at()
            field = self._field()
            if field.name in fields:
                self._fail(f"the field {field.name!r} is there twice", at, "give each its own name")
            fields[field.name] = field
            closed = self._tokens[self._next - 1][1] == ";"
            if not closed and self._peek() not in (None, "}", ",", ";", "\n"):
                self._misplaced()
            self._skip_separators(colon=closed_by == ";")
        if not fields:
            self._fail("a field is missing", self._at(), "write at least one name")
        if self._peek() == closed_by and closed_by is not None:
            self._next += 1
        elif closed_by == "}":
            self._fail("a closing } is missing", self._at(), "close the bracket")
        self._depth -= 1
        return tuple(fields.values())

    def _field(self) -> ShortField:
        kind, name, at = self._tokens[self._next]
        if kind != "word":
            self._fail(f"{name!r} is no name", at, "a name is letters, digits, _ and -")
        if name.startswith("_") or (hasattr(BaseModel, name) and name.startswith("model_")):
            self._fail(f"{name!r} cannot be a field's name", at, "choose another name, without _ in front")
        self._next += 1
        optional = self._take("?")
        lists = self._lists()
        return self._value(name, optional=self._take("?") or optional, lists=lists)

    def _value(self, name: str, *, optional: bool, lists: int) -> ShortField:
        """What stands after a name: a type, a description, members."""
        at = self._at()
        kind, choices = self._type()
        description = ""
        if self._kind() == "string":
            description = _unquoted(self._tokens[self._next][1])
            self._next += 1
        members: tuple[ShortField, ...] = ()
        if self._peek() in (":", "{"):
            if kind:
                self._fail(f"{name!r} has both a type and fields", at, "leave the type out")
            closed_by = ";" if self._take(":") else "}"
            self._next += closed_by == "}"
            members = self._fields(closed_by)
        return ShortField(name, optional, lists, kind or "str", choices, description, members)

    def _type(self) -> tuple[str, tuple[str, ...]]:
        if self._kind() != "word":
            return "", ()
        _, word, at = self._tokens[self._next]
        self._next += 1
        if word == "enum":
            return "enum", self._choices(at)
        known = _ALSO.get(word, word)
        if known not in TYPES:
            near = difflib.get_close_matches(word, [*TYPES, "enum"], 1, 0.6)
            types = f"types are {', '.join(TYPES)} and enum(a|b); names have no blanks"
            self._fail(f"{word!r} is no type", at, f"did you mean {near[0]}?" if near else types)
        return known, ()

    def _choices(self, at: int) -> tuple[str, ...]:
        if not self._take("("):
            self._fail("the choices of the enum are missing", at, "write enum(paid|open)")
        found: list[str] = []
        words: list[str] = []
        while (sign := self._peek()) not in (None, ")"):
            if sign == "|":
                found, words = [*found, " ".join(words)], []
            elif self._kind() in ("word", "string"):
                words.append(_unquoted(sign) if self._kind() == "string" else str(sign))
            else:
                self._fail(f"{sign!r} in a choice", self._at(), 'put a choice with signs in quotes: enum("a, b"|c)')
            self._next += 1
        found.append(" ".join(words))
        if not self._take(")"):
            self._fail("the ) after the choices is missing", self._at(), "write enum(paid|open)")
        if len(set(found)) < len(found):
            self._fail("an enum has the same choice twice", at, "name each choice once")
        return tuple(found)

    def _lists(self) -> int:
        count = 0
        while self._kind() == "list":
            self._next += 1
            count += 1
        return count

    def _take(self, sign: str) -> bool:
        if self._peek() != sign:
            return False
        self._next += 1
        return True

    def _skip_separators(self, *, colon: bool = False) -> None:
        while self._peek() in ((",", "\n") if colon else (",", "\n", ";")):
            self._next += 1

    def _kind(self) -> str | None:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else None

    def _peek(self) -> str | None:
        return self._tokens[self._next][1] if self._next < len(self._tokens) else None

    def _at(self) -> int:
        return self._tokens[self._next][2] if self._next < len(self._tokens) else len(self._text)

    def _misplaced(self) -> NoReturn:
        hint = 'fields are parted by commas; names have no blanks; a field is: name, type, "description"'
        self._fail(f"{self._peek()!r} is out of place", self._at(), hint)

    def _fail(self, what: str, at: int, hint: str) -> NoReturn:
        shown = self._text if len(self._text) <= 60 else f"…{self._text[max(0, at - 30) : at + 30]}…"
        raise SchemaError(f"cannot read the schema {shown!r}: {what}, column {at + 1}", hint)


def _object(field: ShortField, name: str) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for member in field.members:
        annotation = _annotation(member)
        said = Field(default=None if member.optional else ..., description=member.description or None)
        fields[member.name] = (annotation | None if member.optional else annotation, said)
    with warnings.catch_warnings():
        # "copy" or "schema" are fine names for a field, though Pydantic has methods of these names.
        warnings.simplefilter("ignore", UserWarning)
        return create_model(name, __config__=ConfigDict(protected_namespaces=()), **fields)


def _annotation(field: ShortField) -> Any:
    found: Any = TYPES.get(field.type, str)
    if field.members:
        singular = field.name[:-1] if field.lists and field.name.endswith("s") else field.name
        found = _object(field, camel_case(singular) or "Item")
    elif field.choices:
        found = Literal[field.choices]
    for _ in range(field.lists):
        found = list[found]
    return found
