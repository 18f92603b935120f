"""Records of detections, pictures to go with them, and strategies that make them."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from hypothesis import strategies as st

from tests.renderers.pages import characters
from vextract.annotations import find_format
from vextract.datasets import open_dataset
from vextract.detection import Detection, Detections, Mask, Rle
from vextract.sources.expand import Source
from vextract.types import Box, ErrorInfo, PageRef, Record

__all__ = [
    "RING",
    "corners",
    "draw",
    "edges",
    "folder",
    "found",
    "read",
    "record",
    "records",
    "ring",
    "triangle",
    "write",
]

labels = st.one_of(
    st.sampled_from(["cat", "dog", "no", "null", "1", "1.5", "~", "a: b", "- x", "ж", "猫", "# c", "{x}", "'", "true"]),
    st.lists(characters, max_size=6).map("".join),
)
fractions = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0, 1e-9, 1 - 1e-9]))
scores = st.one_of(st.none(), st.integers(0, 10_000).map(lambda n: n / 10_000))
points = st.tuples(fractions, fractions)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """A box on the page, perhaps without area."""
    (x0, x1), (y0, y1) = (sorted((draw(fractions), draw(fractions))) for _ in range(2))
    return Box(x0, y0, x1, y1)


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    """One polygon or two."""
    polygons = draw(st.lists(st.lists(points, min_size=3, max_size=6), min_size=1, max_size=2))
    return Mask(tuple(tuple(polygon) for polygon in polygons))


@st.composite
def objects(draw: st.DrawFn, *, outlined: bool) -> Detection:
    """Anything that a detector may find on page 1."""
    mask = draw(st.one_of(st.none(), masks())) if outlined else None
    text = draw(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)))
    return Detection(1, draw(labels), draw(boxes()), draw(scores), text, mask)


@st.composite
def records(draw: st.DrawFn, *, outlined: bool = False) -> list[Record[object]]:
    """Up to three pictures in the current directory, named a.png and so on."""
    made = []
    for name in "abc"[: draw(st.integers(1, 3))]:
        size = draw(st.tuples(st.integers(1, 300), st.integers(1, 300)))
        made.append(record(draw(st.lists(objects(outlined=outlined), max_size=4)), f"{name}.png", size))
    return made


def found(label: str, box: Sequence[float], page: int = 1, **more: Any) -> Detection:
    """A detection; the box in fractions."""
    return Detection(page, label, Box(*box), **more)


def record(
    what: Sequence[Detection],
    source: str = "scan.png",
    size: tuple[int, int] = (200, 100),
    pages: int = 1,
    errors: Sequence[ErrorInfo] = (),
) -> Record[object]:
    """A record of the task `detect`, all of whose pages have one size."""
    refs = tuple(PageRef(source, number, *size) for number in range(1, pages + 1))
    status: Any = "partial" if errors else "ok"
    return Record(source, None, "detect", None, status, Detections(tuple(what)), refs, errors=tuple(errors))


def draw(path: Path, size: tuple[int, int] = (200, 100)) -> Path:
    """A white picture."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("1", size, 1).save(path)
    return path


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder for one example."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def write(
    name: str,
    target: Path | str,
    given: Sequence[Record[object]],
    *,
    labels: Sequence[str] = (),
    force: bool = False,
    pictures: bool = False,
) -> list[Record[object]]:
    """Writes the records as that format; with `pictures` also a white one for each page."""
    output = open_dataset(str(target), name, labels=labels, force=force)
    told = []
    with folder() as drawn:
        for each in given:
            source = output.admit(Source(each.source, Path(each.source)))
            if source is None:
                continue
            if source.problem:
                told.append(each)
                continue
            files = {r.number: draw(drawn / f"{r.number}.png", (r.width_px, r.height_px)) for r in each.pages}
            told.append(output.done(source, each, files if pictures else None))
    output.close()
    return told


def read(name: str, path: Path) -> list[Record[Detections]]:
    """The records that a file or folder of that format states."""
    return list(find_format(name).read(path))


def edges(box: Box, ref: PageRef) -> tuple[float, ...]:
    """The box in pixels."""
    return box.x0 * ref.width_px, box.y0 * ref.height_px, box.x1 * ref.width_px, box.y1 * ref.height_px


def corners(told: Record[Any]) -> list[tuple[str, tuple[float, ...]]]:
    """Labels and boxes in pixels, to a hundredth."""
    return [
        (each.label, tuple(round(edge, 2) for edge in edges(each.box, told.pages[0]))) for each in told.data.objects
    ]


def triangle() -> Mask:
    """A triangle in the left upper corner."""
    return Mask((((0.0, 0.0), (0.5, 0.0), (0.0, 0.5)),))


RING = (20, 10, 60, 50)
"""Where `ring` lies: x0, y0, x1, y1 in pixels."""


def ring(size: tuple[int, int] = (200, 100)) -> Mask:
    """A square with a hole of 10 x 10 pixels, as a run-length code."""
    import numpy as np
    from pycocotools import mask as coco_mask

    x0, y0, x1, y1 = RING
    pixels = np.zeros((size[1], size[0]), np.uint8, order="F")
    pixels[y0:y1, x0:x1] = 1
    pixels[y0 + 10 : y0 + 20, x0 + 10 : x0 + 20] = 0
    counts = cast("bytes", coco_mask.encode(pixels)["counts"])
    return Mask(rle=Rle(size[1], size[0], counts.decode()))
