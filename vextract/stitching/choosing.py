"""One value where readings differ: what is printed, then what most say, then what was said first."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vextract.grounding.text import fold

__all__ = ["Told", "chosen"]


@dataclass(frozen=True, slots=True)
class Told:
    """A value as one reading gives it.

    Attributes:
        value: not empty, and neither an object nor a list.
        printed: how surely the page prints it, the more the surer, 0 for not at all; None if there are no words to tell.
        cut: it is of a record at the end of what the reading saw, and may be a part of what is printed.
    """

    value: object
    printed: Callable[[], int | None]
    cut: bool = False


def chosen(told: Sequence[Told]) -> object:
    """The value that speaks for itself most, as the one that is printed.

    Args:
        told: at least one, in the order of the readings.
    """
    spelled: dict[tuple[type, object], Told] = {}
    for each in told:
        spelled.setdefault((type(each.value), each.value), each)
    if len(spelled) == 1:
        return told[0].value
    votes = Counter(_meaning(each.value) for each in told)
    printed = {key: each.printed() for key, each in spelled.items()}
    whole = [key for key in spelled if not any(_is_part(spelled[key], spelled[o], printed[o]) for o in spelled)]
    best = max(whole or list(spelled), key=lambda key: (printed[key] or 0, votes[_meaning(key[1])]))
    return spelled[best].value


def _meaning(value: object) -> object:
    return fold(value) or value if isinstance(value, str) else (isinstance(value, bool), value)


def _is_part(told: Told, other: Told, printed: int | None) -> bool:
    """Whether a text is what is left of another, which is printed."""
    if not told.cut or printed == 0 or not isinstance(told.value, str) or not isinstance(other.value, str):
        return False
    part, whole = fold(told.value), fold(other.value)
    return len(part) < len(whole) and part in whole
