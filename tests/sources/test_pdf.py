"""PDFs: pages of the promised size whoever draws them, limits kept, damage and encryption told."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vextract.errors import DependencyError, InputError
from vextract.sources import poppler
from vextract.sources.opening import open_file
from vextract.sources.options import Limits, OpenOptions, PdfRenderer
from vextract.sources.pdf import PdfFile
from vextract.types import Page, PageRef

from .pdfs import PdfPage, pdf, stream, words_at

_ENCRYPTED = Path(__file__).parents[2] / "samples" / "encrypted.pdf"
_PASSWORD = "sesame"  # noqa: S105  as samples/README.md says
needs_poppler = pytest.mark.skipif(not poppler.installed(), reason="poppler is not installed")
renderers = pytest.mark.parametrize("renderer", ["pdfium", pytest.param("poppler", marks=needs_poppler)])


@contextmanager
def _opened(path: Path, options: OpenOptions | None = None) -> Iterator[PdfFile]:
    file = open_file(path, path.name, options or OpenOptions())
    assert isinstance(file, PdfFile)
    try:
        yield file
    finally:
        file.close()


def _written(tmp_path: Path, *pages: PdfPage, catalog: str = "", extra: tuple[bytes, ...] = ()) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(*pages, catalog=catalog, extra=extra))
    return path


def _size(ref: PageRef) -> tuple[int, int]:
    return ref.width_px, ref.height_px


def _dark(page: Page) -> tuple[int, int, int, int]:
    """The pixel box around the dark pixels of the page: left, top, right, bottom."""
    rows, columns = np.nonzero(np.asarray(page.image.convert("L")) < 128)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@renderers
@pytest.mark.parametrize(
    ("size", "entries", "dpi", "pixels"),
    [
        ((612, 792), "", 72, (612, 792)),
        ((612, 792), "", 150, (1275, 1650)),
        ((612, 792), "/Rotate 90", 150, (1650, 1275)),
        ((612, 792), "/Rotate 180", 100, (850, 1100)),
        ((612, 792), "/Rotate -90", 100, (1100, 850)),
        ((612, 792), "/CropBox[100 100 300 200]", 72, (200, 100)),
        ((612, 792), "/CropBox[100 100 300 200]/Rotate 270", 144, (200, 400)),
        ((612, 792), "/CropBox[-50 -50 9000 400]", 72, (612, 400)),
        ((595.28, 841.89), "", 200, (1654, 2339)),
        ((100.5, 50.2), "", 72, (101, 51)),
    ],
)
def test_size(  # noqa: PLR0917
    tmp_path: Path, renderer: PdfRenderer, size: tuple[float, float], entries: str, dpi: int, pixels: tuple[int, int]
) -> None:
    """A page is as large as it is displayed: cropped, turned, at the dpi asked for; its picture has that very size."""
    path = _written(tmp_path, PdfPage(size=size, entries=entries))
    with _opened(path, OpenOptions(dpi=dpi, pdf_renderer=renderer)) as file:
        page = file.page(1)
        assert _size(page.ref) == pixels
        assert page.ref.dpi == dpi
        assert page.image.size == pixels


@settings(deadline=None, max_examples=60)
@given(st.floats(5, 900), st.floats(5, 900), st.integers(36, 300))
def test_any_size(tmp_path_factory: pytest.TempPathFactory, width: float, height: float, dpi: int) -> None:
    """Whatever the page's size and the dpi, the picture has the size that the page states."""
    path = _written(tmp_path_factory.getbasetemp(), PdfPage(size=(round(width, 2), round(height, 2))))
    with _opened(path, OpenOptions(dpi=dpi)) as file:
        page = file.page(1)
        assert page.image.size == _size(page.ref)


