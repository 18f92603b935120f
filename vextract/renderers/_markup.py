"""What the formats share: text that is safe to print, whole pixels, blocks of lines, and the name of the program."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from vextract.geometry import to_pixels
from vextract.types import Box, Line, PageRef, PageText

__all__ = ["PROGRAM", "attribute", "blocks", "clean", "content", "pixels", "program_version"]

PROGRAM = "vextract"
# Everything but the production Char of XML 1.0 (fifth edition, 2.2): control characters, surrogates, U+FFFE and U+FFFF.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text with each character that XML and UTF-8 cannot carry replaced by U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


def content(text: str) -> str:
    """The text as XML character data; reads back as `clean(text)`."""
    return escape(clean(text), {"\r": "&#13;"})


def attribute(text: str) -> str:
    """The text as an XML attribute value with its quotes; reads back as `clean(text)`."""
    return quoteattr(clean(text))


def pixels(box: Box, ref: PageRef) -> tuple[int, int, int, int]:
    """The box in whole pixels of the page: x0, y0, x1, y1, rounded to the nearest."""
    x0, y0, x1, y1 = to_pixels(box, ref.width_px, ref.height_px)
    return round(x0), round(y0), round(x1), round(y1)


def blocks(page: PageText) -> Iterator[tuple[Line, ...]]:
    """The page's lines by block, in reading order; lines without words are left out."""
    lines = (line for line in page.lines if line.words)
    for _, block in groupby(lines, key=lambda line: line.block):
        yield tuple(block)


def program_version() -> str | None:
    """The installed version of this program; None where it runs without being installed."""
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return None
