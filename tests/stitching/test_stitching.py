"""Readings of windows put together: every record once, in order, whatever the windows; single values by what speaks for them."""

import copy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.grounding.pages import page as printed
from tests.renderers.pages import unhurried
from tests.stitching.bookings import TEXTS, Document, documents, line
from vextract.stitching import Reading, Stitcher
from vextract.types import PageText


def put_together(readings: list[Reading], pages: list[PageText]) -> Any:
    """The data that the readings come to; they are left as they were."""
    kept = copy.deepcopy(readings)
    data = Stitcher(pages).stitched(readings).data
    assert readings == kept
    return data


@unhurried
@given(documents())
def test_what_is_printed_is_there_as_often_as_it_is_printed(made: Document) -> None:
    """Any list over any pages, read in any windows, halved or read again, is that list; rows that are printed twice stay two."""
    assert put_together(made.read(), made.pages(words=True)) == {"rows": made.truth}


@unhurried
@given(documents(apart=True, again=False))
def test_without_words_what_windows_say_tells(made: Document) -> None:
    """Rows that differ come once and in order where no page has words, too."""
    assert put_together(made.read(), made.pages(words=False)) == {"rows": made.truth}


def _shared(made: Document) -> list[tuple[int, int]]:
    """Windows and their rows that stand on a page which another window sees, too, and are in their window once."""
    seen = [page for window in made.windows for page in window]
    found = []
    for n, window in enumerate(made.windows):
        rows = [(page, row) for page in window for row in made.rows[page - 1]]
        only = [row for _, row in rows]
        found += [(n, k) for k, (page, row) in enumerate(rows) if seen.count(page) > 1 and only.count(row) == 1]
    return found


@unhurried
@given(documents(apart=True, again=False, shared=True), st.data(), st.booleans())
def test_a_row_that_one_window_lacks(made: Document, data: st.DataObject, words: bool) -> None:  # noqa: FBT001
    """A row that another window has is not lost where one has left it out; it stands in its place where words tell of that."""
    shared = _shared(made)
    assume(shared)
    n, k = data.draw(st.sampled_from(shared))
    readings = made.read()
    rows = made.of(made.windows[n])
    readings[n] = Reading(made.windows[n], {"rows": [*rows[:k], *rows[k + 1 :]]})
    found = put_together(readings, made.pages(words=words))["rows"]
    assert found == made.truth if words else sorted(map(str, found)) == sorted(map(str, made.truth))


@unhurried
@given(documents(shared=True), st.data())
def test_a_row_that_one_window_spells_otherwise(made: Document, data: st.DataObject) -> None:
    """Of two spellings that which is printed counts, and the row comes once."""
    shared = _shared(made)
    assume(shared)
    n, k = data.draw(st.sampled_from(shared))
    rows = made.of(made.windows[n])
    at = data.draw(st.integers(0, len(rows[k]["text"]) - 1))
    text = rows[k]["text"]
    rows[k] = rows[k] | {"text": text[:at] + "x" + text[at + 1 :]}
    readings = made.read()
    readings[n] = Reading(made.windows[n], {"rows": rows})
    assert put_together(readings, made.pages(words=True)) == {"rows": made.truth}


@unhurried
@given(documents(apart=True, again=False, shared=True), st.data())
def test_spellings_without_words(made: Document, data: st.DataObject) -> None:
    """Where nothing tells which spelling is printed the row comes once all the same, as one of the windows has it."""
    shared = _shared(made)
    assume(shared)
    n, k = data.draw(st.sampled_from(shared))
    rows = made.of(made.windows[n])
    spelled = rows[k] | {"text": rows[k]["text"].replace("e", "c", 1)}
    rows[k] = spelled
    readings = made.read()
    readings[n] = Reading(made.windows[n], {"rows": rows})
    found = put_together(readings, made.pages(words=False))["rows"]
    assert len(found) == len(made.truth)
    assert all(got in (true, spelled) for got, true in zip(found, made.truth, strict=True))


@unhurried
@given(documents(shared=True), st.data())
def test_a_row_that_a_model_doubles(made: Document, data: st.DataObject) -> None:
    """What a model gives twice in a row, but its page prints once, comes once where several windows were read."""
    places = [(n, k) for n, window in enumerate(made.windows) for k in range(len(made.of(window)))]
    assume(places and len(made.windows) > 1)
    n, k = data.draw(st.sampled_from(places))
    rows = made.of(made.windows[n])
    readings = made.read()
    readings[n] = Reading(made.windows[n], {"rows": [*rows[: k + 1], *rows[k:]]})
    assert put_together(readings, made.pages(words=True)) == {"rows": made.truth}


