"""The words of one page as text to search in: characters that matter, each knowing the word that it stands in."""

import re
import unicodedata
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import accumulate
from statistics import median

from vextract.geometry import clip
from vextract.types import Box, Line, PageRef, PageText, Word
from vextract.values.amounts import NumberMention, find_numbers
from vextract.values.dates import DateMention, find_dates

__all__ = ["PageIndex", "Span", "bare", "confusable", "fold"]

# Characters that OCR takes for one another, each class under one name.
_CONFUSABLE = str.maketrans("olisbz", "011582")
_GRAM = 3
# A word over so many times the usual height of its line, of so many words, has more in its box than its print.
_TALL, _FEWEST_NEIGHBOURS = 1.5, 3
# The width of a character is about so much of the height of capitals; a word with less than the second share is too high for its
# width: a rule or a stroke beside it is in its box.
_USUAL_WIDTH, _NARROWEST = 0.62, 0.38
_ASCENDING = set("bdfhklti()[]{}/|!?&%$€£§ß")
_DESCENDING = set("gjpqyçQ,;()[]{}/|$§")
_CAP, _SMALL, _FOOT, _MARGIN = 0.72, 0.5, 0.22, 0.08


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Letters and digits only, without case, accents, ligatures and width: "Fünf-Sterne ﬁx" becomes "funfsternefix"."""
    if text.isascii():
        return "".join(c for c in text if c.isalnum()).lower()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if c.isalnum() and not unicodedata.combining(c)).casefold()


def confusable(folded: str) -> str:
    """Folded text with characters that OCR confuses made alike ("o" and "0", "l" and "1")."""
    return folded.translate(_CONFUSABLE)


def bare(word: str) -> str:
    """The word without the marks around it; a decimal mark belongs to its digits: "(.97)" becomes ".97"."""
    return re.sub(r"^[^\w.]+|\W+$|^\.(?!\d)|_", "", word).casefold()


@dataclass(frozen=True, slots=True)
class Span:
    """Words `first..last` (inclusive, in reading order) of a page; the first and last may be taken in part.

    `head` and `tail` are the shares (0..1) of the first and the last word's width that stand before and after what was found.
    """

    first: int
    last: int
    head: float = 0.0
    tail: float = 0.0


class PageIndex:
    """One page made searchable. Built once a page, in time linear in its words; searched for many values."""

    def __init__(self, page: PageText) -> None:
        self.page = page
        self.number = page.ref.number
        self.words: tuple[Word, ...] = page.words
        self.lines: tuple[Line, ...] = page.lines
        self.line_of: list[int] = [n for n, line in enumerate(page.lines) for _ in line.words]
        self.first_word: list[int] = [0, *accumulate(len(line.words) for line in page.lines)]
        self.folded: list[str] = [fold(word.text) for word in self.words]
        self.stream = "".join(self.folded)
        self.owner: list[int] = [n for n, text in enumerate(self.folded) for _ in text]
        self.start_of: list[int] = [0, *accumulate(len(text) for text in self.folded)]

    @cached_property
    def boxes(self) -> list[Box]:
        """The boxes of the words, as high as their line of print is: a reader's own box ends where its ink ends."""
        if self.page.reader == "textlayer":
            return [word.box for word in self.words]
        return [_full_height(word, self.page.ref) for line in self.lines for word in _levelled(line, self.page.ref)]

    @cached_property
    def confusable_stream(self) -> str:
        """The stream with confusable characters made alike; position by position the same text."""
        return confusable(self.stream)

    @cached_property
    def grams(self) -> dict[str, list[int]]:
        """Where each run of three characters of the confusable stream begins."""
        found: dict[str, list[int]] = {}
        stream = self.confusable_stream
        for position in range(len(stream) - _GRAM + 1):
            found.setdefault(stream[position : position + _GRAM], []).append(position)
        return found

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """The words by their folded print, without those that have none."""
        found: dict[str, list[int]] = {}
        for n, text in enumerate(self.folded):
            if text:
                found.setdefault(text, []).append(n)
        return found

    @cached_property
    def long_words(self) -> list[str]:
        """Distinct folded words of letters only that are long enough to be known with one letter misread."""
        return [word for word in self.places if len(word) > _GRAM and not any(map(str.isdigit, word))]

    @cached_property
    def bare(self) -> dict[str, list[int]]:
        """The words by their print without the marks around it (decimal marks stay): "(.97)" is under ".97"."""
        found: dict[str, list[int]] = {}
        for n, word in enumerate(self.words):
            found.setdefault(bare(word.text), []).append(n)
        return found

    @cached_property
    def dates(self) -> list[tuple[DateMention, Span]]:
        """All dates on the page."""
        return [
            (mention, self._span(n, mention.start, mention.end))
            for n, text in self._texts
            for mention in find_dates(text)
        ]

    @cached_property
    def numbers(self) -> list[tuple[NumberMention, Span]]:
        """All numbers on the page."""
        return [
            (mention, self._span(n, mention.start, mention.end))
            for n, text in self._texts
            for mention in find_numbers(text)
        ]

    @cached_property
    def numbers_by_size(self) -> dict[Decimal, list[tuple[NumberMention, Span]]]:
        """The numbers that are no part of a date, by each of their readings without its sign."""
        dates = {n for _, span in self.dates for n in range(span.first, span.last + 1)}
        found: dict[Decimal, list[tuple[NumberMention, Span]]] = {}
        for mention, span in self.numbers:
            if span.first not in dates:
                for reading in mention.readings:
                    found.setdefault(abs(reading), []).append((mention, span))
        return found

    @cached_property
    def _texts(self) -> list[tuple[int, str]]:
        return [(n, " ".join(word.text for word in line.words)) for n, line in enumerate(self.lines)]

    def _span(self, line: int, start: int, end: int) -> Span:
        """The words that hold characters `start..end` of a line's text (words joined by one space)."""
        position, first, last, head, tail = 0, None, 0, 0.0, 0.0
        for n, word in enumerate(self.lines[line].words):
            length = len(word.text)
            if first is None and start < position + length:
                first, head = n, max(0.0, (start - position) / length)
            if position < end:
                last, tail = n, max(0.0, (position + length - end) / length)
            position += length + 1
        base = self.first_word[line]
        return Span(base + (first or 0), base + last, head, tail)

    def span_at(self, start: int, end: int) -> Span:
        """The words that hold characters `start..end` of the stream."""
        first, last = self.owner[start], self.owner[end - 1]
        head = (start - self.start_of[first]) / len(self.folded[first])
        tail = (self.start_of[last] + len(self.folded[last]) - end) / len(self.folded[last])
        return Span(first, last, head, tail)

    def quote(self, span: Span) -> str:
        """The words as they are printed, parted by spaces."""
        return " ".join(word.text for word in self.words[span.first : span.last + 1])


