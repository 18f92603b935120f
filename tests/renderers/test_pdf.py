"""Searchable PDF: the picture as it was given, and over it words that every reader finds where they were read."""

import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from html import unescape
from io import BytesIO
from itertools import groupby
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vextract.geometry import union
from vextract.renderers import RenderOptions, find_format
from vextract.types import Box, Line, PageRef, PageText, Record, Word

from .pages import Placed, page, page_texts, picture, render, text_line, unhurried

_SCRIPTS: list[list[Placed]] = [
    text_line("Apple on gray, 12.50 EUR", 0.1),
    text_line("Привет, мир! Ἑλλάς", 0.2),
    [("中文字", 0.1, 0.3, 0.2, 0.325), ("𠀋😀", 0.2, 0.3, 0.28, 0.325), ("日本", 0.3, 0.3, 0.36, 0.325)],
    [("سلام", 0.6, 0.4, 0.7, 0.425), ("دنیا", 0.45, 0.4, 0.58, 0.425)],
    [("שלום", 0.6, 0.5, 0.7, 0.525), ("עולם", 0.45, 0.5, 0.58, 0.525)],
]
_ROTATIONS = pytest.mark.parametrize("rotation", [0, 90, 180, 270])
_NEAR = 0.02


def _open(data: bytes) -> pdfium.PdfDocument:
    return pdfium.PdfDocument(data)


def _text(data: bytes) -> str:
    with _open(data) as document:
        return str(document[0].get_textpage().get_text_range())


