"""Marks drawn on a picture: masks under boxes, small boxes over large ones, leaders and labels on top.

Only what a mark covers is touched: a picture of any size costs one copy and its marks.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vextract.geometry import to_pixels
from vextract.overlays.labels import Plate, Tag, draw_leader, draw_plate, laid_out
from vextract.overlays.marks import Mark
from vextract.overlays.masks import Patch, patch_of
from vextract.overlays.palette import Colour, colour_of, opposite
from vextract.overlays.placement import Rect

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

__all__ = ["Style", "draw"]

_SMALLEST_PX = 400, 96
"""Longer and shorter side below which a picture is enlarged."""
_LARGEST_ENLARGED_PX, _LONGEST_ENLARGED_PX = 4_000_000, 16_000
"""Area and longer side of what pictures are enlarged to; all formats have room for it."""
_LINE, _FONT = 0.0018, 0.0125
"""Line width and font size as a share of the mean of the picture's sides."""
_LINE_PX, _FONT_PX = (2, 12), (12, 72)
"""Their bounds, the line's upper one a share of its box."""
_SMALLEST_FONT = 0.5
"""Of the usual size, where labels are many."""
_HALO_ALPHA = 140
"""Of the thin lines beside a line, 0..255."""


@dataclass(frozen=True, slots=True)
class Style:
    """How marks look.

    Attributes:
        line_px: width of the lines; None: by the size of the picture.
        font_px: size of the letters; None: by the size of the picture.
        labels: whether labels are written.
        mask_opacity: of masks, 0 (outline alone) to 1.
        fill_opacity: of boxes without a mask, 0 (none) to 1.
        enlarge: whether pictures too small for letters are enlarged by a whole factor.
    """

    line_px: int | None = None
    font_px: int | None = None
    labels: bool = True
    mask_opacity: float = 0.4
    fill_opacity: float = 0.0
    enlarge: bool = True


@dataclass(frozen=True, slots=True)
class _Shape:
    """A mark in pixels of the picture. `box` is what it marks, `rim` the outer edge of the line around it, `line_px` its width."""

    box: Rect
    rim: Rect
    line_px: int
    colour: Colour
    mark: Mark


def draw(image: "Image", marks: Sequence[Mark], style: Style = Style()) -> "Image":
    """The picture with the marks on it, RGB; the given one is not changed.

    It has the size of the given one, or a whole multiple of that where the given one is too small for letters.

    Args:
        image: upright; of any mode, transparent parts become white.
        marks: in any order.
        style: how they look.
    """
    from PIL import ImageDraw

    canvas = _canvas(image, style)
    line_px = style.line_px or _between(_LINE_PX[0], _LINE * sum(canvas.size) / 2, _LINE_PX[1])
    shapes = sorted(_shapes(marks, canvas.size, line_px), key=lambda shape: -_area(shape.rim))
    plates = _plates(canvas, shapes, style)
    for shape in shapes:
        _draw_inside(canvas, shape, line_px, style)
    pen = ImageDraw.Draw(canvas, "RGBA")
    for shape in shapes:
        _draw_lines(pen, shape)
    for plate in plates:
        draw_leader(pen, plate, line_px)
    for plate in plates:
        draw_plate(canvas, plate)
    return canvas


def _canvas(image: "Image", style: Style) -> "Image":
    """A copy of the picture to draw on."""
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        canvas = Image.new("RGB", image.size, "white")
        canvas.paste(clear, mask=clear)
    else:
        canvas = image.copy() if image.mode == "RGB" else image.convert("RGB")
    factor = _enlargement(*image.size) if style.enlarge else 1
    return (
        canvas
        if factor == 1
        else canvas.resize((image.width * factor, image.height * factor), Image.Resampling.BICUBIC)
    )


