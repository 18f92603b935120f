"""Which image of a COCO file is which page."""

import pytest

from vextract.errors import InputError
from vextract.evaluation.detection.coco_truth import TruthImage
from vextract.evaluation.detection.pairing import documents_of
from vextract.evaluation.detection.pictures import MarkedDocument, Picture

BLANK = Picture(10, 10)


def placed(*names: str | tuple[str, int], results: dict[str, list[int]]) -> dict[str, list[int]]:
    """The pages of each document that the images make, given the pages of each result."""
    images = [TruthImage(*name, BLANK) if isinstance(name, tuple) else TruthImage(name, None, BLANK) for name in names]
    found = [MarkedDocument(source, "r", dict.fromkeys(pages, BLANK)) for source, pages in results.items()]
    return {document.source: list(document.pictures) for document in documents_of(images, found, "t.json")}


@pytest.mark.parametrize(
    ("names", "results", "documents"),
    [
        (["in/a.png"], {"in/a.png": [1]}, {"in/a.png": [1]}),
        (["images/a.png"], {"http://host/x/a.png": [1]}, {"images/a.png": [1]}),
        (["scan-p2.png", "scan-p1.png"], {"x/scan.pdf": [1, 2]}, {"x/scan.pdf": [1, 2]}),
        (["scan.pdf-p2.jpg"], {"x/scan.pdf": [1, 2], "x/scan.png": [1]}, {"x/scan.pdf": [2]}),
        (["a/s-p1.png", "b/s-p1.png"], {"a/s.pdf": [1], "b/s.pdf": [1]}, {"a/s.pdf": [1], "b/s.pdf": [1]}),
        (["scan-p7.png"], {"scan.pdf": [1, 2]}, {"scan.pdf": [7]}),
        (["scan-p2.png"], {"scan-p2.png": [1], "scan.pdf": [1, 2]}, {"scan-p2.png": [1]}),
        (["other.png", "x-p3.png"], {"a.png": [1]}, {"other.png": [1], "x-p3.png": [1]}),
        (["a.pdf"], {"a.pdf": [3]}, {"a.pdf": [3]}),
        ([("a.pdf", 2)], {"a.pdf": [1, 2]}, {"a.pdf": [2]}),
        (["in\\a.png"], {"a.png": [1]}, {"in\\a.png": [1]}),
    ],
)
def test_names(names: list[str], results: dict[str, list[int]], documents: dict[str, list[int]]) -> None:
    """The whole path, the file name, the name of a page's picture, in this order; else a document of its own."""
    assert placed(*names, results=results) == documents


@pytest.mark.parametrize(
    ("names", "results", "said"),
    [
        (["a.png", "a.png"], {"a.png": [1]}, "two images are page 1 of 'a.png'"),
        (["s-p1.png"], {"a/s.pdf": [1], "b/s.pdf": [1]}, "'s' may be a page of 'a/s.pdf' or of 'b/s.pdf'"),
        (["a.pdf"], {"a.pdf": [1, 2]}, "image 'a.pdf' does not say which of 2 pages it is"),
    ],
)
def test_what_cannot_be_told(names: list[str], results: dict[str, list[int]], said: str) -> None:
    """It is refused, never guessed."""
    with pytest.raises(InputError) as caught:
        placed(*names, results=results)
    assert caught.value.message == f"t.json: {said}"
