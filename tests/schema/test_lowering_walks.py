"""Random walks through lowered schemas: what a server that obeys one exactly may answer, raised, is valid for the user's model.

A server is played by llguidance. It knows every keyword that any dialect is told, so that nothing is left out here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from tests.schema.lowering_models import MODELS
from tests.schema.walking import Grammar
from vextract.pointers import join, keys
from vextract.schema import load_schema, ready_made
from vextract.schema.dialects import DIALECTS, findings
from vextract.schema.json_file import subschemas
from vextract.schema.lowering import Lowered, lower

_WALKS = 8
_TOLD_BY = {
    "greater_than": {"exclusiveMinimum"},
    "greater_than_equal": {"minimum"},
    "less_than": {"exclusiveMaximum"},
    "less_than_equal": {"maximum"},
    "multiple_of": {"multipleOf"},
    "string_too_short": {"minLength"},
    "string_too_long": {"maxLength"},
    "string_pattern_mismatch": {"pattern"},
    "too_short": {"minItems", "minProperties", "uniqueItems"},
    "too_long": {"maxItems", "maxProperties"},
    "uuid_parsing": {"format"},
    "date_from_datetime_parsing": {"format"},
    "date_parsing": {"format"},
    "datetime_parsing": {"format"},
    "datetime_from_date_parsing": {"format"},
    "time_parsing": {"format"},
}
"""Pydantic's word for what is wrong -> keywords of JSON Schema that would have ruled it out."""
_OFF_THE_CALENDAR = re.compile(r"^0000-|-02-(29|30)|-(04|06|09|11)-31|:60", re.IGNORECASE)
"""What RFC 3339 or its grammar allows as a date or time and Python has none for: the year 0, leap seconds, February 29th."""


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_walks(model: type[BaseModel], dialect: str) -> None:
    """What the dialect allows, raised, is valid, or fails at a constraint that `findings` names there."""
    lowered = lower(load_schema(model).json_schema, DIALECTS[dialect])
    explain = _Explanation(load_schema(model).json_schema, dialect)
    for value in _answers(lowered):
        raised = lowered.raised(value)
        assert explain.unexplained(_errors(model, raised), raised) == [], raised


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ready_made())
def test_ready_made(name: str, dialect: str) -> None:
    """The same for the ready-made families; what a validator of theirs refuses beyond JSON Schema is their own affair."""
    schema = load_schema(name)
    lowered = lower(schema.json_schema, DIALECTS[dialect])
    explain = _Explanation(schema.json_schema, dialect)
    for value in _answers(lowered, 2):
        raised = lowered.raised(value)
        errors = [error for error in _errors(schema.model, raised) if error["type"] != "value_error"]
        assert explain.unexplained(errors, raised) == [], raised


def _answers(lowered: Lowered, walks: int = _WALKS) -> Iterator[object]:
    """So many random answers, or fewer where most walks come to no end; never none."""
    grammar, finished = Grammar(lowered.json_schema), 0
    for seed in range(4 * walks):
        try:
            value = grammar.walk(seed)
            json.dumps(value, allow_nan=False)
        except (TimeoutError, ValueError):
            continue  # it has no end, or a number such as 1e999, which no double holds
        yield value
        finished += 1
        if finished == walks:
            break
    assert finished, lowered.json_schema


def _errors(model: type[BaseModel], raised: object) -> list[Any]:
    try:
        model.model_validate_json(json.dumps(raised))
    except ValidationError as error:
        return list(error.errors(include_url=False))
    return []


class _Explanation:
    """What the findings of a dialect explain of the errors of raised answers."""

    def __init__(self, schema: Mapping[str, Any], dialect: str) -> None:
        self._schema = schema
        self._told = {(found.pointer, found.keyword) for found in findings(schema, DIALECTS[dialect])}

    def unexplained(self, errors: list[Any], raised: object) -> list[str]:
        """The errors without a finding at their place; of alternatives, one must have all of its errors explained."""
        return self._rest([(error, (), error["loc"]) for error in errors], raised)

    def _rest(self, errors: list[tuple[Any, tuple[Any, ...], tuple[Any, ...]]], raised: object) -> list[str]:
        """Of errors with the way into the data that has been gone, and what is left of their location."""
        rest: list[str] = []
        unions: dict[tuple[Any, ...], dict[Any, list[Any]]] = {}
        for error, *way in errors:
            gone, left = _gone_on(raised, *way)
            if not left or left[0] == "[key]" or (error["type"] == "missing" and len(left) == 1):
                rest += [] if self._explained(error, gone) else [f"{error['loc']}: {error['type']}: {error['msg']}"]
            else:  # the name of an alternative, which is no part of the data
                unions.setdefault(gone, {}).setdefault(left[0], []).append((error, gone, left[1:]))
        for alternatives in unions.values():
            each = [self._rest(group, raised) for group in alternatives.values()]
            fewest: list[str] = min(each, key=len)
            rest += fewest
        return rest

    def _explained(self, error: Any, path: tuple[Any, ...]) -> bool:
        wanted = _TOLD_BY.get(error["type"], set())
        if isinstance(error["input"], str) and "format" in wanted and _OFF_THE_CALENDAR.search(error["input"]):
            return True
        return any((place, keyword) in self._told for place in _places(self._schema, path) for keyword in wanted)


def _gone_on(data: Any, gone: tuple[Any, ...], left: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The way into the data as far as it leads, and the rest of the location."""
    while left and _holds(data, (*gone, left[0])):
        gone, left = (*gone, left[0]), left[1:]
    return gone, left


def _holds(data: Any, path: tuple[Any, ...]) -> bool:
    for part in path:
        if not (isinstance(data, dict) and part in data) and not (isinstance(data, list) and isinstance(part, int)):
            return False
        data = data[part]
    return True


def _places(schema: Mapping[str, Any], location: tuple[int | str, ...]) -> set[str]:
    """Pointers to all subschemas that describe the value at a location as Pydantic tells it."""
    here = set(_same_value(schema, [()]))
    for part in location:
        there = {(*path, *way) for path in here for way in _ways_in(_at(schema, path), part)}
        here = set(_same_value(schema, there)) if there else here
    return {join(path) for path in here}


def _ways_in(schema: Any, part: int | str) -> Iterator[tuple[str | int, ...]]:
    for way, _ in subschemas(schema) if isinstance(schema, dict) else ():
        if way in (("properties", part), ("prefixItems", part)) or (way == ("items",) and isinstance(part, int)):
            yield way
        if isinstance(part, str) and (way[0] in ("additionalProperties", "patternProperties", "propertyNames")):
            yield way


def _same_value(schema: Mapping[str, Any], paths: Any) -> Iterator[tuple[str | int, ...]]:
    """The paths, and those of references and alternatives from there."""
    pending, seen = [*paths], set()
    while pending:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        yield path
        found = _at(schema, path)
        if isinstance(found, dict):
            if "$ref" in found:
                pending.append(tuple(keys(found["$ref"].removeprefix("#"))))
            pending += [(*path, *way) for way, _ in subschemas(found) if way[0] in ("anyOf", "oneOf", "allOf")]


def _at(schema: Any, path: tuple[str | int, ...]) -> Any:
    found = schema
    for part in path:
        found = found[part]
    return found
