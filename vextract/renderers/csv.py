"""Comma-separated values of records: one row a document, and a file beside for each list of objects.

RFC 4180, UTF-8. A text that a spreadsheet would take for a formula gets an apostrophe before it. Places on the page do not fit
into rows; they are in JSON.
"""

import csv
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from vextract.errors import UsageError
from vextract.renderers import Format, RenderOptions, Writer
from vextract.renderers import _detections as detections
from vextract.renderers._markup import clean
from vextract.renderers._record_evidence import COLUMNS, evidence_rows
from vextract.renderers._record_tables import KeyPath, Shape, at, cell_text, column, members, not_in, rooted, shape_of
from vextract.types import PageText, Record

__all__ = ["FORMAT"]

log = logging.getLogger("vextract")

# OWASP, CSV Injection (2025): these begin formulas, the wide ones in East Asian spreadsheets. Apostrophes before them count, so
# that taking one away always gives the text back.
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_OWN = ("source", "status")
_LONGEST_NAME = 60


class _Writer:
    """Writes all documents of a stream: their columns are those of the schema, else of the first document with data."""

    def __init__(self, options: RenderOptions) -> None:
        self._options = options
        self._shape = shape_of(fields=options.fields) if options.fields else None
        self._headed = not options.first
        self._headed_beside: set[str] = set()
        self._warned: set[str] = set()
        # Failed documents from before the columns are known.
        self._waiting: list[Record[object]] = []

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        """Nothing: a record holds all there is."""
        del page, picture
        return ()

    def close(self, record: Record[object]) -> Iterator[bytes]:
        """The document's rows, after the header if they are the first."""
        if self._shape is None and record.data is None:
            self._waiting.append(record)
            return
        if self._shape is None:
            self._shape = _with_exploded(shape_of(record.data), record.data, self._options.explode)
        self._warn(self._shape, record)
        yield self._rows(self._shape, record)

    def beside(self, record: Record[object]) -> Iterator[tuple[str, bytes]]:
        """The members of the document's lists; a header alone where it has none."""
        if self._shape is None:
            return
        for name, chain in _tables_beside(self._shape, self._options.explode):
            rows: list[list[object]] = []
            if name not in self._headed_beside:
                self._headed_beside.add(name)
                rows.append(_list_header(chain, self._own[:1]))
            own = [record.source] if self._own else []
            for numbers, member in _chained(rooted(record.data), chain):
                rows.append([*own, *numbers, *(at(member, leaf) for leaf in chain[-1].leaves)])
            yield name, _written(rows)

    def finish(self) -> Iterator[bytes]:
        """Failed documents, if no other document followed them."""
        if self._waiting:
            yield self._rows(Shape())

    @property
    def _own(self) -> tuple[str, ...]:
        return () if self._options.data_only else _OWN

    def _rows(self, shape: Shape, *records: Record[object]) -> bytes:
        exploded = _exploded(shape, self._options.explode)
        leaves = exploded.leaves if exploded else ()
        rows: list[list[object]] = []
        if not self._headed:
            self._headed = True
            paths = [*shape.leaves, *(exploded.path + leaf for leaf in leaves if exploded)]
            rows.append([*self._own, *_columns(paths, self._own)])
        for record in (*self._waiting, *records):
            data = rooted(record.data)
            own = [record.source, record.status] if self._own else []
            start = [*own, *(at(data, leaf) for leaf in shape.leaves)]
            found = [member for _, member in members(data, exploded.path)] if exploded else []
            rows += [[*start, *(at(member, leaf) for leaf in leaves)] for member in found or [{}]]
        self._waiting.clear()
        return _written(rows)

    def _warn(self, shape: Shape, record: Record[object]) -> None:
        """Says once of each key that has no column, and of each list that has no file."""
        unknown = {column(path) for path in not_in(shape, shape_of(record.data, nulls=False))} - self._warned
        if unknown:
            self._warned |= unknown
            whose = "schema" if self._options.fields else "first document"
            log.warning("csv: left out, for the %s does not have them: %s", whose, _listed(unknown))
            if not self._options.fields:
                log.warning("  hint: name a schema with -s, so that all columns are known; or choose -f jsonl")
        if self._options.beside or "" in self._warned:
            return
        self._warned.add("")
        left_out = [_list_name(chain) for _, chain in _tables_beside(shape, self._options.explode)]
        if left_out:
            log.warning("csv: lists are left out, they need files of their own: %s", _listed(left_out))
            log.warning("  hint: -o FILE.csv makes a file for each; or --explode NAME a row for each member of one")


def _known_beside(options: RenderOptions) -> Sequence[str]:
    if options.fields is None or options.evidence:
        return ()
    shape = shape_of(fields=options.fields)
    _exploded(shape, options.explode)
    return [name for name, _ in _tables_beside(shape, options.explode)]


def _exploded(shape: Shape, name: str | None) -> Shape | None:
    """The list of that name.

    Raises:
        UsageError: there is none.
    """
    if name is None or shape == Shape():
        return None
    lists = {column(inner.path): inner for inner in shape.lists}
    if name not in lists:
        hint = (
            f"lists of objects are: {_listed(lists)}" if lists else "there is no list of objects; leave --explode out"
        )
        raise UsageError(f"--explode cannot be {name!r}", hint)
    return lists[name]


