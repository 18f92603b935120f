"""What one tile shows of an object, and whether two tiles show the same one."""

from dataclasses import dataclass

from vextract.detection import Detection
from vextract.geometry import to_pixels
from vextract.types import Box

__all__ = ["ROUNDING_PX", "Corners", "Link", "Piece", "link", "repeated_in", "seen", "touch"]

Corners = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels of the page."""

# Parts whose boxes agree as well as this are of one object, however large: models are less exact about large things.
_SAME = 0.5
# In a strip narrower than so many tolerances, what ends there and what begins there look the same.
_TELLING = 4
_OUTWARD = (-1, -1, 1, 1)
# Fractions of a page and back are whole pixels again only when rounded.
ROUNDING_PX = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What one tile shows of one object.

    Attributes:
        tile: which one.
        frame: of that tile.
        corners: of the object, as far as the tile shows it.
        cut: for each of these four, whether the tile ends there and the page does not, so that the object may go on.
        found: the detection.
    """

    tile: int
    frame: Corners
    corners: Corners
    cut: tuple[bool, bool, bool, bool]
    found: Detection


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """That two pieces may be of one object; the smaller, the more likely.

    Attributes:
        steps: by how many tolerances their edges differ at most.
        blind: how many of the four edges say nothing, for the tiles' borders hide them.
        apart_px: by how much their edges differ together.
    """

    steps: int
    blind: int
    apart_px: float


def seen(found: Detection, tile: int, region: Box, page_px: tuple[int, int], tolerance_px: float) -> Piece:
    """A detection as the piece that its tile shows; `region` is the tile in fractions of the page."""
    frame, corners = to_pixels(region, *page_px), to_pixels(found.box, *page_px)
    ends = (0, 0, *page_px)
    cut = [
        abs(corner - border) <= tolerance_px and abs(border - end) >= 1
        for corner, border, end in zip(corners, frame, ends, strict=True)
    ]
    return Piece(tile, frame, corners, (cut[0], cut[1], cut[2], cut[3]), found)


def link(a: Piece, b: Piece, tolerance_px: float) -> Link | None:
    """How likely two pieces of two tiles are of one object, by what they show of it where both tiles look; None: they are not."""
    shared = _shared(a.frame, b.frame)
    if shared is None or min(shared[2] - shared[0], shared[3] - shared[1]) < _TELLING * tolerance_px:
        return None
    if not (touch(a.corners, shared, tolerance_px) and touch(b.corners, shared, tolerance_px)):
        return None
    of_a, of_b = _within(a.corners, shared), _within(b.corners, shared)
    apart = [abs(p - q) for p, q in zip(of_a, of_b, strict=True)]
    if max(apart) > tolerance_px + ROUNDING_PX and _iou(of_a, of_b) < _SAME:
        return None
    blind = sum(
        abs(p - border) <= tolerance_px and abs(q - border) <= tolerance_px
        for p, q, border in zip(of_a, of_b, shared, strict=True)
    )
    return Link(int(max(apart) // tolerance_px), blind, sum(apart))


def repeated_in(a: Piece, frame: Corners, tolerance_px: float) -> bool:
    """Whether a tile of that frame shows all of a piece that its own tile cuts, and more of the object.

    An edge that only the piece shows, as it lies at the other tile's border, is not repeated.
    """
    goes_on = False
    for cut, own, corner, border, out in zip(a.cut, a.frame, a.corners, frame, _OUTWARD, strict=True):
        further = (border - own) * out
        hidden = not cut and abs(further) > ROUNDING_PX
        if (corner - border) * out > (-tolerance_px if hidden else ROUNDING_PX):
            return False
        goes_on |= cut and further > tolerance_px
    return goes_on


def touch(a: Corners, b: Corners, within_px: float) -> bool:
    """Whether two boxes have something in common, or are no further apart than that."""
    return max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3]) <= within_px


def _shared(a: Corners, b: Corners) -> Corners | None:
    x0, y0, x1, y1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _within(a: Corners, frame: Corners) -> Corners:
    """A box pulled into a frame: what stands out is cut, what stands beside it becomes flat at the border."""
    x0, x1 = (min(max(x, frame[0]), frame[2]) for x in (a[0], a[2]))
    y0, y1 = (min(max(y, frame[1]), frame[3]) for y in (a[1], a[3]))
    return x0, y0, x1, y1


def _iou(a: Corners, b: Corners) -> float:
    shared = _shared(a, b)
    if shared is None:
        return 0.0
    common = _area(shared)
    return common / (_area(a) + _area(b) - common)


def _area(a: Corners) -> float:
    return (a[2] - a[0]) * (a[3] - a[1])
