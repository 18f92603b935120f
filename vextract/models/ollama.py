"""Models that Ollama serves, as a rule on this machine.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md, November 2026
"""

import json
from collections.abc import Sequence

from vextract.models import Connection, Model
from vextract.models._chat import Adapter, Document, Opened, build, chat_model, picture_block
from vextract.models._sound import count
from vextract.requests import Finish, Request, Response, Token
from vextract.types import Usage

__all__ = ["connect"]

_FINISH: dict[str | None, Finish] = {"stop": "stop", "length": "length"}

# Ollama cuts off what does not fit its context, silently, and its default of 2048 to 4096 tokens is less than a page.
_LEAST_CONTEXT = 8192
_TOKENS_PER_PICTURE = 1536
_TOKENS_PER_ANSWER = 4096
_CHARACTERS_PER_TOKEN = 3


def connect(connection: Connection) -> Model:
    """The model; see `vextract.models.connect`."""
    return chat_model(ADAPTER, connection)


def _open(connection: Connection, address: str, http: Document) -> Opened:
    import httpx

    limits = httpx.Limits(max_connections=None)
    chat = build("ollama", connection, **arguments(connection, address), async_client_kwargs={**http, "limits": limits})
    return chat, chat._async_client.close  # noqa: SLF001  LangChain has no other way to close it


def arguments(connection: Connection, address: str) -> Document:
    """What the client is built with. Ollama itself knows no keys; proxies before it do."""
    headers = {"authorization": f"Bearer {connection.api_key}"} if connection.api_key else {}
    return {"base_url": address, "client_kwargs": {"timeout": connection.timeout_s, "headers": headers}}


def bindings(request: Request, connection: Connection) -> Document:
    """What goes along with one request; options of the model, such as num_ctx, can be set by their names."""
    sampling, profile = request.sampling, connection.profile
    options: Document = {
        "num_ctx": context_tokens(request),
        "num_predict": sampling.max_tokens,
        "seed": sampling.seed,
        "temperature": profile.temperature if sampling.temperature is None else sampling.temperature,
    }
    options = {key: value for key, value in options.items() if value is not None}
    chosen = dict(sampling.options)
    request_fields = {key: chosen.pop(key) for key in list(chosen) if key in {"keep_alive", "reasoning", "format"}}
    bound: Document = {"options": {**options, **chosen.pop("options", {}), **chosen}}
    if request.json_schema is not None and profile.structured:
        bound["format"] = dict(request.json_schema)
    if request.logprobs:
        bound |= {"logprobs": True, "top_logprobs": 5}
    if profile.thinking == "off":
        bound["reasoning"] = False
    return bound | request_fields


def context_tokens(request: Request) -> int:
    """How long a context the request and its answer need, estimated upwards.

    A power of two: Ollama loads the model anew whenever this changes.
    """
    texts = [request.system, *(part for turn in request.turns for part in turn.parts if isinstance(part, str))]
    needed = sum(map(len, texts)) // _CHARACTERS_PER_TOKEN + len(request.pictures) * _TOKENS_PER_PICTURE
    needed += request.sampling.max_tokens or _TOKENS_PER_ANSWER
    return max(_LEAST_CONTEXT, 1 << (needed - 1).bit_length())


def read(reply: Document) -> Response:
    """The answer in a reply."""
    message = reply["message"]
    reason = reply.get("done_reason") or ("stop" if reply["done"] else None)
    text = message.get("content") or ""
    if not text:
        # A model that was to answer in JSON and calls a tool that nobody offered: what it calls it with is its answer.
        calls = (call["function"]["arguments"] for call in message.get("tool_calls") or [])
        text = "".join(json.dumps(call, ensure_ascii=False) for call in calls)
    return Response(
        text=text,
        finish=_FINISH.get(reason, "error"),
        reason=reason,
        usage=Usage(input_tokens=count(reply.get("prompt_eval_count")), output_tokens=count(reply.get("eval_count"))),
        model=reply.get("model"),
        tokens=tuple(_token(token) for token in reply.get("logprobs") or []),
        thinking=message.get("thinking") or "",
    )


def _token(token: Document) -> Token:
    tops = token.get("top_logprobs") or []
    return Token(token["token"], token["logprob"], tuple((top["token"], top["logprob"]) for top in tops))


def join(events: Sequence[Document]) -> Document:
    """The reply that a stream adds up to: each event has a piece of the message, the last one the figures."""
    messages = [event.get("message") or {} for event in events]
    return {
        **events[-1],
        "message": {
            "content": "".join(message.get("content") or "" for message in messages),
            "thinking": "".join(message.get("thinking") or "" for message in messages),
            "tool_calls": [call for message in messages for call in message.get("tool_calls") or []],
        },
        "logprobs": [token for event in events for token in event.get("logprobs") or []],
    }


ADAPTER = Adapter(
    package="langchain_ollama",
    extra="ollama",
    key_variable="OLLAMA_API_KEY",
    needs_key=False,
    address="http://127.0.0.1:11434",
    dialect="ollama",
    models_hint="`ollama list` shows what is there, `ollama pull {model}` fetches it",
    start_hint="is `ollama serve` running at {address}?",
    open=_open,
    bindings=bindings,
    picture=picture_block,
    clip=None,
    join=join,
    read=read,
    whole={"stream": False},
    pieces={},
)
