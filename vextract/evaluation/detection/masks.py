"""Masks as COCO writes them, in pixels: lists of polygons, or run-length codes."""

from typing import Any

from vextract.detection import Mask
from vextract.run_lengths import mask_of_rle

__all__ = ["Segmentation", "checked_code", "empty", "resized", "segmentation"]

Segmentation = list[list[float]] | dict[str, Any]
"""Polygons, each x, y, x, y, …; or {"size": [height, width], "counts": "…"}, compressed; checked to make up its page."""

# As for boxes: numbers come back as they were written.
_DECIMALS = 6


def segmentation(mask: Mask, width_px: int, height_px: int) -> Segmentation | None:
    """The mask in pixels of a page of that size; None if it covers nothing.

    Raises:
        ValueError: it is a run-length code that does not make up that page.
    """
    if mask.rle:
        return checked_code((mask.rle.height_px, mask.rle.width_px), mask.rle.counts, (width_px, height_px))
    polygons = [
        [round(number, _DECIMALS) for x, y in polygon for number in (x * width_px, y * height_px)]
        for polygon in mask.polygons
        if len(polygon) >= 3
    ]
    return polygons or None


def checked_code(size: tuple[int, int], counts: str | list[int], size_px: tuple[int, int]) -> Segmentation:
    """A run-length code in COCO's compressed form.

    Args:
        size: height and width that it states.
        counts: compressed or plain.
        size_px: width and height of its page.

    Raises:
        ValueError: its runs do not make up that page. COCO's code would compare it without end.
    """
    if size != (size_px[1], size_px[0]):
        raise ValueError(f"the mask is {size[1]} x {size[0]} pixels, its page {size_px[0]} x {size_px[1]}")
    code = mask_of_rle(size, counts).rle
    assert code is not None
    return {"size": [code.height_px, code.width_px], "counts": code.counts}


def resized(mask: Segmentation, scale: tuple[float, float], size_px: tuple[int, int]) -> Segmentation:
    """The mask on another size of the same picture.

    Args:
        mask: on the picture as it was.
        scale: how much wider and higher the picture became.
        size_px: width and height that it became.
    """
    if isinstance(mask, dict):
        return mask if mask["size"] == [*size_px[::-1]] else _resized_code(mask, size_px)
    return [[round(number * scale[at % 2], _DECIMALS) for at, number in enumerate(polygon)] for polygon in mask]


def empty(width_px: int, height_px: int) -> Segmentation:
    """A mask that covers no pixel."""
    return {"size": [height_px, width_px], "counts": [width_px * height_px]}


def _resized_code(mask: dict[str, Any], size_px: tuple[int, int]) -> Segmentation:
    """Each pixel of the new size takes what lies under its middle in the old one."""
    import warnings

    import numpy as np
    from pycocotools import mask as coco_mask

    with warnings.catch_warnings():
        # pycocotools 2.0.11 hands out its pixels in the way of NumPy 1 (cocodataset/cocoapi; may go with a release that does not).
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        pixels = coco_mask.decode(mask)
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(int) for new, old in zip(size_px[::-1], pixels.shape, strict=True)
    )
    coded: dict[str, Any] = coco_mask.encode(np.asfortranarray(pixels[rows][:, columns]))
    return {"size": list(coded["size"]), "counts": coded["counts"].decode("ascii")}
