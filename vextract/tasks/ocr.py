"""The task `ocr`: the text of a page, its lines and words, in reading order."""

from vextract.layout import arrange
from vextract.types import PageRef, PageText, Reading

__all__ = ["page_text"]


def page_text(reading: Reading, ref: PageRef, *, blank: bool = False) -> PageText:
    """The page's words put in lines and reading order."""
    return PageText(ref, arrange(reading, ref), reading.reader, reading.rotation, blank)
