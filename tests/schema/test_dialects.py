"""What providers cannot be told of a schema."""

from typing import Any

import pytest

from vextract.schema.dialects import DIALECTS, findings
from vextract.schema.short import model_of_short


def told(dialect: str, json_schema: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Pointer, keyword and effect of all findings."""
    return {(found.pointer, found.keyword, found.effect) for found in findings(json_schema, DIALECTS[dialect])}


def of_a(sub: dict[str, Any]) -> dict[str, Any]:
    """An object whose one field, required, has that schema."""
    return {"type": "object", "properties": {"a": sub}, "required": ["a"], "additionalProperties": False}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_plain_schema_is_told_in_full(dialect: str) -> None:
    """Required texts, numbers, dates and lists of objects are within every dialect, but for references in Ollama's."""
    found = told(dialect, model_of_short("a, b int, c date, d[] float, e[] {f}").model_json_schema())
    assert {entry for entry in found if entry[1] != "$ref"} == set()


@pytest.mark.parametrize(
    ("sub", "keyword", "effects"),
    [
        ({"type": "number", "minimum": 1}, "minimum", {"anthropic": "lost", "ollama": "lost", "llama.cpp": "lost"}),
        ({"type": "integer", "minimum": 1}, "minimum", {"anthropic": "lost"}),
        ({"type": "number", "exclusiveMinimum": 1}, "exclusiveMinimum",
         {"gemini": "lost", "anthropic": "lost", "ollama": "lost", "llama.cpp": "lost"}),
        ({"type": "string", "maxLength": 3}, "maxLength", {"openai": "lost", "gemini": "lost", "anthropic": "lost"}),
        ({"type": "string", "pattern": "^a$"}, "pattern", {"gemini": "lost", "anthropic": "lost"}),
        ({"type": "string", "pattern": "a"}, "pattern",
         {"gemini": "lost", "anthropic": "lost", "ollama": "lost", "llama.cpp": "lost"}),
        ({"type": "string", "format": "iban"}, "format", dict.fromkeys(DIALECTS, "lost")),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 3}, "maxItems", {"anthropic": "lost"}),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, "minItems", {}),
        ({"const": "x"}, "const", {"gemini": "changed", "ollama": "changed"}),
        ({"oneOf": [{"type": "string"}]}, "oneOf",
         {"openai": "changed", "gemini": "changed", "anthropic": "changed", "ollama": "lost", "llama.cpp": "changed",
          "llguidance": "changed"}),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "additionalProperties",
         {"openai": "changed", "anthropic": "changed", "llguidance": "changed"}),
        ({"type": "number", "exclusiveMinimum": 0}, "exclusiveMinimum",
         {"gemini": "lost", "anthropic": "lost", "ollama": "lost", "llama.cpp": "lost"}),
        ({"type": "integer", "multipleOf": 5}, "multipleOf",
         {"gemini": "lost", "anthropic": "lost", "ollama": "lost", "llama.cpp": "lost"}),
        ({"type": "string", "pattern": "^a$", "maxLength": 3}, "maxLength",
         {"openai": "lost", "gemini": "lost", "anthropic": "lost", "ollama": "lost", "llama.cpp": "lost"}),
        ({"type": "string", "pattern": "^(?=a)b$"}, "pattern", dict.fromkeys(DIALECTS, "lost")),
        ({"type": "string", "pattern": r"^\d{2}[\w-]$"}, "pattern", {"gemini": "lost", "anthropic": "lost"}),
        ({"type": "string", "pattern": r"^\D$"}, "pattern",
         {"gemini": "lost", "anthropic": "lost", "ollama": "lost", "llama.cpp": "lost"}),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 0}, "maxItems", {"anthropic": "lost"}),
        ({"type": "object", "additionalProperties": {"type": "string"}, "propertyNames": {"format": "date"}},
         "propertyNames", dict.fromkeys(DIALECTS, "changed")),
        ({"type": "object", "patternProperties": {"^a$": {}}}, "patternProperties", dict.fromkeys(DIALECTS, "changed")),
        ({"type": "object", "patternProperties": {"^a$": {}, "^b$": {}}}, "patternProperties",
         dict.fromkeys(DIALECTS, "lost")),
        ({"anyOf": [{"type": "number"}, {"type": "string"}], "format": "decimal"}, "anyOf",
         dict.fromkeys(DIALECTS, "changed")),
        ({"anyOf": [{"type": "number"}, {"type": "string"}], "format": "decimal"}, "format", {}),
        ({"not": {"type": "string"}}, "not", dict.fromkeys(DIALECTS, "lost")),
        ({}, "type", dict.fromkeys(DIALECTS, "changed")),
    ],
)  # fmt: skip
def test_keywords(sub: dict[str, Any], keyword: str, effects: dict[str, str]) -> None:
    """Each keyword has its effect in the dialects named, at its place, and none in the others."""
    for dialect in DIALECTS:
        found = {e for where, k, e in told(dialect, of_a(sub)) if where == "/properties/a" and k == keyword}
        assert found == ({effects[dialect]} if dialect in effects else set()), dialect


def test_the_whole() -> None:
    """OpenAI and Anthropic need an object at the top; OpenAI requires all keys and has limits of size."""
    rows = model_of_short("[]: a").model_json_schema()
    assert {d for d in DIALECTS if ("", "type", "changed") in told(d, rows)} == {"openai", "anthropic"}
    optional = model_of_short("a?, b").model_json_schema()
    assert {d for d in DIALECTS if ("", "required", "changed") in told(d, optional)} == {"openai"}
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(11):
        deep = of_a(deep)
    assert {d for d in DIALECTS if "refused" in {e for *_, e in told(d, deep)}} == {"openai"}


def test_too_many_optional_keys() -> None:
    """Anthropic takes 24 optional keys, and 16 values of more than one kind: more are said otherwise, or refused."""
    few = model_of_short(", ".join(f"a{i}?" for i in range(16))).model_json_schema()
    many = model_of_short(", ".join(f"a{i}?" for i in range(17))).model_json_schema()
    assert ("", "required", "changed") not in told("anthropic", few)
    assert {d for d in DIALECTS if ("", "required", "changed") in told(d, many)} == {"openai", "anthropic"}
    either = {"type": ["string", "integer"]}
    mixed = {"type": "object", "properties": {f"a{i}": either for i in range(17)}}
    assert {d for d in DIALECTS if "refused" in {e for *_, e in told(d, mixed)}} == {"anthropic"}


def test_a_schema_that_contains_itself() -> None:
    """It is told where the dialect restricts it, and found through other references."""
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/x"}},
        "$defs": {
            "x": {"type": "object", "properties": {"y": {"$ref": "#/$defs/y"}}},
            "y": {"type": "array", "items": {"$ref": "#/$defs/x"}},
        },
    }
    assert {("/$defs/x", "$ref", "lost"), ("/$defs/y", "$ref", "lost")} <= told("ollama", schema)
    assert ("/$defs/x", "$ref", "changed") in told("gemini", schema)
    assert not {where for where, keyword, _ in told("openai", schema) if keyword == "$ref"}
