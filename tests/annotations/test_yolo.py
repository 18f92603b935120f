"""YOLO: folders that supervision loads, and folders of other tools."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tests.annotations.found import corners, draw, found, read, record, ring, triangle, write
from vextract.annotations import told_format
from vextract.detection import Mask
from vextract.errors import InputError

_NAMES = "names: [cat, dog]\n"


def _street() -> list[Any]:
    return [
        record([found("dog", (0.1, 0.2, 0.35, 0.6), score=0.75), found("cat", (0, 0, 1, 1))], "a.png"),
        record([], "b.png"),
        record([found("dog", (0.5, 0.5, 0.5, 0.75))], "c.png"),
    ]


def test_supervision_reads_it(tmp_path: Path) -> None:
    """The folder loads in supervision with the same classes and boxes; a picture without objects has none."""
    import supervision

    write("yolo", tmp_path, _street(), pictures=True)
    dataset = supervision.DetectionDataset.from_yolo(
        str(tmp_path / "images"), str(tmp_path / "labels"), str(tmp_path / "data.yaml")
    )
    assert dataset.classes == ["dog", "cat"]
    first, second, third = (dataset.annotations[str(tmp_path / "images" / f"{name}.png")] for name in "abc")
    assert list(first.class_id) == [0, 1]
    assert first.xyxy == pytest.approx(np.array([[20, 20, 70, 60], [0, 0, 200, 100]]), abs=1e-3)
    assert len(second) == 0
    assert third.xyxy == pytest.approx(np.array([[100, 50, 100, 75]]), abs=1e-3)


def test_the_files(tmp_path: Path) -> None:
    """Lines have five numbers, never a score; a picture without objects has an empty file; data.yaml has what trainers want."""
    write("yolo", tmp_path, _street(), pictures=True)
    lines = (tmp_path / "labels" / "a.txt").read_text().splitlines()
    assert lines == ["0 0.22500000 0.40000000 0.25000000 0.40000000", "1 0.50000000 0.50000000 1.00000000 1.00000000"]
    assert (tmp_path / "labels" / "b.txt").read_bytes() == b""
    told = yaml.safe_load((tmp_path / "data.yaml").read_text())
    assert told == {"train": "images", "val": "images", "nc": 2, "names": {0: "dog", 1: "cat"}}


def test_outlines(tmp_path: Path) -> None:
    """`yolo_seg` writes polygons, and corners where there are none; parts of one object cover what they covered apart."""
    import supervision
    from PIL import Image, ImageDraw

    square = ((0.6, 0.6), (0.9, 0.6), (0.9, 0.9), (0.6, 0.9))
    islet = ((0.1, 0.8), (0.2, 0.8), (0.2, 0.9))
    parts = Mask((*triangle().polygons, square, islet))
    street = record([found("a", (0, 0, 0.9, 0.9), mask=parts), found("b", (0.1, 0.1, 0.3, 0.5), mask=ring())], "a.png")
    write("yolo_seg", tmp_path, [street], pictures=True)
    dataset = supervision.DetectionDataset.from_yolo(
        str(tmp_path / "images"), str(tmp_path / "labels"), str(tmp_path / "data.yaml")
    )
    [_, _, told] = next(iter(dataset))
    assert told.xyxy == pytest.approx(np.array([[0, 0, 180, 90], [20, 10, 60, 50]]), abs=1e-3)
    expected = Image.new("1", (200, 100))
    for part in parts.polygons:
        ImageDraw.Draw(expected).polygon([(x * 200, y * 100) for x, y in part], fill=1)
    missed = np.logical_xor(told.mask[0], np.asarray(expected)).sum()
    # A seam is a line of one pixel when it is drawn, and rasterizers differ along edges.
    assert missed < 0.06 * np.asarray(expected).sum()
    [back] = read("yolo", tmp_path)
    assert corners(back) == [("a", (0, 0, 180, 90)), ("b", (20, 10, 60, 50))]


def _folder(root: Path, line: str, names: str = _NAMES) -> Path:
    draw(root / "images" / "x.png")
    (root / "labels").mkdir(exist_ok=True)
    (root / "labels" / "x.txt").write_text(line)
    (root / "data.yaml").write_text(names)
    return root


@pytest.mark.parametrize(
    ("line", "score"),
    [("1 .5 .5 .5 .5", None), ("1 .5 .5 .5 .5 0.25", 0.25), ("1 .5 .5 .5 .5 1", None), ("1.0 .5 .5 .5 .5", None)],
)
def test_a_sixth_number_is_a_score_if_it_has_a_fraction(tmp_path: Path, line: str, score: float | None) -> None:
    """Predictions of Ultralytics end with a score; the whole number of a track is none."""
    [told] = read("yolo", _folder(tmp_path, line))
    assert corners(told) == [("dog", (50, 25, 150, 75))]
    assert told.data is not None
    assert told.data.objects[0].score == score


def test_polygons_and_key_points(tmp_path: Path) -> None:
    """A longer line is an outline, unless data.yaml says that key points follow the box."""
    line = "0 .5 .5 .5 .5 .1 .1 2"
    [told] = read("yolo", _folder(tmp_path, "0 0 0 1 0 1 .5\n"))
    assert corners(told) == [("cat", (0, 0, 200, 50))]
    assert told.data is not None
    assert told.data.objects[0].mask == Mask((((0, 0), (1, 0), (1, 0.5)),))
    [told] = read("yolo", _folder(tmp_path, line, _NAMES + "kpt_shape: [1, 3]\n"))
    assert corners(told) == [("cat", (50, 25, 150, 75))]


@pytest.mark.parametrize("names", ["names: {0: cat, 1: dog}\n", "names:\n- cat\n- dog\n"])
def test_forms_of_data_yaml(tmp_path: Path, names: str) -> None:
    """Names are a list or a table; the file itself may be named, too."""
    root = _folder(tmp_path, "1 .5 .5 1 1", names)
    for path in (root, root / "data.yaml"):
        assert told_format(path) == "yolo"
        assert [corners(told) for told in read("yolo", path)] == [[("dog", (0, 0, 200, 100))]]


def test_splits_and_lists(tmp_path: Path) -> None:
    """Roboflow's folders of splits are read, and pictures beside their labels, with a classes.txt."""
    for split in ("train", "valid"):
        _folder(tmp_path / "robo" / split, "0 .5 .5 1 1")
        (tmp_path / "robo" / split / "data.yaml").rename(tmp_path / "robo" / "data.yaml")
    assert [Path(told.source).parts[-3] for told in read("yolo", tmp_path / "robo")] == ["train", "valid"]
    flat = tmp_path / "flat"
    draw(flat / "x.png")
    draw(flat / "y.png")
    (flat / "x.txt").write_text("1 .5 .5 1 1")
    (flat / "classes.txt").write_text("cat\ndog\n")
    assert [corners(told) for told in read("yolo", flat)] == [[("dog", (0, 0, 200, 100))], []]


