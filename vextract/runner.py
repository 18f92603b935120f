"""A run from the first source to the last byte written: what every command of the CLI does, without the command line."""

import threading
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Protocol

from vextract.askers import Askers
from vextract.asking import Asker
from vextract.engines.entries import DocumentDone, Event, PageDone
from vextract.engines.local import HURRY, run
from vextract.errors import ExitCode, Interrupted, VextractError
from vextract.gate import Gate
from vextract.interrupting import shielded
from vextract.pipeline import Job
from vextract.products import Product, admitted_by, handed_on, with_problems
from vextract.sinks import Output
from vextract.sources.expand import Source
from vextract.types import ErrorInfo, Record

__all__ = ["Engine", "Summary", "Watcher", "as_exception", "execute", "failure"]


class Watcher(Protocol):
    """Told what happens as it happens: progress bars, logs."""

    def kept(self, source: Source) -> None:
        """The source is skipped, its result exists."""
        ...

    def page(self, source: Source) -> None:
        """One more page is read and written."""
        ...

    def done(self, source: Source, record: Record[object], notes: tuple[str, ...]) -> None:
        """One more document is finished and written."""
        ...


class Engine(Protocol):
    """Where a run is carried out, if not here."""

    @property
    def halted(self) -> VextractError | None:
        """Why nothing more is done; None while it is."""
        ...

    def run(self, sources: Iterable[Source], job: Job, *, ordered: bool) -> Generator[Event, None, None]:
        """As `vextract.engines.local.run`."""
        ...

    def halt(self, why: VextractError, hurry: threading.Event) -> None:
        """Does nothing more, and waits a little for the answers that are under way, until there is a hurry."""
        ...


@dataclass(slots=True)
class Summary:
    """What became of the inputs.

    Attributes:
        statuses: how many records have which status.
        kinds: how many records have an error of which kind.
        pages: how many were looked at.
        kept: how many inputs were skipped, as their results are there.
        earlier: the statuses of those results, where they are records.
        ungrounded: values that are not on the page.
        exit_codes: of the failures.
        gate: what is demanded of the results.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    pages: int = 0
    kept: int = 0
    earlier: Counter[str] = field(default_factory=Counter)
    ungrounded: int = 0
    exit_codes: list[int] = field(default_factory=list)
    gate: Gate = field(default_factory=Gate)

    @property
    def exit_code(self) -> int:
        """0 if all went well, 9 if a part failed, the failures' own code if nothing came out, 10 if all is below what was asked."""
        if self.earlier["failed"] + self.earlier["partial"]:
            return int(ExitCode.PARTIAL)
        if not self.exit_codes:
            return int(ExitCode.BELOW if self.gate.below else ExitCode.OK)
        if not (self.statuses["ok"] or self.kept) and set(self.exit_codes) == {int(ExitCode.ANSWER)}:
            return int(ExitCode.ANSWER)
        if self.statuses["ok"] or self.statuses["partial"] or self.kept:
            return int(ExitCode.PARTIAL)
        return self.exit_codes[0]

    def add(self, record: Record[object]) -> None:
        """Counts a finished document."""
        self.statuses[record.status] += 1
        self.kinds.update({error.kind for error in record.errors})
        self.ungrounded += sum(1 for evidence in record.evidence if evidence.match == "none")
        self.pages += len(record.pages)
        self.gate.add(record)
        # Contradictions on the page are told, but they are no failure of ours.
        failures = [error.exit_code for error in record.errors if error.exit_code]
        self.exit_codes += failures[:1]


def execute(  # noqa: PLR0913, PLR0917  the parts of a run
    sources: Iterable[Source],
    job: Job,
    jobs: int,
    output: Output,
    watcher: Watcher,
    gate: Gate | None = None,
    asker: Asker | Askers | None = None,
    products: Sequence[Product] = (),
    *,
    ordered: bool = True,
    summary: Summary | None = None,
    engine: Engine | None = None,
) -> Summary:
    """Reads all sources into the output.

    Args:
        sources: what to read, taken as room comes free.
        job: what to do with each.
        jobs: worker processes, 0 for none.
        output: where results go; closed at the end, also after an interruption, so that what is finished is kept.
        watcher: is told of each step.
        gate: what is demanded of the results.
        asker: asks the model of a job that has one, or all of its models; closed at the end.
        products: take the pictures that the job makes.
        ordered: results come in the order of the sources.
        summary: is filled in, for whoever wants to know it also where the run is cut short.
        engine: carries the run out; None: worker processes on this machine.

    Raises:
        Interrupted: after Ctrl-C or SIGTERM.
        VextractError: the output cannot be written, or the model is asked no more.
    """
    summary = Summary(gate=gate or Gate()) if summary is None else summary
    if output.journal:
        summary.earlier = output.journal.kept

    taking = _Taking(job, output, watcher, products, summary)
    try:
        with closing(
            engine.run(taking.admitted(sources), job, ordered=ordered)
            if engine
            else run(taking.admitted(sources), job, jobs, asker, ordered=ordered)
        ) as events:
            try:
                for event in events:
                    with shielded():
                        taking.take(event)
            except KeyboardInterrupt:  # came while a result was taken, not while one was waited for
                for each in (asker, engine):
                    if each:
                        each.halt(Interrupted("interrupted", "what was finished is written"), HURRY)
                raise
    except VextractError as error:
        if isinstance(error, Interrupted) or any(each and error is each.halted for each in (asker, engine)):
            taking.close()
        raise
    except KeyboardInterrupt as interrupt:
        taking.close()
        raise Interrupted("interrupted", "what was finished is written") from interrupt
    taking.close()
    return summary


@dataclass(frozen=True, slots=True)
class _Taking:
    """Takes what comes of a run, and hands it on."""

    job: Job
    output: Output
    watcher: Watcher
    products: Sequence[Product]
    summary: Summary

    def admitted(self, sources: Iterable[Source]) -> Iterator[Source]:
        """The sources whose results are not there yet."""
        for source in sources:
            wanted = self.output.admit(source)
            if wanted is None:
                self.summary.kept += 1
                self.watcher.kept(source)
            else:
                yield admitted_by(self.products, wanted)

    def take(self, event: Event) -> None:
        """Takes the next page or the end of a document."""
        match event:
            case PageDone(source, page):
                if self.job.by_page:
                    self.output.page(source, page)
                self.watcher.page(source)
            case DocumentDone(source, record, notes, made):
                problems = handed_on(self.products, source, record, made)
                told = self.output.done(source, with_problems(record, problems))
                self.summary.add(told)
                self.watcher.done(source, told, notes)

    def close(self) -> None:
        """What is finished stays."""
        self.output.close()
        for product in self.products:
            product.close()


def failure(record: Record[Any]) -> VextractError | None:
    """The first failure of a record as an exception; None if there was none."""
    return as_exception(record.errors[0]) if record.errors else None


def as_exception(first: ErrorInfo) -> VextractError:
    """The failure as the exception that it came from."""
    kinds = list(_subclasses(VextractError))
    # Some kinds, such as a worker's crash, have no exception of their own; the exit code tells what they are.
    alike = [kind for kind in kinds if kind.kind == first.kind] or [k for k in kinds if k.exit_code == first.exit_code]
    return (alike or [VextractError])[0](first.message, first.hint)


def _subclasses(kind: type[VextractError]) -> Iterator[type[VextractError]]:
    yield kind
    for sub in kind.__subclasses__():
        yield from _subclasses(sub)
