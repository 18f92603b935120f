"""Which of several places is meant: decided by the label beside it, the row of its record, the order of records, and closeness.

A value that stands on the page twice with nothing to tell the places apart stays undecided.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vextract.geometry import union
from vextract.grounding.labels import nearness
from vextract.grounding.search import Place
from vextract.grounding.text import PageIndex, Span
from vextract.types import Box

__all__ = ["Candidate", "Choice", "choose", "place_box"]

# How much each sign counts. They are ranks rather than measures: a label next to the value outweighs any form of print.
_LABEL, _ROW, _WHOLE, _EXACT, _UNUSED, _BESIDE = 1.0, 1.5, 0.15, 0.1, 0.3, 0.6
# Two places whose scores lie closer than this cannot be told apart.
_UNDECIDED = 0.08
# The last record reaches down this many of its line heights.
_TALL = 4.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place on a page as it was read, its box, and how strongly the rest of the page speaks for it (the higher the better)."""

    place: Place
    index: PageIndex
    box: Box
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Vote:
    """A line that may be a record's: its middle and height in fractions of the page, and how much speaks for it."""

    page: int
    middle: float
    height: float
    weight: float


@dataclass(frozen=True, slots=True)
class Strip:
    """The part of a page from `top` to `bottom`, all across."""

    page: int
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided for one value: the places, best first; `decided` says whether the first is clearly the one."""

    candidates: tuple[Candidate, ...]
    decided: bool
    near_label: bool


def place_box(place: Place, index: PageIndex) -> Box:
    """The smallest box around the words of a place, cut to the part of a word where only that was found."""
    boxes: list[Box] = []
    for span in place.spans:
        boxes += _span_boxes(span, index)
    return union(boxes)


def _span_boxes(span: Span, index: PageIndex) -> list[Box]:
    boxes = [index.boxes[n] for n in range(span.first, span.last + 1)]
    first, last = boxes[0], boxes[-1]
    if span.head:
        boxes[0] = Box(first.x0 + span.head * (first.x1 - first.x0), first.y0, first.x1, first.y1)
    if span.tail:
        boxes[-1] = Box(boxes[-1].x0, last.y0, last.x1 - span.tail * (last.x1 - last.x0), last.y1)
    return boxes


def choose(
    found: Mapping[str, Sequence[Candidate]], labels: Mapping[str, Mapping[int, Sequence[Box]]]
) -> dict[str, Choice]:
    """Decides for all values of one document.

    Args:
        found: pointer -> its candidates, in the order of the data.
        labels: pointer -> page number -> boxes of what could be its label.
    """
    rows = _rows(found)
    anchors = _anchors(found)
    used: set[tuple[int, int, int]] = set()
    chosen: dict[str, Choice] = {}
    for n, (pointer, candidates) in enumerate(found.items()):
        near_label = labels.get(pointer, {})
        signs = _Signs(near_label, rows.get(_record(pointer) or ""), anchors.get(n, ()), used)
        scored = sorted((_scored(c, signs) for c in candidates), key=lambda c: (-c.score, _key(c)))
        near = bool(scored) and nearness(scored[0].box, near_label.get(scored[0].place.page, ())) > 0
        decided = len(scored) < 2 or scored[0].score - scored[1].score > _UNDECIDED
        chosen[pointer] = Choice(tuple(scored), decided, near)
        if scored:
            used.add(_key(scored[0]))
    return chosen


def _anchors(found: Mapping[str, Sequence[Candidate]]) -> dict[int, list[Candidate]]:
    """For each value with several places, by its number in the data: the nearest values before and after it that have one only."""
    every = list(found.values())
    anchors: dict[int, list[Candidate]] = {n: [] for n, candidates in enumerate(every) if len(candidates) > 1}
    for order in (range(len(every)), range(len(every) - 1, -1, -1)):
        last: Candidate | None = None
        for n in order:
            if len(every[n]) == 1:
                last = every[n][0]
            elif last and n in anchors:
                anchors[n].append(last)
    return anchors


@dataclass(frozen=True, slots=True)
class _Signs:
    """What tells the places of one value apart: labels by page, the strip of its record, neighbours in the data, taken places."""

    labels: Mapping[int, Sequence[Box]]
    strip: "Strip | None"
    anchors: Sequence[Candidate]
    used: set[tuple[int, int, int]]


def _scored(candidate: Candidate, signs: _Signs) -> Candidate:
    place, box = candidate.place, candidate.box
    score = _LABEL * nearness(box, signs.labels.get(place.page, ()))
    score += _WHOLE * place.whole + _EXACT * (place.kind == "exact") + place.likeness
    score += _UNUSED * (_key(candidate) not in signs.used)
    if signs.strip and place.page == signs.strip.page:
        score += _ROW * (signs.strip.top <= (box.y0 + box.y1) / 2 < signs.strip.bottom)
    beside = [anchor.box for anchor in signs.anchors if anchor.place.page == place.page]
    score += _BESIDE * max((1 - min(1.0, abs(box.y0 - a.y0) + 0.3 * abs(box.x0 - a.x0)) for a in beside), default=0.0)
    return replace(candidate, score=score)


def _key(candidate: Candidate) -> tuple[int, int, int]:
    spans = candidate.place.spans
    return candidate.place.page, spans[0].first, spans[-1].last


def _record(pointer: str) -> str | None:
    """The pointer of the list member that the leaf belongs to; None if it is in no list, or is itself the member."""
    parts = pointer.split("/")
    for n in range(len(parts) - 2, 0, -1):
        if parts[n].isdigit():
            return "/".join(parts[: n + 1])
    return None


def _rows(found: Mapping[str, Sequence[Candidate]]) -> dict[str, Strip]:
    """Record -> the strip of the page where its values stand, for records that stand one below another.

    Each candidate votes for its height on the page, the fewer places a value has the more; records keep their order.
    """
    lists: dict[str, dict[str, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    weights: dict[int, float] = {}
    for pointer, candidates in found.items():
        if (record := _record(pointer)) and candidates:
            lists[record.rpartition("/")[0]][record] += candidates
            weights.update({id(c): 1 / len(candidates) for c in candidates})
    rows: dict[str, Strip] = {}
    for records in lists.values():
        rows |= _strips({name: _votes(members, weights) for name, members in records.items()})
    return rows


def _votes(members: Sequence[Candidate], weights: Mapping[int, float]) -> list[Vote]:
    """The lines that a record's values stand on."""
    lines: list[Vote] = []
    for candidate in sorted(members, key=lambda c: (c.place.page, c.box.y0 + c.box.y1)):
        middle, height = (candidate.box.y0 + candidate.box.y1) / 2, candidate.box.y1 - candidate.box.y0
        vote = Vote(candidate.place.page, middle, height, weights[id(candidate)])
        last = lines[-1] if lines else None
        if last and last.page == vote.page and middle - last.middle < 0.6 * max(height, last.height):
            lines[-1] = replace(last, height=max(height, last.height), weight=last.weight + vote.weight)
        else:
            lines.append(vote)
    return lines


