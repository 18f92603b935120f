"""Boxes written as each family writes them come back; cut answers do not pass for whole ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.boxes.writing import FAMILIES, Labelled, Size
from vextract import boxes_from_text
from vextract.errors import AnswerError, TruncatedAnswer
from vextract.profiles import FAMILIES as PROFILES
from vextract.profiles import profile_for

_sizes = st.tuples(st.integers(60, 5000), st.integers(60, 5000))
_labels = st.text("abz QÄß猫字'12-/", min_size=1, max_size=12).map(str.strip).filter(bool)


@st.composite
def _pictures(draw: st.DrawFn, most: int = 4) -> tuple[Size, list[Labelled]]:
    """A picture's size and boxes in it that are at least a twelfth of each side, so that the coarsest grid parts their corners."""
    size = draw(_sizes)
    boxes: list[Labelled] = []
    for _ in range(draw(st.integers(1, most))):
        x0, y0 = draw(st.floats(0, 0.9)), draw(st.floats(0, 0.9))
        x1, y1 = draw(st.floats(x0 + 1 / 12, 1)), draw(st.floats(y0 + 1 / 12, 1))
        boxes.append((draw(_labels), (x0 * size[0], y0 * size[1], x1 * size[0], y1 * size[1])))
    return size, boxes


def test_all_families_are_written() -> None:
    """Every family of the profiles that draws boxes is tested here."""
    assert {profile.family for _, profile in PROFILES} - {"molmo"} == set(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
@given(picture=_pictures())
@settings(max_examples=60, deadline=None)
def test_boxes_come_back(name: str, picture: tuple[Size, list[Labelled]]) -> None:
    """Labels and order are as written, and every edge is within half a unit of the family's grid."""
    size, boxes = picture
    family = FAMILIES[name]
    read = boxes_from_text(family.write(boxes, size), name, size)
    assert [label for label, _ in read] == [label if family.labels else "" for label, _ in boxes]
    units = (family.grid, family.grid) if family.grid else profile_for("", name).seen_size(*size)
    for (_, found), (_, written) in zip(read, boxes, strict=True):
        for i, (value, true) in enumerate(zip(found, written, strict=True)):
            side = max(size) if name == "llava" else size[i % 2]
            assert abs(value - true) <= 0.5001 * side / units[i % 2] + 1e-6


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if family.whole])
@given(picture=_pictures(2))
@settings(max_examples=15, deadline=None)
def test_every_cut_of_json_is_an_error(name: str, picture: tuple[Size, list[Labelled]]) -> None:
    """A reply in JSON that is cut anywhere raises, unless all that is lost is the end of its fence."""
    size, boxes = picture
    text = FAMILIES[name].write(boxes, size)
    for end in range(len(text.rstrip("`\n"))):
        with pytest.raises(AnswerError):
            boxes_from_text(text[:end], name, size)


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if not family.whole])
@given(picture=_pictures(3))
@settings(max_examples=15, deadline=None)
def test_cuts_of_tokens(name: str, picture: tuple[Size, list[Labelled]]) -> None:
    """Of a cut reply in tokens either nothing is read, or whole entries: nothing in it shows that there were to be more."""
    size, boxes = picture
    text = FAMILIES[name].write(boxes, size)
    whole = boxes_from_text(text, name, size)
    passed = 0
    for end in range(len(text)):
        try:
            read = boxes_from_text(text[:end], name, size)
        except AnswerError:
            continue
        passed += 1
        assert [box for _, box in read] == [box for _, box in whole[: len(read)]]
        assert [label for label, _ in read[:-1]] == [label for label, _ in whole[: len(read) - 1]]
        assert whole[len(read) - 1][0].startswith(read[-1][0])
    if name != "paligemma":
        # Only PaliGemma's entries end with their label; with it they seem whole at each of its letters.
        assert passed <= 6 * (len(boxes) - 1)


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if not family.whole])
@pytest.mark.parametrize("lost", range(1, 7))
def test_a_cut_in_the_last_location(name: str, lost: int) -> None:
    """A reply in tokens that ends within the numbers of its last entry was cut off."""
    size = (1000, 1000)
    text = FAMILIES[name].write([("cat", (100, 200, 300, 400)), ("dog", (500, 600, 700, 800))], size)
    text = text.removesuffix(" dog")
    with pytest.raises(TruncatedAnswer):
        boxes_from_text(text[:-lost], name, size)