@renderers
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_drawn_where_it_stands(tmp_path: Path, renderer: PdfRenderer, turn: int) -> None:
    """Both renderers draw ink at the same place of the displayed page."""
    entries = f"/Rotate {turn}/CropBox[50 100 550 700]"
    path = _written(tmp_path, PdfPage(b"100 600 200 50 re f", entries=entries))
    with _opened(path, OpenOptions(dpi=72, pdf_renderer=renderer)) as file:
        expected = {0: (50, 50, 250, 100), 90: (500, 50, 550, 250), 180: (250, 500, 450, 550), 270: (50, 250, 100, 450)}
        assert _dark(file.page(1)) == pytest.approx(expected[turn], abs=1)


@renderers
def test_colour(tmp_path: Path, renderer: PdfRenderer) -> None:
    """Pages are grey unless colour is asked for."""
    path = _written(tmp_path, PdfPage(b"1 0 0 rg 0 0 612 792 re f"))
    for colour, mode, value in ((False, "L", 76), (True, "RGB", (255, 0, 0))):
        with _opened(path, OpenOptions(dpi=36, pdf_renderer=renderer, colour=colour)) as file:
            image = file.page(1).image
            assert image.mode == mode
            assert image.getpixel((50, 50)) == pytest.approx(value, abs=4)


@renderers
def test_huge_page(tmp_path: Path, renderer: PdfRenderer) -> None:
    """A page that would be over the limit on pixels is drawn at a lower dpi, and a note says so."""
    path = _written(tmp_path, PdfPage(size=(14400, 7201.3)), PdfPage())
    options = OpenOptions(dpi=200, pdf_renderer=renderer, limits=Limits(max_pixels=1_000_000))
    with _opened(path, options) as file:
        page = file.page(1)
        assert 0.98e6 < page.ref.width_px * page.ref.height_px <= 1_000_000
        assert page.ref.dpi is not None
        assert page.ref.width_px == math.ceil(14400 * (page.ref.dpi - 1e-6) / 72)
        assert page.image.size == _size(page.ref)
        assert file.notes == ["page 1 is huge: drawn at 7 dpi to stay within max_pixels"]


@pytest.mark.parametrize("size", [(10_000_000, 10_000_000), (1_000_000_000, 1_000_000_000), (100_000_000, 1)])
def test_monstrous_page(tmp_path: Path, size: tuple[float, float]) -> None:
    """A page of any size at all is drawn within the limit or refused, never more than that."""
    path = _written(tmp_path, PdfPage(size=size))
    with _opened(path, OpenOptions(limits=Limits(max_pixels=100_000))) as file:
        try:
            page = file.page(1)
            assert page.image.size == _size(page.ref)
            assert page.ref.width_px * page.ref.height_px <= 100_000
        except InputError as error:
            assert error.hint  # noqa: PT017


def test_page_without_size(tmp_path: Path) -> None:
    """A page without extent is an InputError."""
    path = _written(tmp_path, PdfPage(size=(0.4, 0.4)), PdfPage())
    with _opened(path) as file:
        with pytest.raises(InputError, match=r"page 1 of 'a.pdf' has no size"):
            file.page(1)
        assert _size(file.page(2).ref) == (1700, 2200)


def test_encrypted() -> None:
    """The password opens an encrypted file; its text can be read."""
    with _opened(_ENCRYPTED, OpenOptions(password=_PASSWORD)) as file:
        assert file.page_count == 1
        assert "Copperfield" in [word.text for word in file.page(1).words]


@pytest.mark.parametrize("renderer", ["auto", "pdfium", "poppler"])
@pytest.mark.parametrize(("password", "message"), [(None, "needs a password"), ("open sesame", "password is wrong")])
def test_encrypted_without_password(renderer: PdfRenderer, password: str | None, message: str) -> None:
    """Without the right password an encrypted file is an InputError that says how to give it and does not repeat it."""
    if renderer == "poppler" and not poppler.installed():
        pytest.skip("poppler is not installed")
    with (
        pytest.raises(InputError, match=message) as caught,
        _opened(_ENCRYPTED, OpenOptions(password=password, pdf_renderer=renderer)),
    ):
        pass
    assert "VEXTRACT_PASSWORD" in caught.value.hint
    assert "open sesame" not in str(caught.value) + caught.value.hint


