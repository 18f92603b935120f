"""The detector `text`: the lines and words that were read on the page."""

from vextract.detection import Detection
from vextract.detectors import Detector
from vextract.types import Page, PageText

__all__ = ["DETECTOR"]


def _check() -> None:
    """Nothing is needed: the words come from a reader, which has its own check."""


def _detect(page: Page, text: PageText) -> list[Detection]:
    """Lines, each followed by its words. The score is the confidence of reading, None for a PDF's own words."""
    number = page.ref.number
    found = []
    for line in text.lines:
        if line.words:
            found.append(Detection(number, "line", line.box, line.confidence, line.text))
        found += [Detection(number, "word", word.box, word.confidence, word.text) for word in line.words]
    return found


DETECTOR = Detector(
    about="text lines and words, with what is written there",
    labels=("line", "word"),
    by_default=True,
    needs_words=True,
    check=_check,
    detect=_detect,
    on_request=("word",),
    synonyms={"text line": ("line",), "line of text": ("line",), "lines of text": ("line",), "text": ("line",)},
)
