"""Trees walked together."""

import pytest

from vextract.evaluation.flatten import ABSENT, compare_trees
from vextract.schema.fields import FieldSpec


def outcomes(wanted: object, got: object, spec: FieldSpec | None = None) -> list[tuple[str, str]]:
    """The field and the outcome of each leaf."""
    return [(leaf.field, leaf.outcome) for leaf in compare_trees(wanted, got, spec)]


@pytest.mark.parametrize(
    ("wanted", "got", "expected"),
    [
        ({"a": 1}, {"a": 1}, [("a", "right")]),
        ({"a": 1}, {"a": 2}, [("a", "wrong")]),
        ({"a": 1}, {"a": None}, [("a", "missing")]),
        ({"a": 1}, {}, [("a", "missing")]),
        ({"a": None}, {"a": 1}, [("a", "spurious")]),
        ({}, {"a": 1}, [("a", "spurious")]),
        ({"a": None}, {"a": None}, [("a", "null")]),
        ({"a": None}, {}, [("a", "null")]),
        ({"a": ""}, {"a": None}, [("a", "null")]),
        ({"a": []}, {"a": None}, [("a[]", "null")]),
        ({}, {}, [("", "null")]),
        ({"a": {"b": 1, "c": None}}, {"a": None}, [("a.b", "missing"), ("a.c", "null")]),
        ({"a": None}, {"a": {"b": 1}}, [("a.b", "spurious")]),
        ({"a": [{"b": 1}, {"b": None}]}, {"a": [{"b": 1}]}, [("a[].b", "right")]),
        ({"a": [1]}, {"a": [1, 2]}, [("a[]", "right"), ("a[]", "spurious")]),
        ({"a": [[1], [2]]}, {"a": [[2], [1]]}, [("a[][]", "right")] * 2),
        # Another shape than the wanted one
        ({"a": 1}, {"a": [1]}, [("a", "wrong")]),
        ({"a": 1}, {"a": {"b": 1}}, [("a", "wrong")]),
        ({"a": [1, 2]}, {"a": 1}, [("a[]", "missing"), ("a[]", "missing"), ("a", "spurious")]),
        ({"a": {"b": 1}}, {"a": [1]}, [("a.b", "missing"), ("a[]", "spurious")]),
        # No answer at all
        ({"a": 1, "b": None, "c": []}, ABSENT, [("a", "missing")]),
        ("x", "x", [("", "right")]),
    ],
)
def test_outcomes(wanted: object, got: object, expected: list[tuple[str, str]]) -> None:
    """Each leaf of either tree is told once, under its field."""
    assert outcomes(wanted, got) == expected


def test_pointers_of_aligned_items() -> None:
    """Of an aligned item both pointers are known, escaped as RFC 6901 says."""
    wanted = {"a/b": [{"~n": "one"}, {"~n": "two"}]}
    got = {"a/b": [{"~n": "TWO"}, {"~n": "three"}, {"~n": "one"}]}
    pointers = [(leaf.pointer, leaf.got_pointer, leaf.outcome) for leaf in compare_trees(wanted, got)]
    assert pointers == [
        ("/a~1b/0/~0n", "/a~1b/2/~0n", "right"),
        ("/a~1b/1/~0n", "/a~1b/0/~0n", "right"),
        (None, "/a~1b/1/~0n", "spurious"),
    ]


def test_the_schema_reaches_every_leaf() -> None:
    """Kinds hold inside lists, objects and maps; the keys of a map are one field."""
    item = FieldSpec("", "object", fields=(FieldSpec("n", "number"),))
    spec = FieldSpec(
        "Doc",
        "object",
        fields=(FieldSpec("items", "list", item=item), FieldSpec("rates", "map", item=FieldSpec("", "number"))),
    )
    wanted = {"items": [{"n": "1,000"}], "rates": {"x": "2.0", "y": "3"}}
    got = {"items": [{"n": "1000.00"}], "rates": {"x": "2", "y": "4"}}
    assert outcomes(wanted, got, spec) == [("items[].n", "right"), ("rates.*", "right"), ("rates.*", "wrong")]
    assert outcomes({"items": None}, {"items": None}, spec) == [("items[]", "null")]