def _with_exploded(shape: Shape, data: object, name: str | None) -> Shape:
    """The shape; a list that is to be exploded is a list also where it happens to be empty."""
    empty = [leaf for leaf in shape.leaves if column(leaf) == name and at(rooted(data), leaf) == []]
    leaves = tuple(leaf for leaf in shape.leaves if leaf not in empty)
    shape = Shape((), leaves, (*shape.lists, *(Shape(leaf) for leaf in empty)))
    _exploded(shape, name)
    return shape


def _tables_beside(shape: Shape, exploded: str | None) -> list[tuple[str, tuple[Shape, ...]]]:
    """All lists but the exploded one, each as the lists around it and itself, with a name that can be part of a file's."""
    found: dict[str, tuple[Shape, ...]] = {}

    def walk(around: Shape, chain: tuple[Shape, ...]) -> None:
        for inner in around.lists:
            here = (*chain, inner)
            if _list_name(here) != exploded:
                safe = name = re.sub(r"[^\w.-]", "_", clean(_list_name(here)))[:_LONGEST_NAME]
                while name.casefold() in found:
                    name = f"{safe}-{len(found)}"
                found[name.casefold()] = here
                names.append(name)
            walk(inner, here)

    names: list[str] = []
    walk(shape, ())
    return list(zip(names, found.values(), strict=True))


def _list_name(chain: Sequence[Shape]) -> str:
    return column(tuple(key for shape in chain for key in shape.path))


def _list_header(chain: tuple[Shape, ...], own: tuple[str, ...]) -> list[object]:
    """The columns of a list: the source, the numbers of the members around it, its own number, its values."""
    numbers = [*(_list_name(chain[:depth]) for depth in range(1, len(chain))), "index"]
    return [*own, *numbers, *_columns(chain[-1].leaves, (*own, *numbers))]


def _chained(
    around: object, chain: Sequence[Shape], numbers: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, ...], object]]:
    """The members of the innermost list, each with its number after those of the members around it."""
    for number, member in members(around, chain[0].path):
        if len(chain) == 1:
            yield (*numbers, number), member
        else:
            yield from _chained(member, chain[1:], (*numbers, number))


def _columns(paths: Iterable[KeyPath], own: Sequence[str]) -> list[str]:
    """The names of the columns, no two alike: a key `status` of the data is `data.status`."""
    told: list[str] = []
    for path in paths:
        name = clean(column(path))
        while name in own or name in told:
            name = f"data.{name}"
        told.append(name)
    return told


def _listed(names: Iterable[str]) -> str:
    """The names as they may be shown on a terminal."""
    return ", ".join(repr(name)[1:-1] for name in sorted(names))


def _written(rows: Iterable[Sequence[object]]) -> bytes:
    text = StringIO()
    # A row of no columns would be an empty line, which is no row.
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows if row)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    # A file name that is not UTF-8 has lone surrogates; they are written as in JSON, by backslash and number.
    text = clean(cell_text(value).encode(errors="backslashreplace").decode())
    is_number = isinstance(value, (int, float))
    return f"'{text}" if not is_number and _FORMULA.match(text) else text


class _EvidenceWriter:
    """Writes a row for each place of each value of a document that was verified."""

    def __init__(self, options: RenderOptions) -> None:
        self._options = options

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        """Nothing: a record holds all there is."""
        del page, picture
        return ()

    def close(self, record: Record[object]) -> Iterator[bytes]:
        """The document's rows, after the header if they are the first; a failed one has a row with its status alone."""
        rows: list[Sequence[object]] = [(*_OWN, *COLUMNS)] if self._options.first else []
        found = list(evidence_rows(record, self._options.box_unit)) or [(None,) * len(COLUMNS)]
        rows += [(record.source, record.status, *row) for row in found]
        yield _written(rows)


class _DetectionWriter:
    """Writes one document: a row for each object, one without an object where there is none."""

    def __init__(self, options: RenderOptions) -> None:
        self._options = options

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        """Nothing: a record holds all there is."""
        del page, picture
        return ()

    def close(self, record: Record[object]) -> Iterator[bytes]:
        """The document's rows, after the header if they are the first."""
        own = () if self._options.data_only else _OWN
        lines: list[Sequence[object]] = [(*own, *detections.COLUMNS)] if self._options.first else []
        start = (record.source, record.status) if own else ()
        found = list(detections.rows(record.data))
        lines += [(*start, *(row[name] for name in detections.COLUMNS)) for row in found]
        if not found and own:
            lines.append((*start, *(None for _ in detections.COLUMNS)))
        yield _written(lines)


def _writer(options: RenderOptions) -> Writer:
    if options.detections:
        return _DetectionWriter(options)
    return _EvidenceWriter(options) if options.evidence else _Writer(options)


FORMAT = Format(suffix=".csv", record_writer=_writer, shows_failures=True, beside=_known_beside)
