"""The core types that every layer shares: boxes, words, pages, documents, records.

All are frozen. Boxes are fractions of the page as given (after EXIF orientation, before any turning for OCR): origin top-left,
x to the right, y down. `None` means unknown; nothing here is ever guessed.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "Box",
    "Call",
    "Document",
    "ErrorInfo",
    "Evidence",
    "Line",
    "MatchKind",
    "OcrResult",
    "Page",
    "PageRef",
    "PageText",
    "Reading",
    "Record",
    "Result",
    "Status",
    "TextLayer",
    "Usage",
    "Word",
]

Status = Literal["ok", "partial", "failed"]
MatchKind = Literal["exact", "normalized", "fuzzy", "ambiguous", "none"]
DataT = TypeVar("DataT")
_IDEOGRAPH = r"[\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]"
_BETWEEN_IDEOGRAPHS = re.compile(rf"(?<={_IDEOGRAPH}) (?={_IDEOGRAPH})")


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in fractions of the page, 0..1, origin top-left, y down; x0 <= x1 and y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Word:
    """One printed word: its text without white space, where it stands, and how sure the reader is (0..1, None unknown)."""

    text: str
    box: Box
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class PageRef:
    """Which page this is and how large: pixels of the picture as given, or of a PDF page drawn at `dpi`.

    `time_s` is when the page is seen, in seconds from the start; None for anything but a video.
    """

    source: str
    number: int
    width_px: int
    height_px: int
    dpi: float | None = None
    time_s: float | None = None


@dataclass(frozen=True, slots=True)
class TextLayer:
    """What a PDF page says its own words are, with what is needed to judge whether to believe it.

    `broken` is the share of characters without a proper Unicode value, `invisible` the share that is never painted, both 0..1.
    `pictures` are the boxes of the raster pictures on the page.
    """

    words: tuple[Word, ...]
    broken: float
    invisible: float
    pictures: tuple[Box, ...]


@dataclass(frozen=True)
class Page:
    """One page to look at. The picture is decoded, and the text layer read, only when first asked for.

    `draw` gives the picture upright by EXIF, as 8-bit grey ("L") or RGB, of the size that `ref` states.
    """

    ref: PageRef
    draw: Callable[[], "Image"] = field(repr=False)
    read_text_layer: Callable[[], TextLayer | None] = field(repr=False, default=lambda: None)

    @cached_property
    def image(self) -> "Image":
        """The decoded picture."""
        return self.draw()

    @cached_property
    def text_layer(self) -> TextLayer | None:
        """The page's own words; None for anything but a PDF."""
        return self.read_text_layer()

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of the text layer, unjudged; empty where there is none."""
        return self.text_layer.words if self.text_layer else ()


@dataclass(frozen=True, slots=True)
class Document:
    """A source that could be opened. `page_count` counts the whole document, whatever pages were asked for."""

    source: str
    sha256: str
    media_type: str
    page_count: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one page gave: words in no particular order, in page fractions.

    `rotation` is by how many degrees clockwise (0, 90, 180, 270) the page as given must be turned for its text to stand upright.
    """

    words: tuple[Word, ...]
    reader: str
    rotation: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand on one line, in reading order; `block` numbers the paragraph or column part it belongs to, from 0."""

    words: tuple[Word, ...]
    block: int = 0

    @property
    def text(self) -> str:
        """The words parted by spaces, but for Chinese and Japanese, which are written without."""
        return _BETWEEN_IDEOGRAPHS.sub("", " ".join(word.text for word in self.words))

    @property
    def box(self) -> Box:
        """The smallest box around its words."""
        boxes = [word.box for word in self.words]
        return Box(
            min(b.x0 for b in boxes), min(b.y0 for b in boxes), max(b.x1 for b in boxes), max(b.y1 for b in boxes)
        )

    @property
    def confidence(self) -> float | None:
        """The mean over its words."""
        return mean_confidence(self.words)


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one page in reading order. `blank` says that the page carries no ink at all.

    `transcript` is what a model read, verbatim: plain text or Markdown. The lines then hold its words at measured places; words
    of the model's that were measured nowhere stand in the transcript alone. None where no model has read.
    """

    ref: PageRef
    lines: tuple[Line, ...]
    reader: str
    rotation: int = 0
    blank: bool = False
    transcript: str | None = None

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in reading order."""
        return tuple(word for line in self.lines for word in line.words)

    @property
    def text(self) -> str:
        """The transcript if a model has read; else lines parted by newlines, blocks by an empty line."""
        if self.transcript is not None:
            return self.transcript
        parts: list[str] = []
        for before, line in zip((None, *self.lines), self.lines, strict=False):
            if before is not None:
                parts.append("\n" if before.block == line.block else "\n\n")
            parts.append(line.text)
        return "".join(parts)

    @property
    def mean_confidence(self) -> float | None:
        """The mean over all words that have a confidence; None if none has."""
        return mean_confidence(self.words)


@dataclass(frozen=True, slots=True)
class OcrResult:
    """What the task `ocr` gives for a document: its pages in order."""

    pages: tuple[PageText, ...]

    @property
    def text(self) -> str:
        """The pages' texts, parted by an empty line."""
        return "\n\n".join(page.text for page in self.pages)

    @property
    def mean_confidence(self) -> float | None:
        """The mean over all words that have a confidence; None if none has."""
        return mean_confidence([word for page in self.pages for word in page.words])

    @property
    def language(self) -> str | None:
        """The language of the text (ISO 639), None where the text is too short or unclear to tell."""
        from vextract.language import language_of

        return language_of(self.text)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value of `Record.data` is printed. `pointer` is an RFC 6901 pointer into data; match "none": not on the page.

    `model` is who gave the value, where several were asked one after another; `agreement` which share (0..1) of the answers say so,
    where there was a vote. Both None otherwise.
    """

    pointer: str
    page: int | None
    box: Box | None
    quote: str | None
    match: MatchKind
    confidence: float | None = None
    model: str | None = None
    agreement: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a model reported to have used; None = not reported, or not reported by all requests that it is the sum of.

    `input_tokens` include `cached_tokens`, those that the provider had read before; `output_tokens` include thinking. `seconds` is
    how long the answer took; `cost_usd` is reckoned by the price table, None where that does not know the model.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    seconds: float | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One answered request to a model, as a record tells it.

    Attributes:
        pages: the 1-based pages that it was about.
        prompt: name and version of the prompt.
        model: the model that the provider says has answered.
        request_id: the provider's name for it.
        finish: why the model stopped, in the provider's word.
        attempts: how often it was sent until it was answered.
        mended: what of the answer's JSON had to be mended, in words; nothing was lost by it.
        usage: of this answer.
        stored: whether it was given in an earlier run, and kept: then `usage` is what it took then, and nothing was paid now.
    """

    pages: tuple[int, ...]
    prompt: str
    model: str | None
    request_id: str | None
    finish: str | None
    attempts: int = 1
    mended: tuple[str, ...] = ()
    usage: Usage = Usage()
    stored: bool = False


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """One failure inside a record: kind as in docs/errors.md, and the page it concerns, if one."""

    kind: str
    message: str
    hint: str = ""
    page: int | None = None
    exit_code: int = 1