@unhurried
@given(documents())
def test_nothing_is_made_up(made: Document) -> None:
    """Each record that comes out is one that was read."""
    readings = [Reading(r.pages, {"rows": r.value["rows"][::2]}) for r in made.read() if isinstance(r.value, dict)]
    read = [row for reading in readings if isinstance(reading.value, dict) for row in reading.value["rows"]]
    assert all(row in read for row in put_together(readings, made.pages(words=True))["rows"])


FIRST = [
    "Date         Text                   Amount",
    "01.03.2026   green soap bars          12.50",
    "02.03.2026   rent for the               8.00",
]
SECOND = [
    "month of March",
    "03.03.2026   ink cartridges            0.99",
    "04.03.2026   lamp oil                  70.00",
]
ROWS = [
    {"date": "2026-03-01", "text": "green soap bars", "amount": 12.5},
    {"date": "2026-03-02", "text": "rent for the month of March", "amount": 8.0},
    {"date": "2026-03-03", "text": "ink cartridges", "amount": 0.99},
    {"date": "2026-03-04", "text": "lamp oil", "amount": 70.0},
]


def broken(*, words: bool = True) -> list[PageText]:
    """Four pages; the last row of the second goes on at the top of the third."""
    rows = [[], [*FIRST[:1], *[""] * 43, *FIRST[1:]], SECOND, []]
    return [printed(page if words else [], n, "textlayer") for n, page in enumerate(rows, 1)]


@pytest.mark.parametrize("words", [True, False])
def test_a_row_over_a_page_break_is_one(words: bool) -> None:  # noqa: FBT001
    """A row that one window sees cut off at its end, another whole, and a third without its beginning, is one, and whole."""
    head = ROWS[1] | {"text": "rent for the"}
    tail = {"date": None, "text": "month of March", "amount": None}
    readings = [
        Reading((1, 2), {"rows": [ROWS[0], head]}),
        Reading((2, 3), {"rows": ROWS}),
        Reading((3, 4), {"rows": [tail, *ROWS[2:]]}),
    ]
    assert put_together(readings, broken(words=words)) == {"rows": ROWS}


@pytest.mark.parametrize(("reader", "copies"), [("textlayer", 1), ("tesseract", 2)])
def test_a_doubled_row_takes_no_other_rows_place(reader: str, copies: int) -> None:
    """A row that a model gives twice is not taken for one that looks like it and was left out; a scan may have lacked its words."""
    row = {"date": "2026-03-01", "text": "green soap bars", "amount": 12.5, "count": 1}
    like = row | {"amount": 99.0, "count": 2}
    others = [row | {"text": text, "amount": 70.0 + n} for n, text in enumerate(TEXTS[1:4])]
    pages = [printed([], 1), printed([*map(line, [row, *others, like])], 2, reader), printed([], 3)]
    readings = [Reading((1, 2), {"rows": [row, row, *others]}), Reading((2, 3), {"rows": [*others, like]})]
    assert put_together(readings, pages) == {"rows": [*[row] * copies, *others, like]}


def test_a_row_that_no_window_sees_whole() -> None:
    """What stands at the top of a page and has no figures is the rest of the last row of the page before."""
    more = [ROWS[0] | {"amount": 12.5 + n} for n in range(4)]
    head, tail = ROWS[1] | {"text": "rent for the"}, {"date": None, "text": "month of March", "amount": None}
    readings = [Reading((2,), {"rows": [*more, head]}), Reading((3,), {"rows": [tail, *ROWS[2:]]})]
    assert put_together(readings, broken())["rows"][4:] == ROWS[1:]


ACCOUNTS = [
    {"iban": "DE02 1203", "bookings": ROWS[:3]},
    {"iban": "DE88 7000", "bookings": ROWS[3:]},
]


@pytest.mark.parametrize("again", [None, "DE02 1203"])
@pytest.mark.parametrize("overlap", [0, 1])
def test_lists_in_lists(again: str | None, overlap: int) -> None:
    """A record that goes on in the next window goes on with its own list, whether its name is repeated there or not."""
    pages = [printed([FIRST[1], "02.03.2026   rent   8.00"], 1), printed(SECOND[1:], 2)]
    rows = [ROWS[0], {"date": "2026-03-02", "text": "rent", "amount": 8.0}, *ROWS[2:]]
    first = {"accounts": [{"iban": "DE02 1203", "bookings": rows[:2]}]}
    second = {"accounts": [{"iban": again, "bookings": rows[2 - 2 * overlap : 3]}, ACCOUNTS[1]]}
    readings = [Reading((1,), first), Reading((1, 2) if overlap else (2,), second)]
    whole = {"accounts": [{"iban": "DE02 1203", "bookings": rows[:3]}, ACCOUNTS[1]]}
    assert put_together(readings, pages) == whole


