"""Floors and baselines."""

from typing import Any

import pytest

from vextract.errors import InputError
from vextract.evaluation import Evaluation, evaluate
from vextract.evaluation.gate import drops, incomparable, read_baseline, shortfall
from vextract.evaluation.report import find_render


def judged(*values: Any, **fields: Any) -> Evaluation:
    """The evaluation of a document whose list "l" should hold 1, 2, 3, 4, and whose other fields should be 1."""
    truth = {"l": [1, 2, 3, 4], **dict.fromkeys(fields, 1)}
    result = {"l": list(values), **fields}
    return evaluate([{"source": "a", "data": result}], [{"source": "a", "data": truth}])


def baseline_of(evaluation: Evaluation) -> Any:
    """The evaluation as a later run reads it."""
    return read_baseline(find_render("json")(evaluation, 0, None).encode(), "old.json")


def test_no_drop_against_itself() -> None:
    """An evaluation is not below itself, even if nothing may drop."""
    assert drops(judged(1, 2), baseline_of(judged(1, 2)), ["f1", "recall", "anls"], 0) == []


def test_each_drop_is_named() -> None:
    """Overall and every field that dropped too far are told with both values; better fields are not."""
    told = drops(judged(1, 2, 3, 4, a=2, b=1), baseline_of(judged(1, 2, 3, 4, a=1, b=2)), ["f1"], 0.01)
    assert told == ["a f1 1.000 -> 0.000"]
    told = drops(judged(1, 2), baseline_of(judged(1, 2, 3, 4)), ["f1", "recall", "precision"], 0.01)
    assert told == [
        "overall f1 1.000 -> 0.667",
        "overall recall 1.000 -> 0.500",
        "l[] f1 1.000 -> 0.667",
        "l[] recall 1.000 -> 0.500",
    ]


def test_a_drop_of_just_as_much_is_allowed() -> None:
    """Only more than the allowed drop counts; rounding does not."""
    assert drops(judged(1, 2, 3, 8, 9), baseline_of(judged(1, 2, 3, 4, 9)), ["precision"], 0.2) == []
    assert drops(judged(1, 2, 3, 5), baseline_of(judged(1, 2, 3, 4)), ["precision"], 0.24) != []


def test_a_measure_that_fields_do_not_have() -> None:
    """With a measure of places, fields are compared by F1."""
    told = drops(judged(1, 2), baseline_of(judged(1, 2, 3, 4)), ["word_f1"], 0.01)
    assert told == ["l[] f1 1.000 -> 0.667"]


def test_fields_of_one_side_only() -> None:
    """Fields that only one evaluation knows are named, not compared."""
    old, new = baseline_of(judged(1, a=1)), judged(1, b=2)
    assert incomparable(new, old) == ["a", "b"]
    assert all(not text.startswith(("a ", "b ")) for text in drops(new, old, ["f1"], 0.01))


def test_the_floor() -> None:
    """At the floor is good enough, below it is not, and what cannot be measured never is."""
    assert shortfall(judged(1, 2, 3, 5), 0.75) is None
    assert shortfall(judged(1, 2, 3, 5), 0.76) == "overall f1 0.750 is below 0.76"
    nothing = evaluate([{"source": "a", "data": {}}], [{"source": "a", "data": {}}])
    assert shortfall(nothing, 0) == "overall f1 unknown is below 0"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"overall": {"f1": 1}}',
        b'{"overall": {"f1": "x"}, "fields": []}',
        b"\xff",
        b'{"overall": 1}',
    ],
)
def test_what_is_no_baseline(text: bytes) -> None:
    """Anything but an evaluation in JSON is refused by name."""
    with pytest.raises(InputError, match=r"old\.json: not an evaluation"):
        read_baseline(text, "old.json")
