"""Anthropic's Claude models, by the Messages API.

Source: https://docs.anthropic.com/en/api/messages, November 2026
"""

import json
import re
from collections.abc import Sequence

from vextract.models import Connection, Model
from vextract.models._chat import Adapter, Document, Opened, build, chat_model, picture_block
from vextract.models._sound import count
from vextract.requests import Finish, Request, Response
from vextract.types import Usage

__all__ = ["connect"]

_FINISH: dict[str | None, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}

# Longest answer asked for where the user says nothing: the API demands a number, and refuses one that the model cannot reach.
_MAX_TOKENS = 8192
_MAX_TOKENS_CLAUDE_3 = 4096


def connect(connection: Connection) -> Model:
    """The model; see `vextract.models.connect`."""
    return chat_model(ADAPTER, connection)


def _open(connection: Connection, address: str, http: Document) -> Opened:
    chat = build("anthropic", connection, **arguments(connection, address))
    from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

    client = AsyncAnthropic(
        api_key=connection.api_key,
        base_url=address,
        timeout=connection.timeout_s,
        max_retries=0,
        http_client=DefaultAsyncHttpxClient(**http),
    )
    # LangChain takes no HTTP client, and shares its own among all models of the process: closing one would close all.
    chat.__dict__["_async_client"] = client
    return chat, client.close


def arguments(connection: Connection, address: str) -> Document:
    """What the client is built with."""
    return {
        "base_url": address,
        "api_key": connection.api_key,
        "timeout": connection.timeout_s,
        "max_retries": 0,
    }


def bindings(request: Request, connection: Connection) -> Document:
    """What goes along with one request. There is no seed."""
    sampling, profile = request.sampling, connection.profile
    old = re.search(r"claude-3-(opus|sonnet|haiku)", connection.name.model)
    bound: Document = {"max_tokens": sampling.max_tokens or (_MAX_TOKENS_CLAUDE_3 if old else _MAX_TOKENS)}
    temperature = profile.temperature if sampling.temperature is None else sampling.temperature
    if temperature is not None:
        bound["temperature"] = temperature
    if request.json_schema is not None and profile.structured:
        bound["output_config"] = {"format": {"type": "json_schema", "schema": dict(request.json_schema)}}
    if profile.thinking == "off":
        bound["thinking"] = {"type": "disabled"}
    return bound | dict(sampling.options)


def read(reply: Document) -> Response:
    """The answer in a reply."""
    blocks = reply["content"]
    reason = reply["stop_reason"]
    text = "".join(block["text"] for block in blocks if block["type"] == "text")
    if not text:
        # A model that was to answer in JSON and calls a tool that nobody offered: what it calls it with is its answer.
        calls = (block["input"] for block in blocks if block["type"] == "tool_use")
        text = "".join(call if isinstance(call, str) else json.dumps(call, ensure_ascii=False) for call in calls)
    details = reply.get("stop_details") or {}
    return Response(
        text=text,
        finish=_FINISH.get(reason, "error"),
        reason=f"{reason}: {details['explanation']}" if details.get("explanation") else reason,
        usage=_usage(reply.get("usage") or {}),
        request_id=reply.get("id"),
        model=reply.get("model"),
        thinking="".join(block["thinking"] for block in blocks if block["type"] == "thinking"),
    )


def _usage(usage: Document) -> Usage:
    """Anthropic counts what it has read before, and what it has kept, apart from the rest of the input."""
    fresh = count(usage.get("input_tokens"))
    read_before = count(usage.get("cache_read_input_tokens"))
    kept = count(usage.get("cache_creation_input_tokens"))
    return Usage(
        input_tokens=None if fresh is None else fresh + (read_before or 0) + (kept or 0),
        output_tokens=count(usage.get("output_tokens")),
        cached_tokens=read_before,
    )


def join(events: Sequence[Document]) -> Document:
    """The reply that a stream of events adds up to."""
    whole: Document = {}
    blocks: dict[int, Document] = {}
    for event in events:
        match event["type"]:
            case "message_start":
                whole = dict(event["message"])
            case "content_block_start":
                blocks[event["index"]] = dict(event["content_block"])
            case "content_block_delta":
                _add(blocks[event["index"]], event["delta"])
            case "message_delta":
                whole |= event["delta"]
                counted = {key: count for key, count in (event.get("usage") or {}).items() if count is not None}
                whole["usage"] = {**(whole.get("usage") or {}), **counted}
    return {**whole, "content": [block for _, block in sorted(blocks.items())]}


def _add(block: Document, delta: Document) -> None:
    for key in ("text", "thinking"):
        if key in delta:
            block[key] = block.get(key, "") + delta[key]
    if "partial_json" in delta:
        started = block["input"] if isinstance(block.get("input"), str) else ""
        block["input"] = started + delta["partial_json"]


ADAPTER = Adapter(
    package="langchain_anthropic",
    extra="anthropic",
    key_variable="ANTHROPIC_API_KEY",
    needs_key=True,
    address="https://api.anthropic.com",
    dialect="anthropic",
    models_hint="see the list of models at https://docs.anthropic.com/en/docs/about-claude/models",
    start_hint="is the network up, and is {address} right?",
    open=_open,
    bindings=bindings,
    picture=picture_block,
    clip=None,
    join=join,
    read=read,
    whole={},
    pieces={"stream_usage": True},
)
