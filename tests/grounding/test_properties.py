"""What holds for any JSON and any page."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.grounding.pages import page
from vextract.grounding import ground, leaves
from vextract.types import PageText

WORDS = st.text(st.characters(exclude_characters=" \t\n\r"), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text
)
ROWS = st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None), max_size=40)
    | st.dates().map(str)
    | st.sampled_from(["\ud800", "\x00\x1b[31m", "\u05e9\u05dc\u05d5\u05dd", "٣٤٥", "…", "-", "½", "1e999", "ﬁ"])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
)


def resolve(data: Any, pointer: str) -> Any:
    """What an RFC 6901 pointer points at."""
    for part in pointer.split("/")[1:]:
        data = data[int(part)] if isinstance(data, list) else data[part.replace("~1", "/").replace("~0", "~")]
    return data


def check(data: Any, pages: list[PageText]) -> None:
    """What holds for all evidence."""
    printed = {text.ref.number: [word.text for word in text.words] for text in pages}
    for evidence in ground(data, pages):
        assert not isinstance(resolve(data, evidence.pointer), (dict, list, type(None)))
        if evidence.match == "none":
            assert (evidence.page, evidence.box, evidence.quote, evidence.confidence) == (None, None, None, None)
            continue
        assert evidence.box
        assert evidence.page
        assert evidence.quote
        assert evidence.confidence is not None
        assert 0 <= evidence.box.x0 <= evidence.box.x1 <= 1
        assert 0 <= evidence.box.y0 <= evidence.box.y1 <= 1
        assert 0 <= evidence.confidence <= 1
        assert set(evidence.quote.split(" ")) <= set(printed[evidence.page])


@settings(max_examples=150, deadline=None)
@given(JSON, st.lists(ROWS, min_size=0, max_size=2))
def test_any_json_on_any_page(data: Any, rows: list[list[str]]) -> None:
    """Nothing crashes; pointers lead to values, boxes lie on the page, quotes are made of the page's words."""
    check(data, [page(lines, number) for number, lines in enumerate(rows, 1)])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.from_regex(r"[A-Za-z]{2,9}", fullmatch=True), min_size=1, max_size=5), min_size=2, max_size=8),
    st.data(),
)
def test_a_planted_span_is_found_there(rows: list[list[str]], data: st.DataObject) -> None:
    """Words taken from the page are found: as they are printed, in at least the place they were taken from."""
    row = data.draw(st.integers(0, len(rows) - 1))
    first = data.draw(st.integers(0, len(rows[row]) - 1))
    last = data.draw(st.integers(first, len(rows[row]) - 1))
    value = " ".join(rows[row][first : last + 1])
    found = ground({"value": value}, [page([" ".join(words) for words in rows])])
    assert all(evidence.match in ("exact", "ambiguous") for evidence in found)
    middle = (row + 1) * 0.02 + 0.006
    hit = any(e.box and e.box.y0 <= middle <= e.box.y1 for e in found)
    assert hit or any(e.quote == value for e in found)


@settings(max_examples=150, deadline=None)
@given(st.from_regex(r"[1-9][0-9]{3,8}", fullmatch=True), st.data())
def test_a_number_with_another_digit_is_never_found(number: str, data: st.DataObject) -> None:
    """One digit changed is another number, whatever stands around it."""
    at = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(st.sampled_from([d for d in "123456789" if d != number[at]]))
    other = number[:at] + digit + number[at + 1 :]
    for value in (other, int(other), f"Account {other}", f"No. {other} of Acme Trading"):
        found = ground({"value": value}, [page([f"Account No. {number} of Acme Trading", f"({number})"])])
        assert [evidence.match for evidence in found] == ["none"]


def test_leaves_escape_their_keys() -> None:
    """Keys with "/" and "~" are escaped as RFC 6901 says; a key that is no text is written as text."""
    assert [pointer for pointer, _, _ in leaves({"a/b": {"~": 1}, "": [2]})] == ["/a~1b/~0", "//0"]
