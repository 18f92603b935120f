"""What is counted, and what is told of what could not be."""

from typing import Any

import pytest

from tests.evaluation.detection.samples import by, coco, records
from vextract.errors import InputError
from vextract.evaluation import evaluate, evaluate_detections
from vextract.records import as_record

SIZE = {"number": 1, "width": 100, "height": 200}


def page(*objects: Any, source: str = "a.png", **more: Any) -> dict[str, Any]:
    """A record with objects given as (label, box) or (label, box, score)."""
    told = [dict(zip(("label", "box", "score"), each, strict=False)) for each in objects]
    return {"source": source, "pages": [SIZE], "data": {"objects": told}} | more


CAT = ("cat", [10, 10, 50, 50])
DOG = ("dog", [60, 100, 90, 190])


def test_labels_are_the_same_but_for_case_and_space() -> None:
    """Labels match whatever their case, width of letters and space; they are told as the truth spells them."""
    truth = page(("Red  car", [0, 0, 9, 9]), ("Straße", [20, 20, 40, 40]))
    evaluation = evaluate_detections([page((" red car", [0, 0, 9, 9]), ("ＳＴＲＡＳＳＥ", [20, 20, 40, 40]))], [truth])
    assert [(label.name, label.counts.matched) for label in evaluation.labels] == [("Red car", 1), ("Straße", 1)]
    assert (evaluation.metric("f1"), evaluation.metric("ap"), evaluation.unknown_labels) == (1.0, 1.0, ())


def test_a_label_that_the_truth_does_not_have() -> None:
    """It is told, counts against precision, has no AP, and leaves mAP as pycocotools has it."""
    evaluation = evaluate_detections([page(CAT, ("lynx", [60, 100, 90, 190]))], [page(CAT)])
    assert evaluation.unknown_labels == ("lynx",)
    [cat, lynx] = evaluation.labels
    assert (lynx.metric("ap"), lynx.metric("precision"), lynx.metric("recall")) == (None, 0.0, None)
    assert (evaluation.metric("ap"), evaluation.metric("precision"), evaluation.metric("recall")) == (1.0, 0.5, 1.0)
    assert cat.metric("f1") == 1.0


def test_the_right_place_under_another_label() -> None:
    """It is a miss of one label and an invention of the other, and told as mislabelled with both."""
    evaluation = evaluate_detections([page(CAT, ("wolf", DOG[1]))], [page(CAT, DOG)])
    c = evaluation.counts
    assert (c.truth, c.found, c.matched, c.mislabelled) == (2, 2, 1, 1)
    [mistake] = evaluation.documents[0].mistakes
    assert mistake.wanted
    assert mistake.got
    assert (mistake.outcome, mistake.wanted.label, mistake.got.label) == ("mislabelled", "dog", "wolf")
    assert evaluation.metric("f1") == 0.5


def test_as_many_pairs_as_can_be() -> None:
    """Of boxes that overlap each other, the pairing is the one of most pairs, in whatever order they come."""
    # Each of the first two overlaps one box by 0.50 and the next by 0.90, the third only the last, by 0.50.
    true = [("cat", [x, 0, x + 100, 10]) for x in (0, 38, 76)]
    found = [("cat", [x, 0, x + 100, 10]) for x in (33, 71, 109)]
    wide = [SIZE | {"width": 300}]
    for results in (found, found[::-1]):
        evaluation = evaluate_detections([page(*results, pages=wide)], [page(*true, pages=wide)])
        assert evaluation.counts.matched == 3


@pytest.mark.parametrize("answer", [[], [page(data=None, task="detect")]])
def test_missing_documents_count_as_missed(answer: list[Any]) -> None:
    """A document without result, or whose result failed, is told, and all its objects are missing."""
    results = [page(CAT, source="b.png"), *answer]
    evaluation = evaluate_detections(results, [page(CAT, DOG), page(CAT, source="b.png")])
    assert (evaluation.missing, evaluation.without_data) == ((), ("a.png",)) if answer else (("a.png",), ())
    assert (evaluation.counts.truth, evaluation.counts.matched) == (3, 1)
    assert evaluation.metric("recall") == pytest.approx(1 / 3)
    assert (evaluation.metric("precision"), evaluation.documents_right) == (1.0, 1)
    [cat, dog] = evaluation.labels
    assert [cat.metric("ap50"), dog.metric("ap50")] == pytest.approx([0.5, 0.0], abs=0.01)


def test_documents_without_truth() -> None:
    """They are told and not counted."""
    evaluation = evaluate_detections([page(CAT), page(CAT, DOG, source="z.png")], [page(CAT)])
    assert (evaluation.extra, evaluation.counts.found) == (("z.png",), 1)


