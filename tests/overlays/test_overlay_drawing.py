"""Boxes, masks and labels as they stand in the picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from pycocotools import mask as coco

from vextract.detection import Mask, Rle
from vextract.errors import InputError
from vextract.overlays import Mark, Style, colour_of, draw
from vextract.overlays.masks import patch_of
from vextract.overlays.palette import contrast
from vextract.types import Box

BOX = Box(0.25, 0.25, 0.5, 0.75)  # of 800 x 600 pixels: 200, 150, 400, 450
NO_LABELS = Style(labels=False)


def _plain(colour="white", size=(800, 600), mode="RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def _where(picture: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int] | None:
    """The bounds (x0, y0, x1, y1) of all pixels of exactly this colour."""
    found = (np.asarray(picture) == colour).all(-1)
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if len(rows) else None


def test_the_line_lies_around_the_box() -> None:
    """What a box marks stays as it was, the line begins at its very edge, and the given picture is not changed."""
    image = _plain()
    drawn = draw(image, [Mark(BOX, key="cat")], NO_LABELS)
    assert _where(drawn, colour_of("cat")) == (198, 148, 402, 452)
    assert drawn.getpixel((200, 200)) != colour_of("cat")
    assert drawn.crop((201, 151, 399, 449)).getcolors() == [(198 * 298, (255, 255, 255))]
    assert image.getcolors() == [(800 * 600, (255, 255, 255))]


def test_nothing_else_is_touched() -> None:
    """Pixels farther than the line and its rim from the box, and from the label, are those of the given picture."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (600, 800, 3), dtype=np.uint8))
    changed = (np.asarray(draw(noise, [Mark(BOX, key="cat")], NO_LABELS)) != np.asarray(noise)).any(-1)
    changed[140:460, 190:410] = False
    assert not changed.any()


@pytest.mark.parametrize("key", ["person", "car", "dog", "bicycle", "cat", "exact", "fuzzy", "zebra"])
@pytest.mark.parametrize("ground", ["same", "white", "black", "gray"])
def test_lines_are_seen_on_any_ground(key, ground) -> None:
    """On a ground of any lightness, even its own colour, a line or its rim has a contrast of 2 or more."""
    under = colour_of(key) if ground == "same" else ground
    drawn = draw(_plain(under), [Mark(BOX, key=key)], NO_LABELS)
    ground_colour = drawn.getpixel((0, 0))
    across = {drawn.getpixel((x, 300)) for x in range(190, 210)}
    assert max(contrast(ground_colour, seen) for seen in across) >= 2


def test_boxes_at_the_edges_are_seen_whole() -> None:
    """All four sides of a box as large as the picture are drawn, inside it."""
    drawn = draw(_plain(), [Mark(Box(0, 0, 1, 1), key="cat")], NO_LABELS)
    colour = colour_of("cat")
    for place in ((0, 300), (799, 300), (400, 0), (400, 599)):
        assert drawn.getpixel(place) == colour


def test_boxes_of_no_size_are_seen() -> None:
    """A point and a line are drawn; a box of numbers that are none is not."""
    nan = float("nan")
    marks = [Mark(Box(0.5, 0.5, 0.5, 0.5), key="cat"), Mark(Box(nan, 0, 1, 1), key="dog")]
    drawn = draw(_plain(), marks, NO_LABELS)
    assert _where(drawn, colour_of("cat"))
    assert _where(drawn, colour_of("dog")) is None


def test_small_boxes_lie_over_large_ones() -> None:
    """Where lines cross, the smaller box's is on top, in whatever order they come."""
    large, small = Mark(Box(0.1, 0.1, 0.9, 0.9), key="car"), Mark(Box(0.1, 0.1, 0.3, 0.3), key="dog")
    for marks in ([large, small], [small, large]):
        assert draw(_plain(), marks, NO_LABELS).getpixel((79, 100)) == colour_of("dog")


