"""Run-length codes of masks that come from outside, checked before they reach pycocotools.

It reckons with them in C, and does not come to an end with runs that do not make up the picture.
"""

from collections.abc import Sequence

from vextract.detection import Mask, Rle

__all__ = ["mask_of_rle"]

# The code has six bits a character, of which five count and one says that the number goes on; from the fourth number on it
# gives the difference to the number before the last.
_FIRST, _GOES_ON, _BITS = 48, 0x20, 5


def mask_of_rle(size: Sequence[int], counts: str | list[int]) -> Mask:
    """The mask of a run-length code, compressed or not.

    Args:
        size: height and width in pixels.
        counts: the runs, of pixels that are not covered and that are in turn.

    Raises:
        ValueError: the runs do not make up the picture.
    """
    height_px, width_px = size
    runs = _runs(counts) if isinstance(counts, str) else counts
    if min(height_px, width_px) < 1 or min(runs, default=0) < 0 or sum(runs) != height_px * width_px:
        raise ValueError(f"the run-length code does not make up {width_px} x {height_px} pixels")
    if isinstance(counts, str):
        return Mask(rle=Rle(height_px, width_px, counts))
    from pycocotools import mask as coco_mask

    packed = coco_mask.frPyObjects({"size": [height_px, width_px], "counts": runs}, height_px, width_px)
    return Mask(rle=Rle(height_px, width_px, packed["counts"].decode("ascii")))


def _runs(counts: str) -> list[int]:
    """The runs of a compressed code.

    Raises:
        ValueError: it is none.
    """
    runs: list[int] = []
    number, shift = 0, 0
    for character in counts:
        code = ord(character) - _FIRST
        if not 0 <= code < 1 << (_BITS + 1) or shift > 60:
            raise ValueError("the run-length code has a character or a number that no such code has")
        number |= (code & (_GOES_ON - 1)) << shift
        shift += _BITS
        if not code & _GOES_ON:
            if code & (_GOES_ON >> 1):
                number -= 1 << shift
            runs.append(number + runs[-2] if len(runs) > 2 else number)
            number, shift = 0, 0
    if shift:
        raise ValueError("the run-length code ends within a number")
    return runs
