"""Evaluations as a whole, against numbers computed by hand."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vextract.evaluation
from vextract.errors import InputError
from vextract.evaluation import Evaluation, evaluate
from vextract.evaluation.metrics import METRICS
from vextract.schema.fields import FieldSpec
from vextract.types import Box, Evidence, PageRef, Record, Usage

TRUTH: list[dict[str, Any]] = [
    {
        "source": "in/a.png",
        "data": {
            "vendor": "Thistle",
            "date": "2024-03-01",
            "vat": None,
            "items": [{"name": "bread"}, {"name": "milk"}],
        },
        "evidence": [
            {"pointer": "/vendor", "page": 1, "box": [100, 100, 200, 120]},
            {"pointer": "/date", "page": 1, "box": [100, 200, 200, 220]},
            {"pointer": "/items/0/name", "page": 2, "box": [0, 0, 50, 10]},
        ],
    },
    {"source": "in/b.png", "data": {"vendor": "Corner Shop", "date": "2024-04-02", "vat": "DE1", "items": []}},
    {"source": "in/c.png", "data": {"vendor": "Nobody", "date": None, "vat": None, "items": []}},
]
RESULTS: list[dict[str, Any]] = [
    {
        "source": "a.png",
        "data": {"vendor": "THISTLE", "date": "2024-03-07", "vat": None, "items": [{"name": "milk"}, {"name": "brad"}]},
        "evidence": [
            # Shifted by a third of its width: IoU 67/133, just over a half.
            {"pointer": "/vendor", "page": 1, "box": [133, 100, 233, 120], "match": "exact", "confidence": 0.95},
            {"pointer": "/date", "page": 1, "box": [100, 200, 200, 220], "match": "fuzzy", "confidence": 0.35},
            {"pointer": "/items/0/name", "page": 1, "box": [0, 0, 9, 9], "match": "exact", "confidence": 0.9},
            {"pointer": "/items/1/name", "page": 2, "box": [0, 0, 50, 10], "match": "none", "confidence": None},
        ],
        "pages": [{"number": 1, "width": 1000, "height": 1000}, {"number": 2, "width": 1000, "height": 1000}],
        "usage": {"cost_usd": 0.004},
        "seconds": 3.0,
    },
    {"source": "b.png", "data": {"vendor": "Corner Shop", "date": None, "vat": "DE1", "items": [{"name": "jam"}]}},
]


@pytest.fixture(scope="module")
def example() -> Evaluation:
    """The evaluation of RESULTS."""
    return evaluate(RESULTS, TRUTH)


def test_counts(example: Evaluation) -> None:
    """Three documents: 4 right, 2 wrong, 2 missing, 1 spurious, 1 null agreed; nobody's nulls are not."""
    counts = example.counts
    assert (counts.right, counts.wrong, counts.missing, counts.spurious, counts.null_agreed) == (4, 2, 2, 1, 1)
    assert example.missing == ("in/c.png",)
    assert example.extra == ()
    assert example.documents_right == 0


def test_measures(example: Evaluation) -> None:
    """P = 4/7, R = 4/8, F1 = 8/15, accuracy = 5/10, ANLS = (1 + 1 + 0.8 + 1 + 1 + 0) / 6."""
    assert example.metric("precision") == pytest.approx(4 / 7)
    assert example.metric("recall") == pytest.approx(4 / 8)
    assert example.metric("f1") == pytest.approx(8 / 15)
    assert example.metric("accuracy") == pytest.approx(5 / 10)
    assert example.metric("anls") == pytest.approx(4.8 / 6)


def test_fields(example: Evaluation) -> None:
    """Fields come in the order of the truth; a date has no ANLS."""
    assert [field.name for field in example.fields] == ["vendor", "date", "vat", "items[].name"]
    vendor, date, vat, name = (field.counts for field in example.fields)
    assert vendor.metric("f1") == pytest.approx(2 * 2 / (2 * 2 + 1))
    assert (date.wrong, date.missing, date.metric("anls")) == (1, 1, None)
    assert (vat.right, vat.null_agreed, vat.metric("f1")) == (1, 1, 1.0)
    assert (name.right, name.wrong, name.spurious) == (1, 1, 1)


