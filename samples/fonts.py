"""Fonts of the samples by role, for PDF drawing, for picture drawing and for measuring.

The sans fonts are Bitstream Vera, which reportlab ships; any other name is taken as one of the
standard PDF fonts, which can only be used in a PDF.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import reportlab  # type: ignore[import-untyped]
from PIL import ImageFont
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

_VERA = {"sans": "Vera", "sans-bold": "VeraBd", "sans-italic": "VeraIt"}
_FOLDER = Path(reportlab.__file__).parent / "fonts"


@cache
def pdf_font(role: str) -> str:
    """Return the reportlab name of a font, registering it on first use."""
    name = _VERA.get(role)
    if name is None:
        return role
    pdfmetrics.registerFont(TTFont(name, str(_FOLDER / f"{name}.ttf")))
    return name


@cache
def picture_font(role: str, pixels: float) -> ImageFont.FreeTypeFont:
    """Return the Pillow font of a role at a size in pixels."""
    return ImageFont.truetype(_FOLDER / f"{_VERA[role]}.ttf", pixels, layout_engine=ImageFont.Layout.BASIC)


def text_width(text: str, role: str, size: float) -> float:
    """Return the width of a text in points."""
    return float(pdfmetrics.stringWidth(text, pdf_font(role), size))


def wrap(text: str, role: str, size: float, width: float) -> list[str]:
    """Break a paragraph into lines no wider than `width` points."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        longer = f"{current} {word}".strip()
        if current and text_width(longer, role, size) > width:
            lines.append(current)
            current = word
        else:
            current = longer
    return [*lines, current]
