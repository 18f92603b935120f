"""Average precision is what pycocotools says, and nothing is printed on the way."""

from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from tests.evaluation.detection.samples import by, coco, coco_results, oracle, records
from vextract.evaluation import DetectionEvaluation, evaluate_detections

AP = ("ap", "ap50", "ap75")


def judged(results: Any, truth: Any) -> DetectionEvaluation:
    """The evaluation without intervals."""
    return evaluate_detections(results, truth, resamples=0)


def precisions(evaluation: DetectionEvaluation, before: str = "") -> list[float | None]:
    """AP, AP50 and AP75."""
    return [evaluation.metric(before + name) for name in AP]


@pytest.mark.parametrize("scored", [True, False])
def test_truth_against_itself(*, scored: bool) -> None:
    """Truth as COCO or as records against the same boxes: every measure of every label is 1."""
    dataset = coco()
    result = records(dataset, score=(lambda number: number / 100) if scored else (lambda _: None))
    for truth in (dataset, records(dataset)):
        evaluation = judged(result, truth)
        parts = [evaluation.metric(name) for name in (*AP, "f1", "precision", "recall")]
        parts += [label.metric(name) for label in evaluation.labels for name in (*AP, "f1")]
        assert parts == [1.0] * len(parts)
        assert evaluation.documents_right == 6


@pytest.mark.parametrize("shift", [(1, 0), (3, 2), (5, -4), (12, 12), (40, 25)])
@pytest.mark.parametrize("seed", [0, 1])
def test_shifted_boxes_fall_as_pycocotools_says(shift: tuple[int, int], seed: int) -> None:
    """Against shifted boxes, AP, AP50 and AP75 are exactly those of pycocotools on the same boxes, and below 1."""
    dataset = coco(seed=seed)
    moved = by(*shift)
    inside = records(dataset, lambda c: moved(c) if moved(c)[1] >= 0 else c, lambda number: (number * 37 % 101) / 101)
    expected = oracle(dataset, coco_results(dataset, inside))
    for truth in (dataset, records(dataset)):
        assert precisions(judged(inside, truth)) == pytest.approx(expected, abs=1e-12)
    assert expected[0] < 1


@pytest.mark.parametrize(
    ("size", "place"), [((874, 423), (445, 312)), ((568, 588), (283, 453)), ((318, 727), (84, 118))]
)
def test_an_overlap_that_is_just_enough(size: tuple[int, int], place: tuple[int, int]) -> None:
    """A box that overlaps by exactly 0.6 counts at 0.6, although it was written in pixels and kept in fractions."""
    truth = {
        "images": [{"id": 1, "file_name": "a.png", "width": size[0], "height": size[1]}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [*place, 100, 53], "iscrowd": 0, "area": 5300}
        ],
        "categories": [{"id": 1, "name": "cat"}],
    }
    result = records(truth, by(25, 0), lambda _: 0.5)
    expected = oracle(truth, coco_results(truth, result))
    assert expected == pytest.approx([0.3, 1.0, 0.0])
    assert precisions(judged(result, truth)) == pytest.approx(expected, abs=1e-12)


def test_labels_alone() -> None:
    """AP of a label is AP of a data set that has no other; the mean over labels is AP of all."""
    dataset = coco()
    result = records(dataset, by(6, 5), lambda number: (number * 31 % 97) / 97)
    evaluation = judged(result, dataset)
    for label in evaluation.labels:
        [category] = [c for c in dataset["categories"] if c["name"] == label.name]
        alone = {
            **dataset,
            "categories": [category],
            "annotations": [a for a in dataset["annotations"] if a["category_id"] == category["id"]],
        }
        found = [r for r in coco_results(dataset, result) if r["category_id"] == category["id"]]
        assert [label.metric(name) for name in AP] == pytest.approx(oracle(alone, found), abs=1e-12)
    each = [label.metric("ap") or 0.0 for label in evaluation.labels]
    assert evaluation.metric("ap") == pytest.approx(sum(each) / len(each))


def test_without_scores() -> None:
    """Where no object has a score, AP is that of equal scores in the order of the answer, and the result says so."""
    dataset = coco(seed=3)
    result = records(dataset, by(9, 7))
    evaluation = judged(result, dataset)
    assert (evaluation.scores, evaluation.reliability) == ("none", None)
    assert precisions(evaluation) == pytest.approx(oracle(dataset, coco_results(dataset, result)), abs=1e-12)


def test_some_without_scores() -> None:
    """Objects without a score rank behind all that have one, a score of 0 among them."""
    truth = {"source": "a.png", "pages": [{"number": 1, "width": 100, "height": 100}]}
    right = {"label": "cat", "box": [10, 10, 40, 40]}
    wrong = {"label": "cat", "box": [60, 60, 90, 90]}
    wanted = {**truth, "data": {"objects": [right]}}
    first = judged([{**truth, "data": {"objects": [wrong, {**right, "score": 0.0}]}}], [wanted])
    last = judged([{**truth, "data": {"objects": [{**wrong, "score": 0.0}, right]}}], [wanted])
    assert (first.scores, first.metric("ap50")) == ("some", 1.0)
    assert last.metric("ap50") == pytest.approx(0.5)