def _levelled(line: Line, ref: PageRef) -> list[Word]:
    """The words of a line, those that are far taller than print can be (with a rule, a stain, a stroke) brought to its height."""
    words = list(line.words)
    if len(words) >= _FEWEST_NEIGHBOURS:
        top, bottom = median(w.box.y0 for w in words), median(w.box.y1 for w in words)
        tall = _TALL * (bottom - top)
        words = [
            replace(w, box=Box(w.box.x0, max(w.box.y0, top), w.box.x1, min(w.box.y1, bottom)))
            if w.box.y1 - w.box.y0 > tall and w.box.y0 < bottom and w.box.y1 > top
            else w
            for w in words
        ]
    return [_lowered(word, ref) for word in words]


def _lowered(word: Word, ref: PageRef) -> Word:
    """A word that is too high for its width with the middle of its box only: where its ink stands in it is unknown."""
    box, letters = word.box, len(word.text)
    wide, high = (box.x1 - box.x0) * ref.width_px, (box.y1 - box.y0) * ref.height_px
    if letters < _FEWEST_NEIGHBOURS or wide < high or wide / letters > _NARROWEST * high:
        return word
    half, middle = wide / letters / _USUAL_WIDTH / ref.height_px / 2, (box.y0 + box.y1) / 2
    return replace(word, box=Box(box.x0, middle - half, box.x1, middle + half))


def _full_height(word: Word, ref: PageRef) -> Box:
    """The box from the top of capitals to the foot of descenders, and half a stroke on either side.

    Print has three heights: with ascender or capital 0.72 of the type size, with descender 0.22 below the line, else 0.5.
    """
    text, box = word.text, word.box
    tall = any(c.isupper() or c.isdigit() or c in _ASCENDING for c in text)
    deep = any(c in _DESCENDING for c in text)
    if not any(c.isalnum() for c in text):
        return box
    size = (box.y1 - box.y0) / ((_CAP if tall else _SMALL) + (_FOOT if deep else 0.0))
    top = box.y0 - (0.0 if tall else (_CAP - _SMALL) * size) - _MARGIN * size
    bottom = box.y1 + (0.0 if deep else _FOOT * size) + _MARGIN * size
    side = _MARGIN * size * ref.height_px / ref.width_px
    return clip(Box(box.x0 - side, top, box.x1 + side, bottom))
