"""Pascal VOC: files that supervision loads, files of other tools, and hostile ones."""

from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from tests.annotations.found import corners, draw, found, read, record, triangle, write
from vextract.annotations import told_format
from vextract.errors import InputError

_OBJECT = "<name>cat</name><bndbox><xmin>1</xmin><ymin>11</ymin><xmax>200</xmax><ymax>50</ymax></bndbox>"
_SIZE = "<size><width>200</width><height>100</height></size>"


def test_supervision_reads_it(tmp_path: Path) -> None:
    """The folder loads in supervision with the same boxes, although the files count from 1, and with the outlines."""
    import supervision

    street = [
        found("dog", (0.1, 0.2, 0.35, 0.6)),
        found("cat", (0, 0, 1, 1)),
        found("cat", (0, 0, 0.5, 0.5), mask=triangle()),
        found("cat", (0.0025, 0.1, 0.1, 0.2)),
    ]
    write("voc", tmp_path, [record(street, "a.png"), record([], "b.png")], pictures=True)
    dataset = supervision.DetectionDataset.from_pascal_voc(str(tmp_path / "JPEGImages"), str(tmp_path / "Annotations"))
    first, second = (dataset.annotations[str(tmp_path / "JPEGImages" / name)] for name in ("a.png", "b.png"))
    assert [dataset.classes[number] for number in first.class_id] == ["dog", "cat", "cat", "cat"]
    wanted = np.array([[20, 20, 70, 60], [0, 0, 200, 100], [0, 0, 100, 50], [0.5, 10, 20, 20]])
    assert first.xyxy == pytest.approx(wanted, abs=1e-3)
    assert first.mask[2].sum() == pytest.approx(2500, rel=0.1)
    assert len(second) == 0


def test_the_file(tmp_path: Path) -> None:
    """The first pixel is 1 and the last belongs to the box; whole numbers have no fraction; no score is made up."""
    write("voc", tmp_path, [record([found("", (0, 0.1, 0.5, 0.4023), score=0.5)], "a.png")])
    root = etree.parse(tmp_path / "Annotations" / "a.xml").getroot()
    assert [root.findtext(path) for path in ("filename", "size/width", "size/height")] == ["a.png", "200", "100"]
    [told] = root.findall("object")
    assert [each.tag for each in told] == ["name", "bndbox"]
    assert told.findtext("name") == "unlabeled"
    assert [each.text for each in told.find("bndbox")] == ["1", "11", "100", "40.23"]


def test_thin_boxes_keep_the_order_of_corners(tmp_path: Path) -> None:
    """What is thinner than a pixel is written as one, around its middle."""
    write("voc", tmp_path, [record([found("line", (0.5, 0.25, 0.5, 0.75))], "a.png")])
    root = etree.parse(tmp_path / "Annotations" / "a.xml").getroot()
    assert [each.text for each in root.find("object/bndbox")] == ["100.5", "26", "100.5", "75"]


def _file(path: Path, inside: str, before: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{before}<annotation>{inside}</annotation>", "utf-8")
    return path


def test_files_of_other_tools(tmp_path: Path) -> None:
    """Extra elements do not matter, corners may be swapped; the picture may lie beside the file, and be measured."""
    swapped = "<name>dog</name><bndbox><xmax>1</xmax><ymax>1</ymax><xmin>50</xmin><ymin>50</ymin></bndbox>"
    path = _file(
        tmp_path / "x.xml",
        f"<folder>f</folder><filename>x.png</filename><size><width>0</width></size>"
        f"<object><pose>Left</pose>{_OBJECT}</object><object>{swapped}</object>",
    )
    draw(tmp_path / "x.png")
    assert (told_format(path), told_format(tmp_path)) == ("voc", "voc")
    [told] = read("voc", tmp_path)
    assert told.source == str(tmp_path / "x.png")
    assert corners(told) == [("cat", (0, 10, 200, 50)), ("dog", (0, 0, 50, 50))]


_BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
_READER = '<!DOCTYPE b [<!ENTITY b SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("before", "inside", "problem"),
    [
        (_BOMB, f"{_SIZE}<object><name>&b;</name></object>", "document type"),
        (_READER, f"{_SIZE}<object><name>&b;</name></object>", "document type"),
        ("", f"{_SIZE}<object><name>cat</name></object>", "no bndbox"),
        ("", f"{_SIZE}<object>{_OBJECT.replace('200', 'nan')}</object>", "no coordinate"),
        ("", f"{_SIZE}<object>{_OBJECT.replace('<xmax>200</xmax>', '')}</object>", "no coordinate"),
        ("", f"<object>{_OBJECT}</object>", "size"),
        ("<", _SIZE, "Pascal VOC"),
        ("<other/>", "", "Pascal VOC"),
    ],
)
def test_what_cannot_be_understood_is_refused(tmp_path: Path, before: str, inside: str, problem: str) -> None:
    """Broken files, boxes without numbers and every document type, with what entities it may have, are an InputError."""
    with pytest.raises(InputError, match=problem):
        read("voc", _file(tmp_path / "x.xml", inside, before))
