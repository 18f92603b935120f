"""Markdown of a record with data: a heading, a table of its values, and a table for each of its lists of objects."""

from collections.abc import Iterable, Iterator, Sequence

from vextract.renderers import RenderOptions
from vextract.renderers._detections import in_columns
from vextract.renderers._markdown import inline
from vextract.renderers._markup import clean
from vextract.renderers._record_evidence import evidence_rows
from vextract.renderers._record_tables import Shape, at, cell_text, column, members, rooted, shape_of
from vextract.types import PageText, Record

__all__ = ["RecordMarkdownWriter"]


class RecordMarkdownWriter:
    """Writes one record."""

    def __init__(self, options: RenderOptions) -> None:
        self._options = options

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        """Nothing: a record holds all there is."""
        del page, picture
        return ()

    def close(self, record: Record[object]) -> Iterator[bytes]:
        """The whole record."""
        shown = in_columns(record) if self._options.detections else record
        yield ("\n\n".join(self._parts(shown)) + "\n").encode()

    def _parts(self, record: Record[object]) -> Iterator[str]:
        yield f"## {_one_line(record.source)}"
        if not self._options.data_only:
            yield f"Status: {record.status}"
        if self._options.evidence:
            rows = evidence_rows(record, self._options.box_unit)
            places = [(row[0], row[1], row[2], row[3], row[8]) for row in rows]
            yield _table(("pointer", "value", "match", "page", "quote"), places)
        elif record.data is not None:
            shape = shape_of(record.data, self._options.fields)
            data = rooted(record.data)
            if shape.leaves:
                yield _table(("field", "value"), ((column(leaf), at(data, leaf)) for leaf in shape.leaves))
            for inner in shape.lists:
                yield from _list(data, inner, column(inner.path))
        if record.errors and not self._options.data_only:
            yield "\n".join(f"- {_one_line(told(error.message, error.page))}" for error in record.errors)


def told(message: str, page: int | None) -> str:
    """An error with the page that it concerns, if one."""
    return message if page is None else f"page {page}: {message}"


def _list(around: object, shape: Shape, name: str) -> Iterator[str]:
    """The table of a list, then those of the lists within its members; nothing where it is empty."""
    found = list(members(around, shape.path))
    if not found:
        return
    yield f"### {_one_line(name)}"
    rows = ((number, *(at(member, leaf) for leaf in shape.leaves)) for number, member in found)
    yield _table(("index", *map(column, shape.leaves)), rows)
    for number, member in found:
        for inner in shape.lists:
            yield from _list(member, inner, f"{name} {number}: {column(inner.path)}")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    ruled = [[_cell(name) for name in head], ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)


def _cell(value: object) -> str:
    """The value in a cell; the breaks of its lines stay."""
    lines = [" ".join(line.split()) for line in _text(cell_text(value)).splitlines()]
    return "<br>".join(inline(line).replace("|", r"\|") for line in lines)


def _one_line(text: str) -> str:
    return inline(" ".join(_text(text).split())).replace("#", r"\#")


def _text(text: str) -> str:
    # A file name that is not UTF-8 has lone surrogates; they are written as in JSON, by backslash and number.
    return clean(text.encode(errors="backslashreplace").decode())
