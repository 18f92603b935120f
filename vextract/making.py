"""Pictures made of finished records: overlays, crops of what was found, pages for review pages and data sets.

They are drawn by workers, one document at a time, into a folder of their own; whoever asked for them puts them in their places.
"""

import mimetypes
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vextract.detection import Detections
from vextract.errors import OutputError
from vextract.geometry import cut_px
from vextract.overlays import Mark, Style, draw, marks_of
from vextract.pictures import shrunk
from vextract.sources.opening import OpenFile
from vextract.sources.picture import PictureFile
from vextract.types import Record

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Made", "Making", "make"]

Kind = Literal["overlay", "crop", "page"]
# The EXIF tag.
_ORIENTATION = 0x0112
# Of JPEG and WebP: boxes and small print stay crisp.
_QUALITY = 90
# To an inch, as PDFs have it.
_POINTS = 72.0
# What libjpeg and libwebp take; a PDF has its pictures as JPEG.
_LONGEST_PX = {".jpg": 65_500, ".jpeg": 65_500, ".pdf": 65_500, ".webp": 16_383}


@dataclass(frozen=True, slots=True)
class Making:
    """Which pictures are wanted.

    Attributes:
        overlay: suffix of the pages with their boxes drawn in, such as ".png", or ".pdf" for one file of all pages; None for none.
        style: how boxes are drawn.
        crops: whether every object that was detected is cut out.
        pages: whether every page is wanted as it is.
        max_side_px: of pages: longer sides are made shorter; None: they are as large as they are.
        password: opens encrypted PDFs.
    """

    overlay: str | None = None
    style: Style = field(default_factory=Style)
    crops: bool = False
    pages: bool = False
    max_side_px: int | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """One picture that was made.

    Attributes:
        kind: what it shows.
        path: of the file, in a folder that is removed when the document is done.
        page: its 1-based page; None for a file of all pages.
        number: of a crop, its 1-based place among the document's objects.
        label: of what a crop shows.
        size_px: width and height.
    """

    kind: Kind
    path: Path
    page: int | None = None
    number: int | None = None
    label: str = ""
    size_px: tuple[int, int] = (0, 0)

    @property
    def media_type(self) -> str:
        """Of the file, by its name."""
        return mimetypes.guess_type(self.path.name)[0] or "application/octet-stream"


def make(opened: OpenFile, path: Path, record: Record[Any], making: Making, folder: Path) -> list[Made]:
    """The pictures of one document, page by page: no more than one page is held in memory.

    Args:
        opened: the document.
        path: its file.
        record: what is shown of it.
        making: which pictures are wanted.
        folder: an empty one, for the files.

    Raises:
        VextractError: a page cannot be drawn, or a file cannot be written.
    """
    marks = {number: on_page for number, on_page in marks_of(record).items() if number <= opened.page_count}
    made: list[Made] = []
    drawn: list[Path] = []
    annotates = making.overlay == ".pdf" and opened.media_type == "application/pdf"
    if annotates:
        from vextract.overlays.annotated_pdf import annotated

        target = folder / "overlay.pdf"
        annotated(path, marks, target, making.password)
        made.append(Made("overlay", target))
    own = path if making.pages and _is_upright(opened) else None
    by_picture = making.crops or making.pages or (making.overlay and not annotates)
    there = [ref for ref in record.pages if ref.number <= opened.page_count]
    for ref in there if by_picture else ():
        image = opened.page(ref.number).image
        if making.overlay and not annotates:
            overlay = folder / f"overlay-{ref.number}{'.png' if making.overlay == '.pdf' else making.overlay}"
            size = _overlaid(image, marks.get(ref.number, []), making, overlay)
            drawn.append(overlay)
            if making.overlay != ".pdf":
                made.append(Made("overlay", overlay, ref.number, size_px=size))
        if making.pages:
            made.append(_page(image, ref.number, making, folder, own))
        if making.crops and isinstance(record.data, Detections):
            made += _crops(image, ref.number, record.data, folder)
    if drawn and making.overlay == ".pdf":
        made.append(Made("overlay", _bound(drawn, folder / "overlay.pdf", there[0].dpi)))
    return made


def _overlaid(image: "Image", marks: list[Mark], making: Making, path: Path) -> tuple[int, int]:
    overlay = draw(image, marks, making.style)
    _save(overlay, path)
    return overlay.size


def _page(image: "Image", number: int, making: Making, folder: Path, own: Path | None) -> Made:
    """The page as a picture: of its own size the file itself where that is the page, upright."""
    if making.max_side_px is None and own:
        path = Path(shutil.copy(own, folder / f"page-{number}{own.suffix}"))
    elif making.max_side_px is None:
        path = folder / f"page-{number}.png"
        _save(image, path)
    else:
        path = folder / f"page-{number}.webp"
        data, size_px = shrunk(image, min(making.max_side_px, _LONGEST_PX[path.suffix]))
        path.write_bytes(data)
        return Made("page", path, number, size_px=size_px)
    return Made("page", path, number, size_px=image.size)


def _is_upright(opened: OpenFile) -> bool:
    """Whether the file is a picture of one page that stands upright as it is."""
    if not isinstance(opened, PictureFile) or opened.page_count > 1:
        return False
    return opened.exif()[0].get(_ORIENTATION, 1) == 1


def _crops(image: "Image", page: int, found: Detections, folder: Path) -> Iterator[Made]:
    for number, each in enumerate(found.objects, 1):
        if each.page == page:
            crop = image.crop(cut_px(each.box, *image.size))
            path = folder / f"crop-{number}.png"
            _save(crop, path)
            yield Made("crop", path, page, number, each.label, crop.size)


def _bound(pictures: list[Path], target: Path, dpi: float | None) -> Path:
    """A PDF of the pictures, one a page, as large as they are at that resolution; None: a pixel is a point."""
    from PIL import Image as Images

    # The pages were within our own limit on pixels; Pillow's cannot be raised by our setting.
    guard, Images.MAX_IMAGE_PIXELS = Images.MAX_IMAGE_PIXELS, None
    try:
        with ExitStack() as stack:
            first, *others = (stack.enter_context(Images.open(picture)) for picture in pictures)
            for image in (first, *others):
                _check_length(image, target.suffix)
            told = dict.fromkeys(
                ("title", "creationDate", "modDate")
            )  # Pillow's own would make every run's file another one
            first.save(target, save_all=True, append_images=others, quality=_QUALITY, resolution=dpi or _POINTS, **told)
    finally:
        Images.MAX_IMAGE_PIXELS = guard
    return target


def _save(image: "Image", path: Path) -> None:
    options: dict[str, Any] = {} if path.suffix == ".png" else {"quality": _QUALITY}
    _check_length(image, path.suffix)
    image.save(path, **options)


def _check_length(image: "Image", suffix: str) -> None:
    if max(image.size) > _LONGEST_PX.get(suffix, max(image.size)):
        raise OutputError(
            f"a picture of {image.width} x {image.height} pixels cannot be a file {suffix}", "choose .png"
        )
