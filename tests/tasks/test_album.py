"""Albums: what a claim rests on, and places by where pictures were taken."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.renderers.pages import unhurried
from vextract.schema.problems import Problem
from vextract.tasks import Reply
from vextract.tasks._album import Spot, read_album

NAMES = ("a.jpg", "b.jpg", "c.jpg")
ROME, OSTIA, PARIS = (41.9028, 12.4964), (41.7319, 12.2786), (48.8566, 2.3522)


def album(claims: list[tuple[str, list[int]]], places: list[tuple[str, list[int]]] = []) -> Reply:  # noqa: B006  only read
    """What a model replies."""
    told = [{"text": text, "documents": numbers} for text, numbers in claims]
    named = [{"name": name, "documents": numbers} for name, numbers in places]
    return Reply((1,), "", {"claims": told, "places": named})


def read(reply: Reply, spots: tuple[Spot | None, ...] = (None, None, None)) -> tuple[Any, list[str]]:
    """The data, and what is unsupported."""
    answer = read_album(reply, NAMES, spots)
    assert all((error.kind, error.exit_code) == ("unsupported", 0) for error in answer.errors)
    return answer.data, [error.message for error in answer.errors]


def test_claims_name_their_pictures() -> None:
    """Each claim is followed by the numbers of its pictures, and has their names."""
    data, unsupported = read(album([("A boat.", [1]), ("Two boats.", [2, 3, 2])]))
    assert data["text"] == "A boat. [1] Two boats. [2, 3]"
    assert data["claims"][1] == {"text": "Two boats.", "documents": ["b.jpg", "c.jpg"], "supported": True}
    assert unsupported == []


@pytest.mark.parametrize("numbers", [[], [0], [-1], [4], [99, 0]])
def test_a_claim_that_no_picture_shows(numbers: list[int]) -> None:
    """A claim without a picture, or with numbers of none, is marked in the text and told."""
    data, unsupported = read(album([("A ghost.", numbers)]))
    assert data["text"] == "A ghost. [no picture]"
    assert data["claims"] == [{"text": "A ghost.", "documents": [], "supported": False}]
    assert unsupported == ["the claim 'A ghost.': no document shows it"]


@pytest.mark.parametrize(
    ("spots", "why"),
    [
        ((ROME, OSTIA, None), ""),
        ((None, None, None), ""),
        ((ROME, None, PARIS), "its pictures were taken up to 1,105 km apart"),
        (((0.0, 179.9), (0.0, -179.9), None), ""),
        (((90.0, 0.0), (90.0, 120.0), None), ""),
        (((90.0, 0.0), (-90.0, 0.0), None), "its pictures were taken up to 20,015 km apart"),
    ],
)
def test_pictures_of_a_place_lie_near_each_other(spots: tuple[Spot | None, ...], why: str) -> None:
    """A place whose pictures were taken far apart is told; those without a position say nothing; the date line is no distance."""
    data, unsupported = read(album([], [("Rome", [1, 2, 3])]), spots)
    assert data["places"] == [{"name": "Rome", "documents": [*NAMES], "supported": not why}]
    assert unsupported == ([f"the place 'Rome': {why}"] if why else [])


def test_claims_may_rest_on_pictures_of_far_places() -> None:
    """Distance is asked of places alone: a claim may compare Rome with Paris."""
    assert read(album([("Both have rivers.", [1, 3])]), (ROME, None, PARIS))[1] == []


_angle = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@unhurried
@given(_angle, _angle)
def test_distances(first: Spot, second: Spot) -> None:
    """The distance is that of the spherical law of cosines, whichever way it is measured."""
    north, south = math.radians(first[0]), math.radians(second[0])
    cosine = math.sin(north) * math.sin(south) + math.cos(north) * math.cos(south) * math.cos(
        math.radians(first[1] - second[1])
    )
    km = 6371.0 * math.acos(max(-1.0, min(1.0, cosine)))
    found = [bool(read(album([], [("x", [1, 2])]), (*pair, None))[1]) for pair in ((first, second), (second, first))]
    # Near the limit the two formulas round otherwise.
    if abs(km - 50) > 0.1:
        assert found == [km > 50] * 2


def test_an_answer_that_does_not_validate() -> None:
    """What is no album is kept, and told with its place; nothing is read into it."""
    answer = read_album(Reply((1,), "", {"claims": 3}, (Problem("/claims", "no list"),)), NAMES, (None,) * 3)
    assert answer.data == {"claims": 3}
    assert [(error.kind, error.message, error.exit_code) for error in answer.errors] == [
        ("validation", "/claims: no list", 8)
    ]
