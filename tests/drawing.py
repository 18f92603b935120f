"""Small pictures with known text, drawn for the tests."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

__all__ = ["SAMPLES", "draw_lines", "write_tiff"]

SAMPLES = Path(__file__).parent.parent / "samples"


def draw_lines(lines: list[str], size: tuple[int, int] = (700, 160), letters_px: int = 30) -> Image.Image:
    """Black lines on white, one under the other."""
    image = Image.new("L", size, 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(letters_px)
    for i, line in enumerate(lines):
        pen.text((20, 20 + i * 1.6 * letters_px), line, fill=0, font=font)
    return image


def write_tiff(path: Path, lines: list[str]) -> Path:
    """A TIFF with one page for each line."""
    first, *others = (draw_lines([line]) for line in lines)
    first.save(path, save_all=True, append_images=others)
    return path