def test_a_page_of_many_words() -> None:
    """A page of more objects of one label than COCO looks at is 1 against itself all the same."""
    objects = [{"label": "word", "box": [x, y, x + 8, y + 8]} for x in range(0, 250, 10) for y in range(0, 100, 10)]
    page = {"source": "a", "pages": [{"number": 1, "width": 260, "height": 110}], "data": {"objects": objects}}
    assert precisions(judged([page], [page])) == [1.0, 1.0, 1.0]


def with_masks(dataset: dict[str, Any]) -> dict[str, Any]:
    """The data set with a triangle as the outline of each object."""
    for annotation in dataset["annotations"]:
        x, y, w, h = annotation["bbox"]
        annotation["segmentation"] = [[x, y, x + w, y, x, y + h]]
    return dataset


@pytest.mark.parametrize("form", ["polygons", "code"])
def test_masks(form: str) -> None:
    """Where both sides have masks, AP by masks is that of pycocotools with "segm", whether outlines or run-length codes."""
    dataset = with_masks(coco(images=3, most=5))
    result = records(dataset, by(6, 4), lambda number: (number * 37 % 101) / 101)
    found = coco_results(dataset, result)
    objects = [(record, each) for record in result for each in record["data"]["objects"]]
    for (record, each), told in zip(objects, found, strict=True):
        x, y, w, h = told["bbox"]
        page = record["pages"][0]
        polygon = [x, y, x + w, y, x, y + h]
        [code] = coco_mask.frPyObjects([polygon], page["height"], page["width"])
        told["segmentation"] = code
        each["mask"] = (
            {"polygons": [polygon]}
            if form == "polygons"
            else {"size": [page["height"], page["width"]], "counts": code["counts"].decode()}
        )
    evaluation = judged(result, dataset)
    assert precisions(evaluation, "mask_") == pytest.approx(oracle(dataset, found, "segm"), abs=1e-12)
    assert precisions(evaluation) == pytest.approx(oracle(dataset, found), abs=1e-12)
    assert precisions(evaluation) != precisions(evaluation, "mask_")
    assert evaluation.labels[0].metric("mask_ap") is not None
    for _, each in objects:
        del each["mask"]
    assert precisions(judged(result, dataset), "mask_") == [None] * 3
    assert precisions(judged(result, coco(images=3, most=5)), "mask_") == [None] * 3


def test_an_object_without_its_mask() -> None:
    """Among objects with masks one that has none covers nothing."""
    dataset = with_masks(coco(images=1, most=4, seed=2))
    result = records(dataset)
    objects = result[0]["data"]["objects"]
    for each, annotation in zip(objects[1:], dataset["annotations"][1:], strict=True):
        each["mask"] = {"polygons": annotation["segmentation"]}
    evaluation = judged(result, dataset)
    assert evaluation.metric("ap") == 1.0
    assert (evaluation.metric("mask_ap") or 0.0) < 1.0
    assert (evaluation.having_masks.truth, evaluation.having_masks.found) == (len(objects), len(objects) - 1)


def test_masks_of_another_size() -> None:
    """A mask of a picture that was made smaller is compared in the size of the truth."""
    covered = np.zeros((80, 120), dtype=np.uint8)
    covered[20:60, 30:90] = 1
    page = {"source": "a.png", "pages": [{"number": 1, "width": 120, "height": 80}]}
    code = coco_mask.encode(np.asfortranarray(covered))
    found = {"label": "cat", "box": [30, 20, 90, 60], "mask": {"size": [80, 120], "counts": code["counts"].decode()}}
    polygon = [60, 40, 180, 40, 180, 120, 60, 120]
    true = {"label": "cat", "box": [60, 40, 180, 120], "mask": {"polygons": [polygon]}}
    large = {"source": "a.png", "pages": [{"number": 1, "width": 240, "height": 160}], "data": {"objects": [true]}}
    evaluation = judged([{**page, "data": {"objects": [found]}}], [large])
    assert precisions(evaluation) == precisions(evaluation, "mask_") == [1.0, 1.0, 1.0]


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output stays empty."""
    judged(records(coco()), coco())
    assert capsys.readouterr() == ("", "")


def test_nothing_was_found() -> None:
    """Results without any object have AP 0; a truth without any has none."""
    dataset = coco()
    nothing = [{**record, "data": {"objects": []}} for record in records(dataset)]
    assert precisions(judged(nothing, dataset)) == [0.0, 0.0, 0.0]
    empty = judged(records(dataset), {**dataset, "annotations": []})
    assert precisions(empty) == [None, None, None]
    assert (empty.metric("precision"), empty.metric("recall")) == (0.0, None)
