"""What the engine tells of a run, and what it knows of each source while it is under way."""

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.collecting import Collector
from vextract.engines.rounds import Round
from vextract.pipeline import Concluded, Job, PageRead, Started, Unread
from vextract.sources.expand import Source
from vextract.types import Record

if TYPE_CHECKING:
    from concurrent.futures import Future

    from vextract.making import Made

__all__ = ["DocumentDone", "Entry", "Event", "PageDone"]


@dataclass(frozen=True, slots=True)
class PageDone:
    """The next page of a document, in page order."""

    source: Source
    page: PageRead


@dataclass(frozen=True, slots=True)
class DocumentDone:
    """A document is finished; its pages, if any could be read, have gone before.

    `notes` are warnings about it. `made` are the pictures that the job wants; their files are gone with the next event.
    """

    source: Source
    record: Record[object]
    notes: tuple[str, ...]
    made: "tuple[Made, ...]" = ()


Event = PageDone | DocumentDone


@dataclass(slots=True, eq=False)
class Entry:
    """A source under way."""

    source: Source
    job: Job
    starting: "Future[Started]"
    collector: Collector
    path: Path | None = None
    opened: bool = False
    to_submit: deque[int] = field(default_factory=deque)
    pages: "deque[tuple[int, Future[PageRead | Unread]]]" = field(default_factory=deque)
    notes: list[str] = field(default_factory=list)
    asking: Round | None = None
    concluding: "Future[Concluded] | None" = None
    former: Concluded | None = None
    finishing: "Future[tuple[Made, ...]] | None" = None
    folder: Path | None = None
    made: "tuple[Made, ...]" = ()
    abandoned: bool = False
    told: bool = False
    events: "deque[Event]" = field(default_factory=deque)

    @property
    def read(self) -> bool:
        """Whether nothing is left to be read of it."""
        return self.opened and not self.to_submit and not self.pages

    @property
    def answered(self) -> bool:
        """Whether its record is known."""
        return self.read and not self.collector.unanswered

    @property
    def size(self) -> int:
        """How many places of the window it takes."""
        return max(1, len(self.pages) + len(self.events))
