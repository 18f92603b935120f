"""When two values are the same, and how alike texts are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.evaluation.compare import kind_of, normalized, number, same, shape_of, text_similarity
from vextract.schema.fields import FieldSpec


@pytest.mark.parametrize(
    ("wanted", "got", "agree"),
    [
        # Text
        ("Thistle & Wren", "THISTLE  &\nWREN", True),
        ("Straße", "STRASSE", True),
        ("ﬁne", "fine", True),
        ("Total:", '"total"', True),
        ("(net)", "net.", True),
        ("...", "...", True),
        ("...", "", False),
        ("-", "–", False),
        ("-5 °C", "5 °C", False),
        ("19 %", "19", False),
        ("bread", "brad", False),
        ("a.b", "ab", False),
        # Numbers
        (60.3, 60.30, True),
        (60.3, "60.30", True),
        (1234.5, "1,234.50", True),
        (1234.5, "1.234,50", True),
        (1234.5, "$ 1,234.50", True),
        (1234.5, "1 234,50 €", True),
        (1234, "1,234", True),
        (1.234, "1.234", True),
        (-5, "−5", True),
        (10, 10.005, True),
        (10, 10.0051, False),
        (1e15, 1e15 + 1.0, True),
        (4_500_000_001, 4_500_000_002, False),
        (12, "twelve", False),
        (0, "", False),
        (1, True, False),
        (10**400, 1.5, False),
        # Text against a number
        ("1,234.50", 1234.5, True),
        ("007", 7, False),
        ("7", 7, True),
        ("1,234.50", "1234.50", False),
        # Dates
        ("2024-03-01", "2024-03-01T00:00:00", True),
        ("2024-03-01", "2024-03-01T09:30:00Z", True),
        ("2024-03-01", "2024-03-02", False),
        ("2024-03-01", "01/03/2024", False),
        ("01/03/2024", "01/03/2024", True),
        ("01/03/2024", "2024-03-01", False),
        ("2024-03-01T10:00", "2024-03-01 10:00:00", True),
        ("2024-03-01T10:00", "2024-03-01", False),
        ("2024-03-01T10:00:00Z", "2024-03-01T11:00:00+01:00", True),
        ("2024-02-30", "2024-02-30", True),
        # Booleans
        (True, True, True),
        (True, False, False),
        (True, "true", False),
        (True, 1, False),
        # Shapes
        ("a", ["a"], False),
        (1, {"value": 1}, False),
    ],
)
def test_values_without_a_schema(wanted: object, got: object, *, agree: bool) -> None:
    """The type of the true value decides how tolerantly it is compared."""
    assert same(wanted, got, kind_of(wanted, None)) is agree


@pytest.mark.parametrize(
    ("spec", "wanted", "got", "agree"),
    [
        (FieldSpec("a", "number"), "1,234.50", "1234.5", True),
        (FieldSpec("a", "number"), "n/a", "N/A", True),
        (FieldSpec("a", "integer"), 3, "3", True),
        (FieldSpec("a", "text"), "2024-03-01", "2024-03-01T00:00:00", False),
        (FieldSpec("a", "text"), 12, "12.00", True),
        (FieldSpec("a", "date"), "2024-03-01T10:00", "2024-03-01", True),
        (FieldSpec("a", "datetime"), "2024-03-01", "2024-03-01T00:00", True),
        (FieldSpec("a", "datetime"), "2024-03-01", "2024-03-01T10:00", False),
        (FieldSpec("a", "time"), "10:00", "10:00:00", True),
        (FieldSpec("a", "time"), "10:00", "ten", False),
        (FieldSpec("a", "text", format="iban"), "DE89 3704 0044", "DE8937040044", True),
        (FieldSpec("a", "text"), "DE89 3704 0044", "DE8937040044", False),
        (FieldSpec("a", "text", choices=("EUR", "USD")), "EUR", "EUR", True),
        (FieldSpec("a", "text", choices=("EUR", "USD")), "EUR", "eur", False),
        (FieldSpec("a", "boolean"), True, True, True),
        (FieldSpec("a", "any"), 5, "5.00", True),
    ],
)
def test_values_with_a_schema(spec: FieldSpec, wanted: object, got: object, *, agree: bool) -> None:
    """The kind that the schema states decides."""
    assert same(wanted, got, kind_of(wanted, spec)) is agree


@pytest.mark.parametrize(
    ("wanted", "got", "similarity"),
    [
        ("bread", "brad", 0.8),
        ("bread", "BREAD.", 1.0),
        ("abcd", "abxy", 0.0),  # exactly 0.5 counts nothing
        ("abcd", "wxyz", 0.0),
        ("12.5", 12.5, 1.0),
        ("a", ["a"], 0.0),
    ],
)
def test_text_similarity(wanted: object, got: object, similarity: float) -> None:
    """One minus edits by the longer length, nothing at or below a half."""
    assert text_similarity(wanted, got) == pytest.approx(similarity)


@pytest.mark.parametrize("value", [None, "", " \n", [], {}])
def test_nulls(value: object) -> None:
    """Blank text and empty containers are nulls."""
    assert shape_of(value) == "null"


@pytest.mark.parametrize("value", [0, False, "0", [None], "-"])
def test_no_nulls(value: object) -> None:
    """Zero and false are values."""
    assert shape_of(value) != "null"


@given(st.text())
def test_normalizing_twice_changes_nothing(text: str) -> None:
    """Normalised text is its own normal form, and text that is not blank stays so."""
    once = normalized(text)
    assert normalized(once) == once or not once.strip()
    assert bool(once) == bool(text.strip()) or not text.isprintable()


@given(st.text() | st.floats() | st.integers() | st.from_regex(r"[+-]?[\d.,' ]{1,12}", fullmatch=True))
def test_any_text_is_a_finite_number_or_none(value: object) -> None:
    """Reading a number never fails."""
    read = number(value)
    assert read is None or isinstance(read, int) or math.isfinite(read)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(JSON, JSON)
def test_comparing_is_symmetric_and_never_fails(a: object, b: object) -> None:
    """Whatever the values, of one kind they agree both ways round; each agrees with itself."""
    for kind in ("text", "number", "date", "datetime", "time", "choice", "code", "boolean"):
        assert same(a, b, kind) == same(b, a, kind)
        assert same(a, a, kind) or isinstance(a, (list, dict))
