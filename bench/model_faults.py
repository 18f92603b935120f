"""What becomes of 500 documents when three in ten requests to a model go wrong, with retries and without.

The emulator answers some requests with 429 and Retry-After, 503, a reset connection, a proxy's page, bytes that are no JSON, half
of the answer, or not at all. The baseline in the same run is one without faults. Nothing may be lost, empty, or out of order.

Run: python bench/model_faults.py [--documents 500] [--provider openai] (about 3 minutes; it really waits before it tries again)
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
FAULTS = ("429", "503", "reset", "hang", "html", "garbage", "length")
REPLY = '{"vendor": "Ada", "total": 12.5}'
AT_ONCE, TIMEOUT_S = 16, 1.0


@contextmanager
def documents(count: int) -> Iterator[list[Path]]:
    """Small pictures, each its own."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{place:04}.png") for place in range(count)]
        for place, path in enumerate(paths):
            Image.new("L", (100 + place, 60), 255).save(path)
        yield paths


def outcome(provider: str, url: str, paths: list[Path], retries: int) -> dict[str, object]:
    """What became of the documents, and what is wrong with that."""
    from model_requests import MODELS, job

    from vextract.answering import Policy
    from vextract.asking import Asker
    from vextract.engines.local import DocumentDone, run
    from vextract.models import Connection, model_name
    from vextract.profiles import ModelProfile
    from vextract.sources.expand import Source

    base = f"{url}/v1" if provider == "openai" else url
    name = model_name(f"{provider}:{MODELS[provider]}")
    to = Connection(name, ModelProfile("bench"), base, "none", TIMEOUT_S, AT_ONCE)
    began = time.perf_counter()
    events = run([Source(path.name, path) for path in paths], job(), 2, Asker(to, Policy(retries)))
    records = [event.record for event in events if isinstance(event, DocumentDone)]
    names = [record.source for record in records]
    return {
        "documents": len(paths),
        "lost": len(paths) - len(set(names)),
        "in_order": names == [path.name for path in paths],
        "wrong_values": sum(r.status == "ok" and r.data != json.loads(REPLY) for r in records),
        "empty_successes": sum(r.status == "ok" and not r.data for r in records),
        "failures_without_kind": sum(
            r.status != "ok" and not all(e.kind and e.hint for e in r.errors) for r in records
        ),
        "ok": sum(r.status == "ok" for r in records),
        "kinds": dict(Counter(e.kind for r in records for e in r.errors)),
        "most_attempts": max((call.attempts for r in records for call in r.calls), default=0),
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> None:
    """Prints the figures; ends with 1 if something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--provider", default="openai")
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from tests.models.emulator import Emulator

    found: dict[str, dict[str, object]] = {}
    with documents(args.documents) as paths, tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        for label, share, retries in (("no faults", 0.0, 0), ("retries 4", 0.3, 4), ("retries 0", 0.3, 0)):
            with Emulator(REPLY, share=share, faults=FAULTS, seed=7, keep=False) as server:
                found[label] = outcome(args.provider, server.url, paths, retries)
    print(json.dumps(found, indent=2))
    keys = ("lost", "wrong_values", "empty_successes", "failures_without_kind")
    sys.exit(
        any(run[key] for run in found.values() for key in keys) or not all(run["in_order"] for run in found.values())
    )


if __name__ == "__main__":
    main()
