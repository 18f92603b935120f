"""The task `verify`."""

from tests.grounding.pages import page
from vextract.tasks import Question, find_task


def test_values_come_back_as_they_came() -> None:
    """The data is the very JSON that was given; each value in it has evidence, in its order."""
    values = {"total": 60.3, "lines": [{"name": "Tea"}, {"name": "Gold"}], "note": None}
    answer = find_task("verify")(Question([page(["Tea 60.30"])], values=values))
    assert answer.data is values
    assert [(e.pointer, e.match) for e in answer.evidence] == [
        ("/total", "normalized"),
        ("/lines/0/name", "exact"),
        ("/lines/1/name", "none"),
    ]


def test_no_values_no_evidence() -> None:
    """Empty data has no evidence, and is no error."""
    nothing: tuple[object, ...] = ({}, [], None, "")
    for values in nothing:
        assert find_task("verify")(Question([page(["Tea"])], values=values)).evidence == ()
