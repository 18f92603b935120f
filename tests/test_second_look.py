"""Parts of a page read once more."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from PIL import Image

from tests.drawing import draw_lines
from vextract.grounding import ground
from vextract.readers import ReadOptions
from vextract.second_look import SecondLook
from vextract.types import Box, Line, Page, PageRef, PageText, Word

WIDTH, HEIGHT = 700, 220


def drawn(rotation: int = 0) -> Page:
    """A page with a label and its value on the first line, turned clockwise."""
    image = draw_lines(["Total 60.30", "Thank you"], (WIDTH, HEIGHT)).convert("RGB")
    turned = {
        0: image,
        90: image.transpose(Image.Transpose.ROTATE_270),
        180: image.transpose(Image.Transpose.ROTATE_180),
    }
    picture = turned[rotation]
    return Page(PageRef("drawn", 1, picture.width, picture.height), draw=lambda: picture)


def misread(page: Page, reader: str = "tesseract", rotation: int = 0) -> PageText:
    """What a reader that missed the amount gave for it."""
    words = (
        Word("Total", Box(20 / WIDTH, 0.1, 95 / WIDTH, 0.25), 0.9),
        Word("60.80", Box(105 / WIDTH, 0.1, 190 / WIDTH, 0.25), 0.4),
    )
    return PageText(page.ref, (Line(words),), reader, rotation)


def test_a_misread_digit_is_read_again() -> None:
    """A value of which a digit was misread is found by the second look, and only by it, in the place where it stands."""
    page = drawn()
    text = misread(page)
    data = {"total": "60.30"}
    assert ground(data, [text])[0].match == "none"
    look = SecondLook([text], lambda _: page, ReadOptions())
    [evidence] = ground(data, [text], look=look)
    assert (evidence.match, evidence.quote) == ("exact", "60.30")
    assert evidence.box
    assert evidence.box.x0 * WIDTH == pytest.approx(105, abs=15)
    assert evidence.box.y1 < 0.4


def test_what_is_not_there_is_not_found_by_looking_again() -> None:
    """Another amount stays unfound."""
    page = drawn()
    text = misread(page)
    look = SecondLook([text], lambda _: page, ReadOptions())
    assert ground({"total": "61.30"}, [text], look=look)[0].match == "none"


@pytest.mark.parametrize("rotation", [0, 90, 180])
def test_words_come_back_in_fractions_of_the_page_as_given(rotation: int) -> None:
    """Parts of a page that lies on its side are read upright, and their boxes lie where the ink is."""
    page = drawn(rotation)
    text = replace(misread(page, rotation=0), rotation=(360 - rotation) % 360)
    parts = [Box(0.0, 0.0, 1.0, 1.0)]
    [words] = SecondLook([text], lambda _: page, ReadOptions()).parts(1, parts, 22 / page.ref.height_px)
    [amount] = [word for word in words if "60.30" in word.text]
    x0, y0, x1, y1 = (amount.box.x0, amount.box.y0, amount.box.x1, amount.box.y1)
    cut = (
        x0 * page.ref.width_px - 4,
        y0 * page.ref.height_px - 4,
        x1 * page.ref.width_px + 4,
        y1 * page.ref.height_px + 4,
    )
    ink = page.image.crop(tuple(map(round, cut))).convert("L").point(lambda v: 255 * (v < 128)).getbbox()  # type: ignore[arg-type]
    assert ink
    assert (ink[2] - ink[0]) * (ink[3] - ink[1]) > 0.4 * (cut[2] - cut[0]) * (cut[3] - cut[1])


def test_several_parts_are_read_as_one_sheet() -> None:
    """Two parts give one reading, in which each word lies in the part that it came from."""
    page = drawn()
    parts = [Box(0.0, 0.05, 0.6, 0.32), Box(0.0, 0.32, 0.6, 0.6)]
    readings = list(SecondLook([misread(page)], lambda _: page, ReadOptions()).parts(1, parts, 22 / HEIGHT))
    assert len(readings) == 1
    [thank] = [word for word in readings[0] if "Thank" in word.text]
    assert thank.box.y0 > 0.3


def test_a_text_layer_is_not_read_again() -> None:
    """A page that was not read by OCR is never opened."""

    def opened(_: int) -> Page:
        raise AssertionError

    text = misread(drawn(), "textlayer")
    look = SecondLook([text], opened, ReadOptions())
    assert list(look.parts(1, [Box(0, 0, 1, 1)], 0.1)) == list(look.whole(1)) == []


class Counting:
    """A look that finds nothing and counts what it is asked for."""

    def __init__(self) -> None:
        self.parts_asked: list[Box] = []

    def parts(self, number: int, parts: Sequence[Box], letter: float) -> Iterator[Sequence[Word]]:
        """Nothing is read."""
        assert number == 1
        assert 0 < letter < 1
        self.parts_asked += parts
        yield ()

    def whole(self, number: int) -> Iterator[Sequence[Word]]:
        """Nothing is read."""
        assert number == 1
        yield ()


def test_parts_do_not_overlap_and_stay_small() -> None:
    """However many values are missing, parts share no ink and cover a bounded share of the page."""
    words = [Word(f"label{n}", Box(0.1, n / 20, 0.2, n / 20 + 0.02), 0.9) for n in range(19)]
    text = PageText(PageRef("made up", 1, 1000, 1000), tuple(Line((word,)) for word in words), "tesseract")
    look = Counting()
    ground({f"label{n}": f"missing {n}" for n in range(19)}, [text], look=look)
    assert look.parts_asked
    assert sum((p.x1 - p.x0) * (p.y1 - p.y0) for p in look.parts_asked) <= 0.25
    for n, a in enumerate(look.parts_asked):
        assert all(a.y1 <= b.y0 or b.y1 <= a.y0 or a.x1 <= b.x0 or b.x1 <= a.x0 for b in look.parts_asked[n + 1 :])
