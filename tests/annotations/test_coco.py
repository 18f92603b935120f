"""COCO: what is written loads in the tools that read it, and what others wrote is read or refused."""

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.annotations.found import RING, corners, draw, found, read, record, ring, triangle, write
from vextract.annotations import find_format
from vextract.errors import InputError

# numpy 2 and the arrays of pycocotools 2.0.11: cocodataset/cocoapi has not followed its new keyword yet.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
# 4 x 3 pixels: one not covered, two covered, nine not.
_CODE = {"size": [3, 4], "counts": [1, 2, 9]}


def _loaded(path: Path) -> Any:
    from pycocotools.coco import COCO

    with redirect_stdout(StringIO()):  # it prints what it does
        return COCO(str(path))


def _written(tmp_path: Path) -> Path:
    path = tmp_path / "all.json"
    street = [
        found("cat", (0.1, 0.2, 0.35, 0.6), score=0.75),
        found("tri", (0, 0, 0.5, 0.5), mask=triangle()),
        found("ring", (0.1, 0.1, 0.3, 0.5), mask=ring(), text="a"),
    ]
    write("coco", path, [record(street, "a.png"), record([], "b.png", (7, 5)), record([found("cat", (0, 0, 1, 1))])])
    return path


def test_pycocotools_agrees(tmp_path: Path) -> None:
    """The file loads in pycocotools; boxes, areas, masks, categories and pictures are those that were found."""
    coco = _loaded(_written(tmp_path))
    assert [(p["file_name"], p["width"], p["height"]) for p in coco.imgs.values()] == [
        ("a.png", 200, 100),
        ("b.png", 7, 5),
        ("scan.png", 200, 100),
    ]
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == ["cat", "tri", "ring"]
    cat, tri, ring_ = coco.loadAnns(coco.getAnnIds(imgIds=[1]))
    assert (cat["bbox"], cat["area"], cat["segmentation"], cat["score"]) == ([20, 20, 50, 40], 2000, [], 0.75)
    assert "score" not in tri
    for each in (tri, ring_):
        assert each["area"] == coco.annToMask(each).sum()
    assert ring_["area"] == 40 * 40 - 10 * 10
    rows, columns = np.nonzero(coco.annToMask(ring_))
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == RING
    assert not coco.getAnnIds(imgIds=[2])
    assert coco.getAnnIds(catIds=[1]) == [1, 4]


def test_pycocotools_scores_it(tmp_path: Path) -> None:
    """Boxes that are judged against themselves have an average precision of 1; pushed by a third of their width, less."""
    from pycocotools.cocoeval import COCOeval

    truth = _loaded(_written(tmp_path))

    def precision(by: float) -> float:
        told = [
            {**each, "score": 1.0, "bbox": [each["bbox"][0] + by * each["bbox"][2], *each["bbox"][1:]]}
            for each in truth.anns.values()
        ]
        with redirect_stdout(StringIO()):
            judged = COCOeval(truth, truth.loadRes(told), "bbox")
            judged.evaluate()
            judged.accumulate()
            judged.summarize()
        return float(judged.stats[0])

    assert precision(0) == pytest.approx(1)
    assert precision(1 / 3) < 0.3


def test_supervision_reads_it(tmp_path: Path) -> None:
    """The file loads in supervision with the same boxes and labels, and the masks of objects that have one."""
    import supervision

    path = _written(tmp_path)
    dataset = supervision.DetectionDataset.from_coco(str(tmp_path), str(path))
    [first, second, _] = [dataset.annotations[str(tmp_path / name)] for name in ("a.png", "b.png", "scan.png")]
    assert [dataset.classes[number] for number in first.class_id] == ["cat", "tri", "ring"]
    assert first.xyxy == pytest.approx(np.array([[20, 20, 70, 60], [0, 0, 100, 50], [20, 10, 60, 50]]), abs=1e-4)
    assert first.mask[2].sum() == 1500
    assert len(second) == 0


