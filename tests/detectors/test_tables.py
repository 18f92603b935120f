"""Tables drawn on pages: what is a grid is found where it is, and what only looks a little like one is not."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from vextract.detection import Detection
from vextract.detectors._grids import Cell, grids
from vextract.detectors._rulings import Rule, find_rulings
from vextract.detectors.tables import DETECTOR
from vextract.geometry import to_pixels, turn
from vextract.types import Box, Line, Page, PageRef, PageText, Word

Place = tuple[float, float, float, float]
A4_150_DPI = (1240, 1754)
XS, YS = (120, 330, 560, 1080), (400, 450, 500, 560, 640)


def _paper(size: tuple[int, int] = A4_150_DPI, ground: int = 255) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A page with a few lines of print at its top."""
    image = Image.new("L", size, ground)
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(size[0] / 50)
    for line in range(5):
        text = "It was a bright cold day in the harbour, and all the clocks were late."
        pen.text((size[0] / 10, size[1] * (0.03 + 0.03 * line)), text, fill=30, font=font)
    return image, pen


def _draw_grid(
    pen: ImageDraw.ImageDraw, xs: tuple[int, ...] = XS, ys: tuple[int, ...] = YS, width: int = 2, grey: int = 0
) -> None:
    for x in xs:
        pen.line((x, ys[0], x, ys[-1]), fill=grey, width=width)
    for y in ys:
        pen.line((xs[0], y, xs[-1], y), fill=grey, width=width)
    font = ImageFont.load_default(18)
    for y0, y1 in pairwise(ys):
        for x in xs[:-1]:
            pen.text((x + 12, (y0 + y1) / 2 - 12), "Ham 12.50", fill=20, font=font)


def _detect(image: Image.Image, lines: tuple[Line, ...] = (), rotation: int = 0) -> list[Detection]:
    ref = PageRef("page", 1, image.width, image.height)
    return DETECTOR.detect(Page(ref, draw=lambda: image), PageText(ref, lines, "reader", rotation))


def _boxes(image: Image.Image, label: str) -> list[Place]:
    return [to_pixels(one.box, image.width, image.height) for one in _detect(image) if one.label == label]


def _near(box: Place, wanted: Place, pixels: float) -> bool:
    return all(abs(a - b) <= pixels for a, b in zip(box, wanted, strict=True))


def _assert_grid(image: Image.Image, pixels: float = 3.0) -> None:
    (table,) = _boxes(image, "table")
    assert _near(table, (XS[0], YS[0], XS[-1], YS[-1]), pixels)
    wanted = [(x0, y0, x1, y1) for y0, y1 in pairwise(YS) for x0, x1 in pairwise(XS)]
    cells = _boxes(image, "cell")
    assert len(cells) == len(wanted)
    assert all(_near(cell, place, pixels) for cell, place in zip(cells, wanted, strict=True))


@pytest.mark.parametrize("width", [1, 2, 3, 5])
@pytest.mark.parametrize("grey", [0, 120, 200])
def test_lines_of_any_width_and_grey(width: int, grey: int) -> None:
    """The table and its cells, row by row, are where they were drawn, be their lines thin and pale or thick and black."""
    image, pen = _paper()
    _draw_grid(pen, width=width, grey=grey)
    _assert_grid(image)


def test_shaded_ground_and_head() -> None:
    """A shaded head row and grey paper do not hide the lines on them."""
    image, pen = _paper(ground=236)
    pen.rectangle((XS[0], YS[0], XS[-1], YS[1]), fill=190)
    _draw_grid(pen, grey=60)
    _assert_grid(image)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_noisy_soft_scan(seed: int) -> None:
    """Grain and softness of a scan do not matter."""
    image, pen = _paper()
    _draw_grid(pen, grey=40)
    noise = np.random.default_rng(seed).normal(0, 8, (image.height, image.width))
    levels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.8)), float) + noise
    _assert_grid(Image.fromarray(levels.clip(0, 255).astype(np.uint8)))


@pytest.mark.parametrize(
    ("dpi", "degrees"),
    [(100, -2.0), (100, 1.6), (150, -1.1), (150, 0.7), (150, 2.0), (200, -0.4), (200, 1.6), (300, -2.0), (300, 0.7)],
)
def test_skewed_scans(dpi: int, degrees: float) -> None:
    """A page that was put on the scanner askew has its table at the upright box around it, and all its cells."""
    image, pen = _paper()
    _draw_grid(pen)
    scanned = image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)
    scanned = scanned.resize(
        (round(image.width * dpi / 150), round(image.height * dpi / 150)), Image.Resampling.LANCZOS
    )
    ink = Image.new("L", image.size, 0)
    ImageDraw.Draw(ink).rectangle((XS[0], YS[0], XS[-1], YS[-1]), fill=255)
    around = ink.rotate(degrees).getbbox()
    assert around
    (table,) = _boxes(scanned, "table")
    assert _near(table, tuple(side * dpi / 150 for side in around), 5 * dpi / 150)  # type: ignore[arg-type]
    assert len(_boxes(scanned, "cell")) == 12


