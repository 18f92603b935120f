"""`vextract convert` as users run it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.annotations.found import draw
from tests.running import vextract

_TRUTH = {
    "images": [
        {"id": 7, "file_name": "pics/a.png", "width": 200, "height": 100},
        {"id": 3, "file_name": "pics/b.png", "width": 120, "height": 90},
    ],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 5, "bbox": [10.3, 20.7, 50.2, 30.1], "iscrowd": 0, "area": 1511.02},
        {"id": 2, "image_id": 3, "category_id": 2, "bbox": [0, 0, 120, 90]},
        {"id": 3, "image_id": 7, "category_id": 2, "bbox": [199.5, 99.5, 0.5, 0.5], "score": 0.25},
    ],
    "categories": [{"id": 2, "name": "cat"}, {"id": 5, "name": "red car"}],
}
_BOXES = {
    "a.png": [("red car", [10.3, 20.7, 60.5, 50.8]), ("cat", [199.5, 99.5, 200, 100])],
    "b.png": [("cat", [0, 0, 120, 90])],
}


@pytest.fixture
def truth(workdir: Path) -> Path:
    """A COCO file in truth/, with its pictures."""
    draw(workdir / "truth/pics/a.png")
    draw(workdir / "truth/pics/b.png", (120, 90))
    path = workdir / "truth/truth.json"
    path.write_text(json.dumps(_TRUTH))
    return path


def _records(out: bytes) -> list[Any]:
    return [json.loads(line) for line in out.splitlines()]


def _boxes(records: list[Any]) -> dict[str, list[Any]]:
    return {Path(each["source"]).name: [(o["label"], o["box"]) for o in each["data"]["objects"]] for each in records}


@pytest.mark.usefixtures("truth")
def test_to_records() -> None:
    """Records have what the annotations say, and null for what they do not; their sources are the pictures."""
    done = vextract("convert", "truth/truth.json")
    assert (done.code, done.err) == (0, "")
    first, second = records = _records(done.out)
    assert _boxes(records) == _BOXES
    assert [each["source"] for each in records] == ["truth/pics/a.png", "truth/pics/b.png"]
    assert (first["task"], first["model"], first["sha256"], first["status"]) == ("detect", None, None, "ok")
    assert [each["score"] for each in first["data"]["objects"]] == [None, 0.25]
    assert second["pages"][0] | {"dpi": 0} == {"number": 1, "width": 120, "height": 90, "dpi": 0, "time_s": None}


@pytest.mark.parametrize(
    ("form", "target", "pictures"),
    [
        ("coco", "out.json", "images"),
        ("yolo", "out", "out/images"),
        ("yolo_seg", "out", "out/images"),
        ("voc", "out", "out/JPEGImages"),
        ("labelme", "out", "out"),
    ],
)
def test_there_and_back(truth: Path, form: str, target: str, pictures: str) -> None:
    """Every format gives back the boxes, to half a pixel, and has the pictures with it."""
    assert vextract("convert", truth, "-f", "jsonl", "-o", "truth.jsonl").code == 0
    into = f"{target}/" if target == "out" else target
    there = vextract("convert", "truth.jsonl", "-f", form, "-o", into, "--images")
    assert (there.code, there.out, there.err) == (0, b"", "")
    assert sorted(path.name for path in Path(pictures).glob("*.png")) == ["a.png", "b.png"]
    back = vextract("convert", target)
    assert back.code == 0
    found = _boxes(_records(back.out))
    for name, objects in _BOXES.items():
        assert [label for label, _ in found[name]] == [label for label, _ in objects]
        for (_, box), (_, same) in zip(objects, found[name], strict=True):
            assert same == pytest.approx(box, abs=0.5)


def test_standard_streams(truth: Path) -> None:
    """What comes on standard input is told by its content; COCO goes to standard output whole."""
    records = vextract("convert", truth).out
    done = vextract("convert", "-", "-f", "coco", stdin=records)
    assert done.code == 0
    assert done.data["annotations"][0]["bbox"] == [10.3, 20.7, 50.2, 30.1]
    again = vextract("convert", "-", stdin=done.out)
    assert _boxes(_records(again.out)) == _BOXES


def test_order_of_classes(truth: Path) -> None:
    """--labels numbers them; a second run keeps what is there and says so."""
    command = ("convert", truth, "-f", "yolo", "-o", "out/", "--labels", "cat, red car")
    assert vextract(*command).code == 0
    assert Path("out/labels/a.txt").read_text()[0] == "1"
    again = vextract(*command)
    assert (again.code, "2 kept" in again.err) == (0, True)


def test_pictures_that_are_not_there(truth: Path) -> None:
    """They are counted; the labels are written all the same."""
    Path("truth/pics/a.png").unlink()
    done = vextract("convert", truth, "-f", "voc", "-o", "out/", "--images")
    assert done.code == 0
    assert "1 without a picture" in done.err
    assert sorted(path.name for path in Path("out").rglob("*.*")) == ["a.xml", "b.png", "b.xml"]


def test_failed_records(truth: Path) -> None:
    """A record without data leaves no picture without objects; the exit code says that a part is missing."""
    good = vextract("convert", truth.relative_to(Path.cwd())).out.splitlines()[0]
    bad = {"source": "x.png", "task": "detect", "status": "failed", "errors": []}
    told = good + b"\n" + json.dumps(bad).encode() + b"\n"
    done = vextract("convert", "-", "-f", "coco", stdin=told)
    assert done.code == 9
    assert "x.png" in done.err
    assert [each["file_name"] for each in done.data["images"]] == ["truth/pics/a.png"]
    assert vextract("convert", "-", "-f", "coco", stdin=json.dumps(bad).encode()).code == 3


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("nothing.json",), 3, "cannot read"),
        (("empty/",), 3, "no annotations"),
        (("ocr.jsonl", "-f", "coco"), 3, "task 'ocr'"),
        (("truth/truth.json", "-f", "yolo"), 2, "-o out/"),
        (("truth/truth.json", "-f", "nope"), 2, "choose one of"),
        (("truth/truth.json", "--from", "nope"), 2, "choose one of"),
        (("truth/truth.json", "--images"), 2, "--images"),
        (("truth/truth.json", "-f", "coco", "--images"), 2, "-o"),
        (("truth/truth.json", "-f", "coco", "-o", "truth/truth.json", "--force"), 2, "read by this very run"),
        (("truth/truth.json", "--from", "labelme"), 3, "labelme"),
    ],
)
def test_mistakes(truth: Path, arguments: tuple[str, ...], code: int, told: str) -> None:
    """Each mistake has its exit code and says what to do; the input stays as it was."""
    before = truth.read_bytes()
    Path("empty").mkdir()
    Path("ocr.jsonl").write_text(
        '{"source": "a", "task": "ocr", "data": {"text": "", "language": null, "mean_confidence": null, "pages": []}}'
    )
    done = vextract("convert", *arguments)
    assert (done.code, done.out) == (code, b"")
    assert told in done.err
    assert "hint:" in done.err
    assert truth.read_bytes() == before
