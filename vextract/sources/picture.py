"""Pictures as documents: decoding with Pillow, upright by EXIF, brought to 8-bit grey or RGB on purpose.

A multi-page TIFF has its pages; of an animation only the first picture is a page, and a note says so.
"""

import struct
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

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
_ORIENTATION = 0x0112
# Where the directories of tags about the shot and about the place begin.
_SHOOTING, _PLACE = 0x8769, 0x8825
# What Pillow's decoders raise over damaged files; found by overwriting bytes of pictures of every format.
_DAMAGE = (
    OSError,
    ValueError,
    EOFError,
    SyntaxError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    MemoryError,
    struct.error,
)
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
        self._name, self._limits = name, limits
        self.notes: list[str] = []
        self._handle = path.open("rb")
        # Whoever drops this and its pages without `close`, or never gets it for damage, leaves no file open either.
        weakref.finalize(self, self._handle.close)
        self._file = self._open()
        with self._decoding():
            frames = int(getattr(self._file, "n_frames", 1))
        self.media_type = self._file.get_format_mimetype() or "application/octet-stream"
        self.page_count = frames if self._file.format in _PAGED else 1
        if frames > self.page_count and self._file.format != "MPO":
            self.notes.append(f"animation of {frames} pictures: only the first is read")

    def page(self, number: int) -> Page:
        """The page (1-based), its picture not yet decoded.

        Raises:
            InputError: the frame is damaged or too large.
        """
        with self._decoding():
            self._file.seek(number - 1)
        width, height = self._file.size
        self._check_size(width, height)
        if self._turned_by_ninety():
            width, height = height, width
        ref = PageRef(self._name, number, width, height, _dpi(self._file))
        return Page(ref, draw=lambda: self._decode(ref))

    def exif(self) -> tuple[Mapping[int, object], Mapping[int, object], Mapping[int, object]]:
        """The EXIF tags by number: of the picture, of how it was taken, of the place; empty where there are none."""
        with self._decoding():
            tags = _quietly(self._file.getexif)
            if tags is None:
                return {}, {}, {}
            shooting, place = (_quietly(tags.get_ifd, number) or {} for number in (_SHOOTING, _PLACE))
            return _quietly(dict, tags) or {}, shooting, place

    def close(self) -> None:
        """Gives the file handle back."""
        self._file.close()
        self._handle.close()

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        """What Pillow raises in here says that the file is damaged; what it warns of, broken tags mostly, is not worth a word."""
        import PIL.Image

        guard = PIL.Image.MAX_IMAGE_PIXELS
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # Our own limit on pixels is checked before anything is decoded; Pillow's cannot be raised by our setting.
                PIL.Image.MAX_IMAGE_PIXELS = None
                yield
        except PIL.UnidentifiedImageError as error:
            hint = "PNG, JPEG, TIFF, WebP, GIF, BMP, AVIF, HEIC, PDF and videos can be read; the content decides, not the name"
            raise InputError(f"{self._name!r} is no picture or PDF that can be read", hint) from error
        except _DAMAGE as error:
            raise self._damaged(str(error) or type(error).__name__) from error
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = guard

    def _open(self) -> "ImageFile":
        import PIL.Image

        formats = (*_FORMATS, "HEIF") if _heif_brand(self._handle) and _register_heif(self._name) else _FORMATS
        with self._decoding():
            PIL.Image.init()
            return PIL.Image.open(self._handle, formats=formats)

    def _decode(self, ref: PageRef) -> "Image":
        from PIL import ImageOps

        with self._decoding():
            self._file.seek(ref.number - 1)
            self._file.load()
            upright = _quietly(ImageOps.exif_transpose, self._file) or self._file.copy()
            picture = flatten(to_eight_bit(upright))
        if picture.size != (ref.width_px, ref.height_px):
            raise self._damaged(
                f"it says {ref.width_px} x {ref.height_px} pixels and has {picture.width} x {picture.height}"
            )
        return picture

    def _turned_by_ninety(self) -> bool:
        """Whether the upright picture is as wide as the stored one is high."""
        if self._file.format == "TIFF":
            return False  # Pillow states the upright size of a TIFF
        with self._decoding():
            exif = _quietly(self._file.getexif)
        return exif is not None and exif.get(_ORIENTATION) in (5, 6, 7, 8)

    def _check_size(self, width: int, height: int) -> None:
        if width < 1 or height < 1:
            raise InputError(f"{self._name!r} has no pixels ({width} x {height})", "the file is damaged; save it again")
        if width * height > self._limits.max_pixels:
            size = f"{width:,} x {height:,} pixels, more than the limit of {self._limits.max_pixels:,}"
            raise InputError(f"{self._name!r} has {size}", _LIMIT_HINT)

    def _damaged(self, reason: str) -> InputError:
        return InputError(f"{self._name!r} is damaged: {reason}", "copy or download it again, or save it anew")


_LIMIT_HINT = "raise max_pixels in vextract.toml or VEXTRACT_MAX_PIXELS if this is meant"


def to_eight_bit(image: "Image") -> "Image":
    """The picture with 8 bits a channel: 16-bit and float values are scaled to 0..255, never cut off."""
    if not image.mode.startswith(("I", "F")):
        return image
    import numpy as np
    from PIL import Image as pil

    values = np.asarray(image).astype(np.float32)
    if image.mode.startswith("I;16"):
        # Twelve-bit scanners store their values as they are in sixteen bits.
        low, high = 0.0, float(_TWELVE_BIT if values.max(initial=0) <= _TWELVE_BIT else 65535)
    else:
        finite = values[np.isfinite(values)]
        low, high = float(finite.min(initial=0)), float(finite.max(initial=0))
        values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
    scaled = (values - low) * (255.0 / (high - low or 1.0))
    return pil.fromarray(scaled.round().clip(0, 255).astype(np.uint8))


def flatten(image: "Image") -> "Image":
    """The picture as "L" or "RGB", what is transparent laid on white (on black where the ink itself is light)."""
    from PIL import Image as pil
    from PIL import ImageStat

    if not (image.mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in image.info):
        if image.mode in ("L", "RGB"):
            return image
        return image.convert("L" if image.mode == "1" else "RGB")
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
    except _DAMAGE:
        return None


def _heif_brand(file: BinaryIO) -> bool:
    head = file.read(64)
    file.seek(0)
    # AVIF shares the container and some brands, and needs no extra.
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS and b"avif" not in head


def _register_heif(name: str) -> bool:
    try:
        import pillow_heif
    except ImportError as error:
        hint = "pip install 'vextract[heic]'"
        raise DependencyError(f"{name!r} is a HEIC picture and its decoder is not installed", hint) from error
    pillow_heif.register_heif_opener()
    return True