def test_pages() -> None:
    """Objects are compared page by page; pages that one side lacks are told, missed in the result and not counted in the truth."""
    pages = [SIZE, SIZE | {"number": 2}, SIZE | {"number": 3}]
    objects = [{"page": number, "label": "cat", "box": CAT[1]} for number in (1, 2, 3)]
    truth = {"source": "a.pdf", "pages": pages[:2], "data": {"objects": objects[:2]}}
    result = {"source": "a.pdf", "pages": pages[1:], "data": {"objects": objects[1:]}}
    evaluation = evaluate_detections([result], [truth])
    assert evaluation.missing_pages == (("a.pdf", 1),)
    assert evaluation.extra_pages == (("a.pdf", 3),)
    assert (evaluation.counts.truth, evaluation.counts.found, evaluation.counts.matched) == (2, 1, 1)


def crowded(*found: tuple[str, list[int]]) -> Any:
    """The evaluation against a cat and a crowd of cats at the right, (50, 0) to (100, 100)."""
    boxes = [([0, 0, 20, 20], 0), ([50, 0, 50, 100], 1)]
    truth = {
        "images": [{"id": 1, "file_name": "a.png", "width": 100, "height": 200}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [
            {"id": i, "image_id": 1, "category_id": 1, "bbox": b, "iscrowd": c} for i, (b, c) in enumerate(boxes)
        ],
    }
    return evaluate_detections([page(*found)], truth)


def test_crowds() -> None:
    """A crowd is no object to be found; objects of its label that lie in it are neither right nor wrong, however many."""
    evaluation = crowded(("cat", [0, 0, 20, 20]), ("cat", [60, 10, 70, 20]), ("cat", [80, 10, 90, 20]))
    c = evaluation.counts
    assert (c.truth, c.found, c.matched, c.in_crowd) == (1, 1, 1, 2)
    assert (evaluation.metric("f1"), evaluation.metric("ap"), evaluation.documents_right) == (1.0, 1.0, 1)


def test_beside_a_crowd() -> None:
    """What lies beside a crowd, or has another label, is spurious."""
    evaluation = crowded(("cat", [0, 0, 20, 20]), ("cat", [30, 10, 55, 20]), ("dog", [60, 10, 70, 20]))
    assert (evaluation.counts.found, evaluation.counts.in_crowd, evaluation.counts.matched) == (3, 0, 1)


def test_another_size_of_the_same_picture() -> None:
    """Boxes of a picture that was made smaller are compared in the size of the truth."""
    half = page(("cat", [5, 5, 25, 25]), pages=[{"number": 1, "width": 50, "height": 100}])
    assert evaluate_detections([half], [page(CAT)]).metric("ap") == 1.0


@pytest.mark.parametrize("size", [(200, 100), (50, 120), (100, 100)])
def test_another_picture(size: tuple[int, int]) -> None:
    """A picture of another shape, such as one that was turned, is an error that names the page and both sizes."""
    turned = page(pages=[{"number": 1, "width": size[0], "height": size[1]}])
    with pytest.raises(InputError, match=rf"page 1 of 'a\.png': {size[0]} x {size[1]} pixels .*100 x 200"):
        evaluate_detections([turned], [page(CAT)])


def test_reliability() -> None:
    """Scores are held against being right."""
    evaluation = evaluate_detections([page((*CAT, 0.9), (*DOG, 0.8))], [page(CAT)])
    assert evaluation.scores == "all"
    assert evaluation.reliability
    assert [(b.count, b.right_share) for b in evaluation.reliability.bins] == [(1, 0.0), (1, 1.0)]


def test_intervals() -> None:
    """Precision, recall and F1 have intervals around them, reproducible by seed; none with fewer than two documents."""
    dataset = coco(images=12)
    result = records(dataset, by(20, 20))
    one, same, other = (evaluate_detections(result, dataset, seed=seed, resamples=200) for seed in (1, 1, 2))
    assert one.intervals == same.intervals != other.intervals
    for name in ("f1", "precision", "recall"):
        interval = one.intervals[name]
        assert interval
        assert 0 < interval[0] < (one.metric(name) or 0.0) < interval[1] < 1
    assert one.labels[0].f1_interval
    single = evaluate_detections([page(CAT)], [page(CAT)])
    assert (single.intervals["f1"], single.labels[0].f1_interval) == (None, None)


def test_record_objects() -> None:
    """Records of a run are taken as they are, and judged as their JSON is."""
    dataset = coco()
    pages = {"dpi": None, "time_s": None}
    for line in (lines := records(dataset, by(4, 4))):
        line["pages"] = [line["pages"][0] | pages]
        line["data"]["counts"] = {}
        for each in line["data"]["objects"]:
            each |= {"text": None, "mask": None}
    given = [as_record(line, "here") for line in lines]
    assert evaluate_detections(given, dataset) == evaluate_detections(lines, dataset)
    with pytest.raises(InputError, match="a record of detect") as caught:
        evaluate(given, given)
    assert "evaluate_detections" in caught.value.hint
