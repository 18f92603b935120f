"""The evidence of a record as rows for tables: one for each place of each value."""

from collections.abc import Iterator

from vextract.geometry import BoxUnit, in_unit
from vextract.pointers import resolve
from vextract.types import Record

__all__ = ["COLUMNS", "evidence_rows"]

COLUMNS = ("pointer", "value", "match", "page", "x0", "y0", "x1", "y1", "quote", "confidence")


def evidence_rows(record: Record[object], unit: BoxUnit) -> Iterator[tuple[object, ...]]:
    """For each place: the pointer, the value, the kind of match, page, box, quote and confidence; None where there is none."""
    refs = {ref.number: ref for ref in record.pages}
    for found in record.evidence:
        corners: list[float] | tuple[None, ...] = (None,) * 4
        if found.box is not None and found.page in refs:
            corners = in_unit(found.box, refs[found.page], unit)
        sure = None if found.confidence is None else round(found.confidence, 4)
        value = resolve(record.data, found.pointer)
        yield (found.pointer, value, found.match, found.page, *corners, found.quote, sure)
