"""Pages that lie on their side or upside down are read all the same, and boxes stay those of the page as given."""

import pytest
from PIL import Image, ImageDraw, ImageFont
from PIL.Image import Transpose

from vextract.geometry import area, from_pixels, overlap, turn
from vextract.readers import ReadOptions, find_reader
from vextract.types import Box, Page, PageRef, Word
from vextract.upright import read_upright

TESSERACT = find_reader("tesseract")
FAST = ReadOptions(fast=True)
LINES = ["The ferry crosses the river", "every half hour in summer", "Bicycles travel free of charge"]
TURNS = {90: Transpose.ROTATE_270, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_90}  # clockwise


def _drawn() -> tuple[Image.Image, list[Word]]:
    """An upright page and its words where they were drawn."""
    image = Image.new("L", (560, 240), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(28)
    words = []
    for i, line in enumerate(LINES):
        x = 30.0
        for text in line.split():
            place = pen.textbbox((x, 30 + 60 * i), text, font)
            pen.text((x, 30 + 60 * i), text, 0, font)
            words.append(Word(text, from_pixels(place, *image.size)))
            x = place[2] + 12
    return image, words


def _page(image: Image.Image) -> Page:
    return Page(PageRef("a.png", 1, *image.size), draw=lambda: image)


def _agreement(a: Box, b: Box) -> float:
    common = overlap(a, b)
    return common / (area(a) + area(b) - common)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_page_is_read(degrees: int) -> None:
    """However a page lies, its words are read, each box where the word stands on the page as given, and the turn is told."""
    image, drawn = _drawn()
    given = image.transpose(TURNS[degrees]) if degrees else image
    reading = read_upright(_page(given), TESSERACT, FAST)
    assert reading.rotation == -degrees % 360
    found = {word.text: word for word in reading.words}
    assert set(found) == {word.text for word in drawn}
    for word in drawn:
        if word.text != "the":  # twice on the page
            assert _agreement(found[word.text].box, turn(word.box, degrees)) > 0.6, word


def test_no_rotate_leaves_the_page_as_it_is() -> None:
    """With `rotate` off a page upside down is read as given, once."""
    image, _ = _drawn()
    page = _page(image.transpose(Transpose.ROTATE_180))
    options = ReadOptions(fast=True, rotate=False)
    reading = read_upright(page, TESSERACT, options)
    assert reading == TESSERACT.read(page, options)
    assert reading.rotation == 0


@pytest.mark.parametrize(
    "image",
    [
        Image.linear_gradient("L"),
        Image.effect_noise((120, 90), 90),
        Image.new("L", (1, 1), 0),
    ],
    ids=["gradient", "noise", "pixel"],
)
def test_a_picture_without_text(image: Image.Image) -> None:
    """Where there is nothing to read, orientation detection fails without a trace: no words, no turn."""
    reading = read_upright(_page(image), TESSERACT, FAST)
    assert [word for word in reading.words if len(word.text) > 3] == []
    assert reading.rotation == 0
