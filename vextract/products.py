"""Where pictures go that are made of records: overlays, crops, and whatever else wants the pages."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vextract.errors import OutputError, UsageError, VextractError
from vextract.files import AtomicFile, claimed, in_the_way, unwritable
from vextract.making import Made, Making
from vextract.naming import checked_pattern, filled
from vextract.overlays import Style
from vextract.pipeline import PageRead, error_info
from vextract.sources.expand import Source
from vextract.types import ErrorInfo, Record, Status

if TYPE_CHECKING:
    from vextract.datasets import Dataset
    from vextract.journal import Journal

__all__ = [
    "OVERLAYS",
    "Crops",
    "Overlays",
    "Pages",
    "PicturedDataset",
    "Product",
    "admitted_by",
    "handed_on",
    "making_of",
    "with_problems",
]

OVERLAYS = (".png", ".jpg", ".jpeg", ".webp", ".pdf")
_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST_LABEL = 40


class Product(Protocol):
    """Takes the pictures that were made of finished records."""

    making: Making

    def admit(self, source: Source) -> Source:
        """The source, with a `problem` if its pictures have no place. Called before it is read."""
        ...

    def done(self, source: Source, record: Record[Any], made: Sequence[Made]) -> None:
        """Takes the pictures of one document, in the order of its pages.

        Raises:
            VextractError: they cannot be put in their places.
        """
        ...

    def close(self) -> None:
        """All is done; called also after an interruption."""
        ...


def making_of(products: Sequence[Product]) -> Making | None:
    """All that the products want made; None if there are none."""
    if not products:
        return None
    wanted = [product.making for product in products]
    sides = [each.max_side_px for each in wanted if each.pages]
    return Making(
        overlay=next((each.overlay for each in wanted if each.overlay), None),
        style=next((each.style for each in wanted if each.overlay), Making().style),
        crops=any(each.crops for each in wanted),
        pages=any(each.pages for each in wanted),
        max_side_px=sides[0] if sides else None,
    )


@dataclass
class _Places:
    """Which file is whose; those that exist are kept unless `force`, those that are read always. Each source has its number."""

    flag: str
    force: bool
    taken: dict[Path, tuple[int, str]] = field(default_factory=dict)
    inputs: set[tuple[int, int]] = field(default_factory=set)

    def check(self, path: Path, source: Source) -> None:
        """Raises VextractError where the file is another source's, or is there already."""
        self.inputs |= _identity(source.path)
        if self.inputs & _identity(path):
            raise OutputError(f"{str(path)!r} is the input itself", f"choose another {self.flag}")
        number, name = self.taken.setdefault(path, (source.number, source.name))
        if number != source.number:
            raise claimed(path, name)
        if os.path.exists(path) and not self.force:
            problem = in_the_way(path)
            raise OutputError(problem.message, f"add --force to replace it, or choose another {self.flag}")

    def put(self, made: Path, path: Path, source: Source) -> None:
        """Puts a file that was made in its place, whole."""
        self.check(path, source)
        file = AtomicFile(path)
        try:
            with made.open("rb") as content:
                while part := content.read(1 << 20):
                    file.write(part)
            file.commit()
        except OSError as error:
            raise unwritable(repr(str(path)), error) from error
        finally:
            file.discard()


def _identity(path: Path | None) -> set[tuple[int, int]]:
    """What tells the file under whatever name; nothing where there is none."""
    try:
        there = os.stat(path) if path else None
    except OSError:
        there = None
    return {(there.st_dev, there.st_ino)} if there else set()


class Overlays:
    """Pages with their boxes drawn in.

    Args:
        target: a directory; a pattern with {stem}, {name}, {parent}, {dir}, {n} or {page}; or a file that ends in one of OVERLAYS.
            Where it does not name the page, those of documents of several pages are named `…-p2.png`.
        several: whether more than one document may come.
        force: replace files that exist.
        style: how they are drawn.
        flag: on which the target was given, for messages.

    Raises:
        UsageError: the target is a file for several documents, or a pattern that cannot be read.
    """

    def __init__(
        self, target: str, *, several: bool, force: bool, style: Style | None = None, flag: str = "--overlay"
    ) -> None:
        if target == "-":
            raise UsageError(f"{flag} '-': pictures do not go to standard output", "name a file or a folder")
        if not target:
            raise UsageError(f"{flag} '' names nothing", "name a file or a folder")
        suffix = os.path.splitext(target)[1].lower()
        is_folder = target.endswith("/") or os.path.isdir(target) or ("{" not in target and not suffix)
        if not is_folder and suffix not in OVERLAYS:
            raise UsageError(f"{flag} {target!r} is no picture", f"end it in {', '.join(OVERLAYS)}, or name a folder")
        if is_folder:
            folder = os.path.join(target.replace("{", "{{").replace("}", "}}"), "{dir}")
            self._patterns = [os.path.join(folder, name + ".png") for name in ("{stem}", "{name}")]
        elif "{" in target:
            self._patterns = [checked_pattern(target, flag, ("page",))]
        elif several:
            raise UsageError(f"{flag} {target!r} is one file", "name a folder, or a pattern such as 'seen/{stem}.png'")
        else:
            self._patterns = [target.replace("{", "{{").replace("}", "}}")]
        suffix = ".png" if is_folder else suffix
        self.making = Making(overlay=suffix, style=style or Style())
        self._places = _Places(flag, force)
        self._chosen: dict[int, str] = {}
        self._count = 0

    def admit(self, source: Source) -> Source:
        """Chooses the first pattern whose name no other document has; see `Product.admit`."""
        self._count += 1
        source = source if source.number else replace(source, number=self._count)
        if source.problem:
            return source
        free = (each for each in self._patterns if filled(each, source, page=1) not in self._places.taken)
        pattern = next(free, self._patterns[-1])
        try:
            self._places.check(filled(pattern, source, page=1), source)
        except VextractError as error:
            problem = error if isinstance(error, OutputError) else OutputError(error.message, error.hint)
            return replace(source, problem=problem)
        self._chosen[source.number] = pattern
        return source

    def done(self, source: Source, record: Record[Any], made: Sequence[Made]) -> None:
        """Puts the overlays in their places; see `Product.done`."""
        pattern = self._chosen.pop(source.number, self._patterns[-1])
        several = len(record.pages) > 1 and "{page" not in pattern
        for each in (one for one in made if one.kind == "overlay"):
            path = filled(pattern, source, page=each.page or 1)
            if several and each.page is not None:
                path = path.with_name(f"{path.stem}-p{each.page}{path.suffix}")
            self._places.put(each.path, path, source)

    def close(self) -> None:
        """Nothing is left open."""


