"""Large pictures in tiles: where the tiles lie, and how what was found in each becomes what is on the page.

Nothing here looks at pictures. Boxes are compared, and labels without regard to case.
"""

from vextract.tiling.duplicates import nms
from vextract.tiling.grid import tiles
from vextract.tiling.merging import merge_tiles

__all__ = ["merge_tiles", "nms", "tiles"]
