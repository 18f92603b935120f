"""Several models, asked as if they were one: the job of a question says which of them is meant."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.asking import Asker, Workers
from vextract.errors import VextractError
from vextract.pipeline import Asked, Job, PageRead, Unread
from vextract.sending import Keeping
from vextract.sources.expand import Source
from vextract.types import PageText

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Askers"]


class Askers:
    """Asks the model that a job names.

    Args:
        askers: one for each model, the first first.
    """

    def __init__(self, askers: Sequence[Asker]) -> None:
        self._first, self._by_name = askers[0], {asker.name: asker for asker in askers}
        self.at_once = max(asker.at_once for asker in askers)

    def page(
        self, reading: "Future[PageRead]", path: Path, source: Source, job: Job, workers: Workers
    ) -> "Future[PageRead | Unread]":
        """As `Asker.page`."""
        return self._asker(job).page(reading, path, source, job, workers)

    def document(
        self, path: Path, source: Source, texts: Sequence[PageText], job: Job, workers: Workers
    ) -> "Future[Asked]":
        """As `Asker.document`."""
        return self._asker(job).document(path, source, texts, job, workers)

    def keep(self, keeping: Keeping) -> None:
        """As `Asker.keep`, for each of them."""
        for asker in self._by_name.values():
            asker.keep(keeping)

    @property
    def halted(self) -> VextractError | None:
        """Why one of them asks no more; None while all do."""
        return next((asker.halted for asker in self._by_name.values() if asker.halted), None)

    @property
    def sends(self) -> bool:
        """As `Asker.sends`."""
        return self._first.sends

    @property
    def keeps(self) -> bool:
        """As `Asker.keeps`."""
        return self._first.keeps

    def halt(self, why: VextractError, hurry: threading.Event) -> None:
        """As `Asker.halt`, for each of them."""
        for asker in self._by_name.values():
            asker.halt(why, hurry)

    def close(self) -> None:
        """Ends what is under way at any of them, and gives all back."""
        with ExitStack() as opened:
            for asker in self._by_name.values():
                opened.enter_context(closing(asker))

    def _asker(self, job: Job) -> Asker:
        return self._by_name[job.vision.model] if job.vision else self._first
