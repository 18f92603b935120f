"""Reports of detections, read back, and their gate."""

import json
from typing import Any

import pytest
from lxml import html
from markdown_it import MarkdownIt

from tests.evaluation.detection.samples import by, coco, records
from tests.evaluation.detection.test_scoring import CAT, DOG, page
from vextract.errors import InputError
from vextract.evaluation import DetectionEvaluation, evaluate, evaluate_detections
from vextract.evaluation.detection.metrics import METRICS
from vextract.evaluation.gate import drops, incomparable, read_baseline, shortfall
from vextract.evaluation.report import FORMATS, find_render

NASTY = 'a|b <script>alert("1")</script> `*x*` \x1b[31m \ud800'


def told(evaluation: DetectionEvaluation) -> dict[str, Any]:
    """The JSON."""
    read: dict[str, Any] = json.loads(find_render("json")(evaluation, 3, None))
    return read


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_of_the_data_is_markup(form: str) -> None:
    """Labels and names come out as text, control characters visible, in every format."""
    nasty = page((NASTY, [0, 0, 9, 9]), source=NASTY)
    text = find_render(form)(evaluate_detections([nasty], [page(CAT, source=NASTY)]), 3, None)
    assert text.encode()
    assert {c for c in text if ord(c) < 32} == {"\n"}
    if form in ("md", "html"):
        shown = text if form == "html" else MarkdownIt("commonmark").enable("table").render(text)
        tree = html.fromstring(shown)
        assert any("<script>" in cell.text_content() for cell in tree.iter("td"))
        assert not list(tree.iter("script", "a", "img", "em"))


def test_a_table_says_what_was_measured() -> None:
    """The report has mAP at its thresholds, precision and recall, counts, labels, and mistakes with their boxes."""
    evaluation = evaluate_detections([page(CAT, ("wolf", DOG[1]))], [page(CAT, DOG), page(DOG, source="b.png")])
    text = find_render("table")(evaluation, 3, None)
    lines = [line.split() for line in text.splitlines()]
    assert "Detections: 2 documents, 0 without a mistake, 1 without a result" in text
    assert ["mAP@0.5:0.95", "0.500", "–"] in lines
    assert ["cat", "1.000", "1.000", "1.000", "–", "1.000", "1.000", "1", "1", "1"] in lines
    assert ["wolf", "–", "–", "0.000", "–", "0.000", "–", "0", "1", "0"] in lines
    assert ["in", "the", "right", "place", "under", "another", "label", "1"] in lines
    assert "mislabelled" in text
    assert "dog at 60, 100, 90, 190" in text
    assert "b.png (no result)" in text


@pytest.mark.parametrize("form", ["table", "md", "html"])
def test_scores_that_are_not_known(form: str) -> None:
    """Where there are no scores the report says so, and shows none."""
    text = find_render(form)(evaluate_detections([page(CAT)], [page(CAT)]), 3, None)
    assert "The results give no scores" in text
    assert "calibration" not in text
    scored = find_render(form)(evaluate_detections([page((*CAT, 0.5))], [page(CAT)]), 3, None)
    assert "no scores" not in scored


def test_json() -> None:
    """The JSON has every measure, overall and by label; a score that is not known is null."""
    read = told(evaluate_detections([page(CAT, ("wolf", DOG[1]))], [page(CAT, DOG)]))
    assert (read["format"], read["task"], read["scores"]) == (1, "detect", "none")
    assert {*METRICS} < read["overall"].keys() & read["labels"][0].keys()
    assert read["unknown_labels"] == ["wolf"]
    assert read["overall"]["mask_ap"] is None
    assert read["worst"]["documents"][0]["mistakes"] == [
        {
            "page": 1,
            "outcome": "mislabelled",
            "wanted": {"label": "dog", "box": [60, 100, 90, 190], "score": None},
            "got": {"label": "wolf", "box": [60, 100, 90, 190], "score": None},
        }
    ]


def baseline(evaluation: Any, kind: Any = "labels") -> Any:
    """The evaluation as a later run reads it."""
    return read_baseline(find_render("json")(evaluation, 0, None).encode(), "old.json", kind, METRICS)


def test_the_gate() -> None:
    """Measures that dropped, overall and by label, are named with both values; nothing drops against itself."""
    dataset = coco()
    good, worse = (evaluate_detections(records(dataset, moved), dataset, resamples=0) for moved in (by(1, 1), by(9, 9)))
    assert drops(good, baseline(good), METRICS, 0) == []
    dropped = drops(worse, baseline(good), ["ap", "ap50"], 0.01)
    assert f"overall ap {good.metric('ap'):.3f} -> {worse.metric('ap'):.3f}" in dropped
    assert any(text.startswith("red car ap ") for text in dropped)
    assert drops(good, baseline(worse), METRICS, 0) == []
    assert shortfall(worse, 1) == f"overall f1 {worse.metric('f1'):.3f} is below 1"
    other = evaluate_detections([page(CAT)], [page(CAT)])
    assert incomparable(other, baseline(good)) == ["Wheel", "red car"]


def test_a_baseline_of_the_other_kind() -> None:
    """An evaluation of fields is no baseline of detections, nor the other way round."""
    fields = evaluate([{"source": "a", "data": {"n": 1}}], [{"source": "a", "data": {"n": 1}}])
    with pytest.raises(InputError, match=r"old\.json: an evaluation of other results, without labels"):
        baseline(fields)
    with pytest.raises(InputError, match=r"without fields"):
        baseline(evaluate_detections([page(CAT)], [page(CAT)]), "fields")
