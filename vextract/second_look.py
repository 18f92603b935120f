"""A second look at pages read by OCR: a part of one cut out and enlarged, or all of it, read in other ways than the first time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from vextract.errors import VextractError
from vextract.geometry import from_pixels, turn
from vextract.readers import Reader, ReadOptions, find_reader
from vextract.types import Box, Page, PageRef, PageText, Word

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["SecondLook"]

# Print is brought to about this height before it is read. Of page segmentation modes, columns of one size and scattered text find
# most of what the first reading missed on forms and receipts (docs/benchmarks.md).
_PART_LETTER_PX, _COLUMN_LETTER_PX, _SPARSE_LETTER_PX = 34.0, 30.0, 22.0
_SHEET_LETTER_PX = 19.0
_ONE_COLUMN, _AS_ONE_BLOCK, _SPARSE = 4, 6, 11
_LARGEST_SCALE = 4.0
_LONGEST_PX = 5000
# RapidOCR looks for lines on a picture of at least so many pixels a side, so a sheet up to that costs the same as an empty one; one
# much larger costs more than it finds.
_SHEET_PX, _LARGEST_SHEET_PX = 736, 1400
_GAP_PX = 24


class SecondLook:
    """Reads the pages of one document again.

    Args:
        texts: of the pages as they were read first; a page with a text layer is not read again.
        open_page: gives a page by its number, when it is first looked at.
        options: of the first reading.
    """

    def __init__(self, texts: Sequence[PageText], open_page: Callable[[int], Page], options: ReadOptions) -> None:
        self._texts = {text.ref.number: text for text in texts if text.reader != "textlayer"}
        self._open_page, self._options = open_page, options
        self._pages: dict[int, Page] = {}
        self._closely: set[int] = (
            set()
        )  # pages whose likely parts RapidOCR has read: to read all of them costs more than it finds

    def parts(self, number: int, parts: Sequence[Box], letter: float) -> Iterator[Sequence[Word]]:
        """The words of parts of a page, in page fractions; `letter` is how high their print is.

        All parts are put on one sheet, one below another, and read at once: by RapidOCR where it is installed, else by Tesseract.
        """
        if number not in self._texts or not parts:
            return
        reader = _crop_reader(self._options)
        if reader.name == "rapidocr":
            self._closely.add(number)
        wanted_px = _SHEET_LETTER_PX if reader.name == "rapidocr" else _PART_LETTER_PX
        cuts = [
            _cut(self._page(number), part, wanted_px / max(letter, 1e-6), self._texts[number].rotation)
            for part in parts
        ]
        for sheet in _sheets(cuts, _LARGEST_SHEET_PX if reader.name == "rapidocr" else _LONGEST_PX):
            yield self._words(reader.reader, sheet, _AS_ONE_BLOCK)

    def whole(self, number: int) -> Iterator[Sequence[Word]]:
        """The words of a page, read as one column, then as scattered text; nothing where RapidOCR has read its likely parts."""
        if number not in self._texts or number in self._closely:
            return
        heights = [word.box.y1 - word.box.y0 for word in self._texts[number].words if len(word.text) > 2]
        letter = median(heights) if heights else 0.012
        ways = ((_ONE_COLUMN, _COLUMN_LETTER_PX), (_SPARSE, _SPARSE_LETTER_PX))
        for mode, letter_px in ways:
            yield self._read(number, Box(0, 0, 1, 1), mode, letter_px / letter)

    def _page(self, number: int) -> Page:
        if number not in self._pages:
            self._pages[number] = self._open_page(number)
        return self._pages[number]

    def _read(self, number: int, part: Box, mode: int, height_px: float) -> Sequence[Word]:
        """Reads a part of a page, enlarged so that the whole page would be so many pixels high."""
        cut = _cut(self._page(number), part, height_px, self._texts[number].rotation)
        return self._words(find_reader("tesseract"), _Sheet(cut.image, ((0, cut),)), mode)

    def _words(self, reader: Reader, sheet: "_Sheet", mode: int) -> Sequence[Word]:
        page = Page(PageRef("", 1, sheet.image.width, sheet.image.height), draw=lambda: sheet.image)
        try:
            words = reader.read(page, replace(self._options, psm=mode, rotate=False)).words
        except VextractError:
            return ()  # the page was read; that a part of it cannot be read again is no failure
        return [Word(word.text, sheet.back(word.box), word.confidence) for word in words]


@dataclass(frozen=True, slots=True)
class _Named:
    """A reader and its name."""

    name: str
    reader: Reader


def _crop_reader(options: ReadOptions) -> _Named:
    """RapidOCR, which reads small and poor print best, where it is installed and knows the languages; else Tesseract."""
    reader = find_reader("rapidocr")
    try:
        reader.check(options)
    except VextractError:
        return _Named("tesseract", find_reader("tesseract"))
    return _Named("rapidocr", reader)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A part of a page, upright and enlarged; `part` is where it was, in page fractions."""

    image: "Image"
    part: Box
    rotation: int

    def back(self, box: Box) -> Box:
        """From fractions of the cut to those of the page."""
        box, part = turn(box, -self.rotation), self.part
        width, height = part.x1 - part.x0, part.y1 - part.y0
        return Box(
            part.x0 + box.x0 * width, part.y0 + box.y0 * height, part.x0 + box.x1 * width, part.y0 + box.y1 * height
        )


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Cuts on one picture, each with the row of pixels where it begins."""

    image: "Image"
    cuts: tuple[tuple[int, _Cut], ...]

    def back(self, box: Box) -> Box:
        """From fractions of the sheet to those of the page: what lies over the edge of a cut is cut off."""
        width, height = self.image.size
        middle = (box.y0 + box.y1) / 2 * height
        top, cut = max(
            (pair for pair in self.cuts if pair[0] <= middle), default=self.cuts[0], key=lambda pair: pair[0]
        )
        corners = (box.x0 * width, box.y0 * height - top, box.x1 * width, box.y1 * height - top)
        return cut.back(from_pixels(corners, cut.image.width, cut.image.height))


def _sheets(cuts: Sequence[_Cut], longest_px: int) -> Iterator[_Sheet]:
    """The cuts one below another on as few sheets as hold them."""
    from PIL import Image

    left = list(cuts)
    while left:
        placed: list[tuple[int, _Cut]] = []
        y = _GAP_PX
        while left and (not placed or y + left[0].image.height <= longest_px):
            placed.append((y, left.pop(0)))
            y += placed[-1][1].image.height + _GAP_PX
        width = max(cut.image.width for _, cut in placed)
        sheet = Image.new("RGB", (max(_SHEET_PX, width), max(_SHEET_PX, y)), "white")
        for top, cut in placed:
            sheet.paste(cut.image, (0, top))
        yield _Sheet(sheet, tuple(placed))


def _cut(page: Page, part: Box, height_px: float, rotation: int) -> _Cut:
    """The part upright and enlarged, so that the whole page would be so many pixels high."""
    from PIL import Image

    width, height = page.ref.width_px, page.ref.height_px
    x0, y0 = int(part.x0 * width), int(part.y0 * height)
    x1, y1 = max(x0 + 1, min(width, round(part.x1 * width))), max(y0 + 1, min(height, round(part.y1 * height)))
    image = page.image.crop((x0, y0, x1, y1))
    turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    if rotation:
        image = image.transpose(turns[rotation])
    scale = min(_LARGEST_SCALE, height_px / height, _LONGEST_PX / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    image = image.resize(size, Image.Resampling.BICUBIC)
    return _Cut(image, Box(x0 / width, y0 / height, x1 / width, y1 / height), rotation)
