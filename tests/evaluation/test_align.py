"""Which item belongs to which."""

from hypothesis import given
from hypothesis import strategies as st

from vextract.evaluation.align import align


def closeness(a: object, b: object) -> float:
    """How near two numbers are, 0..1."""
    assert isinstance(a, (int, float))
    assert isinstance(b, (int, float))
    return max(0.0, 1 - abs(a - b) / 10)


def test_the_best_pairs_in_total_are_chosen() -> None:
    """Not the nearest pair first: 5 goes to 6.5 although 4 is nearer, because 1 needs the 4 more."""
    assert align([5, 1], [4, 6.5], closeness) == [(0, 1), (1, 0)]


def test_what_is_left_over_is_told() -> None:
    """Items of the truth without partner keep their place, those of the result come last."""
    assert align([1, 2, 3], [3], closeness) == [(0, None), (1, None), (2, 0)]
    assert align([3], [1, 3, 2], closeness) == [(0, 1), (None, 0), (None, 2)]
    assert align([], [], closeness) == []


def test_identical_items_are_paired_first() -> None:
    """An exact item is not given away, even if two half matches would add up to more."""
    half_alike = {("a", "c"), ("b", "a")}
    assert align(["a", "b"], ["c", "a"], lambda a, b: float(a == b) or 0.9 * ((a, b) in half_alike)) == [(0, 1), (1, 0)]


def test_equally_alike_items_keep_their_order() -> None:
    """Ties are broken by order."""
    assert align(["a", "b", "c"], ["x", "y", "z"], lambda _a, _b: 0.0) == [(0, 0), (1, 1), (2, 2)]


@given(st.lists(st.integers(0, 5), max_size=6), st.lists(st.integers(0, 5), max_size=6))
def test_each_item_appears_once(wanted: list[int], got: list[int]) -> None:
    """Every index of both lists is in the pairs exactly once, and as many as possible are paired."""
    pairs = align(wanted, got, closeness)
    assert sorted(i for i, _ in pairs if i is not None) == list(range(len(wanted)))
    assert sorted(j for _, j in pairs if j is not None) == list(range(len(got)))
    assert sum(None not in pair for pair in pairs) == min(len(wanted), len(got))
