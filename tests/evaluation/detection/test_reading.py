"""Results and truth as they come in files."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.errors import InputError
from vextract.evaluation import evaluate_detections
from vextract.evaluation.detection.coco_truth import truth_images
from vextract.evaluation.detection.reading import as_documents, as_truth, holds_detections, read_values

RESULT: dict[str, Any] = {
    "source": "x/a.png",
    "task": "detect",
    "pages": [{"number": 1, "width": 100, "height": 50}],
    "data": {"objects": [{"label": "cat", "box": [10, 5, 60, 30]}]},
}


def annotated(**change: Any) -> dict[str, Any]:
    """COCO annotations of one object, changed."""
    annotation = {"id": 0, "image_id": 3, "category_id": 4, "bbox": [10, 5, 50, 25], "iscrowd": 0} | change
    return {
        "images": [{"id": 3, "file_name": "a.png", "width": 100, "height": 50}],
        "annotations": [annotation],
        "categories": [{"id": 4, "name": "cat"}],
    }


@pytest.mark.parametrize(
    ("value", "is_so"),
    [
        (RESULT, True),
        ({"source": "a", "task": "detect", "data": None}, True),
        ({"source": "a", "data": {"objects": []}}, True),
        ({"source": "a", "task": "extract", "data": RESULT["data"]}, False),
        ({"source": "a", "data": {"objects": [{"name": "chair"}]}}, False),
        ({"source": "a", "data": {"objects": 3}}, False),
        ({"source": "a", "data": None}, False),
        ([], False),
        (3, False),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_what_is_of_detect(value: object, is_so: bool, indent: int | None) -> None:  # noqa: FBT001  a parameter of the table
    """A file is of detect if its first record says so, or says nothing and has objects with labels and boxes."""
    content = json.dumps(value, indent=indent).encode()
    assert holds_detections(content) == is_so
    assert holds_detections(b"[" + content + b"]") == is_so
    if indent is None:
        assert holds_detections(b"\n" + content + b'\n{"oops\n') == is_so


def test_files_that_are_none() -> None:
    """What is no JSON is not of detect, and is told with its line when read."""
    assert not holds_detections(b"")
    assert not holds_detections(b"{oops")
    with pytest.raises(InputError, match=r"r\.jsonl:3: not JSON"):
        read_values(json.dumps(RESULT).encode() + b"\n\n{oops\n", "r.jsonl")
    with pytest.raises(InputError, match=r"r\.jsonl: no lines"):
        read_values(b"\n\n", "r.jsonl")


def test_truth_by_hand() -> None:
    """Truth may leave out what is unknown, and the pages where they are as in the results."""
    truth = {"source": "a.png", "data": {"objects": [{"label": "cat", "box": [10, 5, 60, 30]}]}}
    assert evaluate_detections([RESULT], [truth]).metric("ap") == 1.0
    in_fractions = {
        "source": "a.png",
        "box_unit": "fraction",
        "data": {"objects": [{"label": "cat", "box": [0.1, 0.1, 0.6, 0.6]}]},
    }
    assert evaluate_detections([RESULT], [in_fractions]).metric("ap") == 1.0
    with pytest.raises(InputError, match="says nothing of that page"):
        evaluate_detections([RESULT], [truth | {"source": "z.png"}])


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        ([{"source": "a.png", "task": "extract", "data": {"total": 1}}], "truth[0]: not a record of detect, 'a.png'"),
        ([{"source": "a.png", "task": "detect", "data": None}], "truth[0]: the truth of 'a.png' has no data"),
        ([3], "truth[0]: not a record of detect"),
        ([], "the truth is empty"),
        ({"images": [], "annotations": [], "categories": []}, "the truth is empty"),
        ([RESULT, RESULT], "truth[1]: source 'x/a.png' was at truth[0] already"),
    ],
)
def test_what_is_no_truth(truth: Any, said: str) -> None:
    """It is refused with its place."""
    with pytest.raises(InputError) as caught:
        evaluate_detections([RESULT], truth)
    assert said in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image_id": 9}, "annotations.0: no image has the id 9"),
        ({"category_id": "x"}, "annotations.0: no category has the id 'x'"),
        ({"bbox": [1, 2, 3]}, "annotations.0: [1.0, 2.0, 3.0] is no bbox"),
        ({"bbox": [1, 2, -3, 4]}, "is no bbox"),
        ({"bbox": None}, "annotations.0: None is no bbox"),
        ({"bbox": ["a"]}, "annotations.0.bbox"),
        ({"segmentation": {"size": [50, 100], "counts": [1, 2]}}, "does not make up 100 x 50 pixels"),
        ({"segmentation": {"size": [50, 100], "counts": "0X"}}, "annotations.0"),
        ({"segmentation": {"size": [100, 50], "counts": [5000]}}, "the mask is 50 x 100 pixels, its page 100 x 50"),
        ({"segmentation": [[0, 0, 1e9, 0, 5, 1e9]]}, "leaves its image of 100 x 50 pixels far behind"),
    ],
)
def test_annotations_that_cannot_be(change: dict[str, Any], said: str) -> None:
    """They are refused by number."""
    with pytest.raises(InputError) as caught:
        truth_images(annotated(**change), "truth.json")
    assert said in caught.value.message
    assert caught.value.message.startswith("truth.json: ")


@pytest.mark.parametrize(
    "segmentation",
    [
        [[10, 5, 60, 5, 60, 30, 10, 30]],
        [10, 5, 60, 5, 60, 30, 10, 30],
        {"size": [50, 100], "counts": [10 * 50 + 5, *[25, 25] * 49, 25, 20 + 40 * 50]},
    ],
)
@pytest.mark.parametrize("bbox", [None, [], [10, 5, 50, 25]])
def test_forms_of_masks(segmentation: Any, bbox: Any) -> None:
    """Outlines, an outline without its list, and plain run lengths are the same mask; a box that is not told is the mask's."""
    [image] = truth_images(annotated(segmentation=segmentation, bbox=bbox), "t")
    [each] = image.picture.objects
    assert each.xywh == (10, 5, 50, 25)
    result = {
        **RESULT,
        "data": {"objects": [{**RESULT["data"]["objects"][0], "mask": {"polygons": [[10, 5, 60, 5, 60, 30, 10, 30]]}}]},
    }
    assert evaluate_detections([result], annotated(segmentation=segmentation, bbox=bbox)).metric("mask_ap") == 1.0


