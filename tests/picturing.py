"""Pictures with known places, records about them, and runs that make pictures of both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vextract.detection import Detection, Detections
from vextract.geometry import from_pixels
from vextract.overlays import colour_of
from vextract.pipeline import SHOW, Job
from vextract.products import Product, making_of
from vextract.runner import Summary, execute
from vextract.sinks import Nowhere
from vextract.sources.expand import Source
from vextract.types import PageRef, Record

__all__ = ["PLACE", "SIZE", "Told", "is_marked", "noisy", "record_of", "shown", "source_of"]

Corners = tuple[int, int, int, int]
SIZE = (640, 480)
PLACE: Corners = (100, 120, 220, 200)
_CLOSE = 24


def noisy(size: tuple[int, int] = SIZE, seed: int = 1) -> Image.Image:
    """A picture of which no two parts are alike, all of it dark."""
    pixels = np.random.default_rng(seed).integers(0, 60, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(pixels)


def record_of(
    name: str,
    *objects: tuple[int, str, Corners],
    pages: Sequence[int] = (1,),
    size: tuple[int, int] = SIZE,
    sha256: str | None = None,
) -> Record[Any]:
    """A record of these objects (page, label, corners in pixels) on pages that are all of that size."""
    refs = tuple(PageRef(name, number, *size) for number in pages)
    found = tuple(Detection(page, label, from_pixels(corners, *size)) for page, label, corners in objects)
    return Record(name, sha256, "detect", "test", "ok", Detections(found), refs)


def source_of(path: Path, *objects: tuple[int, str, Corners], pages: Sequence[int] = (1,), folder: str = "") -> Source:
    """A document with a record of it; without objects it has one cat at PLACE on the first of its pages."""
    objects = objects or ((pages[0], "cat", PLACE),)
    return Source(str(path), path, folder=folder, record=record_of(str(path), *objects, pages=pages))


@dataclass
class Told:
    """Takes note of what a run tells."""

    records: list[Record[object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def errors(self) -> list[str]:
        """What went wrong, in order."""
        return [error.message for record in self.records for error in record.errors]

    def kept(self, source: Source) -> None:
        """A run that shows keeps no results."""
        raise AssertionError(source)

    def page(self, source: Source) -> None:
        """Nothing."""

    def done(self, source: Source, record: Record[object], notes: tuple[str, ...]) -> None:
        """Takes a record and what was noted."""
        del source
        self.records.append(record)
        self.notes += notes


def shown(sources: Iterable[Source], *products: Product) -> tuple[Summary, Told]:
    """Runs the sources' records into the products, in this process."""
    job = Job(task=SHOW, words="none", making=making_of(products))
    told = Told()
    return execute(sources, job, 0, Nowhere(), told, products=products), told


def is_marked(image: Image.Image, corners: Corners, label: str = "cat") -> bool:
    """Whether a line in the label's colour runs around that place and leaves what lies in it as dark as it was."""
    x0, y0, x1, y1 = corners
    pixels = np.asarray(image.convert("RGB")).astype(int)
    middle, centre = (x0 + x1) // 2, (y0 + y1) // 2
    around = ((centre, x0 - 1), (centre, x1), (y1, middle))
    lines = all(np.abs(pixels[at] - colour_of(label)).sum() < _CLOSE * 3 for at in around)
    return bool(lines and pixels[centre - 5 : centre + 5, middle - 5 : middle + 5].max() < 60 + _CLOSE)
