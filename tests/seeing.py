"""A detector behind the emulator that sees only what it is sent: it finds patches of plain colours."""

import base64
import io
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from tests.models.emulator import Received
from tests.models.protocols import Said

__all__ = ["COLOURS", "Patch", "Write", "finds", "planted", "sent_picture"]

Patch = tuple[str, tuple[int, int, int, int]]
"""A label, and x0, y0, x1, y1 in pixels, x1 and y1 not included."""

COLOURS = {"crimson": (220, 30, 30), "olive": (30, 160, 40), "navy": (40, 60, 220)}
_DATA = re.compile(r"(?:base64,)?((?:iVBORw0KGgo|[/_]9j[/_])[\w+/=-]+)")
_CLOSE = 60


def planted(size: tuple[int, int], patches: list[Patch]) -> Image.Image:
    """A white picture with the patches painted in."""
    image = Image.new("RGB", size, (255, 255, 255))
    for label, box in patches:
        image.paste(COLOURS[label], box)
    return image


def sent_picture(received: Received) -> Image.Image:
    """The picture of a request."""
    (found,) = _DATA.findall(json.dumps(received.body))
    # Google's client writes the alphabet for URLs.
    return Image.open(io.BytesIO(base64.b64decode(found.translate(str.maketrans("-_", "+/"))))).convert("RGB")


def patches_of(image: Image.Image) -> list[Patch]:
    """The patches that can be seen in a picture."""
    pixels = np.asarray(image).astype(int)
    found: list[Patch] = []
    for label, colour in COLOURS.items():
        alike = np.abs(pixels - colour).sum(axis=2) < _CLOSE
        labelled, _ = ndimage.label(alike)
        for rows, columns in ndimage.find_objects(labelled):
            found.append((label, (columns.start, rows.start, columns.stop, rows.stop)))
    return found


Write = Callable[[list[Patch], tuple[int, int]], Any]
"""Writes the patches down as a family of models does; it gets the size of the picture that was sent."""


def finds(write: Write) -> Callable[[Received], Said]:
    """A script for the emulator: what is seen of the colours that the request names, written down by `write`."""

    def script(received: Received) -> Said:
        image = sent_picture(received)
        words = _DATA.sub("", json.dumps(received.body))
        asked = [label for label in COLOURS if label in words] or list(COLOURS)
        answer = write([patch for patch in patches_of(image) if patch[0] in asked], image.size)
        return Said(answer if isinstance(answer, str) else json.dumps(answer))

    return script
