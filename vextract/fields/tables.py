"""Lists of records from tables: columns by their headers, a row for each record, over page breaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vextract.fields.candidates import Candidate, candidate_in
from vextract.fields.kinds import Conventions, values
from vextract.fields.segments import PageRows, Segment
from vextract.fields.vocabulary import Hit, Hits, Vocabulary
from vextract.geometry import union
from vextract.schema.fields import FieldSpec
from vextract.types import Box

__all__ = ["rows_of"]

# A header names at least so many columns.
_FEWEST_COLUMNS, _FEW_COLUMNS = 2, 3
_COLUMN_FIT = 0.95
# Headers may take so many rows of print.
_HEADER_ROWS = 2
# A record's text may go on for so many lines below its figures; a wider gap ends the table.
_WIDEST_GAP = 5.0
# A row that begins with a label from outside the table, such as a total, has at most so many figures.
_MOST_STRAY_FIGURES = 2


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: the field it holds (None for one that nothing asks for) and its header's place from left to right."""

    spec: FieldSpec | None
    box: Box


@dataclass(frozen=True, slots=True)
class _Header:
    """The header of a table: its columns from left to right, and the last row of print that it takes."""

    columns: tuple[_Column, ...]
    row: int
    fields: int


def rows_of(spec: FieldSpec, pages: Sequence[PageRows], how: Conventions, hits: Hits) -> list[dict[str, Candidate]]:
    """The records of a list field: name of a member's field -> its candidate.

    Args:
        spec: the list; its items must be objects.
        pages: of the document, in order.
        how: the document's conventions.
        hits: by page number, the labels of what is not in the table, which end it.
    """
    if spec.item is None or spec.item.kind != "object":
        return []
    members = [field for field in spec.item.fields if field.kind not in ("object", "list", "map")]
    vocabulary = Vocabulary([(field.name, field) for field in members])
    header: _Header | None = None
    records: list[dict[str, Candidate]] = []
    for page in pages:
        own = _header(page, members, vocabulary)
        if own:
            header = own
        elif header is None or not records:
            continue
        start = own.row + 1 if own else 0
        found = list(_records(page, start, header, how, hits[page.number], continued=own is None))
        if own is None and not found:
            break
        records += found
    return records


def _header(page: PageRows, members: Sequence[FieldSpec], vocabulary: Vocabulary) -> _Header | None:
    """The row of print that names most columns; of equals the first."""
    by_name = {field.name: field for field in members}
    by_row: dict[int, list[Hit]] = {}
    for hit in vocabulary.hits(page):
        by_row.setdefault(hit.segment.row, []).append(hit)
    best: _Header | None = None
    for row in by_row:
        hits = [h for r in range(row, row + _HEADER_ROWS) for h in by_row.get(r, ()) if _close(page, row, r)]
        columns, last = _columns(page, hits, by_name)
        fields = sum(column.spec is not None for column in columns)
        if fields >= _FEWEST_COLUMNS and (best is None or fields > best.fields):
            best = _Header(columns, max(last, row), fields)
    return best


def _close(page: PageRows, row: int, other: int) -> bool:
    if row == other:
        return True
    a, b = page.rows[row][0].box, page.rows[other][0].box
    return b.y0 - a.y1 < 0.8 * max(a.y1 - a.y0, page.letter) and not any(
        any(c.isdigit() for c in segment.text) for segment in page.rows[other]
    )


def _columns(page: PageRows, hits: Sequence[Hit], members: dict[str, FieldSpec]) -> tuple[tuple[_Column, ...], int]:
    """The columns that some labels name, no field twice, none on top of another; and the last row they take."""
    columns: list[_Column] = []
    taken: set[str] = set()
    last = 0
    for hit in sorted(hits, key=lambda h: (h.segment.row, h.segment.box.x0, h.rank)):
        box = union(page.index.words[n].box for n in hit.segment.words[hit.start : hit.end])
        free = all(min(box.x1, c.box.x1) - max(box.x0, c.box.x0) <= 0 for c in columns)
        if hit.pointer in taken or not free:
            continue
        if hit.pointer:
            taken.add(hit.pointer)
        columns.append(_Column(members.get(hit.pointer), box))
        last = max(last, hit.segment.row)
    first = min((h.segment.row for h in hits), default=0)
    for segment in page.rows[first] if hits else ():
        if all(min(segment.box.x1, c.box.x1) - max(segment.box.x0, c.box.x0) <= 0 for c in columns):
            columns.append(_Column(None, segment.box))
    return tuple(sorted(columns, key=lambda column: column.box.x0)), last


