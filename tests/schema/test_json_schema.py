"""JSON Schema files as Pydantic classes."""

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, RootModel, TypeAdapter, ValidationError

from vextract.errors import SchemaError
from vextract.schema.fields import describe
from vextract.schema.json_file import json_schema_model, read_json_schema

DRAFT_4, DRAFT_7 = "http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-07/schema#"


def model_of(schema: object) -> Any:
    """The class for a schema."""
    return json_schema_model(schema, "test", "test.json")


def accepts(schema: object, data: object) -> bool:
    """Whether the class takes the data."""
    try:
        model_of(schema).model_validate(data)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "object", "properties": {"a": {"not": {"type": "integer"}}}}, {"a": "x"}, {"a": 1}),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": 1, "b": 2}, {"a": 1}),
        ({"type": "array", "uniqueItems": True}, [1, True], [{"a": 1}, {"a": 1}]),
        ({"patternProperties": {"^x": {"type": "integer"}}}, {"y": "a"}, {"x": "a"}),
        ({"dependentRequired": {"a": ["b"]}}, {"b": 1}, {"a": 1}),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1}, {"a": 1, "b": 1}),
        ({"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False}, {"a": 1}, {"b": 1}),
        ({"type": "object", "properties": {"a": {"const": {"b": 1.0}}}}, {"a": {"b": 1}}, {"a": {"b": True}}),
        ({"type": "object", "properties": {"n": {"type": "integer"}}}, {"n": 1.0}, {"n": "1"}),
        ({"type": "array", "prefixItems": [{"type": "string"}], "items": False}, ["a"], ["a", "b"]),
        ({"properties": {"a": {"type": "string"}}}, "no object at all", {"a": 1}),
        ({"$schema": DRAFT_4, "type": "object", "properties": {"n": {"minimum": 1, "exclusiveMinimum": True}}}, {"n": 2}, {"n": 1}),
        ({"$schema": DRAFT_7, "items": [{"type": "string"}], "additionalItems": False}, ["a"], ["a", 1]),
        ({"type": "string", "enum": ["a", "b"]}, "a", "c"),
        ({"$ref": "#/$defs/a", "required": ["x"], "$defs": {"a": {"type": "object", "properties": {"y": {}}}}}, {"x": 1}, {"y": 1}),
    ],
)  # fmt: skip
def test_acceptance_is_the_standards(schema: object, good: object, bad: object) -> None:
    """What the keywords of the standard say decides, whatever the shape of the class; what is accepted comes back as it came."""
    assert accepts(schema, good)
    assert not accepts(schema, bad)
    assert model_of(schema).model_validate(good).model_dump() == good


def test_the_shape_is_typed() -> None:
    """Members are attributes of nested classes, also inside lists, references and optional fields."""
    schema = {
        "title": "invoice data",
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/$defs/line"}},
            "seller": {"anyOf": [{"$ref": "#/$defs/party"}, {"type": "null"}]},
            "paid": {"type": "boolean", "description": "Is it paid?"},
        },
        "$defs": {
            "line": {"type": "object", "properties": {"price": {"type": "number"}, "of": {"$ref": "#/$defs/line"}}},
            "party": {"allOf": [{"properties": {"name": {"type": "string"}}}, {"required": ["name"]}]},
        },
    }
    model = model_of(schema)
    assert model.__name__ == "InvoiceData"
    line = model.model_fields["items"].annotation.__args__[0]
    assert line.__name__ == "Line"
    assert str(line.model_fields["of"].annotation) == f"typing.Optional[{line.__module__}.Line]"
    assert model.model_fields["items"].is_required()
    assert model.model_fields["paid"].description == "Is it paid?"
    data = {"items": [{"price": 1, "of": {"price": 2.5}}], "seller": {"name": "x", "more": [1]}}
    found = model.model_validate(data)
    assert isinstance(found.items[0], line)
    assert found.items[0].of.price == 2.5
    assert found.seller.name == "x"
    assert found.paid is None
    assert found.model_dump() == data
    assert json.loads(found.model_dump_json()) == data
    assert model(items=[]).model_dump() == {"items": []}


def test_the_original_schema_comes_back() -> None:
    """`model_json_schema` is the file's own, hints included, and cannot be spoilt through the copy."""
    schema = {
        "$schema": DRAFT_7,
        "type": "object",
        "properties": {"total": {"type": "number", "labels": ["Total", "Summe"]}},
        "definitions": {"unused": {}},
        "x-own": 1,
    }
    model = model_of(schema)
    model.model_json_schema()["properties"].clear()
    assert model.model_json_schema() == schema
    assert describe(model.model_json_schema()).fields[0].labels == ("Total", "Summe")