@pytest.mark.parametrize("segmentation", [None, [], [[]], [[1, 2, 3, 4]]])
def test_no_mask(segmentation: Any) -> None:
    """What encloses nothing is no mask."""
    [image] = truth_images(annotated(segmentation=segmentation), "t")
    assert image.picture.objects[0].segmentation is None


@given(st.text(alphabet=[chr(code) for code in range(48, 112)], max_size=12))
def test_any_run_length_code_ends(counts: str) -> None:
    """A code that is not of its page is refused; COCO's tools would compare it for ever."""
    mask = {"size": [50, 100], "counts": counts}
    result = {**RESULT, "data": {"objects": [{"label": "cat", "box": [0, 0, 9, 9], "mask": mask}]}}
    truth = annotated(segmentation=[[10, 5, 60, 5, 60, 30]])
    with suppress(InputError):
        assert evaluate_detections([result], truth, resamples=0).metric("mask_ap") is not None


def test_kinds_of_truth() -> None:
    """Truth is told by its content: COCO annotations are images, all else is documents."""
    results = as_documents([(RESULT, "r")])
    assert [image.file_name for image in as_truth([(annotated(), "t")], results) if hasattr(image, "file_name")] == [
        "a.png"
    ]
    assert [one.source for one in as_truth([(RESULT, "t")], results) if hasattr(one, "source")] == ["x/a.png"]
