"""Labels cover neither each other nor the edge."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vextract.overlays.placement import MOST_HIDDEN, Detail, Placed, Rect, place

SIDES = st.tuples(st.integers(40, 400), st.integers(40, 400))
SIZES = st.tuples(st.integers(4, 120), st.integers(4, 24))


@st.composite
def crowds(draw) -> tuple[tuple[int, int], list[Rect], list[list[tuple[int, int]]], Detail | None]:
    """A picture with boxes anywhere on it, each with up to two sizes of its label."""
    width, height = draw(SIDES)
    boxes: list[Rect] = []
    for _ in range(draw(st.integers(1, 40))):
        x0, y0 = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        boxes.append((x0, y0, draw(st.integers(x0 + 1, width)), draw(st.integers(y0 + 1, height))))
    labels = [draw(st.lists(SIZES, max_size=2)) for _ in boxes]
    cells = np.random.default_rng(0).random((height // 8 + 1, width // 8 + 1))
    return (width, height), boxes, labels, draw(st.sampled_from([None, Detail(cells, 8)]))


@settings(max_examples=150, deadline=None)
@given(crowds())
def test_labels_never_overlap_nor_leave_the_picture(crowd) -> None:
    """Whatever the boxes and labels: no two labels share a pixel or touch, all lie inside, each has one of its sizes."""
    picture, boxes, labels, detail = crowd
    placed = place(picture, boxes, labels, detail)
    assert len(placed) == len(boxes)
    rects = []
    for found, sizes in zip(placed, labels, strict=True):
        if found is None:
            continue
        x0, y0, x1, y1 = found.rect
        assert x0 >= 0
        assert y0 >= 0
        assert x1 <= picture[0]
        assert y1 <= picture[1]
        assert (x1 - x0, y1 - y0) == sizes[found.choice]
        rects.append(found.rect)
    for at, a in enumerate(rects):
        assert not any(_meet(a, b) for b in rects[:at])


@settings(max_examples=150, deadline=None)
@given(crowds())
def test_labels_do_not_hide_other_boxes(crowd) -> None:
    """Whatever the boxes and labels: none covers more than a quarter of a box that is not its own."""
    picture, boxes, labels, detail = crowd
    for at, found in enumerate(place(picture, boxes, labels, detail)):
        for box in boxes[:at] + boxes[at + 1 :] if found else ():
            assert _shared(found.rect, box) <= MOST_HIDDEN * (box[2] - box[0]) * (box[3] - box[1])


def _shared(a: Rect, b: Rect) -> int:
    return max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))


@settings(max_examples=80, deadline=None)
@given(crowds(), st.integers(0, 2**32 - 1))
def test_labels_hide_no_print_of_a_page(crowd, seed) -> None:
    """On a page no label lies on more than a little print, and each touches its box."""
    picture, boxes, labels, _ = crowd
    cells = (np.random.default_rng(seed).random((picture[1] // 4 + 1, picture[0] // 4 + 1)) > 0.995).astype(float)
    detail = Detail(cells, 4, page=True)
    for found in filter(None, place(picture, boxes, labels, detail)):
        assert detail.mean(np.array(found.rect)) <= 0.05
        assert found.leader is None


def _meet(a: Rect, b: Rect) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def _one(box: Rect, label: tuple[int, int], others: tuple[Rect, ...] = (), detail: Detail | None = None) -> Placed:
    placed = place((400, 300), [box, *others], [[label], *[[] for _ in others]], detail)[0]
    assert placed
    return placed


def test_a_label_stands_above_its_box() -> None:
    """With room on all sides the label stands on the box, left edges in line, without a leader."""
    assert _one((100, 100, 200, 200), (50, 12)) == Placed((100, 88, 150, 100))


def test_a_label_has_room_at_the_edges() -> None:
    """At the top it goes below, at the right it is pushed in, and over the whole picture it goes inside."""
    assert _one((100, 2, 200, 60), (50, 12)).rect == (100, 60, 150, 72)
    assert _one((380, 100, 398, 200), (50, 12)).rect == (350, 88, 400, 100)
    assert _one((0, 0, 400, 300), (50, 12)).rect == (0, 0, 50, 12)


def test_a_label_spares_other_boxes() -> None:
    """Where another box lies above, the label goes below rather than on it."""
    assert _one((100, 100, 200, 200), (50, 12), ((90, 80, 210, 99),)).rect == (100, 200, 150, 212)


def test_a_label_spares_print() -> None:
    """Where something is printed above and below, the label goes beside its box."""
    cells = np.zeros((75, 100))
    cells[20:25] = cells[30:35] = 1  # rows 80-99 and 120-139
    assert _one((100, 100, 200, 120), (50, 18), detail=Detail(cells, 4)).rect == (200, 100, 250, 118)


def test_a_label_without_room_at_its_box_has_a_leader() -> None:
    """A small box amid print has its label farther off, joined to it by a line from edge to edge."""
    cells = np.zeros((75, 100))
    cells[20:33, 15:38] = 1  # rows 80-131, columns 60-151
    placed = _one((100, 100, 110, 110), (36, 12), detail=Detail(cells, 4))
    assert placed.leader
    (x, y), (to_x, to_y) = placed.leader
    x0, y0, x1, y1 = placed.rect
    assert x0 <= x < x1
    assert y0 <= y < y1
    assert 100 <= to_x < 110
    assert 100 <= to_y < 110


def test_labels_without_any_room_are_left_out() -> None:
    """More labels than the picture holds: those that fit are placed, the others are None; large boxes come first."""
    boxes = [(10, 10, 20 + n, 20 + n) for n in range(60)]
    placed = place((90, 90), boxes, [[(40, 12)]] * 60)
    assert 5 <= sum(map(bool, placed)) <= 12
    assert placed[-1]


def test_a_shorter_label_stands_where_the_longer_one_cannot() -> None:
    """The second size is taken where the picture is too narrow for the first."""
    placed = place((60, 60), [(20, 30, 40, 50)], [[(80, 10), (30, 10)]])[0]
    assert placed
    assert placed.choice == 1


def test_nothing_to_place() -> None:
    """No boxes, or boxes without labels, give nothing."""
    assert place((10, 10), [], []) == []
    assert place((10, 10), [(1, 1, 5, 5)], [[]]) == [None]