@needs_poppler
def test_encrypted_with_poppler() -> None:
    """Poppler gets the password too."""
    with _opened(_ENCRYPTED, OpenOptions(password=_PASSWORD, pdf_renderer="poppler", dpi=72)) as file:
        assert min(file.page(1).image.getextrema()) < 100  # type: ignore[type-var]


def test_password_for_an_open_file(tmp_path: Path) -> None:
    """A password that a file does not need does no harm."""
    with _opened(_written(tmp_path, PdfPage()), OpenOptions(password=_PASSWORD)) as file:
        assert file.page_count == 1


@pytest.mark.parametrize("renderer", ["auto", "pdfium", "poppler"])
@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + b"rubbish " * 50,
        b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>",
    ],
)
def test_broken_file(tmp_path: Path, renderer: PdfRenderer, content: bytes) -> None:
    """A PDF that neither renderer can open is one InputError."""
    if renderer == "poppler" and not poppler.installed():
        pytest.skip("poppler is not installed")
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    with (
        pytest.raises(InputError, match=r"'a.pdf' ") as caught,
        _opened(path, OpenOptions(pdf_renderer=renderer)) as file,
    ):
        _ = file.page(1).image
    assert caught.value.hint


def test_broken_cross_reference(tmp_path: Path) -> None:
    """A PDF cut off before its cross-reference table is mended by PDFium and read."""
    path = _written(tmp_path, PdfPage(words_at(("Whole", 100, 700, 12))))
    path.write_bytes(path.read_bytes().partition(b"xref")[0] + b"trailer<</Root 1 0 R>>")
    with _opened(path) as file:
        assert [word.text for word in file.page(1).words] == ["Whole"]


def test_header_after_rubbish(tmp_path: Path) -> None:
    """A PDF header may stand anywhere in the first kilobyte."""
    path = _written(tmp_path, PdfPage())
    path.write_bytes(b"HTTP/1.1 200 OK\r\n\r\n" + path.read_bytes())
    with _opened(path) as file:
        assert file.page_count == 1


@pytest.mark.parametrize("renderer", ["auto", "pdfium"])
def test_one_broken_page(tmp_path: Path, renderer: PdfRenderer) -> None:
    """A page that cannot be loaded fails alone."""
    path = _written(tmp_path, PdfPage(), PdfPage(b"0 0 300 300 re f"))
    path.write_bytes(path.read_bytes().replace(b"10 0 obj\n<</Type/Page/", b"10 0 obj\n[</Type/Page/"))
    with _opened(path, OpenOptions(pdf_renderer=renderer, dpi=36)) as file:
        try:
            _ = file.page(1).image
        except InputError as error:
            assert error.hint  # noqa: PT017
        assert _dark(file.page(file.page_count))[:1] == (0,)


@needs_poppler
def test_name_like_an_option(workdir: Path) -> None:
    """A file name that begins with a dash is no option of poppler's programs."""
    path = _written(workdir, PdfPage(b"0 0 300 300 re f")).rename("-v")
    with _opened(Path("-v"), OpenOptions(pdf_renderer="poppler", dpi=36)) as file:
        assert file.page(1).image.size == (306, 396)
    assert poppler.page_count(path, "-v", None) == 1


@needs_poppler
def test_poppler_cannot_open(tmp_path: Path) -> None:
    """What poppler cannot open is an InputError from each of its calls."""
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7 rubbish")
    with pytest.raises(InputError, match="page 1 of 'a' cannot be drawn by poppler"):
        poppler.draw(path, "a", 1, 72, None, colour=False)
    with pytest.raises(InputError, match="'a' is damaged"):
        poppler.page_count(path, "a", None)


