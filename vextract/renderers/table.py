"""Tables for people: each value with the page that prints it, how it was found, and how surely.

Made for a terminal. What a document says is text here and nothing else: it can neither move the cursor, nor change colours, nor
turn around the text beside it. Long texts are cut; all other formats have them whole.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import TYPE_CHECKING

from vextract.pointers import join
from vextract.renderers import Format, RenderOptions
from vextract.renderers._detections import in_columns
from vextract.renderers._record_md import told
from vextract.renderers._record_tables import KeyPath, Shape, at, cell_text, column, members, rooted, shape_of
from vextract.types import Evidence, MatchKind, PageText, Record

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = ["FORMAT"]

_STYLES: dict[MatchKind, str] = {
    "exact": "green",
    "normalized": "green",
    "fuzzy": "yellow",
    "ambiguous": "magenta",
    "none": "red",
}
# Colours may be off, so that doubtful cells of a list carry a sign as well.
_SIGNS: dict[MatchKind, str] = {"fuzzy": "~", "ambiguous": "?", "none": "✗"}
_MEANINGS: dict[MatchKind, str] = {"fuzzy": "printed nearly so", "ambiguous": "at several places", "none": "not found"}
_LONGEST = 500
# Marks that join letters; without them some scripts and emoji cannot be read.
_JOINERS = "\u200c\u200d"
_STATUS = {"ok": "green", "partial": "yellow", "failed": "red"}


class _Writer:
    def __init__(self, options: RenderOptions) -> None:
        self._options = options

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        """Nothing: a record holds all there is."""
        del page, picture
        return ()

    def close(self, record: Record[object]) -> Iterator[bytes]:
        """The heading, the tables, and what went wrong."""
        from rich.console import Console

        # The width is that of the terminal, or 80; whether it wants colours, rich finds out by NO_COLOR and TERM.
        out = Console(
            file=StringIO(),
            force_terminal=self._options.terminal or None,
            markup=False,
            emoji=False,
            highlight=False,
        )
        with out.capture() as captured:
            shown = in_columns(record) if self._options.detections else record
            for part in _Sheet(self._options, shown).parts():
                out.print(part)
        yield captured.get().encode()


class _Sheet:
    """One document."""

    def __init__(self, options: RenderOptions, record: Record[object]) -> None:
        self._options, self._record = options, record
        self._evidence = {evidence.pointer: evidence for evidence in reversed(record.evidence)}
        self._is_rooted = isinstance(record.data, Mapping)
        self._signs: set[MatchKind] = set()

    def parts(self) -> "Iterator[RenderableType]":
        """What stands below one another."""
        if not self._options.data_only:
            yield self._heading()
        if self._record.data is not None:
            shape = shape_of(self._record.data, self._options.fields)
            data = rooted(self._record.data)
            if shape.leaves:
                yield self._values(data, shape)
            for inner in shape.lists:
                yield from self._list(data, inner, (), column(inner.path))
            if self._signs:
                yield _text(
                    " · ".join(f"{sign} {_MEANINGS[kind]}" for kind, sign in _SIGNS.items() if kind in self._signs)
                )
        for error in () if self._options.data_only else self._record.errors:
            style = "yellow" if error.kind == "inconsistent" else "red"
            yield _text(f"{error.kind}: {told(error.message, error.page)}", style)
            if error.hint:
                yield _text(f"  hint: {error.hint}")

    def _heading(self) -> "Text":
        record = self._record
        heading = _text(record.source, "bold")
        heading.append("  ").append(record.status, _STATUS[record.status])
        if record.schema:
            heading.append("  ").append(_plain(record.schema))
        if record.pages:
            heading.append(f"  {len(record.pages)} page{'s' if len(record.pages) > 1 else ''}")
        return heading

    def _values(self, data: Mapping[str, object], shape: Shape) -> "Table":
        """A row for each value; the values of a list stand below one another."""
        rows: list[tuple[str, object, Evidence | None]] = []
        for leaf in shape.leaves:
            value = at(data, leaf)
            parts = value if isinstance(value, list) and value else None
            if parts is None:
                rows.append((column(leaf), value, self._found(leaf)))
            else:
                names = [column(leaf), *[""] * (len(parts) - 1)]
                places = [self._found((*leaf, str(n))) for n in range(len(parts))]
                rows += list(zip(names, parts, places, strict=True))
        table = _grid("field", "value")
        quotes = [_quote(value, found) for _, value, found in rows]
        if self._evidence:
            table.add_column("page", justify="right", no_wrap=True)
            table.add_column("match", no_wrap=True)
            table.add_column("conf.", justify="right", no_wrap=True)
        if any(quotes):
            table.add_column("printed", overflow="fold", ratio=2)
        for (name, value, found), quote in zip(rows, quotes, strict=True):
            cells = [_text(name), _text(cell_text(value))]
            if self._evidence:
                cells += _places(found)
            table.add_row(*cells, *([_text(quote)] if any(quotes) else []))
        return table

    def _list(self, around: object, shape: Shape, above: KeyPath, name: str) -> "Iterator[RenderableType]":
        """The table of a list, then those of the lists within its members."""
        here = (*above, *shape.path)
        found = list(members(around, shape.path))
        yield _text(f"\n{_plain(name)}{'' if found else ': none'}", "bold", plain=False)
        if found and shape.leaves:
            table = _grid("", *(column(leaf) for leaf in shape.leaves))
            for number, member in found:
                place = (*here, str(number - 1))
                cells = [self._cell(at(member, leaf), (*place, *leaf)) for leaf in shape.leaves]
                table.add_row(_text(str(number)), *cells)
            yield table
        for number, member in found:
            for inner in shape.lists:
                place = (*here, str(number - 1))
                yield from self._list(member, inner, place, f"{name} {number}: {column(inner.path)}")

    def _cell(self, value: object, path: KeyPath) -> "Text":
        """A value of a list, marked where it was not plainly found."""
        parts = [(*path, str(n)) for n in range(len(value))] if isinstance(value, list) else [path]
        kinds = {found.match for part in parts if (found := self._found(part))}
        worst = next((kind for kind in reversed(_STYLES) if kind in kinds), None)
        text = _text(cell_text(value), _STYLES[worst] if worst else "")
        if worst in _SIGNS:
            self._signs.add(worst)
            text.append(f" {_SIGNS[worst]}")
        return text

    def _found(self, path: KeyPath) -> Evidence | None:
        path = path if self._is_rooted else path[1:]
        return self._evidence.get(join(path))


def _grid(*names: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for name in names:
        table.add_column(_text(name), overflow="fold")
    return table


def _places(found: Evidence | None) -> "list[Text]":
    if found is None:
        return [_text("")] * 3
    page = "" if found.page is None else str(found.page)
    sure = "" if found.confidence is None else f"{found.confidence:.2f}"
    return [_text(page), _text(found.match, _STYLES[found.match]), _text(sure)]


def _quote(value: object, found: Evidence | None) -> str:
    """What is printed, where it differs from the value."""
    quote = found.quote if found and found.quote else ""
    return "" if quote.split() == cell_text(value).split() else quote


def _text(text: str, style: str = "", *, plain: bool = True) -> "Text":
    from rich.text import Text

    return Text(_plain(text) if plain else text, style)


def _plain(text: str) -> str:
    """The text without anything that a terminal would act upon, its lines kept, cut where it is long."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text)} characters)"
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.encode(errors="backslashreplace").decode().splitlines())
    return "\n".join("".join(map(_inert, line)) for line in lines)


def _inert(character: str) -> str:
    """The character, or U+FFFD for control characters; marks of direction, which no one sees, are left out."""
    kind = unicodedata.category(character)
    if kind == "Cf" and character not in _JOINERS:
        return ""
    return "\ufffd" if kind in ("Cc", "Cs") else character


FORMAT = Format(suffix=".table.txt", record_writer=_Writer, shows_failures=True, between=b"\n")
