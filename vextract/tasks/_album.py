"""Albums: stories and comparisons over many pictures, in which every claim names the pictures that show it."""

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Any

from pydantic import BaseModel, Field

from vextract.tasks import Answer, Reply
from vextract.types import ErrorInfo

__all__ = ["ALBUM", "Album", "Spot", "read_album"]

ALBUM = (
    "$question\nGive the answer as claims in the order in which they are to be read, each with the numbers of the documents "
    "that show it; and every place that you name, with the numbers of the documents that were taken there, none if none was. The "
    "times and positions that go with the documents were measured; do not guess others.\n$reason"
)
# Pictures of one place are not further apart than this.
_ONE_PLACE_KM = 50.0
Spot = tuple[float, float]
"""Latitude and longitude in degrees."""


class Claim(BaseModel):
    """One thing that is said."""

    text: str
    documents: list[int] = Field(description="numbers of the documents that show it")


class Place(BaseModel):
    """One place that is named."""

    name: str
    documents: list[int] = Field(description="numbers of the documents that were taken there; none if none was")


class Album(BaseModel):
    """What a model answers about many pictures."""

    claims: list[Claim]
    places: list[Place]


def read_album(reply: Reply, names: Sequence[str], spots: Sequence[Spot | None]) -> Answer:
    """The text with the pictures it rests on, and what rests on none.

    Args:
        reply: of the shape of `Album`, validated.
        names: of the documents, in order.
        spots: where each was taken, as measured; None where that is not known.

    Returns:
        Data with `text`, each claim followed by the numbers of its pictures; `claims` and `places`, each with `documents`
        (their names) and `supported`. A claim or place without a document, or whose documents lie far apart, is an error of kind
        "unsupported".
    """
    if reply.problems:
        return Answer(
            reply.value,
            errors=tuple(
                ErrorInfo("validation", f"{p.pointer or 'the data'}: {p.message}", "", exit_code=8)
                for p in reply.problems
            ),
        )
    album = Album.model_validate(reply.value)
    errors: list[ErrorInfo] = []

    def told(kind: str, what: str, numbers: list[int], *, place: bool) -> dict[str, Any]:
        there = [number for number in dict.fromkeys(numbers) if 0 < number <= len(names)]
        why = "" if there else "no document shows it"
        if place and there:
            why = _far_apart([spot for number in there if (spot := spots[number - 1])])
        if why:
            errors.append(ErrorInfo("unsupported", f"the {kind} {what!r}: {why}", _HINT, exit_code=0))
        return {"documents": [names[number - 1] for number in there], "supported": not why}

    claims = [{"text": c.text, **told("claim", c.text, c.documents, place=False)} for c in album.claims]
    places = [{"name": p.name, **told("place", p.name, p.documents, place=True)} for p in album.places]
    text = " ".join(_marked(claim, len(names)) for claim in album.claims)
    return Answer({"text": text, "claims": claims, "places": places}, errors=tuple(errors))


_HINT = "look at the pictures before you believe it"


def _marked(claim: Claim, count: int) -> str:
    numbers = [str(number) for number in dict.fromkeys(claim.documents) if 0 < number <= count]
    return f"{claim.text} [{', '.join(numbers) or 'no picture'}]"


def _far_apart(spots: Sequence[Spot]) -> str:
    """Why pictures cannot be of one place, by where they were taken; "" if they can."""
    widest = max((_km(a, b) for a in spots for b in spots), default=0.0)
    return f"its pictures were taken up to {widest:,.0f} km apart" if widest > _ONE_PLACE_KM else ""


def _km(a: Spot, b: Spot) -> float:
    """The distance along a great circle, by the haversine formula, on a sphere of 6371 km."""
    north_a, east_a, north_b, east_b = map(radians, (*a, *b))
    half = sin((north_b - north_a) / 2) ** 2 + cos(north_a) * cos(north_b) * sin((east_b - east_a) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(min(1.0, half)))
