"""The reader `rapidocr`: PP-OCR through onnxruntime, with the models that its package carries, one thread a process.

It finds lines and reads each on its own; which way up the page lies is not its business. Nothing is ever downloaded: only the
model files of the installed package are used, and languages that they were not trained for are refused.
Lines are found as quadrangles at any angle. A word's box is the upright rectangle around its part of the quadrangle.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from math import dist
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vextract.errors import DependencyError
from vextract.geometry import from_pixels
from vextract.readers import Reader, ReadOptions
from vextract.readers._word_splitting import Glyph, Piece, split_line
from vextract.types import Page, Reading, Word

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image
    from rapidocr import RapidOCR

__all__ = ["READER"]

# The files that rapidocr 3.10 ships: https://github.com/RapidAI/RapidOCR, default_models.yaml of v3.10.0.
_DETECTION = "PP-OCRv6_det_small.onnx"
_RECOGNITION = "PP-OCRv6_rec_small.onnx"
_HINT = "pip install 'vextract[rapidocr]'"
# Tesseract's names of the languages that PP-OCRv6 was trained for (supported_langs in rapidocr's default_models.yaml).
_LANGUAGES = (
    "afr aze bos cat ces chi_sim chi_tra cym dan deu eng est eus fin fra gle glg hrv hun ind isl ita jpn kmr lat lav lit ltz "
    "mlt mri msa nld nor oci pol por que roh ron slk slv spa sqi srp_latn swa swe tgl tur uzb"
)
# A line read with less than this mean confidence is noise; rapidocr's own default.
_NOISE_BELOW = 0.5
# The recogniser's input is this many pixels high: smaller pictures of lines are made larger by us, once, and well.
_LINE_HEIGHT_PX = 48
# A line so much taller than wide may lie on its side; beyond the second ratio it must.
_MAY_LIE = 1.5
_MUST_LIE = 2.5
# The recogniser now and then writes a Latin sign as its full-width twin: "TEL：03".
_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}

Quad = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it was read; `quad` are its corners in page pixels, in the order top-left, top-right, ... of the text."""

    glyphs: tuple[Glyph, ...]
    score: float
    picture: "Image"
    quad: Quad


def _models() -> Path:
    """The folder of the models that the installed package carries. Imports nothing."""
    found = find_spec("rapidocr")
    assert found is not None, "check() comes first"
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "models"


def _check(options: ReadOptions) -> None:
    """Latin-script languages (not Vietnamese), Chinese and Japanese are served, all by one model whatever is asked for."""
    missing = [package for package in ("rapidocr", "onnxruntime") if find_spec(package) is None]
    if missing:
        raise DependencyError(f"the reader 'rapidocr' needs {' and '.join(missing)}, not installed", _HINT)
    for name in (_DETECTION, _RECOGNITION):
        if not (_models() / name).is_file():
            raise DependencyError(f"{_version()} does not carry the model {name!r}", "pip install 'rapidocr>=3.10'")
    for language in filter(None, options.languages.split("+")):
        if language not in _LANGUAGES.split():
            message = f"rapidocr's models were not trained for the language {language!r}"
            raise DependencyError(message, f"use -m tesseract, or one of: {_LANGUAGES}")


def _version() -> str | None:
    try:
        return f"rapidocr {version('rapidocr')}"
    except PackageNotFoundError:
        return None


@cache
def _engine(kind: str) -> "RapidOCR":
    """The engine that does one step only, "det" or "rec", on one thread; it loads its model when first called."""
    # From 1.29 on, onnxruntime on Linux tells Microsoft what it runs, and numbers the machine for that, unless this is set before.
    # Source: https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md (November 2026)
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"

    import cv2
    from rapidocr import RapidOCR

    cv2.setNumThreads(1)
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.use_det": kind == "det",
            "Global.use_rec": kind == "rec",
            "Global.return_word_box": True,
            "Det.model_path": str(_models() / _DETECTION),
            "Rec.model_path": str(_models() / _RECOGNITION),
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _read(page: Page, options: ReadOptions) -> Reading:
    width, height = page.image.size
    ideographs = any(language.startswith(("chi", "jpn")) for language in options.languages.split("+"))
    folded = {} if ideographs else _FULL_WIDTH
    words: list[Word] = []
    for quad in _find_lines(page.image):
        line = _read_line(page.image, quad, fast=options.fast)
        if line and line.score >= _NOISE_BELOW:
            glyphs = [replace(glyph, char=folded.get(glyph.char, glyph.char)) for glyph in line.glyphs]
            pieces = split_line(glyphs, _pixels(line.picture.convert("L")))
            words += [_word(piece, line.quad, width, height) for piece in pieces]
    return Reading(tuple(words), "rapidocr")


