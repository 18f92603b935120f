"""Dates and times in running text."""

from datetime import date, time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.values.dates import find_dates, find_times, is_day_first, parse_date


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("2018-05-02", ["2018-05-02"]),
        ("20180502", ["2018-05-02"]),
        ("02/05/2018", ["2018-05-02", "2018-02-05"]),
        ("13/05/2018", ["2018-05-13"]),
        ("05/13/18", ["2018-05-13"]),
        ("2.5.2018", ["2018-05-02"]),
        ("May 2nd, 2018", ["2018-05-02"]),
        ("OCT 3, 2016", ["2016-10-03"]),
        ("14/MAY/2017", ["2017-05-14"]),
        ("2. März 2018", ["2018-03-02"]),
        ("1er août 2018", ["2018-08-01"]),
        ("2 de mayo de 2018", ["2018-05-02"]),
        ("2018年5月2日", ["2018-05-02"]),
        ("31/02/2018", []),
        ("1,25,30", []),
        ("12 11 10", []),
        ("Maybe 2018", []),
    ],
)
def test_all_readings_of_a_date(text: str, readings: list[str]) -> None:
    """Each way to print a date is read; where day and month could change places, the day comes first."""
    assert [str(day) for mention in find_dates(text) for day in mention.readings] == readings


def test_the_place_of_a_date() -> None:
    """A mention says where in the text it stands, without what is around it."""
    text = "Due 2 May 2018, paid 03.05.2018."
    assert [text[m.start : m.end] for m in find_dates(text)] == ["2 May 2018", "03.05.2018"]


def test_dates_of_one_kind_tell_the_order_of_the_others() -> None:
    """One date that can only be read month first says so; without such a date nothing is known."""
    assert is_day_first(find_dates("05/13/2018 and 05/06/2018")) is False
    assert is_day_first(find_dates("05/06/2018")) is None


def test_a_date_may_have_a_time_after_it() -> None:
    """A time does not keep a text from being a date; another word does."""
    assert parse_date("2018-05-02T14:03:00") == date(2018, 5, 2)
    assert parse_date("2018-05-02 noon") is None


@pytest.mark.parametrize(
    ("text", "clock"), [("2:05 pm", time(14, 5)), ("12:00 AM", time(0)), ("14:03:59", time(14, 3, 59))]
)
def test_times(text: str, clock: time) -> None:
    """Both clocks are read."""
    assert [found for *_, found in find_times(f"at {text} sharp")] == [clock]


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    """No text crashes the search; mentions are in order, apart, and inside the text."""
    found = find_dates(text)
    assert all(0 <= m.start < m.end <= len(text) for m in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(
    st.dates(min_value=date(1970, 1, 1), max_value=date(2069, 12, 31)),
    st.sampled_from(["%d/%m/%Y", "%d %B %Y", "%b %d, %Y", "%Y-%m-%d", "%d.%m.%y"]),
)
def test_a_printed_date_is_read_back(day: date, form: str) -> None:
    """In each form the date is among the readings."""
    [mention] = find_dates(f"on {day.strftime(form)} here")
    assert day in mention.readings
