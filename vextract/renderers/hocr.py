"""hOCR 1.2: XHTML that shows the text and carries every word's place in its title attributes.

Source: http://kba.github.io/hocr-spec/1.2/ (classes, properties and their grammar). Logical structure (headings,
tables) is not claimed.
"""

from collections.abc import Iterable, Iterator
from itertools import count

from vextract.geometry import union
from vextract.renderers import Format, RenderOptions
from vextract.renderers._markup import PROGRAM, attribute, blocks, clean, content, pixels, program_version
from vextract.types import Box, Line, PageRef, PageText, Record, Word

__all__ = ["FORMAT"]

_DTD = "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"
_CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf"
_WHOLE = Box(0.0, 0.0, 1.0, 1.0)
# A delimited string of hOCR has no escapes of its own and may hold none of these; a URL's escapes serve a file name as
# well.
_FORBIDDEN = str.maketrans({'"': "%22", ";": "%3B", "\n": "%0A", "\r": "%0D", "\t": "%09"})


class _Writer:
    def __init__(self, options: RenderOptions) -> None:
        del options  # hOCR boxes are always pixels
        self._pages = 0

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        del picture
        if not self._pages:
            yield _head(page.ref.source).encode()
        self._pages += 1
        yield "".join(_page(page, self._pages)).encode()

    def close(self, record: Record[object]) -> Iterable[bytes]:
        del record
        if self._pages:
            yield b" </body>\n</html>\n"


def _head(source: str) -> str:
    system = " ".join(filter(None, (PROGRAM, program_version())))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "{_DTD}">\n'
        '<html xmlns="http://www.w3.org/1999/xhtml">\n <head>\n'
        f"  <title>{content(source)}</title>\n"
        '  <meta http-equiv="Content-Type" content="text/html; charset=utf-8" />\n'
        f'  <meta name="ocr-system" content={attribute(system)} />\n'
        f'  <meta name="ocr-capabilities" content="{_CAPABILITIES}" />\n'
        " </head>\n <body>\n"
    )


def _page(page: PageText, ordinal: int) -> Iterator[str]:
    """The page's element; `ordinal` keeps ids apart and is its 1-based place in this file."""
    ref = page.ref
    facts = [f'image "{clean(ref.source).translate(_FORBIDDEN)}"', _bbox(_WHOLE, ref), f"ppageno {ref.number - 1}"]
    if ref.dpi:
        facts.append(f"scan_res {round(ref.dpi)} {round(ref.dpi)}")
    yield f'  <div class="ocr_page" id="page_{ordinal}" title={attribute("; ".join(facts))}>\n'
    lines, words = count(1), count(1)
    angle = f"; textangle {page.rotation}" if page.rotation else ""
    for number, block in enumerate(blocks(page), 1):
        title = _bbox(union(line.box for line in block), ref)
        yield f'   <div class="ocr_carea" id="block_{ordinal}_{number}" title="{title}">\n'
        yield f'    <p class="ocr_par" id="par_{ordinal}_{number}" title="{title}">\n'
        for line in block:
            yield (
                f'     <span class="ocr_line" id="line_{ordinal}_{next(lines)}" title="{_bbox(line.box, ref)}{angle}">'
                f"{_words(line, ref, ordinal, words)}</span>\n"
            )
        yield "    </p>\n   </div>\n"
    yield "  </div>\n"


def _words(line: Line, ref: PageRef, ordinal: int, numbers: Iterator[int]) -> str:
    return " ".join(
        f'<span class="ocrx_word" id="word_{ordinal}_{next(numbers)}"'
        f' title="{_bbox(word.box, ref)}{_confidence(word)}">{content(word.text)}</span>'
        for word in line.words
    )


def _bbox(box: Box, ref: PageRef) -> str:
    return "bbox " + " ".join(map(str, pixels(box, ref)))


def _confidence(word: Word) -> str:
    return "" if word.confidence is None else f"; x_wconf {round(word.confidence * 100)}"


FORMAT = Format(suffix=".hocr", writer=_Writer, concatenates=False)
