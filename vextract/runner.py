"""A run from the first source to the last byte written: what every command of the CLI does, without the command line."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from vextract.engines.local import DocumentDone, PageDone, run
from vextract.errors import ExitCode, Interrupted, VextractError
from vextract.pipeline import Job
from vextract.sinks import Output
from vextract.sources.expand import Source
from vextract.types import Record

__all__ = ["Summary", "Watcher", "execute"]


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


@dataclass(slots=True)
class Summary:
    """What became of the inputs."""

    statuses: Counter[str] = field(default_factory=Counter)
    pages: int = 0
    kept: int = 0
    exit_codes: list[int] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 if all went well, 9 if a part failed, the first failure's own code if nothing came out."""
        if not self.exit_codes:
            return int(ExitCode.OK)
        if self.statuses["ok"] or self.statuses["partial"] or self.kept:
            return int(ExitCode.PARTIAL)
        return self.exit_codes[0]

    def add(self, record: Record[object]) -> None:
        """Counts a finished document."""
        self.statuses[record.status] += 1
        self.pages += len(record.pages)
        if record.errors:
            self.exit_codes.append(record.errors[0].exit_code)


def execute(sources: Iterable[Source], job: Job, jobs: int, output: Output, watcher: Watcher) -> Summary:
    """Reads all sources into the output.

    Args:
        sources: what to read, taken as room comes free.
        job: what to do with each.
        jobs: worker processes, 0 for none.
        output: where results go; closed at the end, also after an interruption, so that what is finished is kept.
        watcher: is told of each step.

    Raises:
        Interrupted: after Ctrl-C or SIGTERM.
        VextractError: the output cannot be written.
    """
    summary = Summary()

    def admitted() -> Iterator[Source]:
        for source in sources:
            wanted = output.admit(source)
            if wanted is None:
                summary.kept += 1
                watcher.kept(source)
            else:
                yield wanted

    try:
        for event in run(admitted(), job, jobs):
            match event:
                case PageDone(source, page):
                    output.page(source, page)
                    watcher.page(source)
                case DocumentDone(source, record, notes):
                    told = output.done(source, record)
                    summary.add(told)
                    watcher.done(source, told, notes)
    except Interrupted:
        output.close()
        raise
    output.close()
    return summary


def failure(record: Record[Any]) -> VextractError | None:
    """The first failure of a record as an exception; None if there was none."""
    if not record.errors:
        return None
    first = record.errors[0]
    kinds = list(_subclasses(VextractError))
    # Some kinds, such as a worker's crash, have no exception of their own; the exit code tells what they are.
    alike = [kind for kind in kinds if kind.kind == first.kind] or [k for k in kinds if k.exit_code == first.exit_code]
    return (alike or [VextractError])[0](first.message, first.hint)


def _subclasses(kind: type[VextractError]) -> Iterator[type[VextractError]]:
    yield kind
    for sub in kind.__subclasses__():
        yield from _subclasses(sub)
