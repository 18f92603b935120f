"""`-f text`: the text and nothing else."""

from collections.abc import Sequence

import pytest

from tests.renderers.pages import page, render, text_line
from vextract.renderers import RenderOptions
from vextract.types import PageRef, PageText


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


def test_a_failed_document_writes_nothing() -> None:
    """A document without pages leaves no trace on the stream, no header either."""
    assert render("text", options=RenderOptions(several=True)) == b""


def test_what_no_encoding_can_hold() -> None:
    """A file name that is not UTF-8 does not stop the run; its odd bytes are written as in JSON."""
    written = render("text", _page("one", source="\udcff.png"), options=RenderOptions(several=True))
    assert written == b"==> \\udcff.png <==\none\n"
