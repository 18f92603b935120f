"""Tiles cover the picture, and what they show of objects becomes each object once, at its place.

The detector here is an ideal one that sees no more than the tile that it is given, and that may be told to be worse.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vextract.detection import Detection, Mask
from vextract.errors import UsageError
from vextract.masks import area_px, rle_of
from vextract.tiling import merge_tiles, nms, tiles
from vextract.types import Box

WIDTH, HEIGHT = 12_000, 9_000
WHOLE = Box(0, 0, 1, 1)
Corners = tuple[int, int, int, int]
Planted = tuple[str, Corners]


@dataclass(frozen=True)
class Detector:
    """sliver: it says nothing of an object of which it sees a smaller share. jitter_px: by how much each edge may be wrong."""

    sliver: float = 0
    jitter_px: int = 0
    seed: int = 0

    def look(self, planted: Sequence[Planted], regions: Sequence[Box]) -> list[tuple[Box, list[Detection]]]:
        chance = random.Random(self.seed)
        return [(region, self._at(planted, region, chance)) for region in regions]

    def _at(self, planted: Sequence[Planted], region: Box, chance: random.Random) -> list[Detection]:
        fx0, fy0, fx1, fy1 = _px(region)
        found = []
        for label, (x0, y0, x1, y1) in planted:
            seen = max(x0, fx0), max(y0, fy0), min(x1, fx1), min(y1, fy1)
            share = (seen[2] - seen[0]) * (seen[3] - seen[1]) / ((x1 - x0) * (y1 - y0))
            if seen[0] >= seen[2] or seen[1] >= seen[3] or share < self.sliver:
                continue
            a, b, c, d = (v + chance.randint(-self.jitter_px, self.jitter_px) for v in seen)
            xs, ys = sorted((max(a, fx0), min(c, fx1))), sorted((max(b, fy0), min(d, fy1)))
            found.append(_detection(label, (xs[0], ys[0], xs[1], ys[1])))
        return found


DETECTORS = [Detector(), Detector(jitter_px=2), Detector(sliver=0.03), Detector(sliver=0.03, jitter_px=2)]


def _px(box: Box) -> Corners:
    return round(box.x0 * WIDTH), round(box.y0 * HEIGHT), round(box.x1 * WIDTH), round(box.y1 * HEIGHT)


def _detection(label: str, corners: Corners, score: float | None = None, mask: Mask | None = None) -> Detection:
    x0, y0, x1, y1 = corners
    return Detection(1, label, Box(x0 / WIDTH, y0 / HEIGHT, x1 / WIDTH, y1 / HEIGHT), score, mask=mask)


def _check(planted: Sequence[Planted], found: Sequence[Detection], within_px: int = 2) -> None:
    """Every planted object is found once, at its place, and nothing else."""
    left, missed = [(each.label, _px(each.box)) for each in found], []
    for label, corners in planted:
        for one in left:
            if one[0] == label and all(abs(a - b) <= within_px for a, b in zip(one[1], corners, strict=True)):
                left.remove(one)
                break
        else:
            missed.append((label, corners))
    assert (missed, left) == ([], [])


def _apart(planted: Sequence[Planted], corners: Corners) -> bool:
    return all(
        corners[0] >= other[2] or other[0] >= corners[2] or corners[1] >= other[3] or other[1] >= corners[3]
        for _, other in planted
    )


def _planted(seed: int, count: int, largest_px: int, labels: str = "ab") -> list[Planted]:
    """Objects of 8 pixels and more, all sizes equally likely, anywhere, none on top of another."""
    chance = random.Random(seed)
    planted: list[Planted] = []
    for _ in range(count * 20):
        width = round(math.exp(chance.uniform(math.log(8), math.log(largest_px))))
        height = min(max(8, round(width * chance.uniform(0.3, 3))), largest_px)
        x, y = chance.randint(0, WIDTH - width), chance.randint(0, HEIGHT - height)
        corners = (x, y, x + width, y + height)
        if len(planted) < count and _apart(planted, corners):
            planted.append((chance.choice(labels), corners))
    return planted


@given(st.integers(1, 4000), st.integers(1, 4000), st.integers(20, 3000), st.floats(0, 0.9, allow_nan=False))
@settings(max_examples=200)
def test_tiles_cover_the_picture(width: int, height: int, side: int, overlap: float) -> None:
    """Tiles are equal and small enough, lie on whole pixels, leave nothing out, and share with their neighbour what they must."""
    try:
        boxes = tiles(width, height, side, overlap)
    except UsageError:
        assert (width / side / (1 - overlap)) * (height / side / (1 - overlap)) > 1000
        return
    for low, high, length in (("x0", "x1", width), ("y0", "y1", height)):
        spans = sorted({(round(getattr(b, low) * length, 6), round(getattr(b, high) * length, 6)) for b in boxes})
        assert all(value == round(value) for span in spans for value in span)
        assert {round(end - start) for start, end in spans} == {min(side, length)}
        assert (spans[0][0], spans[-1][1]) == (0, length)
        steps = [right[0] - left[0] for left, right in pairwise(spans)]
        assert all(1 <= step <= max(1, side * (1 - overlap)) for step in steps)
    rows, columns = {(b.y0, b.y1) for b in boxes}, {(b.x0, b.x1) for b in boxes}
    assert len(boxes) == len(set(boxes)) == len(rows) * len(columns)


@pytest.mark.parametrize(("side", "overlap"), [(0, 0.2), (100, -0.1), (100, 1.0), (100, math.nan), (3, 0.0)])
def test_tiles_that_cannot_be(side: int, overlap: float) -> None:
    """A side, an overlap or a number of tiles that makes no sense is a UsageError."""
    with pytest.raises(UsageError):
        tiles(WIDTH, HEIGHT, side, overlap)


@pytest.mark.parametrize("detector", DETECTORS, ids=str)
@pytest.mark.parametrize(("side", "overlap"), [(1024, 0.1), (1024, 0.25), (2048, 0.2), (1280, 0.4)])
def test_every_planted_object_is_found_once(side: int, overlap: float, detector: Detector) -> None:
    """Objects from 8 pixels to several tiles are found once, within 2 pixels of their place, in 12,000 x 9,000 pixels.

    A detector that says nothing of slivers cannot find the ends of objects whose end in the last tile is a sliver.
    """
    largest = 3 * side if not detector.sliver else min(round(side * overlap / detector.sliver), side * 3 // 2)
    planted = _planted(side, 150, largest)
    assert len(planted) > 100
    _check(planted, merge_tiles(detector.look(planted, tiles(WIDTH, HEIGHT, side, overlap)), WIDTH, HEIGHT))


@pytest.mark.parametrize("detector", DETECTORS, ids=str)
@pytest.mark.parametrize("gap", [0, 1, 5])
@pytest.mark.parametrize(
    ("side", "columns", "rows"), [(8, 30, 12), (11, 300, 1), (20, 1, 300), (90, 20, 12), (333, 30, 2)]
)
def test_equal_neighbours_stay_apart(side: int, columns: int, rows: int, gap: int, detector: Detector) -> None:
    """Dense rows, columns and grids of equal objects of one label, touching or nearly so, are as many objects as there are."""
    step = side + gap
    planted = [
        ("a", (870 + i * step, 840 + j * step, 870 + i * step + side, 840 + j * step + side))
        for i in range(columns)
        for j in range(rows)
    ]
    planted = [one for one in planted if one[1][2] <= WIDTH and one[1][3] <= HEIGHT]
    assert len(planted) > 50
    _check(planted, merge_tiles(detector.look(planted, tiles(WIDTH, HEIGHT, 1024, 0.2)), WIDTH, HEIGHT))


@pytest.mark.parametrize("gap", [0, 1])
def test_equal_neighbours_larger_than_the_overlap(gap: int) -> None:
    """Where tiles overlap by half, also those further apart share a narrow strip; it does not join what only touches there."""
    step = 333 + gap
    planted: list[Planted] = [
        ("a", (300 + i * step, 400 + j * step, 633 + i * step, 733 + j * step)) for i in range(12) for j in range(8)
    ]
    for seed in range(3):
        parts = Detector(0, 2, seed).look(planted, tiles(WIDTH, HEIGHT, 512, 0.5))
        _check(planted, merge_tiles(parts, WIDTH, HEIGHT))


def test_edges_at_the_border_of_a_tile() -> None:
    """An edge that a tile hides by two pixels is taken from the tile that shows it, whatever the others repeat."""
    planted: list[Planted] = [
        ("a", (300 + i * 300, 400 + j * 300, 600 + i * 300, 700 + j * 300)) for i in range(3) for j in range(3)
    ]
    for seed in range(40):
        parts = Detector(0, 2, seed).look(planted, tiles(WIDTH, HEIGHT, 512, 0.4))
        _check(planted, merge_tiles(parts, WIDTH, HEIGHT))


@pytest.mark.parametrize("detector", DETECTORS[:2], ids=str)
def test_long_bars_side_by_side(detector: Detector) -> None:
    """Bars of 9 pixels that run through many tiles, touching each other, stay bars, across and along."""
    across: list[Planted] = [("a", (500, 300 + i * 9, 9000, 309 + i * 9)) for i in range(50)]
    along: list[Planted] = [("a", (9500 + i * 9, 500, 9509 + i * 9, 8000)) for i in range(50)]
    planted = across + along
    _check(planted, merge_tiles(detector.look(planted, tiles(WIDTH, HEIGHT, 1024, 0.2)), WIDTH, HEIGHT))


def test_objects_larger_than_tiles_side_by_side() -> None:
    """Four objects that fill the page between them, each many tiles large, stay four."""
    planted: list[Planted] = [("a", (x, y, x + 5900, y + 4400)) for x in (100, 6000) for y in (100, 4500)]
    _check(planted, merge_tiles(Detector(jitter_px=2).look(planted, tiles(WIDTH, HEIGHT, 1024, 0.2)), WIDTH, HEIGHT))


@given(st.integers(0, 10_000), st.sampled_from([512, 1024, 1500]), st.sampled_from([0.1, 0.25, 0.5]))
@settings(max_examples=25, deadline=None)
def test_objects_anywhere(seed: int, side: int, overlap: float) -> None:
    """Whatever the tiles and wherever the objects, each is found once at its place."""
    planted = _planted(seed, 40, 2 * side, "a")
    _check(planted, merge_tiles(Detector(0, 2, seed).look(planted, tiles(WIDTH, HEIGHT, side, overlap)), WIDTH, HEIGHT))


def test_the_whole_page_beside_its_tiles() -> None:
    """With a coarse look at all of it, an object of which tiles report no slivers has its ends too, and none is there twice."""
    large: Planted = ("a", (900, 900, 7100, 5020))
    planted = [large, *(one for one in _planted(5, 150, 1500) if _apart([large], one[1]))]
    parts = Detector(sliver=0.1, jitter_px=2).look(planted, tiles(WIDTH, HEIGHT, 1024, 0.2))
    coarse = Detector(jitter_px=12).look([one for one in planted if one[1][2] - one[1][0] > 150], [WHOLE])
    found = merge_tiles([*parts, *coarse], WIDTH, HEIGHT)
    _check(planted[1:], [each for each in found if each.box.x1 - each.box.x0 < 0.5])
    _check([large], [each for each in found if each.box.x1 - each.box.x0 > 0.5], within_px=12)


def test_what_only_the_coarse_look_finds() -> None:
    """An object that no tile reports is kept, and one that differs from it in label is another."""
    region = tiles(WIDTH, HEIGHT, 2048, 0.2)[0]
    coarse = [_detection("a", (100, 100, 900, 900)), _detection("b", (105, 98, 905, 900))]
    found = merge_tiles([(region, [_detection("A", (101, 102, 899, 903))]), (WHOLE, coarse)], WIDTH, HEIGHT)
    assert [(each.label, _px(each.box)) for each in found] == [("A", (101, 102, 899, 903)), ("b", (105, 98, 905, 900))]


def test_labels_are_compared_without_case() -> None:
    """Two tiles may write a label differently; what is of another label or only beside it is another object."""
    left, right = Box(0, 0, 0.5, 1), Box(0.4, 0, 0.9, 1)
    whole = [
        (left, [_detection("Cat", (5000, 100, 5300, 400)), _detection("dog", (5000, 100, 5300, 400))]),
        (right, [_detection("cat", (5000, 100, 5300, 400)), _detection("cat", (5000, 420, 5300, 720))]),
    ]
    found = merge_tiles(whole, WIDTH, HEIGHT)
    assert [(each.label, _px(each.box)[1]) for each in found] == [("Cat", 100), ("dog", 100), ("cat", 420)]


def test_the_largest_part_tells_label_and_score() -> None:
    """Of an object in parts, score and spelling are those of the tile that shows most of it; none is made up."""
    left, right = Box(0, 0, 0.5, 1), Box(0.4, 0, 0.9, 1)
    parts = [
        (left, [_detection("Cat", (4700, 100, 6000, 400), 0.9)]),
        (right, [_detection("cat", (4800, 100, 9000, 400), 0.6)]),
    ]
    [found] = merge_tiles(parts, WIDTH, HEIGHT)
    assert (found.label, found.score, _px(found.box)) == ("cat", 0.6, (4700, 100, 9000, 400))


def _covering(corners: Corners) -> Mask:
    x0, y0, x1, y1 = corners
    rle = rle_of(np.ones((y1 - y0, x1 - x0), bool), x0, y0, WIDTH, HEIGHT)
    assert rle is not None
    return Mask(rle=rle)


@pytest.mark.parametrize("masked", [True, False])
def test_masks_of_parts(masked: bool) -> None:  # noqa: FBT001 -- a column of the table
    """The mask of an object in parts covers them all; where a part has none, half a mask is not passed off as one."""
    left, right = Box(0, 0, 0.5, 1), Box(0.4, 0, 0.9, 1)
    one, other = (4700, 100, 6000, 400), (4800, 100, 9000, 400)
    parts = [
        (left, [_detection("cat", one, mask=_covering(one))]),
        (right, [_detection("cat", other, mask=_covering(other) if masked else None)]),
    ]
    [found] = merge_tiles(parts, WIDTH, HEIGHT)
    if masked:
        assert found.mask is not None
        assert area_px(found.mask, WIDTH, HEIGHT) == 4300 * 300
    else:
        assert found.mask is None


def test_one_tile_changes_nothing() -> None:
    """What was found on the page as a whole stays as it is, two of a kind on one place too; and nothing is nothing."""
    found = [_detection("a", (10, 10, 50, 50), 0.5), _detection("a", (10, 10, 50, 50)), _detection("", (0, 0, 0, 0))]
    assert merge_tiles([(WHOLE, found)], WIDTH, HEIGHT) == found
    assert merge_tiles([], WIDTH, HEIGHT) == []
    assert merge_tiles([(WHOLE, [])], WIDTH, HEIGHT) == []


def test_a_part_that_the_neighbour_repeats_vanishes() -> None:
    """A piece cut at its tile's border adds nothing to what the neighbour shows of it; alone it stays."""
    left, right = Box(0, 0, 0.5, 1), Box(0.4, 0, 0.9, 1)
    piece, whole = _detection("a", (5900, 100, 6000, 300)), _detection("a", (5901, 100, 6300, 300))
    assert merge_tiles([(left, [piece]), (right, [whole])], WIDTH, HEIGHT) == [whole]
    assert merge_tiles([(left, [piece]), (right, [])], WIDTH, HEIGHT) == [piece]


