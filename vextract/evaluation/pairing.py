"""Which result belongs to which truth: the same source, else the same file name."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from vextract.errors import InputError

__all__ = ["Pairing", "pair"]


class _Sourced(Protocol):
    """What belongs to a document, and from which file and line it comes."""

    @property
    def source(self) -> str: ...

    @property
    def where(self) -> str: ...


SourcedT = TypeVar("SourcedT", bound=_Sourced)


@dataclass(frozen=True, slots=True)
class Pairing(Generic[SourcedT]):
    """Every truth with its result, None where there is none; and the results that no truth asks for."""

    pairs: tuple[tuple[SourcedT, SourcedT | None], ...]
    extra: tuple[SourcedT, ...]


def pair(truth: Sequence[SourcedT], results: Sequence[SourcedT]) -> Pairing[SourcedT]:
    """Truth and results, paired.

    Raises:
        InputError: one source has two lines, or a file name does not tell which result is meant.
    """
    true_sources, found_sources = _by_source(truth), _by_source(results)
    found = {source: found_sources[source] for source in true_sources if source in found_sources}
    free = _by_name(result for source, result in found_sources.items() if source not in true_sources)
    for name, examples in _by_name(t for s, t in true_sources.items() if s not in found).items():
        candidates = free.get(name, [])
        if candidates and len(candidates) + len(examples) > 2:
            _refuse(name, examples, candidates)
        if candidates:
            found[examples[0].source] = candidates[0]
    used = {result.source for result in found.values()}
    return Pairing(
        tuple((example, found.get(example.source)) for example in truth),
        tuple(result for result in results if result.source not in used),
    )


def _by_source(examples: Iterable[SourcedT]) -> dict[str, SourcedT]:
    known: dict[str, SourcedT] = {}
    for example in examples:
        if before := known.get(example.source):
            raise InputError(
                f"{example.where}: source {example.source!r} was at {before.where} already",
                "keep one line a source",
            )
        known[example.source] = example
    return known


def _by_name(examples: Iterable[SourcedT]) -> dict[str, list[SourcedT]]:
    names: dict[str, list[SourcedT]] = defaultdict(list)
    for example in examples:
        names[re.split(r"[/\\]", example.source.rstrip("/\\"))[-1]].append(example)
    return names


def _refuse(name: str, truth: Sequence[_Sourced], results: Sequence[_Sourced]) -> None:
    side, examples = ("results", results) if len(results) > 1 else ("truths", truth)
    raise InputError(
        f"the file name {name!r} is ambiguous: {len(examples)} {side} have it ({examples[0].where}, {examples[1].where})",
        "write the same source in both files",
    )
