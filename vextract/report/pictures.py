"""Pictures of pages as a review page shows them: made smaller, so that many fit into one file."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vextract.pictures import shrunk

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["DEFAULT_MAX_SIDE_PX", "PagePicture", "page_picture"]

# An A4 page at 137 dpi: print of eight points can be read, and a page takes about a hundred kilobytes.
DEFAULT_MAX_SIDE_PX = 1600


@dataclass(frozen=True, slots=True)
class PagePicture:
    """The picture of a page as it is shown: a file of a kind that browsers know, and its own size, not the page's.

    Attributes:
        page: its 1-based number.
        data: the file.
        media_type: of the file, such as image/webp.
        width_px: of this picture.
        height_px: of this picture.
    """

    page: int
    data: bytes
    media_type: str
    width_px: int
    height_px: int


def page_picture(page: int, image: "Image", max_side_px: int = DEFAULT_MAX_SIDE_PX) -> PagePicture:
    """The page's picture as WebP, its longer side at most `max_side_px`.

    Args:
        page: its 1-based number.
        image: the page as given, upright by EXIF, grey or RGB.
        max_side_px: at least 1.
    """
    data, (width_px, height_px) = shrunk(image, max_side_px)
    return PagePicture(page, data, "image/webp", width_px, height_px)
