"""The JSON of an `ocr` record, written page by page: a long document is never held whole in memory.

Pages go to a spool as they come; the record's head, which depends on all of them, is written when the last has come.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator

from vextract.renderers import RenderOptions
from vextract.types import PageText, Record
from vextract.wire import wire_ocr_page, wire_record

__all__ = ["OcrJsonWriter"]

_SPOOL_IN_MEMORY = 1 << 20
_CHUNK = 1 << 18
_DATA = "\0data\0"


class OcrJsonWriter:
    """Writes one record as one line of JSON, or indented if `indent` is given."""

    def __init__(self, options: RenderOptions, indent: int | None = None) -> None:
        self._options, self._indent = options, indent
        self._pages = tempfile.SpooledTemporaryFile(max_size=_SPOOL_IN_MEMORY)  # noqa: SIM115  closed in close()
        self._texts: list[str] = []
        self._confidence_sum, self._confidence_count = 0.0, 0

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        """Spools the page; nothing comes out yet."""
        del picture
        known = [word.confidence for word in page.words if word.confidence is not None]
        self._confidence_sum += sum(known)
        self._confidence_count += len(known)
        if self._texts:
            self._pages.write(b"," if self._indent is None else b",\n")
        self._texts.append(page.text)
        encoded = wire_ocr_page(page, self._options.box_unit).model_dump_json(indent=self._indent)
        self._pages.write(self._shifted(encoded, levels=3).encode())
        return ()

    def close(self, record: Record[object]) -> Iterator[bytes]:
        """The whole record: its head, the spooled pages, its tail."""
        with self._pages:
            wire = wire_record(record, self._options.box_unit).model_dump(by_alias=True)
            wire["data"] = _DATA if self._texts else None
            text = json.dumps(wire, ensure_ascii=False, indent=self._indent, separators=self._separators)
            head, *tail = text.split(json.dumps(_DATA))
            # A file name that is not UTF-8 has lone surrogates; JSON writes them as Python does, by backslash and number.
            yield head.encode(errors="backslashreplace")
            if tail:
                yield from self._data()
                yield tail[0].encode()
            yield b"\n"

    def _data(self) -> Iterator[bytes]:
        from vextract.language import language_of

        text = "\n\n".join(self._texts)
        mean = round(self._confidence_sum / self._confidence_count, 4) if self._confidence_count else None
        facts = {"text": text, "language": language_of(text), "mean_confidence": mean, "pages": [_DATA]}
        encoded = json.dumps(facts, ensure_ascii=False, indent=self._indent, separators=self._separators)
        head, tail = self._shifted(encoded, levels=1).split(json.dumps(_DATA))
        yield head.rstrip(" ").encode() if self._indent else head.encode()
        self._pages.seek(0)
        yield from iter(lambda: self._pages.read(_CHUNK), b"")
        yield tail.encode()

    @property
    def _separators(self) -> tuple[str, str]:
        return (",", ":") if self._indent is None else (",", ": ")

    def _shifted(self, text: str, levels: int) -> str:
        """Indented JSON moved to the right by so many levels; a single line stays as it is."""
        if self._indent is None:
            return text
        margin = " " * (self._indent * levels)
        shifted = text.replace("\n", "\n" + margin)
        return margin + shifted if levels > 1 else shifted
