"""One document through one task: open it, read its pages, put the record together.

`start` and `read` run in worker processes, one page at a time; what they are given and give back is small plain data. `Collector`
gathers the pages of one document in the main process. For tasks that answer for a whole document, `conclude` runs in a worker when
all its pages are read.
"""

import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vextract.cascade import LEAST, Doubt, Standing, narrowed_question, standing
from vextract.detection import Detection
from vextract.errors import InputError, VextractError
from vextract.geometry import cut_px
from vextract.pictures import as_sent, encoded
from vextract.profiles import ModelProfile
from vextract.readers import ReadOptions
from vextract.reading import OcrWhen, read_page
from vextract.requests import Picture
from vextract.schema import load_schema
from vextract.second_look import SecondLook
from vextract.sources.expand import Source
from vextract.sources.fetch import fetch, file_sha256
from vextract.sources.opening import OpenFile, open_file
from vextract.sources.options import OpenOptions
from vextract.tasks import Answer, Ballot, Question, Reply, Sight, find_model_task, find_task
from vextract.tasks.ocr import page_text
from vextract.types import Call, Document, ErrorInfo, Page, PageText, Record
from vextract.voting import Vote, voted

if TYPE_CHECKING:
    from pydantic import BaseModel

    from vextract.making import Made, Making

__all__ = [
    "LAYOUT",
    "SHOW",
    "Asked",
    "Concluded",
    "Job",
    "PageRead",
    "Started",
    "Unread",
    "Vision",
    "asked_about",
    "conclude",
    "error_info",
    "finish",
    "forget",
    "picture",
    "question",
    "read",
    "start",
]


Words = Literal["none", "layer", "all"]
LAYOUT = "layout"
"""The name of extraction by labels and geometry, among models."""
SHOW = "show"
"""The task of looking at documents once more to make pictures of records that are there."""


@dataclass(frozen=True, slots=True)
class Vision:
    """The model that looks, as far as workers have to know it: no key, no address.

    Attributes:
        model: its name, for records.
        profile: of its family: how large pictures may be.
        prompt: the user's own prompt; None for the task's.
        window: most pages that one request is about.
        overlap: how many of them the next request is about, too.
        words: which of the page's words are wanted besides: none, those of a PDF's text layer, or all that a reader finds.
    """

    model: str
    profile: ModelProfile
    prompt: str | None = None
    window: int = 8
    overlap: int = 1
    words: Words = "all"


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with every source of a run; the same for all, and sent to the workers.

    `options` are the task's own. `detectors` look at every page on this machine, for `wanted` labels. `making` says which pictures
    are made of the finished records.

    `further` models are asked after `vision`, or after `layout` where that is None, one after another, about what is null, not on
    the page, or less sure than `least`; `about` is that, in the job of a further model. With a `vote` they are a panel instead:
    all are asked the same. `ballot` is which of the times, in the job of one. `several`: records say who gave what.
    """

    reader: str = "tesseract"
    ocr: OcrWhen = "auto"
    reading: ReadOptions = ReadOptions()
    opening: OpenOptions = OpenOptions()
    pictures: bool = False
    task: str = "ocr"
    schema: "str | type[BaseModel] | None" = None
    ground: bool = True
    second_look: bool = True
    vision: Vision | None = None
    options: object = None
    words: Words = "all"
    detectors: tuple[str, ...] = ()
    wanted: frozenset[str] = frozenset()
    making: "Making | None" = None
    further: tuple[Vision, ...] = ()
    least: float = LEAST
    several: bool = False
    about: Doubt | None = None
    vote: Vote | None = None
    ballot: Ballot | None = None

    @property
    def models(self) -> tuple[Vision, ...]:
        """All models that are or may be asked, in order."""
        return (*((self.vision,) if self.vision else ()), *self.further)

    def next(self, doubt: Doubt | None) -> "Job":
        """The job of the first of the further models; None: it is asked about everything."""
        return replace(self, vision=self.further[0], further=self.further[1:], about=doubt)

    def turn(self, number: int) -> "Job":
        """The job of whoever is asked that time, counted from 0: the models of a panel take turns."""
        if self.vote is None:
            return self
        vision = self.models[number % len(self.models)]
        ballot = self.vote.ballot(number, len(self.models), vision.profile)
        return replace(self, vision=vision, further=(), ballot=ballot)

    @property
    def by_page(self) -> bool:
        """Whether each page is a result of its own; else the document as a whole is."""
        return self.task == "ocr"


@dataclass(frozen=True, slots=True)
class PageRead:
    """One page read.

    Attributes:
        text: its words.
        picture: its JPEG or PNG file if the job wants pictures.
        notes: on how it was read.
        seconds: of work.
        calls: of a model.
        objects: what the job's detectors found on it.
    """

    text: PageText
    picture: bytes | None
    notes: tuple[str, ...]
    seconds: float
    calls: tuple[Call, ...] = ()
    objects: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """One page that a model was asked about with no use: what went wrong, and the requests that were answered all the same."""

    error: ErrorInfo
    calls: tuple[Call, ...]


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
    if source.record:
        numbers = [ref.number for ref in source.record.pages if ref.number <= opened.page_count]
    else:
        numbers = list(job.opening.pages.resolve(opened.page_count))
    if not numbers and source.record:
        raise InputError(f"the record of {source.name!r} names no page that it has", "make the record anew")
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
    if source.record and len(numbers) < len(source.record.pages):
        notes = (*notes, f"has {opened.page_count} page(s) now, fewer than the record names: the others are left out")
    if source.record and source.record.sha256 not in (None, digest):
        notes = (*notes, "has changed since the record was made: boxes may be elsewhere now")
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
    text, notes = _words(page, job)
    picture = encoded(page.image)[0] if job.pictures else None
    objects = _detected(page, text, job) if job.detectors else ()
    noted = (*opened.notes[known:], *(f"page {number}: {note}" for note in notes))
    return PageRead(text, picture, noted, time.perf_counter() - began, objects=objects)


def _detected(page: Page, text: PageText, job: Job) -> tuple[Detection, ...]:
    from vextract.detectors import detect

    return tuple(detect(page, text, job.detectors, job.wanted))


def _words(page: Page, job: Job) -> tuple[PageText, tuple[str, ...]]:
    """The words of a page as far as the job wants them, and notes on how they were read."""
    wanted = job.vision.words if job.vision else job.words
    if wanted == "none":
        return PageText(page.ref, (), ""), ()
    if wanted == "layer":
        reading, blank, _ = read_page(page, "textlayer", "never", job.reading)
        return page_text(reading, page.ref, blank=blank), ()
    reading, blank, notes = read_page(page, job.reader, job.ocr, job.reading)
    text = page_text(reading, page.ref, blank=blank)
    if not blank and not text.lines and not job.vision:
        notes = (*notes, "no text found")
    return text, notes


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model said of a document: its replies in order, what failed, and the requests that were answered.

    `models` are those that replied, where that is known.
    """

    replies: tuple[Reply, ...]
    errors: tuple[ErrorInfo, ...] = ()
    calls: tuple[Call, ...] = ()
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concluded:
    """What a task made of a document, and the seconds of work it took; with several models, how things stand for the next one."""

    answer: Answer
    seconds: float
    standing: Standing | None = None

    @property
    def doubt(self) -> Doubt | None:
        """What is left to be asked."""
        return self.standing.doubt if self.standing else None


