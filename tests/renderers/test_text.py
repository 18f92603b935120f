"""`-f text`: the text and nothing else."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.renderers.pages import page, render, text_line
from vextract.renderers import RenderOptions, find_format
from vextract.types import PageRef, PageText, Record


def _page(*lines: str, blocks: Sequence[int] | None = None, source: str = "scan.png") -> PageText:
    placed = [text_line(line, 0.1 * i) for i, line in enumerate(lines, 1)]
    return page(*placed, blocks=blocks, ref=PageRef(source, 1, 1000, 1400))


def test_lines_and_blocks() -> None:
    """Lines are parted by newlines, blocks by an empty line, and the last line ends with one."""
    assert render("text", _page("first line", "second", "third", blocks=[0, 0, 1])) == b"first line\nsecond\n\nthird\n"


def test_pages_are_parted_by_form_feeds() -> None:
    """A form feed stands between pages, also where one is empty, so that pages can be counted."""
    assert render("text", _page("one"), _page(), _page("three")) == b"one\n\f\fthree\n"


def test_an_empty_page_has_no_text() -> None:
    """A page without text writes nothing, not even a newline."""
    assert render("text", _page()) == b""


@pytest.mark.parametrize(("first", "head"), [(True, b"==> scan.png <==\n"), (False, b"\n==> scan.png <==\n")])
def test_several_documents_are_told_apart(head: bytes, *, first: bool) -> None:
    """With several documents a line with the name goes before each, an empty line before all but the first."""
    options = RenderOptions(several=True, first=first)
    assert render("text", _page("one"), _page("two"), options=options) == head + b"one\n\ftwo\n"


@pytest.mark.parametrize("transcript", ["# One\n\ntwo", "# One\n\ntwo\n"])
def test_a_transcript_is_the_text(transcript: str) -> None:
    """What a model wrote is printed as it is, its words that have no place too, and ends with one newline."""
    assert render("text", replace(_page("one"), transcript=transcript)) == b"# One\n\ntwo\n"
    assert render("text", replace(_page(), transcript=transcript)) == b"# One\n\ntwo\n"


def test_a_failed_document_writes_nothing() -> None:
    """A document without pages leaves no trace on the stream, no header either."""
    assert render("text", options=RenderOptions(several=True)) == b""


def test_what_no_encoding_can_hold() -> None:
    """A file name that is not UTF-8 does not stop the run; its odd bytes are written as in JSON."""
    written = render("text", _page("one", source="\udcff.png"), options=RenderOptions(several=True))
    assert written == b"==> \\udcff.png <==\none\n"


def _told(data: object, *, several: bool = False, terminal: bool = False) -> bytes:
    writer = find_format("text", pages=False).writer_for(RenderOptions(several=several, terminal=terminal))
    record: Record[object] = Record("a.png", None, "ask", None, "ok", data)
    return b"".join(writer.close(record))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"text": "A cat."}, "A cat.\n"),
        ({"text": "A cat.\n"}, "A cat.\n"),
        ({"text": "", "steps": []}, "\n"),
        ({"labels": ["a", "b"], "scores": {"a": 0.5}}, "a\nb\n"),
        ({"labels": []}, "\n"),
        ({"total": 5, "vendor": "Ä"}, '{\n  "total": 5,\n  "vendor": "Ä"\n}\n'),
        ({"text": 5}, '{\n  "text": 5\n}\n'),
        ([1], "[\n  1\n]\n"),
        (None, ""),
    ],
)
def test_data_in_words(data: object, words: str) -> None:
    """The text of an answer, its labels, or all of it as JSON; ended by one newline, and nothing of a failed one."""
    assert _told(data).decode() == words
    headed = f"==> a.png <==\n{words}" if words else ""
    assert _told(data, several=True).decode() == headed


def test_data_of_a_schema_is_shown_whole() -> None:
    """A field that a user's schema happens to call text or labels does not hide the others."""
    writer = find_format("text", pages=False).writer_for(RenderOptions())
    record: Record[object] = Record("a.png", None, "ask", None, "ok", {"text": "A cat.", "n": 1}, schema="Fields")
    assert json.loads(b"".join(writer.close(record))) == {"text": "A cat.", "n": 1}


def test_answers_do_nothing_to_a_terminal() -> None:
    """On a terminal control characters become U+FFFD, but for the ends of lines and tabs; elsewhere the text is as it came."""
    text = "one\ttwo\r\nthree\x1b[2J\x9b1m\x07\rfour\x7f"
    assert _told({"text": text}, terminal=True).decode() == "one\ttwo\nthree\ufffd[2J\ufffd1m\ufffd\ufffdfour\ufffd\n"
    assert _told({"text": text}).decode() == f"{text}\n"
    read = replace(_page(), transcript="a\x1bb")
    assert render("text", read, options=RenderOptions(terminal=True)).decode() == "a\ufffdb\n"
