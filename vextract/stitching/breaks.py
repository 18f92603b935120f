"""Records that a page break parts, where no reading saw both of their pages: what stands on the next page is joined to them.

Only what is plainly no record of its own: words that stand first on a page, after the last record of the page before, and have none
of the figures that the records of the list have.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from vextract.stitching.joining import Row
from vextract.stitching.printed import PrintedPages
from vextract.stitching.records import is_empty

__all__ = ["rests", "with_rest"]

# The figures of so many records, the share of them that has each, and how near to the break both parts stand (shares of a page).
_FEWEST, _USUAL, _EDGE = 5, 0.8, 0.4


def rests(rows: Sequence[Row], pages: PrintedPages) -> set[int]:
    """The records, by their numbers in the list, that are the rest of the one before."""
    counts = Counter(path for row in rows for path in {p for read in row.readings for p in read.record.figures})
    usual = {path for path, count in counts.items() if count >= _USUAL * len(rows)}
    if len(rows) < _FEWEST or not usual:
        return set()
    return {n for n in range(1, len(rows)) if _is_rest(rows[n], rows[n - 1], usual, pages)}


def with_rest(value: object, rest: object) -> object:
    """A record with what is its rest: texts go on, and what it lacks is taken from there."""
    if isinstance(value, Mapping) and isinstance(rest, Mapping):
        return {key: with_rest(value.get(key), rest.get(key)) for key in dict.fromkeys((*value, *rest))}
    if isinstance(value, str) and isinstance(rest, str) and value and rest:
        return f"{value} {rest}"
    return rest if is_empty(value) else value


def _is_rest(row: Row, before: Row, usual: set[str], pages: PrintedPages) -> bool:
    place, above = row.place, before.place
    if place is None or above is None or pages.at[place.spot[0]] != pages.at[above.spot[0]] + 1:
        return False
    if any(read.record.figures or read.record.nested for read in row.readings):
        return False
    if not all(usual <= read.record.figures.keys() for read in before.readings):
        return False
    low, high = (pages.page(p.spot[0]).box(pages.page(p.spot[0]).rows[p.spot[1]]) for p in (above, place))
    return low.y1 > 1 - _EDGE and high.y0 < _EDGE
