"""Parts of the inputs: together they are all of them, each is in one, and that is the same anywhere."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.errors import UsageError
from vextract.sources.expand import Source
from vextract.sources.shards import Shard

NAMES = st.lists(
    st.text(st.characters(codec="utf-8"), max_size=9) | st.binary(max_size=6).map(os.fsdecode), max_size=30
)


def names_of(shard: Shard, names: list[str]) -> list[str]:
    """The names of the part, in order."""
    return [source.name for source in shard.of(Source(name) for name in names)]


@given(NAMES, st.integers(1, 9), st.randoms(use_true_random=False))
def test_parts_are_all_of_it_and_the_same_in_any_order(names: list[str], count: int, dice: object) -> None:
    """Each name is in exactly one part, as often as it was given, in the order given; other orders and companies change nothing."""
    parts = [names_of(Shard(index, count), names) for index in range(1, count + 1)]
    assert sorted(name for part in parts for name in part) == sorted(names)
    for index, part in enumerate(parts, 1):
        assert part == [name for name in names if name in set(part)]
        mixed = [*names, "another.png"]
        dice.shuffle(mixed)  # type: ignore[attr-defined]
        assert set(names_of(Shard(index, count), mixed)) - {"another.png"} == set(part) - {"another.png"}


def test_parts_are_of_one_size() -> None:
    """Of many names, no part has much more than its share."""
    names = [f"scans/{number:05}.png" for number in range(4000)]
    sizes = [len(names_of(Shard(index, 8), names)) for index in range(1, 9)]
    assert all(400 < size < 600 for size in sizes)


def test_where_a_name_belongs_never_changes() -> None:
    """What a machine has begun another version goes on with: these are in these parts for good."""
    names = ["a.png", "b.png", "scans/c.pdf", "https://example.com/d.png", os.fsdecode(b"\xff.png")]
    assert [next(i for i in range(1, 5) if names_of(Shard(i, 4), [name])) for name in names] == [3, 2, 3, 2, 1]


@pytest.mark.parametrize("text", ["1/1", " 2 / 8 ", "8/8", "000001/2", "999999/999999"])
def test_what_is_a_part(text: str) -> None:
    """I/N with I from 1 to N."""
    index, count = map(int, text.split("/"))
    assert Shard.parse(text) == Shard(index, count)


@pytest.mark.parametrize(
    "text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1.0/2", "١/٢", "1/9999999", "x" * 500]
)
def test_what_is_none(text: str) -> None:
    """Anything else is refused, and a long text not repeated in full."""
    with pytest.raises(UsageError, match="--shard cannot be") as raised:
        Shard.parse(text)
    assert len(raised.value.message) < 80
