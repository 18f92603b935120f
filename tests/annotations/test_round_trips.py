"""Whatever a detector may find comes back from every format: each box at its place, each label as it was."""

import os
import re

import pytest
from hypothesis import given, settings

from tests.annotations.found import edges, folder, read, records, write
from vextract.annotations import told_format
from vextract.types import Record

unhurried = settings(deadline=None, max_examples=30)
# Of an edge, in pixels: thousandths are written, and VOC has nothing thinner than a pixel.
_WITHIN = {"coco": 0.01, "yolo": 0.01, "labelme": 0.01, "voc": 0.51}
_SCORED = ("coco", "labelme")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\r\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _label(name: str, label: str) -> str:
    """The label as the format can hold it: halves of characters are none; XML lacks more, and has no blanks around names."""
    if name != "voc":
        return re.sub("[\ud800-\udfff]", "\ufffd", label)
    kept = _FORBIDDEN.sub("\ufffd", label).strip()
    return "" if kept == "unlabeled" else kept


@pytest.mark.parametrize("name", ["coco", "yolo", "voc", "labelme"])
@given(made=records())
@unhurried
def test_boxes_come_back(name: str, made: list[Record[object]]) -> None:
    """Boxes, labels and their order are the same; a score is the same or unknown; the format is told by the content."""
    with folder() as root:
        target = root / "all.json" if name == "coco" else root / "set"
        assert write(name, target, made, pictures=True) == made
        assert told_format(target) == name
        back = {os.path.basename(each.source): each for each in read(name, target)}
    assert sorted(back) == [each.source for each in made]
    for before in made:
        after = back[before.source]
        assert [(p.number, p.width_px, p.height_px) for p in after.pages] == [
            (p.number, p.width_px, p.height_px) for p in before.pages
        ]
        objects = before.data.objects  # type: ignore[attr-defined]
        assert after.data is not None
        assert [_label(name, each.label) for each in objects] == [each.label for each in after.data.objects]
        for one, other in zip(objects, after.data.objects, strict=True):
            assert edges(other.box, after.pages[0]) == pytest.approx(edges(one.box, before.pages[0]), abs=_WITHIN[name])
            assert other.score == (one.score if name in _SCORED else None)
            assert other.text == (one.text if name in _SCORED else None)


@pytest.mark.parametrize("name", ["coco", "voc", "labelme"])
@given(made=records(outlined=True))
@unhurried
def test_outlines_come_back(name: str, made: list[Record[object]]) -> None:
    """Every polygon has its points at their places, to a hundredth of a pixel."""
    with folder() as root:
        target = root / "all.json" if name == "coco" else root / "set"
        write(name, target, made)
        back = {os.path.basename(each.source): each for each in read(name, target)}
    for before in made:
        ref, after = before.pages[0], back[before.source]
        assert after.data is not None
        for one, other in zip(before.data.objects, after.data.objects, strict=True):  # type: ignore[attr-defined]
            polygons = [mask.polygons if mask else () for mask in (one.mask, other.mask)]
            assert [len(polygon) for polygon in polygons[0]] == [len(polygon) for polygon in polygons[1]]
            sides = [[(x * ref.width_px, y * ref.height_px) for p in each for x, y in p] for each in polygons]
            for point, same in zip(*sides, strict=True):
                assert same == pytest.approx(point, abs=0.01)
