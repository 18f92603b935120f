"""Google's Gemini models, by the Gemini Developer API.

Source: https://ai.google.dev/api/generate-content, November 2026
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from vextract.errors import UsageError
from vextract.models import Connection, Model
from vextract.models._chat import Adapter, Document, Opened, build, chat_model, encoded, picture_block
from vextract.models._sound import count
from vextract.requests import Clip, Finish, Request, Response, Token
from vextract.types import Usage

__all__ = ["connect"]

_FINISH: dict[str | None, Finish] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "refusal",
    "RECITATION": "refusal",
    "BLOCKLIST": "refusal",
    "PROHIBITED_CONTENT": "refusal",
    "SPII": "refusal",
    "IMAGE_SAFETY": "refusal",
    "IMAGE_PROHIBITED_CONTENT": "refusal",
    "IMAGE_RECITATION": "refusal",
}

# The least thinking that a model allows; the first pattern found in its name counts.
# Source: https://ai.google.dev/gemini-api/docs/thinking, November 2026
_LEAST_THINKING: tuple[tuple[str, Document], ...] = (
    (r"2\.5-pro", {"thinking_budget": 128}),
    (r"2\.5", {"thinking_budget": 0}),
    (r"gemini-[3-9]", {"thinking_level": "low"}),
)


def connect(connection: Connection) -> Model:
    """The model; see `vextract.models.connect`."""
    if re.search(r"\.\.|[?&#]", connection.name.model):  # it becomes a part of the address
        raise UsageError(f"{str(connection.name)!r} is no name of a model", ADAPTER.models_hint)
    return chat_model(ADAPTER, connection)


def _open(connection: Connection, address: str, http: Document) -> Opened:
    import httpx

    chat = build("google_genai", connection, **arguments(connection, address))
    from google.genai import Client
    from google.genai.types import HttpOptions

    # An HTTP client of our own has no cap of 100 connections, and is used even where aiohttp is installed.
    client = httpx.AsyncClient(**http, limits=httpx.Limits(max_connections=None))
    options = HttpOptions(base_url=address, httpx_async_client=client)
    chat.client = Client(api_key=connection.api_key, vertexai=False, http_options=options)
    return chat, client.aclose


def arguments(connection: Connection, address: str) -> Document:
    """What the client is built with. `max_retries` counts the first try, too; 0 would mean the library's default of 6."""
    return {
        "base_url": address,
        "api_key": connection.api_key,
        "timeout": connection.timeout_s,
        "max_retries": 1,
        "temperature": None,
        "vertexai": False,
    }


def bindings(request: Request, connection: Connection) -> Document:
    """What goes along with one request."""
    sampling, profile = request.sampling, connection.profile
    bound: Document = {"max_output_tokens": sampling.max_tokens, "seed": sampling.seed}
    bound["temperature"] = profile.temperature if sampling.temperature is None else sampling.temperature
    bound = {key: value for key, value in bound.items() if value is not None}
    if request.logprobs and profile.logprobs:
        bound |= {"response_logprobs": True, "logprobs": 5}
    if request.json_schema is not None and profile.structured:
        bound |= {"response_mime_type": "application/json", "response_json_schema": dict(request.json_schema)}
    if profile.thinking == "off":
        bound |= next((least for name, least in _LEAST_THINKING if re.search(name, connection.name.model)), {})
    return bound | dict(sampling.options)


def _clip(clip: Clip) -> Document:
    return {"type": "media", "mime_type": clip.media_type, "data": encoded(clip)}


def read(reply: Document) -> Response:
    """The answer in a reply."""
    blocked = (reply.get("promptFeedback") or {}).get("blockReason")
    candidates = reply.get("candidates") or []
    if not candidates and not blocked:
        raise KeyError("candidates")
    candidate = candidates[0] if candidates else {}
    parts = (candidate.get("content") or {}).get("parts") or []
    reason = blocked or candidate.get("finishReason")
    finish = "refusal" if blocked else _FINISH.get(reason, "error")
    text = "".join(part.get("text") or "" for part in parts if not part.get("thought"))
    if not text:
        # A model that was to answer in JSON and calls a tool that nobody offered: what it calls it with is its answer.
        calls = (part["functionCall"].get("args") or {} for part in parts if "functionCall" in part)
        text = "".join(json.dumps(call, ensure_ascii=False) for call in calls)
    return Response(
        text=text,
        finish=finish,
        reason=f"{reason}: {candidate['finishMessage']}"
        if finish != "stop" and candidate.get("finishMessage")
        else reason,
        usage=_usage(reply.get("usageMetadata") or {}),
        request_id=reply.get("responseId"),
        model=reply.get("modelVersion"),
        tokens=_tokens(candidate.get("logprobsResult") or {}),
        thinking="".join(part.get("text") or "" for part in parts if part.get("thought")),
    )


def _usage(usage: Document) -> Usage:
    return Usage(
        input_tokens=_sum(usage, "promptTokenCount", "toolUsePromptTokenCount"),
        output_tokens=_sum(usage, "candidatesTokenCount", "thoughtsTokenCount"),
        cached_tokens=count(usage.get("cachedContentTokenCount")),
    )


def _sum(usage: Document, *keys: str) -> int | None:
    counts = [count(usage[key]) for key in keys if usage.get(key) is not None]
    known = [figure for figure in counts if figure is not None]
    return sum(known) if known and len(known) == len(counts) else None


def _tokens(result: Document) -> tuple[Token, ...]:
    tops = [place.get("candidates") or [] for place in result.get("topCandidates") or []]
    chosen = result.get("chosenCandidates") or []
    return tuple(
        Token(
            token["token"],
            token["logProbability"],
            tuple((other["token"], other["logProbability"]) for other in (tops[place] if place < len(tops) else [])),
        )
        for place, token in enumerate(chosen)
    )


def join(events: Sequence[Document]) -> Document:
    """The reply that a stream adds up to: each event is a reply of its own, with a part of the answer."""
    parts: list[Any] = []
    candidate: Document = {}
    whole: Document = {}
    for event in events:
        whole |= {key: value for key, value in event.items() if key != "candidates"}
        for piece in event.get("candidates") or []:
            if piece.get("index"):  # only the first candidate was asked for
                continue
            parts += (piece.get("content") or {}).get("parts") or []
            candidate |= {key: value for key, value in piece.items() if key != "content"}
    if candidate or parts:
        whole["candidates"] = [{**candidate, "content": {"parts": parts}}]
    return whole


ADAPTER = Adapter(
    package="langchain_google_genai",
    extra="",
    key_variable="GOOGLE_API_KEY",
    needs_key=True,
    address="https://generativelanguage.googleapis.com",
    dialect="gemini",
    models_hint="see the list of models at https://ai.google.dev/gemini-api/docs/models",
    start_hint="is the network up, and is {address} right?",
    open=_open,
    bindings=bindings,
    picture=picture_block,
    clip=_clip,
    join=join,
    read=read,
    whole={},
    pieces={},
)
