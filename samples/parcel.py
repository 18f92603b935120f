"""The parcel label: what it says, how it is laid out, and where its codes and its table stand."""

from __future__ import annotations

from dataclasses import dataclass

import zxingcpp
from page_model import Cell, Page
from PIL import Image

DPI = 200
_POINTS_A_PIXEL = 72 / DPI
_LEFT, _RIGHT = 24.0, 396.0
_ROW = 24.0
_PALE = (150, 150, 150)


@dataclass(frozen=True)
class Parcel:
    """A parcel; `contents` are the rows of the table below its head."""

    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    service: str
    number: str
    link: str
    head: tuple[str, ...]
    contents: tuple[tuple[str, ...], ...]

    def fields(self) -> dict[str, object]:
        """Return what extraction should find."""
        return {
            "sender": list(self.sender),
            "recipient": list(self.recipient),
            "service": self.service,
            "tracking_number": self.number,
            "contents": [dict(zip(self.head, row, strict=True)) for row in self.contents],
        }


PARCEL = Parcel(
    sender=("Larkmoor Office Supplies Ltd", "Unit 4, Tannery Yard", "Eastmere EM4 7QX"),
    recipient=("Tamsin Quillfeather", "18 Cooper's Row", "Wick Haven WH3 9TD"),
    service="NEXT DAY BEFORE NOON",
    number="PX40825017364",
    link="https://track.example.com/PX40825017364",
    head=("Contents", "Pieces", "Weight kg"),
    contents=(("Desk lamp, LED", "12", "20.40"), ("Cutting mat A2", "10", "9.50"), ("Steel ruler 60 cm", "14", "2.80")),
)


@dataclass(frozen=True)
class Found:
    """An object on the page: its box in points."""

    label: str
    box: tuple[float, float, float, float]
    text: str | None = None

    def told(self) -> dict[str, object]:
        """Return it as `vextract detect` prints it, its box in pixels."""
        box = [round(side / _POINTS_A_PIXEL, 1) for side in self.box]
        return {"page": 1, "label": self.label, "box": box, "score": None, "text": self.text, "mask": None}


def parcel_page(parcel: Parcel) -> tuple[Page, list[Found]]:
    """Return the label, A5 upright, with its codes, its table and the cells of that."""
    page = Page(420, 595)
    page.box(12, 12, 396, 571, None, line_width=1.4)
    for top, title, lines in ((40.0, "FROM", parcel.sender), (118.0, "TO", parcel.recipient)):
        size = 11 if title == "FROM" else 15
        page.text(_LEFT, top, title, "sans-bold", 9)
        for index, line in enumerate(lines):
            page.text(_LEFT, top + (index + 1) * 1.35 * size, line, "sans", size)
    page.rule(12, 196, 408, 196, 1.4)
    page.text(_LEFT, 220, parcel.service, "sans-bold", 16)
    qr_code = _code(page, "qr code", parcel.link, (_RIGHT - 112, 40), 8)
    table = _table(page, parcel, 244)
    page.rule(12, 366, 408, 366, 1.4)
    bars = _code(page, "code 128", parcel.number, (90, 392), 5, height_px=300)
    page.text(210, 536, parcel.number, "sans", 15, "centre")
    return page, [qr_code, *table, bars]


def _code(
    page: Page, label: str, text: str, corner: tuple[float, float], module_px: int, height_px: int | None = None
) -> Found:
    """Draw a code whose modules are whole pixels, without its quiet zone."""
    form = {"qr code": zxingcpp.BarcodeFormat.QRCode, "code 128": zxingcpp.BarcodeFormat.Code128}[label]
    drawn = memoryview(zxingcpp.create_barcode(text, form).to_image(scale=module_px, add_quiet_zones=False))
    image = Image.frombytes("L", (drawn.shape[1], drawn.shape[0]), drawn.tobytes())
    width, height = image.width * _POINTS_A_PIXEL, (height_px or image.height) * _POINTS_A_PIXEL
    # On whole pixels, so that no module is blurred over two.
    x, y = (round(side / _POINTS_A_PIXEL) * _POINTS_A_PIXEL for side in corner)
    page.picture(x, y, width, height, image)
    return Found(label, (x, y, x + width, y + height), text)


def _table(page: Page, parcel: Parcel, top: float) -> list[Found]:
    """Draw the ruled table of contents; return it and its cells, row by row."""
    edges = (_LEFT, 200.0, 280.0, _RIGHT)
    rows = (parcel.head, *parcel.contents)
    bottom = top + _ROW * len(rows)
    for x in edges:
        page.rule(x, top, x, bottom, 0.5, _PALE)
    found = [Found("table", (_LEFT, top, _RIGHT, bottom))]
    for index, row in enumerate(rows):
        y = top + index * _ROW
        page.rule(_LEFT, y, _RIGHT, y)
        cells = [Cell(x + 8, text) for x, text in zip(edges, row, strict=False)]
        page.row(y + 17, cells, "sans-bold" if index == 0 else "sans", 13)
        found += [
            Found("cell", (x0, y, x1, y + _ROW), text) for x0, x1, text in zip(edges, edges[1:], row, strict=False)
        ]
    page.rule(_LEFT, bottom, _RIGHT, bottom)
    return found
