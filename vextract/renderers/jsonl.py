"""The format `jsonl`: one record a line, as described in docs/output.md."""

from vextract.renderers import Format
from vextract.renderers._ocr_json import OcrJsonWriter

__all__ = ["FORMAT"]

FORMAT = Format(suffix=".jsonl", writer=OcrJsonWriter, shows_failures=True)
