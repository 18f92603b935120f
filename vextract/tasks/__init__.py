"""Tasks: one file each, saying what is made of a document. Pure: no files, no clock, no network.

A task that needs no model has `answer(question) -> Answer`. One that a vision model can do has `ask(question, pages) -> Ask`, what
the model is asked about some pages, and `read(question, replies) -> Answer`, what is made of its replies. Its name is the file's
stem. `ocr` works page by page: it has `page_text` for a reader's words, and `ask` and `read_page` for a model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from vextract.answers import Parsed
from vextract.detection import Detection
from vextract.grounding import Look
from vextract.plugins import load
from vextract.profiles import ModelProfile
from vextract.requests import Part, Token, Turn
from vextract.schema import Schema
from vextract.schema.problems import Problem
from vextract.types import Box, ErrorInfo, Evidence, PageText

__all__ = [
    "Answer",
    "Ask",
    "Ballot",
    "Check",
    "CheckedTask",
    "Lack",
    "ModelTask",
    "Question",
    "Reply",
    "Scope",
    "Sight",
    "SplitTask",
    "find_model_task",
    "find_task",
]


Scope = Literal["page", "window", "document"]
"""What one request to a model is about: a single page, as many as a window holds, or all of a document."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """One of several times that the same is asked, and how the model is to choose its words then; None: as it is told for all.

    `number` is from 0.
    """

    number: int
    temperature: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a task is given.

    Attributes:
        pages: the text of the pages, in order; of pages that were not read, without words.
        schema: what is asked for; None where the task needs none.
        values: JSON whose places are asked for; None where the task finds values itself.
        look: reads a part of a page once more, in other ways; None if that is not wanted.
        ground: whether evidence is wanted.
        options: what else the task can be told, an object of its own making; None for its defaults.
        prompt: the user's own words instead of the task's prompt; None for that.
        parts: whether a model looks at the document in several windows, so that each sees but a part of it.
        objects: what detectors on this machine have found on the pages.
        profile: of the family of the model that looks; None where none does.
        regions: of pages by number: the part that is looked at, where it is not the whole.
        ballot: which of several times it is asked; None where it is asked once.
    """

    pages: Sequence[PageText]
    schema: Schema | None = None
    values: object = None
    look: Look | None = None
    ground: bool = True
    options: object = None
    prompt: str | None = None
    parts: bool = False
    objects: Sequence[Detection] = ()
    profile: ModelProfile | None = None
    regions: Mapping[int, Box] = field(default_factory=dict)
    ballot: Ballot | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a task gives: JSON-like data, where it is printed, and what is wrong with it."""

    data: object
    evidence: tuple[Evidence, ...] = ()
    errors: tuple[ErrorInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Sight:
    """The place in a question where the picture of a page belongs.

    Attributes:
        page: its 1-based number.
        document: which document's it is, from 0.
        region: the part of the page that is shown, in fractions of it; None for all of it.
    """

    page: int
    document: int = 0
    region: Box | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What a model is asked, before it is fitted to one.

    Attributes:
        prompt: name and version of the prompt, such as "caption/1".
        parts: texts, and pictures by the pages that they show.
        pages: the 1-based numbers of the pages that it is about.
        system: standing instructions.
        schema: what the answer must be; None for free text.
        json_schema: instead of the schema's own, where only a part of it is asked for; then the answer is not validated.
        logprobs: whether the probabilities of its words are wanted.
        before: the conversation so far.
        special: its texts hold no document's words, and special tokens in them are meant.
        parse: reads the answer instead, where it has a syntax of its own; raises UnreadableAnswer or TruncatedAnswer.
        ballot: which of several times it is asked; None where it is asked once.
    """

    prompt: str
    parts: tuple[Part | Sight, ...]
    pages: tuple[int, ...]
    system: str = ""
    schema: Schema | None = None
    json_schema: Mapping[str, Any] | None = None
    logprobs: bool = False
    before: tuple[Turn, ...] = field(default=(), repr=False)
    special: bool = False
    parse: Callable[[str], Parsed] | None = field(default=None, repr=False)
    ballot: Ballot | None = None

    @property
    def sights(self) -> tuple[Sight, ...]:
        """What the model is shown, in order."""
        return tuple(part for part in self.parts if isinstance(part, Sight))


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered.

    Attributes:
        pages: the 1-based pages that it was asked about.
        text: as it was answered.
        value: where JSON was asked for, that in the user's shape; or what `Ask.parse` made of the text.
        problems: what is wrong with the value.
        tokens: with their probabilities, where they were wanted and given.
        thinking: what it said to itself.
        sights: what it was shown.
        ballot: the number of the time that it was asked, from 0.
    """

    pages: tuple[int, ...]
    text: str
    value: object = None
    problems: tuple[Problem, ...] = ()
    tokens: tuple[Token, ...] = ()
    thinking: str = ""
    sights: tuple[Sight, ...] = ()
    ballot: int = 0


class ModelTask(Protocol):
    """A task's module, as far as a model can do it. `SCOPE`: what one request is about."""

    SCOPE: Scope

    def ask(self, question: Question, pages: tuple[int, ...]) -> Ask:
        """What to ask about these pages."""
        ...

    def read(self, question: Question, replies: Sequence[Reply]) -> Answer:
        """What the replies come to; those of windows that failed are left out."""
        ...


@runtime_checkable
class SplitTask(Protocol):
    """A task that asks several things about the same pages, such as about parts of a picture."""

    def asks(self, question: Question, pages: tuple[int, ...]) -> tuple[Ask, ...]:
        """All that is to be asked about these pages."""
        ...


@dataclass(frozen=True, slots=True)
class Lack:
    """A page of which a model gave clearly fewer records than are printed there.

    Attributes:
        page: its 1-based number.
        missing: how many records.
    """

    page: int
    missing: int


Check = Callable[[Sequence[Reply]], Sequence[Lack]]
"""Tells what is lacking in all the replies about a document that there are so far, by page, in order."""


@runtime_checkable
class CheckedTask(Protocol):
    """A task whose replies can be told to be incomplete, so that the pages they lack something of are looked at again."""

    def check(self, question: Question) -> Check:
        """What checks the replies about this document."""
        ...

    def asks_of_parts(self, question: Question, page: int) -> tuple[Ask, ...]:
        """What to ask about parts of a page that is too much for one answer; nothing if it cannot be parted."""
        ...


def find_task(name: str) -> Callable[[Question], Answer]:
    """The function that answers for the task of that name, without a model.

    Raises:
        UsageError: there is none.
    """
    found: Callable[[Question], Answer] = load("vextract.tasks", name).answer
    return found


def find_model_task(name: str) -> ModelTask:
    """The task of that name, as a model does it.

    Raises:
        UsageError: there is none.
    """
    found: ModelTask = load("vextract.tasks", name)
    return found
