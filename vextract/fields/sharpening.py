"""Before fields are chosen: the parts of a scanned page that matter to them are read once more, closely.

A label with nothing beside it, a value that was read badly, the head of the page with the name of who issued it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vextract.fields.candidates import Candidate
from vextract.fields.segments import PageRows
from vextract.fields.vocabulary import Hit
from vextract.geometry import clip, overlap
from vextract.grounding import Look
from vextract.layout import arrange
from vextract.merging import merge
from vextract.schema.fields import FieldSpec
from vextract.types import Box, PageText, Reading

__all__ = ["apart", "sharpen"]

# A value whose words were read less surely than this is read again.
_DOUBTFUL = 0.85
_MOST_PARTS = 8
_LABELS_TRIED = 4


def sharpen(
    page: PageRows,
    fields: Mapping[str, FieldSpec],
    found: Mapping[str, Sequence[Candidate]],
    hits: Sequence[Hit],
    look: Look,
) -> PageText:
    """The page with the parts that matter read again; the same page where there is no such part, or it is no scan."""
    if "textlayer" in page.page.reader:
        return page.page
    parts = list(dict.fromkeys(_parts(page, fields, found, hits)))[:_MOST_PARTS]
    if not parts:
        return page.page
    words = list(page.index.words)
    for reading in look.parts(page.number, apart(parts), page.letter):
        words = merge(words, list(reading))
    text = page.page
    return replace(text, lines=arrange(Reading(tuple(words), text.reader, text.rotation), text.ref))


def _parts(
    page: PageRows, fields: Mapping[str, FieldSpec], found: Mapping[str, Sequence[Candidate]], hits: Sequence[Hit]
) -> Iterator[Box]:
    heads = [cs[0] for p, cs in found.items() if cs and fields[p].hints.get("place") == "letterhead"]
    if heads:
        yield _head(page, heads[0])
    for pointer, candidates in found.items():
        best = next((c for c in candidates if c.page is page), None)
        if best is None:
            if candidates or fields[pointer].kind in ("text", "any"):
                continue  # it is on another page, or what is missing has no form to look for
            # Of several labels without a value, the last: what a paper sums up to stands at its end.
            for hit in [h for h in hits if h.pointer == pointer and h.clean][:-_LABELS_TRIED:-1]:
                yield _row(page, hit.segment.box, hit.segment.box.x1)
        elif (best.sure or 0.0) < _DOUBTFUL:
            yield _row(page, best.box, best.box.x0 - 3 * page.letter * page.aspect)


def apart(parts: Sequence[Box]) -> list[Box]:
    """Those of the parts that overlap none before them."""
    kept: list[Box] = []
    for part in parts:
        if all(overlap(part, other) == 0 for other in kept):
            kept.append(part)
    return kept


def _row(page: PageRows, box: Box, left: float) -> Box:
    """From a place on a row to the page's right edge."""
    margin = 0.7 * max(page.letter, box.y1 - box.y0)
    return clip(Box(left, box.y0 - margin, 1.0, box.y1 + margin))


def _head(page: PageRows, candidate: Candidate) -> Box:
    """The lines around the name at the head of the page."""
    box = candidate.box
    margin = max(page.letter, box.y1 - box.y0)
    return clip(Box(0.0, box.y0 - margin, 1.0, box.y1 + margin))