@dataclass(frozen=True, slots=True)
class Record(Generic[DataT]):
    """One document through one task: what is printed, one line each in JSONL."""

    source: str
    sha256: str | None
    task: str
    model: str | None
    status: Status
    data: DataT | None
    pages: tuple[PageRef, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    schema: str | None = None
    usage: Usage = Usage()
    seconds: float | None = None
    errors: tuple[ErrorInfo, ...] = ()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Result(Record[DataT]):
    """A record whose data is an instance of a Pydantic class; `values` are its values before they were validated, JSON-like."""

    values: object = None


def printable(name: str) -> str:
    """The name as it may be shown on a terminal: control characters and undecodable bytes are escaped."""
    return name if name.isprintable() else repr(name)[1:-1]


def total(parts: Sequence[Usage]) -> Usage:
    """The sum of what requests used; a figure is None if one of them does not have it, or there is none."""

    def added(name: str) -> float | None:
        figures = [getattr(part, name) for part in parts]
        return sum(figures) if figures and None not in figures else None

    return Usage(*(added(name) for name in Usage.__slots__))  # type: ignore[arg-type]  # sums of integers are integers


def mean_confidence(words: Sequence[Word]) -> float | None:
    """The mean of the confidences that are known, 0..1; None if none is."""
    known = [word.confidence for word in words if word.confidence is not None]
    return sum(known) / len(known) if known else None
