"""PDF files written by hand, so that every position in them is known."""

import zlib
from dataclasses import dataclass, field

__all__ = ["COURIER", "PdfPage", "pdf", "stream", "words_at"]

# Every letter of Courier is so wide, in shares of the font size.
COURIER = 0.6
_EXTRA = 100
_FIRST_PAGE = 10


@dataclass(frozen=True)
class PdfPage:
    """A page: its content stream, its boxes and turn (`entries`), its resources besides the font F1, Courier."""

    content: bytes = b""
    size: tuple[float, float] = (612, 792)
    entries: str = ""
    resources: str = ""


def words_at(*placed: tuple[str, float, float, float]) -> bytes:
    """Content that shows texts in Courier: (text, x, y of the baseline, font size), in points from the lower left corner."""
    return "".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n" for text, x, y, size in placed).encode("latin-1")


def stream(data: bytes, entries: str = "") -> bytes:
    """A stream object, compressed."""
    packed = zlib.compress(data)
    return f"<<{entries}/Length {len(packed)}/Filter/FlateDecode>>stream\n".encode() + packed + b"\nendstream"


@dataclass
class _Body:
    data: bytearray = field(default_factory=lambda: bytearray(b"%PDF-1.7\n"))
    offsets: dict[int, int] = field(default_factory=dict)

    def add(self, number: int, body: bytes) -> None:
        self.offsets[number] = len(self.data)
        self.data += b"%d 0 obj\n%s\nendobj\n" % (number, body)


def pdf(*pages: PdfPage, catalog: str = "", extra: tuple[bytes, ...] = ()) -> bytes:
    """A PDF file.

    Args:
        pages: its pages; the first is object 10, the next object 12.
        catalog: further entries of the catalogue.
        extra: further objects, numbered from 100 on.
    """
    body = _Body()
    numbers = [_FIRST_PAGE + 2 * i for i in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    body.add(1, f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode())
    body.add(2, f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode())
    body.add(3, b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>")
    for number, page in zip(numbers, pages, strict=True):
        width, height = page.size
        body.add(
            number,
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Contents {number + 1} 0 R{page.entries}"
            f"/Resources<</Font<</F1 3 0 R{page.resources if page.resources.startswith('/F') else ''}>>"
            f"{page.resources if not page.resources.startswith('/F') else ''}>>>>".encode(),
        )
        body.add(number + 1, stream(page.content))
    for i, content in enumerate(extra):
        body.add(_EXTRA + i, content)
    start = len(body.data)
    table = "".join(f"{number} 1\n{offset:010d} 00000 n \n" for number, offset in body.offsets.items())
    end = f"xref\n0 1\n0000000000 65535 f \n{table}trailer<</Size 999/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    return bytes(body.data) + end.encode()
