"""What holds for every ready-made schema."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from tests.schemas.ready import STEMS, messages, model, module
from vextract.schema.checks import Checked
from vextract.schema.fields import FieldSpec, describe

PAPERS = ("receipt", "invoice", "id_document", "bank_statement", "delivery_note", "nutrition")
FREE = {"seller_name", "type", "bank", "machine_readable_zone", "product", "brand", "merchant"}


def _leaves(spec: FieldSpec) -> Iterator[FieldSpec]:
    inner = (*spec.fields, *((spec.item,) if spec.item else ()))
    if not inner:
        yield from [spec] if spec.name else []
    for part in inner:
        yield from _leaves(part)


def test_families() -> None:
    """There is a file for each family."""
    assert set(STEMS) == {
        *("receipt", "invoice", "form", "id_document", "business_card", "bank_statement", "delivery_note", "table"),
        *("chart", "diagram", "ui", "nutrition", "recipe", "place", "image_description", "detections"),
    }


@pytest.mark.parametrize("stem", STEMS)
def test_nothing_found_is_an_answer(stem: str) -> None:
    """All fields are optional, and where nothing is known nothing contradicts itself."""
    value = model(stem).model_validate({})
    assert all(field in (None, []) for field in dict(value).values())
    assert not isinstance(value, Checked) or list(value.inconsistencies()) == []


@pytest.mark.parametrize("stem", STEMS)
def test_described(stem: str) -> None:
    """The file, its main class, and every field of every class say what they are."""
    assert (module(stem).__doc__ or "").splitlines()[0].endswith(".")
    classes = [c for c in vars(module(stem)).values() if isinstance(c, type) and issubclass(c, BaseModel)]
    for own in (c for c in classes if c.__module__ == module(stem).__name__):
        assert own.__doc__
        for name, field in own.model_fields.items():
            assert field.title, name
            assert field.description, name


@pytest.mark.parametrize("stem", STEMS)
def test_round_trip(stem: str) -> None:
    """What is written as JSON reads as the same value."""
    value = model(stem).model_validate(EXAMPLES.get(stem, {}))
    assert model(stem).model_validate_json(value.model_dump_json()) == value


@pytest.mark.parametrize("stem", PAPERS)
def test_labels(stem: str) -> None:
    """On printed papers every field says what is printed beside it, each label once, none also as a label to avoid."""
    for spec in _leaves(describe(model(stem).model_json_schema())):
        not_labels = spec.hints.get("not_labels", [])
        assert spec.labels or spec.name in FREE, spec.name
        assert isinstance(not_labels, list)
        assert not {label.casefold() for label in spec.labels} & {label.casefold() for label in not_labels}, spec.name
        assert len(spec.labels) == len(set(spec.labels)), spec.name


def test_amounts_are_numbers_in_json() -> None:
    """An amount is exact inside and a number outside."""
    value = model("receipt").model_validate_json('{"total": 60.3, "date": "2018-10-19", "time": "12:05:00"}')
    assert value.model_dump_json(exclude_unset=True) == '{"date":"2018-10-19","time":"12:05:00","total":60.3}'


def test_hints_reach_the_schema() -> None:
    """Format, place and section of a field are in its description for readers."""
    spec = describe(model("invoice").model_json_schema())
    iban, seller, buyer = (spec.member(name) for name in ("seller_iban", "seller_name", "buyer_name"))
    assert iban
    assert seller
    assert buyer
    assert iban.format == "iban"
    assert seller.hints["place"] == "letterhead"
    assert buyer.hints["section"] == "buyer"
    assert "Rechnung an" in buyer.hints["section_labels"]  # type: ignore[operator]


EXAMPLES: dict[str, dict[str, object]] = {
    "receipt": {
        "merchant": "Corner",
        "date": "2024-02-29",
        "time": "18:30",
        "items": [{"quantity": "2", "amount": "3.10"}],
    },
    "invoice": {"type": "credit_note", "issue_date": "2024-02-29", "total": "-119.00", "tax_lines": [{"rate": 19}]},
    "form": {"title": "Claim", "entries": [{"label": "Smoker", "kind": "checkbox", "checked": True}]},
    "table": {"tables": [{"columns": ["a", "b"], "rows": [["1", None]]}]},
    "chart": {"type": "pie", "series": [{"points": [{"label": "x", "value": "12.5"}]}]},
    "detections": {
        "objects": [
            {"page": 1, "label": "cat", "box": [1, 2.5, 30, 40], "mask": {"polygons": [[1, 2, 30, 2, 30, 40]]}},
            {"page": 2, "label": "dog", "box": [0, 0, 9, 9], "score": 0.5, "mask": {"size": [20, 10], "counts": "0X6"}},
        ],
        "counts": {"cat": 1, "dog": 1},
    },
    "place": {"country": "FR", "latitude": 48.85, "longitude": 2.35},
}


@pytest.mark.parametrize(
    ("stem", "data", "said"),
    [
        ("id_document", {"issue_date": "2020-01-01", "expiry_date": "2030-01-01"}, None),
        ("id_document", {"issue_date": "2030-01-01", "expiry_date": "2020-01-01"}, "expiry before issue"),
        ("delivery_note", {"gross_weight_kg": 12, "net_weight_kg": 10}, None),
        ("delivery_note", {"gross_weight_kg": 10, "net_weight_kg": 12}, "weigh more without packing"),
        ("table", {"tables": [{"columns": ["a", "b"], "rows": [["1", "2"]]}]}, None),
        ("table", {"tables": [{"columns": ["a", "b"], "rows": [["1"]]}]}, "1 of 2"),
        ("diagram", {"nodes": [{"id": "a"}, {"id": "b"}], "edges": [{"source": "a", "target": "b"}]}, None),
        ("diagram", {"nodes": [{"id": "a"}], "edges": [{"source": "a", "target": "b"}]}, "not there: b"),
        ("diagram", {"nodes": [{"id": "a"}, {"id": "a"}]}, "the same id: a"),
        (
            "chart",
            {"type": "pie", "y_axis": {"unit": "%"}, "series": [{"points": [{"value": 60}, {"value": 40}]}]},
            None,
        ),
        (
            "chart",
            {"type": "pie", "y_axis": {"unit": "%"}, "series": [{"points": [{"value": 60}, {"value": 60}]}]},
            "120 %",
        ),
        ("place", {"latitude": -90, "longitude": 180}, None),
        ("place", {"latitude": 123}, "no such latitude: 123"),
    ],
)
def test_checks(stem: str, data: dict[str, object], said: str | None) -> None:
    """Sound values raise no alarm; a contradiction is told with its figures."""
    found = messages(stem, data)
    assert found == [] if said is None else len(found) == 1 and said in found[0]
