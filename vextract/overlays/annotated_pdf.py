"""A PDF with its marks as annotations: squares that every viewer shows, hides and lists, over pages that stay as they are.

Masks are not drawn: PDFium makes no polygon annotations. The file keeps its text, its encryption and its links.
"""

import ctypes
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vextract.errors import InputError
from vextract.overlays.marks import Mark
from vextract.overlays.palette import Colour, colour_of
from vextract.types import Box, printable

__all__ = ["annotated"]

_LINE_PT = 1.2
_STEPS = 1_000_000
"""PDFium takes places on a page in whole steps: so many along each side."""
_PRINTED = 4
"""The annotation flag "Print". Source: ISO 32000-1:2008, table 165."""


def annotated(pdf_path: Path, marks: Mapping[int, Sequence[Mark]], target: Path, password: str | None = None) -> None:
    """Writes the PDF with a square for each mark: in its colour, with its comment.

    Args:
        pdf_path: the PDF.
        marks: of each page, by its 1-based number; boxes in fractions of the page as viewers show it.
        target: the file to write, replaced if it exists.
        password: of an encrypted PDF, which stays encrypted.

    Raises:
        InputError: it cannot be opened, or has no such page.
    """
    import pypdfium2 as pdfium
    import pypdfium2.raw as pdfium_c

    name = printable(str(pdf_path))
    try:
        pdf = pdfium.PdfDocument(pdf_path, password=password)
    except pdfium.PdfiumError as error:
        if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            hint = "give its password with --password or the environment variable VEXTRACT_PASSWORD"
            raise InputError(
                f"{name!r} is encrypted and its password is {'wrong' if password else 'needed'}", hint
            ) from error
        raise InputError(f"{name!r} is damaged: {error}", "download or export it again") from error
    written = io.BytesIO()
    try:
        for number, on_page in sorted(marks.items()):
            if on_page:
                _annotate(pdf, number, on_page, name)
        pdf.save(written)
    finally:
        pdf.close()
    target.write_bytes(written.getvalue())


def _annotate(pdf: Any, number: int, marks: Sequence[Mark], name: str) -> None:
    import pypdfium2 as pdfium

    if not 1 <= number <= len(pdf):
        raise InputError(
            f"{name!r} has {len(pdf)} pages, but there are marks of page {number}", "give the PDF that was read"
        )
    try:
        page = pdf[number - 1]
    except pdfium.PdfiumError as error:
        raise InputError(f"page {number} of {name!r} is damaged", "download or export it again") from error
    for mark in marks:
        _add_square(page, mark)
    page.close()


def _add_square(page: Any, mark: Mark) -> None:
    import pypdfium2.raw as pdfium_c

    left, bottom, right, top = _on_page(page, mark.box)
    square = pdfium_c.FPDFPage_CreateAnnot(page, pdfium_c.FPDF_ANNOT_SQUARE)
    colour = colour_of(mark.key)
    rect = pdfium_c.FS_RECTF(left=left, top=top, right=right, bottom=bottom)
    pdfium_c.FPDFAnnot_SetRect(square, ctypes.byref(rect))
    pdfium_c.FPDFAnnot_SetColor(square, pdfium_c.FPDFANNOT_COLORTYPE_Color, *colour, 255)
    pdfium_c.FPDFAnnot_SetBorder(square, 0, 0, _LINE_PT)
    pdfium_c.FPDFAnnot_SetFlags(square, _PRINTED)
    _set_text(square, b"Contents", mark.label if mark.comment is None else mark.comment)
    _set_text(square, b"T", mark.key)
    # Viewers that draw no squares of their own show this.
    appearance = _wide(_appearance((left, bottom, right, top), colour))
    pdfium_c.FPDFAnnot_SetAP(square, pdfium_c.FPDF_ANNOT_APPEARANCEMODE_NORMAL, appearance)
    pdfium_c.FPDFPage_CloseAnnot(square)


def _on_page(page: Any, box: Box) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of the box with its line in the page's own space, whatever its rotation and crop box."""
    import pypdfium2.raw as pdfium_c

    corners = []
    for x, y in ((box.x0, box.y0), (box.x1, box.y1)):
        page_x, page_y = ctypes.c_double(), ctypes.c_double()
        step_x, step_y = round(x * _STEPS), round(y * _STEPS)
        pdfium_c.FPDF_DeviceToPage(page, 0, 0, _STEPS, _STEPS, 0, step_x, step_y, page_x, page_y)
        corners.append((page_x.value, page_y.value))
    (left, right), (bottom, top) = (sorted(axis) for axis in zip(*corners, strict=True))
    return left - _LINE_PT, bottom - _LINE_PT, right + _LINE_PT, top + _LINE_PT


def _appearance(rect: tuple[float, float, float, float], colour: Colour) -> str:
    """The drawing commands of a rectangle whose line lies inside the given one."""
    left, bottom, right, top = rect
    red, green, blue = (part / 255 for part in colour)
    x, y, half = left + _LINE_PT / 2, bottom + _LINE_PT / 2, _LINE_PT
    size = f"{right - left - half:.3f} {top - bottom - half:.3f}"
    return f"{red:.4f} {green:.4f} {blue:.4f} RG {_LINE_PT} w {x:.3f} {y:.3f} {size} re S"


def _set_text(annotation: Any, key: bytes, text: str) -> None:
    import pypdfium2.raw as pdfium_c

    pdfium_c.FPDFAnnot_SetStringValue(annotation, key, _wide(text))


def _wide(text: str) -> Any:
    """Text as PDFium takes it: UTF-16 with an end mark."""
    import pypdfium2.raw as pdfium_c

    units = text.replace("\0", "").encode("utf-16-le", "replace") + b"\0\0"
    return (pdfium_c.FPDF_WCHAR * (len(units) // 2)).from_buffer_copy(units)
