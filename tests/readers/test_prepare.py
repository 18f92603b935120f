"""The picture made easier to read: what is uneven, faint or ruled is mended, what is clean stays."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageDraw, ImageFont

from tests.drawing import draw_lines
from vextract.readers._prepare import Prepared, prepare, without_rules

Grey = npt.NDArray[np.uint8]
TEXT = ["The ferry crosses the river", "every half hour in summer"]


def _page() -> Image.Image:
    return draw_lines(TEXT, (500, 140))


def _grey(image: Image.Image) -> Grey:
    return np.asarray(image).copy()


def test_a_clean_page_stays_as_it_is() -> None:
    """Black letters on white come back nearly pixel by pixel."""
    page = _page()
    after = prepare(page)
    # Paper may come out at 250 instead of 255.
    assert np.abs(after.grey.astype(int) - _grey(page)).max() <= 6
    assert not after.busy


def test_uneven_paper_becomes_even() -> None:
    """Under light that falls to 40 % from left to right, the paper comes out white and the ink dark everywhere."""
    page = _grey(_page())
    ink = page < 80
    light = np.linspace(1.0, 0.4, page.shape[1])
    after = prepare(Image.fromarray((page * light).astype(np.uint8))).grey
    assert np.percentile(after[page == 255], 1) > 225
    assert np.percentile(after[ink], 99) < 110


def test_paper_on_the_dark_bed_of_a_scanner_stays_as_it_is() -> None:
    """What is dark beyond the paper's edge stays dark, and does not shade the paper or the letters beside it."""
    page = _grey(_page())
    scan = np.full((300, 700), 12, np.uint8)
    scan[80:220, 100:600] = page
    after = prepare(Image.fromarray(scan)).grey
    assert after[:70].max() < 60
    assert np.abs(after[80:220, 100:600].astype(int) - page).max() <= 6


def test_faint_print_turns_black() -> None:
    """Grey letters, such as of a worn ribbon, come out dark on white."""
    page = _grey(_page())
    faint = 255 - (255 - page) // 4  # ink at 192
    after = prepare(Image.fromarray(faint)).grey
    assert np.median(after[page < 20]) < 40
    assert np.median(after) >= 245


def test_ruling_lines_are_wiped_out_but_letters_stay() -> None:
    """Thin long lines across and down vanish, as a form's do; the letters in the cell are untouched."""
    image = _page()
    before = _grey(image)
    pen = ImageDraw.Draw(image)
    pen.line((5, 120, 490, 120), 200, 3)  # grey at its rims, as scanned lines are
    pen.line((5, 120, 490, 120), 0)
    pen.line((8, 4, 8, 134), 0, 2)
    after = without_rules(Prepared(_grey(image), 15.0, busy=False)).grey
    assert np.array_equal(after, before)


def test_short_and_thick_strokes_are_no_ruling_lines() -> None:
    """A dash between words and thick bars stay, and a page without lines comes back as the very same array."""
    image = Image.new("L", (500, 140), 255)
    pen = ImageDraw.Draw(image)
    pen.rectangle((40, 40, 70, 42), 0)
    pen.rectangle((40, 80, 460, 86), 0)
    pen.rectangle((20, 10, 26, 130), 0)
    grey = _grey(image)
    assert np.array_equal(without_rules(Prepared(grey, 15.0, busy=False)).grey, grey)


def test_solid_headings_stay() -> None:
    """White letters on a black bar keep the bar: without it they could not be read."""
    image = Image.new("L", (500, 140), 255)
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 30, 480, 80), 0)
    pen.text((40, 40), TEXT[0], 255, ImageFont.load_default(28))
    grey = _grey(image)
    assert np.array_equal(without_rules(Prepared(grey, 15.0, busy=False)).grey, grey)


@pytest.mark.parametrize("letters_px", [12, 16, 24, 32])
def test_letter_height(letters_px: int) -> None:
    """In print of usual size on a page wide enough, the estimate is near the height of an x, half the font's size."""
    lines = [" ".join(TEXT * 2)] * 4
    page = draw_lines(lines, (50 * letters_px, 9 * letters_px), letters_px)
    assert 0.45 * letters_px < prepare(page).letters_px < 0.7 * letters_px


@pytest.mark.parametrize("letters_px", [6, 40, 90])
def test_letter_height_stays_within_bounds(letters_px: int) -> None:
    """Of larger and smaller letters too, the estimate is a number that a letter's height may be."""
    assert 0 <= prepare(draw_lines(TEXT, (600, 300), letters_px)).letters_px <= letters_px


def test_an_empty_page_has_no_letter_height() -> None:
    """Where nothing stands, the letter height is 0, unknown, and nothing is enlarged."""
    empty = prepare(Image.new("L", (300, 200), 255))
    assert empty.letters_px == 0
    assert empty.image(100.0).size == (300, 200)


def test_small_letters_are_enlarged() -> None:
    """The picture is enlarged only where its letters are lower than asked for, and never beyond what memory bears."""
    grey = np.full((200, 300), 255, np.uint8)
    assert Prepared(grey, 10.0, busy=False).image(14.0).size == (450, 300)
    assert Prepared(grey, 14.0, busy=False).image(14.0).size == (300, 200)
    huge = np.full((3000, 4000), 255, np.uint8)
    assert Prepared(huge, 10.0, busy=False).image(14.0).size == (4000, 3000)


def test_a_photograph_is_busy() -> None:
    """A picture with ink nearly everywhere is a photograph; its tones are left alone."""
    noise = Image.effect_noise((200, 200), 200)
    assert prepare(noise).busy


def _sides() -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(1, 70), st.integers(1, 70))


@settings(deadline=None, max_examples=80)
@given(arrays.arrays(np.uint8, _sides(), elements=st.sampled_from([0, 1, 30, 128, 200, 249, 255]), fill=st.just(255)))
def test_any_picture_can_be_prepared(grey: Grey) -> None:
    """Whatever the picture, the prepared one is 8-bit grey of the same shape, and its letter height is a number from 0 on."""
    page = prepare(Image.fromarray(grey))
    for each in (page, without_rules(page)):
        assert (each.grey.shape, str(each.grey.dtype)) == (grey.shape, "uint8")
        assert 0 <= each.letters_px <= 120
    assert page.image(14.0).mode == "L"


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (8, 8), (1, 500), (500, 1), (120, 130)])
@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_pictures_of_one_grey(shape: tuple[int, int], level: int) -> None:
    """A picture all black, all white or all grey, of one pixel or of a single row, is prepared like any other."""
    page = without_rules(prepare(Image.fromarray(np.full(shape, level, np.uint8))))
    assert (page.grey.shape, str(page.grey.dtype), page.letters_px) == (shape, "uint8", 0.0)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_picture_given_is_not_changed(mode: str) -> None:
    """Preparing works on a copy."""
    image = _page().convert(mode)
    before = image.tobytes()
    without_rules(prepare(image))
    assert image.tobytes() == before
