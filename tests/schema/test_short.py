"""The short notation."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from vextract.errors import SchemaError
from vextract.schema import describe
from vextract.schema.short import TYPES, ShortField, model_of_short, parse, write
from vextract.schema.writing import short_source


def test_the_example_of_the_command_line() -> None:
    """Names, types and a list of objects become a model whose values are typed."""
    model: Any = model_of_short("vendor, date date, total float, items[]: name, qty int, price float")
    found = model(vendor="x", date="2024-02-29", total="1.5", items=[{"name": "a", "qty": 2, "price": 3}])
    assert found.date == dt.date(2024, 2, 29)
    assert found.items[0].qty == 2
    with pytest.raises(ValidationError):
        model(vendor="x", date="29.2.24", total=1, items=[])


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a str, b string, c text", "a, b, c"),
        ("a integer,b number ,c boolean", "a int, b float, c bool"),
        ("a?, b? int, c[]? date, d?[] date", "a?, b? int, c?[] date, d?[] date"),
        ('a "what it is", b int "how \\"many\\""', 'a "what it is", b int "how \\"many\\""'),
        ("a{b, c int}, d", "a {b, c int}, d"),
        ("a: b, c int; d", "a {b, c int}, d"),
        ("a[]: b[]: c; d; e", "a[] {b[] {c}, d}, e"),
        ("a[]: b[] {c}, d", "a[] {b[] {c}, d}"),
        ("m[][] float", "m[][] float"),
        ("state enum(paid | open|in part)", 'state enum(paid|open|"in part")'),
        ('x enum("a|b"|"c, d") "which"', 'x enum("a|b"|"c, d") "which"'),
        ("[]: a, b int", "[] {a, b int}"),
        ("[] { a }", "[] {a}"),
        ("[] date", "[] date"),
        ("\n a\n b int,\n\n c", "a, b int, c"),
        ("größe float, No-1 int", "größe float, No-1 int"),
        ('items[] "the lines": a', 'items[] "the lines" {a}'),
    ],
)
def test_notation(text: str, same: str) -> None:
    """Each way to write means what its canonical form means, also as a model."""
    assert write(parse(text)) == same
    assert parse(same) == parse(text)
    assert short_source(describe(model_of_short(text).model_json_schema())) == same


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        ("total flaot", "'flaot' is no type, column 7", "float"),
        ("invoice number int", "'int' is out of place", "no blanks"),
        ("a, b, a", "'a' is there twice, column 7", "own name"),
        ("a {b", "closing }", "close"),
        ("a}", "column 2", "bracket"),
        ("a {}", "a field is missing", "name"),
        ("a enum", "choices", "enum("),
        ("a enum(x|x)", "twice", "once"),
        ("a enum(x", "the )", "enum("),
        ('a "open', "quote", "docs"),
        ("a int {b}", "both a type and fields", "leave"),
        ("_a int", "'_a'", "_"),
        ("model_dump int", "model_dump", "another"),
        ("int[int]", "'[' means nothing", "docs"),
        ("a: " * 30 + "b", "deep", "class"),
    ],
)
def test_faults_are_told_with_their_column(text: str, told: str, hint: str) -> None:
    """What is not well formed is a SchemaError that says what, where, and what to write."""
    with pytest.raises(SchemaError) as caught:
        model_of_short(text)
    assert told in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", 1, 1.5),
        ("bool", True, "perhaps"),
        ("time", "12:30:00", "noon"),
        ("datetime", "2024-02-29T12:00:00", "x"),
        ("decimal", "12.50", "x"),
        ("currency", "EUR", "Euro"),
        ("email", "a@b.example", "a b"),
        ("iban", "DE89 3704 0044 0532 0130 00", "DE"),
        ("phone", "+49 30 123", ""),
        ("enum(a|b)", "a", "c"),
    ],
)
def test_types_hold(kind: str, good: object, bad: object) -> None:
    """Each type takes its values and refuses others."""
    model = model_of_short(f"a {kind}, b? {kind}")
    assert model.model_validate({"a": good}).model_dump()["b"] is None
    assert model.model_validate({"a": good, "b": good}) == model.model_validate({"a": good} | {"b": good})
    for wrong in ({"a": bad}, {"a": None}, {}):
        with pytest.raises(ValidationError):
            model.model_validate(wrong)


def test_decimals_keep_their_digits() -> None:
    """A decimal is what is printed: 12.50 stays 12.50."""
    assert model_of_short("a decimal").model_validate({"a": "12.50"}).model_dump() == {"a": Decimal("12.50")}


def test_names_that_pydantic_has_methods_of() -> None:
    """`copy`, `schema` and Python's keywords can be names of fields; no warning is given."""
    data = {"copy": "a", "schema": "b", "class": "c", "from": "d", "json": "e"}
    assert model_of_short(", ".join(data)).model_validate(data).model_dump() == data


@pytest.mark.parametrize(
    "json_schema",
    [
        {"type": "object", "properties": {"a b": {"type": "string"}}},
        {"type": "object", "properties": {"a": {}}},
        {"type": "object", "properties": {"a": {"type": "object", "additionalProperties": {"type": "string"}}}},
        {"type": "object", "properties": {"a": {"type": "array"}}},
        {"type": "object"},
    ],
)
def test_what_the_notation_cannot_say(json_schema: dict[str, Any]) -> None:
    """A shape that has no place in it is refused, not simplified."""
    with pytest.raises(SchemaError, match="cannot say"):
        short_source(describe(json_schema))


NAMES = st.from_regex(r"[a-zé][a-z0-9_-]{0,5}", fullmatch=True).filter(lambda name: not name.startswith("model_"))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def _fields(inner: st.SearchStrategy[ShortField]) -> st.SearchStrategy[ShortField]:
    members = st.lists(inner, min_size=1, max_size=3, unique_by=lambda field: field.name).map(tuple)
    return st.builds(
        ShortField, NAMES, st.booleans(), st.integers(0, 2), description=TEXTS, members=members
    )  # fmt: skip


FIELDS = st.recursive(
    st.builds(ShortField, NAMES, st.booleans(), st.integers(0, 2), st.sampled_from(sorted(TYPES)), description=TEXTS)
    | st.builds(
        ShortField,
        NAMES,
        lists=st.integers(0, 1),
        type=st.just("enum"),
        choices=st.lists(TEXTS, min_size=1, max_size=3, unique=True).map(tuple),
    ),
    _fields,
    max_leaves=6,
)
WHOLES = st.builds(
    ShortField,
    st.just(""),
    lists=st.integers(0, 2),
    members=st.lists(FIELDS, min_size=1, max_size=4, unique_by=lambda field: field.name).map(tuple),
)


@settings(deadline=None)
@given(WHOLES)
def test_what_is_written_reads_the_same(whole: ShortField) -> None:
    """Any fields, written and read again, are the same fields."""
    assert parse(write(whole)) == whole


@settings(deadline=None, max_examples=40)
@given(WHOLES)
def test_models_say_the_same(whole: ShortField) -> None:
    """Any fields, as a model, then its JSON Schema, then written again, are the same fields."""
    text = write(whole)
    assert short_source(describe(model_of_short(text).model_json_schema())) == text


@settings(deadline=None)
@given(st.text('ab?[]{}:;,()|"\\ \n1_', max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text ends in anything but fields or a SchemaError."""
    try:
        whole = parse(text)
    except SchemaError:
        return
    assert parse(write(whole)) == whole
