"""Random JSON Schemas, lowered: what a server that obeys one may answer, raised, fits the schema as it was written."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.schema.walking import Grammar
from vextract.schema.dialects import DIALECTS, findings
from vextract.schema.lowering import lower

_KEYS = st.sampled_from(["a", "key", "value", "$ref", "properties", "item_1"])
_SMALL = st.integers(0, 3)


def _some(**keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A few of the keywords."""
    return st.fixed_dictionaries({}, optional=keywords)


def _map(told: tuple[Any, dict[str, Any]]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": told[0], **told[1]}


def _leaf() -> st.SearchStrategy[Any]:
    numbers = _some(minimum=st.integers(-5, 5), exclusiveMinimum=st.integers(-5, 5), maximum=st.integers(6, 9))
    texts = st.one_of(
        _some(minLength=_SMALL, maxLength=st.integers(3, 6)),
        st.sampled_from([{"pattern": r"^\d[\w.]?$"}, {"pattern": "^(?!b)a"}, {"format": "date"}]),
    )
    constants = st.sampled_from(["x", "y", 1, 2.5, None, True, [1, "a"], {"k": [None]}])
    return st.one_of(
        numbers.map(lambda told: {"type": "integer", **told}),
        texts.map(lambda told: {"type": "string", **told}),
        st.sampled_from(
            [{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"], "maxLength": 2}, {}, True]
        ),
        constants.map(lambda value: {"const": value}),
        st.lists(constants, min_size=1, max_size=3, unique_by=json.dumps).map(lambda values: {"enum": values}),
        st.sampled_from([{"$ref": "#/$defs/leaf"}, {"$ref": "#/$defs/node"}]),
    )


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.dictionaries(_KEYS, inner, min_size=1, max_size=3)
    lists = st.tuples(inner, _some(minItems=_SMALL, maxItems=st.integers(3, 4), uniqueItems=st.booleans()))
    names: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
        [{}, {"propertyNames": {"enum": ["p", "q"]}}, {"propertyNames": {"pattern": "^[a-c]$"}}]
    )
    return st.one_of(
        members.flatmap(
            lambda told: st.lists(st.sampled_from([*told]), unique=True).map(
                lambda required: {"type": "object", "properties": told, "required": required}
            )
        ),
        lists.map(lambda told: {"type": "array", "items": told[0], **told[1]}),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda told: {"type": "array", "prefixItems": told, "minItems": len(told), "maxItems": len(told)}
        ),
        st.tuples(inner, names).map(_map),
        st.lists(inner, min_size=1, max_size=3).map(lambda told: {"anyOf": told}),
        st.lists(inner, min_size=1, max_size=2).map(lambda told: {"oneOf": told}),
        st.tuples(inner, _leaf()).map(lambda told: {"allOf": [*told]}),
    )


SCHEMAS = st.recursive(_leaf(), _containers, max_leaves=6)
_DEFINITIONS = {
    "leaf": {"type": "integer", "maximum": 4, "description": "Small."},
    "node": {
        "type": "object",
        "properties": {"n": {"$ref": "#/$defs/leaf"}, "next": {"$ref": "#/$defs/node"}},
        "required": ["n"],
    },
}


@pytest.mark.parametrize("dialect", DIALECTS)
@given(schema=SCHEMAS, seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_what_is_allowed_fits(dialect: str, schema: Any, seed: int) -> None:
    """An answer, raised, fits the schema as it was written, or breaks a keyword that `findings` names."""
    whole = {"type": "object", "properties": {"a": schema}, "required": ["a"], "$defs": _DEFINITIONS}
    lowered = lower(whole, DIALECTS[dialect])
    Draft202012Validator.check_schema(lowered.json_schema)
    if lowered.json_schema["type"] != "object" or "a" not in lowered.json_schema["properties"]:
        assert "allOf" in json.dumps(schema)  # only what is merged can leave no value that fits
        return
    if not DIALECTS[dialect].list_lengths and "allOf" in json.dumps(schema):
        return  # a list whose items no value fits is empty, which cannot be said there
    told = {found.keyword for found in findings(whole, DIALECTS[dialect]) if found.effect != "refused"}
    try:
        value = lowered.raised(Grammar(lowered.json_schema).walk(seed))
    except (TimeoutError, ValueError):
        return  # no value fits the schema, or the walk has no end
    for error in Draft202012Validator(whole).iter_errors(value):
        assert _causes(error) & told, (error.json_path, error.validator, error.message, lowered.json_schema)


def _causes(error: Any) -> set[str]:
    """The keywords that are broken: a validator's own, and of those of its alternatives."""
    return {error.validator} | {keyword for inner in error.context or () for keyword in _causes(inner)}