def test_labels_are_written_in_the_colour_of_the_box() -> None:
    """A label is a plate of the box's colour over it with black or white letters on it."""
    drawn = draw(_plain("gray"), [Mark(BOX, "cat 0.93", "cat")])
    plate = drawn.crop((200, 132, 230, 147))
    assert colour_of("cat") in {colour for _, colour in plate.getcolors()}
    assert (255, 255, 255) in {colour for _, colour in plate.getcolors()}


@pytest.mark.parametrize("pitch", [18, 24, 40], ids=lambda pitch: f"rows of {pitch} pixels")
def test_labels_leave_the_print_of_dense_pages_alone(pitch) -> None:
    """However close a page's rows are, labels and lines hide nearly nothing of what is printed, in the boxes or beside them."""
    page = _plain(size=(800, 1000))
    pen = ImageDraw.Draw(page)
    marks = []
    for y in range(60, 940, pitch):
        for x in (60, 220, 420, 620):
            pen.text((x, y), "printed 123.45", fill="black", font_size=14)
            x0, y0, x1, y1 = pen.textbbox((x, y), "printed 123.45", font_size=14)
            if x != 220:
                marks.append(Mark(Box(x0 / 800, y0 / 1000, x1 / 800, y1 / 1000), "items[12].unit_price", "exact"))
    drawn = draw(page, marks)
    ink = np.asarray(page.convert("L")) < 100
    changed = (np.asarray(drawn) != np.asarray(page)).any(-1)
    assert (ink & changed).sum() < 0.01 * ink.sum()
    assert changed.sum() > 10_000


def test_lines_and_letters_grow_with_the_picture() -> None:
    """On a picture four times as large the plate is about four times as high."""
    heights = []
    for factor in (1, 4):
        drawn = draw(_plain("white", (1000 * factor, 800 * factor)), [Mark(BOX, "cat", "cat")])
        bounds = _where(drawn, colour_of("cat"))
        assert bounds
        heights.append(200 * factor - bounds[1])
    assert 3 <= heights[1] / heights[0] <= 5


def test_small_pictures_are_enlarged() -> None:
    """A picture of 60 x 40 pixels grows by a whole factor, with its boxes; unless that is not wanted."""
    marks = [Mark(Box(0.25, 0.25, 0.75, 0.75), "cat", "cat")]
    drawn = draw(_plain("white", (60, 40)), marks)
    assert drawn.size == (420, 280)
    bounds = _where(drawn, colour_of("cat"))
    assert bounds
    assert bounds[2] == 315 + 2
    assert draw(_plain("white", (60, 40)), marks, Style(enlarge=False)).size == (60, 40)


def test_thin_pictures_stay_within_what_files_hold() -> None:
    """A strip does not grow beyond the sides that WebP and JPEG have room for."""
    assert draw(_plain("white", (1, 3000)), []).size == (5, 15_000)
    assert draw(_plain("white", (20_000, 1)), []).size == (20_000, 1)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "CMYK"])
def test_pictures_of_any_mode_are_drawn_on(mode) -> None:
    """The overlay is RGB with coloured lines, whatever the picture was."""
    drawn = draw(_plain("white", mode="RGB").convert(mode), [Mark(BOX, "cat", "cat")])
    assert drawn.mode == "RGB"
    assert _where(drawn, colour_of("cat"))


def test_transparent_parts_become_white() -> None:
    """What cannot be seen through a picture is drawn as white, not as the colour hidden there."""
    assert draw(Image.new("RGBA", (500, 500), (255, 0, 0, 0)), []).getpixel((5, 5)) == (255, 255, 255)


