"""Rows that pages print and readings lack: told where they are clearly missing, and silence wherever they may not be asked for."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given

from tests.grounding.pages import page as printed
from tests.renderers.pages import unhurried
from tests.stitching.bookings import TEXTS, Document, documents, line
from vextract.stitching import Reading, Stitcher
from vextract.stitching.counting import Short, short
from vextract.types import PageText

HEAD = "Date         Text                    Amount   No."


def rows(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Rows that differ."""
    return [
        {"date": f"2026-03-{n % 28 + 1:02}", "text": TEXTS[n % 6], "amount": 10 + n * 1.37, "count": n % 7}
        for n in range(first, first + count)
    ]


def counted(value: object, *pages: Sequence[str], reader: str = "textlayer") -> list[Short]:
    """What is missing of what was read off some pages at once."""
    texts = [printed(page, n, reader) for n, page in enumerate(pages, 1)]
    return missing([Reading(tuple(range(1, len(pages) + 1)), value)], texts)


def missing(readings: Sequence[Reading], texts: list[PageText]) -> list[Short]:
    """What is missing of some readings."""
    stitcher = Stitcher(texts)
    return short(stitcher.stitched(readings), stitcher.pages, [text.ref.number for text in texts])


@unhurried
@given(documents())
def test_what_is_whole_lacks_nothing(made: Document) -> None:
    """Of pages whose rows were all read nothing is missing, however these are parted and read."""
    assert missing(made.read(), made.pages(words=True)) == []


@pytest.mark.parametrize("reader", ["textlayer", "tesseract"])
@pytest.mark.parametrize("read", [4, 12, 19])
def test_rows_after_the_last_that_was_read(read: int, reader: str) -> None:
    """What a reading leaves out at its end is told page by page, with how many rows there are; also of pages it has nothing of."""
    every = rows(24)
    pages = [[HEAD, *map(line, every[n : n + 8])] for n in (0, 8, 16)]
    of_page = [max(0, min(8, read - n)) for n in (0, 8, 16)]
    told = [Short(n, "/rows", 8, of, clearly=True) for n, of in enumerate(of_page, 1) if of < 8]
    assert counted({"rows": every[:read]}, *pages, reader=reader) == told


def test_a_single_row_is_doubtful() -> None:
    """One row that is missing among others is told as such: it may be a sum that looks like a row."""
    every = rows(12)
    assert counted({"rows": [*every[:5], *every[6:]]}, [HEAD, *map(line, every)]) == [
        Short(1, "/rows", 12, 11, clearly=False)
    ]


OTHER = [
    "Dear Ms Example,",
    "on 3 March 2026 you have paid 20.00 to us, and 30.00 on 4 March 2026.",
    HEAD,
    "Brought forward                           120.50",
    "01.03.2026                                120.50",
    "Total for March 2026                      847.11   28",
    "        1200.00      13.5 %      162.00",
    "        2400.00      13.5 %      324.00",
    "        3600.00      13.5 %      486.00",
    "Fee     from 01.01.2026 to 31.03.2026     6.00",
    "Fee     from 01.04.2026 to 30.06.2026     6.00",
    "Fee     from 01.07.2026 to 30.09.2026     6.00",
]


def test_other_print_is_not_missing() -> None:
    """Prose, headings, sums, and tables of other columns are no rows of the list, on its pages and on pages beside."""
    every = rows(10)
    assert counted({"rows": every}, OTHER, [HEAD, *map(line, every), *OTHER], OTHER) == []


def test_rows_that_were_left_out_on_purpose() -> None:
    """A reading that has rows from all over the pages, but not all of them, has chosen: nothing is told."""
    every = rows(24)
    pages = [[HEAD, *map(line, every[n : n + 8])] for n in (0, 8, 16)]
    assert counted({"rows": every[::3]}, *pages) == []


def test_subtotals_are_not_clearly_rows() -> None:
    """Sums between the rows that look just like these are never told as clearly missing."""
    lines: list[str] = []
    every = rows(20)
    for n in range(0, 20, 5):
        lines += [
            *map(line, every[n : n + 5]),
            line({"date": "2026-03-31", "text": "Subtotal", "amount": 500 + n, "count": 5}),
        ]
    assert not any(each.clearly for each in counted({"rows": every}, lines))


def test_rows_whose_words_were_not_found_count_as_read() -> None:
    """Of a scan whose figures OCR has misread nothing is missing: a record without a place may be any row of its page."""
    every = rows(12)
    page = [HEAD, *map(line, [*every[:6], *rows(3, first=40), *every[9:]])]
    assert counted({"rows": [*every[:6], *every[9:]]}, page, reader="tesseract") != []
    assert counted({"rows": every}, page, reader="tesseract") == []


def test_a_receipt_is_not_checked() -> None:
    """Where rows have one figure alone, a sum, a tax and a payment look like them: they are not missing."""
    lines = [
        "Tea 3.00",
        "Cake 4.50",
        "Milk 1.20",
        "Subtotal 8.70",
        "Tax 0.61",
        "Total 9.31",
        "Cash 10.00",
        "Change 0.69",
    ]
    page = [f"{a:20} {b:>8}" for a, b in (text.split() for text in lines)]
    items = [{"name": a, "price": float(b)} for a, b in (text.split() for text in lines[:3])]
    assert counted({"items": items, "total": 9.31}, page) == []


def test_two_lists_of_one_table() -> None:
    """Rows that another list has are not missing in this one."""
    every = rows(16)
    value = {"early": every[:8], "late": every[8:]}
    assert counted(value, [HEAD, *map(line, every)]) == []


def test_lists_in_lists_are_counted() -> None:
    """Rows of a list within a list are counted as well, all together."""
    every = rows(16)
    value = {"accounts": [{"name": "Alpha", "rows": every[:6]}, {"name": "Beta", "rows": every[6:10]}]}
    page = ["Alpha", *map(line, every[:6]), "Beta", *map(line, every[6:])]
    assert counted(value, page) == [Short(1, "/accounts//rows", 16, 10, clearly=True)]


def test_without_words_nothing_is_told() -> None:
    """Pages that have no words say nothing of what is missing."""
    assert counted({"rows": rows(3)}, [], []) == []