def _dataset(**objects: object) -> dict[str, Any]:
    told = {"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 0, 2, 2]} | objects
    pictures = [{"id": 1, "file_name": "x.jpg", "width": 4, "height": 3}]
    return {"images": pictures, "annotations": [told], "categories": [{"id": 3, "name": "cat"}]}


def _of(tmp_path: Path, value: object) -> Any:
    path = tmp_path / "given.json"
    path.write_text(json.dumps(value))
    return read("coco", path)


@pytest.mark.parametrize("counts", [_CODE["counts"], "120"])
def test_run_length_codes(tmp_path: Path, counts: object) -> None:
    """A code that is not compressed is the same mask as the compressed one, crowd or not; without a box it gives the box."""
    segmentation = {"size": _CODE["size"], "counts": counts if isinstance(counts, list) else _packed()}
    [told] = _of(tmp_path, _dataset(segmentation=segmentation, bbox=None, iscrowd=1))
    assert told.data.objects[0].mask.rle.counts == _packed()
    assert corners(told) == [("cat", (0, 1, 1, 3))]


def _packed() -> str:
    from pycocotools import mask as coco_mask

    return str(coco_mask.frPyObjects(_CODE, 3, 4)["counts"].decode())


def test_a_flat_list_is_one_polygon(tmp_path: Path) -> None:
    """Some tools leave out the outer list; what has fewer than three points is no outline."""
    [told] = _of(tmp_path, _dataset(segmentation=[0, 0, 4, 0, 0, 3]))
    assert told.data.objects[0].mask.polygons == (((0, 0), (1, 0), (0, 1)),)
    [told] = _of(tmp_path, _dataset(segmentation=[[0, 0, 4, 0]]))
    assert told.data.objects[0].mask is None


def test_scores_on_another_scale_are_unknown(tmp_path: Path) -> None:
    """87 of whatever is no score; 0.87 is one."""
    assert _of(tmp_path, _dataset(score=87))[0].data.objects[0].score is None
    assert _of(tmp_path, _dataset(score=0.87))[0].data.objects[0].score == 0.87


def test_pictures_beside_the_file_are_the_sources(tmp_path: Path) -> None:
    """A picture that is found is named by its path, and measured where the file does not say how large it is."""
    dataset = _dataset()
    dataset["images"] = [{"id": 1, "file_name": "x.png"}]
    draw(tmp_path / "images" / "x.png", (8, 6))
    [told] = _of(tmp_path, dataset)
    assert told.source == str(tmp_path / "images" / "x.png")
    assert (told.pages[0].width_px, told.pages[0].height_px) == (8, 6)


@pytest.mark.parametrize(
    ("objects", "problem"),
    [
        ({"image_id": 2}, "picture 2, which is not listed"),
        ({"category_id": 9}, "category 9, which is not listed"),
        ({"bbox": [0, 0, -1, 1]}, "negative"),
        ({"bbox": None}, "neither a box nor an outline"),
        ({"bbox": [0, 0, 1]}, "bbox"),
        ({"segmentation": {"size": [3, 4], "counts": [1, 2, 3]}}, "does not make up"),
        ({"segmentation": {"size": [3, 4], "counts": [13, -1]}}, "does not make up"),
        ({"segmentation": {"size": [4, 3], "counts": [12]}}, "3 x 4"),
        ({"segmentation": {"size": [3, 4], "counts": "~~~~"}}, "character"),
        ({"segmentation": {"size": [3, 4], "counts": "oooo"}}, "ends within a number"),
        ({"segmentation": {"size": [3, 4], "counts": "P" * 40}}, "character"),
    ],
)
def test_what_cannot_be_understood_is_refused(tmp_path: Path, objects: dict[str, object], problem: str) -> None:
    """One line says what is wrong; no code from outside reaches pycocotools unless it makes up the picture."""
    with pytest.raises(InputError, match=problem):
        _of(tmp_path, _dataset(**objects))


def test_codes_of_pycocotools_pass_the_check(tmp_path: Path) -> None:
    """Runs that go up and down, over many lengths, are read as pycocotools wrote them."""
    from pycocotools import mask as coco_mask

    pixels = np.asfortranarray(np.random.default_rng(1).integers(0, 2, (90, 70), np.uint8))
    pixels[20:60, 5:9] = 1
    counts = coco_mask.encode(pixels)["counts"].decode()
    dataset = _dataset(segmentation={"size": [90, 70], "counts": counts})
    dataset["images"][0] |= {"width": 70, "height": 90}
    [told] = _of(tmp_path, dataset)
    assert told.data.objects[0].mask.rle.counts == counts


def test_a_missing_size_needs_the_picture(tmp_path: Path) -> None:
    """Without width and height, and without the picture, boxes mean nothing."""
    dataset = _dataset()
    dataset["images"] = [{"id": 1, "file_name": "x.png"}]
    with pytest.raises(InputError, match="size"):
        _of(tmp_path, dataset)


def test_no_json(tmp_path: Path) -> None:
    """A file that is cut off is an InputError."""
    (tmp_path / "cut.json").write_text('{"images": [')
    with pytest.raises(InputError, match="COCO"):
        list(find_format("coco").read(tmp_path / "cut.json"))
