"""What `overlay` and `report` share: records read back, their documents opened once more, and pictures made of both."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from vextract.cli._console import log, terminable
from vextract.cli._watching import watching
from vextract.connecting import secure
from vextract.engines.local import default_jobs
from vextract.errors import InputError, UsageError
from vextract.jobs import Work, job_for
from vextract.pipeline import SHOW
from vextract.products import Product, making_of
from vextract.records import read_records
from vextract.runner import Summary, execute
from vextract.settings import Settings
from vextract.sinks import Nowhere
from vextract.sources.expand import Source, expand
from vextract.sources.options import PageSelection
from vextract.sources.remote import is_remote
from vextract.types import Record, printable

__all__ = ["Shown", "are_several", "show"]


@dataclass(frozen=True, slots=True)
class Shown:
    """Which records are shown, and where their documents are.

    Attributes:
        files: of records; "-" for standard input.
        root: the folder that relative names of documents start from; None for the current one.
        fetch: whether documents that have a URL are fetched again.
        failed: whether records without data are wanted too.
    """

    files: Sequence[str]
    root: str | None = None
    fetch: bool = False
    failed: bool = False


def show(settings: Settings, shown: Shown, products: Sequence[Product], *, quiet: bool) -> int:
    """Hands the pictures of all records to the products; gives the exit code.

    Raises:
        UsageError: no records are named.
        InputError: a file of records cannot be read.
    """
    if not shown.files:
        raise UsageError("no records", "name the JSONL that vextract has written, or - for standard input")
    secure(settings)
    job = job_for(settings, PageSelection(), Work(SHOW), making=making_of(products))
    sources = (_source(record, shown) for record in _records(shown))
    with terminable(), watching("none" if quiet else "auto") as console:
        summary = Summary()
        console.begin(summary)
        execute(sources, job, settings.jobs or default_jobs(), Nowhere(), console, products=products, summary=summary)
    console.summary()
    return summary.exit_code


def are_several(shown: Shown) -> bool:
    """Whether there may be more than one record; of standard input and pipes that is not known before they are read."""
    if len(shown.files) != 1:
        return True
    if shown.files[0] == "-" or (os.path.exists(shown.files[0]) and not os.path.isfile(shown.files[0])):
        return False
    return len(list(islice(_read(shown.files[0]), 2))) > 1


def _records(shown: Shown) -> Iterator[Record[Any]]:
    for name in shown.files:
        for record in _read(name):
            if record.data is None and not shown.failed:
                log.warning("%s: nothing to draw, its record has no data", printable(record.source))
            else:
                yield record


def _read(name: str) -> Iterator[Record[Any]]:
    if name == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed", "name a file of records")
        yield from read_records(sys.stdin.buffer, name)
        return
    try:
        file = open(name, "rb")  # noqa: SIM115  closed below; errors of whoever reads it are not ours
    except OSError as error:
        raise InputError(
            f"cannot read {name!r}: {error.strerror}", "name the JSONL that vextract has written"
        ) from error
    with file:
        yield from read_records(file, name)


def _source(record: Record[Any], shown: Shown) -> Source:
    """Where the record's document is. Nothing is fetched because a record says so."""
    name = record.source
    if name == "-":
        problem = InputError("'-' came from standard input, and is not there any more", "write it to a file first")
        return Source(name, problem=problem, record=record)
    path = Path(shown.root or "", name)
    if os.path.isfile(path):
        return Source(name, path, record=record)
    if name.lower().startswith(("http://", "https://")) or is_remote(name):
        if not shown.fetch:
            hint = "add --fetch to fetch it once more"
            return Source(name, problem=InputError(f"{name!r} is not fetched again", hint), record=record)
        # An address with a wildcard in it names one object here, and no more than that.
        found = Source(name, url=name) if is_remote(name) else next(iter(expand([name])))
        return replace(found, record=record)
    problem = InputError(f"no file {str(path)!r}", "name the folder that it is in with --root")
    return Source(name, problem=problem, record=record)
