"""The Python interface: the same results as the command prints, typed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from os import PathLike, fspath
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar, overload

from pydantic import BaseModel

from vextract.asking import Asker
from vextract.connecting import asker_for, secure
from vextract.detection import Detections
from vextract.engines.local import DocumentDone, PageDone, run
from vextract.errors import UsageError
from vextract.jobs import Work, job_for
from vextract.runner import failure
from vextract.schema import load_schema
from vextract.settings import load_settings
from vextract.sources.expand import Source, expand
from vextract.sources.options import PageSelection
from vextract.tasks.ask import AskOptions
from vextract.tasks.caption import STYLES, CaptionOptions, Style
from vextract.tasks.classify import ClassifyOptions
from vextract.tasks.detect import DetectOptions
from vextract.types import OcrResult, PageText, Record, Result

__all__ = ["ask", "caption", "classify", "detect", "extract", "extract_many", "ocr", "ocr_many", "verify"]

ModelT = TypeVar("ModelT", bound=BaseModel)
Name = str | PathLike[str]


def ocr(source: Name, *, pages: str | None = None, **settings: Any) -> Record[OcrResult]:
    """The text of one picture or PDF.

    Args:
        source: a path, an http(s) URL, or an address in an object store.
        pages: such as "1-3,7,-1"; all by default.
        settings: any setting of docs/settings.md by name, such as `lang="deu"`, `fast=True`, `dpi=300`.

    Returns:
        The record; `record.data.text` is the text, `record.data.pages` has lines and words with boxes. If only some pages could
        be read, `record.status` is "partial" and `record.errors` tells of the others.

    Raises:
        VextractError: a subclass that tells why nothing could be read.
    """
    _single(source, "ocr_many")
    return _only(source, ocr_many([source], pages=pages, **settings), "ocr_many")


def ocr_many(
    sources: Iterable[Name], *, pages: str | None = None, recursive: bool = False, jobs: int = 0, **settings: Any
) -> Iterator[Record[OcrResult]]:
    """The text of many pictures and PDFs, one record each in order, failed ones included, as they are ready.

    Args:
        sources: paths, directories, globs, http(s) URLs or addresses in object stores.
        pages: as for `ocr`, for every document.
        recursive: look into the sub-directories of directories too.
        jobs: worker processes. With 0 all is done in this process. Scripts that ask for more must guard their main part with
            `if __name__ == "__main__":`, as for the multiprocessing module.
        settings: as for `ocr`.

    Raises:
        UsageError: an argument is not allowed.
        DependencyError: what is needed is not installed.
    """
    read: list[PageText] = []
    for event in _events(_expanded(sources, recursive=recursive), Work(), pages, jobs, settings):
        match event:
            case PageDone(page=page):
                read.append(page.text)
            case DocumentDone(record=record):
                yield _with_data(record, OcrResult(tuple(read)) if read else None)
                read = []


@overload
def extract(
    source: Name, schema: type[ModelT], *, pages: str | None = ..., ground: bool = ..., **settings: Any
) -> Result[ModelT]: ...
@overload
def extract(
    source: Name, schema: str, *, pages: str | None = ..., ground: bool = ..., **settings: Any
) -> Result[BaseModel]: ...
def extract(
    source: Name, schema: type[BaseModel] | str, *, pages: str | None = None, ground: bool = True, **settings: Any
) -> Result[Any]:
    """The fields of a schema in one picture or PDF, each with its place on the page; offline but for a model that is named.

    Args:
        source: a path, an http(s) URL, or an address in an object store.
        schema: a Pydantic class, or any name that -s takes: "receipt", "models.py:Order", "vendor, total float".
        pages: such as "1-3,7,-1"; all by default.
        ground: whether `evidence` is wanted.
        settings: any setting of docs/settings.md by name.

    Returns:
        The result; `result.data` is an instance of the class. It is None where the values do not validate: `result.values` has
        them all the same, and `result.errors` what is wrong. Contradictions among the values are errors too, but leave `data`.

    Raises:
        VextractError: a subclass that tells why nothing could be extracted.
    """
    _single(source, "extract_many")
    return _only(source, extract_many([source], schema, pages=pages, ground=ground, **settings), "extract_many")


@overload
def extract_many(
    sources: Iterable[Name],
    schema: type[ModelT],
    *,
    pages: str | None = ...,
    ground: bool = ...,
    recursive: bool = ...,
    jobs: int = ...,
    **settings: Any,
) -> Iterator[Result[ModelT]]: ...
@overload
def extract_many(
    sources: Iterable[Name],
    schema: str,
    *,
    pages: str | None = ...,
    ground: bool = ...,
    recursive: bool = ...,
    jobs: int = ...,
    **settings: Any,
) -> Iterator[Result[BaseModel]]: ...
def extract_many(  # noqa: PLR0913  keywords, each with a default
    sources: Iterable[Name],
    schema: type[BaseModel] | str,
    *,
    pages: str | None = None,
    ground: bool = True,
    recursive: bool = False,
    jobs: int = 0,
    **settings: Any,
) -> Iterator[Result[Any]]:
    """The fields of a schema in many pictures and PDFs, one result each in order, failed ones included, as they are ready.

    Args:
        sources: as for `ocr_many`.
        schema: as for `extract`; with `jobs` a class must be one that a module defines at its top.
        pages: as for `extract`.
        ground: as for `extract`.
        recursive: as for `ocr_many`.
        jobs: as for `ocr_many`.
        settings: as for `extract`.

    Raises:
        UsageError: an argument is not allowed.
        SchemaError: the schema cannot be used.
        DependencyError: what is needed is not installed.
    """
    loaded = load_schema(schema)
    work = Work("extract", schema, ground)
    for event in _events(_expanded(sources, recursive=recursive), work, pages, jobs, settings):
        if isinstance(event, DocumentDone):
            record = event.record
            instance = None if record.data is None else loaded.validate(record.data)[0]
            yield Result(**_parts(record) | {"data": instance, "values": record.data})


def verify(source: Name, data: Any, *, pages: str | None = None, **settings: Any) -> Record[Any]:
    """Where one picture or PDF prints the values of some JSON-like data, or that it does not.

    Args:
        source: a path, an http(s) URL, or an address in an object store.
        data: nested dicts and lists of values, or a Pydantic model.
        pages: such as "1-3,7,-1"; all by default.
        settings: any setting of docs/settings.md by name.

    Returns:
        The record; `record.evidence` has at least one entry for each value, with match "none" where it is not on the page.

    Raises:
        VextractError: a subclass that tells why the document could not be read.
    """
    _single(source, "a loop")
    values = data.model_dump(mode="json", by_alias=True) if isinstance(data, BaseModel) else data
    asked = (replace(found, values=values) for found in expand([fspath(source)]))
    done = (e for e in _events(asked, Work("verify"), pages, 0, settings) if isinstance(e, DocumentDone))
    return _only(source, (event.record for event in done), "a loop")


def caption(
    source: Name,
    *,
    style: Style = "brief",
    language: str = "English",
    words: int | None = None,
    pages: str | None = None,
    **settings: Any,
) -> Record[dict[str, Any]]:
    """What one picture, or each page of a PDF, shows, in words of a vision model.

    Args:
        source: a path, an http(s) URL, or an address in an object store.
        style: "brief", "detailed", "alt", "hashtags" or "story".
        language: to write in.
        words: about how many; None for what suits the style.
        pages: such as "1-3,7,-1"; all by default.
        settings: any setting of docs/settings.md by name; `model` is needed, such as `model="ollama:qwen2.5vl"`.

    Returns:
        The record; `record.data["text"]` is the text, `record.data["pages"]` that of each page.

    Raises:
        VextractError: a subclass that tells why there is no answer.
    """
    if style not in STYLES:
        raise UsageError(f"no style is called {style!r}", f"choose one of: {', '.join(STYLES)}")
    if words is not None and words < 1:
        raise UsageError(f"words cannot be {words!r}", "give a number of 1 or more, or leave it out")
    return _looked_at(
        source, Work("caption", options=CaptionOptions(style, language, words), words="none"), pages, settings
    )


def classify(
    source: Name, labels: Sequence[str], *, several: bool = False, pages: str | None = None, **settings: Any
) -> Record[dict[str, Any]]:
    """Which of the labels fit one picture or PDF, by a vision model.

    Args:
        source: a path, an http(s) URL, or an address in an object store.
        labels: to choose from.
        several: whether any number may fit; else the best one is chosen.
        pages: such as "1-3,7,-1"; all by default.
        settings: any setting of docs/settings.md by name; `model` is needed.

    Returns:
        The record; `record.data["labels"]` are those chosen, `record.data["scores"]` their probabilities, None where the model does
        not tell.

    Raises:
        VextractError: a subclass that tells why there is no answer.
    """
    if isinstance(labels, str):
        raise UsageError(f"labels are one text, {labels!r}", 'give a list, such as ["invoice", "receipt"]')
    named = tuple(dict.fromkeys(label.strip() for label in labels if label.strip()))
    if len(named) < (1 if several else 2):
        raise UsageError("there is nothing to choose from", "give two labels or more")
    return _looked_at(source, Work("classify", options=ClassifyOptions(named, several), words="none"), pages, settings)


def detect(
    source: Name,
    labels: Sequence[str] = (),
    *,
    masks: bool = False,
    tile: int | Literal["auto"] | None = None,
    pages: str | None = None,
    **settings: Any,
) -> Record[Detections]:
    """What one picture, PDF or video shows: labelled boxes; offline but for a model that is named.

    Args:
        source: a path, an http(s) URL, or an address in an object store.
        labels: what to find; () for everything that stands out.
        masks: whether outlines are wanted, of a model that gives them.
        tile: longest side in pixels of the parts that a model looks at; "auto": as large as it sees; None: at whole pages.
        pages: such as "1-3,7,-1"; all by default.
        settings: any setting of docs/settings.md by name, such as `model="ollama:qwen2.5vl"`.

    Returns:
        The record; `record.data.objects` has label, box in fractions of the page, score, text and mask of each object.

    Raises:
        VextractError: a subclass that tells why nothing could be found.
    """
    if isinstance(labels, str):
        raise UsageError(f"labels are one text, {labels!r}", 'give a list, such as ["person", "red car"]')
    weights = load_settings(**settings).paligemma_masks
    options = DetectOptions(tuple(labels), masks, tile=tile, mask_weights=weights)
    return _looked_at(source, Work("detect", options=options, words="none"), pages, settings)


def ask(
    sources: Name | Iterable[Name],
    question: str,
    *,
    schema: type[BaseModel] | str | None = None,
    album: bool = False,
    pages: str | None = None,
    **settings: Any,
) -> Record[Any]:
    """A vision model's answer to a question about any number of pictures, PDFs and videos.

    Args:
        sources: a path or URL, or several.
        question: in your own words.
        schema: a Pydantic class, or any name that -s takes: the answer is data of that shape. None: it is text.
        album: every claim of the answer names the documents that show it.
        pages: such as "1-3,7,-1", of each document; all by default.
        settings: any setting of docs/settings.md by name; `model` is needed.

    Returns:
        The record; `record.data["text"]` is the answer, or `record.data` the data of the schema.

    Raises:
        VextractError: a subclass that tells why there is no answer.
    """
    from vextract.conversation import Conversation

    if not question.strip():
        raise UsageError("the question is empty", 'ask something, such as "What is this?"')
    if album and schema is not None:
        raise UsageError("album and schema each say what the answer is to be", "leave one of them out")
    given = load_settings(**settings)
    secure(given)
    selection = PageSelection.parse(str(pages)) if pages is not None else PageSelection()
    job = job_for(given, selection, Work("ask", schema, words="layer"))
    options = AskOptions(load_schema(schema) if schema is not None else None, album=album)
    named = [sources] if isinstance(sources, str | PathLike) else sources
    asker = asker_for(given)
    assert isinstance(asker, Asker), "the job was checked to have one model"
    with (
        closing(asker),
        TemporaryDirectory(prefix="vextract-") as scratch,
        closing(Conversation(_expanded(named, recursive=False), asker, job, Path(scratch))) as talk,
    ):
        record, _ = talk.ask(question, options)
    error = failure(record)
    if error and record.status == "failed":
        raise error
    return record


def _looked_at(source: Name, work: Work, pages: str | None, settings: dict[str, Any]) -> Record[Any]:
    _single(source, "a loop")
    events = _events(_expanded([source], recursive=False), work, pages, 0, settings)
    records = (event.record for event in events if isinstance(event, DocumentDone))
    found: Record[Any] = _only(source, records, "a loop")
    return found


def _expanded(sources: Iterable[Name], *, recursive: bool) -> Iterator[Source]:
    return expand((str(fspath(source)) for source in sources), recursive=recursive)


def _events(
    sources: Iterable[Source], work: Work, pages: str | None, jobs: int, settings: dict[str, Any]
) -> Iterator[PageDone | DocumentDone]:
    if jobs < 0:
        raise UsageError(f"jobs cannot be {jobs!r}", "give 0 for this very process, or a number of worker processes")
    selection = PageSelection.parse(str(pages)) if pages is not None else PageSelection()
    given = load_settings(**settings)
    secure(given)
    job = job_for(given, selection, work)
    return run(sources, job, jobs, asker_for(given) if job.models else None)


def _single(source: Name, instead: str) -> None:
    """Raises UsageError where a name stands for several documents, before any is read."""
    count = len(list(islice(expand([str(fspath(source))]), 2)))
    if count != 1:
        raise UsageError(f"{fspath(source)!r} stands for several documents", f"use {instead}")


RecordT = TypeVar("RecordT", bound=Record[Any])


def _only(source: Name, records: Iterable[RecordT], instead: str) -> RecordT:
    found = list(records)
    if len(found) != 1:
        raise UsageError(f"{fspath(source)!r} stands for {len(found)} documents", f"use {instead}")
    error = failure(found[0])
    if error and found[0].status == "failed":
        raise error
    return found[0]


def _with_data(record: Record[object], data: OcrResult | None) -> Record[OcrResult]:
    return Record(**_parts(record) | {"data": data})


def _parts(record: Record[Any]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in Record.__dataclass_fields__}
