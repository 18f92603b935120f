"""Page selections: what can be written, and which pages it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.errors import UsageError
from vextract.sources.options import OpenOptions, PageSelection

_numbers = st.integers(-30, 30).filter(bool)


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("1", [1]),
        ("-1", [5]),
        ("2-4", [2, 3, 4]),
        ("4-", [4, 5]),
        ("-2-", [4, 5]),
        ("-3--2", [3, 4]),
        ("2--2", [2, 3, 4]),
        (" 1 , 3 - 4 ", [1, 3, 4]),
        ("3,1,3,2-3", [1, 2, 3]),
        ("4-99", [4, 5]),
        ("99", []),
        ("-9", []),
        ("-99--4", [1, 2]),
        ("3--4", []),
    ],
)
def test_pages_of_five(text: str, pages: list[int]) -> None:
    """A selection gives existing pages in document order, each once."""
    assert PageSelection.parse(text).resolve(5) == pages


@pytest.mark.parametrize(
    "text",
    ["", ",", "1,", "0", "0-3", "3-0", "a", "1-2-3", "--1", "1.5", "1;2", "9" * 5000, "all", "+1", "²", "4-2", "-2--4"],
)
def test_unreadable_pages(text: str) -> None:
    """What is no selection is a UsageError that shows the part at fault and the right form; so are ranges that run backwards."""
    with pytest.raises(UsageError, match="--pages cannot read") as caught:
        PageSelection.parse(text)
    assert "1-3,7,-1" in caught.value.hint
    assert len(str(caught.value)) < 200


@given(st.integers(0, 40))
def test_empty_selection_is_all(page_count: int) -> None:
    """No selection means every page."""
    assert PageSelection().resolve(page_count) == list(range(1, page_count + 1))


@given(st.lists(st.tuples(_numbers, _numbers), max_size=5), st.integers(0, 20))
def test_resolve_stays_within_the_document(ranges: list[tuple[int, int]], page_count: int) -> None:
    """Whatever the ranges, the pages exist, rise, and are the union of what each range gives alone."""
    pages = PageSelection(tuple(ranges)).resolve(page_count)
    assert pages == sorted(set(pages))
    assert all(1 <= page <= page_count for page in pages)
    if ranges:
        assert set(pages) == {p for r in ranges for p in PageSelection((r,)).resolve(page_count)}


@given(
    st.lists(st.tuples(_numbers, _numbers).filter(lambda r: r[0] <= r[1] or r[0] * r[1] < 0), min_size=1, max_size=5)
)
def test_printed_form_reads_back(ranges: list[tuple[int, int]]) -> None:
    """A selection as messages print it can be given to --pages again."""
    selection = PageSelection(tuple(ranges))
    assert PageSelection.parse(str(selection)) == selection


def test_password_is_not_shown() -> None:
    """The password is left out of the options' repr, which logs and error texts may carry."""
    assert "hunter2" not in repr(OpenOptions(password="hunter2"))  # noqa: S106
