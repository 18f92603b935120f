"""Opening and making picture files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from vextract.sources.opening import open_file
from vextract.sources.options import Limits, OpenOptions
from vextract.sources.picture import PictureFile
from vextract.types import Page

__all__ = ["ORIENTATION", "opened", "page_of", "saved", "upright"]

ORIENTATION = 0x0112


@contextmanager
def opened(path: Path, limits: Limits | None = None) -> Iterator[PictureFile]:
    """The picture file, opened as any source is."""
    file = open_file(path, path.name, OpenOptions(limits=limits or Limits()))
    assert isinstance(file, PictureFile)
    try:
        yield file
    finally:
        file.close()


def page_of(path: Path, number: int = 1, limits: Limits | None = None) -> Page:
    """The page, decoded, and of the size that its reference states."""
    with opened(path, limits) as file:
        page = file.page(number)
        assert page.image.size == (page.ref.width_px, page.ref.height_px)
        assert page.image.mode in ("L", "RGB")
        assert page.text_layer is None
        return page


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    """The path, the picture saved there."""
    image.save(path, **options)
    return path


def upright() -> Image.Image:
    """A picture with another grey in each corner."""
    image = Image.new("L", (40, 24), 128)
    for corner, grey in (((0, 0), 0), ((32, 0), 60), ((0, 16), 200), ((32, 16), 255)):
        image.paste(grey, (*corner, corner[0] + 8, corner[1] + 8))
    return image
