"""How sources are opened: limits, page selection, rendering. Plain data that travels to worker processes."""

import re
from dataclasses import dataclass, field
from typing import Literal

from vextract.errors import UsageError

__all__ = ["Limits", "OpenOptions", "PageSelection", "PdfRenderer", "VideoOptions"]

PdfRenderer = Literal["auto", "pdfium", "poppler"]
_RANGE = re.compile(r"(?P<first>-?\d{1,9})(?P<to>-(?P<last>-?\d{1,9})?)?")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a single source may cost; over it the source is refused with a clear error."""

    max_bytes: int = 1 << 30
    max_pages: int = 10_000
    max_pixels: int = 200_000_000
    fetch_timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class PageSelection:
    """Which pages of a document are wanted: ranges of 1-based numbers, negative ones counted from the end.

    An empty selection means all.
    """

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "PageSelection":
        """Reads "1-3,7,-1": ranges, single pages, `-1` for the last page, `5-` for "from the fifth on".

        Raises:
            UsageError: the text is not of that form.
        """
        ranges = []
        for part in text.replace(" ", "").split(","):
            found = _RANGE.fullmatch(part)
            first = int(found["first"]) if found else 0
            last = _last(found["to"], found["last"], first) if found else 0
            backwards = first > last and (first > 0) == (last > 0)
            if not first or not last or backwards:
                raise UsageError(f"--pages cannot read {part[:40]!r}", "write pages as 1-3,7,-1 (the first page is 1)")
            ranges.append((first, last))
        return cls(tuple(ranges))

    def resolve(self, page_count: int) -> list[int]:
        """The chosen 1-based page numbers in document order, each once; pages that do not exist are left out."""
        if not self.ranges:
            return list(range(1, page_count + 1))
        chosen: set[int] = set()
        for first, last in self.ranges:
            low, high = (n if n > 0 else page_count + 1 + n for n in (first, last))
            chosen.update(range(max(low, 1), min(high, page_count) + 1))
        return sorted(chosen)

    def __str__(self) -> str:
        return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in self.ranges) or "all"


def _last(to: str | None, last: str | None, first: int) -> int:
    if to is None:
        return first
    return int(last) if last else -1


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """Which frames of a video are its pages: one every `every_s` seconds, or one for each scene; at most `frames` of them."""

    every_s: float = 1.0
    scenes: bool = False
    frames: int = 32


@dataclass(frozen=True, slots=True)
class OpenOptions:
    """Everything that opening a source depends on. `dpi` is the resolution at which PDF pages are drawn."""

    pages: PageSelection = PageSelection()
    dpi: int = 200
    password: str | None = field(default=None, repr=False)
    pdf_renderer: PdfRenderer = "auto"
    colour: bool = False
    limits: Limits = Limits()
    video: VideoOptions = VideoOptions()
