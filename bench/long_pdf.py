"""Memory and time to the first page of a long scanned PDF: 500 pages against 10, the first page's text against two pages' time.

Run: python bench/long_pdf.py [--pages 500] [-f text|jsonl|pdf] (about 10 minutes on two processors)
"""

import argparse
import io
import json
import sys
import tempfile
from pathlib import Path

import pypdfium2 as pdfium
from measuring import measured
from PIL import Image, ImageDraw, ImageFont

A4_200_DPI = (1654, 2339)


def scanned_pdf(path: Path, pages: int) -> None:
    """A PDF whose pages are grey JPEG pictures of a few lines, each its own."""
    pdf = pdfium.PdfDocument.new()
    font = ImageFont.load_default(36)
    for number in range(1, pages + 1):
        image = Image.new("L", A4_200_DPI, 250)
        pen = ImageDraw.Draw(image)
        for line in range(12):
            pen.text((150, 200 + 70 * line), f"Page {number}, line {line}: the quick brown fox", fill=20, font=font)
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=80)
        page = pdf.new_page(595, 842)
        picture = pdfium.PdfImage.new(pdf)
        picture.load_jpeg(buffer, inline=True)
        picture.set_matrix(pdfium.PdfMatrix().scale(595, 842))
        page.insert_obj(picture)
        page.gen_content()
        page.close()
    pdf.save(path)


def main() -> None:
    """Prints the figures and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("-f", "--format", default="text")
    args = parser.parse_args()
    vextract = [str(Path(sys.executable).parent / "vextract"), "ocr", "--fast", "-f", args.format]
    with tempfile.TemporaryDirectory() as folder:
        runs = {}
        for pages in (2, 10, args.pages):
            path = Path(folder, f"{pages}.pdf")
            scanned_pdf(path, pages)
            runs[pages] = measured([*vextract, str(path)])
    short, long, two = runs[10], runs[args.pages], runs[2]
    figures = {
        "format": args.format,
        "peak_mb_10": round(short.peak_mb),
        f"peak_mb_{args.pages}": round(long.peak_mb),
        "memory_ratio": round(long.peak_mb / short.peak_mb, 3),
        "first_page_s": round(long.first_output_s or 0, 2),
        "two_pages_s": round(two.seconds, 2),
        "first_page_to_two_pages": round((long.first_output_s or 0) / two.seconds, 3),
        "pages_per_s": round(args.pages / long.seconds, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