def test_poppler_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for poppler where it is not installed is a DependencyError that says what to install."""
    path = _written(tmp_path, PdfPage())
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(DependencyError, match="poppler is not installed") as caught,
        _opened(path, OpenOptions(pdf_renderer="poppler")),
    ):
        pass
    assert "poppler-utils" in caught.value.hint
    with _opened(path) as file:
        assert file.page(1).image.size == (1700, 2200)


_FIELD = (
    "/Annots[100 0 R]",
    "/AcroForm<</Fields[100 0 R]/DR<</Font<</F1 3 0 R>>>>/DA(/F1 20 Tf 0 g)%s>>",
    b"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Filled)/DA(/F1 20 Tf 0 g)/Rect[100 600 300 640]/F 4/P 10 0 R%s>>",
)


@pytest.mark.parametrize("appearance", [True, False])
def test_filled_form_field(tmp_path: Path, appearance: bool) -> None:  # noqa: FBT001
    """What was filled into a form is drawn and in the text layer, whether or not the file brings its appearance."""
    entries, form, field = _FIELD
    drawn = stream(
        b"/Tx BMC q BT /F1 20 Tf 2 12 Td (Filled) Tj ET Q EMC",
        "/Type/XObject/Subtype/Form/BBox[0 0 200 40]/Resources<</Font<</F1 3 0 R>>>>",
    )
    path = _written(
        tmp_path,
        PdfPage(words_at(("Name:", 30, 612, 20)), entries=entries),
        catalog=form % ("" if appearance else "/NeedAppearances true"),
        extra=(field % (b"/AP<</N 101 0 R>>" if appearance else b""), drawn),
    )
    with _opened(path, OpenOptions(dpi=72)) as file:
        page = file.page(1)
        assert {word.text for word in page.words} == {"Name:", "Filled"}
        left, top, right, bottom = _dark(page)
        assert left < 40
        assert 150 < right < 190
        assert 152 < top < bottom < 192


def test_hidden_annotation(tmp_path: Path) -> None:
    """A hidden field is neither drawn nor read."""
    entries, form, field = _FIELD
    hidden = field.replace(b"/F 4", b"/F 2") % b"/AP<</N 101 0 R>>"
    drawn = stream(
        b"BT /F1 20 Tf 2 12 Td (Filled) Tj ET",
        "/Type/XObject/Subtype/Form/BBox[0 0 200 40]/Resources<</Font<</F1 3 0 R>>>>",
    )
    path = _written(
        tmp_path, PdfPage(words_at(("Name:", 30, 612, 20)), entries=entries), catalog=form % "", extra=(hidden, drawn)
    )
    with _opened(path) as file:
        assert [word.text for word in file.page(1).words] == ["Name:"]


def test_pages_are_lazy(tmp_path: Path) -> None:
    """Pages can be had in any order and again, and nothing is drawn before it is looked at."""
    path = _written(tmp_path, *[PdfPage(size=(100 + 10 * i, 100)) for i in range(5)])
    with _opened(path, OpenOptions(dpi=72)) as file:
        assert [_size(file.page(n).ref) for n in (5, 1, 3, 1)] == [(140, 100), (100, 100), (120, 100), (100, 100)]
    assert os.path.getsize(path) > 0


def test_long_document(workdir: Path) -> None:
    """Every page of a long document is itself, in any order, though the file is opened anew from time to time."""
    import pypdfium2 as pdfium

    pdf = pdfium.PdfDocument.new()
    for number in range(1, 46):
        pdf.new_page(100 + number, 72).close()
    pdf.save(workdir / "long.pdf")
    opened = open_file(workdir / "long.pdf", "long.pdf", OpenOptions(dpi=72))
    numbers = [*range(1, 46), 3, 2, 1]
    assert [opened.page(number).image.width for number in numbers] == [100 + number for number in numbers]
    assert opened.notes == []
    opened.close()
