"""What of an answer goes on to the next model, and what becomes of both answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.grounding.pages import page
from vextract.cascade import Standing, doubtful, merged, narrowed_question, picked, sights, standing
from vextract.grounding import leaves
from vextract.pointers import resolve, within
from vextract.requests import Picture
from vextract.schema import Schema, describe
from vextract.tasks import Answer, Question, Sight
from vextract.tasks.extract import Example, ExtractOptions, ask
from vextract.types import Box, Evidence, MatchKind, PageText


class Party(BaseModel):
    name: str | None = None
    city: str | None = None


class Row(BaseModel):
    name: str | None = None
    qty: int | None = None


class Paper(BaseModel):
    vendor: str | None = None
    day: date | None = None
    total: float | None = None
    seller: Party | None = None
    items: list[Row] = []


SCHEMA = Schema("Paper", Paper)
SPEC = describe(Paper.model_json_schema())
FULL = {
    "vendor": "Ann",
    "day": "2024-03-28",
    "total": 12.5,
    "seller": {"name": "Bob", "city": "Ulm"},
    "items": [{"name": "Tea", "qty": 1}, {"name": "Milk", "qty": None}],
}
HERE = Box(0.1, 0.1, 0.2, 0.12)


def found(
    pointer: str, confidence: float = 0.9, at: Box = HERE, number: int = 1, kind: MatchKind = "exact"
) -> Evidence:
    """A value that is on a page."""
    return Evidence(pointer, number, at, "x", kind, confidence)


def lost(pointer: str) -> Evidence:
    """A value that is on none."""
    return Evidence(pointer, None, None, None, "none")


def all_found(data: object, *others: Evidence) -> tuple[Evidence, ...]:
    """Evidence of all values of the data, but for those that are told otherwise."""
    told = {each.pointer for each in others}
    return (*(found(p) for p, value, _ in leaves(data) if value not in (None, "") and p not in told), *others)


@pytest.mark.parametrize(
    ("change", "evidence", "places"),
    [
        ({}, [], ()),
        ({"vendor": None, "total": None}, [], ("/vendor", "/total")),
        ({"vendor": " "}, [], ("/vendor",)),
        ({}, [lost("/total"), found("/day", 0.49)], ("/day", "/total")),
        ({}, [found("/day", 0.5)], ()),
        ({"seller": None}, [], ("/seller",)),
        ({"seller": {"name": "Bob", "city": None}}, [], ("/seller/city",)),
        ({}, [lost("/seller/name")], ("/seller/name",)),
        ({"items": []}, [], ("/items",)),
        ({}, [lost("/items/0/qty")], ("/items",)),
        ({}, [found("/items/1/name", 0.2)], ("/items",)),
        ({}, [found("/total", 0.45, kind="ambiguous"), found("/total", 0.45, kind="ambiguous")], ()),
        ({}, [found("/total", 0.2, kind="ambiguous"), found("/total", 0.2, kind="ambiguous")], ("/total",)),
    ],
)
def test_what_is_doubtful(change: dict[str, Any], evidence: list[Evidence], places: tuple[str, ...]) -> None:
    """Null, not on the page, or less sure than the bound; null in rows is not; places of one value count together."""
    data = {**FULL, **change}
    assert doubtful(SPEC, data, all_found(data, *evidence), 0.5) == places


def test_a_value_without_evidence_is_doubtful() -> None:
    """What nobody has looked for is not known to be on the page; without an object at all, all is asked."""
    assert doubtful(SPEC, FULL, all_found(FULL)[1:], 0.5) == ("/vendor",)
    assert doubtful(SPEC, None, (), 0.5) == ("",)


PAGES = tuple(page([f"Line {n} of page {number}" for n in range(40)], number) for number in (1, 2, 3))


def at(line: int) -> Box:
    """A box on a line of the pages above."""
    return Box(0.1, (line + 1) * 0.02, 0.2, (line + 1) * 0.02 + 0.012)


def seen(*evidence: Evidence, data: dict[str, Any] = FULL, pages: Sequence[PageText] = PAGES) -> tuple[Any, Any]:
    """The pages that can tell of what is doubtful, and the bands on them: first and last line that they show."""
    known = all_found(data, *evidence)
    numbers, regions = sights(doubtful(SPEC, data, known, 0.5), data, known, pages)
    lines = {
        number: [
            line.text.split()[1] for line in pages[number - 1].lines if band.y0 <= line.box.y0 <= line.box.y1 <= band.y1
        ]
        for number, band in regions.items()
    }
    assert all((band.x0, band.x1) == (0.0, 1.0) for band in regions.values())
    return numbers, {number: (int(told[0]), int(told[-1])) for number, told in lines.items()}


def test_unsure_values_need_a_band() -> None:
    """Of a value that was found but is not sure, the lines around it; of two on a page, one band; other pages are not sent."""
    assert seen(found("/day", 0.3, at(10), 2)) == ((2,), {2: (9, 11)})
    two = [found("/day", 0.3, at(10), 2), found("/seller/name", 0.3, at(20), 2), found("/total", 0.1, at(0), 3)]
    assert seen(*two) == ((2, 3), {2: (9, 21), 3: (0, 1)})


def test_what_needs_whole_pages() -> None:
    """Lists, bands that are most of the page, and pages on their side are sent whole."""
    one_list = [found(f"/items/{cell}", 0.3, at(10), 2) for cell in ("0/name", "0/qty", "1/name")]
    assert seen(*one_list, found("/total", 0.3, at(1), 2)) == ((2,), {})
    assert seen(found("/day", 0.3, at(1)), found("/total", 0.3, at(38))) == ((1,), {})
    aside = [replace(one, rotation=90) for one in PAGES]
    assert seen(found("/day", 0.3, at(10), 2), pages=aside) == ((2,), {})


@pytest.mark.parametrize("evidence", [[lost("/vendor")], []])
def test_what_may_be_anywhere(evidence: list[Evidence]) -> None:
    """Of what is null or not on the page every page may tell, whatever else is doubtful."""
    data = FULL if evidence else {**FULL, "vendor": None}
    assert seen(*evidence, found("/day", 0.3, at(10), 2), data=data) == ((1, 2, 3), {})


def test_the_question_about_what_is_doubtful() -> None:
    """It has these properties alone, the pages' parts and the text in them, and of examples the same properties."""
    known = all_found(FULL, found("/day", 0.3, at(10), 2))
    doubt = standing(SCHEMA, None, Answer(FULL, known), "a", PAGES, 0.5).doubt
    assert doubt is not None
    shown = ExtractOptions((Example(Picture(b"", "image/png", 1, 1), {**FULL, "more": 1}),))
    pages = tuple(replace(one, reader="textlayer") for one in PAGES if one.ref.number in doubt.pages)
    asked = ask(narrowed_question(Question(pages, SCHEMA, options=shown), doubt), (2,))
    assert asked.schema is not None
    assert list(asked.schema.json_schema["properties"]) == ["day"]
    assert asked.parts[1] == '{"day": "2024-03-28"}'
    assert asked.parts[-1] == Sight(2, region=doubt.regions[2])
    assert "Line 10 of page 2" in str(asked.parts[2])
    assert "Line 20 of page 2" not in str(asked.parts[2])


