"""A run that is killed a hundred times: what is lost, what is doubled, which requests are paid for twice.

Run: python bench/killed.py [--items 2000] [--kills 100] (about 5 minutes on two processors)
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def main() -> None:
    """Prints the figures; ends with 1 if something was lost, doubled or repeated."""
    from tests.killing import draw_pictures, killed_runs

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=100)
    args = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        names = draw_pictures(Path(folder, "in"), args.items)
        came = killed_runs(Path(folder), names, args.kills, seed=7, delay_s=0.02, at_once=16)
    counted = Counter(came.sources)
    figures = {
        "items": args.items,
        "killed_before_the_end": came.kills,
        "lost": sum(name not in counted for name in names),
        "doubled": sum(count - 1 for count in counted.values()),
        "in_order": came.sources == names,
        "requests": came.requests,
        "without_an_answer_when_killed": came.lost,
        "answered_and_repeated": came.requests - came.lost - args.items,
        "seconds": round(time.monotonic() - began),
    }
    print(json.dumps(figures))
    sys.exit(bool(figures["lost"] or figures["doubled"] or figures["answered_and_repeated"]))


if __name__ == "__main__":
    main()
