"""Boxes as a model writes them, and as they are read."""

from collections.abc import Callable
from dataclasses import dataclass

from vextract.types import Box

__all__ = ["Answered", "Corners", "Found", "Point", "Syntax"]

Corners = tuple[float, float, float, float]
"""x0, y0, x1, y1 in whatever unit; not necessarily in order."""
Point = tuple[float, float]
"""x, y in whatever unit."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One box as a model wrote it, in the units of its family; x and y in that order whatever the family's is.

    Attributes:
        label: "" where the model gave none.
        corners: two opposite corners.
        score: what the model said of its sureness, 0..1; None if nothing.
        polygons: outlines, where the model gave more than a box.
        mask: as the model wrote it; None if it gave none.
        in_pixels: whether the numbers are pixels of the picture as it was sent, whatever the family's are.
    """

    label: str
    corners: Corners
    score: float | None = None
    polygons: tuple[tuple[Point, ...], ...] = ()
    mask: object = None
    in_pixels: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One box read out of a model's answer.

    Attributes:
        label: "" where the model gave none.
        box: in fractions of the picture, cut to it. It may have no area: some models answer thin things so.
        score: what the model said of its sureness, 0..1; None if nothing. It is a word like any other, no probability.
        polygons: outlines as points (x, y) in fractions of the picture, cut to it; empty where the model gave a box only.
        mask: as the model wrote it: Gemini's base64 PNG, PaliGemma's sixteen codes; None if it gave none.
    """

    label: str
    box: Box
    score: float | None = None
    polygons: tuple[tuple[Point, ...], ...] = ()
    mask: object = None


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a family writes boxes.

    Attributes:
        read: the boxes of an answer, in its order. Rather than leave one out it raises UnreadableAnswer, TruncatedAnswer or
            EmptyAnswer.
        grid: the number that stands for the right and the lower edge; None: numbers are pixels of what the model sees.
    """

    read: Callable[[str], list[Answered]]
    grid: float | None = None