@pytest.mark.parametrize(
    ("places", "part"),
    [
        (("/total", "/seller/name"), {"total": 12.5, "seller": {"name": "Bob"}}),
        (("/nothing", "/vendor/name"), {}),
        (("",), FULL),
    ],
)
def test_properties_by_themselves(places: tuple[str, ...], part: object) -> None:
    """Only those that are asked for and there, in their places."""
    assert picked(FULL, places) == part


def scalar(former: Evidence | None, later: Evidence | None) -> tuple[object, tuple[str, ...]]:
    """The vendor after "Ann" was to be replaced by "Bob"; None: no value."""
    was = Answer({"vendor": "Ann" if former else None}, (former,) if former else ())
    now = Answer({"vendor": "Bob" if later else None}, (later,) if later else ())
    answer, taken = merged(SPEC, was, now, ("/vendor",), 0.5)
    assert isinstance(answer.data, dict)
    return answer.data["vendor"], taken


YES, UNSURE, NO = found("/vendor"), found("/vendor", 0.2), lost("/vendor")


@pytest.mark.parametrize("later", [YES, UNSURE, NO])
@pytest.mark.parametrize("former", [YES, UNSURE, NO, None])
def test_one_value_against_another(former: Evidence | None, later: Evidence) -> None:
    """The later one is taken if it is on the page, or if the former was not there or not on the page."""
    better = later is not NO or former in (NO, None)
    assert scalar(former, later) == (("Bob", ("/vendor",)) if better else ("Ann", ()))
    assert scalar(former, None) == ("Ann" if former else None, ())


