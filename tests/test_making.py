"""Pictures made of records: the page as it stands upright, boxes where they belong, PDFs that stay PDFs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.drawing import SAMPLES, draw_lines, write_tiff
from tests.picturing import PLACE, SIZE, is_marked, noisy, record_of
from tests.sources.pdfs import PdfPage, pdf, words_at
from tests.sources.pictures import ORIENTATION
from vextract.detection import Detection, Detections
from vextract.errors import InputError, OutputError
from vextract.making import Made, Making, make
from vextract.overlays import Style
from vextract.sources.opening import open_file
from vextract.sources.options import OpenOptions
from vextract.types import Box, Evidence, PageRef, Record

# A page of A5 format, 420 x 595 points, drawn at 200 dpi.
A5, A5_PX = (420, 595), (1167, 1653)
MIDDLE = Box(0.25, 0.25, 0.75, 0.5)


def made_of(path: Path, record: Record[Any], making: Making, folder: Path, password: str | None = None) -> list[Made]:
    """What is made of the document, in the folder."""
    folder.mkdir()
    opened = open_file(path, str(path), OpenOptions(password=password))
    try:
        return make(opened, path, record, making, folder)
    finally:
        opened.close()


def detected(name: str, *pages: int, size: tuple[int, int] = A5_PX) -> Record[Any]:
    """A record with a cat at MIDDLE on each of the pages."""
    refs = tuple(PageRef(name, number, *size) for number in pages)
    return Record(name, None, "detect", None, "ok", Detections(tuple(Detection(n, "cat", MIDDLE) for n in pages)), refs)


@contextmanager
def drawn(path: Path, number: int = 1, password: str | None = None) -> Iterator[Image.Image]:
    """A page of a PDF as PDFium draws it with its annotations, at 200 dpi."""
    file = pdfium.PdfDocument(path, password=password)
    try:
        yield file[number - 1].render(scale=200 / 72).to_pil().convert("RGB")
    finally:
        file.close()


def share_of(covered: NDArray[np.bool_], box: Box) -> float:
    """Which share of that part of a page is covered."""
    height, width = covered.shape
    rows, columns = (round(box.y0 * height), round(box.y1 * height)), (round(box.x0 * width), round(box.x1 * width))
    return float(covered[slice(*rows), slice(*columns)].mean())


def edge(box: Box, side: str) -> Box:
    """A narrow strip along a side of the box, without its corners."""
    wide = 0.006
    across, down = (box.x0 + 0.1, box.x1 - 0.05), (box.y0 + 0.05, box.y1 - 0.05)
    return {
        "left": Box(box.x0 - wide, down[0], box.x0 + wide, down[1]),
        "right": Box(box.x1 - wide, down[0], box.x1 + wide, down[1]),
        "bottom": Box(across[0], box.y1 - wide, across[1], box.y1 + wide),
    }[side]


def is_framed(image: Image.Image, box: Box = MIDDLE) -> bool:
    """Whether lines run along the box and nowhere through its middle, on a page of one grey."""
    pixels = np.asarray(image.convert("RGB")).astype(int)
    drawn_on = np.abs(pixels - pixels[5, 5]).max(axis=2) > 60
    inner = Box(box.x0 + 0.05, box.y0 + 0.05, box.x1 - 0.05, box.y1 - 0.05)
    lines = [share_of(drawn_on, edge(box, side)) for side in ("left", "right", "bottom")]
    return min(lines) > 0.1 and share_of(drawn_on, inner) == 0


@pytest.mark.parametrize(
    ("orientation", "storing"),
    [
        (1, None),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (4, Image.Transpose.FLIP_TOP_BOTTOM),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_90),
        (7, Image.Transpose.TRANSVERSE),
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_a_photo_is_drawn_upright(tmp_path: Path, orientation: int, storing: Image.Transpose | None) -> None:
    """However a camera was held, the overlay stands upright and the box around what stands at its place, as does the crop."""
    upright = Image.new("RGB", SIZE, (20, 20, 20))
    upright.paste((50, 20, 10), PLACE)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = upright if storing is None else upright.transpose(storing)
    stored.save(tmp_path / "a.jpg", exif=exif, quality=95, subsampling=0)
    making = Making(overlay=".png", crops=True, style=Style(labels=False))
    overlay, crop = made_of(tmp_path / "a.jpg", record_of("a.jpg", (1, "cat", PLACE)), making, tmp_path / "made")
    with Image.open(overlay.path) as image, Image.open(crop.path) as part:
        assert (image.size, part.size) == (SIZE, (PLACE[2] - PLACE[0], PLACE[3] - PLACE[1]))
        assert is_marked(image, PLACE)
        assert image.getexif().get(ORIENTATION) is None
        for seen in (np.asarray(part), np.asarray(image)[PLACE[1] + 9 : PLACE[3] - 9, PLACE[0] + 9 : PLACE[2] - 9]):
            assert np.abs(seen.astype(int) - (50, 20, 10)).max() <= 6


@pytest.mark.parametrize(
    ("name", "orientation", "suffix"),
    [("a.png", 1, ".png"), ("a.jpg", 1, ".jpg"), ("a.jpg", 6, ".png"), ("a.webp", 3, ".png")],
)
def test_pages_are_the_files_where_they_can_be(tmp_path: Path, name: str, orientation: int, suffix: str) -> None:
    """A picture that stands upright is handed on byte by byte; one that has to be turned is drawn upright, without loss."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    noisy().save(tmp_path / name, exif=exif)
    opened = open_file(tmp_path / name, name, OpenOptions())
    upright = opened.page(1)
    record = replace(record_of(name), pages=(upright.ref,))
    (page,) = made_of(tmp_path / name, record, Making(pages=True), tmp_path / "made")
    assert (page.kind, page.page, page.path.suffix) == ("page", 1, suffix)
    assert (page.path.read_bytes() == (tmp_path / name).read_bytes()) == (orientation == 1)
    with Image.open(page.path) as image:
        assert (image.size, page.size_px) == (upright.image.size, upright.image.size)
        assert np.array_equal(np.asarray(image.convert("RGB")), np.asarray(upright.image.convert("RGB")))
    opened.close()


