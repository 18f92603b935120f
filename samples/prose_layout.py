"""Lay out the letters, the fax and the newspaper page as page models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fonts import wrap
from page_model import BLACK, GREY, Cell, Page
from render import to_picture

if TYPE_CHECKING:
    from PIL import Image
    from prose_data import Fax, Gazette, Letter, Sign

_LEFT, _RIGHT = 70.0, 525.0


def _paragraph(page: Page, text: str, y: float, font: str, size: float) -> float:
    """Set a paragraph over the width of the page; return the base line of its last line."""
    for line in wrap(text, font, size, _RIGHT - _LEFT):
        y += size * 1.5
        page.text(_LEFT, y, line, font, size)
    return y


def letter_page(letter: Letter, font: str, bold: str, size: float) -> Page:
    """Return a letter whose letterhead is set as text."""
    page = Page()
    page.text(_LEFT, 84, letter.letterhead[0], bold, 16)
    page.text(_LEFT, 102, letter.letterhead[1], font, 10)
    page.rule(_LEFT, 112, _RIGHT, 112, 1.2)
    _letter_body(page, letter, font, bold, size)
    return page


def pictured_letter_page(letter: Letter, font: str, bold: str, size: float) -> Page:
    """Return a letter whose letterhead is a picture."""
    page = Page()
    page.picture(_LEFT, 46, 300, 75, _logo(letter))
    _letter_body(page, letter, font, bold, size)
    return page


def _logo(letter: Letter) -> Image.Image:
    """Return the letterhead as a picture: a leaf-green emblem and the name."""
    green = (36, 92, 62)
    page = Page(480, 120)
    page.box(4, 20, 80, 80, green, None)
    page.box(16, 32, 56, 56, (255, 255, 255), None)
    for index in range(3):
        page.box(24 + 15 * index, 82 - 13 * (index + 1), 10, 13 * (index + 1), green, None)
    page.text(104, 62, letter.letterhead[0], "sans-bold", 28, colour=green)
    page.text(104, 94, letter.letterhead[1], "sans", 21, colour=BLACK)
    return to_picture(page, 144)


def _letter_body(page: Page, letter: Letter, font: str, bold: str, size: float) -> None:
    y = 160.0
    for line in letter.recipient:
        page.text(_LEFT, y, line, font, size)
        y += size * 1.4
    y += 18
    page.text(_RIGHT, y, letter.date_printed, font, size, "right")
    y += 34
    page.text(_LEFT, y, letter.subject, bold, size)
    y += 30
    page.text(_LEFT, y, letter.greeting, font, size)
    for paragraph in letter.paragraphs:
        y = _paragraph(page, paragraph, y + 10, font, size)
    y += 36
    page.text(_LEFT, y, letter.closing[0], font, size)
    y += 40
    for line in letter.closing[1:]:
        page.text(_LEFT, y, line, font, size)
        y += size * 1.5


def fax_pages(fax: Fax) -> list[Page]:
    """Return cover sheet, message and price list of a fax."""
    pages = [_fax_cover(fax), _fax_message(fax), _fax_table(fax)]
    for number, page in enumerate(pages, 1):
        cells = [Cell(30, fax.date), Cell(140, fax.sender), Cell(565, f"Page {number}/{len(pages)}", "right")]
        page.row(28, cells, "sans", 10)
        page.lines.insert(0, page.lines.pop())
    return pages


def _fax_cover(fax: Fax) -> Page:
    page = Page()
    page.text(_LEFT, 130, "FAX", "sans-bold", 40)
    page.rule(_LEFT, 146, _RIGHT, 146, 2)
    facts = [
        ("From:", fax.sender),
        ("To:", fax.receiver),
        ("Date:", fax.date_printed),
        ("Subject:", fax.subject),
        ("Pages:", "3"),
    ]
    y = 160.0
    for label, value in facts:
        y += 32
        page.row(y, [Cell(_LEFT, label), Cell(180, value)], "sans", 14)
    page.rule(_LEFT, y + 24, _RIGHT, y + 24, 2)
    page.text(_LEFT, y + 70, fax.note, "sans", 12)
    return page


def _fax_message(fax: Fax) -> Page:
    page = Page()
    page.text(_LEFT, 120, fax.subject, "sans-bold", 14)
    page.text(_LEFT, 160, "Good morning,", "sans", 12)
    y = 164.0
    for paragraph in fax.paragraphs:
        y = _paragraph(page, paragraph, y + 12, "sans", 12)
    page.text(_LEFT, y + 44, "With best regards", "sans", 12)
    page.text(_LEFT, y + 66, fax.sender, "sans", 12)
    return page


def _fax_table(fax: Fax) -> Page:
    page = Page()
    page.text(_LEFT, 120, "Price list", "sans-bold", 14)
    y = 140.0
    head = ("Article", "Number", "Price")
    for index, (article, number, price) in enumerate((head, *fax.table)):
        page.box(_LEFT, y, _RIGHT - _LEFT, 28)
        cells = [Cell(_LEFT + 8, article), Cell(330, number), Cell(_RIGHT - 8, price, "right")]
        page.row(y + 19, cells, "sans" if index else "sans-bold", 12)
        y += 28
    page.rule(320, 140, 320, y)
    page.rule(430, 140, 430, y)
    page.text(_LEFT, y + 34, "All prices in pounds sterling, without VAT.", "sans", 12)
    return page


def gazette_page(gazette: Gazette) -> Page:
    """Return a page of three columns under one title; the articles run on from column to column."""
    page = Page()
    width, gutter, size, leading = 152.0, 24.0, 9.5, 14.2
    left = (page.width - 3 * width - 2 * gutter) / 2
    page.text(page.width / 2, 84, gazette.title, "sans-bold", 32, "centre")
    page.text(page.width / 2, 106, gazette.subtitle, "sans-italic", 11, "centre", GREY)
    page.rule(left, 118, page.width - left, 118, 1.2)
    lines = _gazette_lines(gazette, size, width)
    per_column = -(-len(lines) // 3)
    for column in range(3):
        chunk = lines[column * per_column : (column + 1) * per_column]
        y = 144.0
        for font, text in chunk:
            if text:
                page.text(left + column * (width + gutter), y, text, font, size)
            y += leading
    return page


def _gazette_lines(gazette: Gazette, size: float, width: float) -> list[tuple[str, str]]:
    """Return font and text of every line; an empty text is a gap."""
    lines: list[tuple[str, str]] = []
    for heading, paragraphs in gazette.articles:
        lines += [("sans-bold", line) for line in wrap(heading, "sans-bold", size, width)]
        for paragraph in paragraphs:
            lines += [("sans", line) for line in wrap(paragraph, "sans", size, width)]
            lines.append(("sans", ""))
    return lines[:-1]


def sign_page(sign: Sign) -> Page:
    """Return a sign beside a path: dark print on a pale board."""
    page = Page(360, 640)
    page.box(0, 0, 360, 640, (214, 222, 210), None)
    page.box(24, 200, 312, 200, sign.colour, None)
    page.text(180, 262, sign.title, "sans-bold", 30, "centre")
    page.text(180, 316, sign.lines[0], "sans", 20, "centre")
    page.text(180, 354, sign.lines[1], "sans", 20, "centre")
    return page
