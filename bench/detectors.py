"""Time of the embedded detectors on each page beside that of reading the same page, in one process; the least of several rounds.

Run: python bench/detectors.py [FOLDER] [--rounds 3]. FOLDER holds pictures; samples/ is the default.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps

from vextract.detectors import find_detector
from vextract.layout import arrange
from vextract.readers import ReadOptions, find_reader
from vextract.types import Page, PageRef, PageText

PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}
DETECTORS = ("barcodes", "tables", "text")


def least(rounds: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest of so many rounds."""
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def page_of(file: Path) -> Page:
    """The first page of a picture, decoded."""
    with Image.open(file) as opened:
        upright = ImageOps.exif_transpose(opened)
        image = upright if upright.mode in {"L", "RGB"} else upright.convert("L" if upright.mode == "1" else "RGB")
        image.load()
    return Page(PageRef(str(file), 1, image.width, image.height), draw=image.copy)


def measured(file: Path, rounds: int) -> dict[str, float | str | int]:
    """Seconds to read the page, and of each detector; how many objects each found."""
    page, tesseract, options = page_of(file), find_reader("tesseract"), ReadOptions()
    reading = tesseract.read(page, options)
    text = PageText(page.ref, arrange(reading, page.ref), reading.reader, reading.rotation)
    figures: dict[str, float | str | int] = {
        "file": file.name,
        "megapixels": round(page.image.size[0] * page.image.size[1] / 1e6, 1),
    }
    read_s = least(rounds, lambda: tesseract.read(page, options))
    figures["read_s"] = round(read_s, 2)
    whole = 0.0
    for name in DETECTORS:
        detector = find_detector(name)
        seconds = least(rounds, lambda detector=detector: detector.detect(page, text))  # type: ignore[misc]
        whole += seconds
        figures[f"{name}_s"], figures[f"{name}_found"] = round(seconds, 3), len(detector.detect(page, text))
    return figures | {"ratio_to_reading": round(whole / read_s, 2)}


def main() -> None:
    """Prints a line of JSON a page, and the mean ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent.parent / "samples")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    rows = [measured(file, args.rounds) for file in sorted(args.folder.iterdir()) if file.suffix in PICTURES]
    for row in rows:
        print(json.dumps(row))
    ratios = [float(row["ratio_to_reading"]) for row in rows]
    print(json.dumps({"pages": len(rows), "mean_ratio_to_reading": round(sum(ratios) / len(ratios), 3)}))


if __name__ == "__main__":
    main()
