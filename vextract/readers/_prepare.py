"""Making a page easier to read before OCR: even paper, black ink, no ruling lines, letters large enough.

Each step leaves a clean page as it is. Grey pictures are arrays of shape (height, width), 0 black to 255 white.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Grey = npt.NDArray[np.uint8]
    Mask = npt.NDArray[np.bool_]

__all__ = ["Prepared", "prepare", "without_rules"]

# Pixels: the side of the squares in which paper and ink are measured.
_BLOCK = 8
_WHITE = 250
# Letters are enlarged if their height without ascenders is below so many pixels, and the result is not too large.
_ENLARGE = 1.5
_ENLARGED_PIXELS = 12_000_000
# Ruling lines: at most so thick, at least so long, in pixels or as a share of the width.
_RULE_THICK = 5
_RULE_LONG_PX = 50
_RULE_LONG_SHARE = 1 / 14
# A picture with ink in more than this share of its squares is a photograph, or has one.
_BUSY = 0.6
_INKED = 225  # grey level: a square with a darker pixel has ink


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture to read.

    Attributes:
        grey: the page with even paper and black ink, in its own size.
        letters_px: about the height of its letters without ascenders, 0 if unknown.
        busy: it is a photograph rather than print on paper.
    """

    grey: "Grey"
    letters_px: float
    busy: bool

    def image(self, enlarge_below_px: float) -> "Image":
        """The picture, enlarged if its letters are smaller than that and it does not become too large."""
        from PIL import Image as pil

        picture = pil.fromarray(self.grey)
        if not 0 < self.letters_px < enlarge_below_px or self.grey.size * _ENLARGE**2 > _ENLARGED_PIXELS:
            return picture
        size = (round(picture.width * _ENLARGE), round(picture.height * _ENLARGE))
        return picture.resize(size, pil.Resampling.BICUBIC)


def prepare(image: "Image") -> Prepared:
    """The page's picture made easier to read; its geometry is unchanged."""
    import numpy as np

    even = _even_paper(np.asarray(image.convert("L")))
    busy = float((_block_min(even) < _INKED).mean()) > _BUSY
    grey = even if busy else _black_ink(even)
    return Prepared(grey, _letter_height(grey), busy)


def without_rules(page: Prepared) -> Prepared:
    """The same page with thin ruling lines wiped out: OCR takes them for letters, but they also part the cells of a table."""
    return replace(page, grey=_without_rules(page.grey))


def _even_paper(grey: "Grey") -> "Grey":
    """Divides by the brightness of the paper around; what is much darker than paper, such as a scanner's bed, stays dark."""
    import numpy as np
    from PIL import Image as pil
    from PIL import ImageFilter

    height, width = grey.shape
    lightest = _block_max(grey)
    white = max(1.0, float(np.percentile(lightest, 80)))
    paper = pil.fromarray(lightest).filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.MaxFilter(3))
    size = (lightest.shape[1] * _BLOCK, lightest.shape[0] * _BLOCK)
    around = np.asarray(paper.filter(ImageFilter.BoxBlur(2)).resize(size, pil.Resampling.BILINEAR))[:height, :width]
    even: Grey = np.minimum(grey * (_WHITE / np.maximum(around, 0.35 * white)).astype(np.float32), 255).astype(np.uint8)
    return even


def _block_max(grey: "Grey") -> "Grey":
    import numpy as np

    height, width = grey.shape
    padded = np.pad(grey, ((0, -height % _BLOCK), (0, -width % _BLOCK)), mode="edge")
    rows, columns = padded.shape[0] // _BLOCK, padded.shape[1] // _BLOCK
    blocks: Grey = padded.reshape(rows, _BLOCK, columns, _BLOCK).max(axis=(1, 3))
    return blocks


def _block_min(grey: "Grey") -> "Grey":
    return 255 - _block_max(255 - grey)


def _enlarged(mask: "Mask", shape: tuple[int, int], factor: int) -> "Mask":
    import numpy as np

    height, width = shape
    return np.repeat(np.repeat(mask, factor, axis=0), factor, axis=1)[:height, :width]