def _pdfium_words(data: bytes) -> Iterator[Word]:
    """The words of the first page as pdfium finds them, with boxes in fractions of the page."""
    with _open(data) as document:
        first = document[0]
        width, height = first.get_size()
        found = first.get_textpage()
        text, at = found.get_text_range(), 0
        for is_space, group in groupby(text, key=str.isspace):
            # pdfium counts a character beyond U+FFFF as two.
            run = "".join(group)
            units = range(at, at + len(run.encode("utf-16-le")) // 2)
            at = units.stop
            if not is_space:
                sides = [found.get_charbox(unit) for unit in units]
                places = [Box(x0 / width, 1 - y1 / height, x1 / width, 1 - y0 / height) for x0, y0, x1, y1 in sides]
                yield Word(run, union(places))


def _poppler(file: Path, *options: str) -> str:
    done = subprocess.run(["pdftotext", *options, str(file), "-"], capture_output=True, timeout=200, check=True)
    assert not done.stderr
    return done.stdout.decode()


def _poppler_words(file: Path) -> list[Word]:
    found = _poppler(file, "-bbox")
    width, height = (float(side) for side in re.findall(r'<page width="(.*?)" height="(.*?)"', found)[0])
    words = re.findall(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', found)
    return [
        Word(unescape(text), Box(float(x0) / width, float(y0) / height, float(x1) / width, float(y1) / height))
        for x0, y0, x1, y1, text in words
    ]


def _logical(text: str) -> str:
    # pdftotext prints single words from left to right, whatever their direction.
    return text[::-1] if unicodedata.bidirectional(text[0]) in ("R", "AL") else text


def _assert_same(found: Sequence[Word], expected: Sequence[Word]) -> None:
    assert sorted(word.text for word in found) == sorted(word.text for word in expected)
    places = {word.text: word.box for word in found}
    for word in expected:
        box = places[word.text]
        assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(
            (word.box.x0, word.box.y0, word.box.x1, word.box.y1), abs=_NEAR
        ), word.text


@_ROTATIONS
def test_words_are_found_in_place(rotation: int, tmp_path: Path) -> None:
    """Words of any script are found by pdfium and poppler within 2 % of where they were read, however the page lies."""
    given_page = page(*_SCRIPTS, rotation=rotation)
    data = render("pdf", given_page, picture=picture())
    file = tmp_path / "a.pdf"
    file.write_bytes(data)
    _assert_same(list(_pdfium_words(data)), given_page.words)
    _assert_same([Word(_logical(word.text), word.box) for word in _poppler_words(file)], given_page.words)


@_ROTATIONS
def test_text_is_in_reading_order(rotation: int, tmp_path: Path) -> None:
    """The text reads as on paper: lines in order, words parted by spaces, right-to-left words from the right."""
    lines = [" ".join(word[0] for word in line) for line in _SCRIPTS]
    data = render("pdf", page(*_SCRIPTS, rotation=rotation))
    assert [line.strip() for line in _text(data).splitlines()] == lines
    file = tmp_path / "a.pdf"
    file.write_bytes(data)
    # Poppler adds marks around right-to-left text, and has its own idea of the order of sideways lines.
    text = re.sub("[\u202a-\u202e]", "", _poppler(file))
    found = [line for line in text.splitlines() if line.strip()]
    assert found == lines or (rotation == 90 and sorted(found) == sorted(lines))


def test_uneven_words_stay_one_line(tmp_path: Path) -> None:
    """Descenders, small letters and marks that float above the baseline do not break a line."""
    line = [
        ("Typing", 0.1, 0.1, 0.2, 0.125),
        ("on", 0.22, 0.108, 0.26, 0.12),
        ("-", 0.28, 0.112, 0.29, 0.114),
        ("”", 0.3, 0.1, 0.31, 0.105),
        ("paper", 0.33, 0.108, 0.42, 0.125),
    ]
    file = tmp_path / "a.pdf"
    file.write_bytes(render("pdf", page(line)))
    assert _poppler(file).strip() == _text(file.read_bytes()).strip() == "Typing on - ” paper"


def test_sloping_line_stays_one_line() -> None:
    """The words of a line that climbs by more than its height are still one line, each at its own height."""
    tops = [0.2 - 0.004 * n for n in range(1, 9)]
    line = [
        # Every other word has a descender.
        (f"word{n}", 0.1 * n, top, 0.1 * n + 0.07, top + 0.02 - 0.006 * (n % 2))
        for n, top in enumerate(tops, 1)
    ]
    data = render("pdf", page(line))
    _assert_same(list(_pdfium_words(data)), page(line).words)
    assert _text(data).strip() == " ".join(word[0] for word in line)


def test_touching_words_stay_two() -> None:
    """Two words whose boxes touch are not read as one."""
    line = [("one", 0.1, 0.1, 0.2, 0.12), ("two", 0.2, 0.1, 0.3, 0.12)]
    assert _text(render("pdf", page(line))).split() == ["one", "two"]


_letters = st.characters(categories=["Lu", "Ll", "Lo", "Nd"]).filter(
    lambda c: unicodedata.bidirectional(c) in ("L", "EN") and unicodedata.normalize("NFKC", c) == c
)


@unhurried
@given(st.lists(st.text(_letters, min_size=1, max_size=12), min_size=1, max_size=8))
def test_any_letters_read_back(words: list[str]) -> None:
    """Letters and digits of every script read back as they were, also beyond U+FFFF."""
    lines = [[(word, 0.1, 0.05 + 0.1 * n, 0.5, 0.08 + 0.1 * n)] for n, word in enumerate(words)]
    assert _text(render("pdf", page(*lines))).split() == words


@unhurried
@given(page_texts())
def test_any_page_opens(given_page: PageText) -> None:
    """Whatever text and boxes a page has, pdfium opens the file and can read and draw each page."""
    with _open(render("pdf", given_page, given_page)) as document:
        assert len(document) == 2
        for each in document:
            each.get_textpage().get_text_range()
            assert all(3 <= side <= 14400 for side in each.get_size())


def test_text_is_invisible() -> None:
    """Every text has the render mode "invisible", and the page looks like its picture."""
    shown = picture(1000, 1400)
    with _open(render("pdf", page(*_SCRIPTS), picture=shown)) as document:
        texts = list(document[0].get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_TEXT]))
        modes = {pdfium.raw.FPDFTextObj_GetTextRenderMode(text) for text in texts}
        assert modes == {pdfium.raw.FPDF_TEXTRENDERMODE_INVISIBLE}
        drawn = document[0].render(scale=1).to_pil().convert("L")
    expected = Image.open(BytesIO(shown)).convert("L")
    found, wanted = (list(image.resize((50, 70)).tobytes()) for image in (drawn, expected))
    assert found == pytest.approx(wanted, abs=40)


