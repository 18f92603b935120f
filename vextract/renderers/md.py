"""Markdown: paragraphs, headings, lists and simple tables, guessed from where the lines stand and how large they are.

Guesses are shy: what might be an address or a poem keeps its lines, and characters that Markdown would take for markup
are escaped, so that a viewer shows the words that were read. It knows nothing of bold, links or formulas.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from statistics import median

from vextract.geometry import turn, union
from vextract.renderers import Format, RenderOptions
from vextract.renderers._markdown import inline
from vextract.renderers._markup import blocks, clean
from vextract.renderers._record_md import RecordMarkdownWriter
from vextract.types import Line, PageText, Record
from vextract.word_tables import Table, find_tables

__all__ = ["FORMAT"]

# A heading is this much taller than the page's usual line, and short; a title still more.
_HEADING, _TITLE = 1.4, 2.0
_LONGEST_HEADING_WORDS, _LONGEST_HEADING_LINES = 12, 3
# Fewer lines have no usual height.
_FEWEST_LINES = 4
# Of running text, this share of the lines (the last aside) reaches this share of the block's width.
_FULL_LINES, _FULL_WIDTH = 0.8, 0.7
_FEWEST_WORDS_A_LINE = 4

_BULLETS = frozenset("-+*•·▪▫■□◦‣⁃●○–")
_NUMBER = re.compile(r"\d{1,2}[.)]")
_SPLIT_WORD = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ad]$")
_LINE_START = re.compile(r"#{1,6}(?= |$)|>|[-+](?= |$)|[-:|= ]+$")
_NUMBER_START = re.compile(r"\A(\d{1,9})([.)])(?= |$)")


class _Writer:
    def __init__(self, options: RenderOptions) -> None:
        self._options = options
        self._pages = 0
        self._written = False

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        del picture
        parts = [_comment(page.ref.source)] if self._options.several and not self._pages else []
        if self._pages:
            parts.append(_comment(f"page {page.ref.number}"))
        parts += _parts(page)
        if parts:
            yield ("\n" * self._written + "\n\n".join(parts) + "\n").encode()
            self._written = True
        self._pages += 1

    def close(self, record: Record[object]) -> Iterable[bytes]:
        del record
        return ()


def _comment(text: str) -> str:
    """A comment that no text can end early (CommonMark 0.31, 4.6: it ends at the first `-->`)."""
    return f"<!-- {' '.join(clean(text).split()).replace('-->', '--&gt;')} -->"


def _parts(page: PageText) -> list[str]:
    """The page's paragraphs, headings, lists and tables, in reading order; a transcript as the model wrote it."""
    if page.transcript is not None:
        return [clean(page.transcript).strip("\n")] if page.transcript.strip() else []
    upright = [
        replace(line, words=tuple(replace(word, box=turn(word.box, page.rotation)) for word in line.words))
        for line in page.lines
        if line.words
    ]
    usual = median(map(_height, upright)) if len(upright) >= _FEWEST_LINES else None
    parts: list[str] = []
    at = 0
    for table in find_tables([line.words for line in upright]):
        parts += _prose(replace(page, lines=tuple(upright[at : table.start])), usual)
        parts.append(_pipe_table(table))
        at = table.stop
    return parts + list(_prose(replace(page, lines=tuple(upright[at:])), usual))


def _prose(page: PageText, usual: float | None) -> Iterator[str]:
    for block in blocks(page):
        for level, run in groupby(block, key=partial(_heading_level, usual=usual)):
            lines = list(run)
            is_heading = level and len(lines) <= _LONGEST_HEADING_LINES
            yield _heading(lines, level) if is_heading else _text(lines)


def _height(line: Line) -> float:
    """How tall the line's words usually are; one bracket or one mistaken box does not make a heading."""
    return median(word.box.y1 - word.box.y0 for word in line.words)


def _heading_level(line: Line, *, usual: float | None) -> int:
    """1 for a title, 2 for a heading, 0 for text."""
    short = len(line.words) <= _LONGEST_HEADING_WORDS and any(map(str.isalpha, line.text))
    is_sentence = line.text.endswith((".", ",", ";"))
    if not usual or not short or is_sentence or _is_item(line) or _height(line) < _HEADING * usual:
        return 0
    return 1 if _height(line) >= _TITLE * usual else 2


def _heading(lines: Sequence[Line], level: int) -> str:
    # A closing run of # would be taken for markup too.
    text = re.sub(r"#(?=#*$)", r"\\#", inline(_joined(lines)))
    return f"{'#' * level} {text}"


def _text(lines: Sequence[Line]) -> str:
    """A list, a paragraph, or lines that keep their breaks."""
    groups: list[list[Line]] = []
    for line in lines:
        if _is_item(line) or not groups:
            groups.append([])
        groups[-1].append(line)
    if any(_is_item(group[0]) for group in groups):
        first = "" if _is_item(groups[0][0]) else f"{_paragraph(groups.pop(0))}\n\n"
        return first + "\n".join(map(_item, groups))
    return _paragraph(lines)


def _paragraph(lines: Sequence[Line]) -> str:
    if _is_running(lines):
        return _block(_joined(lines))
    # Two spaces at the end of a line keep its break.
    return "  \n".join(_block(_plain(line)) for line in lines)


def _is_running(lines: Sequence[Line]) -> bool:
    """Whether the lines are one flow of text that only the edge of the column broke."""
    around = union(line.box for line in lines)
    reach = [(line.box.x1 - around.x0) >= _FULL_WIDTH * (around.x1 - around.x0) for line in lines[:-1]]
    wordy = sum(len(line.words) for line in lines) >= _FEWEST_WORDS_A_LINE * len(lines)
    return len(lines) == 1 or (wordy and sum(reach) >= _FULL_LINES * len(reach))


def _is_item(line: Line) -> bool:
    first = line.words[0].text
    return len(line.words) > 1 and (first in _BULLETS or _NUMBER.fullmatch(first) is not None)


def _item(lines: Sequence[Line]) -> str:
    mark, _, text = _joined(lines).partition(" ")
    return f"{'-' if mark in _BULLETS else mark} {_block(text)}"


def _joined(lines: Sequence[Line]) -> str:
    """The lines as one, a word that was split at a line's end made whole."""
    text = _plain(lines[0])
    for line in lines[1:]:
        following = _plain(line)
        whole = _SPLIT_WORD.search(text) and following[:1].islower()
        text = text[:-1] + following if whole else f"{text} {following}"
    return text


def _pipe_table(table: Table) -> str:
    """The table with its first row as the head, which Markdown demands."""
    rows = [
        [inline(" ".join(" ".join(clean(word.text).split()) for word in cell)).replace("|", r"\|") for cell in row]
        for row in table.cells
    ]
    ruled = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)


def _plain(line: Line) -> str:
    return " ".join(clean(line.text).split())


def _block(text: str) -> str:
    """The text as a paragraph's line: neither its characters nor its beginning are markup."""
    text = inline(text)
    return _NUMBER_START.sub(r"\1\\\2", f"\\{text}" if _LINE_START.match(text) else text, count=1)


FORMAT = Format(suffix=".md", writer=_Writer, record_writer=RecordMarkdownWriter, between=b"\n")
