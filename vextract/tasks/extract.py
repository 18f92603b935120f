"""The task `extract`: the values of a schema, validated and grounded; by labels, types and geometry, or by a vision model.

A model's values are found on the page afterwards, by the words that were measured there: its own coordinates are not asked for.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vextract.errors import ExitCode
from vextract.fields.extraction import extract_fields
from vextract.geometry import overlap
from vextract.grounding import ground
from vextract.pointers import resolve
from vextract.requests import Picture
from vextract.schema import Checked, Schema
from vextract.schema.narrowing import at_top
from vextract.stitching import Reading, Stitched, Stitcher
from vextract.stitching.counting import Short, short
from vextract.tasks import Answer, Ask, Check, Lack, Question, Reply, Sight
from vextract.tasks._prompting import SYSTEM, fenced, worded
from vextract.types import Box, ErrorInfo, PageText

__all__ = ["PROMPT", "SCOPE", "Example", "ExtractOptions", "answer", "ask", "asks_of_parts", "check", "read"]

SCOPE = "window"
PROMPT = (
    "Read the values that the JSON schema asks for off these pages: $pages.\n"
    "Copy texts as they are printed. Dates: YYYY-MM-DD. Amounts: a decimal point, no thousands separators, no currency signs. "
    "What is not on the pages is null, or left out where null is not allowed; lists have every entry, in the order of the pages.\n"
    "$layer\n$examples\nAnswer with the JSON alone."
)
NAME = "extract/1"
# Upper and lower part of a page: what the edge of the one cuts, the other shows whole.
_PARTS = (Box(0.0, 0.0, 1.0, 0.55), Box(0.0, 0.45, 1.0, 1.0))
# In a document of several windows a single row that seems to be missing is worth asking about on so many pages, or on this share
# of them; where it is missing everywhere it is no such row.
_FEW_PAGES, _FEW = 2, 0.1
_INCOMPLETE_HINT = "try another model, a smaller --window, or a higher --dpi, and compare with the page"
_LAYER = "The pages' own text, which may lack what is in pictures:"


@dataclass(frozen=True, slots=True)
class Example:
    """A picture with the values that are right for it."""

    picture: Picture
    values: object


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """What a model is shown besides the document."""

    examples: tuple[Example, ...] = ()


def answer(question: Question) -> Answer:
    """The data of the schema's shape, without a model; what does not validate or contradicts itself is kept and told."""
    assert question.schema is not None, "jobs for extract have a schema"
    data, evidence = extract_fields(question.schema, question.pages, question.look)
    return Answer(data, tuple(evidence) if question.ground else (), validate(question.schema, data))


def ask(question: Question, pages: tuple[int, ...], told: str | None = None) -> Ask:
    """The pictures of a window of pages, their text layers, and the schema.

    Args:
        question: about the document.
        pages: the numbers of its pages.
        told: what the model is told of these instead of their numbers.
    """
    assert question.schema is not None, "jobs for extract have a schema"
    options = question.options if isinstance(question.options, ExtractOptions) else ExtractOptions()
    regions = question.regions
    seen = [_part_of(page, regions.get(page.ref.number)) for page in question.pages if page.ref.number in pages]
    layers = [fenced(page) for page in seen if "textlayer" in page.reader]
    prompt, name = worded(
        NAME,
        PROMPT,
        question.prompt,
        pages=told or ", ".join(map(str, pages)),
        layer="\n".join([_LAYER, *layers]) if layers else "",
        examples="The first pictures are examples with the values that are right for them." if options.examples else "",
    )
    shown = [
        part
        for example in options.examples
        for part in (example.picture, json.dumps(example.values, ensure_ascii=False))
    ]
    parts = (*shown, prompt, *(Sight(page, region=regions.get(page)) for page in pages))
    partial = relaxed(question.schema.json_schema) if question.parts else None
    return Ask(name, parts, pages, SYSTEM, question.schema, partial, ballot=question.ballot)


def _part_of(page: PageText, region: Box | None) -> PageText:
    """The lines of a page of which any part lies in the region."""
    if region is None:
        return page
    return replace(page, lines=tuple(line for line in page.lines if overlap(line.box, region)), transcript=None)


def asks_of_parts(question: Question, page: int) -> tuple[Ask, ...]:
    """The upper and the lower part of a page, which overlap; nothing for a page that lies on its side."""
    text = next(text for text in question.pages if text.ref.number == page)
    if text.rotation:
        return ()
    return tuple(_ask_of_part(question, text, region) for region in _PARTS)