def test_suppression() -> None:
    """Of boxes of one label that agree, the one with the higher score stays, else the earlier; of other labels and pages all."""
    weak, strong = _detection("a", (0, 0, 100, 100), 0.4), _detection("A", (0, 0, 100, 90), 0.8)
    other, first, second = (
        _detection("b", (0, 0, 100, 100)),
        _detection("c", (0, 0, 100, 100)),
        _detection("c", (0, 0, 99, 99)),
    )
    away = Detection(2, "a", weak.box)
    assert nms([weak, other, strong, first, second, away], 0.8) == [other, strong, first, away]
    assert nms([weak, strong], 0.95) == [weak, strong]
    assert nms([], 0.5) == []


def test_suppression_of_boxes_without_area() -> None:
    """The same line or point named twice is one; different ones are two, at any threshold."""
    line, point = _detection("a", (0, 5, 100, 5)), _detection("a", (7, 7, 7, 7))
    assert nms([line, point, line], 0.9) == [line, point]
    assert nms([line, point], 0) == [line, point]


def test_suppression_is_not_chained() -> None:
    """What only resembles a box that went away itself stays."""
    steps = [_detection("a", (i * 30, 0, i * 30 + 100, 100), 0.9 - i / 10) for i in range(3)]
    assert nms(steps, 0.5) == [steps[0], steps[2]]
