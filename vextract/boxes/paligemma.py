"""PaliGemma's boxes: <loc0256><loc0128><loc0768><loc0640> cat ; …, y before x, in 1024ths; with sixteen <seg> codes for masks."""

import re

from vextract.boxes.failures import cut_off, unreadable
from vextract.boxes.numbers import index, says_nothing, without_ends
from vextract.boxes.types import Answered

__all__ = ["read_paligemma"]

_ENTRY = re.compile(r"\s*((?:<loc\d{4}>\s*)+)((?:<seg\d{3}>\s*)*)([^<;]*)(;|(?=<)|$)")
_PART = re.compile(r"\s*<[a-z]*\d*")
_LOCATION = re.compile(r"<loc(\d{4})>")
_CODE = re.compile(r"<seg(\d{3})>")


def read_paligemma(text: str) -> list[Answered]:
    """The boxes of an answer to "detect …" or "segment …", in its order.

    A label follows its box, so that a box without one is the end of an answer that was cut off.
    """
    body = without_ends(text)
    if says_nothing(body):
        return []
    if not body.startswith("<loc"):
        raise unreadable("the answer does not begin with a location", body)
    found: list[Answered] = []
    at = 0
    while at < len(body):
        if not (entry := _ENTRY.match(body, at)):
            problem = "the answer has no location where one should be"
            raise cut_off(problem, body[at:]) if _PART.fullmatch(body, at) else unreadable(problem, body[at:])
        at = entry.end()
        found.append(_entry(entry, last=at == len(body) or _PART.fullmatch(body, at) is not None))
    return found


def _entry(entry: re.Match[str], *, last: bool) -> Answered:
    locations = [index(digits, 1024) for digits in _LOCATION.findall(entry[1])]
    codes = tuple(index(digits, 128) for digits in _CODE.findall(entry[2]))
    label = entry[3].strip()
    if last and (len(locations) < 4 or 0 < len(codes) < 16 or not label):
        raise cut_off("the answer ends within an entry", entry[0])
    if len(locations) != 4 or len(codes) not in {0, 16} or not label:
        raise unreadable("the answer has an entry that is not four locations and a label", entry[0])
    y0, x0, y1, x1 = locations
    return Answered(label, (x0, y0, x1, y1), mask=codes or None)