def test_a_class_can_be_part_of_another_model() -> None:
    """In lists and in models of the user's own the class works as any other, and errors say where."""
    model = model_of({"type": "object", "properties": {"a": {"type": "integer"}}})
    recursive = model_of({"type": "object", "properties": {"a": {"$ref": "#"}}})

    class Outer(BaseModel):
        inner: list[model]  # type: ignore[valid-type]
        other: recursive | None = None  # type: ignore[valid-type]

    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({"inner": [{"a": 1}, {"a": "x"}]})
    assert caught.value.errors()[0]["loc"] == ("inner", 1, "a")
    assert Outer.model_json_schema()["properties"]["inner"]["items"]
    assert TypeAdapter(list[model]).validate_python([{"a": 1}])[0].a == 1


def test_names_that_python_does_not_allow() -> None:
    """Keys of any spelling are accepted, kept, and can be reached as attributes."""
    keys = [
        "class",
        "_x",
        "__y",
        "model_config",
        "copy",
        "a b",
        "a-b",
        "1st",
        "",
        "é",
        "$ref",
        "schema",
        "self",
        "@id",
        "build",
    ]
    schema = {"type": "object", "properties": {key: {"type": "integer"} for key in keys}, "required": keys}
    data = {key: i for i, key in enumerate(keys)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = model_of(schema)
        found = model.model_validate(data)
    assert found.model_dump() == data
    assert {name if field.alias is None else field.alias for name, field in model.model_fields.items()} == set(keys)
    assert [getattr(found, name) for name in model.model_fields] == list(data.values())
    del data["_x"]
    assert not accepts(schema, data)


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": "objekt"}, "objekt"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}}}, "/properties/a/$ref: the reference '#/$defs/b'"),
        ({"type": "array", "items": {"$ref": "https://example.org/x.json"}}, "/items/$ref: the reference 'https://example"),
        ({"type": "array", "items": {"$ref": "other.json#/a"}}, "to another document"),
        ({"$schema": "https://example.org/mine", "type": "object"}, "https://example.org/mine"),
        ({"type": "object", "properties": {"a": {"pattern": "("}}}, "/properties/a/pattern"),
        ({"type": "object", "patternProperties": {"(": {}}}, "("),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}, "back to itself"),
        ({"type": "object", "anyOf": [{"allOf": [{"$ref": "#"}]}]}, "/anyOf/0/allOf/0/$ref: the reference '#' leads back"),
        ({"type": "object", "required": "a"}, "/required"),
        ({"vendor": "x", "total": 1}, "none of its keys"),
        ([{"type": "object"}], "list"),
        ("text", "str"),
        ({"$schema": 5, "type": "object"}, "5"),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema", "items": [{}]}, "/items"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(schema: object, named: str) -> None:
    """The message says which construct and where, on one line, and there is a hint."""
    with pytest.raises(SchemaError) as caught:
        model_of(schema)
    assert named in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_a_schema_of_a_later_draft_than_it_says() -> None:
    """What its stated draft forbids and a newer one allows is read by the newer; without $schema old idioms are understood."""
    assert not accepts({"$schema": DRAFT_4, "type": "object", "properties": {"a": {"exclusiveMinimum": 0}}}, {"a": 0})
    assert not accepts({"type": "object", "properties": {"a": {"minimum": 0, "exclusiveMinimum": True}}}, {"a": 0})
    assert not accepts({"items": [{"type": "string"}]}, [1])


def test_references_by_anchor_and_id() -> None:
    """References inside the file are followed whatever their form."""
    schema = {
        "$id": "https://example.org/root",
        "type": "object",
        "properties": {"a": {"$ref": "#text"}, "b": {"$ref": "part"}, "c": {"$ref": "https://example.org/part#/properties/x"}},
        "$defs": {
            "t": {"$anchor": "text", "type": "string"},
            "p": {"$id": "part", "type": "object", "properties": {"x": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "integer"}}},
        },
    }  # fmt: skip
    assert accepts(schema, {"a": "x", "b": {"x": 1}, "c": 1})
    for wrong in ({"a": 1}, {"b": {"x": "1"}}, {"c": "1"}):
        assert not accepts(schema, wrong)


