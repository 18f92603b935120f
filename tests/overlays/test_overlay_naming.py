"""How values are named beside their places."""

import pytest

from vextract.overlays.naming import names_in_tables, path_of
from vextract.types import Box


def _box(column: float, row: float, width: float = 0.8, height: float = 0.8) -> Box:
    """In a grid of 10 x 10 places."""
    return Box(column / 10, row / 10, (column + width) / 10, (row + height) / 10)


def test_pointers_are_written_as_people_do() -> None:
    """Escapes are undone, indices stand in brackets, the whole is nameless."""
    assert [path_of(pointer) for pointer in ("", "/a~1b/0/~0c", "/0/x", "/items/10")] == [
        "",
        "a/b[0].~c",
        "[0].x",
        "items[10]",
    ]


TABLE = [
    ("/items/0/what", _box(1, 1, 3)),
    ("/items/0/price", _box(5.5, 1, 0.3)),
    ("/items/1/what", _box(1, 2, 2)),
    ("/items/1/price", _box(5, 2)),
]


@pytest.mark.parametrize(
    ("places", "names"),
    [
        (TABLE, ["items[0].what", "price", "[1]", ""]),
        (TABLE[::-1], ["", "[1]", "price", "items[0].what"]),
        ([*TABLE, ("/total", _box(5, 3))], ["items[0].what", "price", "[1]", "", "total"]),
        ([TABLE[0], *TABLE[2:]], ["items[0].what", "[1]", "price"]),
        ([(f"/tags/{n}", _box(1, n)) for n in range(3)], ["tags[0]", "[1]", "[2]"]),
        ([(f"/tags/{n}", _box(n, 1)) for n in range(3)], ["tags[0]", "tags[1]", "tags[2]"]),
        ([("/a/0/b/1/c", _box(1, 1)), ("/a/0/b/2/c", _box(1, 2))], ["a[0].b[1].c", "[2]"]),
        ([("/a/0/at/town", _box(1, 1)), ("/a/0/at/code", _box(3, 1))], ["a[0].at.town", "at.code"]),
    ],
    ids=["rows", "any order", "beside other values", "a gap", "a list downwards", "a list across", "nested", "deep"],
)
def test_members_of_tables_are_named_once(places, names) -> None:
    """What row and column tell is not said again; what they do not tell is said in full."""
    assert names_in_tables(places) == names


def test_what_stands_in_no_table_has_its_path() -> None:
    """Fields of a list that stand below each other, as in a CV, are not taken for rows and columns."""
    pointers = [f"/jobs/{job}/{name}" for job in range(2) for name in ("title", "employer", "city")]
    places = [(pointer, _box(1, line)) for line, pointer in enumerate(pointers)]
    names = names_in_tables(places)
    assert names[:3] == ["jobs[0].title", "jobs[0].employer", "jobs[0].city"]
    assert names[4:] == ["jobs[1].employer", "jobs[1].city"]


def test_a_value_outside_of_its_column_has_its_path() -> None:
    """A value that stands beside its column would be read as one of another."""
    assert names_in_tables([*TABLE[:3], ("/items/1/price", _box(7, 2))])[-1] == "items[1].price"
