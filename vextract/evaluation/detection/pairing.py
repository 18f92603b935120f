"""Which image of a COCO file is which page of which result."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from vextract.errors import InputError
from vextract.evaluation.detection.coco_truth import TruthImage
from vextract.evaluation.detection.pictures import MarkedDocument, Picture, file_name_of

__all__ = ["documents_of"]

# How pictures of pages are called: the file name of the document, mostly without its ending, and the page.
_PAGE_PICTURE = re.compile(r"(?s)(?P<stem>.+)-p(?P<page>[1-9]\d*)\.[^.]+")


def documents_of(images: Iterable[TruthImage], results: Sequence[MarkedDocument], where: str) -> list[MarkedDocument]:
    """The images as documents with pages.

    An image is the document of the same source or file name, or else the page that its name tells: `scan-p2.png` is page 2 of
    `scan.pdf`. An image that is neither is a document of its own, which then has no result.

    Args:
        images: of the truth.
        results: what they are compared with.
        where: the images come from, for messages.

    Raises:
        InputError: two images are the same page, or it cannot be told which page one is.
    """
    index = _Index(results)
    pictures: dict[str, dict[int, Picture]] = defaultdict(dict)
    for image in images:
        source, page = index.place(image, where)
        if page in pictures[source]:
            raise InputError(f"{where}: two images are page {page} of {source!r}", "keep one image a page")
        pictures[source][page] = image.picture
    return [MarkedDocument(source, where, dict(sorted(pages.items()))) for source, pages in pictures.items()]


class _Index:
    """The results by the names that an image may call them by, the whole path before the file name alone."""

    def __init__(self, results: Sequence[MarkedDocument]) -> None:
        whole = [(result.source, result) for result in results]
        named = [(file_name_of(source), result) for source, result in whole]
        self._sources = [_grouped(whole), _grouped(named)]
        # Where two documents share a stem, a page's picture keeps the ending of its document: `scan.pdf-p2.png`.
        self._stems = [
            _grouped((key, result) for name, result in names for key in {_stem(name), name}) for names in (whole, named)
        ]

    def place(self, image: TruthImage, where: str) -> tuple[str, int]:
        """Source and page number of an image."""
        name = image.file_name
        # Two sources of one file name are told when truth and results are paired.
        if result := _first(self._sources, name, None):
            return name, image.page or _only_page(result, name, where)
        matched = _PAGE_PICTURE.fullmatch(name)
        if matched and (result := _first(self._stems, matched["stem"], where)):
            return result.source, int(matched["page"])
        return name, image.page or 1


def _first(
    indices: Sequence[Mapping[str, list[MarkedDocument]]], name: str, where: str | None
) -> MarkedDocument | None:
    for index, key in zip(indices, (name, file_name_of(name)), strict=True):
        found = index.get(key, [])
        if len(found) > 1 and where is not None:
            raise InputError(
                f"{where}: {name!r} may be a page of {found[0].source!r} or of {found[1].source!r}",
                "name the images after the whole path of their documents",
            )
        if found:
            return found[0]
    return None


def _only_page(result: MarkedDocument, name: str, where: str) -> int:
    if len(result.pictures) > 1:
        raise InputError(
            f"{where}: image {name!r} does not say which of {len(result.pictures)} pages it is",
            'call it "…-p2.png", or add "page": 2 to the image',
        )
    return next(iter(result.pictures), 1)


def _grouped(named: Iterable[tuple[str, MarkedDocument]]) -> dict[str, list[MarkedDocument]]:
    groups: dict[str, list[MarkedDocument]] = defaultdict(list)
    for name, result in named:
        groups[name].append(result)
    return groups


def _stem(name: str) -> str:
    return re.sub(r"\.[^./\\]*$", "", name)
