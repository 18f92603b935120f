"""Detectors: one file each, finding objects of one kind on a page, on this machine and with no model.

A detector is a module with a constant `DETECTOR`; its name is the file's stem. None of them knows what a photograph shows: people,
faces, animals and things are found by vision models alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vextract.detection import Detection
from vextract.detectors._order import in_reading_order
from vextract.errors import UsageError
from vextract.plugins import load, names
from vextract.types import Page, PageText

__all__ = ["Detector", "detect", "detectors_for", "find_detector"]

_PACKAGE = "vextract.detectors"
# A detector with more labels than this is told by so many of its words for groups of them.
_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Detector:
    """A detector's facts and its two functions.

    Attributes:
        about: one line on what it finds.
        labels: all that it can give.
        by_default: whether it looks where no labels are asked for.
        needs_words: whether it works on the words of the page, which then have to be read first.
        check: raises DependencyError if it cannot run; called before any page is looked at.
        detect: the objects of the page, in any order.
        on_request: those of its labels that are given only where they are asked for.
        synonyms: other words for a label, or for several at once; the first are told where labels are too many to tell.
    """

    about: str
    labels: tuple[str, ...]
    by_default: bool
    needs_words: bool
    check: Callable[[], None]
    detect: Callable[[Page, PageText], list[Detection]]
    on_request: tuple[str, ...] = ()
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def find_detector(name: str) -> Detector:
    """The detector of that name.

    Raises:
        UsageError: there is none.
    """
    found = load(_PACKAGE, name).DETECTOR
    assert isinstance(found, Detector), f"{name}.DETECTOR is not a Detector"
    return found


def detectors_for(labels: Sequence[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Which detectors have to look for what is asked, by name, and the labels that they are to give.

    Labels are known in any case, singular or plural, with or without blanks and hyphens, and by their synonyms. No label asks for
    what is found by default.

    Raises:
        UsageError: no detector finds such a thing.
    """
    detectors = {name: find_detector(name) for name in names(_PACKAGE)}
    if not labels:
        chosen = {name: found for name, found in detectors.items() if found.by_default}
        wanted = {label for found in chosen.values() for label in found.labels if label not in found.on_request}
        return tuple(chosen), frozenset(wanted)
    known = _known(detectors.values())
    wanted = set()
    for label in labels:
        meant = known.get(_key(label)) or known.get(_key(label).removesuffix("s"))
        if not meant:
            told = ", ".join(told for found in detectors.values() for told in _told(found))
            raise UsageError(
                f"embedded cannot find {label!r}; it finds {told}",
                "name a vision model with -m PROVIDER:MODEL to find anything else",
            )
        wanted |= meant
    return tuple(name for name, found in detectors.items() if wanted & set(found.labels)), frozenset(wanted)


def detect(page: Page, text: PageText, names: Sequence[str], wanted: frozenset[str]) -> list[Detection]:
    """What the named detectors find on the page of the wanted labels: each once, in reading order, wholes before their parts.

    Raises:
        UsageError: there is no detector of such a name.
    """
    found = [one for name in names for one in find_detector(name).detect(page, text) if one.label in wanted]
    return in_reading_order(list(dict.fromkeys(found)), text)


def _key(label: str) -> str:
    return "".join(char for char in label.casefold() if char.isalnum())


def _known(detectors: Iterable[Detector]) -> dict[str, set[str]]:
    """What each label and synonym stands for, by its key."""
    known: dict[str, set[str]] = {}
    for found in detectors:
        for word, meant in [*((label, (label,)) for label in found.labels), *found.synonyms.items()]:
            known.setdefault(_key(word), set()).update(meant)
    return known


def _told(detector: Detector) -> Sequence[str]:
    return detector.labels if len(detector.labels) <= _MOST_TOLD else tuple(detector.synonyms)[:_MOST_TOLD]
