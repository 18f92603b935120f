"""What a run would take, before anything is sent: some documents are made ready as they would be, of the others pages are counted.

What an answer will take nobody knows beforehand: it is taken from earlier answers of the same model to the same task, where the
store has some, and is unknown otherwise.
"""

import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from vextract.askers import Askers
from vextract.asking import Asker
from vextract.engines.entries import DocumentDone
from vextract.engines.local import run
from vextract.engines.outcomes import outcome
from vextract.engines.workers import Workers, workers
from vextract.errors import Halted, NotSent
from vextract.meter import Meter
from vextract.models import Connection
from vextract.pipeline import Job
from vextract.prices import cost_usd
from vextract.requests import Request
from vextract.sources.expand import Source
from vextract.sources.fetch import fetch, is_stream
from vextract.sources.opening import open_file
from vextract.store.runs import Typical
from vextract.types import Usage
from vextract.weighing import weigh

__all__ = ["SAMPLE", "Estimate", "Requests", "estimate"]

SAMPLE = 20
"""So many documents are made ready; enough to know what a page takes, few enough to wait for."""
_UNSENT = frozenset({NotSent.kind, Halted.kind})


@dataclass
class Requests:
    """Counts requests instead of sending them.

    Args:
        typical: what an answer took so far; None where no answer is known.
        meter: of the asker, which counts what the store answers.
        prices: the user's own.

    Attributes:
        count: how many there were.
        text, pictures: their tokens; `pictures` is None once those of one are not known.
        cost_usd, input_usd: with and without answers; None once a price or a count is not known.
    """

    typical: Callable[[str], Typical | None]
    meter: Meter
    prices: Any = None
    count: int = 0
    text: int = 0
    pictures: int | None = 0
    output: float | None = 0.0
    input_usd: float | None = 0.0
    cost_usd: float | None = 0.0
    seconds: float | None = 0.0
    answers: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def show(self, request: Request, connection: Connection) -> None:
        """Counts a request; see `vextract.sending.Show`."""
        weight = weigh(request, connection.profile.family)
        known = self.typical(str(connection.name))
        output = known.output_tokens if known else None
        asked = Usage(weight.total, 0, 0)
        answered = replace(asked, output_tokens=None if output is None else round(output))
        name = connection.name
        with self._lock:
            self.count += 1
            self.text += weight.text
            self.pictures = _plus(self.pictures, weight.pictures)
            self.output = _plus(self.output, output)
            self.input_usd = _plus(self.input_usd, cost_usd(name.provider, name.model, asked, self.prices))
            self.cost_usd = _plus(self.cost_usd, cost_usd(name.provider, name.model, answered, self.prices))
            self.seconds = _plus(self.seconds, known.seconds if known else None)
            self.answers = max(self.answers, known.answers if known else 0)


def _plus(total: Any, more: Any) -> Any:
    return None if total is None or more is None else total + more


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would take; None where it cannot be known.

    Attributes:
        documents: that would be read; `unreadable` of them cannot be.
        pages: of them.
        sampled_pages: of those that were made ready: the figures below are of these, scaled to all pages.
        requests: to models, at least: answers may have to be asked for once more.
        stored: questions whose answers are kept, in the documents that were made ready.
        input_tokens: of the requests.
        output_tokens: of their answers, if they are as long as `answers_known` earlier ones on average.
        input_cost_usd, cost_usd: of the requests, and with their answers.
        seconds: of waiting for answers, as many at once as may be.
    """

    documents: int
    unreadable: int
    pages: int
    sampled_pages: int
    requests: int
    stored: int
    input_tokens: int | None
    output_tokens: int | None
    answers_known: int
    input_cost_usd: float | None
    cost_usd: float | None
    seconds: float | None


def estimate(sources: Iterable[Source], job: Job, jobs: int, asker: Asker | Askers, requests: Requests) -> Estimate:
    """What it would take to ask about all sources.

    Args:
        sources: to be read.
        job: what is to be done with each.
        jobs: worker processes.
        asker: shows its requests to `requests`; closed at the end.
        requests: counts them.
    """
    given = iter(sources)
    # The words of a scan are not sent, so they are not read.
    if job.vision:
        job = replace(job, vision=replace(job.vision, words="layer"), second_look=False, making=None)
    documents = pages = unreadable = 0
    at_once = asker.at_once
    with closing(run(islice(given, SAMPLE), job, jobs, asker)) as events:
        for event in events:
            if isinstance(event, DocumentDone):
                documents += 1
                pages += len(event.record.pages)
                unreadable += not event.record.pages and any(e.kind not in _UNSENT for e in event.record.errors)
    sampled = pages
    for counted in _counted(given, job, jobs):
        documents += 1
        pages += counted or 0
        unreadable += counted is None
    share = pages / sampled if sampled else 1.0
    seconds = None if requests.seconds is None else requests.seconds * share / at_once
    return Estimate(
        documents=documents,
        unreadable=unreadable,
        pages=pages,
        sampled_pages=sampled,
        requests=round(requests.count * share),
        stored=requests.meter.now.stored,
        input_tokens=_scaled(_plus(requests.text, requests.pictures), share),
        output_tokens=_scaled(requests.output, share),
        answers_known=requests.answers,
        input_cost_usd=_money(requests.input_usd, share),
        cost_usd=_money(requests.cost_usd, share),
        seconds=None if seconds is None else round(seconds, 1),
    )


def _scaled(figure: float | None, share: float) -> int | None:
    return None if figure is None else round(figure * share)


def _money(figure: float | None, share: float) -> float | None:
    return None if figure is None else round(figure * share, 6)


def _counted(sources: Iterator[Source], job: Job, jobs: int) -> Iterator[int | None]:
    """The number of pages of each source that would be read; None where it cannot be opened."""
    first = next(sources, None)
    if first is None:
        return
    with tempfile.TemporaryDirectory(prefix="vextract-") as scratch, workers(jobs, job, Path(scratch)) as pool:
        under_way: deque[Future[int]] = deque([_count(first, job, pool, Path(scratch))])
        for source in sources:
            under_way.append(_count(source, job, pool, Path(scratch)))
            if len(under_way) >= pool.window:
                yield _pages(under_way.popleft())
        while under_way:
            yield _pages(under_way.popleft())


def _count(source: Source, job: Job, pool: Workers, scratch: Path) -> "Future[int]":
    if source.problem or is_stream(source):
        unknown: Future[int] = Future()
        unknown.set_exception(source.problem or NotSent("standard input is read once"))
        return unknown
    return pool.submit(page_count, source, scratch, job)


def page_count(source: Source, scratch: Path, job: Job) -> int:
    """How many pages of a source would be read.

    Raises:
        VextractError: it cannot be opened.
    """
    path = fetch(source, scratch, job.opening.limits)
    try:
        opened = open_file(path, source.name, job.opening)
        try:
            return len(job.opening.pages.resolve(opened.page_count))
        finally:
            opened.close()
    finally:
        if path.parent == scratch:
            path.unlink(missing_ok=True)


def _pages(future: "Future[int]") -> int | None:
    found = outcome(future)
    return found if isinstance(found, int) else None
