"""Many small inputs whose answers are kept: memory, time for each, and how soon a finished run is known to be finished.

Each input is the same small picture under another name, so one request is paid for and all others are answered by the store. Beside
it runs the same command over a tenth as many: memory that grows with the number of inputs shows there.

Run: python bench/many.py [--items 100000] (about 8 minutes on two processors)
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from measuring import measured
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))


def main() -> None:
    """Prints the figures."""
    from tests.models.emulator import Emulator

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    items = parser.parse_args().items
    os.environ |= {"OPENAI_API_KEY": "none", "VEXTRACT_CACHE": "use"}
    with tempfile.TemporaryDirectory() as folder, Emulator("a colour") as emulator:
        os.environ["HOME"] = folder
        lists = {count: _names(Path(folder), count) for count in (items // 10, items)}
        figures: dict[str, object] = {"items": items}
        for count, names in lists.items():
            out = Path(folder, f"{count}.jsonl")
            command = [
                str(Path(sys.executable).parent / "vextract"),
                "caption",
                "--from-file",
                str(names),
                "-o",
                str(out),
            ]
            command += [
                "-m",
                "openai:gpt-4o",
                "--base-url",
                f"{emulator.url}/v1",
                "--store",
                f"{folder}/s.sqlite",
                "-q",
            ]
            run = measured([*command, "-f", "jsonl"])
            lines = sum(1 for _ in out.open("rb"))
            assert lines == count, f"{lines} records of {count}"
            label = "peak_mb" if count == items else "peak_mb_of_a_tenth"
            figures[label] = round(run.peak_mb)
            figures["ms_an_item"] = round(1000 * run.seconds / count, 2)
        began = time.monotonic()
        measured([*command, "-f", "jsonl", "--resume"])
        figures["resume_of_all_done_s"] = round(time.monotonic() - began, 2)
        figures["requests"] = len(emulator.requests)
    print(json.dumps(figures))


def _names(folder: Path, count: int) -> Path:
    place = folder / str(count)
    place.mkdir()
    first = place / "000000.png"
    Image.new("RGB", (24, 16), (10, 120, 200)).save(first)
    names = [str(first)]
    for number in range(1, count):
        # A file may have so many names and no more on common file systems.
        if number % 50_000 == 0:
            first = place / f"{number:06}.png"
            Image.new("RGB", (24, 16), (10, 120, 200)).save(first)
        else:
            os.link(first, place / f"{number:06}.png")
        names.append(str(place / f"{number:06}.png"))
    listed = folder / f"{count}.txt"
    listed.write_text("\n".join(names), "utf-8")
    return listed


if __name__ == "__main__":
    main()