def _strips(votes: Mapping[str, list[Vote]]) -> dict[str, Strip]:
    """One line for each record, so that they go down the pages in the order of the records and weigh most together."""
    chains: list[tuple[Vote, int, str]] = []  # a line, the chain it continues (-1 for none), its record
    front: list[tuple[tuple[int, float], float, int]] = []  # ends of chains: further down is heavier, or it is not kept
    for name, lines in votes.items():
        fresh = []
        for vote in lines:
            before = bisect_left(front, ((vote.page, vote.middle - 0.5 * vote.height), 0.0, -1)) - 1
            weight = vote.weight + (front[before][1] if before >= 0 else 0.0)
            chains.append((vote, front[before][2] if before >= 0 else -1, name))
            fresh.append(((vote.page, vote.middle), weight, len(chains) - 1))
        for end in fresh:
            _keep(front, end)
    strips: dict[str, Strip] = {}
    at, below = front[-1][2] if front else -1, None
    while at >= 0:
        vote, at, name = chains[at]
        bottom = vote.middle + _TALL * vote.height
        if below is not None and below.page == vote.page:
            bottom = below.middle - 0.5 * below.height
        strips[name] = Strip(vote.page, vote.middle - 0.6 * vote.height, bottom)
        below = vote
    return strips


def _keep(front: list[tuple[tuple[int, float], float, int]], end: tuple[tuple[int, float], float, int]) -> None:
    place = bisect_left(front, (end[0], -1.0, -1))
    if place and front[place - 1][1] >= end[1]:
        return
    if place < len(front) and front[place][0] == end[0] and front[place][1] >= end[1]:
        return
    stop = place
    while stop < len(front) and front[stop][1] <= end[1]:
        stop += 1
    front[place:stop] = [end]
