"""Tables for people: readable in 80 columns, coloured only on a terminal, and inert whatever a document says."""

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given

from vextract.types import ErrorInfo, Evidence, MatchKind, PageRef, Record

from .pages import texts, unhurried
from .records import data as any_data
from .records import failed, record, rendered, write

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 80 columns with colours."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")


def found(pointer: str, match: MatchKind, quote: str | None = None, page: int | None = 1) -> Evidence:
    """Evidence of a value."""
    return Evidence(pointer, page, None, quote, match, None if match == "none" else 0.987)


def receipt() -> Record[object]:
    """A record with values of all kinds of match."""
    told = {
        "merchant": "Wren",
        "date": "2024-03-28",
        "phone": "555",
        "tax": 5.7,
        "ghost": "Banana",
        "empty": None,
        "tags": ["x", "y"],
        "items": [{"name": "Rye bread", "amount": 4.25}, {"name": "Milk", "amount": 7}, {"name": "Jam", "amount": 1}],
    }
    evidence = (
        found("/merchant", "exact", "Wren"),
        found("/date", "normalized", "03/28/2024"),
        found("/phone", "ambiguous", "555"),
        found("/tax", "fuzzy", "5.1O"),
        found("/ghost", "none", page=None),
        found("/tags/1", "exact", "y", page=2),
        found("/items/0/name", "exact", "Rye bread"),
        found("/items/1/amount", "none", page=None),
        found("/items/2/name", "ambiguous", "Jam"),
    )
    errors = (ErrorInfo("inconsistent", "5 + 2 is not 8"), ErrorInfo("input", "page is torn", "mend it", 2))
    pages = (PageRef("a.png", 1, 10, 10), PageRef("a.png", 2, 10, 10))
    return record(told, evidence=evidence, errors=errors, pages=pages, schema="Receipt", status="partial")


def test_readable() -> None:
    """Heading, values with page, match, confidence and what is printed where it differs, lists, errors; in 80 columns."""
    shown = rendered("table", receipt())
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert max(map(len, shown.splitlines())) <= 80
    for row in (
        "a.png partial Receipt 2 pages",
        "field value page match conf. printed",
        "merchant Wren 1 exact 0.99",
        "date 2024-03-28 1 normalized 0.99 03/28/2024",
        "ghost Banana none",
        "empty",
        "tags x",
        "y 2 exact 0.99",
        "items",
        "name amount",
        "1 Rye bread 4.25",
        "2 Milk 7 ✗",
        "3 Jam ? 1",
        "? at several places · ✗ not found",
        "inconsistent: 5 + 2 is not 8",
        "input: page 2: page is torn",
        "hint: mend it",
    ):
        assert row in rows


def test_colours() -> None:
    """On a terminal, kinds of match have colours: green, yellow, magenta, red."""
    shown = rendered("table", receipt(), terminal=True)
    for colour, word in [(32, "exact"), (32, "normalized"), (33, "fuzzy"), (35, "ambiguous"), (31, "none")]:
        assert re.search(rf"\x1b\[{colour}m{word}", shown)
    assert re.search(r"\x1b\[33minconsistent", shown)
    assert re.search(r"\x1b\[31minput", shown)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colours(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Colours stay away where they are not wanted, and from all that is no terminal."""
    assert "\x1b" not in rendered("table", receipt())
    monkeypatch.setenv(name, value)
    assert not re.search(r"\x1b\[[0-9;]*3\dm", rendered("table", receipt(), terminal=True))


def assert_inert(shown: str) -> None:
    """Nothing in it moves a cursor or turns text around, whatever is coloured."""
    for character in _COLOUR.sub("", shown):
        kind = unicodedata.category(character)
        assert character == "\n" or kind not in ("Cc", "Cs", "Zl", "Zp"), repr(character)
        assert kind != "Cf" or character in "\u200c\u200d", repr(character)


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("[red]x[/red] [link=https://a.b]y[/link] [/]", "[red]x[/red] [link=https://a.b]y[/link] [/]"),
        (":smile: [bold", ":smile: [bold"),
        ("a\x1b[31mb\x1b]0;title\x07c", "a\ufffd[31mb\ufffd]0;title\ufffdc"),
        ("a\x9b2Jb\x08\x7f", "a\ufffd2Jb\ufffd\ufffd"),
        ("a\u202egnp\u2066b\u200f", "agnpb"),
        ("שלום עולם", "שלום עולם"),
        ("a\r\nb\u2028c", "c"),
        ("a\udcffb", r"a\udcffb"),
    ],
)
def test_hostile_text(text: str, visible: str) -> None:
    """Markup of rich, escape sequences and marks of direction do nothing: in values, names, sources, quotes and errors."""
    told = record(
        {text: text, "list": [{text: text}]},
        text,
        evidence=(found("/list/0/x", "exact", text),),
        errors=(ErrorInfo("input", text, text),),
        schema=text,
    )
    shown = rendered("table", told)
    assert_inert(shown)
    assert_inert(rendered("table", told, terminal=True))
    assert shown.count(visible) >= 4


@unhurried
@given(any_data, texts)
def test_any_data(data: dict[str, Any], source: str) -> None:
    """Any data makes a table that is inert and not wider than the terminal."""
    assert_inert(rendered("table", record(data, source), terminal=True))


def test_long_text() -> None:
    """Ten thousand characters are cut, and it is said how many there are; one long word is broken."""
    shown = rendered("table", record({"a": "x" * 10_000}))
    assert "(10000 characters)" in re.sub(r"\s+", " ", shown)
    assert len(shown) < 3000
    assert max(map(len, shown.splitlines())) <= 80


def test_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The width follows the terminal."""
    monkeypatch.setenv("COLUMNS", "50")
    assert max(map(len, rendered("table", receipt()).splitlines())) <= 50


def test_without_evidence() -> None:
    """Where nothing was looked for on the page, there are no columns for it."""
    assert "match" not in rendered("table", record({"a": 1}))


def test_data_that_is_no_object() -> None:
    """A list of objects is a table; its evidence is found though it has no key."""
    shown = rendered("table", record([{"a": "x"}], evidence=(found("/0/a", "none"),)))
    assert "x ✗" in shown
    assert re.search(r"value +5 +1 +exact", rendered("table", record(5, evidence=(found("", "exact"),))))


def test_data_only() -> None:
    """With --data there is neither heading nor error."""
    shown = rendered("table", receipt(), data_only=True)
    assert "a.png" not in shown
    assert "torn" not in shown
    assert "merchant" in shown


@pytest.mark.usefixtures("workdir")
def test_failed(workdir: Any) -> None:
    """A failed document says so among the others."""
    write("table", "o.txt", failed(), record({"a": 1}))
    text = (workdir / "o.txt").read_text("utf-8")
    assert "bad.png  failed" in text
    assert "input: cannot read 'bad.png'" in text
    assert "a.png  ok" in text
