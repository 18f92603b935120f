"""The JSON of a record with data: on one line, or indented; the whole record, or its data alone."""

import json
from collections.abc import Iterable, Iterator

from vextract.renderers import RenderOptions
from vextract.types import PageText, Record
from vextract.wire import wire_record

__all__ = ["RecordJsonWriter"]


class RecordJsonWriter:
    """Writes one record as one line of JSON, or indented if `indent` is given."""

    def __init__(self, options: RenderOptions, indent: int | None = None) -> None:
        self._options, self._indent = options, indent

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        """Nothing: a record holds all there is."""
        del page, picture
        return ()

    def close(self, record: Record[object]) -> Iterator[bytes]:
        """The record, or its data alone: null where it has none."""
        told = record.data
        if not self._options.data_only:
            told = wire_record(record, self._options.box_unit).model_dump(by_alias=True)
        separators = (",", ":") if self._indent is None else (",", ": ")
        text = json.dumps(told, ensure_ascii=False, indent=self._indent, separators=separators)
        # A file name that is not UTF-8 has lone surrogates; JSON writes them as Python does, by backslash and number.
        yield text.encode(errors="backslashreplace") + b"\n"