def test_equal_groups_stay_two() -> None:
    """Records with lists of their own are made one only at the edge of two windows."""
    value = {"accounts": [{"iban": "X", "bookings": [ROWS[0]]}, {"iban": "X", "bookings": [ROWS[1]]}]}
    assert put_together([Reading((1,), value)], broken()) == value


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ({"total": None}, {"total": 5}, {"total": 5}),
        ({"total": 0}, {"total": 5}, {"total": 0}),
        ({"paid": False}, {"paid": True}, {"paid": False}),
        ({"vendor": ""}, {"vendor": "X"}, {"vendor": "X"}),
        ({"vendor": ""}, {"vendor": None}, {"vendor": ""}),
        (
            {"seller": {"name": "X", "vat": None}},
            {"seller": {"vat": "1", "name": "Y"}},
            {"seller": {"name": "X", "vat": "1"}},
        ),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ([1], [1], [1, 1]),
        (None, [1], [1]),
    ],
)
def test_single_values_of_windows_apart(first: object, second: object, both: object) -> None:
    """Where nothing else tells the first value that is there counts; zero and false are there."""
    pages = [printed([], 1), printed([], 2)]
    assert put_together([Reading((1,), first), Reading((2,), second)], pages) == both
    assert put_together([Reading((2,), second), Reading((1,), first)], pages) == both, "the pages order them"


@pytest.mark.parametrize(
    ("values", "chosen"),
    [
        (["Corner Shap", "Corner Shop"], "Corner Shop"),  # printed beats nearly printed
        (["Elsewhere", "Corner Shop", "Elsewhere"], "Corner Shop"),  # and what is not printed, however often it is said
        (["Elsewhere", "Else", "Else"], "Else"),  # of what is not printed that which is said most
        (["Corner Shop", "Tea House", "Tea House"], "Tea House"),  # as of what is printed
        (["Tea House", "Corner Shop"], "Tea House"),  # else the first
        ([9.5, 7.25], 7.25),
    ],
)
def test_single_values_by_what_speaks_for_them(values: list[object], chosen: object) -> None:
    """A value that is printed beats one that is not; then most windows decide; then the first."""
    pages = [printed(["Corner Shop", "Tea House", "Total 7.25"], n) for n in range(1, len(values) + 1)]
    readings = [Reading((n,), {"vendor": value}) for n, value in enumerate(values, 1)]
    assert put_together(readings, pages) == {"vendor": chosen}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"name": "Tea 1001"}, {"name": "Tea 1002"}),
        ({"name": "Tea", "qty": 2}, {"name": "Tea", "qty": 3}),
        ({"name": "Tea", "day": "2026-03-01"}, {"name": "Tea", "day": "2026-03-02"}),
        ({"name": "Tea", "paid": True}, {"name": "Tea", "paid": False}),
        ({"name": "Tea", "code": "A"}, {"name": "Tea", "code": 7}),
        ({"name": "Tea"}, {"name": "Toast"}),
        ("salt", "pepper"),
    ],
)
def test_records_that_differ_stay_two(first: object, second: object) -> None:
    """Of what two windows have on a page both saw, records that differ in a figure or in more than a spelling are two."""
    pages = [printed([], n) for n in (1, 2, 3)]
    readings = [Reading((1, 2), {"items": [first]}), Reading((2, 3), {"items": [second]})]
    assert put_together(readings, pages) == {"items": [first, second]}


@unhurried
@given(documents(again=False))
def test_records_know_their_pages(made: Document) -> None:
    """A record is looked for on the page that prints it and those beside it, and every record has its pages."""
    stitched = Stitcher(made.pages(words=True)).stitched(made.read())
    numbers = [n for n, rows in enumerate(made.rows, 1) for _ in rows]
    if len(made.windows) > 1:
        assert {f"/rows/{k}" for k in range(len(numbers))} == stitched.where.keys()
        assert all(n in stitched.where[f"/rows/{k}"] for k, n in enumerate(numbers))
    else:
        assert stitched.where == {}
