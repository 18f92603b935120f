"""Rows of figures and text, the pages that print them, and what windows of these pages read."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from tests.grounding.pages import page as printed
from vextract.stitching import Reading
from vextract.types import PageText
from vextract.windows import parted

__all__ = ["Document", "Row", "documents", "line", "lists"]

Row = dict[str, Any]
TEXTS = (
    "green soap bars",
    "oven fresh bread",
    "Tuesday market",
    "ink cartridges",
    "lamp oil, refined",
    "window frames",
)


@dataclass(frozen=True)
class Document:
    """The rows of each page, and windows of pages that were read."""

    rows: tuple[tuple[Row, ...], ...]
    windows: tuple[tuple[int, ...], ...]

    @property
    def truth(self) -> list[Row]:
        """All rows in order."""
        return [row for page in self.rows for row in page]

    def pages(self, *, words: bool) -> list[PageText]:
        """The pages, with a heading and a footer around the rows; or without a word."""
        texts = [
            printed(["Ada Example   Account 4711", *map(line, rows), "Thank you for your custom"], n, "textlayer")
            for n, rows in enumerate(self.rows, 1)
        ]
        return texts if words else [replace(text, lines=()) for text in texts]

    def of(self, pages: Sequence[int]) -> list[Row]:
        """The rows of some pages."""
        return [row for page in pages for row in self.rows[page - 1]]

    def read(self) -> list[Reading]:
        """What the windows read if nothing goes wrong."""
        return [Reading(window, {"rows": self.of(window)}) for window in self.windows]


def line(row: Row) -> str:
    """How a page prints a row."""
    day = dt.date.fromisoformat(row["date"])
    return f"{day:%d.%m.%Y}   {row['text']:20}   {row['amount']:9.2f}   {row['count']:3}"


def lists(*, apart: bool, least: int = 0) -> st.SearchStrategy[list[Row]]:
    """Rows in a row; `apart`: none is like another."""
    row = st.builds(
        lambda day, text, cents, count: {
            "date": f"2026-03-{day:02}",
            "text": text,
            "amount": cents / 100,
            "count": count,
        },
        st.integers(1, 28),
        st.sampled_from(TEXTS),
        st.integers(1, 30_000 if apart else 3) if apart else st.sampled_from([1250, 99, 70_000]),
        st.integers(1, 2),
    )
    unique = (lambda r: (r["date"], r["text"], r["amount"])) if apart else None
    return st.lists(row, min_size=least, max_size=24, unique_by=unique)


@st.composite
def documents(draw: st.DrawFn, *, apart: bool = False, again: bool = True, shared: bool = False) -> Document:
    """A document whose rows are parted into pages, and these into windows; some windows halved, some pages read `again`.

    `shared`: there are several windows, and they overlap.
    """
    rows = draw(lists(apart=apart, least=6 if shared else 0))
    count = draw(st.integers(4 if shared else 1, 7))
    cuts = sorted(draw(st.lists(st.integers(0, len(rows)), min_size=count - 1, max_size=count - 1)))
    pages = [tuple(rows[a:b]) for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    size, overlap = draw(st.integers(2 if shared else 1, 3 if shared else 4)), draw(st.integers(int(shared), 2))
    windows: list[tuple[int, ...]] = []
    for window in parted(range(1, count + 1), size, overlap):
        half = draw(st.booleans()) and len(window) > 1
        windows += parted(window, (len(window) + 2) // 2, min(overlap, len(window) - 2)) if half else [window]
    if again:
        for first, length in draw(st.lists(st.tuples(st.integers(1, count), st.integers(1, 2)), max_size=2)):
            windows.append(tuple(range(first, min(first + length, count + 1))))
    return Document(tuple(pages), tuple(windows))
