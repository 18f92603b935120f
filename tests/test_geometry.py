"""Boxes and turns keep what they promise for every box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.geometry import (
    area,
    clip,
    from_padded_square,
    from_pixels,
    in_unit,
    overlap,
    patched_size,
    smart_size,
    to_pixels,
    turn,
    union,
)
from vextract.types import Box, PageRef

_shares = st.floats(0, 1)
_turns = st.sampled_from([0, 90, 180, 270, -90, 360, 450])
_sizes = st.integers(1, 20_000)
_anywhere = st.builds(Box, *[st.floats(-10, 10)] * 4)


@st.composite
def _boxes(draw: st.DrawFn) -> Box:
    x0, x1 = sorted((draw(_shares), draw(_shares)))
    y0, y1 = sorted((draw(_shares), draw(_shares)))
    return Box(x0, y0, x1, y1)


def _values(box: Box) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


def _same(a: Box, b: Box) -> bool:
    return _values(a) == pytest.approx(_values(b), abs=1e-9)


@given(_boxes(), _turns)
def test_four_turns_are_none(box: Box, degrees: int) -> None:
    """A box turned four times by the same angle is where it was."""
    turned = box
    for _ in range(4):
        turned = turn(turned, degrees)
    assert _same(turned, box)


@given(_boxes(), _turns, _turns)
def test_turns_add_up(box: Box, first: int, second: int) -> None:
    """Two turns are one by the sum of their angles; a turn back undoes a turn."""
    assert _same(turn(turn(box, first), second), turn(box, first + second))
    assert _same(turn(turn(box, first), -first), box)


@given(_boxes(), _turns)
def test_turned_box_is_a_box(box: Box, degrees: int) -> None:
    """A turned box lies on the page, its corners in order, as large as before."""
    turned = turn(box, degrees)
    assert 0 <= turned.x0 <= turned.x1 <= 1
    assert 0 <= turned.y0 <= turned.y1 <= 1
    assert area(turned) == pytest.approx(area(box), abs=1e-9)


def test_turn_is_clockwise() -> None:
    """What stands top left stands top right after a quarter turn."""
    assert _same(turn(Box(0, 0, 0.1, 0.2), 90), Box(0.8, 0, 1, 0.1))


@pytest.mark.parametrize("degrees", [1, 45, -89])
def test_other_angles(degrees: int) -> None:
    """Only right angles are turns."""
    with pytest.raises(ValueError, match=f"not {degrees}"):
        turn(Box(0, 0, 1, 1), degrees)


@given(_anywhere)
def test_clip_stays_within(box: Box) -> None:
    """A clipped box lies on the page, its corners in order; clipping it again changes nothing."""
    clipped = clip(box)
    assert 0 <= clipped.x0 <= clipped.x1 <= 1
    assert 0 <= clipped.y0 <= clipped.y1 <= 1
    assert clip(clipped) == clipped


@given(_boxes())
def test_clip_leaves_boxes_alone(box: Box) -> None:
    """A box on the page is not changed by clipping."""
    assert clip(box) == box


@given(_boxes(), _sizes, _sizes)
def test_pixels_and_back(box: Box, width: int, height: int) -> None:
    """A box goes to pixels of any page and back."""
    assert _same(from_pixels(to_pixels(box, width, height), width, height), box)


@given(st.tuples(*[st.floats(-1e6, 1e6)] * 4), _sizes, _sizes)
def test_from_pixels_is_on_the_page(corners: tuple[float, float, float, float], width: int, height: int) -> None:
    """Whatever pixels a reader gives, the box lies on the page."""
    box = from_pixels(corners, width, height)
    assert 0 <= box.x0 <= box.x1 <= 1
    assert 0 <= box.y0 <= box.y1 <= 1


@given(_boxes(), _sizes, _sizes)
def test_printed_boxes(box: Box, width: int, height: int) -> None:
    """Printed boxes are within half of their last decimal of the true ones, and on the page."""
    ref = PageRef("a", 1, width, height)
    assert in_unit(box, ref, "fraction") == pytest.approx(_values(box), abs=0.500001e-5)
    pixels = in_unit(box, ref, "pixel")
    assert pixels == pytest.approx(to_pixels(box, width, height), abs=0.0500001)
    assert 0 <= pixels[0] <= pixels[2] <= width
    assert 0 <= pixels[1] <= pixels[3] <= height


@given(st.lists(_boxes(), min_size=1, max_size=5))
def test_union_holds_all(boxes: list[Box]) -> None:
    """The union covers each box wholly, and touches one on each side."""
    around = union(boxes)
    assert all(overlap(around, box) == pytest.approx(area(box)) for box in boxes)
    assert around.x0 in [box.x0 for box in boxes]
    assert around.y1 in [box.y1 for box in boxes]


def test_union_of_nothing() -> None:
    """There is no box around nothing."""
    with pytest.raises(ValueError, match="empty"):
        union([])


@given(_boxes(), _boxes())
def test_overlap(a: Box, b: Box) -> None:
    """The overlap is the same either way, and no more than either box."""
    assert overlap(a, b) == overlap(b, a)
    assert 0 <= overlap(a, b) <= min(area(a), area(b)) + 1e-12
    assert overlap(a, a) == pytest.approx(area(a))


@pytest.mark.parametrize(
    ("size", "bounds", "seen"),
    [
        ((1014, 1532), (3136, 12_845_056), (1008, 1540)),
        ((870, 1398), (3136, 12_845_056), (868, 1400)),
        ((640, 480), (3136, 1_003_520), (644, 476)),
        ((4000, 3000), (3136, 1_003_520), (1148, 840)),
        ((30, 20), (3136, None), (84, 56)),
        ((42, 70), (None, None), (56, 56)),  # halves go to the even multiple
        ((5, 5000), (None, None), (28, 5012)),
    ],
)
def test_smart_size(size: tuple[int, int], bounds: tuple[int | None, int | None], seen: tuple[int, int]) -> None:
    """Sides go to multiples of 28, the area into its bounds, as Qwen2-VL's processor does it."""
    assert smart_size(*size, 28, *bounds) == seen


