"""A model's transcription of a page put onto the words that were measured there: better text at measured places.

Places are those of the reader (OCR or a PDF's text layer) and nothing else: a word of the model that nothing on the page
resembles has none, and stands in the transcript only. What the model did not transcribe is left out of the lines, and counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from vextract.aligning.matching import match, tokens
from vextract.aligning.placing import Piece, Sides, place
from vextract.aligning.transcript import printed_words
from vextract.types import Line, PageText

__all__ = ["Aligned", "align"]


@dataclass(frozen=True, slots=True)
class Aligned:
    """A page with a model's words.

    Attributes:
        page: the model's words at measured places, in lines, in the model's order; its `transcript` is the model's text verbatim.
        unplaced: how many of the model's words have no measured place.
        unread: how many of the measured words the model did not transcribe.
    """

    page: PageText
    unplaced: int
    unread: int


def align(measured: PageText, transcript: str, *, model: str) -> Aligned:
    """Puts each word of the transcript where the measured words stand that it is made of.

    Of a measured word that is two words of the model's, each gets its part of the box, by characters; a word of the model's that
    was measured in pieces gets the box around them, and in each line its part if they stand in several. A confidence stays only
    where the text is the measured one.

    Args:
        measured: what a reader found on the page.
        transcript: what the model says is printed, as plain text, Markdown or HTML.
        model: its name, such as "openai:gpt-4o".
    """
    said, words = printed_words(transcript), measured.words
    lines = [number for number, line in enumerate(measured.lines) for _ in line.words]
    sides = Sides(said, tokens(said), words, tokens([word.text for word in words]), lines)
    found = place(sides, match(sides.said_tokens, sides.page_tokens), measured.rotation)
    page = replace(
        measured,
        lines=tuple(_lines(found.pieces, measured)),
        reader=f"{model}+{measured.reader}",
        transcript=transcript,
    )
    taken = {word for piece in found.pieces for word in piece.words}
    return Aligned(page, found.unplaced, len(words) - len(taken))


def _lines(pieces: Sequence[Piece], measured: PageText) -> Iterator[Line]:
    """The pieces in their order, a line for each stretch in one measured line; blocks numbered anew, in that order."""
    block, before = -1, None
    for number, group in groupby(pieces, key=lambda piece: piece.line):
        block += measured.lines[number].block != before
        before = measured.lines[number].block
        yield Line(tuple(piece.word for piece in group), block)