def test_grounding(example: Evaluation) -> None:
    """Of three true boxes two are met by the two that were found; of three true pages two."""
    counts = example.counts
    assert (counts.word_truth, counts.word_found, counts.word_matched) == (3, 2, 2)
    assert example.metric("word_f1") == pytest.approx(2 * 2 / (3 + 2))
    assert (counts.page_truth, counts.page_found, counts.page_matched) == (3, 2, 2)
    assert (counts.traceable_right, counts.located_right) == (2, 2)
    assert (counts.traceable_wrong, counts.located_wrong) == (2, 1)
    assert (counts.boxed_right, counts.placed_right) == (1, 1)


def test_reliability(example: Evaluation) -> None:
    """Confidences 0.95 and 0.9 are of right values, 0.35 of a wrong one."""
    assert example.reliability
    low, high = example.reliability.bins
    assert (low.low, low.count, low.mean_confidence, low.right_share) == (0.3, 1, 0.35, 0)
    assert (high.high, high.count, high.right_share) == (1.0, 2, 1.0)
    assert example.reliability.expected_calibration_error == pytest.approx((0.35 + 0.05 + 0.1) / 3)


def test_economy(example: Evaluation) -> None:
    """Cost and seconds are per page, over those that state them; a plain line states nothing."""
    economy = example.economy
    assert (economy.pages, economy.cost_usd_per_page, economy.seconds_per_page) == (2, 0.002, 1.5)
    unknown = evaluate(RESULTS[1:], TRUTH).economy
    assert (unknown.cost_usd_per_page, unknown.seconds_per_page, unknown.documents_with_cost) == (None, None, 0)


def test_intervals_hold_the_point(example: Evaluation) -> None:
    """Each interval holds what was measured; none is given for what one document alone can tell."""
    low, high = example.intervals["f1"] or (1, 0)
    assert low <= (example.metric("f1") or -1) <= high
    assert low < high
    assert example.intervals["word_f1"] is None
    assert evaluate(RESULTS[:1], TRUTH[:1]).intervals == dict.fromkeys(METRICS)


def test_the_seed_decides_the_intervals() -> None:
    """The same seed gives the same intervals, another seed others; the measures do not change."""
    truth = [{"source": str(i), "data": {"a": "x", "b": i}} for i in range(12)]
    results = [{"source": str(i), "data": {"a": "x" if i % 3 else "y", "b": i * (i % 4 > 0)}} for i in range(12)]
    one, again, other = (evaluate(results, truth, seed=seed, resamples=60) for seed in (1, 1, 2))
    assert one == again
    assert one.intervals != other.intervals
    assert one.counts == other.counts


def test_an_interval_computed_by_hand() -> None:
    """Two documents, one all right and one all wrong: F1 is 0, 1/2 or 1, so the interval is all."""
    truth = [{"source": name, "data": {"v": 1}} for name in "ab"]
    results = [{"source": "a", "data": {"v": 1}}, {"source": "b", "data": {"v": 2}}]
    assert evaluate(results, truth).intervals["f1"] == (0.0, 1.0)


def test_documents_with_nothing_in_them() -> None:
    """Where neither truth nor result has a value there is nothing to measure, and nothing is made up."""
    empty = evaluate([{"source": "a", "data": {}}], [{"source": "a", "data": {}}])
    assert empty.metric("f1") is None
    assert empty.metric("accuracy") == 1.0
    absent = evaluate([{"source": "a", "data": None}], [{"source": "a", "data": {"v": None}}])
    assert absent.metric("accuracy") is None
    assert absent.documents_right == 1


