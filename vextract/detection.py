"""What was detected on pages: labelled boxes, and outlines where they are known."""

from collections import Counter
from dataclasses import dataclass

from vextract.types import Box

__all__ = ["Detection", "Detections", "Mask", "Point", "Rle"]

Point = tuple[float, float]
"""x, y in fractions of the page."""


@dataclass(frozen=True, slots=True)
class Rle:
    """Which pixels of a page an object covers: COCO's compressed run-length code, column by column.

    `height_px` and `width_px` are of the whole page, in the pixels that `PageRef` states.
    """

    height_px: int
    width_px: int
    counts: str


@dataclass(frozen=True, slots=True)
class Mask:
    """The outline of an object: polygons of three points or more, or the pixels that it covers; one of the two."""

    polygons: tuple[tuple[Point, ...], ...] = ()
    rle: Rle | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """One object that was found.

    Attributes:
        page: its 1-based number.
        label: what it is said to be; "" where that was not told.
        box: in fractions of the page.
        score: how sure the detector is, 0..1; None unless it has measured that.
        text: what is written there, such as what a bar code says; None if nothing was read.
        mask: its outline; None if only the box is known.
    """

    page: int
    label: str
    box: Box
    score: float | None = None
    text: str | None = None
    mask: Mask | None = None


@dataclass(frozen=True, slots=True)
class Detections:
    """What the task `detect` gives for a document: the objects of all its pages, page by page."""

    objects: tuple[Detection, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many objects have each label, the most frequent first."""
        return dict(Counter(found.label for found in self.objects).most_common())
