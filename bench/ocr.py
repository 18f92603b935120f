"""Accuracy and speed of `vextract ocr` beside plain `tesseract FILE - --psm 3` calls one after another, in the same run.

Run: python bench/ocr.py [FOLDER] [--flags=--fast]. FOLDER holds pictures, each with its true text in PICTURE.expected.json under
"text" (a list, one entry a page), as samples/ does, which is the default. Words count as a bag, letters and digits only.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}


def bag(text: str) -> Counter[str]:
    """The words of a text without signs, in lower case, counted."""
    return Counter(w for w in (re.sub(r"[^0-9a-z.]", "", t.lower()).strip(".") for t in text.split()) if w)


def scores(read: list[str], truth: list[str]) -> dict[str, float]:
    """Word recall and precision over all texts together."""
    pairs = [(bag(r), bag(t)) for r, t in zip(read, truth, strict=True)]
    hits = sum(sum((r & t).values()) for r, t in pairs)
    wanted, given = (sum(sum(p[i].values()) for p in pairs) for i in (1, 0))
    return {"word_recall": round(hits / wanted, 4), "word_precision": round(hits / max(1, given), 4)}


def main() -> None:
    """Prints both accuracies and the ratio of the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent.parent / "samples")
    parser.add_argument("--flags", default="", help="for vextract ocr, such as --flags=--fast")
    args = parser.parse_args()
    files = sorted(f for f in args.folder.iterdir() if f.suffix in PICTURES)
    truth = ["\n".join(json.loads(Path(f"{f}.expected.json").read_text())["text"]) for f in files]
    vextract = [str(Path(sys.executable).parent / "vextract"), "ocr", "-q", "-f", "jsonl", *args.flags.split()]
    began = time.monotonic()
    ours = subprocess.run([*vextract, *map(str, files)], capture_output=True, text=True, check=True).stdout
    ours_s = time.monotonic() - began
    began = time.monotonic()
    plain = [
        subprocess.run(["tesseract", f, "-", "--psm", "3"], capture_output=True, text=True, check=True) for f in files
    ]
    plain_s = time.monotonic() - began
    read = [json.loads(line)["data"]["text"] for line in ours.splitlines()]
    figures = {
        "files": len(files),
        "vextract": {**scores(read, truth), "s_per_file": round(ours_s / len(files), 2)},
        "tesseract": {**scores([p.stdout for p in plain], truth), "s_per_file": round(plain_s / len(files), 2)},
        "speed_ratio": round(plain_s / ours_s, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
