"""ECMAScript's regular expressions for Python."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.schema.json_file import json_schema_model
from vextract.schema.patterns import python_pattern


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"^\p{Letter}+$", "Ünïcode𝔘", "a1"),
        (r"^[\p{L}\p{Nd}-]+$", "é-1", "é_"),
        (r"^\P{Lu}$", "a", "A"),
        (r"^[\w-.]+$", "a-b.c", "a+b"),
        (r"^[a-c\d-]+$", "b1-", "d"),
        (r"^[.-\w]+$", "-.a", "+"),
        (r"^(?<year>\d{4})-\k<year>$", "2024-2024", "2024-2025"),
        (r"(?<!a)b", "b", "ab"),
        (r"(?<=a)b", "ab", "b"),
        (r"^[[a-z]+$", "[a", "]"),
        (r"^[a&&b]+$", "a&", "c"),
        (r"^\u{1F600}$", "\U0001f600", "u"),
        (r"^\cA$", "\x01", "cA"),
        (r"^\e\/$", "e/", "/"),
        (r"^[^]$", "\n", ""),
        (r"^[&&[]\w-$", "[a-", "a"),
        (r"^a$", "a", "b"),
    ],
)  # fmt: skip
def test_what_a_pattern_matches(pattern: str, good: str, bad: str) -> None:
    """The Python expression matches as ECMAScript's would, and a class for the schema accepts by it."""
    expression = re.compile(python_pattern(pattern))
    assert expression.search(good)
    assert not expression.search(bad)
    schema = {"type": "object", "properties": {"a": {"pattern": pattern}}, "patternProperties": {f"x{pattern}": False}}
    model = json_schema_model(schema, "test", "test")
    assert model.model_validate({"a": good}).model_dump() == {"a": good}
    assert model.model_json_schema() == schema


@pytest.mark.parametrize("pattern", ["(", r"\p{Script=Greek}", r"[\P{L}]", "[b-a]", "a**"])
def test_what_python_has_nothing_for(pattern: str) -> None:
    """It is an error, so that the schema is refused and not read as something else."""
    with pytest.raises(re.error):
        python_pattern(pattern)


@given(st.text(r"ab\\[]^-(?<>){}|&pdwu$.*", max_size=12))
def test_any_pattern_is_rewritten_or_refused(pattern: str) -> None:
    """What comes out compiles without a warning; what cannot is re.error."""
    try:
        re.compile(python_pattern(pattern))
    except re.error:
        return
