"""Which found object is which true one on a page, with no need of scores."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vextract.evaluation.detection.metrics import DetectionCounts
from vextract.evaluation.detection.pictures import Annotation, Picture
from vextract.evaluation.grounding import LEAST_IOU

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Match", "by_label", "compare", "counted"]

Outcome = Literal["right", "mislabelled", "missing", "spurious", "in crowd"]


@dataclass(frozen=True, slots=True)
class Match:
    """What became of one object: `wanted` of the truth, `got` of the result, None where a side has none."""

    outcome: Outcome
    page: int
    wanted: Annotation | None
    got: Annotation | None


def compare(true: Picture, found: Picture | None, page: int) -> list[Match]:
    """The objects of a page, paired one to one.

    Of each label as many are paired as can be with an IoU of LEAST_IOU or more, and of all ways to do that the one of the largest
    sum of IoU. What is left over is "in crowd" if as much of it lies within a crowd of its label, else it is paired in the same way
    with what is left over of other labels.
    """
    missing: list[Annotation] = []
    left: list[Annotation] = []
    matches: list[Match] = []
    wanted_by, crowds_by = (
        _by_key(o for o in true.objects if not o.is_crowd),
        _by_key(o for o in true.objects if o.is_crowd),
    )
    got_by = _by_key(found.objects if found else ())
    for key in dict.fromkeys((*wanted_by, *got_by)):
        wanted, got = wanted_by[key], got_by[key]
        pairs = _pairs(wanted, got)
        matches += (Match("right", page, wanted[i], got[j]) for i, j in pairs)
        missing += _left_over(wanted, (i for i, _ in pairs))
        alone = _left_over(got, (j for _, j in pairs))
        covered = _covered(alone, crowds_by[key])
        matches += (Match("in crowd", page, None, alone[j]) for j in covered)
        left += _left_over(alone, covered)
    pairs = _pairs(missing, left)
    matches += (Match("mislabelled", page, missing[i], left[j]) for i, j in pairs)
    matches += (Match("missing", page, each, None) for each in _left_over(missing, (i for i, _ in pairs)))
    matches += (Match("spurious", page, None, each) for each in _left_over(left, (j for _, j in pairs)))
    return matches


def counted(matches: Iterable[Match], key: str | None = None) -> DetectionCounts:
    """The counts of all labels, or of one."""
    matches = list(matches)
    wanted = [match.outcome for match in matches if match.wanted and key in (None, match.wanted.key)]
    got = [match.outcome for match in matches if match.got and key in (None, match.got.key)]
    in_crowd = got.count("in crowd")
    return DetectionCounts(
        truth=len(wanted),
        found=len(got) - in_crowd,
        matched=wanted.count("right"),
        mislabelled=wanted.count("mislabelled"),
        in_crowd=in_crowd,
    )


def by_label(matches: Iterable[Match]) -> dict[str, DetectionCounts]:
    """The counts of each label, by its key."""
    groups: dict[str, list[Match]] = defaultdict(list)
    for match in matches:
        for key in {each.key for each in (match.wanted, match.got) if each}:
            groups[key].append(match)
    return {key: counted(group, key) for key, group in groups.items()}


def _by_key(objects: Iterable[Annotation]) -> defaultdict[str, list[Annotation]]:
    groups: defaultdict[str, list[Annotation]] = defaultdict(list)
    for each in objects:
        groups[each.key].append(each)
    return groups


def _left_over(objects: Sequence[Annotation], taken: Iterable[int]) -> list[Annotation]:
    used = set(taken)
    return [each for at, each in enumerate(objects) if at not in used]


def _pairs(wanted: Sequence[Annotation], got: Sequence[Annotation]) -> list[tuple[int, int]]:
    """Indices of objects that match, by the Hungarian method."""
    if not wanted or not got:
        return []
    import numpy as np
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

    ious = _ious(wanted, got, crowd=False)
    near = ious >= LEAST_IOU
    rows, columns = (np.flatnonzero(near.any(axis=axis)) for axis in (1, 0))
    # One pair more is worth more than any gain in overlap.
    gain = np.where(near, ious + min(len(rows), len(columns)), 0.0)[np.ix_(rows, columns)]
    chosen = zip(*linear_sum_assignment(gain, maximize=True), strict=True)
    return [(int(rows[r]), int(columns[c])) for r, c in chosen if gain[r, c] > 0]


def _covered(got: Sequence[Annotation], crowds: Sequence[Annotation]) -> list[int]:
    """The indices of objects of which LEAST_IOU or more lies within one crowd."""
    if not got or not crowds:
        return []
    import numpy as np

    inside = _ious(crowds, got, crowd=True) >= LEAST_IOU
    return [int(at) for at in np.flatnonzero(inside.any(axis=0))]


def _ious(wanted: Sequence[Annotation], got: Sequence[Annotation], *, crowd: bool) -> "NDArray[np.float64]":
    """Overlap of each true with each found box, as COCO measures it: with a crowd it is the share of the found one."""
    import numpy as np
    from pycocotools import mask as coco_mask

    boxes = (np.array([each.xywh for each in side], dtype=float) for side in (got, wanted))
    overlap: NDArray[np.float64] = coco_mask.iou(*boxes, [int(crowd)] * len(wanted))
    return overlap.T
