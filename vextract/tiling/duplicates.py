"""Objects that were found twice."""

from collections import defaultdict
from collections.abc import Sequence

from vextract.detection import Detection

__all__ = ["nms"]


def nms(found: Sequence[Detection], threshold: float) -> list[Detection]:
    """The objects without those that others repeat, in their order: non-maximum suppression within each page and label.

    Of two boxes whose IoU is `threshold` or more the one with the higher score stays, or the earlier where scores do not tell.

    Args:
        found: of one page or several.
        threshold: 0..1. At 0 too, only boxes that have something in common repeat each other.
    """
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for i, each in enumerate(found):
        groups[each.page, each.label.casefold()].append(i)
    kept = [i for group in groups.values() for i in _unrepeated(found, group, threshold)]
    return [found[i] for i in sorted(kept)]


def _unrepeated(found: Sequence[Detection], group: list[int], threshold: float) -> list[int]:
    import numpy as np

    ranked = sorted(group, key=lambda i: (found[i].score is None, -(found[i].score or 0), i))
    corners = np.array([(b.x0, b.y0, b.x1, b.y1) for b in (found[i].box for i in ranked)])
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    left = np.ones(len(ranked), bool)
    kept = []
    for n, i in enumerate(ranked):
        if not left[n]:
            continue
        kept.append(i)
        sides = np.minimum(corners[n, 2:], corners[:, 2:]) - np.maximum(corners[n, :2], corners[:, :2])
        shared = np.prod(np.maximum(sides, 0), axis=1)
        # Boxes without area have no IoU; one repeats another if it is the same.
        repeats = (shared > 0) & (shared >= threshold * (areas[n] + areas - shared))
        left &= ~(repeats | np.all(corners == corners[n], axis=1))
    return kept
