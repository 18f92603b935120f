"""ALTO 4.4: the XML format of libraries and archives, one file a document, boxes in whole pixels.

Source: https://www.loc.gov/standards/alto/v4/alto-4-4.xsd (elements, their order, attributes and types).
"""

from collections.abc import Iterable, Iterator
from itertools import count, pairwise

from vextract.geometry import union
from vextract.renderers import Format, RenderOptions
from vextract.renderers._markup import PROGRAM, attribute, blocks, content, pixels, program_version
from vextract.types import Box, Line, PageRef, PageText, Record, Word

__all__ = ["FORMAT"]

_NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_WHOLE = Box(0.0, 0.0, 1.0, 1.0)


class _Writer:
    def __init__(self, options: RenderOptions) -> None:
        del options  # the head names the unit: pixel
        self._pages = 0

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        del picture
        if not self._pages:
            yield _head(page).encode()
        self._pages += 1
        yield "".join(_page(page, self._pages)).encode()

    def close(self, record: Record[object]) -> Iterable[bytes]:
        del record
        if self._pages:
            yield b" </Layout>\n</alto>\n"


def _head(page: PageText) -> str:
    """Everything before the first page. `Processing` because ALTO 4 calls the older `OCRProcessing` deprecated."""
    version = program_version()
    software = f"<softwareVersion>{content(version)}</softwareVersion>" if version else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<alto xmlns="{_NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{_NAMESPACE} {_SCHEMA}" SCHEMAVERSION="4.4">\n'
        " <Description>\n  <MeasurementUnit>pixel</MeasurementUnit>\n"
        f"  <sourceImageInformation><fileName>{content(page.ref.source)}</fileName></sourceImageInformation>\n"
        '  <Processing ID="processing_1">\n   <processingCategory>contentGeneration</processingCategory>\n'
        f"   <processingStepSettings>reader: {content(page.reader)}</processingStepSettings>\n"
        f"   <processingSoftware><softwareName>{PROGRAM}</softwareName>{software}</processingSoftware>\n"
        "  </Processing>\n </Description>\n <Layout>\n"
    )


def _page(page: PageText, ordinal: int) -> Iterator[str]:
    """The page's element; `ordinal` keeps ids apart and is its 1-based place in this file."""
    ref = page.ref
    # ALTO counts the turn of the text counterclockwise, which is by how much the page must be turned clockwise.
    rotation = f' ROTATION="{page.rotation}"' if page.rotation else ""
    yield (
        f'  <Page ID="page_{ordinal}" PHYSICAL_IMG_NR="{ref.number}" WIDTH="{ref.width_px}" HEIGHT="{ref.height_px}"'
        f'{rotation} PROCESSINGREFS="processing_1">\n   <PrintSpace{_place(_WHOLE, ref)}>\n'
    )
    lines, words = count(1), count(1)
    for number, block in enumerate(blocks(page), 1):
        place = _place(union(line.box for line in block), ref)
        yield f'    <TextBlock ID="block_{ordinal}_{number}"{place}>\n'
        for line in block:
            yield f'     <TextLine ID="line_{ordinal}_{next(lines)}"{_place(line.box, ref)}>\n'
            yield from _words(line, ref, ordinal, words)
            yield "     </TextLine>\n"
        yield "    </TextBlock>\n"
    yield "   </PrintSpace>\n  </Page>\n"


def _words(line: Line, ref: PageRef, ordinal: int, numbers: Iterator[int]) -> Iterator[str]:
    spaces = [_space(before.box, after.box, ref) for before, after in pairwise(line.words)]
    for word, space in zip(line.words, [*spaces, ""], strict=True):
        yield (
            f'      <String ID="string_{ordinal}_{next(numbers)}"{_place(word.box, ref)}'
            f" CONTENT={attribute(word.text)}{_confidence(word)}/>\n{space}"
        )


def _space(before: Box, after: Box, ref: PageRef) -> str:
    """The white space between two words; without a place where they do not stand clear of each other side by side."""
    left, right = min(before.x1, after.x1), max(before.x0, after.x0)
    if left >= right:
        return "      <SP/>\n"
    return f"      <SP{_place(Box(left, min(before.y0, after.y0), right, max(before.y1, after.y1)), ref)}/>\n"


def _place(box: Box, ref: PageRef) -> str:
    x0, y0, x1, y1 = pixels(box, ref)
    return f' HPOS="{x0}" VPOS="{y0}" WIDTH="{x1 - x0}" HEIGHT="{y1 - y0}"'


def _confidence(word: Word) -> str:
    return "" if word.confidence is None else f' WC="{word.confidence:.4f}"'


FORMAT = Format(suffix=".xml", writer=_Writer, concatenates=False)
