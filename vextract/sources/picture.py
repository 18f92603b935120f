"""Pictures as documents: decoding with Pillow, upright by EXIF, brought to 8-bit grey or RGB on purpose.

A multi-page TIFF has its pages; of an animation only the first picture is a page, and a note says so.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vextract.errors import DependencyError, InputError
from vextract.sources.options import Limits
from vextract.types import Page, PageRef

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

__all__ = ["PictureFile", "flatten", "to_eight_bit"]

T = TypeVar("T")
# MPO comes with JPEG. No EPS or WMF (they start other programs), no formats that nobody scans to.
_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "DIB", "AVIF", "JPEG2000", "PPM")
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_PAGED = {"TIFF"}
_TWELVE_BIT = 4095
# A dots-per-inch note outside this range is a default or a mistake of the writer, not a fact about the scan.
_PLAUSIBLE_DPI = (72, 2400)


class PictureFile:
    """An opened picture file.

    Raises:
        InputError: no picture, damaged, or over the limits.
        DependencyError: HEIC without its decoder.
    """

    def __init__(self, path: Path, name: str, limits: Limits) -> None:
        self._path, self._name, self._limits = path, name, limits
        self.notes: list[str] = []
        self._file = self._open()
        self.media_type = self._file.get_format_mimetype() or "application/octet-stream"
        try:
            frames = int(getattr(self._file, "n_frames", 1))
        except (OSError, ValueError, EOFError, SyntaxError) as error:
            raise self._damaged(error) from error
        self.page_count = frames if self._file.format in _PAGED else 1
        if frames > self.page_count and self._file.format != "MPO":
            self.notes.append(f"animation of {frames} pictures: only the first is read")

    def page(self, number: int) -> Page:
        """The page (1-based), its picture not yet decoded.

        Raises:
            InputError: the frame is damaged or too large.
        """
        try:
            self._file.seek(number - 1)
        except (OSError, ValueError, EOFError, SyntaxError) as error:
            raise self._damaged(error) from error
        width, height = self._file.size
        self._check_size(width, height)
        if self._orientation() >= 5:
            width, height = height, width
        return Page(PageRef(self._name, number, width, height, _dpi(self._file)), draw=lambda: self._decode(number))

    def close(self) -> None:
        """Gives the file handle back."""
        self._file.close()

    def _open(self) -> "ImageFile":
        import PIL.Image

        brand = _heif_brand(self._path)
        formats = (*_FORMATS, "HEIF") if brand and _register_heif(self._name) else _FORMATS
        guard = PIL.Image.MAX_IMAGE_PIXELS
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # Our own limit on pixels is checked before anything is decoded; Pillow's cannot be raised by our setting.
                PIL.Image.MAX_IMAGE_PIXELS = None
                PIL.Image.init()
                return PIL.Image.open(self._path, formats=formats)
        except PIL.UnidentifiedImageError as error:
            hint = "PNG, JPEG, TIFF, WebP, GIF, BMP, AVIF, HEIC and PDF can be read; the content decides, not the name"
            raise InputError(f"{self._name!r} is no picture or PDF that can be read", hint) from error
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise self._damaged(error) from error
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = guard

    def _decode(self, number: int) -> "Image":
        from PIL import ImageOps

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # broken EXIF and TIFF tags; what matters raises
                self._file.seek(number - 1)
                self._file.load()
                upright = _quietly(ImageOps.exif_transpose, self._file) or self._file.copy()
            return flatten(to_eight_bit(upright))
        except (OSError, ValueError, EOFError, SyntaxError, MemoryError) as error:
            raise self._damaged(error) from error

    def _orientation(self) -> int:
        exif = _quietly(self._file.getexif)
        value = exif.get(0x0112, 1) if exif else 1
        return value if isinstance(value, int) and 1 <= value <= 8 else 1

    def _check_size(self, width: int, height: int) -> None:
        if width < 1 or height < 1:
            raise InputError(f"{self._name!r} has no pixels ({width} x {height})", "the file is damaged; save it again")
        if width * height > self._limits.max_pixels:
            size = f"{width:,} x {height:,} pixels, more than the limit of {self._limits.max_pixels:,}"
            raise InputError(f"{self._name!r} has {size}", _LIMIT_HINT)

    def _damaged(self, error: BaseException) -> InputError:
        reason = str(error) or type(error).__name__
        return InputError(f"{self._name!r} is damaged: {reason}", "copy or download it again, or save it anew")


_LIMIT_HINT = "raise max_pixels in vextract.toml or VEXTRACT_MAX_PIXELS if this is meant"


def to_eight_bit(image: "Image") -> "Image":
    """The picture with 8 bits a channel: 16-bit and float values are scaled to 0..255, never cut off."""
    if not image.mode.startswith(("I", "F")):
        return image
    import numpy as np
    from PIL import Image as pil

    values = np.asarray(image).astype(np.float64)
    if image.mode.startswith("I;16"):
        # Twelve-bit scanners store their values as they are in sixteen bits.
        low, high = 0.0, float(_TWELVE_BIT if values.max(initial=0) <= _TWELVE_BIT else 65535)
    else:
        values = np.nan_to_num(values)
        low, high = float(values.min(initial=0)), float(values.max(initial=0))
    scaled = (values - low) * (255.0 / (high - low or 1.0))
    return pil.fromarray(scaled.round().clip(0, 255).astype(np.uint8))


def flatten(image: "Image") -> "Image":
    """The picture as "L" or "RGB", what is transparent laid on white (on black where the ink itself is light)."""
    from PIL import Image as pil
    from PIL import ImageStat

    if image.mode in ("L", "RGB"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if not (image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info):
        return image.convert("RGB")
    layered = image.convert("RGBA")
    opaque = layered.getchannel("A").point(lambda alpha: 255 if alpha > 127 else 0)
    covered = ImageStat.Stat(opaque).mean[0] / 255
    light = 0 < covered < 0.5 and ImageStat.Stat(layered.convert("L"), mask=opaque).mean[0] > 200
    ground = pil.new("RGBA", layered.size, "black" if light else "white")
    return pil.alpha_composite(ground, layered).convert("RGB")


def _dpi(image: "Image") -> float | None:
    given = image.info.get("dpi")
    try:
        value = float(given[0]) if given else 0.0
    except (TypeError, ValueError, ZeroDivisionError, IndexError):
        return None
    low, high = _PLAUSIBLE_DPI
    return round(value, 1) if low <= value <= high else None


def _quietly(read: Callable[..., T], *args: object) -> T | None:
    """The result, or None where broken EXIF data makes Pillow stumble: EXIF is a nicety, the picture is the matter."""
    try:
        return read(*args)
    except (OSError, ValueError, TypeError, SyntaxError, KeyError, IndexError, EOFError, ZeroDivisionError):
        return None


def _heif_brand(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS


def _register_heif(name: str) -> bool:
    try:
        import pillow_heif
    except ImportError as error:
        hint = "pip install 'vextract[heic]'"
        raise DependencyError(f"{name!r} is a HEIC picture and its decoder is not installed", hint) from error
    pillow_heif.register_heif_opener()
    return True
