"""What a value is called on the page: labels from the names in the data, and how near to one a value stands."""

import re
from collections.abc import Sequence

from vextract.grounding.text import PageIndex, fold
from vextract.types import Box

__all__ = ["label_boxes", "label_of", "nearness"]

# Values stand right of their label up to so far (share of the page's width), or below it up to so many heights of its print.
_REACH_RIGHT = 0.5
_REACH_DOWN = 4.0
_LONGEST = 6


def label_of(key: str) -> str:
    """The words of a key of the data: "invoiceNumber" and "invoice_number" become "invoice number"; a counter at its end goes."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key)
    words = re.sub(r"[\s_\-#:*/.]+", " ", words).strip()
    return re.sub(r"(?<=\D) \d+$", "", words)


def label_boxes(label: str, index: PageIndex) -> list[Box]:
    """The places of a page that print the label, or as many words from its beginning as stand together there."""
    words = [text for word in label.split() if (text := fold(word))]
    for count in (len(words), min(_LONGEST, len(words) - 1), 1):
        target = "".join(words[:count])
        if count <= 0 or len(target) < 2:
            continue
        boxes = list(_boxes(target, index))
        if boxes:
            return boxes
    return []


def _boxes(target: str, index: PageIndex) -> list[Box]:
    boxes = []
    start = index.stream.find(target)
    while start >= 0:
        span = index.span_at(start, start + len(target))
        if span.head == 0.0:
            words = index.words[span.first : span.last + 1]
            # A label is one line: the last word of a wrapped one is what the value stands beside.
            line = [
                w for w in words if abs(w.box.y0 + w.box.y1 - words[-1].box.y0 - words[-1].box.y1) < w.box.y1 - w.box.y0
            ]
            boxes.append(Box(line[0].box.x0, min(w.box.y0 for w in line), line[-1].box.x1, max(w.box.y1 for w in line)))
        start = index.stream.find(target, start + 1)
    return boxes


def nearness(box: Box, labels: Sequence[Box]) -> float:
    """How clearly one of the labels belongs to the box: 1 right beside it, falling to 0 with distance; 0 for all else."""
    return max((_relation(box, label) for label in labels), default=0.0)


def _relation(box: Box, label: Box) -> float:
    height = max(label.y1 - label.y0, 1e-6)
    level = min(box.y1, label.y1) - max(box.y0, label.y0)
    if level > 0.4 * min(height, box.y1 - box.y0) and box.x0 >= label.x1 - 0.2 * (label.x1 - label.x0):
        return max(0.0, 1 - max(0.0, box.x0 - label.x1) / _REACH_RIGHT)
    down = (box.y0 - label.y1) / height
    beside = min(box.x1, label.x1) - max(box.x0, label.x0)
    if -0.5 < down < _REACH_DOWN and (beside > 0 or abs(box.x0 - label.x0) < 2 * height):
        return 0.9 * max(0.0, 1 - max(0.0, down) / _REACH_DOWN)
    return 0.0
