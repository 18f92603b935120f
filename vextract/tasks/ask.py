"""The task `ask`: a question about any number of pictures, documents and films, answered by a vision model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vextract.requests import Clip, Turn
from vextract.schema import Schema, load_schema
from vextract.tasks import Answer, Ask, Reply, Sight
from vextract.tasks._album import ALBUM, Album, Spot, read_album
from vextract.tasks._prompting import SYSTEM, fenced, worded
from vextract.types import ErrorInfo, PageText, printable

__all__ = ["PROMPT", "AskOptions", "Material", "ask", "read", "steps"]

PROMPT = "$question\n$reason"
NAME = "ask/1"
_REASON = 'First give, under "steps", what you see that leads to the answer, a step each; then the "answer".'


@dataclass(frozen=True, slots=True)
class Material:
    """One document that a question is about.

    Attributes:
        name: of its file, without the folder: where it lies is nobody else's affair.
        pages: in order; their texts are those of a text layer, or empty.
        about: what is known of it besides, in one line, such as when and where it was taken.
        spot: where it was taken, as its own data says.
        clip: the film itself, for a model that takes films; instead of its pages.
    """

    name: str
    pages: tuple[PageText, ...]
    about: str = ""
    spot: Spot | None = None
    clip: Clip | None = None


@dataclass(frozen=True, slots=True)
class AskOptions:
    """What the answer is to be.

    Attributes:
        schema: data of that shape; None for text.
        reason: with the steps that lead to it.
        album: text in which every claim names the documents that show it; without a schema of one's own.
    """

    schema: Schema | None = None
    reason: bool = False
    album: bool = False

    @property
    def free(self) -> bool:
        """Whether the answer is text as the model writes it."""
        return not (self.schema or self.reason or self.album)


def ask(
    question: str,
    materials: Sequence[Material],
    options: AskOptions,
    before: tuple[Turn, ...] = (),
    own: str | None = None,
) -> Ask:
    """The documents, each with its name, and the question; in a conversation the documents go along once."""
    own_name, template = ("album/1", ALBUM) if options.album else (NAME, PROMPT)
    prompt, name = worded(own_name, template, own, question=question, reason=_REASON if options.reason else "")
    shown = (
        [part for number, material in enumerate(materials) for part in _shown(number, material)] if not before else []
    )
    pages = tuple(page.ref.number for material in materials for page in material.pages)
    return Ask(name, (*shown, prompt.strip()), pages, SYSTEM, _schema(options), before=before)


def read(reply: Reply, options: AskOptions, materials: Sequence[Material]) -> Answer:
    """The answer as text, or as data of the schema; the steps beside it under `steps` where they were asked for."""
    if options.album:
        value = reply.value.get("answer") if options.reason and isinstance(reply.value, dict) else reply.value
        names, spots = [m.name for m in materials], [m.spot for m in materials]
        return read_album(replace(reply, value=value), names, spots)
    errors = tuple(
        ErrorInfo("validation", f"{p.pointer or 'the data'}: {p.message}", "", exit_code=8) for p in reply.problems
    )
    if not options.reason:
        return Answer(reply.value if options.schema else {"text": reply.text}, errors=errors)
    value = reply.value if isinstance(reply.value, dict) else {}
    if options.schema:
        return Answer(value.get("answer"), errors=errors)
    return Answer({"text": value.get("answer"), "steps": value.get("steps")}, errors=errors)


def steps(reply: Reply, options: AskOptions) -> list[str]:
    """What led to the answer: the steps that were asked for, else what the model thought aloud."""
    if options.reason and isinstance(reply.value, dict):
        return [str(step) for step in reply.value.get("steps") or ()]
    return [reply.thinking] if reply.thinking else []


def _schema(options: AskOptions) -> Schema | None:
    asked = load_schema(Album) if options.album else options.schema
    if not options.reason:
        return asked
    from pydantic import create_model

    answer = asked.model if asked else str
    return load_schema(create_model("Reasoned", steps=(list[str], ...), answer=(answer, ...)))


def _shown(number: int, material: Material) -> list[str | Sight | Clip]:
    head = f"Document {number + 1}: {printable(material.name)}" + (f" ({material.about})" if material.about else "")
    if material.clip:
        return [head, material.clip]
    shown: list[str | Sight | Clip] = [head]
    for page in material.pages:
        if len(material.pages) > 1:
            time = "" if page.ref.time_s is None else f", at {page.ref.time_s:.1f} s"
            shown.append(f"Document {number + 1}, page {page.ref.number}{time}:")
        shown.append(Sight(page.ref.number, number))
        if page.words:
            shown.append(fenced(page))
    return shown