@_ROTATIONS
def test_picture_stays_as_given(rotation: int) -> None:
    """The picture is not turned, whatever the direction of its text: its black quarter stays upper left."""
    with _open(render("pdf", page(text_line("a", 0.1), rotation=rotation), picture=picture())) as document:
        drawn = document[0].render(scale=0.2).to_pil().convert("L")
    width, height = drawn.size
    assert [drawn.getpixel((x * width // 4, y * height // 4)) for y in (1, 3) for x in (1, 3)] == [0, 255, 255, 255]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_obeyed(orientation: int) -> None:
    """A JPEG that wants to be turned for display is shown turned, as other viewers show it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    width, height = (140, 100) if orientation >= 5 else (100, 140)
    file, image = BytesIO(), Image.new("L", (width, height), 255)
    # Black in one corner, grey in the next: no two turns look alike.
    image.paste(0, (0, 0, width // 2, height // 2))
    image.paste(128, (width // 2, 0, width, height // 2))
    image.save(file, "JPEG", exif=exif, quality=95)
    shown = file.getvalue()
    with _open(render("pdf", page(text_line("a", 0.1)), picture=shown)) as document:
        drawn = document[0].render(scale=0.3).to_pil().convert("L")
    upright = Image.open(BytesIO(shown))
    turns = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    turned = turns[orientation]
    expected = (upright.transpose(turned) if turned is not None else upright).convert("L").resize((4, 4))
    assert list(drawn.resize((4, 4)).tobytes()) == pytest.approx(list(expected.tobytes()), abs=30)


def test_jpeg_is_embedded_as_it_is() -> None:
    """A JPEG's bytes go into the file unchanged."""
    shown = picture(kind="JPEG")
    assert shown in render("pdf", page(text_line("a", 0.1)), picture=shown)


def test_plain_png_is_embedded_as_it_is() -> None:
    """The compressed data of an ordinary PNG goes into the file unchanged."""
    shown = picture()
    data = re.search(rb"IDAT(.*)\x00{4}IEND", shown, re.DOTALL)
    assert data is not None
    assert data[1][:-4] in render("pdf", page(text_line("a", 0.1)), picture=shown)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        *((mode, "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
        *((mode, "JPEG") for mode in ("L", "RGB", "CMYK")),
        ("RGB", "WEBP"),
        ("CMYK", "TIFF"),
    ],
)
def test_kinds_of_pictures(mode: str, kind: str) -> None:
    """Grey, colour, palette, transparent, sixteen-bit and CMYK pictures all look right."""
    if mode == "I;16":
        file = BytesIO()
        grey = Image.open(BytesIO(picture())).convert("L")
        grey.paste(128, (0, 0, 50, 70))
        deep = b"".join(bytes([value, value]) for value in grey.tobytes())
        Image.frombytes("I;16", grey.size, deep).save(file, "PNG")
        shown = file.getvalue()
    else:
        shown = picture(mode=mode, kind=kind)
    with _open(render("pdf", page(text_line("a", 0.1)), picture=shown)) as document:
        drawn = document[0].render(scale=0.2).to_pil().convert("L")
    width, height = drawn.size
    found = [drawn.getpixel((x * width // 4, y * height // 4)) for y in (1, 3) for x in (1, 3)]
    assert found == pytest.approx([128 if mode == "I;16" else 0, 255, 255, 255], abs=60)


def test_transparent_parts_are_white() -> None:
    """What a PNG leaves transparent is white paper in the PDF."""
    file = BytesIO()
    Image.new("RGBA", (10, 14), (0, 0, 0, 0)).save(file, "PNG")
    with _open(render("pdf", page(text_line("a", 0.1)), picture=file.getvalue())) as document:
        assert document[0].render(scale=0.1).to_pil().convert("L").getextrema() == (255, 255)


@pytest.mark.parametrize(
    ("dpi", "size"), [(150.0, (480, 672)), (72.0, (1000, 1400)), (None, (601.35, 841.89)), (0.5, (601.35, 841.89))]
)
def test_size_of_the_page(dpi: float | None, size: tuple[float, float]) -> None:
    """A known resolution gives the true size; without one, or with an impossible one, the longer side is that of A4."""
    with _open(render("pdf", page(ref=PageRef("a.png", 1, 1000, 1400, dpi)))) as document:
        assert document[0].get_size() == pytest.approx(size, abs=0.01)


def test_strip_is_a_page() -> None:
    """A strip of pixels without resolution still is at least as wide as PDF allows."""
    with _open(render("pdf", page(ref=PageRef("a.png", 1, 1, 5000)))) as document:
        assert document[0].get_size() == pytest.approx((3, 841.89), abs=0.01)


def test_palette_colours_are_kept() -> None:
    """The colours of a palette picture are its own."""
    file = BytesIO()
    Image.new("RGB", (10, 14), (200, 30, 90)).convert("P", palette=Image.Palette.ADAPTIVE).save(file, "PNG")
    with _open(render("pdf", page(text_line("a", 0.1)), picture=file.getvalue())) as document:
        assert document[0].render(scale=0.1).to_pil().convert("RGB").getpixel((20, 20)) == (200, 30, 90)


def test_table_of_objects_is_right() -> None:
    """Each object is where the table at the file's end says; readers need not mend the file."""
    data = render("pdf", page(*_SCRIPTS), page(*_SCRIPTS), picture=picture())
    start = int(data.split()[-2])
    assert data[start:].startswith(b"xref\n")
    places = [int(row[:10]) for row in data[start:].splitlines()[3:] if row.endswith(b" n ")]
    assert len(places) == len(re.findall(rb"^\d+ 0 obj$", data, re.MULTILINE))
    assert all(data[place:].startswith(b"%d 0 obj\n" % n) for n, place in enumerate(places, 1))


def test_title_is_the_source() -> None:
    """The document's title is its source's name, in any script, and even where the name is no valid Unicode."""
    for source, title in (("Счёт (1).pdf", "Счёт (1).pdf"), ("a\udcff.png", "a\ufffd.png")):
        with _open(render("pdf", page(ref=PageRef(source, 1, 10, 10)))) as document:
            assert document.get_metadata_value("Title") == title


def test_equal_input_gives_equal_bytes() -> None:
    """No date and no chance goes into the file."""
    once, again = (render("pdf", page(*_SCRIPTS), picture=picture()) for _ in range(2))
    assert once == again


def test_pages_are_not_kept() -> None:
    """When a page is done, the writer holds neither its picture nor its text, and what comes last is small."""
    writer = find_format("pdf").writer(RenderOptions())
    shown, one = picture(kind="JPEG"), page(text_line("a", 0.1))
    held = sys.getrefcount(shown), sys.getrefcount(one)
    assert shown in b"".join(writer.page(one, shown))
    assert (sys.getrefcount(shown), sys.getrefcount(one)) == held
    record: Record[object] = Record("a.png", None, "ocr", None, "ok", None)
    assert shown not in b"".join(writer.close(record))


def test_failed_document_writes_nothing() -> None:
    """A document without pages leaves no half file, and documents are not run together."""
    assert render("pdf") == b""
    assert not find_format("pdf").concatenates
    assert find_format("pdf").wants_pictures


def test_more_characters_than_a_font_holds() -> None:
    """Beyond 65 534 different characters the rest become U+FFFD, and the file stays readable."""
    points = [c for n in range(0x20, 0x12000) if not 0xD800 <= n <= 0xDFFF and (c := chr(n)).isprintable()]
    points += [chr(n) for n in range(0x20000, 0x20000 + 0x10001 - len(points))]
    words = [Word("".join(points[at : at + 4096]), Box(0.1, 0.1, 0.9, 0.2)) for at in range(0, len(points), 4096)]
    words.append(Word("\U00030000", Box(0.1, 0.5, 0.2, 0.6)))
    one = PageText(PageRef("a.png", 1, 1000, 1400), tuple(Line((word,)) for word in words), "none")
    with _open(render("pdf", one)) as document:
        assert document[0].get_textpage().get_text_range().strip().endswith("\ufffd")