@given(_sizes, _sizes)
def test_smart_size_keeps_its_promises(width: int, height: int) -> None:
    """Both sides are multiples, and the area is within its bounds wherever the shape of the picture allows it."""
    seen = smart_size(width, height, 28, 3136, 1_003_520)
    assert [side % 28 for side in seen] == [0, 0]
    assert seen[0] * seen[1] >= 3136
    if max(width, height) / min(width, height) < 40:
        assert seen[0] * seen[1] <= 1_003_520


@pytest.mark.parametrize(
    ("size", "seen"),
    [
        ((800, 600), (800, 600)),
        ((4000, 4000), (1092, 1092)),
        ((2000, 3000), (896, 1344)),
        ((1080, 1920), (819, 1456)),
        ((1000, 2000), (784, 1568)),
        ((10_000, 1), (1568, 1)),
    ],
)
def test_patched_size(size: tuple[int, int], seen: tuple[int, int]) -> None:
    """The largest sizes that Claude's documentation names for its ratios come out."""
    assert patched_size(*size, 1568, 28, 1568 * 28 * 28) == seen


@given(_sizes, _sizes)
def test_patched_size_keeps_its_promises(width: int, height: int) -> None:
    """A picture never grows, is within its bounds, and keeps its ratio to within a pixel."""
    seen = patched_size(width, height, 1568, 28, 1568 * 28 * 28)
    assert seen[0] <= width
    assert seen[1] <= height
    assert max(seen) <= 1568
    assert -(-seen[0] // 28) * -(-seen[1] // 28) <= 1568
    assert abs(min(seen) - max(1.0, min(width, height) * max(seen) / max(width, height))) <= 0.5


@given(_boxes(), _sizes, _sizes)
def test_padded_square(box: Box, width: int, height: int) -> None:
    """A box in the picture comes back from the square around the picture."""
    side = max(width, height)
    left, top = (side - width) / 2, (side - height) / 2
    x0, y0, x1, y1 = to_pixels(box, width, height)
    square = Box((x0 + left) / side, (y0 + top) / side, (x1 + left) / side, (y1 + top) / side)
    back = from_padded_square(square, width, height)
    assert _values(back) == pytest.approx(_values(box), abs=1e-6)
