"""Model of one page: what stands where, and the lines of text a reader would read from it.

Coordinates are points from the top left corner; the y of a text is its base line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

Align = Literal["left", "right", "centre"]
Colour = tuple[int, int, int]

BLACK: Colour = (20, 20, 20)
GREY: Colour = (110, 110, 110)
PALE: Colour = (232, 232, 232)
A4 = (595.2756, 841.8898)


@dataclass(frozen=True)
class Text:
    """One run of text."""

    x: float
    y: float
    text: str
    font: str
    size: float
    align: Align
    colour: Colour


@dataclass(frozen=True)
class Rule:
    """A straight line."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float
    colour: Colour


@dataclass(frozen=True)
class Box:
    """A rectangle, filled or outlined or both."""

    x: float
    y: float
    width: float
    height: float
    fill: Colour | None
    stroke: Colour | None
    line_width: float


@dataclass(frozen=True)
class Picture:
    """A picture scaled into a rectangle."""

    x: float
    y: float
    width: float
    height: float
    image: Image.Image


Op = Text | Rule | Box | Picture


@dataclass(frozen=True)
class Cell:
    """A piece of a row: its text and where it is set."""

    x: float
    text: str
    align: Align = "left"


@dataclass
class Page:
    """A page under construction: `ops` is what gets drawn, `lines` what gets read."""

    width: float = A4[0]
    height: float = A4[1]
    ops: list[Op] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        font: str = "sans",
        size: float = 10,
        align: Align = "left",
        colour: Colour = BLACK,
    ) -> None:
        """Set one line of text."""
        self.ops.append(Text(x, y, text, font, size, align, colour))
        self.lines.append(text)

    def row(
        self, y: float, cells: Sequence[Cell], font: str = "sans", size: float = 10, colour: Colour = BLACK
    ) -> None:
        """Set several pieces on one base line; they are read as one line, joined by single spaces."""
        self.ops.extend(Text(c.x, y, c.text, font, size, c.align, colour) for c in cells)
        self.lines.append(" ".join(c.text for c in cells))

    def rule(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.8, colour: Colour = BLACK) -> None:
        """Draw a straight line."""
        self.ops.append(Rule(x0, y0, x1, y1, width, colour))

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: Colour | None = None,
        stroke: Colour | None = BLACK,
        line_width: float = 0.8,
    ) -> None:
        """Draw a rectangle whose top left corner is (x, y)."""
        self.ops.append(Box(x, y, width, height, fill, stroke, line_width))

    def picture(self, x: float, y: float, width: float, height: float, image: Image.Image) -> None:
        """Place a picture whose top left corner is (x, y); text inside it is not among the lines."""
        self.ops.append(Picture(x, y, width, height, image))

    def read(self) -> str:
        """Return the text of the page in reading order."""
        return "\n".join(self.lines)
