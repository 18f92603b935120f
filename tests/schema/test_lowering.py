"""Schemas lowered to dialects, and answers raised."""

import json
import pickle
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from tests.schema.lowering_models import MODELS, Aliased, Chain, Either, Flags, Node, Wide
from vextract.errors import SchemaError
from vextract.schema import load_schema, ready_made
from vextract.schema.dialects import DIALECTS
from vextract.schema.json_file import subschemas
from vextract.schema.lowering import Lowered, lower

_EVERYWHERE = {
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "anyOf",
}
_REFERENCES = {"$ref", "$defs"}
_LENGTHS = {"minItems", "maxItems"}
_BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
_TEXTS = {"pattern", "format"}
_LLAMA = {"prefixItems", *_LENGTHS, "minimum", "maximum", *_TEXTS, "minLength", "maxLength"}
ALLOWED = {
    "openai": _EVERYWHERE | _REFERENCES | _LENGTHS | _BOUNDS | _TEXTS | {"const"},
    "gemini": _EVERYWHERE | _REFERENCES | _LENGTHS | {"minimum", "maximum", "format", "prefixItems"},
    "anthropic": _EVERYWHERE | {"const", "format", "minItems"},
    "ollama": _EVERYWHERE | _LLAMA,
    "llama.cpp": _EVERYWHERE | _REFERENCES | _LLAMA | {"const"},
    "llguidance": _EVERYWHERE | _LENGTHS | _BOUNDS | _TEXTS | {"const", "prefixItems", "minLength", "maxLength"},
}
"""What each provider takes; all else is answered with an error, or silently ignored."""
SCHEMAS = {
    **{model.__name__: model.model_json_schema() for model in MODELS},
    **{name: dict(load_schema(name).json_schema) for name in ready_made()},
}


@cache
def model_to(dialect: str, model: type[BaseModel]) -> Lowered:
    """The schema of a model lowered to the dialect of that name."""
    return lower(model.model_json_schema(), DIALECTS[dialect])


def to(dialect: str, schema: dict[str, Any]) -> Lowered:
    """The schema lowered to the dialect of that name."""
    return lower(schema, DIALECTS[dialect])


def of_a(sub: Any, **more: Any) -> dict[str, Any]:
    """An object whose one field, required, has that schema."""
    return {"type": "object", "properties": {"a": sub}, "required": ["a"], "additionalProperties": False, **more}


def a_of(lowered: Lowered) -> Any:
    """What the field `a` has become."""
    return lowered.json_schema["properties"]["a"]


def parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All subschemas."""
    yield schema
    for _, part in subschemas(schema):
        if isinstance(part, dict):
            yield from parts(part)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", SCHEMAS)
def test_only_what_the_provider_takes(name: str, dialect: str) -> None:
    """The lowered schema is a valid JSON Schema of closed objects, and no keyword is in it that the dialect does not take."""
    lowered = to(dialect, SCHEMAS[name]).json_schema
    Draft202012Validator.check_schema(lowered)
    for part in parts(lowered):
        assert set(part) <= ALLOWED[dialect], part
        assert "$ref" not in part or set(part) == {"$ref"}
        assert isinstance(part.get("type", ""), str) or DIALECTS[dialect].type_lists
        assert part.get("minItems", 0) <= 1 or DIALECTS[dialect].list_lengths
        if part.get("type") == "object":
            assert part["additionalProperties"] is False or DIALECTS[dialect].maps
            assert set(part.get("required", ())) <= set(part.get("properties", ()))
            assert not DIALECTS[dialect].all_required or set(part["required"]) == set(part["properties"])
        if DIALECTS[dialect].bounded:
            assert "maxLength" in part or part.get("type") != "string" or {"enum", "const", "pattern"} & set(part)
            assert "maxItems" in part or part.get("type") != "array"
            assert {"enum", "const", "multipleOf"} & set(part) or part.get("type") != "number"
    assert lowered.get("type") == "object" or not DIALECTS[dialect].root_object
    optional = sum(len(part.get("properties", ())) - len(part.get("required", ())) for part in parts(lowered))
    assert optional <= (DIALECTS[dialect].most_optional or optional)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("model", [Aliased, Chain, Either, Wide])
def test_it_can_go_to_another_process(model: type[BaseModel], dialect: str) -> None:
    """A lowered schema survives pickling, with its way back."""
    lowered = to(dialect, model.model_json_schema())
    again = pickle.loads(pickle.dumps(lowered))  # noqa: S301 - our own bytes
    assert again.json_schema == lowered.json_schema
    assert again.raised({"next": None, "toys": []}) == lowered.raised({"next": None, "toys": []})


def test_null_stands_for_an_absent_key() -> None:
    """Where all keys are required, an optional one may be null, which is removed; a null of the user's own stays."""
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": ["string", "null"]}, "c": {"type": "boolean"}},
        "required": ["c"],
    }
    lowered = to("openai", schema)
    assert lowered.json_schema["required"] == ["a", "b", "c"]
    assert lowered.json_schema["properties"]["a"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert lowered.raised({"a": None, "b": None, "c": True}) == {"b": None, "c": True}


def test_maps_become_pairs_where_they_cannot_be_said() -> None:
    """A map is a list of keys and values, to any depth; where it can be said, it stays."""
    schema = of_a(
        {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {"type": "integer"}}}
    )
    pairs = {"a": [{"key": "x", "value": [{"key": "y", "value": 1}]}]}
    assert to("openai", schema).raised(pairs) == {"a": {"x": {"y": 1}}}
    assert to("gemini", schema).raised({"a": {"x": {"y": 1}}}) == {"a": {"x": {"y": 1}}}
    assert a_of(to("gemini", schema))["additionalProperties"] == schema["properties"]["a"]["additionalProperties"]


