"""The format `json`: the record indented for reading; several documents make a JSON array."""

from vextract.renderers import Format, RenderOptions, Writer
from vextract.renderers._ocr_json import OcrJsonWriter
from vextract.renderers._record_json import RecordJsonWriter

__all__ = ["FORMAT"]

_INDENT = 2


def _writer(options: RenderOptions) -> Writer:
    return OcrJsonWriter(options, indent=_INDENT)


def _record_writer(options: RenderOptions) -> Writer:
    return RecordJsonWriter(options, indent=_INDENT)


FORMAT = Format(
    suffix=".json",
    writer=_writer,
    record_writer=_record_writer,
    shows_failures=True,
    head=b"[\n",
    between=b",\n",
    tail=b"]\n",
)
