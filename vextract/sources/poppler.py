"""The second PDF renderer: poppler's programs, called through pdf2image."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.errors import DependencyError, InputError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["draw", "installed", "page_count", "require"]

_TIMEOUT_S = 120


def installed() -> bool:
    """Whether poppler's programs are on the PATH."""
    return shutil.which("pdftoppm") is not None and shutil.which("pdfinfo") is not None


def require() -> None:
    """Makes sure that poppler can be called.

    Raises:
        DependencyError: it is not installed.
    """
    if not installed():
        raise DependencyError(
            "poppler is not installed (no pdftoppm on the PATH)", "sudo apt-get install poppler-utils"
        )


def page_count(path: Path, name: str, password: str | None) -> int:
    """How many pages poppler finds.

    Raises:
        InputError: poppler cannot open the file.
    """
    import pdf2image
    from pdf2image.exceptions import PDFPageCountError, PDFPopplerTimeoutError

    try:
        info = pdf2image.pdfinfo_from_path(os.path.abspath(path), userpw=password or "", timeout=_TIMEOUT_S)
        return int(info["Pages"])
    except (PDFPageCountError, PDFPopplerTimeoutError, KeyError, ValueError) as error:
        hint = "download or export it again"
        raise InputError(f"{name!r} is damaged: neither PDFium nor poppler can open it", hint) from error


def draw(  # noqa: PLR0913  one more than five
    path: Path, name: str, number: int, dpi: float, password: str | None, *, colour: bool
) -> "Image":
    """The page (1-based) as an RGB or grey picture.

    Raises:
        InputError: poppler cannot draw it.
        DependencyError: poppler is not installed.
    """
    import pdf2image
    from pdf2image.exceptions import PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError
    from PIL import UnidentifiedImageError

    require()
    try:
        pictures = pdf2image.convert_from_path(
            os.path.abspath(path),  # a relative name could begin with a dash and be taken for an option
            dpi=dpi,  # type: ignore[arg-type]  # pdftoppm takes fractions
            first_page=number,
            last_page=number,
            grayscale=not colour,
            userpw=password or "",
            use_cropbox=True,
            timeout=_TIMEOUT_S,
        )
    except (
        PDFPageCountError,
        PDFPopplerTimeoutError,
        PDFSyntaxError,
        OSError,
        ValueError,
        UnidentifiedImageError,
    ) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"page {number} of {name!r} cannot be drawn by poppler: {reason}", "export the file again"
        ) from error
    if not pictures:
        raise InputError(f"page {number} of {name!r} cannot be drawn by poppler", "download or export the file again")
    return pictures[0].convert("RGB" if colour else "L")