@pytest.mark.parametrize(
    ("line", "names", "problem"),
    [
        ("7 .5 .5 1 1", _NAMES, "class 7 has no name"),
        ("0.5 .5 .5 1 1", _NAMES, "class 0.5 has no name"),
        ("0 .5 .5 1", _NAMES, "4 numbers"),
        ("0 .5 x .5 .5", _NAMES, "line 1"),
        ("0 50 50 20 20", _NAMES, "no fractions"),
        ("0 nan .5 .5 .5", _NAMES, "no fractions"),
        ("0 .5 .5 1 1", "nc: 2\n", "names"),
        ("0 .5 .5 1 1", "names: [!!python/object/apply:os.system [ls]]\n", "YAML"),
    ],
)
def test_what_cannot_be_understood_is_refused(tmp_path: Path, line: str, names: str, problem: str) -> None:
    """One line says where what is wrong; YAML makes no objects."""
    with pytest.raises(InputError, match=problem):
        read("yolo", _folder(tmp_path, line, names))


def test_labels_need_their_picture(tmp_path: Path) -> None:
    """The size of boxes is known from the picture alone: labels without one are not passed over."""
    _folder(tmp_path, "0 .5 .5 1 1")
    (tmp_path / "labels" / "lost.txt").write_text("0 .5 .5 1 1")
    with pytest.raises(InputError, match=r"lost\.txt"):
        read("yolo", tmp_path)
    (tmp_path / "labels" / "lost.txt").unlink()
    (tmp_path / "data.yaml").unlink()
    with pytest.raises(InputError, match="classes are called"):
        read("yolo", tmp_path)
