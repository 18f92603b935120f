"""Searchable PDF: each page is its picture with the words, invisible, at the places where they were read.

The picture is shown as it is; where its text stands sideways or upside down, the words do too. Pages are written as
they come and nothing of them is kept, so that the length of a document is no matter of memory. It does not try to keep
anything else of a PDF that came in (links, bookmarks, form fields).
"""

from collections.abc import Iterable
from math import isfinite
from statistics import linear_regression, median
from unicodedata import bidirectional

from vextract.geometry import turn
from vextract.renderers import Format, RenderOptions
from vextract.renderers._glyphless import ADVANCE, HEIGHT, GlyphlessFont
from vextract.renderers._markup import PROGRAM, clean
from vextract.renderers._pdf_file import ObjectFile, number, text_string
from vextract.renderers._pdf_picture import embed
from vextract.types import Box, Line, PageRef, PageText, Record

__all__ = ["FORMAT"]

_Matrix = tuple[int, int, int, int, int, int]
_POINTS_PER_INCH = 72.0
# A4, whose longer side a page of unknown resolution gets: whatever the camera, the page opens at a size fit to
# read and print.
_LONGER_SIDE_PT = 841.89
# ISO 32000-1, annex C: no side of a page may be shorter or longer.
_SIDE_LIMITS_PT = (3.0, 14400.0)
# A box without height or width still must be found: no font is smaller, no text narrower.
_SMALLEST_PT = 0.1
# Readers see two words where the gap is at least this share of the font size, in poppler 0.1.
_LEAST_GAP = 0.15
# With fewer words a descender would pass for a slope.
_FEWEST_FOR_A_SLOPE = 4
# pdfium, and the browsers built on it, sort the words of a line by where their text begins, upside-down ones last word
# first. So all words of such a line begin together, at the line's own beginning, with a space and a jump.
_UPSIDE_DOWN = 180
# Unicode's classes of characters with a direction (UAX 9, table 4); numbers run left to right within every script.
_RIGHT_TO_LEFT = {"R", "AL"}
_LEFT_TO_RIGHT = {"L", "EN", "AN"}
# How data of each EXIF orientation lies in the unit square that PDF draws pictures in: (a, b, c, d, e, f).
_ORIENTATIONS: dict[int, _Matrix] = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}


class _Writer:
    def __init__(self, options: RenderOptions) -> None:
        del options  # a PDF file has its own unit, and holds one document
        self._file = ObjectFile()
        self._catalog, self._tree, self._info = (self._file.reserve() for _ in range(3))
        self._font = GlyphlessFont(self._file)
        self._pages: list[int] = []

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        if not self._pages:
            yield self._file.head()
        width, height = _size(page.ref)
        drawn, resources = "", f"/Font<</F {self._font.object_number} 0 R>>"
        if picture is not None:
            embedded, image = embed(picture), self._file.reserve()
            yield self._file.stream(image, embedded.data, embedded.entries, packed=True)
            turned = " ".join(map(str, _ORIENTATIONS[embedded.orientation]))
            drawn = f"q {number(width)} 0 0 {number(height)} 0 0 cm {turned} cm /P Do Q\n"
            resources += f"/XObject<</P {image} 0 R>>"
        content, number_ = self._file.reserve(), self._file.reserve()
        text = _text(page, width, height, self._font)
        yield self._file.stream(content, f"{drawn}{text}".encode("ascii"))
        yield self._file.plain(
            number_,
            f"<</Type/Page/Parent {self._tree} 0 R/MediaBox[0 0 {number(width)} {number(height)}]"
            f"/Resources<<{resources}>>/Contents {content} 0 R>>",
        )
        self._pages.append(number_)

    def close(self, record: Record[object]) -> Iterable[bytes]:
        if not self._pages:
            return
        yield from self._font.objects()
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        yield self._file.plain(self._tree, f"<</Type/Pages/Count {len(self._pages)}/Kids[{kids}]>>")
        yield self._file.plain(self._catalog, f"<</Type/Catalog/Pages {self._tree} 0 R>>")
        # No dates: the same document gives the same bytes.
        title, producer = text_string(clean(record.source)), text_string(PROGRAM)
        yield self._file.plain(self._info, f"<</Title{title}/Producer{producer}>>")
        yield self._file.tail(self._catalog, self._info)


def _size(ref: PageRef) -> tuple[float, float]:
    """Width and height of the page in points."""
    shortest, longest = _SIDE_LIMITS_PT
    if ref.dpi is not None and isfinite(ref.dpi) and ref.dpi > 0:
        width, height = (side * _POINTS_PER_INCH / ref.dpi for side in (ref.width_px, ref.height_px))
        if min(width, height) >= shortest and max(width, height) <= longest:
            return width, height
    scale = _LONGER_SIDE_PT / max(ref.width_px, ref.height_px)
    return max(ref.width_px * scale, shortest), max(ref.height_px * scale, shortest)