def _records(  # noqa: PLR0913  a table and its surroundings
    page: PageRows, start: int, header: _Header, how: Conventions, hits: Sequence[Hit], *, continued: bool
) -> Iterator[dict[str, Candidate]]:
    """The records from a row of print on, until a row belongs to the table no more."""
    records: list[dict[str, list[int]]] = []
    last: Box | None = None
    stops = {hit.segment.row for hit in hits if hit.start == 0 and hit.pointer}
    for row in page.rows[start:]:
        box = union(segment.box for segment in row)
        cells = _cells(page, row, header)
        figures = sum(_reads(page, name, words, header, how) for name, words in cells.items())
        ends = row[0].row in stops and figures <= _MOST_STRAY_FIGURES
        if last is None and continued and (ends or not _begins(cells, figures, header)):
            continue  # a repeated letterhead above the rows that go on
        if ends or (last and box.y0 - last.y1 > _WIDEST_GAP * page.letter):
            break
        if _begins(cells, figures, header):
            records.append(dict(cells))
        elif records and not figures:
            for name, words in cells.items():
                records[-1].setdefault(name, []).extend(words)
        elif records:
            break
        else:
            continue
        last = box
    for cells in records:
        if record := _record(page, cells, header, how):
            yield record


def _begins(cells: Mapping[str, Sequence[int]], figures: int, header: _Header) -> bool:
    """Whether a row has figures enough to be the first of a record."""
    kinds = {c.spec.name: c.spec.kind for c in header.columns if c.spec is not None}
    wanted = sum(kind in ("number", "integer", "date") for kind in kinds.values())
    # In a table of few columns one cell may be empty; in a wider one a row with a single figure is a remark.
    few = len(kinds) <= _FEW_COLUMNS and any(kinds[name] in ("text", "any") for name in cells)
    return len(cells) >= _FEWEST_COLUMNS and figures >= (1 if few else min(2, wanted) or 1)


def _cells(page: PageRows, row: Sequence[Segment], header: _Header) -> dict[str, list[int]]:
    """Field -> words of a row of print, each word in the column that it overlaps most or stands nearest to."""
    cells: dict[str, list[int]] = {}
    for segment in row:
        for part in _split(page, segment, header):
            column = _column_of(union(page.index.words[n].box for n in part), header)
            if column.spec is not None:
                cells.setdefault(column.spec.name, []).extend(part)
    return cells


def _split(page: PageRows, segment: Segment, header: _Header) -> Iterator[list[int]]:
    """A segment that reaches over several columns, parted where its words go over to the next one."""
    covered = [c for c in header.columns if min(segment.box.x1, c.box.x1) - max(segment.box.x0, c.box.x0) > 0]
    if len(covered) < 2:
        yield list(segment.words)
        return
    part: list[int] = []
    before: _Column | None = None
    for n in segment.words:
        column = _column_of(
            page.index.words[n].box, header, words=not any(c.isdigit() for c in page.index.words[n].text)
        )
        if part and column is not before:
            yield part
            part = []
        part.append(n)
        before = column
    yield part


def _column_of(box: Box, header: _Header, *, words: bool = False) -> _Column:
    """The column that the box belongs to: overlapped most, else nearest by its closer edge.

    Args:
        box: of a word or segment.
        header: of the table.
        words: it has no digit, and so belongs to no column of figures if there is one of text.
    """

    def distance(column: _Column) -> tuple[float, float]:
        shared = min(box.x1, column.box.x1) - max(box.x0, column.box.x0)
        edges = min(abs(box.x0 - column.box.x0), abs(box.x1 - column.box.x1))
        middle = abs(box.x0 + box.x1 - column.box.x0 - column.box.x1) / 2
        return (-shared if shared > 0 else 0.0), min(edges, middle)

    texts = [c for c in header.columns if c.spec is None or c.spec.kind in ("text", "any")]
    return min((words and texts) or header.columns, key=distance)


def _reads(page: PageRows, name: str, words: Sequence[int], header: _Header, how: Conventions) -> bool:
    spec = next(c.spec for c in header.columns if c.spec and c.spec.name == name)
    if spec.kind in ("text", "any"):
        return False
    return any(True for _ in values(_text(page, words), spec, how))


def _record(page: PageRows, cells: dict[str, list[int]], header: _Header, how: Conventions) -> dict[str, Candidate]:
    record: dict[str, Candidate] = {}
    for column in header.columns:
        words = cells.get(column.spec.name) if column.spec else None
        if column.spec is None or not words:
            continue
        text = _text(page, words)
        if column.spec.kind in ("text", "any") and not column.spec.format and not column.spec.choices:
            record[column.spec.name] = Candidate(text, page, tuple(words), 0.85, "table")
            continue
        for value in list(values(text, column.spec, how))[:1]:
            # The column says what it is: a whole number is no doubtful amount here.
            record[column.spec.name] = candidate_in(
                page, words, replace(value, fit=max(value.fit, _COLUMN_FIT)), 0.9, "table"
            )
    return record


def _text(page: PageRows, words: Sequence[int]) -> str:
    return " ".join(page.index.words[n].text for n in words)
