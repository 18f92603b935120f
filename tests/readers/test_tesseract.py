"""The embedded reader with the real Tesseract: what it reads, and what it says where it cannot."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.drawing import draw_lines
from tests.sources.pdfs import PdfPage, pdf, words_at
from vextract.errors import DependencyError, InputError
from vextract.readers import ReadOptions
from vextract.readers.tesseract import READER, installed_languages
from vextract.sources.opening import open_file
from vextract.sources.options import OpenOptions
from vextract.types import Page, PageRef

TEXT = ["The ferry crosses the river", "every half hour in summer"]


def _page(image: Image.Image) -> Page:
    return Page(PageRef("a.png", 1, *image.size), draw=lambda: image)


def _words(image: Image.Image, options: ReadOptions) -> list[str]:
    return [word.text for word in READER.read(_page(image), options).words]


@pytest.mark.parametrize("fast", [True, False])
def test_words_with_boxes_and_confidence(*, fast: bool) -> None:
    """Every word has a box with an area on the page and a confidence 0..1."""
    reading = READER.read(_page(draw_lines(TEXT)), ReadOptions(fast=fast))
    assert " ".join(word.text for word in reading.words) == " ".join(TEXT)
    for word in reading.words:
        assert 0 <= word.box.x0 < word.box.x1 <= 1
        assert 0 <= word.box.y0 < word.box.y1 <= 1
        assert word.confidence is not None
        assert 0.5 < word.confidence <= 1


def test_words_on_the_dark_bed_of_a_scanner() -> None:
    """Paper on a black background is read like any other, and the background gives no words."""
    scan = np.full((400, 900), 12, np.uint8)
    scan[120:280, 100:800] = np.asarray(draw_lines(TEXT))
    assert _words(Image.fromarray(scan), ReadOptions(fast=True)) == " ".join(TEXT).split()


@pytest.mark.parametrize(
    ("languages", "package"),
    [
        ("xyz", "tesseract-ocr-xyz"),
        ("eng+xyz", "tesseract-ocr-xyz"),
        ("xyz_sim", "tesseract-ocr-xyz-sim"),
    ],
)
def test_a_missing_language_names_its_package(languages: str, package: str) -> None:
    """A language without data is a DependencyError that says what to install, and what is there."""
    with pytest.raises(DependencyError, match="'xyz") as raised:
        READER.check(ReadOptions(languages))
    assert f"apt-get install {package};" in raised.value.hint
    assert "eng" in raised.value.hint


def test_installed_languages_pass() -> None:
    """English, which comes with Tesseract, needs nothing more."""
    READER.check(ReadOptions("eng"))
    assert "eng" in installed_languages()


def test_no_tesseract_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program the check says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DependencyError, match="not installed") as raised:
        READER.check(ReadOptions())
    assert "apt-get install tesseract-ocr" in raised.value.hint


@pytest.mark.skipif("deu" not in installed_languages(), reason="needs tesseract-ocr-deu, which install.sh installs")
def test_two_languages(tmp_path: Path) -> None:
    """`eng+deu` reads umlauts and English on one page."""
    options = ReadOptions("eng+deu", fast=True)
    READER.check(options)
    lines = ["Grüße aus Köln", "Straße und Brücke", "the old bridge"]
    sheet = PdfPage(words_at(*((line, 30, 150 - 40 * i, 20) for i, line in enumerate(lines))), size=(400, 200))
    (tmp_path / "a.pdf").write_bytes(pdf(sheet))
    with closing(open_file(tmp_path / "a.pdf", "a.pdf", OpenOptions())) as file:
        assert _words(file.page(1).image, options) == " ".join(lines).split()


def test_a_page_that_takes_too_long() -> None:
    """Over its time a page is given up with an InputError that names the setting to raise."""
    page = _page(draw_lines(TEXT * 12, (1400, 1300)))
    with pytest.raises(InputError, match=r"longer than 0\.01 s") as raised:
        READER.read(page, ReadOptions(timeout_s=0.01))
    assert "page_timeout_s" in raised.value.hint


@pytest.mark.parametrize("psm", [1, 3, 4, 6, 11, 12])
def test_modes(psm: int) -> None:
    """A mode that is asked for makes one pass in that mode."""
    assert sorted(_words(draw_lines(TEXT), ReadOptions(psm=psm))) == sorted(" ".join(TEXT).split())


def test_a_mode_that_tesseract_does_not_implement() -> None:
    """Mode 2, which Tesseract lists but cannot do, is an InputError and not a bug."""
    with pytest.raises(InputError, match="--psm 2"):
        READER.read(_page(draw_lines(TEXT)), ReadOptions(psm=2))


def test_version() -> None:
    """The version is Tesseract's own."""
    assert (READER.version() or "").startswith("tesseract ")
