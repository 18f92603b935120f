"""What a vision model is asked when objects are to be detected, by its family, and whose its answers are.

Pure: `_detect_words` has the families' words, `vextract.boxes` reads the answers.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vextract.boxes.types import Found
from vextract.errors import UsageError
from vextract.profiles import FAMILIES, ModelProfile
from vextract.tasks._detect_words import FamilyWords, schema_of, words_for
from vextract.tasks._prompting import worded

__all__ = ["AT_MOST", "NAME", "Wanted", "Wording", "as_asked", "can_mask", "full", "masks_hint", "wordings"]

NAME = "detect/1"
AT_MOST = 100
"""How many objects a model is asked for at most, where nothing else is said: far more than most pictures have, so that nothing is
lost, and few enough that a model that repeats itself comes to an end."""

_LONGEST_LABEL = 200
_SPECIAL = re.compile(r"<\|[^|]*\|>")
_TAG = re.compile(r"[<>]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be found. `labels`: () for everything that stands out; `at_most`: how many objects of one picture."""

    labels: tuple[str, ...] = ()
    masks: bool = False
    at_most: int = AT_MOST


@dataclass(frozen=True, slots=True)
class Wording:
    """One request about one picture.

    Attributes:
        text: the question.
        labels: those that it asks for; () for everything.
        json_schema: what the answer is held to; None: the answer must be free, and is in tokens or in a JSON of the family's own.
        system: whether standing instructions may go along.
        name: of the prompt and its version, for the record.
        at_most: the cap that the model was told of; None if it was not told.
        only: whether the answer has more than was asked for, so that what has another label does not belong to it.
        reads: whether the labels of the answer are what is written there.
    """

    text: str
    labels: tuple[str, ...]
    json_schema: Mapping[str, Any] | None
    system: bool
    name: str = NAME
    at_most: int | None = None
    only: bool = False
    reads: bool = False


def wordings(
    profile: ModelProfile, wanted: Wanted, sent_px: tuple[int, int], own: str | None = None
) -> tuple[Wording, ...]:
    """All requests about one picture: several where the family takes one label a request.

    Args:
        profile: of the model's family.
        wanted: what is to be found.
        sent_px: width and height of the picture as it is sent.
        own: the user's own words instead; their places are `$labels`, `$width`, `$height` and `$most`.

    Raises:
        UsageError: the family has no boxes or masks, or cannot be asked for this; or a label would break the question's syntax.
    """
    words = words_for(profile)
    if words is None:
        raise UsageError(
            f"models of the family {profile.family!r} point at things and give no boxes", "name another model with -m"
        )
    if wanted.masks and not can_mask(profile):
        raise UsageError(f"models of the family {profile.family!r} give no masks", masks_hint())
    labels = _checked(wanted.labels, words)
    template = _template(words, profile, masks=wanted.masks, some=bool(labels), own=own)
    groups = [(label,) for label in labels] if words.each and labels else [labels]
    asked = [_wording(words, profile, replace(wanted, labels=group), sent_px, (template, own)) for group in groups]
    if len({wording.text for wording in asked}) == 1:  # the user's own words have no place for labels
        return (replace(asked[0], labels=labels),)
    return tuple(asked)


def can_mask(profile: ModelProfile) -> bool:
    """Whether models of that profile give outlines."""
    words = words_for(profile)
    return profile.masks is not None and words is not None and words.outlines is not None


def masks_hint() -> str:
    """Which families give masks, in one line."""
    families = dict.fromkeys(profile.family for _, profile in FAMILIES if profile.masks)
    shown = ["gemini (2.5 only)" if family == "gemini" else family for family in families]
    return f"masks come from {', '.join(shown)}"


def full(asked: Wanted | Wording, count: int) -> bool:
    """Whether an answer of so many objects may lack some, as it has as many as the model was told to give at most."""
    return asked.at_most is not None and count >= asked.at_most


def as_asked(wording: Wording, found: Iterable[Found]) -> list[Found]:
    """The answer with labels as they were asked for.

    A label is spelled as it was asked for; a box without a label has the only one that was asked for, as the family leaves it out
    then. Other labels stay what the model said, except in answers that have more than was asked for: there they are left out.
    """
    spelled = {label.casefold(): label for label in wording.labels}
    alone = wording.labels[0] if len(wording.labels) == 1 else ""
    named = [replace(each, label=spelled.get(each.label.casefold(), each.label) or alone) for each in found]
    return [each for each in named if not wording.only or each.label in wording.labels]


def _wording(
    words: FamilyWords, profile: ModelProfile, wanted: Wanted, sent_px: tuple[int, int], texts: tuple[str, str | None]
) -> Wording:
    template, own = texts
    seen_px = profile.seen_size(*sent_px)
    shown = [json.dumps(label, ensure_ascii=False) if words.json else label for label in wanted.labels]
    text, name = worded(
        NAME,
        template,
        own,
        labels=words.between.join(shown),
        width=str(seen_px[0]),
        height=str(seen_px[1]),
        most=str(wanted.at_most),
    )
    schema = None
    if words.shape is not None and not wanted.masks:
        schema = schema_of(words.shape, wanted.labels, wanted.at_most, words.shape.grid or max(seen_px))
    told = schema is not None or "$most" in (own if own is not None else template)
    return Wording(
        text,
        wanted.labels,
        schema,
        words.system,
        name,
        wanted.at_most if told else None,
        bool(words.kinds and wanted.labels),
        words.reads,
    )


def _template(words: FamilyWords, profile: ModelProfile, *, masks: bool, some: bool, own: str | None) -> str:
    """The family's words for this, or the user's own.

    Raises:
        UsageError: the family cannot be asked so.
    """
    known = (words.everything, words.some, words.all_outlines, words.outlines)
    template = known[2 * masks + some]
    if own is not None:
        return own
    if template is not None:
        return template
    if some:
        raise UsageError(
            f"models of the family {profile.family!r} find lines of text only, and cannot be asked for labels",
            "leave out --labels, or name another model with -m",
        )
    asked = "outlines" if masks else "boxes"
    raise UsageError(
        f"models of the family {profile.family!r} give {asked} only of what they are told to find",
        'say what, as in --labels "person, car"',
    )


def _checked(labels: tuple[str, ...], words: FamilyWords) -> tuple[str, ...]:
    """The labels without white space around them, none twice, as the family spells them where it has no others.

    Raises:
        UsageError: one cannot stand in a question to this family.
    """
    kinds = {kind.casefold(): kind for kind in words.kinds}
    checked: dict[str, str] = {}
    for label in map(str.strip, labels):
        _check(label, words)
        if kinds and label.casefold() not in kinds:
            raise UsageError(
                f"this model finds parts of a page only, and none that is called {label!r}",
                f"it finds {', '.join(words.kinds)}",
            )
        checked.setdefault(label.casefold(), kinds.get(label.casefold(), label))
    return tuple(checked.values())


def _check(label: str, words: FamilyWords) -> None:
    if not label:
        raise UsageError("a label is empty", 'name labels as in --labels "person, red car"')
    if len(label) > _LONGEST_LABEL:
        raise UsageError(f"a label is longer than {_LONGEST_LABEL} characters: {label[:40]!r}…", "say it shorter")
    if not label.isprintable():
        raise UsageError(
            f"a label has a character that cannot be printed: {label!r}", "write it on one line, in plain characters"
        )
    if (_SPECIAL if words.json else _TAG).search(label) or any(sign in label for sign in words.syntax):
        raise UsageError(
            f"the label {label!r} has marks that the model's own syntax is made of",
            "leave them out, or name another model with -m",
        )
