"""Models that know how their values must agree: sums, tax, order of dates. A disagreement is told, and the values are kept."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

__all__ = ["Checked", "Inconsistency"]


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """Values that contradict one another as printed: one line that shows them, and where they are (RFC 6901 pointers)."""

    message: str
    pointers: tuple[str, ...]


class Checked(BaseModel):
    """A model whose values can be checked against each other.

    Unlike a validator, a check never refuses or changes a value: what is printed wrong is extracted as printed, and reported.
    """

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """What contradicts itself among the values that are there; nothing where one of them is missing."""
        yield from ()
