"""From the characters of a line to its words: parts what the engine read as one although white stands between.

A line is a straightened picture of one line of text, and its characters in reading order with the column that each was seen at.
The engine's own spaces always count. A further one needs white columns in the picture that are wide for the two characters
beside it, or a form that is never printed as one word. Characters are neither changed, added nor dropped.
Gaps are in heights of the line's ink.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import fmean, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

__all__ = ["Glyph", "Piece", "needed_gaps", "split_line"]


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character: where its middle is, 0..1 of the line's width; how sure the engine is; whether it saw a space before."""

    char: str
    x: float
    confidence: float
    spaced: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """One word: its text, the box around its ink in fractions of the line's picture, the mean confidence of its characters."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float


# Measured on receipts and forms: half of the gaps between words are over 0.65 and 95 % over 0.35; 95 % of those within words
# are under 0.3. A narrow character is alone in its cell where all cells are equally wide, hence the extra.
_USUAL = 0.4
_NARROW_EXTRA = 0.1
_NARROW = frozenset("Iil1jtfr|!/\\")
_BEFORE_CAPITAL = 0.35
_BETWEEN_SMALL = 0.5
_BETWEEN_DIGITS = 0.75
_BETWEEN_IDEOGRAPHS = 0.8
_AFTER_COMMA = 0.25
_AFTER = {".": 0.5, ",": _AFTER_COMMA, ";": _AFTER_COMMA, ":": _AFTER_COMMA, "-": 0.6, "/": 0.6}
_BEFORE = {"(": 0.35, "-": 0.6, "/": 0.6}
# A gap must also be wide for this line: against all its gaps, and against those where the engine saw a space.
_TIMES_ALL = 2.0
_TIMES_SPACE = 0.55

_ENDS = frozenset(",.;:!?)]}%'’”°")
_OPENS = frozenset("([{'’“@#$€£")
_IDEOGRAPH = re.compile(r"[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff]")

# Nothing parts an address.
_ADDRESS = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:\b[a-z]{2,6}://|\bwww\.)[^\s,;]+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|info)(?:\.[a-z]{2})?\b(?:/[^\s,;]*)?",
    re.IGNORECASE,
)
# No gap parts numbers, dates, times, codes such as INV-2024-0317, hardware addresses.
_NUMBER = re.compile(
    r"\b(?:[0-9a-f]{2}:){3,}[0-9a-f]{2}\b|\d+(?:[.,:/'’-]\d+)+|\b[a-z]{1,5}\d*(?:[-/][a-z]{0,4}\d+)+", re.IGNORECASE
)
# Never printed as one word; the seam is where the match ends: "Street,Town", "Name:John", "no.004718", "18-03-201811:23".
_SEAM = re.compile(
    r"(?<=[a-zà-ɏ]{2})[,:](?=[a-zà-ɏ]{2})|\bno\.(?=\d{4})"
    r"|(?<!\d)(?:\d{1,2}([-/.])\d{1,2}\1\d{4}|\d{4}-\d\d-\d\d)(?=\d{1,2}:\d\d(?!\d))",
    re.IGNORECASE,
)


def needed_gaps(text: str) -> list[float]:
    """How wide the white before each character must be to part it from the one before: 0 always parts, inf never.

    The first of the list belongs to the first character and means nothing.
    """
    gaps = [inf, *(_needed_gap(left, right) for left, right in pairwise(text))]
    for index in {1, len(text) - 1} - {0, len(text)}:
        if text[index - 1 : index + 1].isalpha():
            gaps[index] = inf  # a letter left alone is more often a blurred word than a word
    _set_inside(gaps, _NUMBER, text)
    for match in _SEAM.finditer(text):
        gaps[match.end()] = 0.0
    _set_inside(gaps, _ADDRESS, text)
    return gaps


def _set_inside(gaps: list[float], pattern: re.Pattern[str], text: str) -> None:
    for match in pattern.finditer(text):
        gaps[match.start() + 1 : match.end()] = [inf] * (match.end() - match.start() - 1)


def _needed_gap(left: str, right: str) -> float:
    if right in _ENDS or left in _OPENS or (left == right and not left.isalnum()):
        return inf
    if _IDEOGRAPH.match(left) or _IDEOGRAPH.match(right):
        return _BETWEEN_IDEOGRAPHS
    if left.isdigit() and right.isdigit():
        return _BETWEEN_DIGITS
    if left in _AFTER or right in _BEFORE:
        return max(_AFTER.get(left, 0.0), _BEFORE.get(right, 0.0))
    if left.islower() and right.isupper():
        return _BEFORE_CAPITAL
    usual = _BETWEEN_SMALL if left.islower() and right.islower() else _USUAL
    return usual + _NARROW_EXTRA * ((left in _NARROW) + (right in _NARROW))


def split_line(glyphs: Sequence[Glyph], picture: "NDArray[np.uint8]") -> list[Piece]:
    """The words of a line, left to right, from its characters and its picture: grey, dark on light or light on dark."""
    if not glyphs:
        return []
    ink = _ink(picture)
    whites = [_widest_white(ink, left.x, right.x) for left, right in pairwise(glyphs)]
    height = _ink_height(ink)
    starts = _starts(glyphs, [(end - start) / height for start, end in whites])
    lefts = [0, *(whites[start - 1][1] for start in starts[1:])]
    rights = [*(whites[start - 1][0] for start in starts[1:]), ink.shape[1]]
    words = (glyphs[first:last] for first, last in pairwise([*starts, len(glyphs)]))
    return [
        _piece(word, ink, left, max(left + 1, right)) for word, left, right in zip(words, lefts, rights, strict=True)
    ]


def _starts(glyphs: Sequence[Glyph], gaps: Sequence[float]) -> list[int]:
    """Where words start; `gaps[i]` is the white between glyphs i and i + 1."""
    spaces = [gap for gap, glyph in zip(gaps, glyphs[1:], strict=True) if glyph.spaced]
    least = max(_TIMES_ALL * median(gaps or [0.0]), _TIMES_SPACE * median(spaces or [0.0]))
    runs = "".join(" " * (glyph.spaced and index > 0) + glyph.char for index, glyph in enumerate(glyphs))
    needs = [need for run in runs.split(" ") for need in needed_gaps(run)]
    starts = [0]
    for index, need in enumerate(needs[1:], 1):
        gap = gaps[index - 1]
        if glyphs[index - 1].char in ",;:" and index > 1 and not glyphs[index - 1].spaced:
            # The engine sees small signs late: the white after one is often found before its column.
            gap = max(gap, gaps[index - 2])
        if glyphs[index].spaced or gap >= (need if need <= _AFTER_COMMA else max(need, least)):
            starts.append(index)
    return starts


def _ink(picture: "NDArray[np.uint8]") -> "Mask":
    """Which pixels differ clearly from the ground; edges, where neighbouring lines show, and ruled lines are left out."""
    import numpy as np

    grey = picture.astype(np.float32)
    difference = np.abs(grey - np.median(grey))
    ink: Mask = difference > 0.45 * max(24.0, float(np.percentile(difference, 98)))
    edge = ink.shape[0] // 12
    ink[:edge] = ink[ink.shape[0] - edge :] = False
    ink[ink.mean(axis=1) > 0.75] = False
    return ink


def _ink_height(ink: "Mask") -> float:
    """The height of the line's letters in pixels: from the first to the last row that has not much less ink than the mean."""
    import numpy as np

    rows = ink.sum(axis=1)
    full = np.flatnonzero(rows >= rows[rows > 0].mean() / 4) if rows.any() else np.array([0, len(rows) - 1])
    return float(full[-1] - full[0] + 1)


