"""Masks out of what a model wrote: a PNG, codes, or outlines become polygons or COCO's run-length code on the page.

An outline is read as the model gave it, or an error says why not; none is made up of a box.
"""

import base64
import binascii
import io
import re
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vextract._seg_codes import CODES, decoded
from vextract.boxes.types import Found
from vextract.detection import Mask, Rle
from vextract.errors import UnreadableAnswer
from vextract.geometry import cut_px

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["area_px", "mask_of", "rle_of", "union_of"]

_DATA_URL = re.compile(r"data:image/png;base64,", re.IGNORECASE)
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_PIXELS = 4096 * 4096
"""Of one mask: those that models give have sides of 64 to 256; a larger one than this is no mask but an attack."""
_HALF = 127
"""Above this a PNG's probability of 0..255 counts as the object: the middle, as Google's documentation has it."""


def mask_of(found: Found, width_px: int, height_px: int, weights: str | None = None) -> Mask | None:
    """The outline of what was found, on a page of that size.

    Args:
        found: its box and polygons in fractions of the page.
        width_px: of the page.
        height_px: of the page.
        weights: path of the weights for PaliGemma's codes; None: not set.

    Returns:
        None where the model gave only a box, or a mask that covers no pixel.

    Raises:
        UnreadableAnswer: the mask is nothing that can be read.
        DependencyError: the codes of PaliGemma cannot be decoded for want of weights.
    """
    if found.mask is None:
        return Mask(polygons=found.polygons) if found.polygons else None
    left, top, right, bottom = cut_px(found.box, width_px, height_px)
    size = (right - left, bottom - top)
    if isinstance(found.mask, str):
        covered = _from_png(found.mask, size)
    elif isinstance(found.mask, tuple) and len(found.mask) == CODES:
        covered = _resized(decoded(found.mask, weights), size) > 0
    else:
        raise _unreadable("the answer has a mask that is neither a PNG nor codes", found.mask)
    rle = rle_of(covered, left, top, width_px, height_px)
    return Mask(rle=rle) if rle else None


def rle_of(covered: "NDArray[Any]", left_px: int, top_px: int, width_px: int, height_px: int) -> Rle | None:
    """The run-length code on the page of a part of it; None where nothing is covered.

    The part alone is looked at, so that the cost goes by its size and not by the page's.

    Args:
        covered: which pixels of the part are covered, rows x columns, bool.
        left_px: where the part stands on the page.
        top_px: where the part stands on the page.
        width_px: of the page.
        height_px: of the page.
    """
    import numpy as np
    from pycocotools import mask as coco

    rows, columns = covered.shape
    framed = np.zeros((columns, rows + 2), np.int8)
    framed[:, 1:-1] = covered.T
    steps = np.diff(framed, axis=1)
    starts, ends = (
        (left_px + column) * height_px + top_px + row
        for column, row in (np.nonzero(steps == 1), np.nonzero(steps == -1))
    )
    if not len(starts):
        return None
    apart = starts[1:] != ends[:-1]  # a run that goes on at the top of the next column is one run
    edges = np.stack([starts[np.r_[True, apart]], ends[np.r_[apart, True]]], axis=1).ravel()
    counts = np.diff(np.r_[0, edges, width_px * height_px]).tolist()
    if counts[-1] == 0:
        counts.pop()
    coded = coco.frPyObjects({"size": [height_px, width_px], "counts": counts}, height_px, width_px)
    return Rle(height_px, width_px, coded["counts"].decode("ascii"))


def union_of(masks: Sequence[Mask], width_px: int, height_px: int) -> Mask:
    """What any of the masks covers, on a page of that size: a single one as it is, several as one run-length code.

    Outlines that were cut apart would keep the cut if they only stood side by side.
    """
    if len(masks) == 1:
        return masks[0]
    from pycocotools import mask as coco

    merged = coco.merge([_coded(mask, width_px, height_px) for mask in masks], intersect=False)
    return Mask(rle=Rle(height_px, width_px, merged["counts"].decode("ascii")))


def area_px(mask: Mask, width_px: int, height_px: int) -> int:
    """How many pixels of a page of that size the mask covers."""
    from pycocotools import mask as coco

    return int(coco.area(_coded(mask, width_px, height_px)))


def _coded(mask: Mask, width_px: int, height_px: int) -> dict[str, Any]:
    """The mask as pycocotools has it."""
    from pycocotools import mask as coco

    if mask.rle is not None:
        return {"size": [mask.rle.height_px, mask.rle.width_px], "counts": mask.rle.counts.encode("ascii")}
    flat = [[v for x, y in polygon for v in (x * width_px, y * height_px)] for polygon in mask.polygons]
    coded: dict[str, Any] = coco.merge(coco.frPyObjects(flat, height_px, width_px), intersect=False)
    return coded


def _from_png(text: str, size: tuple[int, int]) -> "NDArray[Any]":
    """Which pixels a PNG in base64 covers, once it is resized to its box."""
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    try:
        data = base64.b64decode("".join(_DATA_URL.sub("", text.strip(), count=1).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable("the answer has a mask that is no base64", text) from error
    if data[:8] != _PNG or data[12:16] != b"IHDR" or len(data) < 24:
        raise _unreadable("the answer has a mask that is no PNG", text)
    width, height = struct.unpack(">II", data[16:24])
    if not 0 < width * height <= _MOST_PIXELS:
        raise _unreadable(f"the answer has a mask of {width} x {height} pixels", text)
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            probability = np.asarray(image.convert("L"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error) as error:
        raise _unreadable(f"the answer has a mask whose PNG is broken ({error})", text) from error
    return _resized(probability, size) > _HALF


def _resized(values: "NDArray[Any]", size: tuple[int, int]) -> "NDArray[Any]":
    import numpy as np
    from PIL import Image

    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))


def _unreadable(problem: str, piece: object) -> UnreadableAnswer:
    shown = repr(piece)
    return UnreadableAnswer(
        f"{problem}: {shown if len(shown) <= 60 else shown[:60] + '…'}",
        "ask again, or leave out --masks: boxes come without",
    )
