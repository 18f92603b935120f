"""Pictures and PDFs with what was found drawn on them. Nothing here looks for anything: marks come from a record."""

from vextract.overlays.drawing import Style, draw
from vextract.overlays.fonts import without_glyph
from vextract.overlays.marks import Mark, marks_of
from vextract.overlays.palette import colour_of

__all__ = ["Mark", "Style", "colour_of", "draw", "marks_of", "without_glyph"]