def _widest_white(ink: "Mask", left: float, right: float) -> tuple[int, int]:
    """The widest stretch of columns without ink between two places; end exclusive; empty if there is none, or nothing but."""
    import numpy as np

    start, end = int(left * ink.shape[1]), int(right * ink.shape[1]) + 1
    inked = np.flatnonzero(ink[:, start:end].any(axis=0)) + start
    if not len(inked):
        return (start + end) // 2, (start + end) // 2
    edges = np.concatenate(([start - 1], inked, [end]))
    widest = int(np.argmax(np.diff(edges)))
    return int(edges[widest]) + 1, int(edges[widest + 1])


def _piece(glyphs: Sequence[Glyph], ink: "Mask", left: int, right: int) -> Piece:
    """The word that these characters make; its box is that of the ink between two columns, or all of it where there is none."""
    import numpy as np

    height, width = ink.shape
    part = ink[:, left:right] if ink[:, left:right].any() else np.ones((height, right - left), np.bool_)
    columns, rows = np.flatnonzero(part.any(axis=0)), np.flatnonzero(part.any(axis=1))
    x0, x1 = (left + int(columns[0])) / width, min(1.0, (left + int(columns[-1]) + 1) / width)
    y0, y1 = int(rows[0]) / height, (int(rows[-1]) + 1) / height
    return Piece("".join(glyph.char for glyph in glyphs), x0, y0, x1, y1, fmean(glyph.confidence for glyph in glyphs))
