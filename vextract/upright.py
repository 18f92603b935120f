"""Reading a page that may lie on its side or upside down.

The page is read as it is given first. Only where that goes badly is its orientation looked for: text that was read well stands
upright, and looking costs as much as half a reading.
"""

import subprocess
from typing import TYPE_CHECKING

from vextract.geometry import turn
from vextract.readers import Reader, ReadOptions
from vextract.types import Page, PageRef, Reading, Word, mean_confidence

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["read_upright"]

# A page read with this mean confidence stands upright.
_READ_WELL = 0.75
_TURNS = (90, 180, 270)
_DETECTION_S = 30
# Tesseract's orientation detection is right nearly always above this confidence; its scale has no upper end.
_ORIENTATION_SURE = 2.0
# How much better a turned page must read than the page as given.
_CLEARLY_BETTER = 1.3


def read_upright(page: Page, reader: Reader, options: ReadOptions) -> Reading:
    """The page's words in fractions of the page as given, and the turn that makes it upright.

    Raises:
        VextractError: the reader cannot run.
    """
    reading = reader.read(page, options)
    if not options.rotate or (_reads_well(reading) and not _lies_on_its_side(reading, page.ref)):
        return reading
    best = reading
    for degrees in _likely_turns(page.image):
        turned = _read_turned(page, reader, options, degrees)
        better = _CLEARLY_BETTER if not _lies_on_its_side(best, page.ref) else 1 / _CLEARLY_BETTER
        if _worth(turned) > better * _worth(best):
            best = turned
        if _reads_well(best):
            break
    return best


def _reads_well(reading: Reading) -> bool:
    sure = mean_confidence(reading.words)
    return len(reading.words) >= 3 and sure is not None and sure >= _READ_WELL


def _lies_on_its_side(reading: Reading, ref: PageRef) -> bool:
    """Whether most longer words are taller than wide: Tesseract reads vertical lines too, but word by word."""
    if reading.rotation % 180:
        return False
    longer = [word.box for word in reading.words if len(word.text) >= 4]
    tall = sum((box.y1 - box.y0) * ref.height_px > (box.x1 - box.x0) * ref.width_px for box in longer)
    return tall > len(longer) / 2


def _worth(reading: Reading) -> float:
    """Letters and digits read, each counted by its word's confidence; short words are often noise."""
    return sum(
        (word.confidence or 0.0) * letters
        for word in reading.words
        if (letters := sum(char.isalnum() for char in word.text)) >= 3
    )


def _likely_turns(image: "Image") -> tuple[int, ...]:
    """The turns worth trying: the detected one, all where detection fails, none where the page stands upright."""
    import pytesseract

    try:
        found = pytesseract.image_to_osd(
            image, config="-c min_characters_to_try=10", output_type=pytesseract.Output.DICT, timeout=_DETECTION_S
        )
    except (pytesseract.TesseractError, pytesseract.TesseractNotFoundError, subprocess.SubprocessError, RuntimeError):
        return _TURNS
    degrees = int(found["rotate"]) % 360
    if float(found["orientation_conf"]) < _ORIENTATION_SURE:
        return _TURNS
    return (degrees,) if degrees else ()


def _read_turned(page: Page, reader: Reader, options: ReadOptions, degrees: int) -> Reading:
    """Reads the page turned clockwise by so many degrees; boxes are turned back."""
    from PIL.Image import Transpose

    turns = {90: Transpose.ROTATE_270, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_90}
    image = page.image.transpose(turns[degrees])
    ref = PageRef(page.ref.source, page.ref.number, image.width, image.height, page.ref.dpi)
    found = reader.read(Page(ref, draw=lambda: image), options)
    words = tuple(Word(word.text, turn(word.box, -degrees), word.confidence) for word in found.words)
    return Reading(words, found.reader, degrees)
