"""The task `classify`: which of the given labels fit a document, by a vision model."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vextract.requests import Token
from vextract.schema import Schema, load_schema
from vextract.tasks import Answer, Ask, Question, Reply, Sight
from vextract.tasks._prompting import SYSTEM, worded
from vextract.types import ErrorInfo

__all__ = ["PROMPT", "SCOPE", "ClassifyOptions", "ask", "label_schema", "read", "scored"]

SCOPE = "document"
PROMPT = "$how of these labels: $labels.\nAnswer in JSON with the key $key."
NAME = "classify/1"
_HINT = "the model did not keep to the labels: ask another model, or have it mend more often (repairs in vextract.toml)"


@dataclass(frozen=True, slots=True)
class ClassifyOptions:
    """The labels to choose from, and whether several, or none, may fit."""

    labels: tuple[str, ...]
    several: bool = False


def label_schema(options: ClassifyOptions) -> Schema:
    """What the answer must be."""
    from typing import Literal

    from pydantic import Field, create_model

    label: Any = Literal[options.labels]
    if options.several:
        return load_schema(create_model("Labels", labels=(list[label], Field(max_length=len(options.labels)))))
    return load_schema(create_model("Label", label=(label, ...)))


def ask(question: Question, pages: tuple[int, ...]) -> Ask:
    """The pictures of the pages, and the labels."""
    options = question.options
    assert isinstance(options, ClassifyOptions), "jobs for classify have labels"
    how = (
        "Choose all that fit these pictures, or none,"
        if options.several
        else "Choose the one that fits these pictures best"
    )
    key = '"labels", a list' if options.several else '"label"'
    labels = ", ".join(f'"{label}"' for label in options.labels)
    prompt, name = worded(NAME, PROMPT, question.prompt, how=how, labels=labels, key=key)
    return Ask(name, (*(Sight(page) for page in pages), prompt), pages, SYSTEM, label_schema(options), logprobs=True)


def read(question: Question, replies: Sequence[Reply]) -> Answer:
    """The labels, and of all that could be chosen how probable the model held them; null for those of which it does not tell."""
    options = question.options
    assert isinstance(options, ClassifyOptions), "jobs for classify have labels"
    [reply] = replies
    errors = tuple(
        ErrorInfo("validation", f"{p.pointer or 'the data'}: {p.message}", _HINT, exit_code=8) for p in reply.problems
    )
    if errors:
        return Answer(None, errors=errors)
    assert isinstance(reply.value, Mapping), "the answer was validated"
    if "scores" in reply.value:
        return Answer(reply.value)
    chosen = dict.fromkeys(reply.value["labels"] if options.several else [reply.value["label"]])
    scores = {label: _score(label, reply.tokens) if label in chosen else None for label in options.labels}
    return Answer({"labels": [*chosen], "scores": scores})


def scored(options: ClassifyOptions, scores: Sequence[float]) -> Reply:
    """A reply made of a probability for each label: the most probable one, or where several may fit all above even chance."""
    known = dict(sorted(zip(options.labels, scores, strict=True), key=lambda pair: -pair[1]))
    best = [label for label, score in known.items() if score > 0.5] if options.several else [*known][:1]
    return Reply((1,), "", {"labels": best, "scores": known})


def _score(label: str, tokens: Sequence[Token]) -> float | None:
    """The probability of the tokens that spell the label in the answer, multiplied; None where they are not given."""
    spelt = "".join(token.text for token in tokens)
    after = spelt.find(":") + 1  # a label may be spelt as the key is
    for written in (json.dumps(label, ensure_ascii=False), json.dumps(label)):
        begin = spelt.find(written, after)
        if begin >= 0:
            return math.exp(sum(t.logprob for t in _within(tokens, begin + 1, begin + len(written) - 1)))
    return None


def _within(tokens: Sequence[Token], begin: int, end: int) -> list[Token]:
    at, found = 0, []
    for token in tokens:
        if at < end and at + len(token.text) > begin:
            found.append(token)
        at += len(token.text)
    return found
