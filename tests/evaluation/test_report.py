"""Reports, read back."""

import json
from typing import Any

import pytest
from lxml import html
from markdown_it import MarkdownIt

from tests.evaluation.test_scoring import RESULTS, TRUTH
from vextract.errors import UsageError
from vextract.evaluation import Evaluation, evaluate
from vextract.evaluation.report import FORMATS, find_render

NASTY = 'a|b\n<script>alert("1")</script> `*x*` [y](z) \x1b[31m \ud800'


@pytest.fixture(scope="module")
def nasty() -> Evaluation:
    """An evaluation whose names and values are out for mischief."""
    source = NASTY.removesuffix("\ud800")
    truth = {"source": source, "data": {NASTY: NASTY, "n": 1}}
    return evaluate([{"source": source, "data": {NASTY: "b", "n": 1}}], [truth])


def cells(form: str, evaluation: Evaluation) -> list[str]:
    """The text of every cell of a report in Markdown or HTML."""
    text = find_render(form)(evaluation, 3, None)
    if form == "md":
        text = MarkdownIt("commonmark").enable("table").render(text)
    return [cell.text_content() for cell in html.fromstring(text).iter("td", "th")]


@pytest.mark.parametrize("form", ["md", "html"])
def test_nothing_of_the_data_is_markup(form: str, nasty: Evaluation) -> None:
    """Names and values come out as text, control characters visible, nothing interpreted."""
    found = cells(form, nasty)
    shown = repr(NASTY)[1:-1]
    assert shown in found
    assert any("<script>" in cell for cell in found)
    tree = html.fromstring(find_render("html")(nasty, 3, None))
    assert not list(tree.iter("script", "a", "img", "link"))


@pytest.mark.parametrize("form", FORMATS)
def test_reports_can_be_written(form: str, nasty: Evaluation) -> None:
    """Every format is UTF-8, ends with one newline and holds no control character but newlines."""
    text = find_render(form)(nasty, 3, None)
    assert text.encode()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert {c for c in text if ord(c) < 32} == {"\n"}


def test_a_table_says_what_was_measured() -> None:
    """The table shows measures, fields, places, confidences, cost, and mistakes with pointer, wanted and got."""
    text = find_render("table")(evaluate(RESULTS, TRUTH), 2, None)
    lines = [line.split() for line in text.splitlines()]
    assert ["F1", "0.533"] in [line[:2] for line in lines]
    assert "3 documents, 0 without a mistake, 1 without a result" in text
    assert next(line for line in lines if line[:1] == ["date"])[-5:] == ["0", "1", "1", "0", "0"]
    assert ["wrong", "values", "located", "nevertheless", "1", "of", "2", "0.500"] in lines
    assert ["/items/0/name", "wrong", '"bread"', '"brad"'] in lines
    assert ["/items/0/name", "(of", "the", "result)", "spurious", "–", '"jam"'] in [line[-7:] for line in lines]
    assert "in/c.png (no result)" in text


def test_a_table_keeps_to_the_terminal() -> None:
    """No line is wider than the terminal."""
    text = find_render("table")(evaluate(RESULTS, TRUTH), 5, 70)
    assert max(map(len, text.splitlines())) <= 70


def test_worst_comes_first_and_no_more_than_asked() -> None:
    """`worst` limits documents and fields; the lowest F1 comes first; 0 leaves both out."""
    evaluation = evaluate(RESULTS, TRUTH)
    told = json.loads(find_render("json")(evaluation, 2, None))["worst"]
    assert [document["source"] for document in told["documents"]] == ["in/c.png", "in/a.png"]
    assert [field["name"] for field in told["fields"]] == ["date", "items[].name"]
    assert told["fields"][0]["mistakes"][0] == {
        "source": "in/a.png",
        "pointer": "/date",
        "got_pointer": "/date",
        "outcome": "wrong",
        "wanted": "2024-03-01",
        "got": "2024-03-07",
    }
    assert json.loads(find_render("json")(evaluation, 0, None))["worst"] == {"documents": [], "fields": []}
    assert "Worst" not in find_render("table")(evaluation, 0, None)


def test_many_mistakes_are_cut_short_for_people() -> None:
    """Of one document ten mistakes are shown and the rest counted."""
    data = {f"f{i:02}": i for i in range(15)}
    evaluation = evaluate([{"source": "a", "data": {}}], [{"source": "a", "data": data}])
    assert "… 5 more" in find_render("table")(evaluation, 1, None)
    assert len(json.loads(find_render("json")(evaluation, 1, None))["worst"]["documents"][0]["mistakes"]) == 15


def test_unknown_is_null() -> None:
    """Without evidence and cost the JSON says null, never 0."""
    told: dict[str, Any] = json.loads(
        find_render("json")(evaluate([{"source": "a", "data": {"v": 1}}], [{"source": "a", "data": {"v": 1}}]), 0, None)
    )
    assert set(told["grounding"].values()) == {None}
    assert (told["overall"]["word_f1"], told["overall"]["anls"], told["reliability"]) == (None, None, None)
    assert told["economy"]["cost_usd_per_page"] is None
    assert told["intervals"]["f1"] is None


def test_no_such_format() -> None:
    """An unknown format is a usage error that lists those there are."""
    with pytest.raises(UsageError, match="'docx'") as caught:
        find_render("docx")
    assert "table, json, md, html" in caught.value.hint
