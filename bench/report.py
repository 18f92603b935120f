"""How long a review page of many documents takes to open in headless Chromium, and how smoothly it scrolls.

Run: python bench/report.py [--documents 300] [--pages 2] [--repeat 3]

Tells, for the report as it is by default (split at 50 MB) and as one file: its size; how long it took to write without and with
making the pictures smaller; the milliseconds from the navigation to the page being ready for keys and clicks, and to all documents
being counted; and the times between frames while list, pages and fields are scrolled and while one goes from document to document.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vextract.report import DEFAULT_LIMIT_BYTES, PagePicture, Report, page_picture
from vextract.types import Box, Evidence, PageRef, Record

_FIELDS = 60
_SIZE_PX = (1654, 2339)
_WORDS = (
    "the",
    "invoice",
    "of",
    "lantern",
    "street",
    "bread",
    "oat",
    "milk",
    "eggs",
    "cheddar",
    "soup",
    "coffee",
    "and",
)
_ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
_FRAMES = """async ([selector, step, frames]) => {
  const area = document.querySelector(selector);
  const times = [];
  area.scrollTop = 0;
  let last = await new Promise(requestAnimationFrame);
  for (let n = 0; n < frames; n += 1) {
    area.scrollTop += step;
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times;
}"""
_THROUGH = """async (frames) => {
  const times = [];
  let last = await new Promise(requestAnimationFrame);
  for (let n = 0; n < frames; n += 1) {
    if (n % 10 === 0) dispatchEvent(new KeyboardEvent("keydown", { key: "]" }));
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times;
}"""


def page_of_print(seed: int) -> PagePicture:
    """A full A4 page of print at 200 dpi, made smaller as a report does it."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", _SIZE_PX, "#fdfdfb")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(28)
    for row in range(52):
        line = " ".join(_WORDS[(seed * 7 + row * 5 + word * 3) % len(_WORDS)] for word in range(16))
        pen.text((120, 120 + row * 41), line, "#222", font)
    return page_picture(1, image)


def document(number: int, pages: int) -> Record[Any]:
    """Values, each with a place."""
    refs = tuple(PageRef(f"scans/{number:04}.pdf", page, *_SIZE_PX) for page in range(1, pages + 1))
    data = {f"field_{at}": f"value {at} of {number}" for at in range(_FIELDS)}
    evidence = tuple(
        Evidence(
            f"/field_{at}",
            1 + at % pages,
            Box(0.1, at / _FIELDS * 0.9, 0.4, at / _FIELDS * 0.9 + 0.012),
            "quote",
            "fuzzy" if at % 12 == 0 else "exact",
            0.9,
        )
        for at in range(_FIELDS)
    )
    return Record(refs[0].source, None, "extract", "bench", "ok", data, refs, evidence)


def written(path: Path, documents: int, pages: int, pictures: Sequence[PagePicture], limit_bytes: int) -> list[Path]:
    """The report's files."""
    with Report(path, limit_bytes=limit_bytes) as report:
        for number in range(documents):
            shown = (pictures[(number * pages + page) % len(pictures)] for page in range(pages))
            report.add(
                document(number, pages),
                [
                    PagePicture(page, each.data, each.media_type, each.width_px, each.height_px)
                    for page, each in enumerate(shown, 1)
                ],
            )
        return report.close()


def measured(browser: Any, path: Path) -> dict[str, Any]:
    """One opening of the page, and scrolling through it."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(path.as_uri())
    marks = "performance.getEntriesByType('mark').map((mark) => [mark.name, mark.startTime])"
    while len(found := dict(page.evaluate(marks))) < 2:
        page.wait_for_timeout(20)
    figures: dict[str, Any] = {f"{name}_ms": round(at) for name, at in found.items()}
    for name, selector, step in (("list", "#list", 40), ("pages", "#stage", 30), ("fields", "#fields", 25)):
        figures[f"{name}_frame_ms"] = _spread(page.evaluate(_FRAMES, [selector, step, 100]))
    figures["documents_frame_ms"] = _spread(page.evaluate(_THROUGH, 150))
    page.close()
    return figures


def _spread(times_ms: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times_ms)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(len(ordered) * 0.95)], 1),
        "longest": round(ordered[-1], 1),
    }


def main() -> None:
    """Measures and prints JSON lines."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--documents", type=int, default=300)
    options.add_argument("--pages", type=int, default=2)
    options.add_argument("--repeat", type=int, default=3)
    given = options.parse_args()
    from playwright.sync_api import sync_playwright

    begun = time.perf_counter()
    pictures = [page_of_print(seed) for seed in range(20)]
    print(json.dumps({"picture_ms": round((time.perf_counter() - begun) * 50), "picture_bytes": len(pictures[0].data)}))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=_ARGUMENTS)
        for name, limit_bytes in (("default", DEFAULT_LIMIT_BYTES), ("one file", 10**12)):
            begun = time.perf_counter()
            paths = written(Path(folder) / f"{name}.html", given.documents, given.pages, pictures, limit_bytes)
            seconds = round(time.perf_counter() - begun, 2)
            sizes = [path.stat().st_size for path in paths]
            print(json.dumps({"report": name, "files": len(paths), "bytes": sizes, "written_s": seconds}))
            for _ in range(given.repeat):
                print(json.dumps({"report": name} | measured(browser, paths[0])), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
