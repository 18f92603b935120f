"""Records as marks to draw: what stands where on which page, and what is written beside it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vextract.detection import Detection, Detections, Mask
from vextract.overlays.naming import names_in_tables, path_of
from vextract.types import Box, Evidence, OcrResult, Record

__all__ = ["Mark", "marks_of"]

_TEXT_LETTERS = 24
"""So much of what a bar code says is written beside it."""
_SEEN = ("line", "word")
"""Objects whose text stands in the box for all to see, unlike that of a bar code."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing to draw.

    Attributes:
        box: in fractions of the page.
        label: written beside the box, as short as can be; "" for none.
        key: what its colour stands for: the label of a detection, or a kind of match; "" for neither.
        mask: its outline; None if only the box is known.
        comment: what is said of it where there is room, such as in the annotations of a PDF; None: the label.
    """

    box: Box
    label: str = ""
    key: str = ""
    mask: Mask | None = None
    comment: str | None = None


def marks_of(record: Record[Any]) -> dict[int, list[Mark]]:
    """The marks of each page that the record lists, by its number: detected objects, lines of text, or where values were found.

    A page on which nothing is marked has an empty list. Values that are printed nowhere have no place to be marked.
    """
    marks: dict[int, list[Mark]] = {page.number: [] for page in record.pages}
    if isinstance(record.data, Detections):
        found: Iterator[tuple[int, Mark]] = ((each.page, _object(each)) for each in record.data.objects)
    elif isinstance(record.data, OcrResult):
        found = ((page.ref.number, Mark(line.box)) for page in record.data.pages for line in page.lines if line.words)
    else:
        found = _evidence(record.evidence)
    for page, mark in found:
        marks.setdefault(page, []).append(mark)
    return marks


def _object(found: Detection) -> Mark:
    text = " ".join((found.text or "").split())
    text = text if len(text) <= _TEXT_LETTERS else text[: _TEXT_LETTERS - 1] + "…"
    score = "" if found.score is None else f"{found.score:.2f}"
    comment = _joined(" ", (found.label, text, score))
    label = _joined(" ", (found.label, score)) if found.label in _SEEN else comment
    return Mark(found.box, label, found.label, found.mask, None if comment == label else comment)


def _evidence(evidence: tuple[Evidence, ...]) -> Iterator[tuple[int, Mark]]:
    """A mark for each place; values that are printed at one place share it."""
    pages: dict[int, list[tuple[str, Box, str]]] = {}
    for each in evidence:
        if each.page is not None and each.box is not None:
            pages.setdefault(each.page, []).append((each.pointer, each.box, each.match))
    for page, values in pages.items():
        names = names_in_tables([(pointer, box) for pointer, box, _ in values])
        places: dict[tuple[Box, str], dict[str, str]] = {}
        for (pointer, box, match), name in zip(values, names, strict=True):
            places.setdefault((box, match), {})[path_of(pointer)] = name
        for (box, match), named in places.items():
            label, comment = _joined(", ", named.values()), _joined(", ", named)
            yield page, Mark(box, label, match, None, None if comment == label else comment)


def _joined(separator: str, parts: Iterable[str]) -> str:
    return separator.join(filter(None, parts))
