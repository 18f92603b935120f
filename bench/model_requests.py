"""Time, CPU and memory of questions to a model: requests to a server that takes 200 ms, 16 at once, through each client.

The server is the tests' emulator, in a process of its own. The ideal is 200 ms for each 16 requests; plain httpx with bodies of the
same size is the baseline. `client` is 64 requests through the client alone, after one that warms it (`first_s`, with the imports);
`engine` is whole runs over documents with two worker processes: the time that 256 more documents take. Memory is that of all
processes of a run over 200 and over 800 documents.

Run: python bench/model_requests.py [--json] (about 2 minutes)
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from measuring import measured

ROOT = Path(__file__).parent.parent
MODELS = {
    "google_genai": "gemini-2.5-flash",
    "openai": "gpt-4o",
    "ollama": "qwen2.5vl:7b",
    "anthropic": "claude-haiku-4-5",
}
REQUESTS, AT_ONCE, DELAY_S, ROUNDS = 64, 16, 0.2, 3
REPLY = '{"vendor": "Ada", "total": 12.5}'
SCHEMA = "vendor, total float"


@contextmanager
def server(*flags: str) -> Iterator[str]:
    """The address of an emulator, in a process of its own."""
    command = [sys.executable, "-m", "tests.models.emulator", "--port", "0", "--reply", REPLY, *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
        running.kill()


def pictures(folder: Path, count: int) -> list[Path]:
    """Small photographs, each its own: 400 x 300 pixels of colours, about 20 KB as JPEG."""
    from PIL import Image

    dice = random.Random(1)
    for place in range(count):
        colours = bytes(dice.randrange(256) for _ in range(3 * 20 * 15))
        Image.frombytes("RGB", (20, 15), colours).resize((400, 300), Image.Resampling.BICUBIC).save(
            folder / f"{place:04}.jpg", quality=85
        )
    return sorted(folder.iterdir())


def job() -> Any:
    """Extraction from pictures, without a reader."""
    from vextract.pipeline import Job, Vision
    from vextract.profiles import ModelProfile
    from vextract.sources.options import OpenOptions

    vision = Vision("bench", ModelProfile("bench"), words="none")
    opening = OpenOptions(colour=True)
    return Job(task="extract", schema=SCHEMA, ground=False, second_look=False, vision=vision, opening=opening)


def asker(provider: str, url: str) -> Any:
    """What asks the server, in that provider's protocol."""
    from vextract.answering import Policy
    from vextract.asking import Asker
    from vextract.models import Connection, model_name
    from vextract.profiles import ModelProfile

    base = f"{url}/v1" if provider == "openai" else url
    name = model_name(f"{provider}:{MODELS[provider]}")
    return Asker(Connection(name, ModelProfile("bench"), base, "none", at_once=AT_ONCE), Policy(retries=0))


def client(provider: str, url: str, folder: Path) -> dict[str, float]:
    """Wall and CPU of requests through the provider's client alone: their pictures are drawn, answers are taken as they come."""
    from vextract.models import Connection, connect, model_name
    from vextract.profiles import ModelProfile
    from vextract.requests import Picture, Request, Turn

    base = f"{url}/v1" if provider == "openai" else url
    name = model_name(f"{provider}:{MODELS[provider]}")
    pictures_sent = [Picture(path.read_bytes(), "image/jpeg", 400, 300) for path in sorted(folder.iterdir())[:REQUESTS]]
    asked = [Request((Turn("user", ("What is this?", picture)),)) for picture in pictures_sent]
    walls, cpus = [], []

    async def all_of_them() -> float:
        model = connect(Connection(name, ModelProfile("bench"), base, "none", at_once=AT_ONCE))
        began = time.perf_counter()
        await model.answer(asked[0])
        first_s = time.perf_counter() - began
        for _ in range(ROUNDS):
            began, cpu = time.perf_counter(), time.process_time()
            await asyncio.gather(*(model.answer(request) for request in asked))
            walls.append(time.perf_counter() - began)
            cpus.append(time.process_time() - cpu)
        await model.close()
        return first_s

    first_s = asyncio.run(all_of_them())
    return {
        "first_s": first_s,
        "wall_s": min(walls),
        "median_wall_s": median(walls),
        "cpu_ms": 1000 * min(cpus) / REQUESTS,
    }


