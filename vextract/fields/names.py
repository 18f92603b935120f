"""Names of organisations and their addresses: who issued the paper, and the blocks about the parties."""

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from vextract.fields.candidates import Candidate, candidate_in
from vextract.fields.kinds import Value
from vextract.fields.segments import PageRows, Segment
from vextract.fields.vocabulary import Hit
from vextract.grounding.text import fold
from vextract.schema.fields import FieldSpec
from vextract.types import mean_confidence
from vextract.values.amounts import find_numbers
from vextract.values.dates import find_dates

__all__ = ["letterhead", "name_line", "party", "spelled"]

# What the law of a country has a company's name end with.
_LEGAL_FORM = re.compile(
    r"\b(?:gmbh(?: ?& ?co\.? ?kg)?|mbh|ag|kg|kgaa|ohg|gbr|ug|e\.? ?k\.?|e\.? ?v\.?|eg|se|ltd|limited|llp|llc|l\.l\.c|"
    r"inc|incorporated|corp|corporation|co|company|plc|pty|sdn\.? ?bhd|s/b|bhd|enterprise|enterprises|trading|sarl|"
    r"s\.?a\.?r\.?l|s\.?a\.?s\.?u?|s\.?a|eurl|sci|s\.?p\.?a|s\.?r\.?l|s\.?l|b\.?v|n\.?v|a/?s|aps|oy|ab|s\.?r\.?o|"
    r"sp\.? ?z ?o\.? ?o|kft|pte|pvt|association|coop(?:erative)?)\b\.?",
    re.IGNORECASE,
)
# The form alone, or with a place in brackets: the second line of a name.
_TAIL = re.compile(
    r"^(?:\([^)]*\)\s*)?(?:sdn\.?|bhd\.?|gmbh|ltd\.?|inc\.?|llc|trading|enterprise|limited|co\.?|s/b|& co\.? kg|[\s&.,])+$",
    re.IGNORECASE,
)
_GLUED_FORM = re.compile(r"([^\W\d_]{3,})\.((?:SDN|S/B|BHD|GMBH|LTD|INC)\b)", re.IGNORECASE)
_MISREAD_FORM = re.compile(r"\bS[^\s/]{1,3} B[HM][DO0]\b\.?|\bSDN\.? B\S{1,2}$", re.IGNORECASE)
_FORM_FIRST = re.compile(r"^(?:sdn|bhd|gmbh|ltd|llc|inc)\b", re.IGNORECASE)
# What a heading says of the paper rather than of who issued it.
_TITLE = re.compile(
    r"\b(?:tax|invoice|receipt|bill|credit|note|copy|original|duplicate|page|invoices|\w*rechnung|rechnungen|gutschrift|quittung|beleg|kassenbon|seite|"
    r"facture|factures|avoir|ticket|recu|original|welcome|thank|willkommen|bienvenue|statement|delivery|order|cash|"
    r"lieferschein|angebot|bestellung|kunde|customer|datum|date)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|lane|jalan|jln|lot|no|floor|suite|box|city|taman|str|strasse|straße|weg|platz|allee|"
    r"rue|boulevard|bd|place|chemin|tel|phone|fax|e-?mail|www|http|gst|vat|reg|id|ust|siret|siren|tva)\b|@|straße|strasse|str\.",
    re.IGNORECASE,
)
# The number of a house or a unit, a comma behind it, begins an address: "K3-113, Lake Road".
_HOUSE = re.compile(r"\S*\d\S*,")
# So far down the page a letterhead reaches; footers name the company too.
_HEAD, _FOOT = 0.3, 0.85
# Names are often set wide; a gap of so many heights still is one.
_WIDE_TRACKING = 2.2
_FEW = 3
_ADDRESS_LINES = 5
# Lines of a block stand closer than so many heights, and begin within this share of the width; its label may stand left of it.
_CLOSE_LINES, _INDENT, _BESIDE = 1.6, 0.06, 0.15
_NAME_LABELS = {
    "name",
    "firma",
    "firmenname",
    "company",
    "companyname",
    "nom",
    "raisonsociale",
    "societe",
    "naam",
    "nombre",
}