def _find_lines(image: "Image") -> list[Quad]:
    """The corners of each line in page pixels: top-left, top-right, bottom-right, bottom-left as the page is given."""
    found: Any = _engine("det")(_pixels(image))  # annotated as any of four results
    return [] if found.boxes is None else [tuple((float(x), float(y)) for x, y in box) for box in found.boxes]


def _read_line(image: "Image", quad: Quad, *, fast: bool) -> _Line | None:
    """The line as it lies; a tall one also turned to either side, whichever reads surest. None if nothing is read."""
    tallness = dist(quad[0], quad[3]) / max(1.0, dist(quad[0], quad[1]))
    starts = (0,) if tallness < _MAY_LIE else (0, 1, 3) if tallness < _MUST_LIE else (1, 3)
    tried = (_recognise(image, quad[start:] + quad[:start]) for start in (starts[:1] if fast else starts))
    return max(filter(None, tried), key=lambda line: line.score, default=None)


def _recognise(image: "Image", quad: Quad) -> _Line | None:
    picture = _cut(image, quad)
    found: Any = _engine("rec")(_pixels(picture))
    if not found.txts or not found.txts[0].strip():
        return None
    text, score, info = found.txts[0], found.scores[0], found.word_results[0]
    columns = [column for word in info.word_cols for column in word]
    return _Line(tuple(_glyphs(text, columns, info.confs, info.line_txt_len)), score, picture, quad)


def _glyphs(text: str, columns: list[int], confidences: list[float], column_count: float) -> Iterator[Glyph]:
    """The characters but for white space, which has a confidence but no column."""
    places = iter(columns)
    spaced = False
    for char, confidence in zip(text, confidences, strict=True):
        if not char.isspace():
            yield Glyph(char, min(1.0, (next(places) + 0.5) / column_count), confidence, spaced)
        spaced = char.isspace()


def _cut(image: "Image", quad: Quad) -> "Image":
    """The quadrangle straightened."""
    from PIL.Image import Resampling, Transform

    width = max(1.0, dist(quad[0], quad[1]), dist(quad[2], quad[3]))
    height = max(1.0, dist(quad[0], quad[3]), dist(quad[1], quad[2]))
    scale = max(1.0, _LINE_HEIGHT_PX / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    corners = (*quad[0], *quad[3], *quad[2], *quad[1])
    return image.transform(size, Transform.QUAD, corners, Resampling.BICUBIC)


def _pixels(image: "Image") -> "np.ndarray":
    """Rows of grey values, or of blue-green-red as OpenCV has them."""
    import numpy as np

    array = np.asarray(image)
    return array if array.ndim == 2 else np.ascontiguousarray(array[:, :, ::-1])


def _word(piece: Piece, quad: Quad, width: int, height: int) -> Word:
    corners = [_point(quad, u, v) for u in (piece.x0, piece.x1) for v in (piece.y0, piece.y1)]
    xs, ys = zip(*corners, strict=True)
    return Word(piece.text, from_pixels((min(xs), min(ys), max(xs), max(ys)), width, height), piece.confidence)


def _point(quad: Quad, u: float, v: float) -> tuple[float, float]:
    """Where the point (u, v), fractions of the straightened line, lies on the page, in pixels."""
    weights = ((1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v)
    x, y = (sum(weight * corner[axis] for weight, corner in zip(weights, quad, strict=True)) for axis in (0, 1))
    return x, y


READER = Reader(
    about="PP-OCR by onnxruntime; exact, slower, Latin script, Chinese and Japanese",
    check=_check,
    read=_read,
    version=_version,
)
