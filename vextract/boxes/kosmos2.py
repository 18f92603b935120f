"""Kosmos-2's boxes: <phrase>a cat</phrase><object><patch_index_0044><patch_index_0863></object>, two cells of a 32 x 32 grid."""

import re

from vextract.boxes.failures import cut_off, unreadable
from vextract.boxes.numbers import index, says_nothing, without_ends
from vextract.boxes.types import Answered, Corners

__all__ = ["CELLS", "read_kosmos2"]

CELLS = 32
_IMAGE = re.compile(r"<image>.*?</image>", re.DOTALL)
_OBJECT = re.compile(r"(?:<phrase>([^<]*)</phrase>\s*)?<object>((?:(?!<object>).)*?)</object>", re.DOTALL)
_PAIR = re.compile(r"<patch_index_(\d{4})><patch_index_(\d{4})>")
_BETWEEN = "</delimiter_of_multi_objects/>"


def read_kosmos2(text: str) -> list[Answered]:
    """The boxes of a grounded caption, in its order; a phrase that stands for several things has several."""
    answer = without_ends(text)
    if says_nothing(answer):
        return []
    body = _IMAGE.sub("", answer).replace("<grounding>", "").strip()
    rest = _OBJECT.sub(" ", body)
    if "<" in rest:
        raise cut_off("the answer ends within a phrase or its boxes", rest[rest.index("<") :])
    found = [
        Answered((match[1] or "").strip(), _corners(pair))
        for match in _OBJECT.finditer(body)
        for pair in match[2].split(_BETWEEN)
    ]
    if not found:
        raise unreadable("the answer has no boxes", body)
    return found


def _corners(pair: str) -> Corners:
    """The corners in cells: the cells' middles, but their outer edges where both are in one row or column.

    Source: `patch_index_to_coordinate` of Kosmos-2 in transformers 5.
    """
    if not (cells := _PAIR.fullmatch(pair.strip())):
        raise unreadable("the answer has an object that is not two cells", pair)
    first, second = (index(digits, CELLS * CELLS) for digits in cells.groups())
    x0, x1 = sorted((first % CELLS, second % CELLS))
    y0, y1 = sorted((first // CELLS, second // CELLS))
    if x0 == x1 or y0 == y1:
        return x0, y0, x1 + 1, y1 + 1
    return x0 + 0.5, y0 + 0.5, x1 + 0.5, y1 + 0.5
