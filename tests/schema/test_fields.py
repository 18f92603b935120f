"""The description of a schema's fields."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from vextract.schema.fields import describe


def test_a_pydantic_class() -> None:
    """Kinds, labels, choices, nullability and hints come through optional fields and references."""

    class Row(BaseModel):
        """A row."""

        amount: Decimal | None = None

    class Doc(BaseModel):
        """A paper."""

        day: dt.date = Field(
            title="Day", description="Which day.", json_schema_extra={"labels": ["Date"], "place": "top"}
        )
        state: Literal["paid", "open"] | None = None
        rows: list[Row] = []
        notes: dict[str, int] = {}

    fields = describe(Doc.model_json_schema())
    assert (fields.name, fields.kind, fields.description) == ("Doc", "object", "A paper.")
    day, state, rows, notes = fields.fields
    assert (day.kind, day.title, day.labels, day.hints, day.required) == (
        "date",
        "Day",
        ("Date",),
        {"place": "top"},
        True,
    )
    assert (state.kind, state.choices, state.nullable, state.required) == ("text", ("paid", "open"), True, False)
    assert rows.item is not None
    [amount] = rows.item.fields
    assert (amount.kind, amount.nullable) == ("number", True)
    assert (notes.kind, notes.item and notes.item.kind) == ("map", "integer")


def test_parts_of_all_of_are_joined() -> None:
    """An object put together by allOf has the fields of all its parts."""
    fields = describe(
        {
            "allOf": [{"$ref": "#/definitions/base"}, {"properties": {"b": {"type": "integer"}}, "required": ["b"]}],
            "properties": {"c": {}},
            "definitions": {"base": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}},
        }
    )
    assert [(field.name, field.kind, field.required) for field in fields.fields] == [
        ("a", "text", True),
        ("b", "integer", True),
        ("c", "any", False),
    ]


def test_a_schema_that_contains_itself() -> None:
    """It is described once; deeper it is of any kind."""
    node = {"type": "object", "properties": {"name": {"type": "string"}, "child": {"$ref": "#/$defs/node"}}}
    root = describe({"$ref": "#/$defs/node", "$defs": {"node": node}})
    assert [(field.name, field.kind) for field in root.fields] == [("name", "text"), ("child", "any")]


def _keyed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keywords = (
        *("type", "properties", "items", "$ref", "$defs", "anyOf", "allOf", "oneOf", "enum", "const", "format", "title"),
        *("required", "labels", "examples", "additionalProperties", "nullable", "pattern", "description", "a"),
    )  # fmt: skip
    return st.dictionaries(st.sampled_from(keywords), inner, max_size=5)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["a", "#", "#/$defs/a", "string", "object", "null", "date"]),
    lambda inner: st.lists(inner, max_size=3) | _keyed(inner),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(_keyed(JSON))
def test_describe_never_fails(anything: dict[str, Any]) -> None:
    """Whatever stands where a schema should, a description comes out."""
    found = describe(anything)
    assert len({field.name for field in found.fields}) == len(found.fields)
