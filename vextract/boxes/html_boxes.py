"""Boxes in HTML: elements with data-bbox="x0 y0 x1 y1", as Qwen-VL parses documents; the label is the element's text."""

import re
from html.parser import HTMLParser

from vextract.boxes.failures import cut_off, unreadable
from vextract.boxes.numbers import four
from vextract.boxes.types import Answered, Corners

__all__ = ["has_boxes", "read_html"]

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def has_boxes(text: str) -> bool:
    """Whether an answer is such HTML, or the beginning of it."""
    start = text.find("<html")
    return start >= 0 and not set("[{") & set(text[:start])


def read_html(text: str) -> list[Answered]:
    """The boxes in the order in which their elements begin.

    Raises:
        TruncatedAnswer: an element is not closed.
        UnreadableAnswer: a box is not of four numbers, or there is none.
    """
    reader = _Reader()
    reader.feed(text[text.index("<html") :].partition("```")[0])
    if reader.rawdata or reader.open_tags:
        raise cut_off("the answer ends within its HTML", text[-40:])
    if not reader.found:
        raise unreadable("the answer's HTML has no boxes", text)
    return [Answered(" ".join("".join(parts).split()), corners) for corners, parts in reader.found]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[Corners, list[str]]] = []
        self.open_tags: list[tuple[str, list[str] | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parts: list[str] | None = None
        if (value := dict(attrs).get("data-bbox")) is not None:
            numbers = four([float(n) for n in value.split() if _NUMBER.fullmatch(n)] if value else None)
            if numbers is None or len(value.split()) != 4:
                raise unreadable("the answer has a data-bbox that is not four numbers", value)
            parts = []
            self.found.append((numbers, parts))
        if tag not in _VOID:
            self.open_tags.append((tag, parts))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open_tags.pop()

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _ in self.open_tags]
        if tag in names:
            # Closes what was left open inside too, as browsers do with paragraphs and table cells.
            del self.open_tags[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        for _, parts in self.open_tags:
            if parts is not None:
                parts.append(data)
