"""One document through one task: open it, read its pages, put the record together.

`start` and `read` run in worker processes, one page at a time; what they are given and give back is small plain data. `Collector`
gathers the pages of one document in the main process.
"""

import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from vextract.errors import InputError, VextractError
from vextract.readers import ReadOptions
from vextract.reading import OcrWhen, read_page
from vextract.sources.expand import Source
from vextract.sources.fetch import fetch, file_sha256
from vextract.sources.opening import OpenFile, open_file
from vextract.sources.options import OpenOptions
from vextract.tasks.ocr import page_text
from vextract.types import Document, ErrorInfo, Page, PageRef, PageText, Record

__all__ = ["Collector", "Job", "PageRead", "Started", "error_info", "forget", "read", "start"]

# JPEG quality of page pictures in searchable PDFs: text stays crisp, a page takes a few hundred kilobytes.
_JPEG_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with every source of a run; the same for all, and sent to the workers."""

    model: str = "tesseract"
    ocr: OcrWhen = "auto"
    reading: ReadOptions = ReadOptions()
    opening: OpenOptions = OpenOptions()
    pictures: bool = False


@dataclass(frozen=True, slots=True)
class PageRead:
    """One page read. `picture` is its JPEG or PNG file if the job wants pictures; `seconds` of work."""

    text: PageText
    picture: bytes | None
    notes: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Started:
    """A document opened: where its bytes lie, the pages to read, and the first of them already tried."""

    document: Document
    path: Path
    numbers: tuple[int, ...]
    first: PageRead | ErrorInfo
    notes: tuple[str, ...]


def start(source: Source, spooled: Path | None, scratch: Path, job: Job) -> Started:
    """Fetches and opens a source and reads the first of its chosen pages.

    Raises:
        VextractError: the source as a whole cannot be read.
    """
    path = spooled or fetch(source, scratch, job.opening.limits)
    digest = file_sha256(path)
    forget()
    opened = _opened(path, source.name, job.opening)
    numbers = job.opening.pages.resolve(opened.page_count)
    if not numbers:
        raise InputError(
            f"{source.name!r} has {opened.page_count} pages, none of them among --pages {job.opening.pages}",
            "choose pages that exist",
        )
    if len(numbers) > job.opening.limits.max_pages:
        hint = "choose some with --pages, or raise max_pages in vextract.toml or VEXTRACT_MAX_PAGES"
        limit = job.opening.limits.max_pages
        raise InputError(f"{source.name!r} has {len(numbers):,} pages, more than the limit of {limit:,}", hint)
    document = Document(source.name, digest, opened.media_type, opened.page_count)
    notes = tuple(opened.notes)
    first: PageRead | ErrorInfo
    try:
        first = read(path, source.name, numbers[0], job)
    except VextractError as error:
        first = error_info(error, numbers[0])
    return Started(document, path, tuple(numbers), first, notes)


def read(path: Path, name: str, number: int, job: Job) -> PageRead:
    """Reads one page (1-based) of an already fetched document.

    Raises:
        VextractError: the page cannot be read.
    """
    began = time.perf_counter()
    opened = _opened(path, name, job.opening)
    known = len(opened.notes)
    page = opened.page(number)
    reading, blank, notes = read_page(page, job.model, job.ocr, job.reading)
    text = page_text(reading, page.ref, blank=blank)
    if not blank and not text.lines:
        notes = (*notes, "no text found")
    picture = _encoded(page) if job.pictures else None
    noted = (*opened.notes[known:], *(f"page {number}: {note}" for note in notes))
    return PageRead(text, picture, noted, time.perf_counter() - began)


@lru_cache(maxsize=1)
def _opened(path: Path, name: str, options: OpenOptions) -> OpenFile:
    """The document a worker is busy with stays open from page to page."""
    return open_file(path, name, options)


def forget() -> None:
    """Closes the document that is still open, if one is."""
    _opened.cache_clear()


def _encoded(page: Page) -> bytes:
    import io

    buffer = io.BytesIO()
    if len(page.image.getcolors(2) or (1, 2, 3)) <= 2:
        page.image.convert("1").save(buffer, "PNG", optimize=True)
    else:
        page.image.save(buffer, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return buffer.getvalue()


def error_info(error: VextractError, page: int | None = None) -> ErrorInfo:
    """The error as a record tells it."""
    return ErrorInfo(error.kind, error.message, error.hint, page, int(error.exit_code))


@dataclass(slots=True)
class Collector:
    """Gathers what became of one document; `record` is what is to be said of it at the end."""

    source: str
    task: str = "ocr"
    document: Document | None = None
    errors: list[ErrorInfo] = field(default_factory=list)
    refs: list[PageRef] = field(default_factory=list)
    readers: set[str] = field(default_factory=set)
    seconds: float = 0.0

    def add(self, page: PageRead) -> None:
        """Takes note of a page that was read."""
        self.refs.append(page.text.ref)
        self.readers.update(page.text.reader.split("+"))
        self.seconds += page.seconds

    def record(self) -> Record[object]:
        """The record, its data left out: the pages have gone ahead one by one."""
        return Record(
            source=self.source,
            sha256=self.document.sha256 if self.document else None,
            task=self.task,
            model="+".join(sorted(self.readers)) or None,
            status="ok" if not self.errors else "partial" if self.refs else "failed",
            data=None,
            pages=tuple(self.refs),
            seconds=round(self.seconds, 3) if self.refs else None,
            errors=tuple(self.errors),
        )
