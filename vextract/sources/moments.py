"""Which frames of a video are looked at: at a rate, or where the scene changes.

A scene begins where the picture differs from the last one that was chosen, and has been cut to or has come to rest: a pan gives one
picture at its end, not one for each step. Of a camera that never rests there is one every three seconds, if what it sees changes.
Pictures are compared as thumbnails, the mean colours of 32 x 32 fields.
"""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["THUMBNAIL_PX", "every", "scene_starts", "thinned"]

THUMBNAIL_PX = 32
# The thresholds were measured on drawn frames: another slide of four to eight lines of text moves 5 to 14 % of the fields; noise
# of 5 %, a light that flickers by 7 % and a camera that trembles by 1 % of the width less than 4 %. A cut between photographs moves
# the colours by 25 to 30 % of the range on average, a pan by 2.5 % of the width between two looks by 6 %.
_FIELD_MOVED = 0.05
_OTHER_VIEW = 0.04
_AT_REST = 0.02
_CUT = 0.15
_PATIENCE_S = 3.0
# The whole picture may become lighter or darker by so much of the range; that is the light, not the view.
_LIGHT = 0.1
# Time stamps of Matroska are rounded to milliseconds.
_ROUNDING_S = 0.0005


def every(times_s: Sequence[float], end_s: float, interval_s: float) -> list[int]:
    """The frames that are shown at 0, `interval_s`, twice that and so on, each once.

    Args:
        times_s: when each frame begins to be shown, from 0, ascending.
        end_s: when the last one ends.
        interval_s: more than 0.
    """
    chosen = []
    for number, (begins, ends) in enumerate(zip(times_s, (*times_s[1:], max(end_s, times_s[-1])), strict=True)):
        moment = math.ceil((begins - _ROUNDING_S) / interval_s) * interval_s
        if number == 0 or moment < ends - _ROUNDING_S:
            chosen.append(number)
    return chosen


def thinned(numbers: Sequence[int], most: int) -> list[int]:
    """At most so many of them, evenly spread, the first and (of two or more) the last among them."""
    if len(numbers) <= most:
        return list(numbers)
    if most == 1:
        return [numbers[0]]
    return [numbers[round(i * (len(numbers) - 1) / (most - 1))] for i in range(most)]


def scene_starts(looks: "Iterable[tuple[int, float, NDArray[np.uint8]]]") -> list[int]:
    """The numbers of those looks with which a scene begins; always the first.

    Args:
        looks: number, time in seconds, and thumbnail (height x width x RGB), in the order of time, a fraction of a second apart.
    """
    chosen: list[int] = []
    last = before = None
    last_s = 0.0
    for number, time_s, thumbnail in looks:
        if last is None or before is None:
            begins = True
        else:
            came_to = _moved(before, thumbnail) <= _AT_REST or _mean_change(before, thumbnail) >= _CUT
            begins = _moved(last, thumbnail) >= _OTHER_VIEW and (came_to or time_s - last_s >= _PATIENCE_S)
        if begins:
            chosen.append(number)
            last, last_s = thumbnail, time_s
        before = thumbnail
    return chosen


def _moved(one: "NDArray[np.uint8]", other: "NDArray[np.uint8]") -> float:
    """The share of fields, 0..1, whose colour differs by more than the light does."""
    import numpy as np

    change = (other.astype(np.float32) - one) / 255
    light = np.median(change, axis=(0, 1)).clip(-_LIGHT, _LIGHT)
    return float((np.abs(change - light).max(axis=2) > _FIELD_MOVED).mean())


def _mean_change(one: "NDArray[np.uint8]", other: "NDArray[np.uint8]") -> float:
    """By how much the colours differ on average, 0..1."""
    import numpy as np

    return float(np.abs(other.astype(np.float32) - one).mean() / 255)
