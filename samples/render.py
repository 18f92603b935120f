"""Turn page models into PDF bytes (text layer, pictures only, encrypted) and into Pillow pictures."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING
from unittest import mock

from fonts import pdf_font, picture_font
from page_model import A4, Box, Colour, Op, Page, Picture, Rule, Text
from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter
from reportlab import rl_config  # type: ignore[import-untyped]
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Sequence

_CREATOR = "vextract samples"
_OVERSAMPLING = 3
_ANCHORS = {"left": "ls", "right": "rs", "centre": "ms"}


def _canvas(stream: io.BytesIO, title: str, size: tuple[float, float]) -> Canvas:
    """Return a canvas that writes the same bytes every time."""
    rl_config.useA85 = 0
    canvas = Canvas(stream, pagesize=size, pageCompression=1, invariant=1)
    canvas.setTitle(title)
    canvas.setAuthor(_CREATOR)
    canvas.setCreator(_CREATOR)
    canvas.setProducer(_CREATOR)
    canvas.setSubject("Fictitious sample document")
    return canvas


def _unit(colour: Colour) -> tuple[float, float, float]:
    return colour[0] / 255, colour[1] / 255, colour[2] / 255


def _draw_box_on_canvas(canvas: Canvas, op: Box, height: float) -> None:
    canvas.setLineWidth(op.line_width)
    if op.fill is not None:
        canvas.setFillColorRGB(*_unit(op.fill))
    if op.stroke is not None:
        canvas.setStrokeColorRGB(*_unit(op.stroke))
    bottom = height - op.y - op.height
    canvas.rect(op.x, bottom, op.width, op.height, stroke=op.stroke is not None, fill=op.fill is not None)


def _draw_on_canvas(canvas: Canvas, op: Op, height: float) -> None:
    """Draw one operation; PDF measures from the bottom, hence the page height."""
    if isinstance(op, Text):
        canvas.setFillColorRGB(*_unit(op.colour))
        canvas.setFont(pdf_font(op.font), op.size)
        draw = {"left": canvas.drawString, "right": canvas.drawRightString, "centre": canvas.drawCentredString}
        draw[op.align](op.x, height - op.y, op.text)
    elif isinstance(op, Rule):
        canvas.setStrokeColorRGB(*_unit(op.colour))
        canvas.setLineWidth(op.width)
        canvas.line(op.x0, height - op.y0, op.x1, height - op.y1)
    elif isinstance(op, Box):
        _draw_box_on_canvas(canvas, op, height)
    else:
        canvas.drawImage(ImageReader(op.image), op.x, height - op.y - op.height, op.width, op.height)


def to_pdf(pages: Sequence[Page], title: str) -> bytes:
    """Return a PDF of the pages with a text layer."""
    stream = io.BytesIO()
    canvas = _canvas(stream, title, (pages[0].width, pages[0].height))
    for page in pages:
        for op in page.ops:
            _draw_on_canvas(canvas, op, page.height)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def to_picture(page: Page, dpi: float) -> Image.Image:
    """Return the page drawn as a clean RGB picture; drawn larger and reduced, so that letters keep their spacing."""
    width, height = round(page.width * dpi / 72), round(page.height * dpi / 72)
    scale = dpi / 72 * _OVERSAMPLING
    picture = Image.new("RGB", (width * _OVERSAMPLING, height * _OVERSAMPLING), "white")
    draw = ImageDraw.Draw(picture)
    for op in page.ops:
        if isinstance(op, Text):
            font = picture_font(op.font, op.size * scale)
            place = (op.x * scale, op.y * scale)
            draw.text(place, op.text, fill=op.colour, font=font, anchor=_ANCHORS[op.align])
        elif isinstance(op, Rule):
            ends = [(op.x0 * scale, op.y0 * scale), (op.x1 * scale, op.y1 * scale)]
            draw.line(ends, fill=op.colour, width=max(1, round(op.width * scale)))
        elif isinstance(op, Box):
            corners = (op.x * scale, op.y * scale, (op.x + op.width) * scale, (op.y + op.height) * scale)
            width = max(1, round(op.line_width * scale)) if op.stroke is not None else 0
            draw.rectangle(corners, fill=op.fill, outline=op.stroke, width=width)
        else:
            _paste(picture, op, scale)
    return picture.reduce(_OVERSAMPLING)


def _paste(picture: Image.Image, op: Picture, scale: float) -> None:
    size = (round(op.width * scale), round(op.height * scale))
    small = op.image.resize(size, Image.Resampling.LANCZOS)
    picture.paste(small, (round(op.x * scale), round(op.y * scale)))


def pictures_to_pdf(pictures: Sequence[Image.Image], title: str, quality: int) -> bytes:
    """Return an A4 PDF without a text layer: one JPEG picture over each whole page."""
    stream = io.BytesIO()
    canvas = _canvas(stream, title, A4)
    for picture in pictures:
        jpeg = io.BytesIO()
        picture.save(jpeg, "JPEG", quality=quality, optimize=True)
        jpeg.seek(0)
        canvas.drawImage(ImageReader(jpeg), 0, 0, A4[0], A4[1])
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def encrypt(pdf: bytes, user_password: str, owner_password: str, seed: int) -> bytes:
    """Return the PDF encrypted with AES-256.

    The random bytes come from a fixed seed so that the file can be made again byte for byte;
    that is fit for a sample with a published password and for nothing else.
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.pdf_header = "%PDF-2.0"
    out = io.BytesIO()
    with mock.patch("secrets.token_bytes", random.Random(seed).randbytes):
        writer.encrypt(user_password, owner_password, algorithm="AES-256")
        writer.write(out)
    return out.getvalue()
