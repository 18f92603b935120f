"""Records of a long document, read by a model that loses what is past 4,000 tokens of an answer: in windows, and in one go.

A bank statement of 300 pages and 5,000 bookings with a text layer is made, and a model that knows it, on the loopback address. Past
its limit an answer is either cut off and says so, or lacks its last bookings though it ends as if it were whole; with noise the
model besides drops bookings at page breaks, doubles some, and spells some otherwise. Each way is run with vextract's windows and,
beside it, as one request about all pages whose answer is taken as it comes. The times are those of putting windows of right
answers together, of counting the rows that the pages print, and of finding all values on the pages.

Run: python bench/long_document.py [--pages 300] [--rows 5000] (about 3 minutes on two processors)
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
WAYS = (("length", False), ("silent", False), ("length", True), ("silent", True))
DPI, WINDOW, OVERLAP = 40, 8, 1


def read_pages(path: Path) -> list[Any]:
    """The words of all pages."""
    from vextract.pipeline import Job, read
    from vextract.sources.options import OpenOptions

    job = Job(task="extract", schema="bank_statement", opening=OpenOptions(dpi=DPI))
    return [read(path, path.name, number, job).text for number in range(1, _page_count(path) + 1)]


def _page_count(path: Path) -> int:
    import pypdfium2 as pdfium

    with pdfium.PdfDocument(path) as pdf:
        return len(pdf)


def windows(path: Path, url: str) -> Any:
    """The record that a run comes to."""
    from vextract import api

    return api.extract(
        path, "bank_statement", model="openai:gpt-4o", base_url=url, dpi=DPI, window=WINDOW, overlap=OVERLAP
    )


def at_once(path: Path, url: str, texts: Sequence[Any]) -> list[dict[str, Any]]:
    """The bookings of one request about all pages; none if its answer cannot be used."""
    from vextract.answering import Policy
    from vextract.asking import Asker, draws
    from vextract.engines.workers import Inline
    from vextract.models import Connection, model_name
    from vextract.pipeline import Job, Vision
    from vextract.profiles import ModelProfile
    from vextract.schema import load_schema
    from vextract.sources.expand import Source
    from vextract.sources.options import OpenOptions
    from vextract.tasks import Question
    from vextract.tasks.extract import ask

    profile = ModelProfile("bench")
    opening = OpenOptions(dpi=DPI, colour=True)
    job = Job(task="extract", schema="bank_statement", vision=Vision("bench", profile), opening=opening)
    asker = Asker(Connection(model_name("openai:gpt-4o"), profile, url, "none"), Policy(retries=0))
    try:
        question = Question(texts, load_schema("bank_statement"), ground=False, parts=True)
        asked = ask(question, tuple(text.ref.number for text in texts))
        draw = draws(path, Source(path.name, path), texts, job, Inline())
        outcome = asker.question(asked, draw, "extract", path.name).result()
    finally:
        asker.close()
    return outcome.reply.value["transactions"] if outcome.reply else []


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds that some work takes, and what comes of it."""
    began = time.perf_counter()
    done = work()
    return round(time.perf_counter() - began, 2), done


def times(made: Any, texts: Sequence[Any]) -> dict[str, float]:
    """Seconds that the document's windows take, each step for itself."""
    from vextract.grounding import ground
    from vextract.stitching import Reading, Stitcher
    from vextract.stitching.counting import short
    from vextract.windows import parted

    numbers = [text.ref.number for text in texts]
    readings = []
    for window in parted(numbers, WINDOW, OVERLAP):
        rows = [value for booking in made.bookings if (value := booking.value(frozenset(window), (0, 1)))]
        readings.append(Reading(window, {"transactions": rows}))
    stitcher = Stitcher(texts)
    stitching, stitched = timed(lambda: stitcher.stitched(readings))
    counting, _ = timed(lambda: short(stitched, stitcher.pages, numbers))
    grounding, _ = timed(lambda: ground(stitched.data, texts, where=stitched.where))
    return {"stitching_s": stitching, "counting_s": counting, "grounding_s": grounding}


def main() -> None:
    """Prints the figures, a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--rows", type=int, default=5_000)
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from tests.scripting import Scripted
    from tests.statements import Model, record_f1, statement

    os.environ["OPENAI_API_KEY"] = "none"
    made = statement(args.pages, args.rows)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["XDG_STATE_HOME"] = scratch
        path = made.write(Path(scratch, "long.pdf"))
        texts = read_pages(path)
        print(json.dumps({"pages": args.pages, "rows": args.rows, **times(made, texts)}), flush=True)
        for loss, noisy in WAYS:
            whole, single = Model(made, loss, noisy), Model(made, loss, noisy)
            with Scripted(script=whole, keep=False) as server:
                seconds, record = timed(lambda: windows(path, f"{server.url}/v1"))
            with Scripted(script=single, keep=False) as server:
                alone = at_once(path, f"{server.url}/v1", texts)
            figures = {
                "loss": loss,
                "noisy": noisy,
                "f1": round(record_f1(made.truth, record.values["transactions"]), 4),
                "requests": len(whole.asked),
                "pages_sent": sum(map(len, whole.asked)),
                "seconds": seconds,
                "status": record.status,
                "errors": sorted({error.kind for error in record.errors}),
                "f1_at_once": round(record_f1(made.truth, alone), 4),
                "requests_at_once": len(single.asked),
            }
            print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
