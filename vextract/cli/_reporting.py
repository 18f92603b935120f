"""The review page as a product of a run: it takes the pages' pictures with their records."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vextract.making import Made, Making
from vextract.report import PagePicture, Report
from vextract.sources.expand import Source
from vextract.types import Record

__all__ = ["Reporting"]

log = logging.getLogger("vextract")


class Reporting:
    """Puts records into a report; see `vextract.products.Product`.

    Args:
        report: takes them; closed with the run.
        max_side_px: of the pages' pictures.
    """

    def __init__(self, report: Report, max_side_px: int) -> None:
        self.making = Making(pages=True, max_side_px=max_side_px)
        self._report = report
        self._count = 0
        self._files: list[Path] = []

    def admit(self, source: Source) -> Source:
        """Any source will do."""
        return source

    def done(self, source: Source, record: Record[Any], made: Sequence[Made]) -> None:
        """Adds a record with the pictures that there are."""
        pictures = [
            PagePicture(each.page, each.path.read_bytes(), each.media_type, *each.size_px)
            for each in made
            if each.kind == "page" and each.page is not None
        ]
        self._report.add(source.record or record, pictures)
        self._count += 1

    def close(self) -> None:
        """Puts the files of the report in their places."""
        self._files = self._report.close()

    def tell(self) -> None:
        """Says where the report is."""
        names = ", ".join(repr(str(file)) for file in self._files)
        log.warning("%d document(s) in %s", self._count, names)