def rows(*names: str) -> dict[str, Any]:
    """Data with a list."""
    return {"items": [{"name": name} for name in names]}


@pytest.mark.parametrize(
    ("later", "missing", "taken"),
    [
        (("Tea", "Milk"), (), True),
        (("Tea", "Milk", "Salt"), (), True),
        (("Milk", "Tea"), (), True),
        (("Tea", "Milks"), ("/items/1/name",), True),
        (("Teas", "Milk"), ("/items/0/name",), False),
        (("Tea", "Milk"), ("/items/0/name",), False),
        (("Tea",), (), True),
        (("Milk",), (), False),
        ((), (), False),
    ],
)
def test_a_list_against_another(later: tuple[str, ...], missing: tuple[str, ...], taken: bool) -> None:  # noqa: FBT001  a case
    """A later list is taken unless a row that is on the page and sure is gone, or stands there in words that are not.

    The first row is sure, the second is not on the page.
    """
    former = Answer(rows("Tea", "Milkk"), (found("/items/0/name"), lost("/items/1/name")))
    now = Answer(rows(*later), all_found(rows(*later), *(lost(pointer) for pointer in missing)))
    answer, places = merged(SPEC, former, now, ("/items",), 0.5)
    assert (places, answer.data) == ((("/items",), rows(*later)) if taken else ((), former.data))


def test_how_things_stand() -> None:
    """Who gave what is told value by value; what is settled is asked no more, and errors are those of the whole."""
    data = {**FULL, "vendor": None, "seller": {"name": "Bob", "city": None}}
    first = standing(SCHEMA, None, Answer(data, all_found(data, found("/total", 0.2))), "a", PAGES, 0.5)
    assert first.doubt is not None
    assert first.doubt.places == ("/vendor", "/total", "/seller/city")
    said = {"vendor": "Ann", "total": 13.0, "seller": {"city": None}}
    second = standing(SCHEMA, first, Answer(said, (found("/vendor"), lost("/total"))), "b", PAGES, 0.5)
    assert second.answer.data == {**data, "vendor": "Ann"}
    assert {e.pointer: e.model for e in second.answer.evidence if e.pointer in ("/vendor", "/total", "/day")} == {
        "/vendor": "b",
        "/day": "a",
        "/total": "a",
    }
    assert second.doubt is not None
    assert second.doubt.places == ("/total", "/seller/city")
    third = standing(SCHEMA, second, Answer({"total": 14.0}, (found("/total"),)), "c", PAGES, 0.5)
    assert third.givers == ("a", "b", "c")
    assert third.answer.errors == ()
    assert standing(SCHEMA, None, Answer({**FULL, "day": "soon"}, ()), "a", PAGES, 0.5).givers == ("a",)


def test_who_gave_nothing_is_not_told() -> None:
    """A model of whose values none is left, or that found nothing, gave nothing."""
    empty = {"vendor": None, "items": []}
    first = standing(SCHEMA, None, Answer(empty), "a", PAGES, 0.5)
    assert first.givers == ()
    second = standing(SCHEMA, first, Answer({"vendor": "Ann"}, (lost("/vendor"),)), "b", PAGES, 0.5)
    assert second.givers == ("b",)
    third = standing(SCHEMA, second, Answer({"vendor": "Eve"}, (found("/vendor"),)), "c", PAGES, 0.5)
    assert (third.givers, third.answer.data) == (("c",), {**empty, "vendor": "Eve"})