def plain(url: str, folder: Path) -> dict[str, float]:
    """The same number of requests of the same size with httpx alone."""
    import httpx

    body = b'{"model": "plain", "messages": []' + b" " * (4 * next(folder.iterdir()).stat().st_size // 3) + b"}"

    async def all_of_them() -> None:
        turns = asyncio.Semaphore(AT_ONCE)
        async with httpx.AsyncClient(timeout=20) as client:

            async def one() -> None:
                async with turns:
                    (await client.post(f"{url}/v1/chat/completions", content=body)).json()

            await one()
            for _ in range(ROUNDS):
                began, cpu = time.perf_counter(), time.process_time()
                await asyncio.gather(*(one() for _ in range(REQUESTS)))
                walls.append(time.perf_counter() - began)
                cpus.append(time.process_time() - cpu)

    walls: list[float] = []
    cpus: list[float] = []
    asyncio.run(all_of_them())
    return {"wall_s": min(walls), "median_wall_s": median(walls), "cpu_ms": 1000 * min(cpus) / REQUESTS}


def engine(provider: str, url: str, folder: Path, count: int) -> dict[str, float]:
    """A whole run over documents with two worker processes: seconds, and records that are whole."""
    from vextract.engines.local import DocumentDone, run
    from vextract.sources.expand import Source

    sources = (Source(path.name, path) for path in sorted(folder.iterdir())[:count])
    began = time.perf_counter()
    records = [e.record for e in run(sources, job(), 2, asker(provider, url)) if isinstance(e, DocumentDone)]
    return {"wall_s": time.perf_counter() - began, "ok": sum(record.status == "ok" for record in records)}


def child(*told: object) -> list[str]:
    """The command that measures one thing in a process of its own."""
    return [sys.executable, __file__, "--child", json.dumps(told)]


def figures(command: list[str]) -> dict[str, float]:
    """What a child measured."""
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return {name: round(value, 3) for name, value in json.loads(done.stdout).items()}


def measure() -> dict[str, object]:
    """All figures."""
    ideal = REQUESTS / AT_ONCE * DELAY_S
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["XDG_STATE_HOME"] = scratch
        folder = Path(scratch, "pictures")
        folder.mkdir()
        pictures(folder, 800)
        with server("--delay", str(DELAY_S)) as url:
            found: dict[str, object] = {"ideal_s": ideal, "httpx": figures(child("plain", url, str(folder)))}
            for provider in MODELS:
                told = figures(child("client", provider, url, str(folder)))
                found[f"{provider} client"] = {**told, "to_ideal": round(told["wall_s"] / ideal, 3)}
                short, long = (
                    figures(child("engine", provider, url, str(folder), n)) for n in (REQUESTS, 5 * REQUESTS)
                )
                more = long["wall_s"] - short["wall_s"]
                found[f"{provider} engine"] = {
                    "s_for_64": short["wall_s"],
                    "s_for_256_more": round(more, 3),
                    "to_ideal": round(more / (4 * ideal), 3),
                }
        with server("--delay", "0.02") as url:
            runs = {count: measured(child("engine", "openai", url, str(folder), count)) for count in (200, 800)}
        found["peak_mb"] = {count: round(run.peak_mb) for count, run in runs.items()}
        found["memory_ratio"] = round(runs[800].peak_mb / runs[200].peak_mb, 3)
    return found


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not args.child:
        print(json.dumps(measure(), indent=None if args.json else 2))
        return
    what, *told = json.loads(args.child)
    if what == "plain":
        print(json.dumps(plain(told[0], Path(told[1]))))
    elif what == "client":
        print(json.dumps(client(told[0], told[1], Path(told[2]))))
    else:
        print(json.dumps(engine(told[0], told[1], Path(told[2]), told[3])))


if __name__ == "__main__":
    main()
