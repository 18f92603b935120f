"""Ruling lines in the picture of a page: straight, thin, longer than the strokes of letters, level or upright but for the skew.

What is thin is told by a black top-hat across the line, so that a line is seen on shaded ground too, and the edge of a shaded area
or a bar is none.

Source: the top-hat as in Serra, Image Analysis and Mathematical Morphology (1982); skew from the sharpness of projection profiles
as in Postl, Detection of linear oblique structures and skew scan in digitized documents (ICPR 1986).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Mask = npt.NDArray[np.bool_]

__all__ = ["Rule", "Rulings", "find_rulings"]

# Pixels: the longer side of the picture that is looked at. 300 dpi of A4 are 3508.
_LONGEST_SIDE_PX = 3600
# Shares of the longer side, and pixels at least: how long a rule is, how thick, how wide a gap in one.
_LONG, _LONG_PX = 0.02, 24
_THICK, _THICK_PX = 0.004, 5
_GAP, _GAP_PX = 0.004, 4
# Grey levels that a rule is darker than what is beside it, at least, and in units of the noise.
_DARKER = 16
_NOISES = 4.0
# Skew: degrees that are tried, coarse then fine; profiles are taken of so many strips.
_MOST_SKEW = 4.0
_STRIPS = 48
# What part of a run of ink must be part of a line of its own direction, and what part around a rule may be ink.
_OWN = 0.5
_CROWDED = 0.3
_MOST_RULES = 800


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the levelled page, in its pixels: at which height (or how far right) it lies, where it starts and stops."""

    at: float
    start: float
    stop: float

    @property
    def length(self) -> float:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Rulings:
    """The rules of a page. `origin` and the slopes lead from levelled pixels back to the page, `size` is that of the picture.

    `sink` is how far level rules sink for each pixel to the right, `lean` how far upright rules go right for each pixel down.
    """

    level: list[Rule]
    upright: list[Rule]
    origin: tuple[float, float]
    sink: float
    lean: float
    size: tuple[int, int]

    def to_page(self, u: float, v: float) -> tuple[float, float]:
        """The levelled pixel as fractions of the page, not clipped."""
        right, down = u - self.origin[0], v - self.origin[1]
        x, y = right + self.lean * down + self.size[0] / 2, down + self.sink * right + self.size[1] / 2
        return x / self.size[0], y / self.size[1]


