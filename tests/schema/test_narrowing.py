"""A schema for some of its properties alone."""

from itertools import pairwise
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # stubs are a package of their own
from pydantic import BaseModel, Field, field_validator

from vextract.schema import FieldSpec, Schema, load_schema, ready_made
from vextract.schema.json_file import json_schema_model
from vextract.schema.narrowing import Narrowed, narrowed


class City(BaseModel):
    name: str
    code: str = Field(pattern=r"^\d{5}$")


class Party(BaseModel):
    name: str
    vat_id: str | None = None
    city: City | None = None


class Row(BaseModel):
    name: str
    qty: int | None = None
    parts: list["Row"] = []


class Paper(BaseModel):
    """A paper."""

    number: str = Field(description="as printed", pattern=r"^\w+$")
    total: float | None = None
    seller: Party
    buyer: Party | None = None
    items: list[Row] = Field(default=[], max_length=9)

    @field_validator("number")
    @classmethod
    def _no_zero(cls, number: str) -> str:
        if number == "000":
            raise ValueError("it is never 000")
        return number


WHOLE = Paper.model_json_schema()


def test_a_property_keeps_all_that_is_said_of_it() -> None:
    """One property: its own words and constraints stay, it stays required, and nothing of the others is left."""
    found = narrowed(WHOLE, ("/number",))
    assert found["properties"] == {"number": WHOLE["properties"]["number"]}
    assert found["required"] == ["number"]
    assert found["description"] == "A paper."
    assert "$defs" not in found


def test_members_of_an_object_by_themselves() -> None:
    """Of an object inside, and of one in that, only what is asked for is left; one that may be null still may."""
    found = narrowed(WHOLE, ("/seller/name", "/buyer/city/code", "/total"))
    assert list(found["properties"]) == ["total", "seller", "buyer"]
    seller = found["properties"]["seller"]
    assert (list(seller["properties"]), seller["required"]) == (["name"], ["name"])
    buyer, null = found["properties"]["buyer"]["anyOf"]
    assert null == {"type": "null"}
    [city, _] = buyer["properties"]["city"]["anyOf"]
    assert list(buyer["properties"]) == ["city"]
    assert (list(city["properties"]), city["required"]) == (["code"], ["code"])
    assert "$defs" not in found


def test_definitions_that_are_used_stay() -> None:
    """A list of records keeps the definitions that its records need, those that contain themselves too, and no others."""
    found = narrowed(WHOLE, ("/items",))
    assert list(found["$defs"]) == ["Row"]
    assert found["properties"]["items"]["maxItems"] == 9


@pytest.mark.parametrize(
    ("schema", "places"),
    [
        (WHOLE, ("",)),
        (WHOLE, ("/nothing",)),
        ({"type": "object", "properties": {"a": {"$ref": "#"}, "b": {}}}, ("/a",)),
        ({"type": "object", "properties": {"a": {"$ref": "#/properties/b"}, "b": {}}}, ("/a",)),
        ({"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}, ("/a",)),
        ({"type": "array", "items": {"type": "string"}}, ("",)),
    ],
)
def test_what_cannot_be_parted_stays_whole(schema: dict[str, Any], places: tuple[str, ...]) -> None:
    """Where a part would lead nowhere, or is not told property by property, more is asked and nothing is lost."""
    assert narrowed(schema, places) == schema


def test_what_is_said_of_several_properties_goes() -> None:
    """A rule about a property that is not asked for cannot be held, and is left to the validation of the whole."""
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["b"],
        "minProperties": 2,
        "dependentRequired": {"a": ["b"]},
        "additionalProperties": False,
    }
    wanted = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    assert narrowed(schema, ("/a",)) == wanted


def _properties(spec: FieldSpec, at: str = "") -> list[str]:
    """Pointers of all properties, those of objects too."""
    own = [f"{at}/{field.name}" for field in spec.fields]
    below = [p for field in spec.fields if field.kind == "object" for p in _properties(field, f"{at}/{field.name}")]
    return [*own, *below]


@pytest.mark.parametrize("name", ready_made())
def test_parts_of_the_ready_made_schemas(name: str) -> None:
    """Every property, and every two beside each other, make a schema that is valid, has them alone, and refers to nothing else."""
    schema = load_schema(name)
    places = _properties(schema.fields)
    for chosen in [*((place,) for place in places), *pairwise(places)]:
        part = narrowed(schema.json_schema, chosen)
        if any(one != other and one.startswith(f"{other}/") for one in chosen for other in chosen):
            continue
        Draft202012Validator.check_schema(part)
        json_schema_model(part, name, name)
        assert set(part["properties"]) == {place.split("/")[1] for place in chosen}


def answer(places: tuple[str, ...], data: object, former: object) -> list[tuple[str, str]]:
    """What is wrong with an answer to a part of `Paper`."""
    schema = Narrowed("Paper", Paper, WHOLE, places, former)
    return [(problem.pointer, problem.message) for problem in schema.validate(data)[1]]


FORMER = {"number": "17", "total": "many", "seller": {"name": "Ann", "vat_id": None}, "items": []}


def test_an_answer_is_judged_by_the_whole_class() -> None:
    """The class's own validators judge the properties that were asked for; what is wrong elsewhere is not the answer's fault."""
    assert answer(("/number",), {"number": "18"}, FORMER) == []
    [(pointer, message)] = answer(("/number",), {"number": "000"}, FORMER)
    assert (pointer, "never 000" in message) == ("/number", True)
    assert [p for p, _ in answer(("/total",), {"total": "few"}, FORMER)] == ["/total"]
    assert answer(("/seller/vat_id",), {"seller": {"vat_id": "DE1"}}, FORMER) == []


def test_an_answer_that_says_nothing_changes_nothing() -> None:
    """Null and missing keys leave what was known; a list in place of an object is refused."""
    assert answer(("/number", "/seller/name"), {"seller": {"name": None}}, FORMER) == []
    assert answer(("/number",), {"number": None}, {**FORMER, "number": None}) != []
    assert answer(("/number",), ["17"], FORMER) == [("", "it is no object")]


def test_all_of_it() -> None:
    """With the whole as its place, it is the schema itself."""
    schema = Narrowed("Paper", Paper, WHOLE, ("",), None)
    assert schema.json_schema == Schema("Paper", Paper).json_schema
    assert [p.pointer for p in schema.validate({})[1]] == ["/number", "/seller"]