def test_lists_and_maps_are_root_models() -> None:
    """What has no named fields is a root model with typed items."""
    rows = model_of({"type": "array", "items": {"title": "row", "properties": {"a": {"type": "integer"}}}})
    assert issubclass(rows, RootModel)
    assert rows.model_validate([{"a": 1}]).root[0].a == 1
    table = model_of({"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {}}}})
    assert table.model_validate({"x": {"a": [1]}}).root["x"].a == [1]
    assert table.model_validate({"x": {"a": [1]}}).model_dump() == {"x": {"a": [1]}}


def test_files_that_are_no_json(tmp_path: Path) -> None:
    """The message names the file and the place."""
    path = tmp_path / "a.json"
    for content, told in ((b'{"a": 1,}', "line 1"), (b"\xff{}", "UTF-8"), (b"", "line 1"), (b"[" * 100_000, "deep")):
        path.write_bytes(content)
        with pytest.raises(SchemaError, match=told) as caught:
            read_json_schema(str(path))
        assert str(path) in caught.value.message
    with pytest.raises(SchemaError, match="cannot read"):
        read_json_schema(str(tmp_path / "none.json"))
    path.write_bytes(b'\xef\xbb\xbf{"type": "array"}')
    assert read_json_schema(str(path)).__name__ == "A"


def test_data_too_deep_is_refused() -> None:
    """A recursive schema and data nested a thousandfold end in a refusal, not in a crash."""
    model = model_of({"type": "object", "properties": {"a": {"$ref": "#"}}})
    data: dict[str, Any] = {}
    for _ in range(1000):
        data = {"a": data}
    with pytest.raises(ValidationError, match="deep"):
        model.model_validate(data)


def test_large_schemas_load_quickly() -> None:
    """Definitions that all refer to one another cost neither the class nor the description an explosion."""
    names = [f"d{i}" for i in range(40)]
    defs = {
        name: {"type": "object", "properties": {other: {"$ref": f"#/definitions/{other}"} for other in names}}
        for name in names
    }
    schema = {
        "$schema": DRAFT_7,
        "type": "object",
        "properties": {"a": {"$ref": "#/definitions/d0"}},
        "definitions": defs,
    }
    assert model_of(schema).model_validate({"a": {"d1": {"d2": {}}}}).a.d1.d2.d3 is None
    assert describe(schema).fields[0].member("d1")


# Property tests

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 1.0, 2.5]), st.sampled_from(["", "a", "ab", "2024-01-01"])
)  # fmt: skip
KEYS = st.sampled_from(["a", "b", "class", "_c", "d e"])
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
LEAVES = st.one_of(
    st.sampled_from([{}, True, False, {"type": "null"}, {"type": "boolean"}, {"type": "string", "format": "date"}]),
    st.builds(lambda n: {"type": "integer", "minimum": n}, st.integers(-2, 2)),
    st.builds(lambda n: {"type": ["number", "null"], "exclusiveMaximum": n}, st.integers(-2, 2)),
    st.builds(lambda n: {"type": "string", "minLength": n}, st.integers(0, 2)),
    st.builds(lambda values: {"enum": values}, st.lists(SCALARS, min_size=1, max_size=3)),
    st.builds(lambda value: {"const": value}, DATA),
)


def _larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.fixed_dictionaries(
        {"type": st.sampled_from(["object", ["object", "null"]])},
        optional={
            "properties": st.dictionaries(KEYS, inner, max_size=3),
            "required": st.lists(KEYS, unique=True, max_size=2),
            "additionalProperties": inner,
            "title": st.sampled_from(["Row", "list", "Any"]),
        },
    )
    lists = st.fixed_dictionaries({"type": st.just("array")}, optional={"items": inner, "minItems": st.integers(0, 2)})
    several = st.builds(
        lambda key, parts: {key: parts},
        st.sampled_from(["anyOf", "oneOf", "allOf"]),
        st.lists(inner, min_size=1, max_size=3),
    )
    return objects | lists | several | st.builds(lambda part: {"not": part}, inner)


SCHEMAS = st.recursive(LEAVES, _larger, max_leaves=8).filter(lambda schema: isinstance(schema, dict) and schema)


@settings(deadline=None, max_examples=150)
@given(SCHEMAS, st.lists(DATA, min_size=3, max_size=6))
def test_agrees_with_jsonschema(schema: dict[str, Any], documents: list[Any]) -> None:
    """Any data against any schema: accepted exactly if jsonschema finds no error, and given back as it came."""
    model = model_of(schema)
    assert model.model_json_schema() == schema
    for data in documents:
        if Draft202012Validator(schema).is_valid(data):
            found = model.model_validate(data)
            assert json.dumps(found.model_dump(), sort_keys=True) == json.dumps(data, sort_keys=True)
            assert found.model_dump_json() == json.dumps(found.model_dump(), separators=(",", ":"))
        else:
            with pytest.raises(ValidationError):
                model.model_validate(data)
