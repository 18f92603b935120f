"""Datasets in folders: names, what is kept, classes that keep their numbers."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.annotations.found import corners, draw, found, read, record, write
from vextract.datasets import open_dataset
from vextract.errors import InputError, UsageError
from vextract.sources.expand import Source
from vextract.types import ErrorInfo

_WHOLE = (0, 0, 1, 1)
_PAGES = ["a", "b-p1", "b-p2"]


def _names(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def _classes(root: Path) -> list[str]:
    return list(yaml.safe_load((root / "data.yaml").read_text("utf-8"))["names"].values())


@pytest.mark.parametrize(
    ("name", "pictures", "annotations", "more"),
    [
        ("yolo", "images/{}.png", "labels/{}.txt", ["data.yaml"]),
        ("voc", "JPEGImages/{}.png", "Annotations/{}.xml", []),
        ("labelme", "{}.png", "{}.json", []),
    ],
)
def test_layout(tmp_path: Path, name: str, pictures: str, annotations: str, more: list[str]) -> None:
    """A picture is called as its source, a page by its number, and the file about it likewise; each has its own objects."""
    both = [found("x", _WHOLE), found("y", (0, 0, 0.5, 0.5), page=2)]
    write(name, tmp_path, [record([], "in/a.png"), record(both, "in/b.pdf", pages=2)], pictures=True)
    assert _names(tmp_path) == sorted(
        [*more, *(form.format(page) for form in (pictures, annotations) for page in _PAGES)]
    )
    told = {os.path.basename(each.source): corners(each) for each in read(name, tmp_path)}
    assert told == {"a.png": [], "b-p1.png": [("x", (0, 0, 200, 100))], "b-p2.png": [("y", (0, 0, 100, 50))]}


def test_names_do_not_collide(tmp_path: Path) -> None:
    """Sources with one stem, in one folder or in several, keep apart; the same source twice is refused."""
    sources = ["d1/x.png", "d1/x.jpg", "d2/x.png", "d3/x.png", "x.pdf"]
    told = write("yolo", tmp_path, [record([found(name, _WHOLE)], name) for name in sources], pictures=True)
    assert [each.status for each in told] == ["ok"] * 5
    assert len(_names(tmp_path / "labels")) == 5
    assert {corners(each)[0][0] for each in read("yolo", tmp_path)} == set(sources)
    output = open_dataset(str(tmp_path), "yolo", force=True)
    first, second = (output.admit(Source("a.png", Path("a.png"))) for _ in range(2))
    assert first is not None
    assert first.problem is None
    assert second is not None
    assert "already the result of 'a.png'" in str(second.problem)


def test_a_page_and_a_picture_of_one_name(tmp_path: Path) -> None:
    """A picture called like the page of a document is not lost under it: the document fails and says so."""
    told = write("voc", tmp_path, [record([found("x", _WHOLE)], "b-p1.png"), record([], "b.pdf", pages=2)])
    assert [each.status for each in told] == ["ok", "failed"]
    assert "already the result of 'b-p1.png'" in told[1].errors[0].message
    assert _names(tmp_path) == ["Annotations/b-p1.xml"]


def test_what_exists_is_kept(tmp_path: Path) -> None:
    """Pictures and documents that have their files are not read again, unless forced; what is new is added."""
    before = [record([found("x", _WHOLE)], "a.png"), record([found("x", _WHOLE)], "b.pdf", pages=2)]
    write("yolo", tmp_path, before)
    output = open_dataset(str(tmp_path), "yolo")
    assert [output.admit(Source(name, Path(name))) for name in ("a.png", "b.pdf")] == [None, None]
    assert output.admit(Source("b.png", Path("b.png"))) is not None
    after = [record([found("y", (0, 0, 0.5, 0.5))], "a.png"), record([found("y", _WHOLE)], "c.png")]
    write("yolo", tmp_path, after)
    assert _names(tmp_path / "labels") == ["a.txt", "b-p1.txt", "b-p2.txt", "c.txt"]
    assert (tmp_path / "labels/a.txt").read_text().startswith("0 0.50000000")
    write("yolo", tmp_path, after, force=True)
    assert (tmp_path / "labels/a.txt").read_text().startswith("1 0.25000000")


def test_classes_keep_their_numbers(tmp_path: Path) -> None:
    """Labels that are given come first, others as they are met; a later run goes on, forced or not; data.yaml stays the user's."""
    write("yolo", tmp_path, [record([found("z", _WHOLE), found("b", _WHOLE)], "a.png")], labels=["b", "unused"])
    assert _classes(tmp_path) == ["b", "unused", "z"]
    told = yaml.safe_load((tmp_path / "data.yaml").read_text())
    (tmp_path / "data.yaml").write_text(yaml.safe_dump(told | {"val": "other/images", "roboflow": {"version": 3}}))
    write("yolo", tmp_path, [record([found("new", _WHOLE), found("z", _WHOLE)], "c.png")], force=True)
    assert _classes(tmp_path) == ["b", "unused", "z", "new"]
    assert (tmp_path / "labels/c.txt").read_text().splitlines()[0].startswith("3 ")
    told = yaml.safe_load((tmp_path / "data.yaml").read_text())
    assert (told["val"], told["roboflow"]) == ("other/images", {"version": 3})
    with pytest.raises(UsageError, match="numbers the classes differently: b, unused, z, new"):
        open_dataset(str(tmp_path), "yolo", labels=["z", "b"])
    write("yolo", tmp_path, [record([], "d.png")], labels=["b", "unused"])