def letterhead(spec: FieldSpec, page: PageRows, hits: Sequence[Hit], avoid: Sequence[Segment]) -> Iterator[Candidate]:
    """Who issued the paper: a name near the top, or at the foot.

    A company's legal form, the same name elsewhere on the page and an address on the internet that is like it speak for it.

    Args:
        spec: the field.
        page: the first page.
        hits: the labels on it.
        avoid: segments that name somebody else.
    """
    del spec
    domains = [fold(m[1]) for s in page.segments for m in re.finditer(r"(?:@|www\.|https?://)([\w-]+)\.", s.text)]
    skipped = {id(segment) for segment in avoid}
    labelled = {id(hit.segment) for hit in hits if hit.start == 0 and _is_all_or_closed(page, hit)}
    first = 0
    for row in page.rows:
        for segment in row:
            foot = segment.box.y0 > _FOOT
            if (segment.box.y0 > _HEAD and not foot) or id(segment) in skipped or id(segment) in labelled:
                continue
            words, text = _name_part(page, segment)
            if _TAIL.match(text):  # a company's legal form alone: its name stands above
                words, text = _with_line_above(page, segment, words, text)
            if not _is_name(text) or _is_label(page, segment):
                continue
            score = _score(page, segment, text, domains, first, foot=foot)
            sure = mean_confidence([page.index.words[n] for n in words])
            first += not foot
            yield candidate_in(
                page,
                words,
                Value(text, 0, 10**4),
                min(0.95, score) * (0.5 + 0.5 * (1.0 if sure is None else sure)),
                "letterhead",
            )


def _is_all_or_closed(page: PageRows, hit: Hit) -> bool:
    """Whether a label is the whole of its segment, or a colon parts it from what follows."""
    words = hit.segment.words
    return hit.end == len(words) or page.index.words[words[hit.end - 1]].text.endswith(":")


def _score(page: PageRows, segment: Segment, text: str, domains: Sequence[str], before: int, *, foot: bool) -> float:  # noqa: PLR0913
    """How much speaks for a line being the name of who issued the paper, before its reading is judged."""
    legal = _LEGAL_FORM.search(text) is not None
    score = 0.35 + 0.3 * legal - 0.25 * foot
    score += 0.25 * (not foot) * max(0.0, 1 - before / 4)
    score += 0.2 * any(len(d) > 3 and fuzz.partial_ratio(d, fold(text)) > 85 for d in domains)
    score += 0.15 * (_count(page, text) > 1)
    score += 0.1 * (segment.height > 1.3 * page.letter)
    score -= 0.3 * bool(_TITLE.search(text)) * (not legal)
    return score - 0.25 * bool(_ADDRESS.search(text)) * (not legal)


def _with_line_above(
    page: PageRows, segment: Segment, words: tuple[int, ...], text: str
) -> tuple[tuple[int, ...], str]:
    above = page.rows[segment.row - 1] if segment.row else []
    near = [
        s
        for s in above
        if segment.box.y0 - s.box.y1 < segment.height and min(s.box.x1, segment.box.x1) > max(s.box.x0, segment.box.x0)
    ]
    if not near:
        return words, text
    more, start = _name_part(page, above[0])
    return (*more, *words), f"{start} {text}"


def _name_part(page: PageRows, segment: Segment) -> tuple[tuple[int, ...], str]:
    """The name at the beginning of a sender's line ("Name, street, town" or "Name (123456-A)")."""
    numbers = list(segment.words)
    for other in page.right_of(segment):
        gap = (other.box.x0 - page.index.words[numbers[-1]].box.x1) / (max(segment.height, 1e-6) * page.aspect)
        if (
            gap > (_WIDE_TRACKING if len(page.rows[segment.row]) > _FEW else 2 * _WIDE_TRACKING)
            or abs(other.height - segment.height) > 0.5 * segment.height
        ):
            break
        numbers += other.words
    words = [page.index.words[n].text for n in numbers]
    end = len(words)
    for n, word in enumerate(words):
        if n and (word in "-–|·•*/" or (word.startswith("(") and any(c.isdigit() for c in word))):
            end = n
            break
        if word.endswith(",") and _LEGAL_FORM.search(" ".join(words[: n + 1])):
            end = n + 1
            break
    text = spelled(" ".join(words[:end]))
    return tuple(numbers[:end]), text


