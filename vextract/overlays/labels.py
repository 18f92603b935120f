"""Labels as plates of colour with text: how large they are, where they go, how they are drawn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vextract.overlays.fonts import Lettering, clean, shortened
from vextract.overlays.palette import Colour, opposite
from vextract.overlays.placement import Detail, Placed, Rect, place

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

__all__ = ["Plate", "Tag", "draw_leader", "draw_plate", "laid_out"]

_SAMPLES = 1000
"""Pixels along the longer side by which it is judged how much there is to see."""
_CELL = 2
"""Of them along each side of a cell."""
_PLAIN, _BUSY = 6, 30
"""Mean difference of neighbouring pixels on ground without and with print, 0..255."""
_PAPER, _PAPER_SPREAD = 0.65, 12
"""More than this share of a page's pixels is at most so far (0..255) from the commonest grey."""
_BLANK = 0.5
"""More than this share of a page's cells is without print."""
_WIDEST_EM = 26
_SHORT = 8
"""So many letters are left of a label where there is no room for more."""
_CROWDED = 0.15
"""Share of the picture that labels may need before they are made smaller."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A label to be written beside a box, which is in pixels with its lines."""

    box: Rect
    text: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class Plate:
    """A label that has its place, with its text as it is written there."""

    placed: Placed
    text: str
    colour: Colour
    lettering: Lettering


def laid_out(picture: "Image", tags: Sequence[Tag], font_px: int, smallest_px: int) -> list[Plate]:
    """The labels that have room on the picture, in a smaller font if there are many for its size.

    Args:
        picture: as it is before anything is drawn.
        tags: what to write.
        font_px: the size of the letters where labels are few.
        smallest_px: their size where labels are very many.
    """
    lettering = Lettering(font_px)
    texts = _texts(tags, lettering, picture.width)
    sizes = [[lettering.size(text) for text in choices] for choices in texts]
    needed = sum(choices[0][0] * choices[0][1] for choices in sizes if choices) / (picture.width * picture.height)
    if smallest_px < font_px and needed > _CROWDED:
        font_px = max(smallest_px, round(font_px * math.sqrt(_CROWDED / needed)))
        return laid_out(picture, tags, font_px, font_px)
    places = place(picture.size, [tag.box for tag in tags], sizes, _detail(picture))
    return [
        Plate(placed, choices[placed.choice], tag.colour, lettering)
        for placed, choices, tag in zip(places, texts, tags, strict=True)
        if placed
    ]


def _texts(tags: Sequence[Tag], lettering: Lettering, width_px: int) -> list[list[str]]:
    known: dict[str, list[str]] = {}
    for text in {tag.text for tag in tags}:
        known[text] = _choices(text, lettering, width_px)
    return [known[tag.text] for tag in tags]


def _choices(label: str, lettering: Lettering, width_px: int) -> list[str]:
    """The label, then shorter, as far as it has letters that fit."""
    em = lettering.size_px
    text = clean(label)
    widest = min(width_px - em, max(_WIDEST_EM * em // 2, min(width_px // 2, _WIDEST_EM * em)))
    fitting = lettering.fit(text, widest)
    return [fitting, shortened(fitting, _SHORT)] if len(fitting) > _SHORT + 3 else [fitting] if fitting else []


def _detail(picture: "Image") -> Detail:
    """How much there is to see where, by how much neighbouring pixels differ in a sample of them."""
    import numpy as np
    from PIL import Image, ImageChops

    step = max(1, -(-max(picture.size) // _SAMPLES))
    size = max(1, picture.width // step), max(1, picture.height // step)
    sampled = 0, 0, min(picture.width, size[0] * step), min(picture.height, size[1] * step)
    grey = picture.resize(size, Image.Resampling.NEAREST, sampled).convert("L")
    right, down = grey.crop((1, 0, size[0] + 1, size[1])), grey.crop((0, 1, size[0], size[1] + 1))
    change = ImageChops.add(ImageChops.difference(grey, right), ImageChops.difference(grey, down))
    cells = np.clip((np.asarray(change.reduce(_CELL), dtype=np.float64) - _PLAIN) / (_BUSY - _PLAIN), 0, 1)
    page = float((cells == 0).mean()) > _BLANK and _on_paper(grey)
    return Detail(cells, step * _CELL, page=page)


def _on_paper(grey: "Image") -> bool:
    """Whether nearly all of a picture is about as light as its commonest grey."""
    levels = grey.histogram()
    commonest = levels.index(max(levels))
    paper = sum(levels[max(0, commonest - _PAPER_SPREAD) : commonest + _PAPER_SPREAD + 1])
    return paper > _PAPER * sum(levels)


def draw_leader(pen: "ImageDraw", plate: Plate, line_px: int) -> None:
    """A thin line from a label to its box, if they do not touch."""
    if plate.placed.leader:
        width = max(1, line_px // 2)
        pen.line(plate.placed.leader, fill=(*opposite(plate.colour), 140), width=width + 2)
        pen.line(plate.placed.leader, fill=plate.colour, width=width)


def draw_plate(canvas: "Image", plate: Plate) -> None:
    """The label: a plate in its colour with its text in black or white."""
    rect = plate.placed.rect
    canvas.paste(plate.colour, rect)
    canvas.paste(opposite(plate.colour), rect, plate.lettering.ink(plate.text))