def test_merged_cells() -> None:
    """A cell over two columns and one over two rows are one cell each."""
    image, pen = _paper()
    for y in (400, 450, 640):
        pen.line((120, y, 1080, y), fill=0, width=2)
    pen.line((330, 540, 1080, 540), fill=0, width=2)  # not below the first column
    for x in (120, 1080):
        pen.line((x, 400, x, 640), fill=0, width=2)
    for x in (330, 560):
        pen.line((x, 450, x, 640), fill=0, width=2)  # not through the head
    cells = _boxes(image, "cell")
    wanted = [
        (120, 400, 1080, 450),
        (120, 450, 330, 640),
        (330, 450, 560, 540),
        (560, 450, 1080, 540),
        (330, 540, 560, 640),
        (560, 540, 1080, 640),
    ]
    assert len(cells) == 6
    assert all(any(_near(cell, place, 3) for cell in cells) for place in wanted)


def test_open_sides() -> None:
    """A table whose outer sides are not ruled reaches as far as its lines do."""
    image, pen = _paper()
    for y in YS:
        pen.line((XS[0], y, XS[-1], y), fill=0, width=2)
    for x in XS[1:-1]:
        pen.line((x, YS[0], x, YS[-1]), fill=0, width=2)
    _assert_grid(image)


def test_two_tables() -> None:
    """Tables that do not touch are told apart, and one in a frame around the page is told without the frame."""
    image, pen = _paper()
    pen.rectangle((40, 20, 1200, 1700), outline=0, width=3)
    _draw_grid(pen)
    _draw_grid(pen, ys=(900, 960, 1020))
    tops = sorted(box[1] for box in _boxes(image, "table"))
    assert [round(top / 100) for top in tops] == [4, 9]


def _frame_and_sections(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((60, 380, 1180, 1500), outline=0, width=3)
    for y in (600, 900, 1200):
        pen.line((60, y, 1180, y), fill=0, width=2)


def _form_fields(pen: ImageDraw.ImageDraw) -> None:
    for row in range(6):
        for x in (220, 720):
            pen.rectangle((x, 400 + 60 * row, x + 300, 440 + 60 * row), outline=0, width=2)


def _underlines(pen: ImageDraw.ImageDraw) -> None:
    font = ImageFont.load_default(40)
    for row in range(8):
        pen.text((200, 400 + 70 * row), "Illicit HILL |l|Il filling", fill=0, font=font)
        pen.line((180, 446 + 70 * row, 900, 446 + 70 * row), fill=0, width=2)


def _letter_boxes(pen: ImageDraw.ImageDraw) -> None:
    for x in range(200, 800, 40):
        pen.rectangle((x, 500, x + 40, 550), outline=0, width=2)


def _bars(pen: ImageDraw.ImageDraw) -> None:
    x = 200
    for step in range(60):
        pen.rectangle((x, 500, x + 2 + step % 4 * 2, 700), fill=0)
        x += 6 + step * 7 % 5 * 2


def _columns_with_a_rule(pen: ImageDraw.ImageDraw) -> None:
    pen.line((100, 400, 1140, 400), fill=0, width=2)
    pen.line((620, 400, 620, 1500), fill=0, width=2)
    pen.line((100, 1500, 1140, 1500), fill=0, width=2)


@pytest.mark.parametrize(
    "draw", [_frame_and_sections, _form_fields, _underlines, _letter_boxes, _bars, _columns_with_a_rule]
)
def test_what_is_no_table(draw: object) -> None:
    """Frames, single fields of a form, underlined text, boxes for letters, bars and rules between columns are no tables."""
    image, pen = _paper()
    assert callable(draw)
    draw(pen)
    assert _detect(image) == []


@pytest.mark.parametrize("seed", range(4))
def test_photographs_and_noise_are_no_tables(seed: int) -> None:
    """Soft shapes with grain, and noise of any grain size, have no table."""
    rng = np.random.default_rng(seed)
    soft = Image.fromarray(rng.integers(0, 256, (30, 20), np.uint8)).resize((800, 1200), Image.Resampling.BICUBIC)
    grainy = np.asarray(soft, float) + rng.normal(0, 12, (1200, 800))
    blocks = Image.fromarray(rng.integers(0, 256, (60, 40), np.uint8)).resize((800, 1200), Image.Resampling.NEAREST)
    assert _detect(Image.fromarray(grainy.clip(0, 255).astype(np.uint8))) == []
    assert _detect(blocks) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (9, 9)])
@pytest.mark.parametrize("ground", ["white", "black"])
def test_tiny_pictures(size: tuple[int, int], ground: str) -> None:
    """A picture of a few pixels, or all black, has none, and is no error."""
    assert _detect(Image.new("RGB", size, ground)) == []