def spelled(text: str) -> str:
    """The name with its legal form spelled right where OCR took a letter for another, and parted from what it is glued to."""
    text = _GLUED_FORM.sub(r"\1 \2", text.strip(" ,;:*-–|._=~'\"“”‘’"))
    return _MISREAD_FORM.sub(lambda m: m[0] if fold(m[0]).replace(".", "") == "sdnbhd" else "SDN BHD", text)


def _is_name(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    if (
        letters < 3
        or letters < 0.55 * len(text.replace(" ", ""))
        or len(text) > 70
        or text.endswith(":")
        or "@" in text
        or _HOUSE.match(text)
    ):
        return False
    return not _FORM_FIRST.match(text) and not find_dates(text) and not any(n.decimals == 2 for n in find_numbers(text))


def _count(page: PageRows, text: str) -> int:
    folded = fold(text)
    return page.index.stream.count(folded) if len(folded) > 4 else 0


def party(page: PageRows, labels: Sequence[str], hits: Sequence[Hit]) -> list[Segment]:
    """The lines of the block about a party: after its label, then below it while lines stand close under one another."""
    best: list[Segment] = []
    for segment in page.segments:
        start = _label_end(page, segment, labels)
        if start is None:
            continue
        block: list[Segment] = []
        if start < len(segment.words):
            block.append(page.segment(segment.words[start:], segment.row))
        block += _lines_below(page, block[0] if block else segment, segment.row, hits)
        if not block:
            block = [s for s in page.right_of(segment)[:1] if s.box.x0 - segment.box.x1 < _BESIDE]
            block += _lines_below(page, block[0], segment.row, hits) if block else []
        if len(block) > len(best):
            best = block
    return best


def _lines_below(page: PageRows, anchor: Segment, row: int, hits: Sequence[Hit]) -> list[Segment]:
    """The lines under a segment, each close to the one before and beginning at the same place."""
    lines: list[Segment] = []
    last = anchor.box
    for other in page.below(anchor.box, row, lines=2.5 * _ADDRESS_LINES):
        if other.box.y0 - last.y1 > _CLOSE_LINES * max(page.letter, anchor.height) or len(lines) > _ADDRESS_LINES:
            break
        if abs(other.box.x0 - anchor.box.x0) > _INDENT or any(
            h.segment is other and h.start == 0 and h.pointer for h in hits
        ):
            continue
        lines.append(other)
        last = other.box
    return lines


def name_line(page: PageRows, block: Sequence[Segment]) -> Segment | None:
    """The line of a party's block that is its name: the one labelled so, else the first that is no labelled line itself."""
    for segment in block:
        right = page.right_of(segment)
        if right and fold(segment.text) in _NAME_LABELS:
            return right[0]
    for segment in block:
        address = segment.text[:1].isdigit() or (_ADDRESS.search(segment.text) and not _LEGAL_FORM.search(segment.text))
        if ":" not in segment.text and _is_name(segment.text) and not _is_label(page, segment) and not address:
            return segment
    return None


def _is_label(page: PageRows, segment: Segment) -> bool:
    """Whether a colon follows, in the segment or right of it."""
    right = page.right_of(segment)
    return segment.text.endswith(":") or bool(right and right[0].text.startswith(":"))


def _label_end(page: PageRows, segment: Segment, labels: Sequence[str]) -> int | None:
    folded = [page.index.folded[n] for n in segment.words]
    for label in labels:
        target, text = fold(label), ""
        for n, word in enumerate(folded[:5]):
            text += word
            if text == target and (n + 1 == len(folded) or page.index.words[segment.words[n]].text.endswith(":")):
                return n + 1
    return None