def test_records_of_the_library() -> None:
    """Record objects are taken as they are; their boxes are fractions, the truth's pixels."""
    page = PageRef("x.png", 1, 1000, 500)
    evidence = Evidence("/v", 1, Box(0.1, 0.2, 0.3, 0.4), "7", "exact", 0.5)
    record = Record(
        "x.png", None, "extract", None, "ok", {"v": 7}, (page,), (evidence,), usage=Usage(cost_usd=0.5), seconds=2
    )
    truth = {
        "source": "x.png",
        "data": {"v": 7},
        "evidence": [{"pointer": "/v", "page": 1, "box": [100, 100, 300, 200]}],
    }
    judged = evaluate([record], [truth])
    assert judged.metric("word_f1") == 1.0
    assert judged.economy.cost_usd_per_page == 0.5
    assert evaluate([record], [record]).metric("f1") == 1.0


def test_the_schema_is_used() -> None:
    """A number that the truth writes as text is compared as a number where the schema says so."""
    truth, results = [{"source": "a", "data": {"v": "1,000"}}], [{"source": "a", "data": {"v": "1000.00"}}]
    spec = FieldSpec("Doc", "object", fields=(FieldSpec("v", "number"),))
    assert evaluate(results, truth).metric("f1") == 0
    assert evaluate(results, truth, spec).metric("f1") == 1


def test_no_truth_is_an_input_error() -> None:
    """Nothing can be measured without truth."""
    with pytest.raises(InputError, match="empty"):
        evaluate([], [])


def test_the_package_exports_what_it_says() -> None:
    """Every name of __all__ is there, before and after the modules are loaded."""
    assert callable(vextract.evaluation.evaluate)
    assert vextract.evaluation.Evaluation is Evaluation
    with pytest.raises(AttributeError):
        _ = vextract.evaluation.nothing  # type: ignore[attr-defined]


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
ITEMS = st.lists(st.dictionaries(st.sampled_from("abc"), SCALARS, min_size=1), max_size=5)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(TREES)
def test_truth_against_itself_is_perfect(data: Any) -> None:
    """Whatever the data, every measure that can be taken is 1."""
    line = {"source": "a", "data": data}
    judged = evaluate([line], [line], resamples=0)
    assert {judged.metric(name) for name in METRICS} <= {1.0, None}
    assert not judged.documents[0].mistakes


@given(ITEMS, st.randoms())
def test_the_order_of_items_does_not_count(items: list[dict[str, Any]], chance: random.Random) -> None:
    """A shuffled list of objects is as good as the list."""
    shuffled = chance.sample(items, len(items))
    judged = evaluate([{"source": "a", "data": {"l": shuffled}}], [{"source": "a", "data": {"l": items}}], resamples=0)
    assert judged.metric("f1") in (1.0, None)


WORDS = st.lists(st.text("abcdef", min_size=3, max_size=8), min_size=1, max_size=6, unique=True)


@given(WORDS, st.randoms())
def test_items_that_are_printed_otherwise_are_aligned(words: list[str], chance: random.Random) -> None:
    """Items that are only tolerably the same find each other, whatever their order."""
    truth = [{"name": word, "n": i + 0.5} for i, word in enumerate(words)]
    found: list[dict[str, Any]] = [{"name": f" {w.upper()}.", "n": f"{i}.50"} for i, w in enumerate(words)]
    chance.shuffle(found)
    judged = evaluate([{"source": "a", "data": found}], [{"source": "a", "data": truth}], resamples=0)
    assert judged.metric("f1") == 1.0
    assert judged.metric("anls") == 1.0


@given(TREES, TREES)
def test_measures_are_shares(truth: Any, data: Any) -> None:
    """Whatever is compared, every measure is None or in 0..1, and the counts add up."""
    judged = evaluate([{"source": "a", "data": data}], [{"source": "a", "data": truth}], resamples=0)
    assert all(value is None or 0 <= value <= 1 for value in map(judged.metric, METRICS))
    assert json.dumps(judged.counts.as_dict())
