"""Which result belongs to which truth."""

import pytest

from vextract.errors import InputError
from vextract.evaluation.examples import Example
from vextract.evaluation.pairing import pair


def examples(*sources: str) -> list[Example]:
    """Documents of these sources."""
    return [Example(source, {}, f"file:{number}") for number, source in enumerate(sources, 1)]


def paired(truth: list[str], results: list[str]) -> tuple[list[str | None], list[str]]:
    """The source that each truth got, and what is left."""
    found = pair(examples(*truth), examples(*results))
    return [result.source if result else None for _, result in found.pairs], [e.source for e in found.extra]


def test_pairs() -> None:
    """The same source wins, else the same file name; the order does not matter."""
    assert paired(["a/x.png", "b/x.png"], ["b/x.png", "a/x.png"]) == (["a/x.png", "b/x.png"], [])
    assert paired(["truth/x.png", "y.png"], ["y.png", "./x.png"]) == (["./x.png", "y.png"], [])
    assert paired(["C:\\scans\\x.png"], ["x.png"]) == (["x.png"], [])
    assert paired(["a/x.png", "x.png"], ["x.png", "b/x.png"]) == (["b/x.png", "x.png"], [])


def test_what_has_no_partner() -> None:
    """A truth without result and a result without truth are told."""
    assert paired(["a.png", "b.png"], ["b.png", "c.png", "d.png"]) == ([None, "b.png"], ["c.png", "d.png"])
    assert paired(["a/x.png", "b/x.png"], []) == ([None, None], [])


@pytest.mark.parametrize(
    ("truth", "results", "told"),
    [
        (["x.png"], ["a/x.png", "b/x.png"], "2 results"),
        (["a/x.png", "b/x.png"], ["x.png"], "2 truths"),
        (["x.png", "x.png"], ["x.png"], "file:2: source 'x.png' was at file:1"),
        (["x.png"], ["x.png", "x.png"], "file:2: source 'x.png' was at file:1"),
    ],
)
def test_ambiguity_is_refused(truth: list[str], results: list[str], told: str) -> None:
    """Where a name could mean several, nothing is guessed."""
    with pytest.raises(InputError, match=told):
        paired(truth, results)
