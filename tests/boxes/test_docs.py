"""docs/boxes.md says of each family what the code does."""

import re
from pathlib import Path

from vextract.boxes import SYNTAXES
from vextract.profiles import FAMILIES

_PAGE = Path(__file__).parents[2] / "docs" / "boxes.md"
_ROW = re.compile(r"^\| ([\w.-]+) \| ([\w-]+(?:, [\w-]+)*) \| .* \| (.*?) \| (.*?) \| .*? \|$", re.MULTILINE)


def _rows() -> list[tuple[str, list[str], str, str]]:
    """Family, formats, order and numbers of each row but the head."""
    _, *rows = _ROW.findall(_PAGE.read_text("utf-8"))
    return [(family, formats.split(", "), order, numbers) for family, formats, order, numbers in rows]


def test_the_table_has_all_families_and_formats() -> None:
    """Each family has one row, with the format or formats of its profiles."""
    formats: dict[str, set[str]] = {}
    for _, profile in FAMILIES:
        formats.setdefault(profile.family, set()).add(str(profile.box_format))
    rows = _rows()
    assert {family: set(written) for family, written, _, _ in rows} == formats
    assert len(rows) == len(formats)


def test_the_table_has_the_right_units() -> None:
    """The number of the far edge, and which coordinate comes first, are those of the reader."""
    grids = {str(name): syntax.grid for name, syntax in SYNTAXES.items()}
    for family, (format_, *more), order, numbers in _rows():
        grid = grids[format_]
        assert order.startswith("y") == (format_ in {"json-yxyx-1000", "paligemma"}), family
        if grid is None:
            assert more or "pixels" in numbers, family
        else:
            assert re.search(rf"\b{grid:g}\b|\b{grid:g}ths\b", numbers), family
