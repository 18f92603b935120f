"""From the numbers of a model to fractions of the picture: what they refer to, and what cannot be."""

from vextract.boxes.failures import unreadable
from vextract.boxes.types import Answered, Corners, Found, Point
from vextract.geometry import clip, from_padded_square
from vextract.profiles import ModelProfile
from vextract.types import Box

__all__ = ["found"]

# Models overshoot an edge by a little; numbers further out are in another unit than the profile says.
_BEYOND = 0.1


def found(answered: Answered, profile: ModelProfile, grid: float | None, sent_px: tuple[int, int]) -> Found:
    """The box in fractions of the picture that was sent, its corners in order, cut to the picture.

    Args:
        answered: what the model wrote.
        profile: of its family.
        grid: as in `Syntax`.
        sent_px: width and height of the picture that was sent.

    Raises:
        UnreadableAnswer: a number is more than a tenth beyond what it refers to, or the box is wholly beside the picture.
    """
    width, height = (grid, grid) if grid is not None else profile.seen_size(*sent_px)
    if answered.in_pixels:
        width, height = sent_px
    box = _in_picture(_share(answered.corners, width, height), profile, sent_px)
    if box.x0 > 1 or box.y0 > 1 or box.x1 < 0 or box.y1 < 0:
        raise unreadable("the answer has a box beside the picture", list(answered.corners))
    polygons = tuple(
        tuple(_point(point, width, height, profile, sent_px) for point in polygon) for polygon in answered.polygons
    )
    return Found(answered.label, clip(box), answered.score, polygons, answered.mask)


def _share(corners: Corners, width: float, height: float) -> Box:
    """The corners in order, in fractions of what they refer to."""
    x0, x1 = sorted((corners[0] / width, corners[2] / width))
    y0, y1 = sorted((corners[1] / height, corners[3] / height))
    if min(x0, y0) < -_BEYOND or max(x1, y1) > 1 + _BEYOND:
        raise unreadable(f"the answer has a box that is not within {width:g} x {height:g}", list(corners))
    return Box(x0, y0, x1, y1)


def _in_picture(box: Box, profile: ModelProfile, sent_px: tuple[int, int]) -> Box:
    return from_padded_square(box, *sent_px) if profile.resize == "padded-square" else box


def _point(point: Point, width: float, height: float, profile: ModelProfile, sent_px: tuple[int, int]) -> Point:
    x, y = point
    box = clip(_in_picture(_share((x, y, x, y), width, height), profile, sent_px))
    return box.x0, box.y0
