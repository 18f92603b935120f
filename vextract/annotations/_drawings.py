"""Masks as labelme keeps them: the part of a picture around an object as a PNG in base 64, 0 where it is not."""

import base64
import binascii
import io
import warnings

from vextract.detection import Rle

__all__ = ["drawn_rle", "rle_of_drawing"]

PixelCorners = tuple[int, int, int, int]
"""x0, y0, x1, y1 of the first and the last pixel."""


def drawn_rle(rle: Rle) -> tuple[PixelCorners, str] | None:
    """The part of the picture that the mask is in, and its drawing; None if it covers nothing."""
    import numpy as np
    from PIL import Image
    from pycocotools import mask as coco_mask

    code = {"size": [rle.height_px, rle.width_px], "counts": rle.counts}
    x, y, width, height = (int(side) for side in coco_mask.toBbox(code))
    if not width or not height:
        return None
    part = np.ascontiguousarray(coco_mask.decode(code)[y : y + height, x : x + width])
    file = io.BytesIO()
    Image.fromarray(part).save(file, "PNG")
    return (x, y, x + width - 1, y + height - 1), base64.b64encode(file.getvalue()).decode("ascii")


def rle_of_drawing(drawing: str, corner: tuple[float, float], size_px: tuple[int, int]) -> Rle:
    """The mask of a drawing.

    Args:
        drawing: a PNG in base 64.
        corner: its first pixel, x and y.
        size_px: width and height of the whole picture; what lies outside of it is cut off.

    Raises:
        ValueError: it is none, or larger than the picture.
    """
    import numpy as np
    from PIL import Image
    from pycocotools import mask as coco_mask

    (width, height), (x, y) = size_px, (int(side) for side in corner)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures: the size is looked at before anything is decoded
            picture = Image.open(io.BytesIO(base64.b64decode(drawing, validate=True)), formats=["PNG"])
        if picture.width > width or picture.height > height or min(x, y) < 0:
            raise ValueError("a mask is larger than the picture")
        part = np.asarray(picture.convert("L")) > 0
    except (binascii.Error, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"a mask is no PNG: {error}") from error
    whole = np.zeros((height, width), np.uint8, order="F")
    seen = whole[y : y + part.shape[0], x : x + part.shape[1]]
    seen[:] = part[: seen.shape[0], : seen.shape[1]]
    return Rle(height, width, coco_mask.encode(whole)["counts"].decode("ascii"))