def _disc_rle(height: int, width: int) -> Rle:
    y, x = np.mgrid[:height, :width]
    disc = (x - width // 2) ** 2 + (y - height // 2) ** 2 <= (height // 4) ** 2
    code = coco.encode(np.asfortranarray(disc.astype(np.uint8)))
    return Rle(height, width, code["counts"].decode())


@pytest.mark.parametrize("kind", ["code", "code of another size", "polygon"])
def test_masks_are_tinted_and_outlined(kind) -> None:
    """Inside a mask the ground shows through its colour, along its edge runs a line, outside nothing changes."""
    angles = np.linspace(0, 2 * np.pi, 200)
    disc = tuple((0.5 + 150 / 800 * np.cos(angle), 0.5 + 150 / 600 * np.sin(angle)) for angle in angles)
    masks = {
        "code": Mask(rle=_disc_rle(600, 800)),
        "code of another size": Mask(rle=_disc_rle(300, 400)),
        "polygon": Mask((disc,)),
    }
    box = Box(250 / 800, 150 / 600, 550 / 800, 450 / 600)
    drawn = draw(_plain(), [Mark(box, "", "cat", masks[kind])], Style(labels=False, mask_opacity=0.4))
    colour = np.array(colour_of("cat"))
    assert np.abs(np.array(drawn.getpixel((400, 300))) - (0.4 * colour + 0.6 * 255)).max() <= 2
    for x, y in ((250, 300), (400, 150), (506, 406)):  # on the circle
        around = np.asarray(drawn.crop((x - 3, y - 3, x + 4, y + 4))).reshape(-1, 3)
        assert np.abs(around - colour).sum(1).min() <= 6
    assert drawn.getpixel((275, 175)) == (255, 255, 255)  # in the box, off the disc


def test_empty_masks_are_no_trouble() -> None:
    """A mask of nothing, or with too few points, leaves the box alone."""
    nothing = Rle(600, 800, coco.encode(np.zeros((600, 800), np.uint8, order="F"))["counts"].decode())
    for mask in (Mask(rle=nothing), Mask((((0.1, 0.1), (0.2, 0.2)),)), Mask((((2.0, 2.0), (3.0, 2.0), (3.0, 3.0)),))):
        drawn = draw(_plain(), [Mark(BOX, "", "cat", mask)])
        assert drawn.tobytes() == draw(_plain(), [Mark(BOX, "", "cat")]).tobytes()


def test_boxes_are_tinted_where_asked() -> None:
    """`fill_opacity` lays the colour over what a box marks."""
    drawn = draw(_plain(), [Mark(BOX, key="cat")], Style(labels=False, fill_opacity=0.5))
    assert np.abs(np.array(drawn.getpixel((300, 300))) - (np.array(colour_of("cat")) + 255) / 2).max() <= 1


FRACTIONS = st.floats(0, 1)
BOXES = st.tuples(FRACTIONS, FRACTIONS, FRACTIONS, FRACTIONS)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300)), st.lists(st.tuples(BOXES, st.text(max_size=30)), max_size=8)
)
def test_any_marks_can_be_drawn_on_any_picture(size, marks) -> None:
    """No size, box or label fails, and the picture keeps its shape."""
    found = [Mark(Box(*box), label, label) for box, label in marks]
    drawn = draw(_plain("white", size), found)
    assert drawn.width * size[1] == drawn.height * size[0]
    assert drawn.mode == "RGB"


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.randoms(use_true_random=False))
def test_run_length_codes_are_read_as_pycocotools_writes_them(height, width, dice) -> None:
    """The patch of any mask has exactly the pixels that pycocotools encoded, at their place."""
    chance = dice.random()
    pixels = np.array([[dice.random() < chance for _ in range(width)] for _ in range(height)], dtype=np.uint8)
    code = coco.encode(np.asfortranarray(pixels))["counts"].decode()
    patch = patch_of(Mask(rle=Rle(height, width, code)), (width, height), 0)
    read = np.zeros_like(pixels)
    if patch:
        ink = np.asarray(patch.coverage) // 255
        read[patch.y : patch.y + ink.shape[0], patch.x : patch.x + ink.shape[1]] = ink
    assert (read == pixels).all()


@pytest.mark.parametrize("counts", ["", "0", "zzzz", "~", "\x00", "oooooooo", "o" * 99 + "0", "5", "é"])
def test_damaged_masks_are_input_errors(counts) -> None:
    """A code that is none, or of another size, is refused with a hint."""
    with pytest.raises(InputError, match="run-length") as caught:
        draw(_plain(), [Mark(BOX, "", "cat", Mask(rle=Rle(600, 800, counts)))])
    assert caught.value.hint