def test_what_the_schema_refuses_is_not_taken() -> None:
    """A later value that does not validate is left out where the former did; where nothing else is known it is kept and told."""
    first = standing(SCHEMA, None, Answer(FULL, all_found(FULL, lost("/day"))), "a", PAGES, 0.5)
    second = standing(SCHEMA, first, Answer({"day": "soon"}, (found("/day"),)), "b", PAGES, 0.5)
    assert (second.answer.data, second.answer.errors) == (FULL, ())
    wrong = {**FULL, "day": "late"}
    first = standing(SCHEMA, None, Answer(wrong, all_found(wrong, lost("/day"))), "a", PAGES, 0.5)
    second = standing(SCHEMA, first, Answer({"day": "soon"}, (found("/day"),)), "b", PAGES, 0.5)
    assert [error.kind for error in second.answer.errors] == ["validation"]
    assert resolve(second.answer.data, "/day") == "soon"


TEXT = st.none() | st.sampled_from(["Ann", "Bob", "Eve"])
PARTY = st.fixed_dictionaries({"name": TEXT, "city": TEXT})
ROWS = st.lists(st.fixed_dictionaries({"name": TEXT, "qty": st.none() | st.integers(0, 2)}), max_size=3)
DATA = st.fixed_dictionaries(
    {"vendor": TEXT, "total": st.none() | st.sampled_from([1.0, 2.0]), "seller": st.none() | PARTY, "items": ROWS}
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any data, each value on the page or not."""
    data = draw(DATA)
    confidence = st.none() | st.sampled_from([0.2, 0.5, 0.9])
    told = [(p, draw(confidence)) for p, value, _ in leaves(data) if value is not None]
    return Answer(data, tuple(lost(p) if sure is None else found(p, sure) for p, sure in told))


def on_page(answer: Answer) -> dict[str, object]:
    """The values that are on the page, by pointer."""
    return {each.pointer: resolve(answer.data, each.pointer) for each in answer.evidence if each.match != "none"}


@given(answers(), answers())
def test_what_is_found_stays_found(former: Answer, later: Answer) -> None:
    """A value on the page stays, or another on the page is there instead; of lists as many as were sure are, at least."""
    places = doubtful(SPEC, former.data, former.evidence, 0.5)
    answer, taken = merged(SPEC, former, later, places, 0.5)
    before, now = on_page(former), on_page(answer)
    for pointer, value in before.items():
        if not any(within(pointer, place) for place in taken):
            assert now[pointer] == value
        elif not within(pointer, "/items"):
            assert pointer in now
    sure = [e for e in former.evidence if within(e.pointer, "/items") and (e.confidence or 0) >= 0.5]
    assert len(sure) <= sum(within(pointer, "/items") for pointer in now)


@given(answers(), answers())
def test_an_answer_twice_is_an_answer_once(former: Answer, later: Answer) -> None:
    """Merged once more, an answer changes nothing."""
    places = doubtful(SPEC, former.data, former.evidence, 0.5)
    once, _ = merged(SPEC, former, later, places, 0.5)
    again, _ = merged(SPEC, once, later, places, 0.5)
    assert again == once


@given(answers(), answers())
def test_places_are_properties(former: Answer, later: Answer) -> None:
    """What is doubtful leads to properties, none inside another; all that is not on the page or not sure is among them."""
    places = doubtful(SPEC, former.data, former.evidence, 0.5)
    assert not any(one != other and within(one, other) for one in places for other in places)
    assert set(places) <= {"/vendor", "/day", "/total", "/seller", "/seller/name", "/seller/city", "/items"}
    for each in former.evidence:
        if each.match == "none" or (each.confidence or 0) < 0.5:
            assert any(within(each.pointer, place) for place in places)
    after = merged(SPEC, former, later, places, 0.5)[0]
    there = [pointer for pointer, value, _ in leaves(after.data) if value is not None]
    assert [each.pointer for each in after.evidence] == there, "one for each value, in the order of the data"


@given(st.lists(answers(), min_size=1, max_size=4))
def test_any_number_of_models(said: list[Answer]) -> None:
    """However many answer, each value is told with who gave it, and all who are told gave one."""
    stands: Standing | None = None
    for number, answer in enumerate(said):
        stands = standing(SCHEMA, stands, answer, f"model {number}", PAGES, 0.5)
        if stands.doubt is None:
            break
    assert stands is not None
    told = {each.model for each in stands.answer.evidence}
    assert set(stands.givers) == told
    assert list(stands.givers) == sorted(stands.givers)
