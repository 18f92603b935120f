"""Labels as pictures of text: shortened to a width, made harmless, in Pillow's own font or one that is installed.

Letters that Pillow's font lacks are looked up with fontconfig. What no installed font has is drawn as the empty box that readers
know from elsewhere; `without_glyph` tells which letters those are.
"""

import os
import subprocess
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

__all__ = ["Lettering", "clean", "shortened", "without_glyph"]

_MOST_LETTERS = 160
_MOST_MARKS = 3
"""Accents that may stand on one letter."""
_JOINERS = "\u200c\u200d"
_ELLIPSIS = "…"
_PROBE_PX = 16


@dataclass(frozen=True, slots=True)
class _Face:
    """A font file, which of its fonts, and the ranges of letters that it has; no path: Pillow's own font."""

    path: str | None = None
    index: int = 0
    first: tuple[int, ...] = field(default=(), repr=False, compare=False)
    last: tuple[int, ...] = field(default=(), repr=False, compare=False)


_OWN = _Face()


def clean(label: str) -> str:
    """The label on one line and of bounded length; control characters and text direction overrides are escaped."""
    kept = label[: 2 * _MOST_LETTERS]
    if len(label) > len(kept):
        kept = label[:_MOST_LETTERS] + _ELLIPSIS + label[-_MOST_LETTERS // 2 :]
    text, marks = "", 0
    for letter in " ".join(kept.split()):
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            text += _drawable(letter) if letter.isprintable() or letter in _JOINERS else repr(letter)[1:-1]
    return text


def _drawable(letter: str) -> str:
    """The letter, or without its accents where no font has it with them."""
    if letter.isascii() or unicodedata.combining(letter) or _face_of(letter):
        return letter
    bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return bare if bare and all(map(_face_of, bare)) else letter


def without_glyph(labels: Iterable[str]) -> str:
    """The letters of the labels that no installed font can draw, each once, in order; "" if all can be drawn."""
    letters = dict.fromkeys(letter for label in labels for letter in clean(label))
    return "".join(letter for letter in letters if _face_of(letter) is None)


@dataclass(frozen=True)
class Lettering:
    """Text of one size. Heights and widths are in pixels and hold all ink of the text.

    Args:
        size_px: of the letters' em square.
    """

    size_px: int
    _lines: dict[str, "tuple[tuple[str, FreeTypeFont], ...]"] = field(default_factory=dict)
    _widths: dict[str, float] = field(default_factory=dict)

    def fit(self, label: str, width_px: float) -> str:
        """The label if it is no wider than that; else its beginning and end with an ellipsis between, "" if not even those."""
        if self._width(label) <= width_px:
            return label
        short, long = 0, len(label) - 1
        while short < long:
            middle = (short + long + 1) // 2
            short, long = (middle, long) if self._width(shortened(label, middle)) <= width_px else (short, middle - 1)
        return shortened(label, short) if short >= 2 else ""

    def size(self, text: str) -> tuple[int, int]:
        """Width and height of the text with a little room around it."""
        ascent, descent = self._extent(text)
        return int(self._width(text)) + 2 * self._margin, ascent + descent + max(2, self.size_px // 8)

    def ink(self, text: str) -> "Image":
        """The text as coverage, 0..255 ("L"), in a picture of its `size`."""
        from PIL import Image, ImageDraw

        picture = Image.new("L", self.size(text))
        pen = ImageDraw.Draw(picture)
        x, baseline = float(self._margin), self._extent(text)[0] + max(2, self.size_px // 8) // 2
        for part, font in self._runs(text):
            pen.text((x, baseline), part, fill=255, font=font, anchor="ls")
            x += font.getlength(part)
        return picture

    @property
    def _margin(self) -> int:
        return max(2, self.size_px // 4)

    def _width(self, text: str) -> float:
        if text not in self._widths:
            self._widths[text] = sum(font.getlength(part) for part, font in self._runs(text)) + 0.999
        return self._widths[text]

    def _extent(self, text: str) -> tuple[int, int]:
        metrics = [font.getmetrics() for _, font in self._runs(text)] or [_font(_OWN, self.size_px).getmetrics()]
        return max(ascent for ascent, _ in metrics), max(descent for _, descent in metrics)

    def _runs(self, text: str) -> "tuple[tuple[str, FreeTypeFont], ...]":
        if text not in self._lines:
            self._lines[text] = tuple((part, _font(face, self.size_px)) for part, face in _faces_for(text))
        return self._lines[text]


def shortened(label: str, letters: int) -> str:
    """So many letters of a label that has more, two thirds of them from its beginning, with an ellipsis for the rest."""
    head = (2 * letters + 2) // 3
    tail = label[len(label) - (letters - head) :].lstrip()
    while tail and unicodedata.combining(tail[0]):
        tail = tail[1:]
    return label[:head].rstrip() + _ELLIPSIS + tail


@lru_cache(maxsize=4096)
def _faces_for(text: str) -> tuple[tuple[str, _Face], ...]:
    """The text in parts, each with its font: one font for all if there is one, which keeps text of two directions in order."""
    if not text:
        return ()
    foreign = next((letter for letter in text if not _covers(_OWN, letter)), None)
    if foreign is None:
        return ((text, _OWN),)
    for face in _installed():
        if all(_covers(face, letter) for letter in text):
            return ((text, face),)
    faces: list[tuple[str, _Face]] = []
    for letter in text:
        joins = faces and (unicodedata.combining(letter) or letter in _JOINERS or letter.isspace())
        faces.append((letter, faces[-1][1] if joins else _face_of(letter) or _OWN))
    return tuple(("".join(letter for letter, _ in run), face) for face, run in groupby(faces, key=lambda each: each[1]))


@lru_cache(maxsize=8192)
def _face_of(letter: str) -> _Face | None:
    """The font to draw a letter with; None if no font has it."""
    return next((face for face in (_OWN, *_installed()) if _covers(face, letter)), None)


def _covers(face: _Face, letter: str) -> bool:
    if letter.isspace() or letter in _JOINERS:
        return True
    if face == _OWN:
        return letter.isascii() or _differs_from_missing(letter)
    at = bisect_right(face.first, ord(letter)) - 1
    return at >= 0 and ord(letter) <= face.last[at] and _loads(face)


@lru_cache(maxsize=1024)
def _loads(face: _Face) -> bool:
    try:
        _load(face, _PROBE_PX, 0)
    except OSError:  # no format that FreeType reads, or gone since
        return False
    return True


@lru_cache(maxsize=1)
def _installed() -> tuple[_Face, ...]:
    """The fonts of the system, best first, without those that add no letter; none where there is no fontconfig."""
    pattern = "sans-serif:scalable=true:color=false"
    command = ["fc-match", "--sort", "--format", "%{file}\n%{index}\n%{charset}\n", pattern]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    lines = os.fsdecode(answer).split("\n")
    faces = (_face(*lines[at : at + 3]) for at in range(0, len(lines) - 2, 3))
    return tuple(face for face in faces if face.first)


def _face(path: str, index: str, charset: str) -> _Face:
    """The font, with what fontconfig says of its letters: "20-7e a0 ...", hexadecimal, rising."""
    ranges = [[int(end, 16) for end in part.split("-")] for part in charset.split()]
    return _Face(path, int(index), tuple(part[0] for part in ranges), tuple(part[-1] for part in ranges))


@lru_cache(maxsize=4096)
def _differs_from_missing(letter: str) -> bool:
    """Pillow's own font draws something else for the letter than for one that no font has."""
    return _probe(letter) != _probe("\U0010ffff")


@lru_cache(maxsize=4096)
def _probe(letter: str) -> bytes:
    from PIL import Image, ImageDraw

    picture = Image.new("1", (4 * _PROBE_PX, 4 * _PROBE_PX))
    pen = ImageDraw.Draw(picture)
    pen.text((2 * _PROBE_PX, 2 * _PROBE_PX), letter, fill=1, font=_load(_OWN, _PROBE_PX, 0), anchor="ls")
    return picture.tobytes()


@lru_cache(maxsize=256)
def _font(face: _Face, size_px: int) -> "FreeTypeFont":
    from PIL import ImageFont, features

    raqm = face != _OWN and features.check("raqm")
    return _load(face, size_px, ImageFont.Layout.RAQM if raqm else ImageFont.Layout.BASIC)


def _load(face: _Face, size_px: int, layout: int) -> "FreeTypeFont":
    from PIL import ImageFont

    if face.path is None:
        return ImageFont.load_default(size_px)  # type: ignore[return-value]  # a FreeTypeFont when a size is given
    return ImageFont.truetype(face.path, size_px, index=face.index, layout_engine=ImageFont.Layout(layout))