def _text(page: PageText, width: float, height: float, font: GlyphlessFont) -> str:
    """The operators that place the page's words, in reading order, on a page of that size in points."""
    rotation = page.rotation % 360
    # From the frame in which the text is upright (origin at its lower left) to that of the page as given.
    turned = {
        0: (1, 0, 0, 1, 0, 0),
        90: (0, 1, -1, 0, width, 0),
        180: (-1, 0, 0, -1, width, height),
        270: (0, -1, 1, 0, 0, height),
    }[rotation]
    upright = (width, height) if rotation % 180 == 0 else (height, width)
    lines = "".join(_line(line, rotation, upright, font) for line in page.lines if line.words)
    return f"q {' '.join(map(number, turned))} cm\nBT 3 Tr\n{lines}ET Q"


def _line(line: Line, rotation: int, size: tuple[float, float], font: GlyphlessFont) -> str:
    """The words of one line, upright, with a space between each two, which fills the gap."""
    width, height = size
    words = [(clean(word.text), turn(word.box, rotation)) for word in line.words]
    if any(map(_is_right_to_left, (text for text, _ in words))):
        words.sort(key=lambda word: word[1].x0)
    boxes = [box for _, box in words]
    start = min(box.x0 for box in boxes) * width
    parts = []
    for (text, box), (low, high), after in zip(words, _heights(boxes), [*boxes[1:], None], strict=True):
        points = max((low - high) * height / HEIGHT, _SMALLEST_PT)
        x, wide, gap = box.x0 * width, (box.x1 - box.x0) * width, _SMALLEST_PT
        if after and after.x0 >= box.x0:
            gap = max((after.x0 - box.x1) * width, _LEAST_GAP * points)
            wide = max(min(wide, (after.x0 - box.x0) * width - gap), wide / 2)
        shown = _visual(text)
        run = _run(shown, wide, points, font) + _run(" ", gap, points, font)
        if rotation == _UPSIDE_DOWN:
            x, run = start, _run(shown, wide, points, font, x - start)
        parts.append(f"/F {number(points)} Tf 1 0 0 1 {number(x)} {number((1 - low) * height)} Tm {run}\n")
    return "".join(parts)


def _heights(boxes: list[Box]) -> list[tuple[float, float]]:
    """For each upright word of a line where its text stands: bottom and top, in fractions of the page.

    Readers take a change of the font's size or of the baseline for another line. So all words of a line get the size of
    the tallest of them and stand on one straight, perhaps sloping, baseline. A word more than twice as tall as is usual
    in the line (an initial, a bracket over several lines) keeps its own size and bottom, and so does one far off the
    baseline.
    """
    usual = median(box.y1 - box.y0 for box in boxes)
    common = max(h for box in boxes if (h := box.y1 - box.y0) <= 2 * usual)
    standing = [box for box in boxes if common / 2 <= box.y1 - box.y0 <= common]
    slope, level = _baseline(standing)
    heights = []
    for box in boxes:
        own, bottom = box.y1 - box.y0, slope * _middle(box) + level
        if own > common or (own >= common / 2 and abs(box.y1 - bottom) > common / 2):
            bottom = box.y1
        heights.append((bottom, bottom - max(own, common)))
    return heights


def _baseline(boxes: list[Box]) -> tuple[float, float]:
    """Slope and level at the page's left edge of the straight line along the bottoms of upright boxes."""
    if len({_middle(box) for box in boxes}) < _FEWEST_FOR_A_SLOPE:
        return 0.0, median(box.y1 for box in boxes)
    slope, level = linear_regression([_middle(box) for box in boxes], [box.y1 for box in boxes])
    return slope, level


def _middle(box: Box) -> float:
    return (box.x0 + box.x1) / 2


def _run(text: str, width_pt: float, points: float, font: GlyphlessFont, ahead_pt: float | None = None) -> str:
    """The operators that show a text stretched or squeezed to a width, if asked for `ahead_pt` points after a space."""
    stretch = max(width_pt, _SMALLEST_PT) / (max(len(text), 1) * ADVANCE * points)
    shown = f"{font.encode(text)} Tj "
    if ahead_pt is not None:
        # In thousandths of the stretched font size, and counted backwards (ISO 32000-1, 9.4.3).
        back = (ADVANCE - ahead_pt / (points * stretch)) * 1000
        shown = f"[{font.encode(' ')} {number(back)} {font.encode(text)}] TJ "
    return f"{number(stretch * 100)} Tz {shown}"


def _is_right_to_left(text: str) -> bool:
    """Whether any character runs from right to left."""
    return any(bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def _visual(text: str) -> str:
    """The word's characters from left to right, as on paper: readers turn right-to-left words back themselves."""
    if not _is_right_to_left(text):
        return text
    runs: list[tuple[bool, str]] = []
    for character in text:
        kind = bidirectional(character)
        # What has no direction of its own goes with what stands before it.
        leftward = kind in _RIGHT_TO_LEFT or (kind not in _LEFT_TO_RIGHT and (not runs or runs[-1][0]))
        if runs and runs[-1][0] == leftward:
            runs[-1] = leftward, runs[-1][1] + character
        else:
            runs.append((leftward, character))
    return "".join(run[::-1] if leftward else run for leftward, run in reversed(runs))


FORMAT = Format(suffix=".pdf", writer=_Writer, concatenates=False, wants_pictures=True)
