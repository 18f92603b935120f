"""A schema and the pages of a document -> data with evidence: scalars, parties and tables, put together."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from vextract.fields.candidates import Candidate, candidate_in
from vextract.fields.confirming import SURE, confirmed, odd_amounts
from vextract.fields.kinds import Conventions, Value, values
from vextract.fields.names import letterhead, name_line, party
from vextract.fields.pairs import pairs_of
from vextract.fields.scalars import candidates, choose, one_party_each
from vextract.fields.segments import PageRows, Segment
from vextract.fields.sharpening import sharpen
from vextract.fields.sums import supported
from vextract.fields.tables import rows_of
from vextract.fields.vocabulary import Hits, Vocabulary
from vextract.grounding import Look
from vextract.grounding.choose import place_box
from vextract.grounding.search import Place
from vextract.grounding.text import Span
from vextract.pointers import join, keys
from vextract.schema import Schema
from vextract.schema.fields import FieldSpec
from vextract.types import Evidence, PageText
from vextract.values.amounts import decimal_mark
from vextract.values.currencies import find_currencies
from vextract.values.dates import is_day_first

__all__ = ["extract_fields"]

# A value below this confidence is left out: better null than wrong.
_CREDIBLE = 0.45
# What is left of the score of a value that stands in the block about another party.
_OTHER_PARTY = 0.5


def extract_fields(schema: Schema, pages: Sequence[PageText], look: Look | None = None) -> tuple[Any, list[Evidence]]:
    """The data that the schema asks for, as far as it is printed, and where; not yet validated.

    Args:
        schema: what is asked for.
        pages: of the document, in order.
        look: reads parts of a scanned page again.

    Returns:
        JSON-like data with every field of the schema, null or empty where nothing was found, and one evidence for each value. A
        field that may be missing but not null is missing.
    """
    data = _empty(schema.fields)
    reading = _Reading(schema.fields, [PageRows(page) for page in pages if page.lines])
    if not reading.pages or not isinstance(data, dict | list):
        return _completed(schema.fields, data), []
    if look and (again := reading.sharpened(look)):
        reading = again
    found = reading.members()
    if look and (odd := odd_amounts(found)):
        found |= reading.confirmed(odd, look, sure=1.0)
    base = _empty(schema.fields)
    for pointer, candidate in found.items():
        _put(base, pointer, candidate.value)
    chosen = reading.chosen(schema.model, _completed(schema.fields, base))
    if look:
        chosen = reading.confirmed(chosen, look)
    found |= {p: c for p, c in chosen.items() if _confidence(c) >= _CREDIBLE}
    for pointer, candidate in found.items():
        _put(data, pointer, candidate.value)
    return _completed(schema.fields, data), [
        _evidence(p, c) for p, c in sorted(found.items(), key=lambda f: _order(f[0]))
    ]


class _Reading:
    """The fields of a schema on the pages of a document."""

    def __init__(self, spec: FieldSpec, pages: Sequence[PageRows]) -> None:
        self._spec, self.pages = spec, pages
        self._fields = list(_scalars(spec))
        vocabulary = Vocabulary(self._fields)
        self._hits: Hits = {page.number: list(vocabulary.hits(page)) for page in pages}
        self._how = Conventions(
            is_day_first(m for page in pages for m, _ in page.index.dates),
            decimal_mark(m for page in pages for m, _ in page.index.numbers),
        )

    def members(self) -> dict[str, Candidate]:
        """The members of the lists, by pointer."""
        found: dict[str, Candidate] = {}
        lists = {"": self._spec} if self._spec.kind == "list" else {}
        lists |= {join((spec.name,)): spec for spec in self._spec.fields if spec.kind == "list"}
        for pointer, spec in lists.items():
            members = rows_of(spec, self.pages, self._how, self._hits) or pairs_of(spec, self.pages)
            for n, member in enumerate(members):
                found |= {pointer + join((n, name)): c for name, c in member.items()}
        return found

    def options(self) -> dict[str, list[Candidate]]:
        """The candidates of all fields with one value, best first."""
        options = candidates(self._fields, self.pages, self._hits, self._how)
        _add_parties(options, self._fields, self.pages, self._hits, self._how)
        _add_currency(options, self._fields, self.pages)
        return options

    def chosen(self, model: type[BaseModel], base: dict[str, Any]) -> dict[str, Candidate]:
        """One candidate for each field that has a credible one, and amounts without a label that the sums speak for."""
        chosen = one_party_each(choose(self.options(), model, base), dict(self._fields))
        return chosen | supported(self._fields, self.pages, chosen, model, base)

    def confirmed(self, chosen: dict[str, Candidate], look: Look, *, sure: float = SURE) -> dict[str, Candidate]:
        """The same where doubtful values were read again."""
        fields = dict(self._fields)
        for pointer in chosen.keys() - fields.keys():
            name, *_, last = keys(pointer)
            members = self._spec.member(name)
            if members and members.item and (spec := members.item.member(last)):
                fields[pointer] = spec
        return confirmed(chosen, fields, self._how, look, sure=sure)

    def sharpened(self, look: Look) -> "_Reading | None":
        """The same on pages whose parts that matter were read again; None where nothing was."""
        if all("textlayer" in page.page.reader for page in self.pages):
            return None
        options, fields = self.options(), dict(self._fields)
        pages = [sharpen(page, fields, options, self._hits[page.number], look) for page in self.pages]
        if all(new is old.page for new, old in zip(pages, self.pages, strict=True)):
            return None
        return _Reading(self._spec, [PageRows(page) for page in pages if page.lines])


def _order(pointer: str) -> tuple[Any, ...]:
    return tuple(int(part) if part.isascii() and part.isdigit() else 0 for part in pointer.split("/"))


def _empty(spec: FieldSpec) -> Any:
    if spec.kind == "object":
        return {field.name: _empty(field) for field in spec.fields}
    return [] if spec.kind == "list" else {} if spec.kind == "map" else None


def _completed(spec: FieldSpec, data: Any) -> Any:
    """The data with what was not found in the way that its field allows: null, else missing; what is required is null."""
    if spec.kind == "list" and spec.item:
        return [_completed(spec.item, member) for member in data]
    if spec.kind != "object":
        return data
    done = {}
    for field in spec.fields:
        value = _completed(field, data.get(field.name, _empty(field)))
        if field.fields and (field.nullable or not field.required) and not any(value.values()):
            value = None
        if value is not None or field.required or field.nullable:
            done[field.name] = value
    return done


def _scalars(spec: FieldSpec, pointer: str = "") -> Iterator[tuple[str, FieldSpec]]:
    """All fields with one value, those of nested objects too."""
    for field in spec.fields:
        at = pointer + join((field.name,))
        if field.kind == "object":
            yield from _scalars(field, at)
        elif field.kind not in ("list", "map"):
            yield at, field


def _add_parties(
    options: dict[str, list[Candidate]],
    fields: Sequence[tuple[str, FieldSpec]],
    pages: Sequence[PageRows],
    hits: Hits,
    how: Conventions,
) -> None:
    """Names and addresses from the blocks about parties, and who issued the paper from its head."""
    page = pages[0]
    blocks: dict[str, list[Segment]] = {}
    about: dict[str, set[int]] = {}
    for _, spec in fields:
        section = str(spec.hints.get("section") or "")
        if section and section not in blocks:
            labels = [str(label) for label in spec.hints.get("section_labels") or ()]  # type: ignore[attr-defined]
            blocks[section] = party(page, labels, hits[page.number])
            # Labelled lines of the block, such as a VAT id, are about the party too.
            about[section] = {n for s in (*blocks[section], *party(page, labels, ())) for n in s.words}
    for pointer, spec in fields:
        place, section = spec.hints.get("place"), str(spec.hints.get("section") or "")
        if place == "letterhead":
            avoid = [s for name, block in blocks.items() if name != section for s in block]
            options[pointer] += letterhead(spec, page, hits[page.number], avoid)
        if section:
            others = {n for name, words in about.items() if name != section for n in words}
            options[pointer] = _of_party(options[pointer], page, about[section], others)
        if blocks.get(section):
            options[pointer] += _in_block(spec, page, blocks[section], how)
        options[pointer].sort(key=lambda c: -c.score)


def _of_party(found: Sequence[Candidate], page: PageRows, own: set[int], others: set[int]) -> list[Candidate]:
    """The candidates; doubted are those among words about another party, and those elsewhere if there is one in the own block."""

    def stands_in(words: set[int], candidate: Candidate) -> bool:
        return candidate.page is page and not words.isdisjoint(candidate.words)

    doubted = [
        stands_in(others, c) or (not stands_in(own, c) and any(stands_in(own, other) for other in found)) for c in found
    ]
    return [replace(c, score=c.score * _OTHER_PARTY) if doubt else c for c, doubt in zip(found, doubted, strict=True)]


def _in_block(spec: FieldSpec, page: PageRows, block: Sequence[Segment], how: Conventions) -> Iterator[Candidate]:
    if spec.name.endswith("name"):
        if first := name_line(page, block):
            yield Candidate(first.text.strip(" ,;:"), page, first.words, 0.85, "block")
    elif spec.name.endswith("address") and len(block) > 1:
        words = tuple(n for segment in block[1:] for n in segment.words)
        yield Candidate(", ".join(segment.text.strip(" ,;") for segment in block[1:]), page, words, 0.75, "block")
    elif spec.format in ("vat-id", "email", "phone"):
        for segment in block:
            for value in values(segment.text, spec, how):
                yield candidate_in(page, segment.words, value, 0.8, "block")


def _add_currency(
    options: dict[str, list[Candidate]], fields: Sequence[tuple[str, FieldSpec]], pages: Sequence[PageRows]
) -> None:
    """The currency most often printed beside amounts."""
    wanted = [pointer for pointer, spec in fields if spec.format == "currency"]
    if not wanted:
        return
    found: dict[str, list[Candidate]] = {}
    for page in pages:
        for line in page.segments:
            for start, end, code in find_currencies(line.text):
                before, after = line.text[:start].rstrip()[-1:], line.text[end:].lstrip()[:1]
                if before.isdigit() or after.isdigit() or after in "-." or f"({line.text[start:end]})" in line.text:
                    place = candidate_in(page, line.words, Value(code, start, end), 0.0, "kind")
                    found.setdefault(code, []).append(place)
    total = sum(len(places) for places in found.values())
    for pointer in wanted:
        options[pointer] += [
            replace(places[0], score=0.5 + 0.4 * len(places) / total) for code, places in found.items()
        ]
        options[pointer].sort(key=lambda c: -c.score)


def _put(data: Any, pointer: str, value: object) -> None:
    """Sets the value where the pointer leads; members of lists are objects and appear as needed."""
    *path, last = keys(pointer)
    for key in path:
        if isinstance(data, list):
            data += [{} for _ in range(int(key) + 1 - len(data))]
            data = data[int(key)]
        else:
            data = data[key]
    data[last] = value


def _evidence(pointer: str, candidate: Candidate) -> Evidence:
    index = candidate.page.index
    runs = _runs(sorted(candidate.words))
    box = place_box(Place(index.number, runs, "exact", 1.0, whole=True), index)
    words = [index.words[n] for n in candidate.words]
    quote = " ".join(word.text for word in words)
    exact = quote == str(candidate.value)
    return Evidence(
        pointer, index.number, box, quote, "exact" if exact else "normalized", min(1.0, _confidence(candidate))
    )


def _confidence(candidate: Candidate) -> float:
    """How much speaks for the value, times how surely its words were read."""
    return candidate.score * (1.0 if candidate.sure is None else candidate.sure)


def _runs(words: Sequence[int]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for n in words:
        if spans and spans[-1].last == n - 1:
            spans[-1] = Span(spans[-1].first, n)
        else:
            spans.append(Span(n, n))
    return tuple(spans)
