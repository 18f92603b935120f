"""The task `extract` as a model does it: what is asked, and how the windows of a document are put together."""

import copy
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.grounding.pages import page as printed
from tests.renderers.pages import page, text_line, unhurried
from vextract.requests import Picture
from vextract.schema import load_schema
from vextract.tasks import Lack, Question, Reply, Sight
from vextract.tasks.extract import Example, ExtractOptions, ask, asks_of_parts, check, read, relaxed
from vextract.types import Box, PageText

SCHEMA = load_schema("vendor, total? float, items[]: name, qty int")


def _schemas() -> st.SearchStrategy[dict[str, Any]]:
    leaf = st.sampled_from([{"type": "integer"}, {"type": "string", "minLength": 1}, {"enum": ["x", "y"]}])
    lists = st.builds(
        lambda items, least: {"type": "array", "items": items, "minItems": least}, leaf, st.integers(0, 3)
    )
    properties = st.dictionaries(st.sampled_from("abcd"), st.one_of(leaf, lists), min_size=1, max_size=4)
    return st.builds(
        lambda told, least: {
            "type": "object",
            "properties": told,
            "required": sorted(told),
            "minProperties": least,
            "additionalProperties": False,
        },
        properties,
        st.integers(0, 2),
    )


def _instance(schema: dict[str, Any], draw: st.DataObject) -> dict[str, Any]:
    def value(part: dict[str, Any]) -> object:
        if part.get("type") == "array":
            return [value(part["items"]) for _ in range(draw.draw(st.integers(part["minItems"], 4)))]
        return {"integer": 3, "string": "text"}.get(part.get("type", ""), "x")

    return {key: value(part) for key, part in schema["properties"].items()}


@unhurried
@given(_schemas(), st.data())
def test_a_part_of_a_valid_document_is_a_valid_part(schema: dict[str, Any], draw: st.DataObject) -> None:
    """Of what fits the schema any part fits the relaxed one: keys left out or null, lists cut anywhere. The schema is unchanged."""
    kept = copy.deepcopy(schema)
    whole = _instance(schema, draw)
    part = {}
    for key, value in whole.items():
        fate = draw.draw(st.sampled_from(["kept", "null", "gone"]))
        cut = value[: draw.draw(st.integers(0, len(value)))] if isinstance(value, list) else value
        if fate != "gone":
            part[key] = cut if fate == "kept" else None
    Draft202012Validator(relaxed(schema)).validate(part)
    assert schema == kept


@unhurried
@given(_schemas())
def test_values_are_held_to_their_types_all_the_same(schema: dict[str, Any]) -> None:
    """What a part says must be of its type, and keys that the schema does not know are no part of it."""
    checker = Draft202012Validator(relaxed(schema))
    assert not checker.is_valid({"unknown": 1})
    for key in schema["properties"]:
        assert not checker.is_valid({key: {"no": "such value"}})


def test_a_schema_that_refers_to_itself() -> None:
    """A schema whose top is a reference is relaxed too: its keys need not be on every page."""
    whole = {
        "$ref": "#/$defs/Node",
        "$defs": {
            "Node": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "inner": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
                },
                "required": ["name"],
            }
        },
    }
    loose = Draft202012Validator(relaxed(whole))
    assert loose.is_valid({"inner": {"name": "x"}})
    assert not loose.is_valid({"inner": {"name": 3}})
    assert not loose.is_valid({"name": 3})


def _question(*pages: PageText, **more: Any) -> Question:
    return Question(pages, SCHEMA, **more)


def test_what_is_asked() -> None:
    """The pages' numbers, their text layers in fences, and their pictures after the words; measured words are not told."""
    layer = PageText(page().ref, page(text_line("Tea 3", 0.1)).lines, "textlayer")
    asked = ask(_question(layer), (1,))
    prompt = str(asked.parts[0])
    assert "these pages: 1." in prompt
    assert '<page_text page="1">\nTea 3\n</page_text>' in prompt
    assert asked.parts[1:] == (Sight(1),)
    assert "page_text" not in str(ask(_question(page(text_line("Tea 3", 0.1))), (1,)).parts[0])


def test_examples_come_first() -> None:
    """Each example is a picture and then its values; the prompt says that they are examples."""
    shown = Picture(b"png", "image/png", 1, 1)
    asked = ask(_question(page(), options=ExtractOptions((Example(shown, {"vendor": "Ä"}),))), (1,))
    assert asked.parts[:2] == (shown, '{"vendor": "Ä"}')
    assert "first pictures are examples" in str(asked.parts[2])


def test_only_parts_are_relaxed() -> None:
    """A document that fits into one window is held to the whole schema; each part of a longer one to the relaxed one."""
    assert ask(_question(page()), (1,)).json_schema is None
    assert ask(_question(page(), parts=True), (1,)).json_schema == relaxed(SCHEMA.json_schema)


