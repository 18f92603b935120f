"""What all tests of chat models share: the four providers, and asking them through the emulator."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.models.emulator import Emulator, Received
from vextract.models import Connection, Model, connect, model_name
from vextract.profiles import ModelProfile
from vextract.requests import Picture, Request, Response, Turn

MODELS = {
    "google_genai": "gemini-2.5-flash",
    "openai": "gpt-4o",
    "ollama": "qwen2.5vl:7b",
    "anthropic": "claude-haiku-4-5",
}
PROVIDERS = tuple(MODELS)
KEY = "s3cret-key-0815"
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}
PICTURE = Picture(b"\x89PNG no real one", "image/png", 32, 16)
PROFILE = ModelProfile("test")


def question(*parts: Any, **more: Any) -> Request:
    """A request of one turn."""
    return Request((Turn("user", parts or ("What is this?",)),), **more)


def connection(url: str, provider: str, fault: str = "", **more: Any) -> Connection:
    """How to reach the emulator; `fault` is what is to go wrong there."""
    name = model_name(f"{provider}:{MODELS[provider]}{fault and '--'}{fault}")
    base = url + "/v1" if provider == "openai" else url
    return replace(Connection(name, PROFILE, base, KEY, timeout_s=20), **more)


def answer(to: Connection, request: Request, on_text: Callable[[str], None] | None = None) -> Response:
    """Asks once, on an event loop of its own."""

    async def ask() -> Response:
        model: Model = connect(to)
        try:
            return await model.answer(request, on_text)
        finally:
            await model.close()

    return asyncio.run(ask())


def sent(provider: str, request: Request, **more: Any) -> Received:
    """The HTTP request that a request becomes."""
    with Emulator() as emulator:
        answer(connection(emulator.url, provider, **more), request)
        return emulator.requests[0]
