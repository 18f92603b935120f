"""Pages to render, and strategies that make them."""

from collections.abc import Sequence
from io import BytesIO

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from vextract.geometry import turn
from vextract.renderers import RenderOptions, find_format
from vextract.types import Box, Line, PageRef, PageText, Record, Word

# A busy machine is no failure.
unhurried = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
Placed = tuple[str, float, float, float, float]
NASTY = ["\x00", "\x0b", "\x1f", "\x7f", "\x85", "\ud800", "\udfff", "\ufffe", "\uffff", "\t", "\n", "\r", "\u2028"]
MARKUP = [*"<>&\"';|`*_[]\\#~$^=-+:.)!(", "]]>", "-->", "&amp;", "&#13;", "<b>", "1.", "#", "-", "+", "---"]
characters = st.one_of(st.characters(), st.sampled_from(NASTY), st.sampled_from(MARKUP))
texts = st.lists(characters, min_size=1, max_size=8).map("".join)


def page(
    *lines: Sequence[Placed],
    blocks: Sequence[int] | None = None,
    rotation: int = 0,
    ref: PageRef | None = None,
) -> PageText:
    """A page, upright 1000 x 1400 pixels, with the words at these upright fractions, given as `rotation` says."""
    ref = ref or PageRef("scan.png", 1, *((1000, 1400) if rotation % 180 == 0 else (1400, 1000)), 150.0)
    placed = tuple(
        Line(tuple(Word(text, turn(Box(*box), -rotation), 0.9) for text, *box in line), block)
        for line, block in zip(lines, blocks or [0] * len(lines), strict=True)
    )
    return PageText(ref, placed, "tesseract", rotation)


def text_line(text: str, y: float, *, x: float = 0.1, height: float = 0.02, character: float = 0.012) -> list[Placed]:
    """The words of a text set from x on; all characters and spaces are equally wide."""
    line: list[Placed] = []
    for word in text.split(" "):
        if word:
            line.append((word, x, y, x + len(word) * character, y + height))
        x += (len(word) + 1) * character
    return line


def render(name: str, *pages: PageText, options: RenderOptions | None = None, picture: bytes | None = None) -> bytes:
    """What the format makes of a document with these pages."""
    writer = find_format(name).writer(options or RenderOptions())
    source = pages[0].ref.source if pages else "scan.png"
    record: Record[object] = Record(source, None, "ocr", None, "ok" if pages else "failed", None)
    return b"".join([*(part for each in pages for part in writer.page(each, picture)), *writer.close(record)])


def printable(text: str) -> str:
    """The text as every format may print it: what no XML can hold is replaced by U+FFFD."""
    return "".join(
        c if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff") else "\ufffd"
        for c in text
    )


def picture(width: int = 100, height: int = 140, mode: str = "RGB", kind: str = "PNG", **options: object) -> bytes:
    """A picture file, white with a black upper left quarter."""
    from PIL import Image

    image = Image.new("RGB", (width, height), "white")
    image.paste("black", (0, 0, width // 2, height // 2))
    file = BytesIO()
    image.convert(mode).save(file, kind, **options)
    return file.getvalue()


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """Any box on the page, empty ones too."""
    share = st.floats(0, 1)
    x0, x1 = sorted((draw(share), draw(share)))
    y0, y1 = sorted((draw(share), draw(share)))
    return Box(x0, y0, x1, y1)


@st.composite
def page_texts(draw: st.DrawFn) -> PageText:
    """Any page: any texts anywhere, some lines empty, blocks in any order."""
    sure = st.none() | st.floats(0, 1)
    word = st.builds(Word, texts, boxes(), sure)
    line = st.builds(Line, st.lists(word, max_size=4).map(tuple), st.integers(0, 2))
    size = st.integers(1, 5000)
    ref = st.builds(PageRef, texts, st.integers(1, 999), size, size, st.none() | st.floats(72, 2400))
    lines = st.lists(line, max_size=4).map(tuple)
    return draw(st.builds(PageText, ref, lines, texts, st.sampled_from([0, 90, 180, 270])))
