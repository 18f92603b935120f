"""The directions in which much of a picture points askew, such as the bars of a code on a turned label."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

__all__ = ["askew"]

# Pixels: what is looked at is at most so large; the side of the squares whose edges must agree.
_LARGEST_PX = 4_000_000
_SQUARE = 16
# A square counts if its edges are as strong as this (the root of their mean square, in grey levels a pixel), and agree so well.
_LEAST_EDGE = 6.0
_LEAST_AGREEMENT = 0.75
_BIN_DEGREES = 2
# Degrees from upright that do not matter; squares that one direction takes; directions in all.
_STRAIGHT = 6.0
_LEAST_SQUARES = 6
_MOST = 3


def askew(grey: "Image") -> list[float]:
    """By how many degrees (0..90, counter-clockwise) to turn the picture so that much of it stands straight, at most three angles.

    Edges at right angles to each other are taken for one direction: bars and squares have both.
    """
    import numpy as np

    strength, direction = _squares(grey)
    if not strength.size:
        return []
    count = 90 // _BIN_DEGREES
    bins = (np.floor(direction / _BIN_DEGREES)).astype(int) % count
    weight = np.bincount(bins, strength, count)
    squares = np.bincount(bins, minlength=count)
    angles: list[float] = []
    for at in np.argsort(-weight):
        near = [(at + step) % count for step in (-1, 0, 1)]
        middle = float(_mean_direction(direction, strength, np.isin(bins, near)))
        if squares[near].sum() < _LEAST_SQUARES or not weight[at]:
            continue
        if all(_apart(middle, other) > _STRAIGHT for other in (0.0, *angles)):
            angles.append(middle)
        if len(angles) == _MOST:
            break
    return angles


def _squares(grey: "Image") -> tuple["npt.NDArray[np.float64]", "npt.NDArray[np.float64]"]:
    """Of each square with strong edges that agree: how strong they are, and their direction in degrees, 0..90.

    The direction comes from the fourth power of the gradient as a complex number, for which all right angles are the same.
    """
    import numpy as np
    from scipy import ndimage  # type: ignore[import-untyped]

    factor = 1
    while grey.width * grey.height / factor**2 > _LARGEST_PX:
        factor += 1
    levels = np.asarray(grey.reduce(factor) if factor > 1 else grey, np.float32)
    levels = ndimage.gaussian_filter(levels, 0.7)
    gradient = np.gradient(levels) if min(levels.shape) > 1 else (np.zeros((1, 1)),) * 2
    down, right = gradient
    energy = right**2 + down**2
    fourth = (right + 1j * down) ** 4 / np.maximum(energy, 1e-6)
    energy, fourth = _summed(energy), _summed(fourth)
    agree = np.abs(fourth)
    chosen = (energy >= _LEAST_EDGE**2 * _SQUARE**2) & (agree >= _LEAST_AGREEMENT * energy)
    return agree[chosen], np.degrees(np.angle(fourth[chosen])) / 4 % 90


def _summed(values: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
    rows, columns = (side // _SQUARE for side in values.shape)
    whole = values[: rows * _SQUARE, : columns * _SQUARE]
    summed: npt.NDArray[Any] = whole.reshape(rows, _SQUARE, columns, _SQUARE).sum(axis=(1, 3))
    return summed


def _mean_direction(
    degrees: "npt.NDArray[np.float64]", weights: "npt.NDArray[np.float64]", chosen: "npt.NDArray[np.bool_]"
) -> float:
    import numpy as np

    turning = np.exp(4j * np.radians(degrees[chosen]))
    return float(np.degrees(np.angle((turning * weights[chosen]).sum())) / 4 % 90)


def _apart(a: float, b: float) -> float:
    return min((a - b) % 90, (b - a) % 90)
