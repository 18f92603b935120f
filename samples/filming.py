"""Make a film of pages, as a hand-held telephone makes it: upright by a note in the file, trembling a little."""

from __future__ import annotations

import io
import random
from fractions import Fraction
from typing import TYPE_CHECKING

import av
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

_RATE = 10
_TREMBLE_PX = 2
# The sensor of a telephone that is held upright lies on its side; players turn its films clockwise.
_HELD_UPRIGHT = -90


def film(pictures: Sequence[Image.Image], seconds_each: int, seed: int, metadata: dict[str, str]) -> bytes:
    """Return an MP4 file that shows one picture after the other; all of one size, its sides even."""
    stream = io.BytesIO()
    chance = random.Random(seed)
    with av.open(stream, "w", format="mp4", options={"movflags": "+use_metadata_tags", "fflags": "+bitexact"}) as file:
        file.metadata.update(metadata)
        video = file.add_stream("libx264", rate=_RATE, options={"crf": "30", "threads": "1", "flags": "+bitexact"})
        video.height, video.width = pictures[0].size
        video.pix_fmt = "yuv420p"
        video.set_display_rotation(_HELD_UPRIGHT)
        shown = [picture for picture in pictures for _ in range(seconds_each * _RATE)]
        for number, picture in enumerate(shown):
            frame = av.VideoFrame.from_image(_trembling(picture, chance).transpose(Image.Transpose.ROTATE_90))
            frame.pts, frame.time_base = number, Fraction(1, _RATE)
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
    return stream.getvalue()


def _trembling(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Return the picture moved by a pixel or two; what comes in at the edge is the paper of its corner."""
    paper = picture.getpixel((0, 0))
    moved = Image.new("RGB", picture.size, paper)
    moved.paste(picture, (chance.randint(-_TREMBLE_PX, _TREMBLE_PX), chance.randint(-_TREMBLE_PX, _TREMBLE_PX)))
    return moved