def _ask_of_part(question: Question, text: PageText, region: Box) -> Ask:
    number = text.ref.number
    lines = tuple(line for line in text.lines if region.y0 <= (line.box.y0 + line.box.y1) / 2 < region.y1)
    pages = tuple(replace(text, lines=lines) if page is text else page for page in question.pages)
    told = f"{number} (of which only the part from {region.y0:.0%} to {region.y1:.0%} of its height is shown)"
    asked = ask(replace(question, pages=pages, parts=True), (number,), told)
    shown = tuple(replace(part, region=region) if isinstance(part, Sight) else part for part in asked.parts)
    return replace(asked, parts=shown)


def check(question: Question) -> Check:
    """What counts the rows that the pages print, and compares."""
    stitcher = Stitcher(question.pages)
    known: dict[int, tuple[Reply, Reading]] = {}

    def checked(replies: Sequence[Reply]) -> list[Lack]:
        readings = [known.setdefault(id(reply), (reply, _reading(reply)))[1] for reply in replies]
        stitched = stitcher.stitched(readings)
        counted = _counted(stitched, stitcher, replies)
        doubtful = sum(not each.clearly for each in counted)
        few = question.parts and doubtful <= max(_FEW_PAGES, _FEW * len(question.pages))
        return [Lack(each.page, each.printed - each.read) for each in counted if each.clearly or few]

    return checked


def read(question: Question, replies: Sequence[Reply]) -> Answer:
    """The values of all windows put together, validated, each with its place on the page."""
    assert question.schema is not None, "jobs for extract have a schema"
    stitcher = Stitcher(question.pages)
    stitched = stitcher.stitched([_reading(reply) for reply in replies])
    data = stitched.data
    evidence = ground(data, question.pages, look=question.look, where=stitched.where) if question.ground else ()
    incomplete = tuple(_incomplete(each) for each in _counted(stitched, stitcher, replies) if each.clearly)
    return Answer(data, tuple(evidence), (*incomplete, *validate(question.schema, data)))


def _reading(reply: Reply) -> Reading:
    return Reading(reply.pages, reply.value)


def _counted(stitched: Stitched, stitcher: Stitcher, replies: Sequence[Reply]) -> list[Short]:
    return short(stitched, stitcher.pages, sorted({page for reply in replies for page in reply.pages}))


def _incomplete(lack: Short) -> ErrorInfo:
    message = f"page {lack.page} prints {lack.printed} rows like those of {lack.kind or 'the list'}, of which {lack.read} were read"
    return ErrorInfo("incomplete", message, _INCOMPLETE_HINT, lack.page, ExitCode.PARTIAL)


def relaxed(json_schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema for a part of a document: none of the whole's keys has to be there, and lists may be of any length."""
    top = at_top(json_schema)
    loose = {key: value for key, value in top.items() if key not in ("required", "minItems", "minProperties")}
    properties = top.get("properties")
    if isinstance(properties, Mapping):
        loose["properties"] = {key: {"anyOf": [_short(part), {"type": "null"}]} for key, part in properties.items()}
    return loose


def _short(part: object) -> object:
    if not isinstance(part, Mapping):
        return part
    loose = {key: value for key, value in part.items() if key != "minItems"}
    if isinstance(choices := part.get("anyOf"), list):
        loose["anyOf"] = [_short(choice) for choice in choices]
    return loose


def validate(schema: Schema, data: object) -> tuple[ErrorInfo, ...]:
    """What the schema objects to: kind "validation" where the data does not fit, "inconsistent" where it contradicts itself."""
    instance, problems = schema.validate(data)
    if instance is None:
        return tuple(
            ErrorInfo("validation", f"{p.pointer or 'the data'}: {p.message}", _hint(p.pointer, data), exit_code=8)
            for p in problems
        )
    if not isinstance(instance, Checked):
        return ()
    return tuple(ErrorInfo("inconsistent", i.message, "", exit_code=0) for i in instance.inconsistencies())


def _hint(pointer: str, data: object) -> str:
    missing = resolve(data, pointer) is None
    return _NOT_FOUND if missing else "the value is kept as it was found; see what the schema demands"


_NOT_FOUND = "what was not found is null: make the field optional, or give it labels (docs/schemas.md)"
