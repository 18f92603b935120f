"""Datasets in one file: it appears whole, its names lead to the pictures, its categories are in order."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.annotations.found import corners, draw, found, read, record, write
from vextract.datasets import open_dataset
from vextract.errors import UsageError
from vextract.sources.expand import Source
from vextract.types import ErrorInfo

_WHOLE = (0, 0, 1, 1)


def _told(path: Path) -> Any:
    return json.loads(path.read_bytes())


def test_categories(tmp_path: Path) -> None:
    """Labels that are given are numbered first, from 1; others as they are met; the same run gives the same file."""
    path = tmp_path / "all.json"
    made = [record([found("z", _WHOLE), found("b", _WHOLE)], "a.png"), record([found("z", _WHOLE)], "b.png")]
    write("coco", path, made, labels=["b", "unused"])
    first = path.read_bytes()
    assert [(c["id"], c["name"]) for c in _told(path)["categories"]] == [(1, "b"), (2, "unused"), (3, "z")]
    assert [a["category_id"] for a in _told(path)["annotations"]] == [3, 1, 3]
    write("coco", path, made, labels=["b", "unused"], force=True)
    assert path.read_bytes() == first


def test_names_lead_to_the_pictures(workdir: Path) -> None:
    """A source below the file is named from there; others as they are; pages by their number; none twice."""
    draw(workdir / "set/deep/a.png")
    draw(workdir / "b.png")
    sources = [("set/deep/a.png", 1), ("b.png", 1), ("b.jpg", 1), ("x/d.pdf", 2), ("x/d.tif", 2), ("x/one.pdf", 1)]
    write("coco", "set/all.json", [record([], name, pages=pages) for name, pages in sources])
    assert [picture["file_name"] for picture in _told(Path("set/all.json"))["images"]] == [
        "deep/a.png",
        "b.png",
        "b.jpg",
        "x/d-p1.png",
        "x/d-p2.png",
        "x/d.tif-p1.png",
        "x/d.tif-p2.png",
        "x/one-p1.png",
    ]


def test_pictures_lie_beside_the_file(tmp_path: Path) -> None:
    """Pictures go into a folder beside it, which is where their names lead; in a folder the file has a name of its own."""
    both = [found("x", _WHOLE), found("y", (0, 0, 0.5, 0.5), page=2)]
    write("coco", f"{tmp_path}/out/", [record(both, "b.pdf", pages=2), record([], "q/b.png")], pictures=True)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")) == [
        "out/annotations.coco.json",
        "out/images/b-p1.png",
        "out/images/b-p2.png",
        "out/images/b.png.png",
    ]
    told = read("coco", tmp_path / "out")
    assert all(Path(each.source).is_file() for each in told)
    assert [corners(each) for each in told] == [[("x", (0, 0, 200, 100))], [("y", (0, 0, 100, 50))], []]


def test_a_source_comes_once(tmp_path: Path) -> None:
    """A picture that is named twice is refused the second time: tools do not take it."""
    output = open_dataset(str(tmp_path / "all.json"), "coco")
    first, second = (output.admit(Source("a.png", Path("a.png"))) for _ in range(2))
    assert first is not None
    assert first.problem is None
    assert second is not None
    assert "already" in str(second.problem)


def test_existing_files(tmp_path: Path) -> None:
    """A file that exists is kept unless forced, and no output replaces its own input."""
    path = tmp_path / "all.json"
    write("coco", path, [record([], "a.png")])
    with pytest.raises(UsageError, match="exists"):
        open_dataset(str(path), "coco")
    output = open_dataset(str(path), "coco", force=True)
    told = output.admit(Source(str(path), path))
    assert told is not None
    assert "the input itself" in str(told.problem)
    output.close()
    assert _told(path)["images"]


def test_failures(tmp_path: Path) -> None:
    """A page that failed is no picture without objects; where all failed there is no file, and nothing is left behind."""
    error = ErrorInfo("input", "damaged", page=2)
    write("coco", tmp_path / "a.json", [record([], "b.pdf", pages=3, errors=[error])])
    assert [each["file_name"] for each in _told(tmp_path / "a.json")["images"]] == ["b-p1.png", "b-p3.png"]
    write("coco", tmp_path / "b.json", [record([], "b.pdf", errors=[ErrorInfo("input", "damaged", page=1)])])
    output = open_dataset(str(tmp_path / "c.json"), "coco")
    del output
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_no_objects(tmp_path: Path) -> None:
    """A dataset without any object is valid: pictures, no annotations, no categories."""
    write("coco", tmp_path / "a.json", [record([], "a.png")])
    told = _told(tmp_path / "a.json")
    assert (len(told["images"]), told["annotations"], told["categories"]) == (1, [], [])


_MANY = """
import os, resource, sys
from pathlib import Path
from vextract.datasets import open_dataset
from vextract.detection import Detection, Detections
from vextract.sources.expand import Source
from vextract.types import Box, PageRef, Record

output = open_dataset(sys.argv[1], "coco")
found = tuple(Detection(1, f"label {n}", Box(0.1, 0.2, 0.3, 0.4), 0.5, "x" * 2000) for n in range(40))
peaks = []
for n in range(1000):
    name = f"{n}.png"
    output.done(output.admit(Source(name, Path(name))), Record(name, None, "detect", None, "ok",
        Detections(found), (PageRef(name, 1, 100, 100),)))
    if n in (300, 999):
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
output.close()
print(peaks[1] - peaks[0])
"""


def test_memory_is_bounded(tmp_path: Path) -> None:
    """28,000 more objects, 60 MB of JSON, take less than 4 MiB more memory: they wait on disk."""
    run = [sys.executable, "-c", _MANY, str(tmp_path / "all.json")]
    grown_kib = int(subprocess.run(run, capture_output=True, check=True, timeout=120).stdout)
    assert grown_kib < 4096
    assert len(_told(tmp_path / "all.json")["annotations"]) == 40_000
