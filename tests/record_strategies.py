"""Strategies that make records of any content, for what is written and read back."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from tests.renderers.pages import boxes
from vextract.detection import Detection, Detections, Mask, Rle
from vextract.types import Evidence, Line, OcrResult, PageRef, PageText, Record, Word

__all__ = ["TEXT", "detections", "extractions", "texts"]

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
# As they are printed, to four decimals: then their means are the same too.
SURE = st.none() | st.integers(0, 100).map(lambda hundredths: hundredths / 100)
REFS = st.lists(
    st.builds(
        PageRef,
        st.just("a.png"),
        st.integers(1, 99),
        st.integers(1, 12_000),
        st.integers(1, 12_000),
        st.none() | st.floats(36, 2400),
        st.none() | st.floats(0, 9999),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda ref: ref.number,
).map(tuple)
POINT = st.tuples(st.floats(0, 1), st.floats(0, 1))


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    """Any outlines, or any pixels in COCO's code, packed by pycocotools."""
    if draw(st.booleans()):
        outline = st.lists(POINT, min_size=3, max_size=5).map(tuple)
        return Mask(draw(st.lists(outline, min_size=1, max_size=2).map(tuple)))
    height_px, width_px = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    row = st.lists(st.booleans(), min_size=width_px, max_size=width_px)
    covered = np.asarray(draw(st.lists(row, min_size=height_px, max_size=height_px)))
    code = coco_mask.encode(np.asfortranarray(covered, np.uint8))
    return Mask(rle=Rle(height_px, width_px, code["counts"].decode("ascii")))


@st.composite
def detections(draw: st.DrawFn) -> Record[Any]:
    """A record of any objects on any pages."""
    refs = draw(REFS)
    number = st.sampled_from([ref.number for ref in refs])
    found = st.builds(Detection, number, TEXT, boxes(), SURE, st.none() | TEXT, st.none() | masks())
    objects = draw(st.lists(found, max_size=4).map(tuple))
    return Record("a.png", "0" * 64, "detect", "some:model", "ok", Detections(objects), refs, seconds=0.5)


@st.composite
def extractions(draw: st.DrawFn) -> Record[Any]:
    """A record of any JSON with any evidence."""
    refs = draw(REFS)
    number = st.sampled_from([ref.number for ref in refs])
    match = st.sampled_from(["exact", "normalized", "fuzzy", "ambiguous"])
    placed = st.builds(Evidence, TEXT, number, boxes(), st.none() | TEXT, match, SURE, st.none() | TEXT, SURE)
    unplaced = st.builds(Evidence, TEXT, st.none() | number, st.none(), st.none() | TEXT, st.just("none"), SURE)
    plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
    data = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
    evidence = draw(st.lists(placed | unplaced, max_size=4).map(tuple))
    return Record("a.png", None, "extract", None, "partial", draw(data), refs, evidence, draw(st.none() | TEXT))


@st.composite
def texts(draw: st.DrawFn) -> Record[Any]:
    """A record of any words on any pages, some transcribed by a model."""
    refs = draw(REFS)
    word = st.builds(Word, st.text(st.characters(codec="utf-8"), min_size=1, max_size=6), boxes(), SURE)
    line = st.builds(Line, st.lists(word, min_size=1, max_size=3).map(tuple), st.integers(0, 3))
    lines, turn = st.lists(line, max_size=3).map(tuple), st.sampled_from([0, 90, 180, 270])
    pages = [
        draw(st.builds(PageText, st.just(ref), lines, st.just("tesseract"), turn, st.booleans(), st.none() | TEXT))
        for ref in refs
    ]
    return Record("a.png", "0" * 64, "ocr", "tesseract", "ok", OcrResult(tuple(pages)), refs)
