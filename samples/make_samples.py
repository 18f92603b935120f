"""Write the sample files and, next to each, the JSON of what is to be found in it.

Usage: python make_samples.py [FOLDER]   (default: the folder of this script)
"""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from business_data import FORM, INVOICE, PHOTO_RECEIPT, RECEIPT
from business_layout import form_page, invoice_pages, receipt_page
from filming import film
from parcel import DPI, PARCEL, parcel_page
from PIL import Image
from prose_data import FAX, GAZETTE, LETTER, ROTATED_LETTER, SCANNED_LETTER, SECRET_LETTER, SIGNS
from prose_layout import fax_pages, gazette_page, letter_page, pictured_letter_page, sign_page
from render import encrypt, pictures_to_pdf, to_pdf, to_picture
from scanning import fax, photograph, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from page_model import Page

PASSWORD = "sesame"
OWNER_PASSWORD = "sesame-owner"
_ORIENTATION_TAG = 0x0112


@dataclass(frozen=True)
class Sample:
    """A file and what is to be found in it."""

    name: str
    content: bytes
    pages: Sequence[Page]
    fields: dict[str, object]
    objects: list[dict[str, object]] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Write the file and its expected JSON."""
        expected: dict[str, object] = {
            "file": self.name,
            "pages": len(self.pages),
            "text": [page.read() for page in self.pages],
            "fields": self.fields,
        }
        if self.objects:
            expected["objects"] = self.objects
        (folder / self.name).write_bytes(self.content)
        text = json.dumps(expected, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{self.name}.expected.json").write_text(text, encoding="utf-8", newline="\n")


def _png(picture: Image.Image, dpi: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True, dpi=(dpi, dpi))
    return stream.getvalue()


def _receipts() -> list[Sample]:
    page = receipt_page(RECEIPT, 1400)
    picture = scan(to_picture(page, 72), seed=11, blur=0.5, noise=20, levels=256)
    photo_page = receipt_page(PHOTO_RECEIPT, 1080)
    corners = [(236.0, 156.0), (968.0, 190.0), (950.0, 1478.0), (196.0, 1440.0)]
    upright = photograph(to_picture(photo_page, 108), (1200, 1600), corners, seed=12)
    exif = Image.Exif()
    exif[_ORIENTATION_TAG] = 6
    stream = io.BytesIO()
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    turned.save(stream, "JPEG", quality=62, optimize=True, exif=exif)
    return [
        Sample("receipt.png", _png(picture, 150), [page], RECEIPT.fields()),
        Sample("photo_receipt.jpg", stream.getvalue(), [photo_page], PHOTO_RECEIPT.fields()),
    ]


def _invoices() -> list[Sample]:
    pages = invoice_pages(INVOICE)
    title = f"Invoice {INVOICE.number}"
    scans = [scan(to_picture(page, 200), seed=20 + n, blur=0.5, noise=20) for n, page in enumerate(pages)]
    return [
        Sample("invoice.pdf", to_pdf(pages, title), pages, INVOICE.fields()),
        Sample("invoice_scan.pdf", pictures_to_pdf(scans, title, 75), pages, INVOICE.fields()),
    ]


def _form() -> Sample:
    page = form_page(FORM)
    picture = scan(to_picture(page, 150), seed=30, blur=0.4, noise=20, levels=32)
    return Sample("form.png", _png(picture, 150), [page], FORM.fields())


def _columns() -> list[Sample]:
    page = gazette_page(GAZETTE)
    picture = to_picture(page, 150).convert("L")
    return [
        Sample("columns.pdf", to_pdf([page], GAZETTE.title), [page], {"title": GAZETTE.title}),
        Sample("columns.png", _png(picture, 150), [page], {"title": GAZETTE.title}),
    ]


def _letters() -> list[Sample]:
    born = pictured_letter_page(LETTER, "Times-Roman", "Times-Bold", 12)
    scanned = letter_page(SCANNED_LETTER, "sans", "sans-bold", 11)
    scans = [scan(to_picture(scanned, 200), seed=40, blur=0.5, noise=20, skew=-0.5)]
    rotated = letter_page(ROTATED_LETTER, "sans", "sans-bold", 11)
    upright = scan(to_picture(rotated, 150), seed=41, blur=0.4, noise=20, levels=32)
    picture = upright.transpose(Image.Transpose.ROTATE_270)
    secret = letter_page(SECRET_LETTER, "Helvetica", "Helvetica-Bold", 11)
    pdf = to_pdf([secret], SECRET_LETTER.subject)
    pictured = {"picture_text": list(LETTER.letterhead)}
    return [
        Sample("letter.pdf", to_pdf([born], LETTER.subject), [born], LETTER.fields() | pictured),
        Sample("letter_scan.pdf", pictures_to_pdf(scans, "Letter", 75), [scanned], SCANNED_LETTER.fields()),
        Sample("rotated_scan.png", _png(picture, 150), [rotated], ROTATED_LETTER.fields()),
        Sample("encrypted.pdf", encrypt(pdf, PASSWORD, OWNER_PASSWORD, seed=50), [secret], SECRET_LETTER.fields()),
    ]


def _fax() -> Sample:
    pages = fax_pages(FAX)
    first, *rest = [fax(to_picture(page, 200), seed=60 + n, specks=80) for n, page in enumerate(pages)]
    stream = io.BytesIO()
    first.save(stream, "TIFF", save_all=True, append_images=rest, compression="group4", dpi=(200, 200))
    return Sample("fax.tiff", stream.getvalue(), pages, FAX.fields())


def _parcel() -> Sample:
    page, objects = parcel_page(PARCEL)
    picture = scan(to_picture(page, DPI), seed=80, blur=0.4, noise=20, levels=32)
    return Sample("parcel_label.png", _png(picture, DPI), [page], PARCEL.fields(), [found.told() for found in objects])


def _clip() -> Sample:
    """Three signs on a walk, two seconds each: a frame a second shows each of them twice."""
    signs = [sign_page(sign) for sign in SIGNS]
    told = {
        "com.apple.quicktime.creationdate": "2026-05-03T14:22:00+0200",
        "com.apple.quicktime.location.ISO6709": "+47.1000+011.3000+0820/",
        "com.apple.quicktime.make": "Example",
        "com.apple.quicktime.model": "Phone 1",
    }
    content = film([to_picture(page, 144) for page in signs], seconds_each=2, seed=70, metadata=told)
    return Sample("walk.mp4", content, [page for page in signs for _ in range(2)], {})


def main(arguments: Sequence[str]) -> int:
    """Write all samples into the folder named, or into the folder of this script."""
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    for sample in [*_receipts(), *_invoices(), _form(), *_columns(), *_letters(), _fax(), _parcel(), _clip()]:
        sample.write(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
