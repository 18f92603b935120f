"""The task `extract`: the values of a schema, validated and grounded; by labels, types and geometry, or by a vision model.

A model's values are found on the page afterwards, by the words that were measured there: its own coordinates are not asked for.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vextract.fields.extraction import extract_fields
from vextract.geometry import overlap
from vextract.grounding import ground
from vextract.pointers import resolve
from vextract.requests import Picture
from vextract.schema import Checked, Schema
from vextract.schema.narrowing import at_top
from vextract.tasks import Answer, Ask, Question, Reply, Sight
from vextract.tasks._prompting import SYSTEM, fenced, worded
from vextract.types import Box, ErrorInfo, PageText

__all__ = ["PROMPT", "SCOPE", "Example", "ExtractOptions", "answer", "ask", "read"]

SCOPE = "window"
PROMPT = (
    "Read the values that the JSON schema asks for off these pages: $pages.\n"
    "Copy texts as they are printed. Dates: YYYY-MM-DD. Amounts: a decimal point, no thousands separators, no currency signs. "
    "What is not on the pages is null, or left out where null is not allowed; lists have every entry, in the order of the pages.\n"
    "$layer\n$examples\nAnswer with the JSON alone."
)
NAME = "extract/1"
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


def ask(question: Question, pages: tuple[int, ...]) -> Ask:
    """The pictures of a window of pages, their text layers, and the schema."""
    assert question.schema is not None, "jobs for extract have a schema"
    options = question.options if isinstance(question.options, ExtractOptions) else ExtractOptions()
    regions = question.regions
    seen = [_part_of(page, regions.get(page.ref.number)) for page in question.pages if page.ref.number in pages]
    layers = [fenced(page) for page in seen if "textlayer" in page.reader]
    prompt, name = worded(
        NAME,
        PROMPT,
        question.prompt,
        pages=", ".join(map(str, pages)),
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


def read(question: Question, replies: Sequence[Reply]) -> Answer:
    """The values of all windows put together, validated, each with its place on the page."""
    assert question.schema is not None, "jobs for extract have a schema"
    data: object = None
    for reply in replies:
        data = joined(data, reply.value)
    evidence = tuple(ground(data, question.pages, look=question.look)) if question.ground else ()
    return Answer(data, evidence, validate(question.schema, data))


def joined(first: object, second: object) -> object:
    """What two windows say together: lists one after the other, of single values the first that is there."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return {
            key: joined(first.get(key), second.get(key)) for key in (*first, *(k for k in second if k not in first))
        }
    if isinstance(first, list) and isinstance(second, list):
        return [*first, *second]
    return second if first is None or (first == "" and second is not None) else first


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