def _word_lines(rotation: int = 0) -> tuple[Line, ...]:
    """Four lines of three columns of words, on a page that must be turned so for them to stand upright."""
    rows = [[("Item", 0.1), ("Pieces", 0.5), ("Price", 0.8)]] + [[("Nails", 0.1), ("12", 0.5), ("3.40", 0.8)]] * 3
    boxes = [
        [(text, turn(Box(x, 0.3 + 0.04 * n, x + 0.02 * len(text), 0.32 + 0.04 * n), -rotation)) for text, x in row]
        for n, row in enumerate(rows)
    ]
    return tuple(Line(tuple(Word(text, box) for text, box in row)) for row in boxes)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_columns_of_words(rotation: int) -> None:
    """A table without any ruling is found by its words, on a page of any orientation, with what its cells say."""
    image = Image.new("L", (600, 800), 255)
    table, *cells = _detect(image, _word_lines(rotation), rotation)
    around = turn(Box(0.1, 0.3, 0.9, 0.44), -rotation)
    assert (table.label, table.text, table.score) == ("table", None, None)
    assert _near(to_pixels(table.box, 1, 1), to_pixels(around, 1, 1), 0.001)
    assert [cell.text for cell in cells][:6] == ["Item", "Pieces", "Price", "Nails", "12", "3.40"]
    assert len(cells) == 12


def test_a_ruled_table_is_told_once() -> None:
    """Words in columns inside a ruled grid make no second table; the cells of the grid tell them."""
    image, pen = _paper((600, 800))
    _draw_grid(pen, (40, 280, 460, 570), (230, 262, 294, 326, 370))
    found = _detect(image, _word_lines())
    assert [one.label for one in found].count("table") == 1
    assert [one.text for one in found][1:5] == ["Item", "Pieces", "Price", "Nails"]


@given(
    columns=st.lists(st.integers(50, 240), min_size=2, max_size=6),
    rows=st.lists(st.integers(40, 200), min_size=2, max_size=8),
    miss=st.lists(st.floats(-3, 3), min_size=40, max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_any_grid_of_rules_has_its_cells(columns: list[int], rows: list[int], miss: list[float]) -> None:
    """A grid of rules that miss each other by a little has as many cells as rows times columns, in the order of reading."""
    xs, ys = np.cumsum([50, *columns]).tolist(), np.cumsum([70, *rows]).tolist()
    shifts = iter(miss)
    level = [Rule(y + next(shifts) / 3, xs[0] + next(shifts), xs[-1] + next(shifts)) for y in ys]
    upright = [Rule(x, ys[0], ys[-1]) for x in xs]
    (cells,) = grids(level, upright, 5.0)
    assert len(cells) == len(columns) * len(rows)
    assert cells == sorted(cells, key=lambda cell: (cell.y0, cell.x0))
    assert sum(_size(cell) for cell in cells) == pytest.approx(
        (xs[-1] - xs[0]) * (level[-1].at - level[0].at), rel=0.01
    )


_RULE = st.builds(
    lambda at, start, length: Rule(at, start, start + length),
    st.floats(0, 500),
    st.floats(0, 500),
    st.floats(1, 500),
)


@given(level=st.lists(_RULE, max_size=12), upright=st.lists(_RULE, max_size=12))
@settings(max_examples=100, deadline=None)
def test_cells_never_lie_on_each_other(level: list[Rule], upright: list[Rule]) -> None:
    """Whatever the rules, cells of a grid have a size and do not overlap, and a grid has four at least."""
    for cells in grids(level, upright, 5.0):
        assert len(cells) >= 4
        for i, a in enumerate(cells):
            assert a.x0 < a.x1
            assert a.y0 < a.y1
            for b in cells[:i]:
                assert min(a.x1, b.x1) <= max(a.x0, b.x0) or min(a.y1, b.y1) <= max(a.y0, b.y0)


def _size(cell: Cell) -> float:
    return (cell.x1 - cell.x0) * (cell.y1 - cell.y0)


@given(degrees=st.floats(-3.5, 3.5))
@settings(max_examples=15, deadline=None)
def test_the_skew_is_measured_and_undone(degrees: float) -> None:
    """The slopes of the rules are those by which the page was turned, to less than half a degree, and lead back to it."""
    image = Image.new("L", (900, 900), 255)
    _draw_grid(ImageDraw.Draw(image), (200, 400, 700), (300, 450, 600), width=3)
    rulings = find_rulings(image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255))
    assert np.degrees(np.arctan(rulings.sink)) == pytest.approx(-degrees, abs=0.45)
    assert np.degrees(np.arctan(rulings.lean)) == pytest.approx(degrees, abs=0.45)
    assert rulings.to_page(*rulings.origin) == pytest.approx((0.5, 0.5))


def test_staggered_fields_of_a_form_are_no_table() -> None:
    """Rows of boxes that are each parted elsewhere have no column in common."""
    level = [Rule(y, 0, 600) for y in (0, 50, 100, 150, 200)]
    sides = [Rule(x, 0, 200) for x in (0, 600)]
    inner = [Rule(x, 50 * row, 50 * row + 50) for row, x in enumerate((100, 220, 340, 460))]
    assert grids(level, [*sides, *inner], 5.0) == []
    aligned = [Rule(220, 50 * row, 50 * row + 50) for row in range(4)]
    assert [len(cells) for cells in grids(level, [*sides, *aligned], 5.0)] == [8]
