"""Several models, the cheap one first: what of an answer the next one is asked, and what becomes of both answers. Pure.

What is known and sure is not asked again. A value that was found on the page is never given up for one that was not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from vextract.evaluation.compare import shape_of
from vextract.evaluation.flatten import compare_trees
from vextract.grounding import leaves
from vextract.pointers import join, keys, replaced, resolve, within
from vextract.schema import FieldSpec, Schema
from vextract.schema.narrowing import Narrowed
from vextract.tasks import Answer, Question
from vextract.tasks.extract import Example, ExtractOptions, validate
from vextract.types import Box, Evidence, PageText

__all__ = ["LEAST", "Doubt", "Standing", "doubtful", "merged", "narrowed_question", "picked", "sights", "standing"]

LEAST = 0.5
"""A value that is less sure goes on to the next model, where the user says nothing else."""
# A band around doubtful values has so many lines above and below them, and is no larger than this share of the page.
_LINES_AROUND = 3.0
_LARGEST_BAND = 0.6


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the next model is to be asked.

    Attributes:
        places: properties of the data, as pointers; "" for all of it.
        pages: the 1-based numbers of the pages that can tell, in order.
        regions: the part of a page that is enough, by its number, where the whole is not needed.
        data: what is known so far.
    """

    places: tuple[str, ...]
    pages: tuple[int, ...]
    regions: Mapping[int, Box]
    data: object


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand when a model was asked.

    Attributes:
        answer: of all models so far; its evidence says who gave which value.
        origins: who gave what stands at a pointer and inside it, unless a longer one says otherwise; in the order of the models.
        doubt: what is left to be asked; None if there is nothing.
    """

    answer: Answer
    origins: Mapping[str, str]
    doubt: Doubt | None

    @property
    def givers(self) -> tuple[str, ...]:
        """The models that gave something of the data, in order; none where there is nothing."""
        there = [pointer for pointer, value, _ in leaves(self.answer.data) if shape_of(value) == "scalar"]
        who = {self.origins[max((o for o in self.origins if within(p, o)), key=len)] for p in there}
        return tuple(dict.fromkeys(name for name in self.origins.values() if name in who))


def standing(  # noqa: PLR0913, PLR0917  all that is known of both answers
    schema: Schema, former: Standing | None, answer: Answer, giver: str, pages: Sequence[PageText], least: float
) -> Standing:
    """How things stand after a model has answered.

    Args:
        schema: what is asked for, all of it.
        former: how things stood before; None at the beginning.
        answer: grounded; at the beginning to the whole question, later to `former.doubt`.
        giver: the name of who gave it.
        pages: of the document.
        least: what is less sure is doubtful, 0..1.

    Raises:
        SchemaError: a validator of the schema's own fails in another way than by refusing.
    """
    given = replace(answer, evidence=tuple(replace(each, model=giver) for each in answer.evidence))
    if former is None:
        return Standing(given, {"": giver}, _doubt(schema, given, pages, least))
    return _after(schema, former, given, giver, pages, least)


def _after(  # noqa: PLR0913, PLR0917  as above
    schema: Schema, former: Standing, later: Answer, giver: str, pages: Sequence[PageText], least: float
) -> Standing:
    places = former.doubt.places if former.doubt else ()
    answer, taken = merged(schema.fields, former.answer, later, places, least)
    if refused := _refused(schema, former.answer.data, answer.data, taken):
        places = tuple(place for place in places if place not in refused)
        answer, taken = merged(schema.fields, former.answer, later, places, least)
    answer = replace(answer, errors=validate(schema, answer.data))
    origins = {at: who for at, who in former.origins.items() if not any(within(at, place) for place in taken)}
    origins |= dict.fromkeys(taken, giver)
    return Standing(answer, origins, _doubt(schema, answer, pages, least))


def doubtful(spec: FieldSpec, data: object, evidence: Sequence[Evidence], least: float) -> tuple[str, ...]:
    """The properties that are null, not on the page, or less sure than `least`; those of objects inside objects by themselves.

    A list is one property: it is doubtful if it is empty or if one of its values is not on the page or not sure. Null inside it is
    not. The places of a value that is printed several times count together.
    """
    return tuple(_doubtful(spec, data, "", _sure(evidence, least)))


def sights(
    places: Sequence[str], data: object, evidence: Sequence[Evidence], pages: Sequence[PageText]
) -> tuple[tuple[int, ...], dict[int, Box]]:
    """The numbers of the pages that can tell of doubtful properties, and the bands of them that are enough.

    Of what is null, or was not found, every page may tell. What was found has its pages; and if on a page that stands upright there
    are but single values, a band around them is enough.
    """
    by_number = {page.ref.number: page for page in pages}
    bands: dict[int, list[Box]] = {}
    whole: set[int] = set()
    for place in places:
        value = resolve(data, place)
        found = [each for each in evidence if within(each.pointer, place)]
        if shape_of(value) == "null" or not found or any(each.box is None or each.page is None for each in found):
            return tuple(by_number), {}
        for each in found:
            if each.box is not None and each.page is not None:
                bands.setdefault(each.page, []).append(each.box)
                whole |= {each.page} if isinstance(value, dict | list) else set()
    regions = {number: _band(by_number[number], boxes) for number, boxes in bands.items() if number not in whole}
    enough = {number: band for number, band in regions.items() if band is not None}
    return tuple(number for number in by_number if number in bands), enough


def merged(
    spec: FieldSpec, former: Answer, later: Answer, places: Sequence[str], least: float
) -> tuple[Answer, tuple[str, ...]]:
    """Both answers in one, without errors, and the properties that are the later one's.

    Args:
        spec: how the schema describes the whole.
        former: the data so far, and where it is printed.
        later: the same of what was asked again.
        places: the properties that were.
        least: values of lists that are as sure as this are not left out for a list without them.
    """
    data, evidence, taken = former.data, list(former.evidence), []
    before, now = _sure(former.evidence, least), _sure(later.evidence, least)
    for place in places:
        value = resolve(later.data, place)
        if not _better(_spec_at(spec, place), (resolve(former.data, place), before), (value, now), place):
            continue
        data = replaced(data, place, value)
        evidence = [each for each in evidence if not within(each.pointer, place)]
        evidence += [each for each in later.evidence if within(each.pointer, place)]
        taken.append(place)
    order = {pointer: n for n, (pointer, _, _) in enumerate(leaves(data))}
    evidence.sort(key=lambda each: order.get(each.pointer, len(order)))
    return Answer(data, tuple(evidence)), tuple(taken)


def picked(data: object, places: Sequence[str]) -> object:
    """The data with nothing but these properties, those that it has."""
    if "" in places:
        return data
    part: object = {}
    for place in places:
        *path, last = keys(place)
        parent = resolve(data, join(path))
        if isinstance(parent, dict) and last in parent:
            part = replaced(part, place, parent[last])
    return part


def narrowed_question(question: Question, doubt: Doubt) -> Question:
    """The question about what is doubtful alone."""
    assert question.schema is not None, "jobs for extract have a schema"
    whole = question.schema
    schema = Narrowed(whole.name, whole.model, whole.json_schema, doubt.places, doubt.data)
    options = question.options
    if isinstance(options, ExtractOptions):
        options = ExtractOptions(tuple(Example(e.picture, picked(e.values, doubt.places)) for e in options.examples))
    return replace(question, schema=schema, options=options, regions=doubt.regions)


_Sure = Mapping[str, bool | None]
"""Of pointers: whether the value is sure; None: it is not on the page."""


def _sure(evidence: Sequence[Evidence], least: float) -> _Sure:
    total: dict[str, float] = {}
    missing = set()
    for each in evidence:
        total[each.pointer] = total.get(each.pointer, 0.0) + (each.confidence or 0.0)
        missing |= {each.pointer} if each.match == "none" else set()
    return {pointer: None if pointer in missing else sum_ >= least for pointer, sum_ in total.items()}


def _doubtful(spec: FieldSpec, value: object, pointer: str, sure: _Sure) -> Iterator[str]:
    if spec.kind == "object" and spec.fields and isinstance(value, dict):
        for field in spec.fields:
            yield from _doubtful(field, value.get(field.name), pointer + join((field.name,)), sure)
    elif shape_of(value) == "null" or any(
        not sure.get(at) for at, leaf, _ in leaves(value, pointer) if shape_of(leaf) == "scalar"
    ):
        yield pointer


def _doubt(schema: Schema, answer: Answer, pages: Sequence[PageText], least: float) -> Doubt | None:
    places = doubtful(schema.fields, answer.data, answer.evidence, least)
    if not places:
        return None
    numbers, regions = sights(places, answer.data, answer.evidence, pages)
    return Doubt(places, numbers, regions, answer.data)


def _band(page: PageText, boxes: Sequence[Box]) -> Box | None:
    """The page's full width around the boxes; None where it must be seen as a whole."""
    if page.rotation:
        return None  # parts of pages are sent as they lie
    lines = [line.box.y1 - line.box.y0 for line in page.lines] or [box.y1 - box.y0 for box in boxes]
    margin = _LINES_AROUND * median(lines)
    top, bottom = min(box.y0 for box in boxes) - margin, max(box.y1 for box in boxes) + margin
    band = Box(0.0, max(0.0, top), 1.0, min(1.0, bottom))
    return band if band.y1 - band.y0 <= _LARGEST_BAND else None


def _better(spec: FieldSpec | None, former: tuple[object, _Sure], later: tuple[object, _Sure], place: str) -> bool:
    """Whether a property's later value is there, and for no value of the former that was found has one that was not."""
    (was, before), (value, now) = former, later
    if shape_of(value) == "null":
        return False
    for leaf in compare_trees(was, value, spec):
        known = None if leaf.pointer is None else before.get(place + leaf.pointer)
        if leaf.wanted is None or known is None:
            continue
        if leaf.got is None or leaf.got_pointer is None:
            if known:
                return False
        elif now.get(place + leaf.got_pointer) is None:
            return False
    return True


def _spec_at(spec: FieldSpec, place: str) -> FieldSpec | None:
    found: FieldSpec | None = spec
    for key in keys(place):
        found = found.member(key) if found else None
    return found


def _refused(schema: Schema, before: object, now: object, taken: Sequence[str]) -> set[str]:
    """Those of the new properties that the schema objects to, where it did not object to the former ones."""
    wrong = [problem.pointer for problem in schema.validate(now)[1]]
    if not wrong:
        return set()
    known = [problem.pointer for problem in schema.validate(before)[1]]
    return {p for p in taken if any(within(w, p) for w in wrong) and not any(within(k, p) for k in known)}
