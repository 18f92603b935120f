"""Reading one page: its own text layer where that is trustworthy, OCR where not, both where a page has some of each.

A text layer is trusted unless too many of its characters have no Unicode value, it is never painted (somebody's OCR of a scan), or
it is mostly signs that are neither letters nor digits (a font with a private encoding). Pictures on the page that carry none of
its words are read by OCR, and their words join those of the layer.
"""

from typing import Literal

from vextract.geometry import area, overlap
from vextract.readers import Reader, ReadOptions, find_reader
from vextract.types import Box, Page, PageRef, Reading, TextLayer, Word
from vextract.upright import read_upright

__all__ = ["OcrWhen", "distrust", "read_page"]

OcrWhen = Literal["auto", "always", "never"]

_BROKEN_AT_MOST = 0.05
_INVISIBLE_AT_MOST = 0.5
_SIGNS_AT_MOST = 0.5
# A picture is read if it covers this share of the page, and its text-layer words no more than this share of it.
_PICTURE_AT_LEAST = 0.005
_PICTURE_WORDS_AT_MOST = 0.02
# Together over this share of the page, or more than so many: the whole page is read at once.
_WHOLE_PAGE = 0.4
_CROPS_AT_MOST = 3
# In pictures beside a good text layer (logos, photographs) only what is surely a word counts.
_SURE = 0.6
_FLAT = 12  # grey levels between the darkest and the lightest pixel of a page without ink


def read_page(page: Page, model: str, ocr: OcrWhen, options: ReadOptions) -> tuple[Reading, bool, tuple[str, ...]]:
    """The page's words; whether the page is blank; notes on what was done that the user may want to know.

    Raises:
        VextractError: the page cannot be drawn or the reader cannot run.
    """
    layer = None if ocr == "always" else page.text_layer
    if ocr == "never" or model == "textlayer":
        notes = () if layer or page.text_layer else ("no text layer, and OCR was not asked for",)
        return find_reader("textlayer").read(page, options), False, notes
    reader = find_reader(model)
    notes = ()
    if layer:
        reason = distrust(layer)
        if reason is None:
            reading = _with_pictures(page, layer, reader, options)
            return reading, False, ()
        notes = (f"text layer not used: {reason}",)
    if _is_blank(page):
        return Reading((), model), True, notes
    return read_upright(page, reader, options), False, notes


def distrust(layer: TextLayer) -> str | None:
    """Why the text layer is not to be believed; None if it is."""
    if layer.broken > _BROKEN_AT_MOST:
        return f"{layer.broken:.0%} of its characters have no Unicode value"
    if layer.invisible > _INVISIBLE_AT_MOST:
        return "it is invisible, an earlier OCR of the picture"
    signs = sum(not char.isalnum() for word in layer.words for char in word.text)
    total = sum(len(word.text) for word in layer.words)
    if total and signs / total > _SIGNS_AT_MOST:
        return "it is mostly signs, as fonts with a private encoding give"
    return None


def _with_pictures(page: Page, layer: TextLayer, reader: Reader, options: ReadOptions) -> Reading:
    """The layer's words, and those that OCR finds in pictures which the layer says nothing about."""
    silent = [box for box in layer.pictures if area(box) >= _PICTURE_AT_LEAST and _is_silent(box, layer.words)]
    if not silent:
        return Reading(layer.words, "textlayer")
    if sum(map(area, silent)) > _WHOLE_PAGE or len(silent) > _CROPS_AT_MOST:
        silent = [Box(0, 0, 1, 1)]
    found = [word for box in silent for word in _read_part(page, box, reader, options)]
    extra = [
        word for word in found if (word.confidence or 0) >= _SURE and _is_word(word) and _is_free(word, layer.words)
    ]
    if not extra:
        return Reading(layer.words, "textlayer")
    name = reader.read.__module__.rpartition(".")[2]
    return Reading((*layer.words, *extra), f"textlayer+{name}")


def _is_silent(picture: Box, words: tuple[Word, ...]) -> bool:
    return sum(overlap(picture, word.box) for word in words) <= _PICTURE_WORDS_AT_MOST * area(picture)


def _is_word(word: Word) -> bool:
    return sum(char.isalnum() for char in word.text) >= 2


def _is_free(word: Word, taken: tuple[Word, ...]) -> bool:
    return all(overlap(word.box, other.box) < 0.3 * min(area(word.box), area(other.box)) for other in taken)


def _read_part(page: Page, part: Box, reader: Reader, options: ReadOptions) -> list[Word]:
    """The words that OCR finds in a part of the page, in fractions of the whole page."""
    width, height = page.ref.width_px, page.ref.height_px
    x0, y0 = int(part.x0 * width), int(part.y0 * height)
    x1, y1 = min(width, round(part.x1 * width) + 1), min(height, round(part.y1 * height) + 1)
    ref = PageRef(page.ref.source, page.ref.number, x1 - x0, y1 - y0, page.ref.dpi)
    crop = Page(ref, draw=lambda: page.image.crop((x0, y0, x1, y1)))
    if _is_blank(crop):
        return []

    def back(box: Box) -> Box:
        sx, sy = ref.width_px / width, ref.height_px / height
        ox, oy = x0 / width, y0 / height
        return Box(ox + box.x0 * sx, oy + box.y0 * sy, ox + box.x1 * sx, oy + box.y1 * sy)

    return [Word(word.text, back(word.box), word.confidence) for word in reader.read(crop, options).words]


def _is_blank(page: Page) -> bool:
    extrema = page.image.convert("L").getextrema()
    low, high = (float(v) for v in extrema if isinstance(v, int | float))
    return high - low < _FLAT
