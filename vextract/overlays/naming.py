"""How values are named beside their places: by their path, or as in a table where the eye finds row and column by itself."""

from collections.abc import Sequence

from vextract.pointers import join, keys
from vextract.types import Box

__all__ = ["names_in_tables", "path_of"]

Place = tuple[str, Box]
"""A JSON pointer, and where its value stands on the page."""


def path_of(pointer: str) -> str:
    """A JSON pointer as people write it: "/items/2/amount" is "items[2].amount"; the whole is ""."""
    text = ""
    for key in keys(pointer):
        text += f"[{key}]" if _is_index(key) else f".{key}" if text else key
    return text


def names_in_tables(places: Sequence[Place]) -> list[str]:
    """What to write at each place of a page, as short as can be.

    Members of lists that stand in rows and columns are named as in a table: the topmost of a column by the last of its path, the
    leftmost of a row by the row's index, the one that is both by its path, and others not at all. All other values have their path.
    """
    tops: dict[str, Place] = {}
    starts: dict[str, Place] = {}
    for place in places:
        row, column = _cell(place[0])
        tops[column] = min(tops.get(column, place), place, key=lambda each: each[1].y0)
        starts[row] = min(starts.get(row, place), place, key=lambda each: each[1].x0)
    names = []
    for place in places:
        row, column = _cell(place[0])
        names.append(_name(place, row, tops[column], starts[row]) if row else path_of(place[0]))
    return names


def _name(place: Place, row: str, top: Place, start: Place) -> str:
    pointer, box = place
    in_column = box.x0 < top[1].x1 and top[1].x0 < box.x1
    in_row = box.y0 < start[1].y1 and start[1].y0 < box.y1
    if not (in_column and in_row) or place == top == start:
        return path_of(pointer)
    if place == top:
        return path_of(pointer.removeprefix(row))
    return path_of(join(keys(row)[-1:])) if place == start else ""


def _cell(pointer: str) -> tuple[str, str]:
    """The row of a member of a list, which is the pointer up to its last index ("" for others), and its column, without indices."""
    path = keys(pointer)
    last = max((at for at, key in enumerate(path) if _is_index(key)), default=-1)
    return join(path[: last + 1]), join("*" if _is_index(key) else key for key in path)


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit()
