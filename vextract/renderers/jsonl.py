"""The format `jsonl`: one record a line, as described in docs/output.md."""

from vextract.renderers import Format
from vextract.renderers._ocr_json import OcrJsonWriter
from vextract.renderers._record_json import RecordJsonWriter

__all__ = ["FORMAT"]

FORMAT = Format(suffix=".jsonl", writer=OcrJsonWriter, record_writer=RecordJsonWriter, shows_failures=True)