def test_windows_are_joined_validated_and_found() -> None:
    """Values of two windows become one document, with the place of each; what no page prints is told as invented."""
    pages = [printed(["Corner Shop", "Tea 2"]), printed(["Gold 7", "Total 9.50"], number=2)]
    replies = [
        Reply((1,), "", {"vendor": "Corner Shop", "items": [{"name": "Tea", "qty": 2}]}),
        Reply((2,), "", {"vendor": None, "total": 9.5, "items": [{"name": "Myrrh", "qty": 7}]}),
    ]
    answer = read(_question(*pages), replies)
    assert answer.errors == ()
    assert answer.data == {
        "vendor": "Corner Shop",
        "total": 9.5,
        "items": [{"name": "Tea", "qty": 2}, {"name": "Myrrh", "qty": 7}],
    }
    found = {e.pointer: (e.page, e.match) for e in answer.evidence}
    assert found["/vendor"] == (1, "exact")
    assert found["/total"][0] == 2
    assert found["/items/1/qty"][0] == 2
    assert found["/items/1/name"][1] == "none"


def test_what_all_windows_lack_is_told() -> None:
    """Though no part has to have it, the whole is validated."""
    answer = read(_question(page(), ground=False), [Reply((1,), "", {"items": []})])
    assert [(e.kind, e.exit_code, e.message.split(":")[0]) for e in answer.errors] == [("validation", 8, "/vendor")]
    assert answer.evidence == ()


def test_parts_of_a_page_are_asked_about() -> None:
    """The upper and the lower part of a page, which overlap, each with its own words; none of a page that lies on its side."""
    lines = page(text_line("Tea 3", 0.1), text_line("Milk 5", 0.48), text_line("Salt 7", 0.9)).lines
    layer = PageText(page().ref, lines, "textlayer")
    upper, lower = asks_of_parts(_question(layer), 1)
    shown = [part for asked in (upper, lower) for part in asked.parts if isinstance(part, Sight)]
    assert [(sight.page, sight.region) for sight in shown] == [(1, Box(0, 0, 1, 0.55)), (1, Box(0, 0.45, 1, 1))]
    assert "these pages: 1 (of which only the part from 0% to 55% of its height is shown)." in str(upper.parts[0])
    assert [[word in str(asked.parts[0]) for word in ("Tea", "Milk", "Salt")] for asked in (upper, lower)] == [
        [True, True, False],
        [False, True, True],
    ]
    assert upper.json_schema == lower.json_schema == relaxed(SCHEMA.json_schema)
    assert asks_of_parts(_question(replace(layer, rotation=90)), 1) == ()


def _table(number: int, *rows: int) -> PageText:
    return printed([f"Row{n:03}   {n}.50   {1000 + n}" for n in rows], number, "textlayer")


def _row(n: int) -> dict[str, object]:
    return {"name": f"Row{n:03}", "price": n + 0.5, "code": 1000 + n}


def test_rows_that_are_missing_are_told() -> None:
    """A page that prints more rows than were read is told with both numbers; with the rows there is nothing to tell."""
    schema = load_schema("items[]: name, price float, code int")
    question = Question([_table(1, *range(10, 20)), _table(2, *range(20, 30))], schema)
    short = Reply((1, 2), "", {"items": [_row(n) for n in range(10, 24)]})
    rest = Reply((2,), "", {"items": [_row(n) for n in range(20, 30)]})
    lacking = check(question)
    assert lacking([short]) == [Lack(2, 6)]
    assert lacking([short, rest]) == []
    [error] = read(question, [short]).errors
    assert (error.kind, error.page, error.exit_code) == ("incomplete", 2, 9)
    assert "prints 10 rows like those of /items, of which 4 were read" in error.message
    whole = read(question, [short, rest])
    assert (whole.errors, whole.data) == ((), {"items": [_row(n) for n in range(10, 30)]})
    assert {e.page for e in whole.evidence if e.pointer.startswith("/items/14/")} == {2}


def test_a_row_that_is_missing_nearly_everywhere_is_none() -> None:
    """A missing row is looked for on a page or two of a long document; where each page has one it is not what was asked for."""
    schema = load_schema("items[]: name, price float, code int")
    pages = [_table(n, *range(10 * n, 10 * n + 10)) for n in range(1, 9)]
    given = [
        {"items": [_row(10 * n + k) for k in range(10) if k != 5 or n > count]} for count in (2, 8) for n in range(1, 9)
    ]
    replies = [Reply((n % 8 + 1,), "", value) for n, value in enumerate(given)]
    question = Question(pages, schema, parts=True)
    assert check(question)(replies[:8]) == [Lack(1, 1), Lack(2, 1)]
    assert check(question)(replies[8:]) == []
    assert check(replace(question, parts=False))(replies[:8]) == []
    assert read(question, replies[:8]).errors == ()