def test_pages_of_several(tmp_path: Path) -> None:
    """The pages of a TIFF and of a PDF are drawn as PNG, those that the record lists and no others."""
    tiff = write_tiff(tmp_path / "a.tiff", ["one", "two", "three"])
    made = made_of(tiff, detected("a.tiff", 1, 3, size=(700, 160)), Making(pages=True), tmp_path / "made")
    assert [(each.page, each.path.suffix, each.media_type, each.size_px) for each in made] == [
        (1, ".png", "image/png", (700, 160)),
        (3, ".png", "image/png", (700, 160)),
    ]
    with Image.open(made[1].path) as image:
        assert np.array_equal(np.asarray(image.convert("L")), np.asarray(draw_lines(["three"])))


@pytest.mark.parametrize(("longest", "size"), [(320, (320, 240)), (5000, SIZE)])
def test_pages_to_look_through(tmp_path: Path, longest: int, size: tuple[int, int]) -> None:
    """Pages of at most so many pixels a side are made smaller, never larger, and small to send."""
    noisy().save(tmp_path / "a.png")
    making = Making(pages=True, max_side_px=longest)
    (page,) = made_of(tmp_path / "a.png", record_of("a.png"), making, tmp_path / "made")
    assert (page.media_type, page.size_px) == ("image/webp", size)
    with Image.open(page.path) as image:
        assert image.size == size


