"""Pages of words in rows, as a reader would give them."""

from collections.abc import Sequence

from vextract.types import Box, Line, PageRef, PageText, Word

__all__ = ["page"]

WIDTH, ROW = 0.008, 0.02


def page(rows: Sequence[str], number: int = 1, reader: str = "tesseract", sure: float | None = 0.95) -> PageText:
    """One line a row; where two spaces or more part its words, the gap is as much wider."""
    lines = []
    for n, row in enumerate(rows):
        words, x = [], 0
        for piece in row.split(" "):
            if piece:
                box = Box(x * WIDTH, (n + 1) * ROW, (x + len(piece)) * WIDTH, (n + 1) * ROW + 0.012)
                words.append(Word(piece, box, sure))
            x += len(piece) + 1
        if words:
            lines.append(Line(tuple(words), n))
    return PageText(PageRef("made up", number, 1000, 1000), tuple(lines), reader)
