"""Records of every kind and pictures of their pages, made for the tests of the review page."""

from typing import Any

from vextract.detection import Detection, Detections, Mask
from vextract.report import PagePicture, page_picture
from vextract.types import Box, ErrorInfo, Evidence, Line, MatchKind, OcrResult, PageRef, PageText, Record, Word

__all__ = ["TOTAL_BOX", "detected", "drawn", "failed", "invoice", "read"]

WIDTH_PX, HEIGHT_PX = 800, 1000
TOTAL_BOX = Box(0.6, 0.5, 0.8, 0.53)


def drawn(pages: int = 1, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> list[PagePicture]:
    """Pictures of pages with a few bars for lines of print."""
    from PIL import Image, ImageDraw

    made = []
    for page in range(1, pages + 1):
        image = Image.new("RGB", (width_px, height_px), "white")
        pen = ImageDraw.Draw(image)
        for row in range(5, 95, 5):
            pen.rectangle((width_px * 0.1, height_px * row / 100, width_px * 0.8, height_px * (row + 1) / 100), "#444")
        made.append(page_picture(page, image, 500))
    return made


def refs(source: str, pages: int = 1) -> tuple[PageRef, ...]:
    """Pages of 800 x 1000 pixels."""
    return tuple(PageRef(source, number, WIDTH_PX, HEIGHT_PX) for number in range(1, pages + 1))


def place(
    pointer: str, box: Box | None, match: MatchKind = "exact", confidence: float | None = 0.95, page: int = 1
) -> Evidence:
    """Evidence on a page, or that there is none."""
    return Evidence(pointer, page if box else None, box, f"read {pointer}" if box else None, match, confidence)


def invoice(source: str = "scans/invoice.png", pages: int = 1) -> Record[Any]:
    """Values of all JSON types; doubtful are: vendor (fuzzy), date (ambiguous), vat (not found), items/1/price (0.41), paid."""
    data = {
        "vendor": "Thistle & Wren",
        "number": "0042",
        "date": "2024-03-28",
        "vat": "DE123",
        "total": 60.3,
        "huge": 12345678901234567890,
        "paid": True,
        "note": None,
        "items": [{"name": "bread", "price": 4.25}, {"name": "milk", "price": 1.0}, {"name": "eggs", "price": 3}],
        "tags": [],
    }
    evidence = [
        place("/vendor", Box(0.1, 0.05, 0.5, 0.08), "fuzzy"),
        place("/number", Box(0.1, 0.1, 0.3, 0.13)),
        place("/date", Box(0.1, 0.15, 0.3, 0.18), "ambiguous"),
        place("/vat", None, "none", None),
        place("/total", TOTAL_BOX, "normalized"),
        place("/huge", Box(0.1, 0.2, 0.5, 0.23)),
        *(place(f"/items/{at}/name", Box(0.1, 0.3 + at / 20, 0.4, 0.33 + at / 20)) for at in range(3)),
        *(
            place(
                f"/items/{at}/price",
                Box(0.6, 0.3 + at / 20, 0.8, 0.33 + at / 20),
                confidence=0.41 if at == 1 else 0.9,
                page=pages,
            )
            for at in range(3)
        ),
    ]
    return Record(source, "ab" * 32, "extract", "layout", "ok", data, refs(source, pages), tuple(evidence), "Invoice")


def detected(source: str = "street.jpg") -> Record[Any]:
    """Two cars, one with an outline and one hardly seen, and a bar code with its text."""
    outline = Mask(polygons=(((0.1, 0.1), (0.3, 0.1), (0.2, 0.3)),))
    objects = (
        Detection(1, "car", Box(0.1, 0.1, 0.3, 0.3), 0.91, mask=outline),
        Detection(1, "car", Box(0.5, 0.5, 0.7, 0.7), 0.35),
        Detection(1, "qr code", Box(0.2, 0.8, 0.3, 0.9), None, "https://example.com/"),
    )
    return Record(source, None, "detect", "found", "ok", Detections(objects), refs(source))


def read(source: str = "letter.png") -> Record[Any]:
    """Two lines of text."""
    words = [Word("Dear", Box(0.1, 0.1, 0.2, 0.12), 0.9), Word("reader,", Box(0.21, 0.1, 0.4, 0.12), 0.8)]
    lines = (Line(tuple(words)), Line((Word("bye", Box(0.1, 0.2, 0.2, 0.22), None),)))
    page = PageText(refs(source)[0], lines, "tesseract")
    return Record(source, None, "ocr", "tesseract", "ok", OcrResult((page,)), (page.ref,))


def failed(source: str = "broken.pdf") -> Record[Any]:
    """A document that could not be opened."""
    error = ErrorInfo("input", "'broken.pdf' is damaged", "print it anew")
    return Record(source, None, "extract", None, "failed", None, errors=(error,))
