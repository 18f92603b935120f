"""PDFs with annotations: marks where they belong, and the file as it was."""

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject
from reportlab.pdfgen import canvas

from vextract.errors import InputError
from vextract.overlays import Mark, colour_of
from vextract.overlays.annotated_pdf import annotated
from vextract.types import Box

PAGES = {
    "upright": (0, None),
    "turned": (90, None),
    "cropped": (0, (50, 300, 350, 550)),
    "both": (270, (50, 300, 350, 550)),
}


def _pdf(path: Path, rotation: int = 0, crop=None, password: str | None = None) -> Path:
    """Two pages of 400 x 600 points with a black rectangle on each."""
    held = io.BytesIO()
    pen = canvas.Canvas(held, pagesize=(400, 600))
    for _ in range(2):
        pen.rect(100, 450, 80, 30, fill=1)
        pen.showPage()
    pen.save()
    writer = PdfWriter()
    for page in PdfReader(held).pages:
        if crop:
            page.cropbox = RectangleObject(crop)
        writer.add_page(page.rotate(rotation))
    if password:
        writer.encrypt(password, algorithm="AES-256")
    writer.write(path)
    return path


def _drawn(path: Path, by: str, tmp_path: Path) -> np.ndarray:
    """The first page at 288 dpi."""
    if by == "pdfium":
        with pdfium.PdfDocument(path) as pdf:
            return np.asarray(pdf[0].render(scale=4).to_pil().convert("RGB")).astype(int)
    subprocess.run(["pdftoppm", "-r", "288", "-cropbox", "-png", "-singlefile", path, tmp_path / "page"], check=True)
    return np.asarray(Image.open(tmp_path / "page.png").convert("RGB")).astype(int)


def _bounds(found: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("viewer", ["pdfium", "poppler"])
def test_squares_stand_where_the_boxes_are(tmp_path, kind, viewer) -> None:
    """On pages that are turned or cropped, too, two viewers draw the square around what the box marks, in its colour."""
    if viewer == "poppler" and not shutil.which("pdftoppm"):
        pytest.skip("poppler is not installed")
    source, target = _pdf(tmp_path / "a.pdf", *PAGES[kind]), tmp_path / "b.pdf"
    before = _drawn(source, viewer, tmp_path)
    x0, y0, x1, y1 = printed = _bounds(before.sum(-1) < 300)
    height, width = before.shape[:2]
    annotated(source, {1: [Mark(Box(x0 / width, y0 / height, x1 / width, y1 / height), "total", "fuzzy")]}, target)
    after = _drawn(target, viewer, tmp_path)
    square = _bounds(np.abs(after - colour_of("fuzzy")).sum(-1) < 60)
    assert np.abs(square - (printed + np.array([-4.8, -4.8, 4.8, 4.8]))).max() <= 2
    assert (after[y0 + 4 : y1 - 4, x0 + 4 : x1 - 4] == before[y0 + 4 : y1 - 4, x0 + 4 : x1 - 4]).all()


def test_labels_are_the_comments(tmp_path) -> None:
    """The comment of a square is what is said in full, in any script, or its label; it is printed; the page keeps its own notes."""
    target = tmp_path / "b.pdf"
    full = "items[0] é 猫 😀"
    marks = [Mark(Box(0.1, 0.1, 0.2, 0.2), "[0]", "exact", comment=full), Mark(Box(0.3, 0.1, 0.4, 0.2), "total")]
    annotated(_pdf(tmp_path / "a.pdf"), {1: marks, 2: []}, target)
    once = [note.get_object() for note in PdfReader(target).pages[0]["/Annots"]]
    assert [(note["/Subtype"], note["/Contents"]) for note in once] == [
        ("/Square", full),
        ("/Square", "total"),
    ]
    assert all(note["/F"] & 4 for note in once)
    assert "/Annots" not in PdfReader(target).pages[1]
    annotated(target, {1: marks}, tmp_path / "c.pdf")
    assert len(PdfReader(tmp_path / "c.pdf").pages[0]["/Annots"]) == 4


def test_encrypted_files_need_and_keep_their_password(tmp_path) -> None:
    """With the password a file is annotated and still encrypted; without it, it is an input error."""
    source, target = _pdf(tmp_path / "a.pdf", password="secret"), tmp_path / "b.pdf"  # noqa: S106  # made up
    annotated(source, {1: [Mark(Box(0.1, 0.1, 0.2, 0.2), "x")]}, target, password="secret")  # noqa: S106  # made up
    reader = PdfReader(target, password="secret")  # noqa: S106  # made up
    assert reader.is_encrypted
    assert len(reader.pages[0]["/Annots"]) == 1
    for password in (None, "wrong"):
        with pytest.raises(InputError, match="encrypted") as caught:
            annotated(source, {}, target, password)
        assert "wrong" not in caught.value.message or password
        assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "number", "says"), [(b"no PDF", 1, "damaged"), (None, 3, "2 pages"), (None, 0, "2 pages")]
)
def test_what_cannot_be_annotated_leaves_no_file(tmp_path, content, number, says) -> None:
    """A damaged file and a page that is not there are input errors, and nothing is written."""
    source = tmp_path / "a.pdf"
    if content:
        source.write_bytes(content)
    else:
        _pdf(source)
    with pytest.raises(InputError, match=says):
        annotated(source, {number: [Mark(Box(0, 0, 1, 1))]}, tmp_path / "b.pdf")
    assert not (tmp_path / "b.pdf").exists()
