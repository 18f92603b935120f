"""The Python interface: the same results as the command prints, typed."""

from collections.abc import Iterable, Iterator
from os import PathLike, fspath
from typing import Any

from vextract.engines.local import DocumentDone, PageDone, run
from vextract.errors import UsageError
from vextract.jobs import job_for
from vextract.runner import failure
from vextract.settings import load_settings
from vextract.sources.expand import expand
from vextract.sources.options import PageSelection
from vextract.types import OcrResult, PageText, Record

__all__ = ["ocr", "ocr_many"]


def ocr(source: str | PathLike[str], *, pages: str | None = None, **settings: Any) -> Record[OcrResult]:
    """The text of one picture or PDF.

    Args:
        source: a path or an http(s) URL.
        pages: such as "1-3,7,-1"; all by default.
        settings: any setting of docs/settings.md by name, such as `lang="deu"`, `fast=True`, `dpi=300`.

    Returns:
        The record; `record.data.text` is the text, `record.data.pages` has lines and words with boxes. If only some pages could
        be read, `record.status` is "partial" and `record.errors` tells of the others.

    Raises:
        VextractError: a subclass that tells why nothing could be read.
    """
    records = list(ocr_many([source], pages=pages, **settings))
    if len(records) != 1:
        raise UsageError(f"{fspath(source)!r} stands for {len(records)} documents", "use vextract.ocr_many")
    error = failure(records[0])
    if error and records[0].status == "failed":
        raise error
    return records[0]


def ocr_many(
    sources: Iterable[str | PathLike[str]],
    *,
    pages: str | None = None,
    recursive: bool = False,
    jobs: int = 0,
    **settings: Any,
) -> Iterator[Record[OcrResult]]:
    """The text of many pictures and PDFs, one record each in order, failed ones included, as they are ready.

    Args:
        sources: paths, directories, globs or http(s) URLs.
        pages: as for `ocr`, for every document.
        recursive: look into the sub-directories of directories too.
        jobs: worker processes. With 0 all is done in this process. Scripts that ask for more must guard their main part with
            `if __name__ == "__main__":`, as for the multiprocessing module.
        settings: as for `ocr`.

    Raises:
        UsageError: an argument is not allowed.
        DependencyError: what is needed is not installed.
    """
    if jobs < 0:
        raise UsageError(f"jobs cannot be {jobs!r}", "give 0 for this very process, or a number of worker processes")
    selection = PageSelection.parse(str(pages)) if pages is not None else PageSelection()
    job = job_for(load_settings(**settings), selection)
    read: list[PageText] = []
    for event in run(expand((fspath(s) for s in sources), recursive=recursive), job, jobs):
        match event:
            case PageDone(page=page):
                read.append(page.text)
            case DocumentDone(record=record):
                yield _with_data(record, OcrResult(tuple(read)) if read else None)
                read = []


def _with_data(record: Record[object], data: OcrResult | None) -> Record[OcrResult]:
    return Record(
        source=record.source,
        sha256=record.sha256,
        task=record.task,
        model=record.model,
        status=record.status,
        data=data,
        pages=record.pages,
        evidence=record.evidence,
        schema=record.schema,
        usage=record.usage,
        seconds=record.seconds,
        errors=record.errors,
    )