def _black_ink(grey: "Grey") -> "Grey":
    """Darkens faint print: beside a few black pixels, a single threshold for the whole page would lose it."""
    import numpy as np

    darkest = _block_min(grey)
    ink = darkest[darkest < _INKED]
    usual = min(190.0, float(np.median(ink))) if ink.size > 20 else 0.0
    if usual < 40:
        return grey
    table = np.clip((np.arange(256) - usual) * _WHITE / (_WHITE - usual), 0, 255).astype(np.uint8)
    darker: Grey = np.take(table, grey)
    return darker


def _without_rules(grey: "Grey") -> "Grey":
    """Wipes out thin ruling lines, which OCR takes for letters; solid areas and what touches them stay."""
    import numpy as np

    ink = grey <= _threshold(grey)
    length = max(_RULE_LONG_PX, int(grey.shape[1] * _RULE_LONG_SHARE))
    across, down = _runs(ink, length), _turned(_runs(_turned(ink), length))
    if not (across.any() or down.any()):
        return grey
    free = ~_near_solid(ink)
    across &= free & ~_turned(_runs(_turned(across & free), _RULE_THICK + 1))
    down &= free & ~_runs(down & free, _RULE_THICK + 1)
    wiped = across | down
    wiped[1:] |= across[:-1]
    wiped[:-1] |= across[1:]
    wiped[:, 1:] |= down[:, :-1]
    wiped[:, :-1] |= down[:, 1:]
    clean: Grey = np.where(wiped, np.uint8(255), grey)
    return clean


def _near_solid(ink: "Mask") -> "Mask":
    """What lies near solid ink such as white-on-black headings."""
    import numpy as np
    from PIL import Image as pil
    from PIL import ImageFilter

    solid = np.asarray(pil.fromarray(ink.astype(np.uint8) * 255).filter(ImageFilter.BoxBlur(4))) >= _WHITE
    if not solid.any():
        return np.zeros_like(ink)
    near = pil.fromarray(solid.astype(np.uint8) * 255).reduce(4).filter(ImageFilter.MaxFilter(9))
    return _enlarged(np.asarray(near) > 0, (ink.shape[0], ink.shape[1]), 4)


def _threshold(grey: "Grey") -> int:
    """The grey level that parts ink from paper best.

    Source: N. Otsu, A threshold selection method from gray-level histograms, IEEE Trans. SMC 9 (1979) 62-66.
    """
    import numpy as np

    counts = np.bincount(grey.ravel(), minlength=256).astype(float)
    weight, mass = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    with np.errstate(all="ignore"):
        between = (mass[-1] * weight / weight[-1] - mass) ** 2 / (weight * (weight[-1] - weight))
    return int(np.nanargmax(between)) if np.isfinite(between).any() else 127


def _runs(mask: "Mask", length: int) -> "Mask":
    """The pixels that lie in a horizontal run of at least so many."""
    import numpy as np

    height, width = mask.shape
    starts, ends = _run_ends(mask)
    long = (ends - starts) >= length
    if not long.any():
        return np.zeros_like(mask)
    steps = np.zeros(height * (width + 1) + 1, np.int8)
    steps[starts[long]] += 1
    steps[ends[long]] -= 1
    inside: Mask = np.cumsum(steps, dtype=np.int8)[:-1].reshape(height, width + 1)[:, :width] > 0
    return inside


def _run_ends(mask: "Mask") -> "tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]":
    """Where horizontal runs begin and end, as positions in rows of width + 1."""
    import numpy as np

    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    step = np.diff(padded, axis=1).ravel()
    return np.flatnonzero(step == 1), np.flatnonzero(step == -1)


def _turned(mask: "Mask") -> "Mask":
    import numpy as np

    return np.ascontiguousarray(mask.T)


def _letter_height(grey: "Grey") -> float:
    """About the height of letters without ascenders, in pixels; 0 where it cannot be told.

    Gaps within lines are filled, then the heights of what stands there are taken on every third column.
    """
    import numpy as np

    ink = grey <= min(180, max(60, _threshold(grey)))
    filled = ~_runs(~ink, max(6, grey.shape[1] // 80))
    starts, ends = _run_ends(np.ascontiguousarray(filled.T[::3]))
    heights = ends - starts
    heights = heights[(heights >= 6) & (heights <= 120)]
    return float(np.median(heights)) if heights.size > 50 else 0.0