def test_pages_that_are_wider_than_webp_can_be(tmp_path: Path) -> None:
    """Whatever longest side is asked for, a page to look through fits its format."""
    Image.new("L", (20_000, 10), 255).save(tmp_path / "a.png")
    making = Making(pages=True, max_side_px=20_000)
    (page,) = made_of(tmp_path / "a.png", record_of("a.png", size=(20_000, 10)), making, tmp_path / "made")
    assert page.size_px == (16_383, 8)


@pytest.mark.parametrize(
    ("suffix", "longest"), [(".webp", 16_383), (".jpg", 65_500), (".jpeg", 65_500), (".pdf", 65_500)]
)
def test_pictures_that_a_format_cannot_hold(tmp_path: Path, suffix: str, longest: int) -> None:
    """A picture beyond the longest side of its format is told with one that takes it; at that side it is made."""
    making = Making(overlay=suffix)
    for side, folder in ((longest, "fits"), (longest + 1, "does not")):
        Image.new("L", (side, 100), 255).save(tmp_path / "a.png")
        record = record_of("a.png", size=(side, 100))
        if folder == "fits":
            (made,) = made_of(tmp_path / "a.png", record, making, tmp_path / folder)
            assert made.size_px == ((0, 0) if suffix == ".pdf" else (side, 100))
            continue
        with pytest.raises(OutputError, match=f"{side} x 100 pixels cannot be a file {suffix}") as caught:
            made_of(tmp_path / "a.png", record, making, tmp_path / folder)
        assert caught.value.hint == "choose .png"


def test_crops_of_several_pages(tmp_path: Path) -> None:
    """Objects are numbered through the document, and each is cut out of its own page."""
    tiff = write_tiff(tmp_path / "a.tiff", ["one", "two"])
    record = record_of("a.tiff", (2, "b", (10, 10, 90, 60)), (1, "a", (20, 20, 60, 50)), pages=(1, 2), size=(700, 160))
    made = made_of(tiff, record, Making(crops=True), tmp_path / "made")
    assert [(each.number, each.page, each.label, each.size_px) for each in made] == [
        (2, 1, "a", (40, 30)),
        (1, 2, "b", (80, 50)),
    ]
    for each, word, box in zip(made, ["one", "two"], [(20, 20, 60, 50), (10, 10, 90, 60)], strict=True):
        with Image.open(each.path) as crop:
            assert np.array_equal(np.asarray(crop.convert("L")), np.asarray(draw_lines([word]).crop(box)))


def test_a_pdf_stays_a_pdf(tmp_path: Path) -> None:
    """An overlay of a PDF as PDF keeps its pages and their text; marks are annotations on the pages that have some."""
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(*(PdfPage(words_at((f"page {n}", 50, 500, 20)), A5) for n in (1, 2, 3))))
    (made,) = made_of(path, detected("a.pdf", 2), Making(overlay=".pdf"), tmp_path / "made")
    assert (made.page, made.media_type) == (None, "application/pdf")
    file = pdfium.PdfDocument(made.path)
    assert [page.get_textpage().get_text_range() for page in file] == ["page 1", "page 2", "page 3"]
    file.close()
    for number in (1, 2, 3):
        with drawn(made.path, number) as image:
            assert is_framed(image) == (number == 2)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_turned_page_of_a_pdf(tmp_path: Path, turned: int) -> None:
    """Boxes stand on a turned page where its reader sees them, in the PDF as in the picture."""
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(PdfPage(b"", A5, f"/Rotate {turned}")))
    size = A5_PX if turned % 180 == 0 else (A5_PX[1], A5_PX[0])
    record = detected("a.pdf", 1, size=size)
    (made,) = made_of(path, record, Making(overlay=".pdf"), tmp_path / "made")
    (picture,) = made_of(path, record, Making(overlay=".png"), tmp_path / "picture")
    assert picture.size_px == size
    with drawn(made.path) as image, Image.open(picture.path) as seen:
        assert image.size == size
        assert is_framed(image)
        assert is_framed(seen)


