"""Places against places."""

from typing import Any

import pytest

from vextract.errors import InputError
from vextract.evaluation import evaluate
from vextract.evaluation.metrics import Counts

PAGES = [{"number": 1, "width": 200, "height": 100}]


def places(true: list[Any], found: list[Any], *, got: object = "v", **more: Any) -> Counts:
    """The counts of one value "v" with boxes on page 1, in the truth and in the result."""
    truth = {"source": "a", "data": {"v": "v"}, "evidence": [{"pointer": "/v", "page": 1, "box": box} for box in true]}
    evidence = [{"pointer": "/v", "page": 1, "box": box, "match": "exact"} for box in found]
    result = {"source": "a", "data": {"v": got}, "evidence": evidence, **more}
    return evaluate([result], [truth], resamples=0).counts


@pytest.mark.parametrize(
    ("true", "found", "matched"),
    [
        ([[0, 0, 10, 10]], [[0, 0, 10, 10]], 1),
        ([[0, 0, 10, 10]], [[10, 10, 0, 0]], 1),
        ([[0, 0, 10, 10]], [[0, 0, 10, 5]], 1),
        ([[0, 0, 10, 10]], [[0, 0, 10, 4.9]], 0),
        ([[0, 0, 10, 10]], [[20, 0, 30, 10]], 0),
        ([[5, 5, 5, 5]], [[5, 5, 5, 5]], 1),
        ([[0, 0, 10, 10]], [[0, 0, 0.05, 0.1]], 1),
        ([[0, 0, 10, 10], [20, 0, 30, 10]], [[20, 0, 30, 10], [0, 0, 10, 10]], 2),
    ],
)
def test_boxes_match_from_half_overlap_on(true: list[Any], found: list[Any], matched: int) -> None:
    """An IoU of 0.5 is a match; pixels and fractions of a page of known size are comparable."""
    assert places(true, found, pages=PAGES).word_matched == matched


def test_one_box_for_a_value_of_several_words() -> None:
    """Where one side boxes the value and the other its words, the words are joined."""
    words, value = [[0, 0, 10, 10], [20, 0, 30, 10]], [[0, 0, 30, 10]]
    for counts in (places(words, value), places(value, words)):
        assert (counts.word_truth, counts.word_found, counts.word_matched) == (1, 1, 1)


def test_a_box_is_matched_once() -> None:
    """Two found boxes on one of two true ones are one match."""
    counts = places([[0, 0, 10, 10], [50, 0, 60, 10]], [[0, 0, 10, 10], [0, 0, 10, 9]])
    assert (counts.word_truth, counts.word_found, counts.word_matched) == (2, 2, 1)


def test_pages_drawn_at_different_sizes() -> None:
    """Each side's boxes are in the pixels of its own pages."""
    truth = {
        "source": "a",
        "data": {"v": 1},
        "evidence": [{"pointer": "/v", "page": 1, "box": [20, 20, 40, 40]}],
        "pages": [{"number": 1, "width": 400, "height": 200}],
    }
    result = {
        "source": "a",
        "data": {"v": 1},
        "evidence": [{"pointer": "/v", "page": 1, "box": [10, 10, 20, 20]}],
        "pages": PAGES,
    }
    assert evaluate([result], [truth]).metric("word_f1") == 1.0


def test_units_that_cannot_be_compared() -> None:
    """Pixels against fractions of a page whose size nobody states is an error that says what to add."""
    with pytest.raises(InputError, match=r"truth\[0\].*page 1.*fractions") as caught:
        places([[0, 0, 10, 10]], [[0, 0, 0.1, 0.1]])
    assert '"pages"' in caught.value.hint


def test_a_missing_value_has_no_place() -> None:
    """Evidence of a null locates nothing; the true box is missed."""
    counts = places([[0, 0, 10, 10]], [[0, 0, 10, 10]], got=None)
    assert (counts.word_truth, counts.word_found, counts.traceable_wrong) == (1, 0, 0)


def test_an_invention_with_a_place_costs_precision() -> None:
    """A box for a value that the truth does not have is found and never matched."""
    truth = {
        "source": "a",
        "data": {"v": 1, "w": None},
        "evidence": [{"pointer": "/v", "page": 1, "box": [0, 0, 9, 9]}],
    }
    evidence = [{"pointer": f"/{key}", "page": 1, "box": [0, 0, 9, 9]} for key in "vw"]
    judged = evaluate([{"source": "a", "data": {"v": 1, "w": 2}, "evidence": evidence}], [truth])
    assert judged.metric("word_f1") == pytest.approx(2 / 3)
    assert judged.counts.located_wrong == 1


def test_truth_with_pages_alone() -> None:
    """A truth that knows pages but no boxes judges pages alone."""
    truth = {"source": "a", "data": {"v": 1}, "evidence": [{"pointer": "/v", "page": 2}]}
    result = {"source": "a", "data": {"v": 1}, "evidence": [{"pointer": "/v", "page": 2, "box": [0, 0, 9, 9]}]}
    judged = evaluate([result], [truth])
    assert (judged.metric("word_f1"), judged.metric("page_f1")) == (None, 1.0)


def test_evidence_that_leads_nowhere_is_told() -> None:
    """A pointer of the truth's evidence that has no value is listed."""
    truth = {"source": "a", "data": {"v": 1}, "evidence": [{"pointer": "/w", "page": 1, "box": [0, 0, 9, 9]}]}
    assert evaluate([{"source": "a", "data": {"v": 1}}], [truth]).unplaced == (("a", "/w"),)
