"""The words that a PDF page itself carries, with boxes in the page as displayed (turned and cropped).

Source: the text API of PDFium, public/fpdf_text.h, https://pdfium.googlesource.com/pdfium (read 2026-11). Loose character boxes are
taken since tight ones differ from letter to letter; PDFium's page-to-device mapping takes care of rotation and crop box.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vextract.geometry import area, clip
from vextract.types import Box, TextLayer, Word

__all__ = ["read_text_layer"]

# Device units a page point in the mapping: it yields whole numbers, this keeps a hundredth of a point.
_FINENESS = 100
_HYPHEN_AT_LINE_END = 0x02
_NOT_CHARACTERS = {0, 0xFFFE, 0xFFFF}
_REPLACEMENT = 0xFFFD
_PRIVATE_USE = range(0xE000, 0xF900)
# A word ends at a gap of this share of the letter height, where the page has no space character of its own.
_GAP = 0.3


@dataclass(slots=True)
class _Run:
    """Letters gathered into a word; the box in PDF points: left, bottom, right, top."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    def gap_to(self, box: Any) -> float:
        """Points between the word and the next letter, in whatever direction it lies; negative if they touch."""
        gap: float = max(box.left - self.right, self.left - box.right, box.bottom - self.top, self.bottom - box.top)
        return gap

    def add(self, char: str, box: Any) -> None:
        self.text += char
        self.left, self.bottom = min(self.left, box.left), min(self.bottom, box.bottom)
        self.right, self.top = max(self.right, box.right), max(self.top, box.top)


def read_text_layer(page: Any) -> TextLayer | None:
    """The page's words; None if it has no character at all.

    Args:
        page: a loaded `pypdfium2.PdfPage`.
    """
    import pypdfium2.raw as c

    text = page.get_textpage()
    try:
        total = text.count_chars()
        if total < 1:
            return None
        counts = {"seen": 0, "broken": 0, "invisible": 0}
        words = [Word(run.text, box) for run in _runs(text.raw, total, counts) if area(box := _on_page(page, run)) > 0]
    finally:
        text.close()
    if not counts["seen"]:
        return None
    objects = page.get_objects(filter=[c.FPDF_PAGEOBJ_IMAGE])
    pictures = tuple(_on_page(page, _bounds(picture)) for picture in objects)
    return TextLayer(
        words=tuple(words),
        broken=counts["broken"] / counts["seen"],
        invisible=counts["invisible"] / counts["seen"],
        pictures=tuple(box for box in pictures if area(box) > 0),
    )


def _runs(text: Any, total: int, counts: dict[str, int]) -> Iterator[_Run]:
    """The words in content order; counts characters, those without a Unicode value, those never painted."""
    import pypdfium2.raw as c

    box = c.FS_RECTF()
    run: _Run | None = None
    for i, code in _codes(text, total):
        char = "-" if code == _HYPHEN_AT_LINE_END else chr(code)
        if char.isspace() or code in _NOT_CHARACTERS:
            if run:
                yield run
            run = None
            continue
        if not c.FPDFText_IsGenerated(text, i):
            counts["seen"] += 1
            counts["broken"] += _is_broken(text, i, code)
            counts["invisible"] += _is_invisible(text, i)
        c.FPDFText_GetLooseCharBox(text, i, box)
        if run and run.gap_to(box) > _GAP * max(box.top - box.bottom, 1.0):
            yield run
            run = None
        if run:
            run.add(char, box)
        else:
            run = _Run(char, box.left, box.bottom, box.right, box.top)
        if code == _HYPHEN_AT_LINE_END:
            yield run
            run = None
    if run:
        yield run


def _codes(text: Any, total: int) -> Iterator[tuple[int, int]]:
    """Index and code point of each character. Surrogates are joined; half a pair is a character without a Unicode value."""
    import pypdfium2.raw as c

    high: tuple[int, int] | None = None
    for i in range(total):
        code = c.FPDFText_GetUnicode(text, i)
        low = 0xDC00 <= code < 0xE000
        if high and low:
            yield i, 0x10000 + ((high[1] - 0xD800) << 10) + (code - 0xDC00)
        elif high:
            yield high[0], _REPLACEMENT
        if 0xD800 <= code < 0xDC00:
            high = i, code
            continue
        if not (high and low):
            yield i, _REPLACEMENT if low else code
        high = None
    if high:
        yield high[0], _REPLACEMENT


def _is_broken(text: Any, i: int, code: int) -> bool:
    import pypdfium2.raw as c

    if code == _REPLACEMENT or code in _PRIVATE_USE or (code < 0x20 and code != _HYPHEN_AT_LINE_END):
        return True
    return bool(c.FPDFText_HasUnicodeMapError(text, i) == 1)


def _is_invisible(text: Any, i: int) -> bool:
    import pypdfium2.raw as c

    piece = c.FPDFText_GetTextObject(text, i)
    return bool(piece) and c.FPDFTextObj_GetTextRenderMode(piece) == c.FPDF_TEXTRENDERMODE_INVISIBLE


def _bounds(picture: Any) -> _Run:
    """The picture's box in points of the page, also if it lies in form objects, each with a coordinate system of its own."""
    left, bottom, right, top = picture.get_bounds()
    corners = [(x, y) for x in (left, right) for y in (bottom, top)]
    while (picture := picture.container) is not None:
        matrix = picture.get_matrix()
        corners = [matrix.on_point(x, y) for x, y in corners]
    xs, ys = zip(*corners, strict=True)
    return _Run("", min(xs), min(ys), max(xs), max(ys))


def _on_page(page: Any, run: _Run) -> Box:
    """The run's box in fractions of the page as displayed."""
    import pypdfium2.raw as c

    width, height = (max(1, int(v * _FINENESS)) for v in page.get_size())
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for point in ((run.left, run.bottom), (run.right, run.top)):
        c.FPDF_PageToDevice(page, 0, 0, width, height, 0, *point, x, y)
        corners.append((x.value / width, y.value / height))
    (xa, ya), (xb, yb) = corners
    return clip(Box(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)))
