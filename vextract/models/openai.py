"""OpenAI, and every server that speaks its chat completions: vLLM, llama.cpp, LM Studio, SGLang, OpenRouter and so on.

Source: https://platform.openai.com/docs/api-reference/chat, November 2026
"""

from typing import Any
from urllib.parse import urlsplit

from vextract.models import Connection, Model
from vextract.models._chat import Adapter, Document, Opened, build, chat_model, encoded
from vextract.models._openai_reply import join, read
from vextract.requests import Clip, Picture, Request

__all__ = ["connect"]


def connect(connection: Connection) -> Model:
    """The model; see `vextract.models.connect`."""
    return chat_model(ADAPTER, connection)


def _open(connection: Connection, address: str, http: Document) -> Opened:
    chat = build(
        "openai", connection, **arguments(connection, address), http_async_client=_client(http), openai_proxy=None
    )
    return chat, chat.http_async_client.aclose


def _client(http: Document) -> Any:
    from openai import DefaultAsyncHttpxClient

    return DefaultAsyncHttpxClient(**http)


def arguments(connection: Connection, address: str) -> Document:
    """What the client is built with."""
    return {
        "base_url": address,
        "api_key": connection.api_key,
        "timeout": connection.timeout_s,
        "max_retries": 0,
        "use_responses_api": False,
    }


def bindings(request: Request, connection: Connection) -> Document:
    """What goes along with one request.

    The schema goes into `extra_body`: with `response_format` the client library parses the answer, and fails if it is cut off.
    """
    sampling, profile = request.sampling, connection.profile
    temperature = profile.temperature if sampling.temperature is None else sampling.temperature
    bound: Document = {"seed": sampling.seed, "temperature": temperature}
    extra: Document = {}
    if is_openai(connection):
        bound["max_tokens"] = sampling.max_tokens
    elif sampling.max_tokens is not None:
        # LangChain sends max_completion_tokens, which only OpenAI's own models demand, and not all other servers know.
        extra["max_tokens"] = sampling.max_tokens
    bound = {key: value for key, value in bound.items() if value is not None}
    if request.logprobs:
        bound |= {"logprobs": True, "top_logprobs": 5}
    if request.json_schema is not None and profile.structured:
        schema = {"name": request.schema_name, "schema": dict(request.json_schema), "strict": True}
        extra["response_format"] = {"type": "json_schema", "json_schema": schema}
    if profile.thinking == "off" and is_openai(connection):
        bound["reasoning_effort"] = "low"
    elif profile.thinking == "off":
        # What vLLM, SGLang and llama.cpp hand to the chat template.
        extra["chat_template_kwargs"] = {"enable_thinking": False}
    if request.special and not is_openai(connection):
        extra["skip_special_tokens"] = False  # vLLM and SGLang would leave the answer's own tokens out of its text
    options = dict(sampling.options)
    extra |= options.pop("extra_body", {})
    return {**bound, **({"extra_body": extra} if extra else {}), **options}


def is_openai(connection: Connection) -> bool:
    """Whether it is OpenAI itself that is asked, or Microsoft for it, and not a server that only speaks like it."""
    host = urlsplit(connection.base_url or ADAPTER.address).hostname or ""
    return host.endswith((".openai.com", ".azure.com"))


def _picture(picture: Picture) -> Document:
    # LangChain's own block would lose "detail".
    return {"type": "image_url", "image_url": {"url": _data_url(picture), "detail": "high"}}


def _clip(clip: Clip) -> Document:
    return {"type": "video_url", "video_url": {"url": _data_url(clip)}}


def _data_url(part: Picture | Clip) -> str:
    return f"data:{part.media_type};base64,{encoded(part)}"


ADAPTER = Adapter(
    package="langchain_openai",
    extra="openai",
    key_variable="OPENAI_API_KEY",
    needs_key=True,
    address="https://api.openai.com/v1",
    dialect="openai",
    models_hint="see the provider's list of models: GET /models at its address",
    start_hint="is a server running at {address}?",
    open=_open,
    bindings=bindings,
    picture=_picture,
    clip=_clip,
    join=join,
    read=read,
    whole={},
    pieces={"stream_usage": True},
)
