"""Pictures of pages as files: for searchable PDFs, and as they are sent to models."""

import io
from typing import TYPE_CHECKING

from vextract.profiles import ModelProfile
from vextract.requests import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["PREPARATION", "as_sent", "encoded", "sent_size", "shrunk"]

PREPARATION = 1
"""Goes up when the same page would be sent as another picture: what is kept of it then no longer holds."""
# JPEG quality of page pictures: text stays crisp, a page takes a few hundred kilobytes.
_JPEG_QUALITY = 85
_WEBP_QUALITY = 75
# Libwebp's scale from fast (0) to small (6); 2 takes a third of the time of its default for a tenth more bytes.
_WEBP_METHOD = 2
# Drawings and screens of so few colours are smaller and sharper as PNG.
_FEW_COLOURS = 256


def encoded(image: "Image") -> tuple[bytes, str]:
    """The picture as a file, and its media type: pictures of two colours as PNG of one bit, all others as JPEG."""
    buffer = io.BytesIO()
    if len(image.getcolors(2) or (1, 2, 3)) <= 2:
        image.convert("1").save(buffer, "PNG", optimize=True)
        return buffer.getvalue(), "image/png"
    image.save(buffer, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return buffer.getvalue(), "image/jpeg"


def shrunk(image: "Image", max_side_px: int) -> tuple[bytes, tuple[int, int]]:
    """The picture to be looked through: a WebP file, its longer side at most so many pixels; and its width and height."""
    from PIL import Image as Images

    scale = min(1.0, max_side_px / max(image.size))
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Images.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_METHOD)
    return buffer.getvalue(), image.size


def as_sent(image: "Image", profile: ModelProfile, rotation: int = 0) -> Picture:
    """The picture as a model of that family is to get it: turned upright, and no larger than it looks at.

    Args:
        image: upright by EXIF, grey or RGB.
        profile: of the model's family.
        rotation: by how many degrees clockwise (0, 90, 180, 270) its text must be turned to stand upright.
    """
    from PIL import Image as Images

    if rotation:
        image = image.rotate(-rotation, expand=True)
    size = sent_size(image.width, image.height, profile)
    if size != image.size:
        image = image.resize(size, Images.Resampling.LANCZOS)
    if image.getcolors(_FEW_COLOURS):
        buffer = io.BytesIO()
        image.save(buffer, "PNG", optimize=True)
        data, media_type = buffer.getvalue(), "image/png"
    else:
        data, media_type = encoded(image)
    return Picture(data, media_type, image.width, image.height)


def sent_size(width_px: int, height_px: int, profile: ModelProfile) -> tuple[int, int]:
    """Width and height in pixels of what `as_sent` makes of a picture of this size, upright; never larger than the picture."""
    scale = _scale(width_px, height_px, profile)
    return max(1, round(width_px * scale)), max(1, round(height_px * scale))


def _scale(width_px: int, height_px: int, profile: ModelProfile) -> float:
    by_edge = profile.max_edge_px / max(width_px, height_px)
    by_area = (profile.max_pixels / (width_px * height_px)) ** 0.5 if profile.max_pixels else 1.0
    return min(1.0, by_edge, by_area)
