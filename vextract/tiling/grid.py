"""Where the tiles of a picture lie."""

import math

from vextract.errors import UsageError
from vextract.types import Box

__all__ = ["tiles"]

_MOST_OVERLAP = 0.9
_MOST_TILES = 10_000


def tiles(width_px: int, height_px: int, tile_px: int, overlap: float) -> tuple[Box, ...]:
    """Tiles of equal size that cover a picture, row by row, in fractions of it; their corners lie on whole pixels.

    Args:
        width_px: of the picture.
        height_px: of the picture.
        tile_px: longest side of a tile.
        overlap: least share of a tile that its neighbour sees too, 0 to 0.9. An object that is no larger than that is seen whole by
            one tile at least.

    Raises:
        UsageError: the tile or the overlap cannot be, or there would be more than 10,000 tiles.
    """
    if tile_px < 1:
        raise UsageError(f"a tile cannot have a side of {tile_px!r} pixels", "give one of 1 or more")
    if not 0 <= overlap <= _MOST_OVERLAP:
        raise UsageError(f"tiles cannot overlap by {overlap!r}", f"give a share from 0 to {_MOST_OVERLAP}")
    columns, rows = _starts(width_px, tile_px, overlap), _starts(height_px, tile_px, overlap)
    if len(columns) * len(rows) > _MOST_TILES:
        raise UsageError(
            f"a picture of {width_px} x {height_px} pixels has {len(columns) * len(rows)} tiles of {tile_px}",
            "take larger tiles, or let them overlap less",
        )
    wide, high = min(tile_px, width_px), min(tile_px, height_px)
    return tuple(
        Box(x / width_px, y / height_px, (x + wide) / width_px, (y + high) / height_px) for y in rows for x in columns
    )


def _starts(side_px: int, tile_px: int, overlap: float) -> list[int]:
    """Where tiles begin along one side, spread evenly from its beginning to its end."""
    rest_px = side_px - tile_px
    if rest_px <= 0:
        return [0]
    steps = math.ceil(rest_px / max(1, math.floor(tile_px * (1 - overlap))))
    return [i * rest_px // steps for i in range(steps + 1)]
