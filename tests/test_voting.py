"""Several answers in one."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.grounding.pages import page
from vextract.pointers import resolve
from vextract.profiles import ModelProfile
from vextract.schema import Schema, describe
from vextract.tasks import Ballot, Question, Reply
from vextract.voting import Vote, tally, voted


class Row(BaseModel):
    name: str | None = None
    qty: int | None = None
    price: float | None = None


class Paper(BaseModel):
    vendor: str | None = None
    day: date | None = None
    total: float | None = None
    buyer: Row | None = None
    tags: list[str] = []
    items: list[Row] = []


SPEC = describe(Paper.model_json_schema())


def test_most_say_so() -> None:
    """Of three answers two decide, value by value, and the share of those that say so is told."""
    found = tally(
        [{"vendor": "Ann", "total": 1.5}, {"vendor": "Bob", "total": 1.5}, {"vendor": "Ann", "total": 2}], SPEC
    )
    assert found.data == {"vendor": "Ann", "total": 1.5}
    assert found.agreement == {"/vendor": 2 / 3, "/total": 2 / 3}


def test_the_same_in_other_words() -> None:
    """Dates, amounts and texts are the same where evaluation says so; the form that most use is taken."""
    said = [
        {"vendor": "ACME Ltd", "day": "2024-03-01", "total": 12},
        {"vendor": "Acme Ltd.", "day": "2024-03-01T00:00:00", "total": 12.0},
        {"vendor": "Acme Ltd.", "day": "2024-03-01", "total": "12.00"},
    ]
    found = tally(said, SPEC)
    assert found.data == {"vendor": "Acme Ltd.", "day": "2024-03-01", "total": 12}
    assert set(found.agreement.values()) == {1.0}


@pytest.mark.parametrize(
    ("said", "grounded", "taken"),
    [
        (["Ann", "Bob"], [(), ()], "Ann"),
        (["Ann", "Bob"], [(), ("/vendor",)], "Bob"),
        (["Ann", "Bob", None], [(), (), ()], "Ann"),
        ([None, "Bob", "Eve"], [(), (), ()], None),
        ([None, "Bob", "Eve"], [(), (), ("/vendor",)], "Eve"),
        ([None, None, "Eve"], [(), (), ("/vendor",)], None),
    ],
)
def test_ties(said: list[str | None], grounded: list[tuple[str, ...]], taken: str | None) -> None:
    """Of as many voices each, what is on the page is taken, then what was said first; null is a voice too."""
    assert tally([{"vendor": each} for each in said], SPEC, grounded).data == {"vendor": taken}


def test_rows_are_put_beside_one_another() -> None:
    """Rows in another order, and with a cell misread, are the same row; one that a single answer has is left out."""
    tea, milk, salt = ({"name": name, "qty": n, "price": n + 0.5} for n, name in enumerate(["Tea", "Milk", "Salt"], 1))
    said = [[tea, milk], [milk, {**tea, "price": 9.0}], [tea, salt, milk]]
    found = tally([{"items": rows} for rows in said], SPEC)
    assert found.data == {"items": [tea, milk]}
    assert found.agreement["/items/0/name"] == 1.0
    assert found.agreement["/items/0/price"] == 2 / 3
    assert found.agreement["/items/1/price"] == 1.0


def test_a_row_that_the_first_answer_has_not() -> None:
    """It comes where the others have it."""
    rows = [["Tea", "Salt"], ["Tea", "Milk", "Salt"], ["Tea", "Milk", "Salt"]]
    assert tally([{"tags": row} for row in rows], SPEC).data == {"tags": ["Tea", "Milk", "Salt"]}


@pytest.mark.parametrize(
    ("first", "second", "grounded", "kept"),
    [
        (["Tea"], ["Tea", "Milk"], (), ["Tea"]),
        (["Tea"], ["Tea", "Milk"], ("/tags/1",), ["Tea", "Milk"]),
        (["Tea", "Milk"], ["Tea"], (), ["Tea", "Milk"]),
    ],
)
def test_a_row_that_half_of_them_have(
    first: list[str], second: list[str], grounded: tuple[str, ...], kept: list[str]
) -> None:
    """It is kept if it is on the page, or if the first answer has it."""
    assert tally([{"tags": first}, {"tags": second}], SPEC, [(), grounded]).data == {"tags": kept}


def test_objects_and_keys_that_are_missing() -> None:
    """An object that most have is voted on member by member; a key that most leave out is left out."""
    said = [{"buyer": {"name": "Ann", "qty": 1}}, {"buyer": {"name": "Ann"}}, {"buyer": None, "vendor": "Bob"}]
    found = tally(said, SPEC)
    assert found.data == {"buyer": {"name": "Ann", "qty": 1}}
    assert found.agreement == {"/buyer/name": 2 / 3, "/buyer/qty": 1 / 3}


TEXT = st.sampled_from(["Ann", "ann", "Bob", "Tea", "Milk", "", "7", "2024-01-02"])
ROW = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | TEXT,
        "qty": st.none() | st.integers(0, 3),
        "price": st.none() | st.sampled_from([0.5, 1.0, 1.004]),
    },
)
DATA = st.fixed_dictionaries(
    {},
    optional={
        "vendor": st.none() | TEXT,
        "total": st.none() | st.sampled_from([1, 1.0, 1.004, "1.00", 2]),
        "buyer": st.none() | ROW,
        "tags": st.lists(TEXT, max_size=4),
        "items": st.none() | st.lists(ROW, max_size=4),
    },
)


@given(DATA, st.integers(1, 4), st.booleans())
def test_all_say_the_same(data: dict[str, Any], count: int, told: bool) -> None:  # noqa: FBT001  drawn
    """Answers that are one come out as they are, and all agree."""
    found = tally([data] * count, SPEC if told else None)
    assert found.data == data
    assert set(found.agreement.values()) <= {1.0}


@given(DATA, DATA, st.integers(1, 2))
def test_two_against_one(data: dict[str, Any], other: dict[str, Any], at: int) -> None:
    """Whatever a third answer says after the first, two that are one decide."""
    said = [data, data]
    said.insert(at, other)
    assert tally(said, SPEC).data == data


@given(st.lists(DATA, min_size=1, max_size=4), st.data())
def test_what_is_told_of_agreement(said: list[dict[str, Any]], data: st.DataObject) -> None:
    """Each share belongs to a value that is there, is a share of the answers, and none is missing; nothing is made up."""
    grounded = [data.draw(st.sets(st.sampled_from(["/vendor", "/total", "/tags/0", "/items/0/name"]))) for _ in said]
    found = tally(said, SPEC, grounded)
    assert all(share * len(said) == pytest.approx(round(share * len(said))) for share in found.agreement.values())
    assert all(0 < share <= 1 for share in found.agreement.values())
    given_values = {value for each in said for value in _values(each)}
    assert set(_values(found.data)) <= given_values
    for pointer in found.agreement:
        assert resolve(found.data, pointer) not in (None, "")
    assert len(found.agreement) == sum(value not in (None, "") for value in _values(found.data))


def _values(data: Any) -> list[Any]:
    if isinstance(data, dict | list):
        return [value for part in (data.values() if isinstance(data, dict) else data) for value in _values(part)]
    return [data]


PAGES = (page(["Vendor: Ann Lee", "Total: 12.50"]),)


def replies(*values: dict[str, Any]) -> list[Reply]:
    """What was answered, each time once."""
    return [Reply((1,), "", value, ballot=number) for number, value in enumerate(values)]


def test_a_vote_is_grounded_and_validated() -> None:
    """The page decides between one and one; each value has its place, its share and what the schema says of it."""
    question = Question(PAGES, Schema("Paper", Paper))
    found = voted(question, replies({"vendor": "Ann Leeds", "total": 12.5}, {"vendor": "Ann Lee", "total": 12.5}))
    assert found.data == {"vendor": "Ann Lee", "total": 12.5}
    assert [(e.pointer, e.match, e.agreement) for e in found.evidence] == [
        ("/vendor", "exact", 0.5),
        ("/total", "normalized", 1.0),
    ]
    assert found.errors == ()
    wrong = voted(question, replies({"day": "soon"}, {"day": "soon"}))
    assert [error.kind for error in wrong.errors] == ["validation"]


def test_one_answer_is_no_vote() -> None:
    """Where only one answer came, nothing is said of agreement."""
    found = voted(Question(PAGES, Schema("Paper", Paper)), replies({"vendor": "Ann Lee"}))
    assert [(e.pointer, e.agreement) for e in found.evidence] == [("/vendor", None)]


def test_windows_of_one_answer_stay_together() -> None:
    """What is asked in several windows is one answer each time."""
    parts = [
        Reply((1,), "", {"vendor": "Ann Lee", "items": [{"name": "a"}]}, ballot=0),
        Reply((2,), "", {"vendor": None, "items": [{"name": "b"}]}, ballot=0),
        Reply((1,), "", {"vendor": "Ann Lee", "items": [{"name": "a"}]}, ballot=1),
        Reply((2,), "", {"vendor": None, "items": [{"name": "b"}]}, ballot=1),
    ]
    found = voted(Question(PAGES, Schema("Paper", Paper), ground=False), parts)
    assert found.data == {"vendor": "Ann Lee", "items": [{"name": "a"}, {"name": "b"}]}
    assert found.evidence == ()


def test_how_each_time_is_asked() -> None:
    """The same model gets seeds one after another and a temperature, unless it takes none; of a panel each is asked as always."""
    some, none = ModelProfile("some"), ModelProfile("none", temperature=None)
    assert [Vote(2, 0.7, 40).ballot(n, 1, some) for n in (0, 1)] == [Ballot(0, 0.7, 40), Ballot(1, 0.7, 41)]
    assert Vote(2, 0.7).ballot(1, 1, none) == Ballot(1, None, 1)
    assert Vote(3, 0.7).ballot(1, 3, some) == Ballot(1)
    assert Vote(2, 0.7).ballot(3, 2, some) == Ballot(3, 0.7, 3), "in place of one that failed"