def test_an_encrypted_pdf(tmp_path: Path) -> None:
    """An encrypted PDF is drawn with its password, and stays encrypted."""
    path = SAMPLES / "encrypted.pdf"
    password = "sesame"  # noqa: S105  the sample's, as samples/README.md tells
    record = detected("encrypted.pdf", 1)
    (made,) = made_of(path, record, Making(overlay=".pdf", password=password), tmp_path / "made", password)
    with pytest.raises(pdfium.PdfiumError):
        pdfium.PdfDocument(made.path)
    with drawn(made.path, password=password) as marked, drawn(path, password=password) as plain:
        assert marked.size == plain.size
        assert np.any(np.asarray(marked) != np.asarray(plain))


def test_a_tiff_becomes_a_pdf(tmp_path: Path) -> None:
    """An overlay as PDF of what is no PDF has a page for each page of the record, drawn."""
    tiff = tmp_path / "a.tiff"
    first, *others = (Image.new("L", (700, 900), grey) for grey in (255, 200, 250))
    first.save(tiff, save_all=True, append_images=others, dpi=(200, 200))
    record = detected("a.tiff", 1, 3, size=(700, 900))
    record = replace(record, pages=tuple(replace(ref, dpi=200.0) for ref in record.pages))
    (made,) = made_of(tiff, record, Making(overlay=".pdf"), tmp_path / "made")
    assert made.page is None
    file = pdfium.PdfDocument(made.path)
    sizes = [page.get_size() for page in file]
    file.close()
    assert sizes == [(252, 324)] * 2
    for number in (1, 2):
        with drawn(made.path, number) as image:
            assert is_framed(image)


def test_a_pdf_of_pictures_says_nothing_of_when_and_where(tmp_path: Path) -> None:
    """It is the same file whenever it is made: no dates, and no title after the name of a temporary file."""
    noisy().save(tmp_path / "a.png")
    (made,) = made_of(tmp_path / "a.png", record_of("a.png"), Making(overlay=".pdf"), tmp_path / "made")
    with pdfium.PdfDocument(made.path) as document:
        assert {name for name, value in document.get_metadata_dict().items() if value} <= {"Producer", "Creator"}


def test_more_pages_than_there_are(tmp_path: Path) -> None:
    """Pages that a document has no more are left out; the others are drawn, in pictures and in PDFs."""
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(PdfPage(b"", A5)))
    record = detected("a.pdf", 1, 2)
    (made,) = made_of(path, record, Making(overlay=".png"), tmp_path / "picture")
    assert made.page == 1
    (made,) = made_of(path, record, Making(overlay=".pdf"), tmp_path / "pdf")
    with drawn(made.path) as image:
        assert is_framed(image)


def test_evidence_is_drawn(tmp_path: Path) -> None:
    """Values are marked where they were found, in the colour of how; those that are nowhere are not."""
    noisy().save(tmp_path / "a.png")
    box = Box(PLACE[0] / SIZE[0], PLACE[1] / SIZE[1], PLACE[2] / SIZE[0], PLACE[3] / SIZE[1])
    evidence = (Evidence("/total", 1, box, "5", "fuzzy"), Evidence("/vat", None, None, None, "none"))
    record = Record("a.png", None, "extract", None, "ok", {"total": 5}, (PageRef("a.png", 1, *SIZE),), evidence)
    (made,) = made_of(tmp_path / "a.png", record, Making(overlay=".png"), tmp_path / "made")
    with Image.open(made.path) as image:
        assert is_marked(image, PLACE, "fuzzy")
        assert not is_marked(image, PLACE, "exact")


def test_a_damaged_page(tmp_path: Path) -> None:
    """A page that cannot be decoded is told as the damage that it is."""
    path = tmp_path / "a.png"
    noisy().save(path)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(InputError, match="damaged"):
        made_of(path, record_of(str(path), (1, "cat", PLACE)), Making(overlay=".png"), tmp_path / "made")
