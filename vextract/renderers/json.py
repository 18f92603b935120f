"""The format `json`: the record indented for reading; several documents make a JSON array."""

from vextract.renderers import Format, RenderOptions, Writer
from vextract.renderers._ocr_json import OcrJsonWriter

__all__ = ["FORMAT"]

_INDENT = 2


def _writer(options: RenderOptions) -> Writer:
    return OcrJsonWriter(options, indent=_INDENT)


FORMAT = Format(suffix=".json", writer=_writer, shows_failures=True, head=b"[\n", between=b",\n", tail=b"]\n")