def _enlargement(width_px: int, height_px: int) -> int:
    """By what whole factor a picture is enlarged, so that letters have room."""
    longer, shorter = max(width_px, height_px), min(width_px, height_px)
    wanted = max(math.ceil(_SMALLEST_PX[0] / longer), math.ceil(_SMALLEST_PX[1] / shorter))
    room = math.isqrt(_LARGEST_ENLARGED_PX // (width_px * height_px))
    return max(1, min(wanted, room, _LONGEST_ENLARGED_PX // longer))


def _plates(canvas: "Image", shapes: Sequence[_Shape], style: Style) -> list[Plate]:
    if not style.labels or not any(shape.mark.label for shape in shapes):
        return []
    font_px = style.font_px or _between(_FONT_PX[0], _FONT * sum(canvas.size) / 2, _FONT_PX[1])
    tags = [Tag(shape.rim, shape.mark.label, shape.colour) for shape in shapes]
    smallest_px = font_px if style.font_px else max(_FONT_PX[0] - 1, round(_SMALLEST_FONT * font_px))
    return laid_out(canvas, tags, font_px, smallest_px)


def _between(least: int, value: float, most: int) -> int:
    return max(least, min(round(value), most))


def _shapes(marks: Sequence[Mark], picture: tuple[int, int], line_px: int) -> Iterator[_Shape]:
    for mark in marks:
        corners = to_pixels(mark.box, *picture)
        if not all(map(math.isfinite, corners)):
            continue
        x0, x1 = _span(corners[0], corners[2], picture[0])
        y0, y1 = _span(corners[1], corners[3], picture[1])
        width = max(1, min(line_px, min(x1 - x0, y1 - y0) // 4))
        # The line lies around what it marks, except where the picture ends.
        rim = max(0, x0 - width), max(0, y0 - width), min(picture[0], x1 + width), min(picture[1], y1 + width)
        yield _Shape((x0, y0, x1, y1), rim, width, colour_of(mark.key), mark)


def _span(start: float, end: float, side: int) -> tuple[int, int]:
    """Whole pixels from start to end on the picture, one at least."""
    first = max(0, min(math.floor(start + 0.5), side - 1))
    return first, max(first + 1, min(math.floor(end + 0.5), side))


def _area(rect: Rect) -> int:
    return (rect[2] - rect[0]) * (rect[3] - rect[1])


def _draw_inside(canvas: "Image", shape: _Shape, line_px: int, style: Style) -> None:
    """The mask, or the tint of the box."""
    if shape.mark.mask is not None:
        patch = patch_of(shape.mark.mask, canvas.size, 2 * line_px)
        if patch is not None:
            _draw_mask(canvas, patch, shape.colour, line_px, style.mask_opacity)
    elif style.fill_opacity:
        _tint(canvas, shape.box, shape.colour, style.fill_opacity)


def _draw_mask(canvas: "Image", patch: Patch, colour: Colour, line_px: int, opacity: float) -> None:
    """Fills what is covered and draws a line along its edge, dark or light around it so that it is seen on any ground."""
    from PIL import ImageFilter

    inside = round(255 * opacity)
    # Blurred coverage rises across the edge, by which the line is cut out smoothly on both of its sides.
    soft = patch.coverage.filter(ImageFilter.BoxBlur(line_px))
    halo = [min(_HALO_ALPHA, 12 * value) if value < 128 else 0 for value in range(256)]
    line = [_between(inside if value > 128 else 0, 255 - (abs(value - 128) - 64) * 6, 255) for value in range(256)]
    canvas.paste(opposite(colour), (patch.x, patch.y), soft.point(halo))
    canvas.paste(colour, (patch.x, patch.y), soft.point(line))


def _tint(canvas: "Image", box: Rect, colour: Colour, opacity: float) -> None:
    from PIL import Image

    canvas.paste(colour, box, Image.new("L", (box[2] - box[0], box[3] - box[1]), round(255 * opacity)))


def _draw_lines(pen: "ImageDraw", shape: _Shape) -> None:
    """The line around the box, between two thin ones of the opposite lightness so that it is seen on any ground."""
    width = shape.line_px
    halo, halo_px = (*opposite(shape.colour), _HALO_ALPHA), max(1, width // 3)
    if min(shape.rim[2] - shape.rim[0], shape.rim[3] - shape.rim[1]) > 4 * (width + halo_px):
        _draw_ring(pen, _grown(shape.rim, -width), halo_px, halo)
    _draw_ring(pen, _grown(shape.rim, halo_px), halo_px, halo)
    _draw_ring(pen, shape.rim, width, shape.colour)


def _grown(rect: Rect, by_px: int) -> Rect:
    return rect[0] - by_px, rect[1] - by_px, rect[2] + by_px, rect[3] + by_px


def _draw_ring(pen: "ImageDraw", outer: Rect, width: int, colour: tuple[int, ...]) -> None:
    """Four strips that share no pixel, since colours that let the ground through would show it."""
    x0, y0, x1, y1 = outer
    inner_top, inner_bottom = min(y0 + width, y1), max(y1 - width, min(y0 + width, y1))
    strips = (
        (x0, y0, x1, inner_top),
        (x0, inner_bottom, x1, y1),
        (x0, inner_top, min(x0 + width, x1), inner_bottom),
        (max(x1 - width, min(x0 + width, x1)), inner_top, x1, inner_bottom),
    )
    for left, top, right, bottom in strips:
        if left < right and top < bottom:
            pen.rectangle((left, top, right - 1, bottom - 1), fill=colour)