def question(texts: tuple[PageText, ...], source: Source, job: Job) -> Question:
    """What the task is given about a document whose pages are read; without a second look."""
    schema = load_schema(job.schema) if job.schema is not None else None
    vision = job.vision
    asked = Question(texts, schema, source.values, None, job.ground, job.options, ballot=job.ballot)
    asked = replace(asked, prompt=vision.prompt, profile=vision.profile) if vision else asked
    return narrowed_question(asked, job.about) if job.about else asked


def asked_about(texts: tuple[PageText, ...], job: Job) -> tuple[PageText, ...]:
    """The pages that the job's model is to look at."""
    return tuple(text for text in texts if job.about is None or text.ref.number in job.about.pages)


def conclude(  # noqa: PLR0913, PLR0917  all that is known of a document
    path: Path,
    source: Source,
    texts: tuple[PageText, ...],
    job: Job,
    replies: tuple[Reply, ...] | None = None,
    objects: tuple[Detection, ...] = (),
    former: Concluded | None = None,
) -> Concluded:
    """Answers for a document whose pages are read, by what a model replied if one was asked, else by what detectors found.

    Where models before this one have answered, `former` is what was made of that.

    Raises:
        VextractError: it cannot be answered.
    """
    began = time.perf_counter()
    asked = replace(question(texts, source, job), objects=objects)
    if job.second_look:
        look = SecondLook(texts, lambda number: _opened(path, source.name, job.opening).page(number), job.reading)
        asked = replace(asked, look=look)
    if replies is None:
        answer = find_task(job.task)(asked)
    elif job.vote:
        answer = voted(asked, replies)
    else:
        answer = find_model_task(job.task).read(asked, replies)
    stands = None
    if job.several and not job.vote and job.schema is not None:
        giver = job.vision.model if job.vision else LAYOUT
        before = former.standing if former else None
        stands = standing(load_schema(job.schema), before, answer, giver, texts, job.least)
    seconds = time.perf_counter() - began + (former.seconds if former else 0.0)
    return Concluded(stands.answer if stands else answer, seconds, stands)


def finish(path: Path, source: Source, record: Record[object], folder: Path, job: Job) -> "tuple[Made, ...]":
    """The pictures that the job wants made of a finished record, as files in `folder`, which is made for them.

    Raises:
        VextractError: one cannot be made.
    """
    from vextract.making import make

    assert job.making is not None, "only jobs that want pictures are finished"
    folder.mkdir()
    opened = _opened(path, source.name, job.opening)
    return tuple(make(opened, path, record, job.making, folder))


def picture(path: Path, name: str, sight: Sight, rotation: int, job: Job) -> Picture:
    """A page's picture as the job's model is to get it, its text standing upright; or that of a part of the page.

    Raises:
        VextractError: the page cannot be drawn.
    """
    assert job.vision is not None, "only jobs with a model send pictures"
    if sight.region is None:
        return as_sent(_opened(path, name, job.opening).page(sight.page).image, job.vision.profile, rotation)
    image = _drawn(path, name, job.opening, sight.page).image
    return as_sent(image.crop(cut_px(sight.region, *image.size)), job.vision.profile)


@lru_cache(maxsize=1)
def _opened(path: Path, name: str, options: OpenOptions) -> OpenFile:
    """The document a worker is busy with stays open from page to page."""
    return open_file(path, name, options)


@lru_cache(maxsize=1)
def _drawn(path: Path, name: str, options: OpenOptions, number: int) -> Page:
    """A page whose parts are looked at one after another stays decoded."""
    return _opened(path, name, options).page(number)


def forget() -> None:
    """Closes the document that is still open, if one is."""
    _drawn.cache_clear()
    _opened.cache_clear()


def error_info(error: VextractError, page: int | None = None) -> ErrorInfo:
    """The error as a record tells it."""
    return ErrorInfo(error.kind, error.message, error.hint, page, int(error.exit_code))
