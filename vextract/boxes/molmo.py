"""Molmo points at things and draws no boxes. A point has no size, and none is made up for it."""

from vextract.boxes.failures import unreadable
from vextract.boxes.numbers import says_nothing, without_ends
from vextract.boxes.types import Answered

__all__ = ["read_molmo"]


def read_molmo(text: str) -> list[Answered]:
    """Nothing, where the answer says that there is nothing.

    Raises:
        UnreadableAnswer: it says anything else.
    """
    body = without_ends(text)
    if says_nothing(body):
        return []
    if "<point" in body:
        raise unreadable("the answer has points, and a point is no box", body)
    raise unreadable("the answer has no boxes", body)