class Crops:
    """Every object that was detected, cut out: `DIR/{stem}-{number}-{label}.png`.

    Of a document whose stem another one has, the whole name stands for the stem.

    Args:
        folder: where they go.
        force: replace files that exist.
    """

    def __init__(self, folder: str, *, force: bool) -> None:
        if not folder:
            raise UsageError("--crops '' names nothing", "name a folder")
        self.making = Making(crops=True)
        self._folder, self._places = Path(folder), _Places("--crops", force)
        self._stems: dict[tuple[str, str], int] = {}
        self._count = 0

    def admit(self, source: Source) -> Source:
        """Any source will do; it gets a number if it has none."""
        self._count += 1
        return source if source.number else replace(source, number=self._count)

    def done(self, source: Source, record: Record[Any], made: Sequence[Made]) -> None:
        """Puts the crops in their places; see `Product.done`."""
        del record
        stem = Path(source.file_name).stem
        if self._stems.setdefault((source.folder, stem), source.number) != source.number:
            stem = source.file_name
        for each in (one for one in made if one.kind == "crop"):
            label = _UNSAFE.sub("-", each.label)[:_LONGEST_LABEL].strip("-.") or "object"
            path = self._folder / source.folder / f"{stem}-{each.number}-{label}.png"
            self._places.put(each.path, path, source)

    def close(self) -> None:
        """Nothing is left open."""


class Pages:
    """The pages as they are, for whatever takes them with the record; see `PicturedDataset`."""

    def __init__(self) -> None:
        self.making = Making(pages=True)
        self.taken: dict[int, Path] = {}

    def admit(self, source: Source) -> Source:
        """Any source will do."""
        return source

    def done(self, source: Source, record: Record[Any], made: Sequence[Made]) -> None:
        """Holds the pages of one document until its record is taken."""
        del source, record
        self.taken = {each.page: each.path for each in made if each.kind == "page" and each.page is not None}

    def close(self) -> None:
        """Nothing is left open."""


@dataclass
class PicturedDataset:
    """A dataset as the output of a run, with the pictures of pages where they are wanted; see `vextract.sinks.Output`."""

    dataset: "Dataset"
    pages: Pages | None
    journal: "Journal | None" = None
    retried: set[str] = field(default_factory=set)

    def admit(self, source: Source) -> Source | None:
        """The source, or None if its files exist."""
        return self.dataset.admit(source)

    def pass_over(self, source: Source) -> None:
        """Nothing: a dataset has whole runs only."""

    def page(self, source: Source, page: PageRead) -> None:
        """Nothing: a dataset has whole records only."""

    def done(self, source: Source, record: Record[object]) -> Record[object]:
        """Takes a record with the pictures of its pages."""
        return self.dataset.done(source, record, self.pages.taken if self.pages else None)

    def close(self) -> None:
        """Everything is written."""
        self.dataset.close()


def admitted_by(products: Sequence[Product], source: Source) -> Source:
    """The source, with a `problem` if a product has no place for its pictures."""
    for product in products:
        source = product.admit(source)
    return source


def handed_on(
    products: Sequence[Product], source: Source, record: Record[Any], made: Sequence[Made]
) -> list[ErrorInfo]:
    """Hands the pictures of a document to the products; what went wrong, as records tell it."""
    problems = []
    for product in products:
        try:
            product.done(source, record, made)
        except VextractError as error:
            problems.append(error_info(error))
    return problems


def with_problems(record: Record[Any], problems: Sequence[ErrorInfo]) -> Record[Any]:
    """The record with further failures: what is there of it is still good."""
    if not problems:
        return record
    status: Status = "failed" if record.status == "failed" else "partial"
    return replace(record, status=status, errors=(*record.errors, *problems))
