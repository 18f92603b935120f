"""labelme: its files of all shapes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.annotations.found import RING, corners, draw, found, read, record, ring, triangle, write
from vextract.annotations import told_format
from vextract.detection import Mask
from vextract.errors import InputError

# numpy 2 and the arrays of pycocotools 2.0.11: cocodataset/cocoapi has not followed its new keyword yet.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def _shapes(root: Path) -> Any:
    return json.loads((root / "a.json").read_text("utf-8"))


def test_supervision_reads_it(tmp_path: Path) -> None:
    """The folder loads in supervision with rectangles and polygons at their places."""
    import supervision

    street = [found("dog", (0.1, 0.2, 0.35, 0.6)), found("tri", (0, 0, 0.5, 0.5), mask=triangle())]
    write("labelme", tmp_path, [record(street, "a.png")], pictures=True)
    dataset = supervision.DetectionDataset.from_labelme(str(tmp_path), str(tmp_path))
    [_, _, told] = next(iter(dataset))
    assert [dataset.classes[number] for number in told.class_id] == ["dog", "tri"]
    assert told.xyxy == pytest.approx(np.array([[20, 20, 70, 60], [0, 0, 100, 50]]), abs=1e-3)


def test_the_file(tmp_path: Path) -> None:
    """It has what labelme asks for; texts are descriptions, scores are there where they are known; parts share a group."""
    parts = Mask((*triangle().polygons, ((0.6, 0.6), (0.9, 0.6), (0.9, 0.9))))
    street = [found("code", (0, 0, 1, 1), score=0.5, text="4711"), found("tri", (0, 0, 0.9, 0.9), mask=parts)]
    write("labelme", tmp_path, [record(street, "a.png")], pictures=True)
    told = _shapes(tmp_path)
    assert (told["imagePath"], told["imageWidth"], told["imageHeight"]) == ("a.png", 200, 100)
    assert (told["imageData"], told["flags"]) == (None, {})
    code, *tris = told["shapes"]
    assert (code["shape_type"], code["points"], code["description"], code["score"]) == (
        "rectangle",
        [[0, 0], [200, 100]],
        "4711",
        0.5,
    )
    assert [(each["shape_type"], each["group_id"], "score" in each) for each in tris] == [("polygon", 1, False)] * 2
    [back] = read("labelme", tmp_path)
    assert corners(back) == [("code", (0, 0, 200, 100)), ("tri", (0, 0, 180, 90))]


def test_masks(tmp_path: Path) -> None:
    """A run-length code becomes labelme's drawing of the part that it is in, holes and all, and comes back the same."""
    import base64
    import io

    from PIL import Image

    write("labelme", tmp_path, [record([found("ring", (0, 0, 1, 1), mask=ring())], "a.png")])
    [shape] = _shapes(tmp_path)["shapes"]
    assert shape["points"] == [[RING[0], RING[1]], [RING[2] - 1, RING[3] - 1]]
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(shape["mask"]))))
    assert (drawn.shape, drawn.sum(), drawn[15, 15]) == ((40, 40), 1500, 0)
    [back] = read("labelme", tmp_path)
    assert back.data is not None
    assert back.data.objects[0].mask == ring()


def test_the_way_to_pictures_that_are_not_copied(workdir: Path) -> None:
    """Files beside their pictures name them; files elsewhere say how to get there."""
    draw(workdir / "in" / "a.png")
    write("labelme", workdir / "in", [record([], "in/a.png")])
    write("labelme", workdir / "out" / "deep", [record([], "in/a.png")])
    assert _shapes(workdir / "in")["imagePath"] == "a.png"
    assert _shapes(workdir / "out" / "deep")["imagePath"] == "../../in/a.png"
    assert [Path(told.source).resolve() for told in read("labelme", workdir / "out")] == [workdir / "in" / "a.png"]


def _read(root: Path, *shapes: dict[str, object], **more: object) -> Any:
    told = {"version": "5.5.0", "shapes": shapes, "imagePath": "..\\x.jpg", "imageHeight": 100, "imageWidth": 200}
    (root / "x.json").write_text(json.dumps(told | more), "utf-8")
    assert told_format(root) == "labelme"
    return read("labelme", root)


@pytest.mark.parametrize(
    ("shape", "box"),
    [
        ({"shape_type": "rectangle", "points": [[70, 60], [20, 10]]}, (20, 10, 70, 60)),
        ({"shape_type": "circle", "points": [[100, 50], [103, 54]]}, (95, 45, 105, 55)),
        ({"shape_type": "point", "points": [[100, 50]]}, (100, 50, 100, 50)),
        ({"shape_type": "linestrip", "points": [[1, 2], [9, 4], [5, 8]]}, (1, 2, 9, 8)),
        ({"points": [[1, 2], [9, 4], [5, 8]]}, (1, 2, 9, 8)),
    ],
)
def test_shapes(tmp_path: Path, shape: dict[str, object], box: tuple[float, ...]) -> None:
    """Each shape has the box around it; one that is no outline has no mask."""
    [told] = _read(tmp_path, {"label": "x"} | shape)
    assert corners(told) == [("x", box)]
    assert (told.data.objects[0].mask is None) == ("shape_type" in shape)


def test_groups(tmp_path: Path) -> None:
    """Outlines of one group and label are one object; boxes, and other labels, are not."""
    polygon = {"points": [[0, 0], [10, 0], [0, 10]], "group_id": 1}
    box = {"points": [[50, 50], [60, 60]], "shape_type": "rectangle", "group_id": 1, "label": "a"}
    moved = polygon | {"points": [[20, 20], [30, 20], [20, 30]]}
    [told] = _read(tmp_path, {"label": "a"} | polygon, box, {"label": "b"} | polygon, {"label": "a"} | moved)
    assert corners(told) == [("a", (0, 0, 30, 30)), ("a", (50, 50, 60, 60)), ("b", (0, 0, 10, 10))]


@pytest.mark.parametrize(
    "shape",
    [
        {"points": []},
        {"points": [[0, 0], [1, 1]], "shape_type": "mask", "mask": "%%"},
        {"points": [[0, 0], [1, 1]], "shape_type": "mask", "mask": "aGVsbG8="},
        {"points": [["x", 0]]},
    ],
)
def test_what_cannot_be_understood_is_refused(tmp_path: Path, shape: dict[str, object]) -> None:
    """A shape without points, or with a mask that is no picture, is an InputError."""
    with pytest.raises(InputError, match="labelme"):
        _read(tmp_path, {"label": "x"} | shape)


def test_a_mask_is_no_larger_than_the_picture(tmp_path: Path) -> None:
    """A drawing beyond the picture's size is refused before it is decoded."""
    write("labelme", tmp_path, [record([found("ring", (0, 0, 1, 1), mask=ring())], "a.png")])
    [shape] = _shapes(tmp_path)["shapes"]
    (tmp_path / "a.json").unlink()
    with pytest.raises(InputError, match="larger"):
        _read(tmp_path, shape, imageWidth=30)