def test_a_list_of_classes_with_gaps_is_not_gone_on_with(tmp_path: Path) -> None:
    """Numbers would shift: that is refused, and nothing is written."""
    (tmp_path / "data.yaml").write_text("names: {0: cat, 2: dog}\n")
    with pytest.raises(InputError, match="left out"):
        open_dataset(str(tmp_path), "yolo")


def test_nothing_found_anywhere(tmp_path: Path) -> None:
    """The list of classes is there and empty; a picture without objects has its file."""
    write("yolo", tmp_path, [record([], "a.png")])
    assert _names(tmp_path) == ["data.yaml", "labels/a.txt"]
    assert _classes(tmp_path) == []


def test_failures_leave_no_file(tmp_path: Path) -> None:
    """A page that could not be looked at is no picture without objects, and neither is a record that failed."""
    error = ErrorInfo("input", "damaged", page=2)
    output = open_dataset(str(tmp_path), "voc")
    partial = record([found("x", _WHOLE)], "b.pdf", pages=3, errors=[error])
    for each in (partial, replace(record([], "x.png"), data=None, status="failed")):
        source = output.admit(Source(each.source, Path(each.source)))
        assert source is not None
        output.done(source, each)
    output.close()
    assert _names(tmp_path) == ["Annotations/b-p1.xml", "Annotations/b-p3.xml"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """The record says that it failed and why; the others go on."""
    (tmp_path / "Annotations").write_text("in the way")
    told = write("voc", tmp_path, [record([], "a.png"), record([], "b.png")])
    assert [(each.status, each.errors[0].kind) for each in told] == [("failed", "output")] * 2


def test_pictures_keep_their_bytes(tmp_path: Path) -> None:
    """A picture is copied as it is; one that is given in another format has that one's suffix."""
    mine = draw(tmp_path / "in" / "a.png")
    output = open_dataset(str(tmp_path / "out"), "yolo")
    for name in ("a.png", "b.jpg"):
        source = output.admit(Source(name, Path(name)))
        assert source is not None
        output.done(source, record([], name), {1: mine})
    output.close()
    assert (tmp_path / "out/images/a.png").read_bytes() == mine.read_bytes()
    assert _names(tmp_path / "out/images") == ["a.png", "b.png"]


@pytest.mark.parametrize("name", ["yolo", "yolo_seg", "voc", "labelme"])
@pytest.mark.parametrize("target", [None, "-", "file"])
def test_these_formats_need_a_folder(workdir: Path, name: str, target: str | None) -> None:
    """Standard output, or a file that exists, is a UsageError that says what to do."""
    (workdir / "file").touch()
    with pytest.raises(UsageError, match="a file for each picture") as caught:
        open_dataset(target, name)
    assert "-o out/" in caught.value.hint
