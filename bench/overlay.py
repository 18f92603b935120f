"""Time and memory of drawing an overlay, beside decoding and encoding the same picture with Pillow in the same run.

Run: python bench/overlay.py [--times N]. Pictures and boxes are made up. `ratio` is decoding, drawing and encoding over decoding
and encoding (CPU time, the least of the runs; each timed by itself, for labels change what there is to encode); `peak_mb` is of a
process of its own that does all three once.
"""

import argparse
import io
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from measuring import measured
from PIL import Image, ImageFilter

from vextract.overlays import Mark, draw
from vextract.types import Box

LABELS = ("person", "car", "dog", "bicycle", "traffic light", "bus", "cat", "bottle", "chair", "suitcase")
CASES = {
    "1 MP, 20 boxes, PNG": (1200, 900, 20, "PNG", "PNG"),
    "1 MP, 20 boxes, JPEG to PNG": (1200, 900, 20, "JPEG", "PNG"),
    "1 MP, 20 boxes, JPEG": (1200, 900, 20, "JPEG", "JPEG"),
    "1 MP, 300 boxes, JPEG to PNG": (1200, 900, 300, "JPEG", "PNG"),
    "20 MP, 20 boxes, JPEG": (5200, 3900, 20, "JPEG", "JPEG"),
    "20 MP, 500 boxes, JPEG to PNG": (5200, 3900, 500, "JPEG", "PNG"),
    "20 MP, 500 boxes, JPEG": (5200, 3900, 500, "JPEG", "JPEG"),
}
"""Width, height, number of boxes, format of the picture and of the overlay."""


def photo(width: int, height: int) -> Image.Image:
    """Soft shapes with the noise of a camera."""
    dice = np.random.default_rng(1)
    soft = Image.fromarray(dice.integers(30, 225, (height // 60, width // 60, 3), dtype=np.uint8))
    soft = soft.resize((width, height), Image.Resampling.BICUBIC)
    noisy = np.asarray(soft) + dice.normal(0, 4, (height, width, 3)).astype(np.float32)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7))


def marks(count: int) -> list[Mark]:
    """Boxes of all sizes anywhere, with labels and scores."""
    dice = random.Random(2)
    found = []
    for _ in range(count):
        width, height = dice.uniform(0.01, 0.08), dice.uniform(0.01, 0.1)
        x, y, label = dice.uniform(0, 1 - width), dice.uniform(0, 1 - height), dice.choice(LABELS)
        found.append(Mark(Box(x, y, x + width, y + height), f"{label} {dice.random():.2f}", label))
    return found


def timed(call: Callable[[], Image.Image]) -> tuple[float, Image.Image]:
    """CPU seconds, and what came of it."""
    began = time.process_time()
    made = call()
    return time.process_time() - began, made


def decoded(data: bytes) -> Image.Image:
    """The picture in a file."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def encoded(picture: Image.Image, kind: str) -> Image.Image:
    """The picture, after it was written."""
    picture.save(io.BytesIO(), kind)
    return picture


def measure(times: int) -> dict[str, object]:
    """Figures of every case."""
    figures: dict[str, object] = {}
    for name, (width, height, count, source, target) in CASES.items():
        held = io.BytesIO()
        photo(width, height).save(held, source)
        data, boxes = held.getvalue(), marks(count)
        decoding, encoding, drawing = [], [], []
        for _ in range(times + 1):
            seconds, picture = timed(lambda data=data: decoded(data))  # type: ignore[misc]
            decoding.append(seconds)
            encoding.append(timed(lambda picture=picture, target=target: encoded(picture, target))[0])  # type: ignore[misc]
            drawing.append(timed(lambda picture=picture, boxes=boxes: draw(picture, boxes))[0])  # type: ignore[misc]
        plain_s, draw_s = min(decoding) + min(encoding), min(drawing)
        with tempfile.NamedTemporaryFile(suffix=f".{source}") as file:
            Path(file.name).write_bytes(data)
            peak_mb = measured([sys.executable, __file__, "--once", file.name, str(count), target]).peak_mb
        figures[name] = {
            "plain_s": round(plain_s, 3),
            "draw_s": round(draw_s, 3),
            "ratio": round((plain_s + draw_s) / plain_s, 2),
            "peak_mb": round(peak_mb),
        }
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument(
        "--once", nargs=3, metavar=("FILE", "BOXES", "FORMAT"), help="draw on this picture, for its memory"
    )
    args = parser.parse_args()
    if args.once:
        encoded(draw(decoded(Path(args.once[0]).read_bytes()), marks(int(args.once[1]))), args.once[2])
    else:
        print(json.dumps(measure(args.times), indent=2))
