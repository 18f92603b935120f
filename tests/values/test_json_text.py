"""JSON texts that are none, or that nothing could handle."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.values.json_text import DEEPEST, check_depth, parse_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(JSON)
def test_json_reads_back(value: object) -> None:
    """Whatever the standard allows is read as it was written."""
    assert parse_json(json.dumps(value, allow_nan=False).encode()) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a": NaN}', "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b'{"a": 1e999}', "1e999"),
        (b"[" * 900 + b"]" * 900, "deep"),
        (b"[" * 100_000 + b"]" * 100_000, "deep"),
        (b'{"a": 1,}', "Expecting|Illegal"),
        (b"\xff\xfe\x00", "decode"),
        (b"", "Expecting"),
    ],
)
def test_what_is_no_json_is_refused(text: bytes, reason: str) -> None:
    """Each with its reason, and none with a crash."""
    with pytest.raises(ValueError, match=reason):
        parse_json(text)


def test_the_deepest_level_is_allowed() -> None:
    """The limit itself is fine, one more is not."""
    value: object = 1
    for _ in range(DEEPEST):
        value = [value]
    check_depth(value)
    with pytest.raises(ValueError, match="deep"):
        check_depth([value])


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    """Files from other systems begin with one."""
    assert parse_json(b"\xef\xbb\xbf[1]") == [1]
