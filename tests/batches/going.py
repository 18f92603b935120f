"""Batch jobs from the command line: three pictures, a schema, and a server that has the jobs of all providers."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from tests.batches.server import BatchServer
from tests.models.emulator import Emulator
from tests.running import KEY, Done, vextract

__all__ = ["BODY", "MODELS", "PROVIDERS", "fetch", "flags", "lines", "live", "said_of", "status", "submit", "told"]

MODELS = {
    "google_genai": "google_genai:gemini-2.5-flash",
    "openai": "openai:gpt-4o",
    "anthropic": "anthropic:claude-haiku-4-5",
}
PROVIDERS = tuple(MODELS)
NAMES = ("a.png", "b.png", "c.png")
SCHEMA = "name, count int"
BODY = re.compile(r"iVBORw0KGgo[A-Za-z0-9+/=]+")


def draw(folder: Path) -> None:
    """Three pictures of different widths; nothing is to be read in them."""
    for number, name in enumerate(NAMES):
        Image.new("L", (100 + number, 40), 255).save(folder / name)


def flags(server: BatchServer | Emulator, provider: str) -> tuple[str, ...]:
    """The flags that name a provider's model at the server."""
    base = f"{server.url}/v1" if provider == "openai" else server.url
    return ("-m", MODELS[provider], "--base-url", base)


def submit(server: BatchServer, provider: str = "openai", *more: str, names: tuple[str, ...] = NAMES) -> Done:
    """Submits the extraction of the three pictures."""
    command = ("extract", *names, "-s", SCHEMA, *flags(server, provider), "--store", "store.sqlite", "--no-ground")
    return vextract("batch", "submit", *command, *more)


def fetch(*more: str) -> Done:
    """Fetches what is there."""
    return vextract("batch", "fetch", "--store", "store.sqlite", "--poll", "0.02", *more)


def status(*more: str) -> list[dict[str, Any]]:
    """What is told of batches."""
    done = vextract("batch", "status", "--store", "store.sqlite", "-f", "json", *more)
    assert done.code == 0, done.err
    told: list[dict[str, Any]] = done.data
    return told


def live(provider: str, reply: str | Callable[[Any], str], *more: str) -> list[dict[str, Any]]:
    """The records of a live run with the same reply."""
    with Emulator(reply) as emulator:
        command = ("extract", *NAMES, "-s", SCHEMA, *flags(emulator, provider), "--no-cache", "--no-ground")
        done = vextract(*command, "--retries", "0", *more)
    return lines(done.out)


def lines(data: bytes) -> list[dict[str, Any]]:
    """Records."""
    return [json.loads(line) for line in data.splitlines()]


def told(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says but for times, the providers' names for requests, costs, and whether an answer was kept."""
    record = json.loads(json.dumps(record))
    record["seconds"] = None
    for usage in (record["usage"], *(request["usage"] for request in record["requests"])):
        usage["seconds"] = usage["cost_usd"] = None
    for request in record["requests"]:
        request["id"] = None
        request["stored"] = False
    return record


def said_of(body: dict[str, Any]) -> int:
    """Which of the pictures a request shows: 0, 1 or 2."""
    import base64

    [picture] = BODY.findall(json.dumps(body))
    return int.from_bytes(base64.b64decode(picture[:32])[16:20]) - 100


KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY")
SECRET = KEY
