"""What the commands do that make pictures of their results: overlays, crops, previews."""

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from vextract.errors import UsageError
from vextract.making import Made, Making
from vextract.overlays import Style
from vextract.preview import refusal, room, show
from vextract.products import Crops, Overlays, Product
from vextract.sources.expand import Source
from vextract.sources.opening import open_file
from vextract.sources.options import OpenOptions
from vextract.types import Record

__all__ = ["NO_DRAWING", "Drawing", "Preview"]

log = logging.getLogger("vextract")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Which pictures of the results are wanted: `overlay` and `crops` say where they go, `flag` on which flag the former is."""

    overlay: str | None = None
    crops: str | None = None
    preview: bool = False
    style: Style = field(default_factory=Style)
    flag: str = "--overlay"

    def products(self, *, several: bool, force: bool) -> list[Product]:
        """What takes the pictures.

        Raises:
            UsageError: they cannot go there.
        """
        found: list[Product] = []
        if self.overlay is not None:
            found.append(Overlays(self.overlay, several=several, force=force, style=self.style, flag=self.flag))
        if self.crops is not None:
            found.append(Crops(self.crops, force=force))
        if self.preview:
            if found and found[0].making.overlay == ".pdf":
                raise UsageError(f"--preview shows pictures, and {self.flag} makes a PDF", "leave one of them out")
            if why := refusal(os.environ, sys.stderr):
                log.warning("no preview: %s", why)
            else:
                found.append(Preview())
        return found


NO_DRAWING = Drawing()


class Preview:
    """Shows the pages with their boxes on the terminal behind stderr; see `vextract.products.Product`."""

    def __init__(self) -> None:
        self.making = Making(overlay=".png")

    def admit(self, source: Source) -> Source:
        """Any source will do."""
        return source

    def done(self, source: Source, record: Record[Any], made: Sequence[Made]) -> None:
        """Shows the pages of one document."""
        del source, record
        columns, rows = room(sys.stderr)
        for each in (one for one in made if one.kind == "overlay"):
            opened = open_file(each.path, each.path.name, OpenOptions(colour=True))
            show(opened.page(1).image, sys.stderr, columns, rows)
            opened.close()

    def close(self) -> None:
        """Nothing is left open."""
