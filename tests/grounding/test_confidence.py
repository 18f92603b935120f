"""The confidence of evidence."""

from dataclasses import replace

import pytest

from vextract.grounding.confidence import Signs, probability

BEST = Signs("exact", 1.0, True, None, 0, 0.0, False, 12, False)


@pytest.mark.parametrize(
    "worse",
    [
        {"kind": "fuzzy", "likeness": 0.8},
        {"whole": False},
        {"ocr": 0.4},
        {"rivals": 3, "margin": 0.2},
        {"letters": 1},
        {"again": True},
    ],
)
def test_each_doubt_lowers_it(worse: dict[str, object]) -> None:
    """A place of which one thing less is known is less probable, and no probability leaves 0 to 1."""
    assert 0 < probability(replace(BEST, **worse)) < probability(BEST) < 1  # type: ignore[arg-type]


def test_a_clearer_decision_raises_it() -> None:
    """The further a place is ahead of the next, the surer it is; beside its label it is not less sure."""
    close, clear = (replace(BEST, rivals=2, margin=margin) for margin in (0.1, 0.9))
    assert probability(close) < probability(clear)
    assert probability(clear) <= probability(replace(clear, near_label=True))
