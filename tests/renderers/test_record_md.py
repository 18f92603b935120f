"""Markdown of records: a viewer shows the cells of the data, and nothing in them is markup."""

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from vextract.schema.fields import describe
from vextract.types import ErrorInfo

from .pages import printable, unhurried
from .records import data as any_data
from .records import failed, record, rendered, write

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def words(token: Token) -> str:
    """The text that a viewer shows; the breaks of lines are the only markup that may be there."""
    shown = ""
    for child in token.children or ():
        assert child.type in ("text", "text_special") or (child.type, child.content) == ("html_inline", "<br>"), child
        shown += "\n" if child.type == "html_inline" else child.content
    return shown


def tables(markdown: str) -> list[list[list[str]]]:
    """The cells of all tables: tables, rows, cells."""
    found: list[list[list[str]]] = []
    tokens = _PARSER.parse(markdown)
    for token, inner in pairwise(tokens):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("td_open", "th_open"):
            found[-1][-1].append(words(inner))
        assert token.type not in ("html_block", "code_block", "fence", "hr")
    return found


def headings(markdown: str) -> list[str]:
    """The headings, with their levels."""
    tokens = _PARSER.parse(markdown)
    pairs = pairwise(tokens)
    return [f"{token.tag} {words(inner)}" for token, inner in pairs if token.type == "heading_open"]


@unhurried
@given(any_data)
def test_cells(data: dict[str, Any]) -> None:
    """Any text is shown in a cell of its own as it is, white space aside; nothing is markup."""
    found = tables(rendered("md", record(data)))
    texts = [value for value in data.values() if isinstance(value, str)]
    cells = [cell for table in found for row in table for cell in row]
    for text in texts:
        lines = printable(text.encode(errors="backslashreplace").decode()).splitlines()
        assert "\n".join(" ".join(line.split()) for line in lines).strip("\n") in [cell.strip("\n") for cell in cells]
    members = [member for value in data.values() if isinstance(value, list) for member in value]
    if members and all(isinstance(member, dict) for member in members):
        assert sum(row[0].isdecimal() for table in found for row in table if table[0][0] == "index") == len(members)


@pytest.mark.parametrize(
    "text", ["a|b", "a\\|b", "a\\", "|", "<b>x</b>", "<!-- x", "&amp;", "*a*", "[a](b)", "`a`", "---", ""]
)
def test_hostile_cells(text: str) -> None:
    """What means something to Markdown or HTML is shown as it is, also as the name of a field or of a file."""
    markdown = rendered("md", record({"k": text, f"{text} ": 1, "list": [{text: "v", "w": text}]}, f"x {text}.png"))
    fields, members = tables(markdown)
    name = text.replace("\\", "\\\\")  # as names of columns have it
    assert fields == [["field", "value"], ["k", text], [name, "1"]]
    assert members == [["index", name, "w"], ["1", "v", text]]
    assert headings(markdown) == [f"h2 x {text}.png", "h3 list"]


def test_document() -> None:
    """A heading, the status, the values, each list, and errors at the end; lists within lists say whose they are."""
    items = [{"name": "x", "parts": [{"code": "p"}]}, {"name": "y", "parts": []}]
    error = ErrorInfo("input", "page is *torn*", "mend it", 2)
    markdown = rendered("md", record({"a": "one\ntwo", "items": items}, status="partial", errors=(error,)))
    assert headings(markdown) == ["h2 a.png", "h3 items", "h3 items 1: parts"]
    assert tables(markdown) == [
        [["field", "value"], ["a", "one\ntwo"]],
        [["index", "name"], ["1", "x"], ["2", "y"]],
        [["index", "code"], ["1", "p"]],
    ]
    assert "Status: partial" in markdown
    assert markdown.endswith("\n- page 2: page is \\*torn\\*\n")


def test_data_only() -> None:
    """With --data there is neither status nor error."""
    markdown = rendered("md", failed(), record({"a": 1}), data_only=True)
    assert markdown == "## bad.png\n## a.png\n\n| field | value |\n| --- | --- |\n| a | 1 |\n"


def test_fields_that_are_null() -> None:
    """With a schema its fields are there in its order, also those that the data lacks."""
    fields = describe({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}})
    assert tables(rendered("md", record({"c": 1, "b": "x"}), fields=fields)) == [
        [["field", "value"], ["a", ""], ["b", "x"], ["c", "1"]]
    ]


def test_several(workdir: Any) -> None:
    """Several documents, failed ones too, follow one another in one file."""
    write("md", "o.md", record({"a": 1}), failed(), record({"a": 2}, "b.png"))
    markdown = (workdir / "o.md").read_text("utf-8")
    assert headings(markdown) == ["h2 a.png", "h2 bad.png", "h2 b.png"]
    assert re.search(r"- cannot read 'bad.png'", markdown)
