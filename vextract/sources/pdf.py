"""PDF files as documents: pages drawn one at a time by PDFium, by poppler where asked for or where PDFium fails.

PDFium is not thread-safe: one process, one thread. Filled-in form fields and other annotations are made part of the page, so that
they are drawn and found in the text layer alike.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vextract.errors import DependencyError, InputError, VextractError
from vextract.sources import poppler
from vextract.sources.options import OpenOptions
from vextract.types import Page, PageRef, TextLayer

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["PdfFile"]

_POINTS_PER_INCH = 72
# PDFium keeps the pictures of every page it has seen until the document is closed, so it is opened anew from time to time.
_REOPEN_AFTER_PAGES = 20


def _scale(dpi: float) -> float:
    """Pixels a point, a hair less: 792 points at 150 dpi are 1650 pixels, and no rounding error may make 1651 of them."""
    return dpi / _POINTS_PER_INCH * (1 - 1e-9)


class PdfFile:
    """An opened PDF.

    Raises:
        InputError: damaged, encrypted without the right password.
        DependencyError: poppler was asked for and is not installed.
    """

    media_type = "application/pdf"

    def __init__(self, path: Path, name: str, options: OpenOptions) -> None:
        self._path, self._name, self._options = path, name, options
        self.notes: list[str] = []
        self._pdf = self._open()
        self._seen = 0
        if self._pdf is None:
            self.page_count = poppler.page_count(path, name, options.password)
        else:
            self.page_count = len(self._pdf)
        if self.page_count == 0:
            raise InputError(f"{name!r} has no pages", "the file is damaged; export it again")

    def page(self, number: int) -> Page:
        """The page (1-based), neither drawn nor read yet.

        Raises:
            InputError: the page cannot be loaded, or has no size.
        """
        if self._pdf is None:
            return self._poppler_page(number)
        try:
            handle = self._load(number)
        except RuntimeError as error:
            return self._poppler_page(number, error)
        width_pt, height_pt = handle.get_size()
        if width_pt < 1 or height_pt < 1:
            raise InputError(
                f"page {number} of {self._name!r} has no size ({width_pt:g} x {height_pt:g} points)",
                "the file is damaged; export it again",
            )
        dpi = self._fitting_dpi(number, width_pt, height_pt)
        width_px, height_px = (math.ceil(v * _scale(dpi)) for v in (width_pt, height_pt))
        if dpi < 1 or width_px * height_px > self._options.limits.max_pixels:
            raise InputError(
                f"page {number} of {self._name!r} is too large to be drawn ({width_pt:g} x {height_pt:g} points)",
                "raise max_pixels in vextract.toml or VEXTRACT_MAX_PIXELS if this is meant",
            )
        ref = PageRef(self._name, number, width_px, height_px, dpi)
        return Page(ref, draw=lambda: self._draw(handle, ref), read_text_layer=lambda: self._read_text_layer(handle))

    def close(self) -> None:
        """Gives the file handle back."""
        if self._pdf is not None:
            self._pdf.close()

    def _open(self) -> Any:
        if self._options.pdf_renderer == "poppler":
            poppler.require()
        import pypdfium2 as pdfium
        import pypdfium2.raw as pdfium_c

        try:
            pdf = pdfium.PdfDocument(self._path, password=self._options.password)
            if pdf.get_formtype() in (pdfium_c.FORMTYPE_XFA_FULL, pdfium_c.FORMTYPE_XFA_FOREGROUND):
                self.notes.append(
                    "an XFA form: only the page that stands in for it can be read; print it to a PDF first"
                )
            elif pdf.get_formtype() != pdfium_c.FORMTYPE_NONE:
                pdf.init_forms()
        except pdfium.PdfiumError as error:
            if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
                raise self._encrypted() from error
            if self._options.pdf_renderer == "pdfium" or not poppler.installed():
                raise self._damaged(str(error)) from error
            self.notes.append("PDFium cannot open this file; read with poppler")
            return None
        return pdf

    def _load(self, number: int) -> Any:
        import pypdfium2.raw as pdfium_c

        self._seen += 1
        if self._seen > _REOPEN_AFTER_PAGES:
            notes = list(self.notes)
            self._pdf.close()
            self._pdf, self._seen, self.notes = self._open(), 1, notes
        page = self._pdf[number - 1]
        if pdfium_c.FPDFPage_GetAnnotCount(page) > 0:
            pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_NORMALDISPLAY)
            page.close()
            page = self._pdf[number - 1]
        return page

    def _draw(self, handle: Any, ref: PageRef) -> "Image":
        if self._options.pdf_renderer == "poppler":
            return self._poppler_drawing(ref)
        assert ref.dpi is not None
        try:
            bitmap = handle.render(scale=_scale(ref.dpi), grayscale=not self._options.colour)
            picture: Image = bitmap.to_pil().convert("RGB" if self._options.colour else "L")
        except (RuntimeError, ValueError, MemoryError) as error:
            if self._options.pdf_renderer == "pdfium":
                raise self._damaged(f"page {ref.number} cannot be drawn: {error}") from error
            return self._poppler_drawing(ref)
        return picture

    def _read_text_layer(self, handle: Any) -> TextLayer | None:
        from vextract.sources.text_layer import read_text_layer

        return read_text_layer(handle)

    def _poppler_page(self, number: int, reason: Exception | None = None) -> Page:
        if reason and (self._options.pdf_renderer == "pdfium" or not poppler.installed()):
            raise self._damaged(f"page {number} cannot be loaded: {reason}") from reason
        # The size is known only after drawing; poppler draws at the dpi that was asked for.
        picture = self._poppler_picture(number, self._options.dpi)
        ref = PageRef(self._name, number, picture.width, picture.height, self._options.dpi)
        return Page(ref, draw=lambda: picture)

    def _poppler_drawing(self, ref: PageRef) -> "Image":
        size = ref.width_px, ref.height_px
        assert ref.dpi is not None
        picture = self._poppler_picture(ref.number, _scale(ref.dpi) * _POINTS_PER_INCH)
        # Rarely poppler rounds to a pixel more or less; its own way to ask for a size gets turned pages wrong.
        return picture if picture.size == size else picture.resize(size)

    def _poppler_picture(self, number: int, dpi: float) -> "Image":
        try:
            return poppler.draw(
                self._path, self._name, number, dpi, self._options.password, colour=self._options.colour
            )
        except VextractError as error:
            if isinstance(error, DependencyError):
                raise
            raise self._damaged(f"page {number} cannot be drawn by PDFium or poppler") from error

    def _fitting_dpi(self, number: int, width_pt: float, height_pt: float) -> float:
        """The dpi asked for, or the largest, in hundredths, at which the page stays within the limit on pixels."""
        wanted = self._options.dpi
        pixels = width_pt * height_pt * (wanted / _POINTS_PER_INCH) ** 2
        if pixels <= self._options.limits.max_pixels:
            return wanted
        dpi = math.floor(wanted * math.sqrt(self._options.limits.max_pixels / pixels) * 99.9) / 100
        self.notes.append(f"page {number} is huge: drawn at {dpi:.0f} dpi to stay within max_pixels")
        return dpi

    def _encrypted(self) -> InputError:
        hint = "give its password with --password or the environment variable VEXTRACT_PASSWORD"
        if self._options.password:
            return InputError(f"{self._name!r} is encrypted and the password is wrong", hint)
        return InputError(f"{self._name!r} is encrypted and needs a password", hint)

    def _damaged(self, reason: str) -> InputError:
        return InputError(f"{self._name!r} is damaged: {reason}", "download or export it again")
