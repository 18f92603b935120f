"""Lines of results or truth, checked: the data of a document, where its values are, and what it cost."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vextract.errors import InputError
from vextract.types import Record, printable

__all__ = ["Example", "Mark", "as_example", "read_examples"]

# Deeper data than this is no extraction result, and walking it would exhaust the stack.
_DEEPEST = 100
_HINT = 'each line is a record of vextract, or {"source": "a.png", "data": {…}}'

_Coordinate = Annotated[float, Field(allow_inf_nan=False)]


class _Evidence(BaseModel):
    pointer: str
    page: Annotated[int, Field(ge=1)] | None = None
    box: Annotated[list[_Coordinate], Field(min_length=4, max_length=4)] | None = None
    match: str | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None


class _Page(BaseModel):
    number: Annotated[int, Field(ge=1)]
    width: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    height: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Usage(BaseModel):
    cost_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")

    source: Annotated[str, Field(min_length=1)]
    data: Any
    evidence: list[_Evidence] | None = None
    pages: list[_Page] | None = None
    usage: _Usage | None = None
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value is said to stand: [x0, y0, x1, y1] in pixels of the page, or in fractions if none is over 1.

    `located` is false where it was looked for and not found (match "none").
    """

    pointer: str
    page: int | None
    box: tuple[float, float, float, float] | None
    located: bool
    confidence: float | None


@dataclass(frozen=True)
class Example:
    """One document of the results or of the truth; `where` says from which file and line it comes."""

    source: str
    data: object
    where: str
    marks: tuple[Mark, ...] = ()
    page_sizes: Mapping[int, tuple[float, float]] | None = None
    seconds: float | None = None
    cost_usd: float | None = None


def read_examples(lines: Iterable[bytes], name: str) -> list[Example]:
    """The documents of a JSONL file; empty lines are passed over.

    Args:
        lines: of the file.
        name: of the file, for messages.

    Raises:
        InputError: a line is not JSON or not a record, or there is none.
    """
    filled = ((f"{name}:{count}", line) for count, line in enumerate(lines, 1) if line.strip())
    examples = [as_example(_parsed(line, where), where) for where, line in filled]
    if not examples:
        raise InputError(f"{name}: no lines", _HINT)
    return examples


def as_example(line: Mapping[str, Any] | Record[Any], where: str) -> Example:
    """The document that a record, or the parsed line of a file, states.

    Raises:
        InputError: it is not a record.
    """
    if isinstance(line, Record):
        return _from_record(line, where)
    try:
        checked = _Line.model_validate(line)
    except ValidationError as error:
        raise InputError(f"{where}: {_first(error)}", _HINT) from error
    if _is_deep(checked.data):
        raise InputError(f"{where}: data nested more than {_DEEPEST} levels deep", _HINT)
    marks = (
        Mark(e.pointer, e.page, tuple(e.box) if e.box else None, e.match != "none", e.confidence)  # type: ignore[arg-type]
        for e in checked.evidence or ()
    )
    return Example(
        checked.source,
        checked.data,
        where,
        tuple(marks),
        None if checked.pages is None else {page.number: (page.width, page.height) for page in checked.pages},
        checked.seconds,
        checked.usage.cost_usd if checked.usage else None,
    )


def _from_record(record: Record[Any], where: str) -> Example:
    data = record.data.model_dump(mode="json") if isinstance(record.data, BaseModel) else record.data
    marks = (
        Mark(
            e.pointer,
            e.page,
            (e.box.x0, e.box.y0, e.box.x1, e.box.y1) if e.box else None,
            e.match != "none",
            e.confidence,
        )
        for e in record.evidence
    )
    sizes = {page.number: (float(page.width_px), float(page.height_px)) for page in record.pages}
    return Example(record.source, data, where, tuple(marks), sizes, record.seconds, record.usage.cost_usd)


def _parsed(line: bytes, where: str) -> Any:
    try:
        # Windows tools begin files with a byte order mark.
        return json.loads(line.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: not UTF-8", _HINT) from error
    except RecursionError as error:
        raise InputError(f"{where}: nested too deeply", _HINT) from error
    except ValueError as error:
        raise InputError(f"{where}: not JSON: {error}", _HINT) from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, in one line."""
    wrong = error.errors(include_url=False)[0]
    place = ".".join(map(str, wrong["loc"]))
    if not place:
        return f"not a JSON object: {printable(repr(wrong['input'])[:60])}"
    if wrong["type"] == "missing":
        return f"no {place!r}"
    return f"{place!r}: {wrong['msg']}, not {printable(repr(wrong['input'])[:60])}"


def _is_deep(data: object) -> bool:
    level = [data]
    for _ in range(_DEEPEST):
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