def test_a_map_with_few_keys_is_an_object() -> None:
    """What only certain keys may have is an object of those, all optional."""
    schema = of_a(
        {"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"enum": ["x", "y"]}}
    )
    assert set(a_of(to("gemini", schema))["properties"]) == {"x", "y"}
    assert a_of(to("openai", schema))["items"]["properties"]["key"] == {"type": "string", "enum": ["x", "y"]}


@pytest.mark.parametrize("key", ["key", "value", "anyOf", "$ref", "properties", "item_1"])
def test_keys_of_the_user_do_not_collide(key: str) -> None:
    """Whatever a user's keys are called, they are no keywords, and no wrapping is taken for them or they for it."""
    inner = {"type": "object", "properties": {key: {"type": "integer"}}, "required": [key]}
    schema = {"anyOf": [inner, {"type": "array", "items": inner}]}
    for dialect in DIALECTS:
        lowered = to(dialect, schema)
        answer: object = {key: 1}
        if DIALECTS[dialect].root_object:
            (wrapped,) = lowered.json_schema["properties"]
            assert wrapped != key
            answer = {wrapped: answer}
        assert Draft202012Validator(lowered.json_schema).is_valid(answer)
        assert lowered.raised(answer) == {key: 1}
        assert to(dialect, of_a(inner)).raised({"a": {key: 1}}) == {"a": {key: 1}}
        many = to(dialect, of_a({"type": "object", "additionalProperties": inner}))
        said = {"k": {key: 1}} if DIALECTS[dialect].maps else [{"key": "k", "value": {key: 1}}]
        assert many.raised({"a": said}) == {"a": {"k": {key: 1}}}


def test_a_whole_that_is_no_object_is_wrapped() -> None:
    """Lists and maps at the top go into an object where the provider wants one; an answer without the wrapping is taken too."""
    lowered = to("openai", Flags.model_json_schema())
    assert lowered.raised({"value": [{"key": "on", "value": True}]}) == {"on": True}
    assert lowered.raised([{"key": "on", "value": True}]) == {"on": True}
    assert to("gemini", Flags.model_json_schema()).raised({"value": True}) == {"value": True}


def test_tuples() -> None:
    """A tuple is a list of its own where that can be said; else a list of one type, or an object of numbered keys."""
    box = of_a({"type": "array", "prefixItems": [{"type": "integer"}] * 2, "minItems": 2, "maxItems": 2})
    assert a_of(to("openai", box)) == {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
    assert a_of(to("gemini", box))["prefixItems"] == [{"type": "integer"}] * 2
    assert to("anthropic", box).raised({"a": {"item_1": 1, "item_2": 2}}) == {"a": [1, 2]}
    mixed = of_a({"type": "array", "items": [{"type": "integer"}, {"type": "string"}], "minItems": 2})
    assert to("openai", mixed).raised({"a": {"item_2": "b", "item_1": 1}}) == {"a": [1, "b"]}


def test_a_decimal() -> None:
    """A Decimal is a text of digits; a number where its bounds can be held to; a text with other words stays one."""
    plain = {"anyOf": [{"type": "number"}, {"type": "string"}]}
    assert a_of(to("openai", of_a(plain)))["pattern"].startswith("^-?[0-9]")
    assert a_of(to("gemini", of_a(plain))) == {"type": "number"}
    bounded = {
        "anyOf": [{"type": "number", "minimum": 1}, {"type": "string", "pattern": "^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$"}]
    }
    assert a_of(to("openai", of_a(bounded))) == {"type": "number", "minimum": 1}
    assert a_of(to("llama.cpp", of_a(bounded)))["description"] == "Constraints: at least 1."
    other = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^none$"}]}
    assert a_of(to("openai", of_a(other))) == other


def test_what_is_lost_is_told_in_words() -> None:
    """Constraints that cannot be said go into the description, after what the user says."""
    text = {"type": "string", "description": "The code.", "maxLength": 5, "pattern": "^a", "format": "iban"}
    words = "The code. Constraints: at most 5 characters, matching the regular expression ^a, in the format iban."
    assert a_of(to("anthropic", of_a(text)))["description"] == words
    assert a_of(to("anthropic", of_a({"type": "integer", "exclusiveMinimum": 0}))) == {
        "type": "integer",
        "description": "Constraints: more than 0.",
    }
    country = {"anyOf": [{"type": "string"}, {"type": "null"}], "format": "country", "description": "Where."}
    assert a_of(to("openai", of_a(country))) == {
        "anyOf": [{"type": "string", "description": "Constraints: in the format country."}, {"type": "null"}],
        "description": "Where.",
    }
    unique = {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "not": {"maxItems": 2}}
    words = 'Constraints: nothing that fits the JSON Schema {"maxItems": 2}, no item twice.'
    assert a_of(to("gemini", of_a(unique)))["description"] == words


def test_titles_that_say_no_more_than_the_key_are_left_out() -> None:
    """A title made from the key is noise; one of the user's helps."""
    schema = {"type": "object", "properties": {"unit_price": {"type": "number", "title": "Unit Price"}}}
    assert "title" not in to("gemini", schema).json_schema["properties"]["unit_price"]
    schema["properties"] = {"rate": {"type": "number", "title": "Tax rate"}}
    assert to("gemini", schema).json_schema["properties"]["rate"]["title"] == "Tax rate"


def test_recursion() -> None:
    """It stays where it is allowed, is cut after three levels where not, and for Gemini stays only in optional keys."""
    node, chain = Node.model_json_schema(), Chain.model_json_schema()
    assert "$ref" in str(to("openai", node).json_schema)
    assert "$ref" in str(to("gemini", chain).json_schema)
    assert "$ref" not in str(to("gemini", node).json_schema)
    cut = to("ollama", node).json_schema
    for _ in range(2):
        cut = cut["properties"]["children"]["items"]
    assert cut["properties"]["children"]["maxItems"] == 0
    for dialect in ("anthropic", "ollama", "llguidance"):
        assert "$ref" not in str(to(dialect, chain).json_schema)
    deep = {
        "value": 1,
        "next": {"value": 2, "next": None, "others": [{"key": "x", "value": {"value": 3}}]},
        "others": None,
    }
    raised = to("openai", chain).raised(deep)
    assert raised == {"value": 1, "next": {"value": 2, "next": None, "others": {"x": {"value": 3}}}}


def test_references_of_all_kinds() -> None:
    """Anchors, pointers into the schema, the whole itself, and words beside a reference."""
    schema = of_a(
        {"$ref": "#/properties/b", "description": "Mine.", "maximum": 5},
        **{
            "properties": {
                "a": {"$ref": "#/properties/b", "description": "Mine.", "maximum": 5},
                "b": {"type": "integer", "minimum": 1, "description": "Theirs."},
                "c": {"$ref": "#here"},
                "d": {"$ref": "#"},
            },
            "$defs": {"x/y": {"$anchor": "here", "type": "boolean"}},
        },
    )
    lowered = to("llama.cpp", schema)
    assert a_of(lowered) == {"type": "integer", "minimum": 1, "maximum": 5, "description": "Mine."}
    assert lowered.json_schema["properties"]["c"] == {"type": "boolean"}
    assert lowered.json_schema["properties"]["d"] == {"$ref": "#/$defs/Root"}
    with pytest.raises(SchemaError, match="leads nowhere"):
        to("openai", of_a({"$ref": "#/$defs/none"}))


def test_parts_of_all_of_are_merged() -> None:
    """All of several schemas are one that says all of it: tighter bounds, shared types, all keys."""
    schema = {
        "allOf": [
            {"type": "object", "properties": {"n": {"type": "number", "minimum": 0}, "x": {"enum": [1, 2]}}},
            {
                "properties": {"n": {"type": "integer", "minimum": 2, "maximum": 9}, "x": {"enum": [2, 3]}},
                "required": ["x"],
            },
        ],
        "required": ["n"],
    }
    lowered = to("openai", schema).json_schema
    assert lowered["properties"]["n"] == {"type": "integer", "minimum": 2, "maximum": 9}
    assert lowered["properties"]["x"] == {"type": "integer", "enum": [2]}
    assert lowered["required"] == ["n", "x"]


def test_alternatives_take_what_stands_beside_them() -> None:
    """What an object says beside its alternatives holds in each; a list of types is alternatives too."""
    schema = {
        "type": "object",
        "properties": {"kind": {"type": "string"}},
        "oneOf": [{"required": ["kind"]}, {"properties": {"n": {"type": ["integer", "null"]}}, "required": ["n"]}],
    }
    one, other = to("gemini", schema).json_schema["anyOf"]
    assert (list(one["properties"]), one["required"]) == (["kind"], ["kind"])
    assert other["properties"]["n"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    nullable = to("ollama", of_a({"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}))
    assert a_of(nullable) == {"type": ["string", "null"], "maxLength": 3}


def test_values_that_are_lists_or_objects() -> None:
    """Constants of every kind can be answered."""
    values: tuple[Any, ...] = ([1, "a"], {"x": [True]}, [], None, 1.5, False)
    for value in values:
        for dialect in ("openai", "gemini", "llguidance"):
            lowered = to(dialect, of_a({"const": value}))
            as_object = dialect == "openai" and value == [1, "a"]
            said = {"a": {"item_1": 1, "item_2": "a"} if as_object else value}
            assert Draft202012Validator(lowered.json_schema).is_valid(said), lowered.json_schema
            assert lowered.raised(said) == {"a": value}


def test_keys_that_may_have_no_value_become_lists_where_there_are_too_many() -> None:
    """Above the provider's limits an optional key is a list of its value or of nothing; raised, it is the value, or absent."""
    lowered = to("anthropic", Wide.model_json_schema())
    assert lowered.json_schema["properties"]["f01"]["items"] == {"type": "integer"}
    raised = lowered.raised(
        {"f01": [5], "f02": [], "f05": [{"street": "x", "zip": []}], "f17": [], "f09": [[{"key": "k", "value": 1}]]}
    )
    assert raised == {"f01": 5, "f05": {"street": "x"}, "f17": None, "f09": {"k": 1}}


def test_the_alternative_that_fits_is_raised() -> None:
    """Of alternatives, the one whose constants and whose whole the answer fits is undone."""
    lowered = to("openai", Either.model_json_schema())
    cat = {"kind": "cat", "lives": 3, "toys": [{"key": "ball", "value": 1}]}
    assert lowered.raised({"value": cat}) == {"kind": "cat", "lives": 3, "toys": {"ball": 1}}
    beyond = {**cat, "lives": 99}  # fits none: the one that it looks like
    assert lowered.raised({"value": beyond}) == {"kind": "cat", "lives": 99, "toys": {"ball": 1}}


def test_numbers_do_not_decide_between_alternatives_by_rounding() -> None:
    """Numbers that floats hold inexactly are still within the steps that bounded dialects are told."""
    free = {"type": "object", "additionalProperties": {"type": "number"}}
    rows = {
        "type": "array",
        "items": {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]},
    }
    lowered = to("llguidance", of_a({"anyOf": [rows, free]}))
    assert lowered.raised({"a": [{"key": "x", "value": 99.99}]}) == {"a": {"x": 99.99}}
    assert lowered.raised({"a": [{"key": "x"}]}) == {"a": [{"key": "x"}]}


def test_a_schema_that_refers_to_itself_everywhere_stays_small() -> None:
    """Where writing all references out would explode, they stay references."""
    names = [f"n{i}" for i in range(12)]
    every = {name: {"$ref": f"#/$defs/{name}"} for name in names}
    schema = {
        "$defs": {name: {"type": "object", "properties": every} for name in names},
        **of_a({"$ref": "#/$defs/n0"}),
    }
    doubled = {
        f"d{i}": {"type": "object", "properties": {k: {"$ref": f"#/$defs/d{i + 1}"} for k in "lr"}} for i in range(30)
    }
    tower = {"$defs": {**doubled, "d30": {"type": "integer"}}, **of_a({"$ref": "#/$defs/d0"})}
    for dialect in ("openai", "anthropic", "ollama"):
        for wide in (schema, tower):
            assert len(json.dumps(to(dialect, wide).json_schema)) < 10**6


@pytest.mark.parametrize("dialect", DIALECTS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_raising_never_fails(dialect: str, data: st.DataObject) -> None:
    """Whatever a model answers, raising it gives something for the validator to judge."""
    scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
    keys = st.sampled_from(["key", "value", "kind", "a", "toys", "next", "others", "f01", "item_1"])
    anything = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)
    )
    model = data.draw(st.sampled_from(MODELS))
    model_to(dialect, model).raised(data.draw(anything))