def find_rulings(image: "Image") -> Rulings:
    """The ruling lines of the picture."""
    import numpy as np

    grey = image.convert("L")
    factor = -(-max(grey.size) // _LONGEST_SIDE_PX)
    levels = np.asarray(grey.reduce(factor) if factor > 1 else grey)
    side = max(levels.shape)
    thick = max(_THICK_PX, round(_THICK * side))
    level, upright = _thin(levels, thick, axis=0), _thin(levels, thick, axis=1)
    long = max(_LONG_PX, round(_LONG * side))
    sink, lean = _slope(_runs_only(level, long // 2)), _slope(_runs_only(upright.T, long // 2))
    size = (levels.shape[1], levels.shape[0])
    flat_level, origin = _levelled(level, sink, lean)
    flat_upright, _ = _levelled(upright, sink, lean)
    gap = max(_GAP_PX, round(_GAP * side))
    return Rulings(
        _rules(flat_level, flat_upright, long, thick, gap),
        _rules(flat_upright.T, flat_level.T, long, thick, gap),
        origin,
        sink,
        lean,
        size,
    )


def _thin(levels: "npt.NDArray[np.uint8]", thick: int, axis: int) -> "Mask":
    """Where something dark is at most so thick across the axis."""
    import numpy as np
    from scipy import ndimage  # type: ignore[import-untyped]

    across = 2 * thick + 1
    lightest = ndimage.maximum_filter1d(levels, across, axis=axis)
    closed = ndimage.minimum_filter1d(lightest, across, axis=axis)
    depth = closed - levels  # never negative: a closing lies above its picture
    noise = float(np.median(depth)) if depth.size else 0.0
    thin: Mask = depth >= max(_DARKER, _NOISES * noise)
    return thin


def _slope(mask: "Mask") -> float:
    """How far the level lines of the mask sink for each pixel to the right; 0 where nothing tells."""
    import numpy as np

    if not mask.any():
        return 0.0
    edges = np.linspace(0, mask.shape[1], _STRIPS + 1).round().astype(int)
    strips = [
        (float(a + b) / 2 - mask.shape[1] / 2, mask[:, a:b].sum(axis=1, dtype=np.float64)) for a, b in pairwise(edges)
    ]
    strips = [(x, profile) for x, profile in strips if profile.any()]

    def sharpness(slope: float) -> float:
        total = np.zeros(mask.shape[0])
        for x, profile in strips:
            total += _shifted(profile, -round(slope * x))
        return float((total**2).sum())

    coarse = np.tan(np.radians(np.arange(-_MOST_SKEW, _MOST_SKEW + 0.05, 0.1)))
    # The least of equally good ones: a page without skew stays as it is.
    best = max(sorted(coarse, key=abs), key=sharpness)
    fine = best + np.tan(np.radians(np.arange(-0.08, 0.09, 0.02)))
    return float(max(sorted(fine, key=lambda slope: abs(slope - best)), key=sharpness)) if best else 0.0


def _shifted(profile: "npt.NDArray[np.float64]", by: int) -> "npt.NDArray[np.float64]":
    import numpy as np

    moved = np.zeros_like(profile)
    if abs(by) < len(profile):
        moved[max(by, 0) : len(profile) + min(by, 0)] = profile[max(-by, 0) : len(profile) - max(by, 0)]
    return moved


def _levelled(mask: "Mask", sink: float, lean: float) -> tuple["Mask", tuple[float, float]]:
    """The mask with its lines level and upright, large enough to hold all of it, and where its middle came to lie."""
    import numpy as np
    from PIL import Image as pil

    height, width = mask.shape
    if not sink and not lean:
        return mask, (width / 2, height / 2)
    size = width + 2 * int(abs(lean) * height), height + 2 * int(abs(sink) * width)
    middle = size[0] / 2, size[1] / 2
    right, down = width / 2 - middle[0] - lean * middle[1], height / 2 - middle[1] - sink * middle[0]
    picture = pil.fromarray(mask.astype(np.uint8))
    matrix = (1.0, lean, right, sink, 1.0, down)
    return np.asarray(picture.transform(size, pil.Transform.AFFINE, matrix, pil.Resampling.NEAREST)) > 0, middle


def _rules(own: "Mask", other: "Mask", long: int, thick: int, gap: int) -> list[Rule]:
    """The level rules of a levelled mask; those of the other direction bridge where the two cross."""
    import numpy as np
    from scipy import ndimage

    fat = own | other
    fat[1:] |= own[:-1]
    fat[:-1] |= own[1:]
    runs = _runs_only(fat, long)
    labels, _ = ndimage.label(runs, np.ones((3, 3)))
    found = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        here = labels[rows, columns] == number
        width = columns.stop - columns.start
        inked = (here & own[rows, columns]).any(axis=0).mean()
        if here.sum() > (thick + 2) * width or inked < _OWN or _crowded(own | other, rows, columns, thick):
            continue
        weights = here.sum(axis=1)
        at = rows.start + float((weights * np.arange(len(weights))).sum() / weights.sum()) + 0.5
        found.append(Rule(at, float(columns.start), float(columns.stop)))
    longest = sorted(found, key=lambda rule: -rule.length)[:_MOST_RULES]
    return _joined(longest, thick, gap)


def _runs_only(mask: "Mask", long: int) -> "Mask":
    """Of each row the runs that are at least so long."""
    import numpy as np

    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded, axis=1).ravel()
    starts, stops = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    kept = stops - starts >= long
    marks = np.zeros(change.size + 1, np.int8)
    marks[starts[kept]] = 1
    marks[stops[kept]] = -1
    return np.cumsum(marks, dtype=np.int8)[:-1].reshape(mask.shape[0], -1)[:, :-1].astype(bool)


def _crowded(ink: "Mask", rows: slice, columns: slice, thick: int) -> bool:
    """Whether there is much ink on both sides: a stroke of a texture, no rule."""
    above = ink[max(rows.start - thick - 2, 0) : max(rows.start - 1, 0), columns]
    below = ink[rows.stop + 1 : rows.stop + thick + 2, columns]
    return above.size > 0 and below.size > 0 and min(above.mean(), below.mean()) > _CROWDED


def _joined(rules: list[Rule], thick: int, gap: int) -> list[Rule]:
    """Rules that continue each other, or run side by side as a double line, made one."""
    joined: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (rule.start, rule.at)):
        for index, other in enumerate(joined):
            if abs(rule.at - other.at) <= thick and rule.start - other.stop <= gap:
                share = rule.length / (rule.length + other.length)
                at = other.at + (rule.at - other.at) * share
                joined[index] = Rule(at, min(other.start, rule.start), max(other.stop, rule.stop))
                break
        else:
            joined.append(rule)
    return joined
