"""Reads replies in OpenAI's chat completions, and other vendors' variants of them: lists of blocks, reasoning, refusals."""

from collections.abc import Sequence
from typing import Any

from vextract.models._sound import count
from vextract.requests import Finish, Response, Token
from vextract.types import Usage

__all__ = ["join", "read"]

# Their own word -> ours. Vendors: TGI and Together say eos, Mistral model_length, Z.ai sensitive.
_FINISH: dict[str | None, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
    "tool_calls": "stop",
    "function_call": "stop",
    "completed": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "max_output_tokens": "length",
    "content_filter": "refusal",
    "refusal": "refusal",
    "sensitive": "refusal",
}


def read(reply: dict[str, Any]) -> Response:
    """The answer in a reply."""
    if reply.get("object") == "response" and "choices" not in reply:
        return _read_responses(reply)
    choice = reply["choices"][0]
    message = choice["message"]
    text, thinking = _split(message.get("content"))
    thinking = thinking or message.get("reasoning_content") or message.get("reasoning") or ""
    reason = choice.get("finish_reason")
    finish = _FINISH.get(reason, "error")
    if message.get("refusal"):
        finish, reason = "refusal", message["refusal"]
    elif choice.get("error"):
        finish, reason = "error", str(choice["error"].get("message") or choice["error"])
    if not text:
        # A model that was to answer in JSON and calls a tool that nobody offered: what it calls it with is its answer.
        text = "".join(call["function"]["arguments"] for call in message.get("tool_calls") or [])
    return Response(
        text=text,
        finish=finish,
        reason=reason,
        usage=_usage(reply.get("usage") or {}),
        request_id=reply.get("id"),
        model=reply.get("model"),
        tokens=_tokens((choice.get("logprobs") or {}).get("content") or []),
        thinking=thinking,
    )


def _split(content: Any) -> tuple[str, str]:
    """Text and thinking of a message's content: a string, nothing, or a list of blocks (Mistral)."""
    if not isinstance(content, list):
        return content or "", ""
    text = "".join(block.get("text") or "" for block in content if block.get("type") in {"text", "output_text"})
    thoughts = [block.get("thinking") for block in content if block.get("type") == "thinking"]
    return text, "".join(_split(thought)[0] for thought in thoughts)


def _usage(usage: dict[str, Any]) -> Usage:
    details = usage.get("prompt_tokens_details") or {}
    return Usage(
        input_tokens=count(usage.get("prompt_tokens")),
        output_tokens=count(usage.get("completion_tokens")),
        cached_tokens=count(details.get("cached_tokens", usage.get("prompt_cache_hit_tokens"))),
    )


def _tokens(content: list[dict[str, Any]]) -> tuple[Token, ...]:
    return tuple(
        Token(
            token["token"],
            token["logprob"],
            tuple((top["token"], top["logprob"]) for top in token.get("top_logprobs") or []),
        )
        for token in content
    )


def _read_responses(reply: dict[str, Any]) -> Response:
    """Some gateways answer chat completions in the form of OpenAI's newer Responses.

    Source: https://platform.openai.com/docs/api-reference/responses/object, November 2026
    """
    blocks = [(item["type"], block) for item in reply["output"] for block in item.get("content") or []]
    refusal = "".join(block["refusal"] for _, block in blocks if block.get("type") == "refusal")
    reason = (reply.get("incomplete_details") or {}).get("reason") or reply.get("status")
    usage = reply.get("usage") or {}
    return Response(
        text="".join(block["text"] for kind, block in blocks if kind == "message" and "text" in block),
        finish="refusal" if refusal else _FINISH.get(reason, "error"),
        reason=refusal or reason,
        usage=Usage(
            count(usage.get("input_tokens")),
            count(usage.get("output_tokens")),
            count((usage.get("input_tokens_details") or {}).get("cached_tokens")),
        ),
        request_id=reply.get("id"),
        model=reply.get("model"),
        thinking="".join(block["text"] for kind, block in blocks if kind == "reasoning" and "text" in block),
    )


def join(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The reply that a stream of chunks adds up to."""
    message: dict[str, Any] = {"content": ""}
    choice: dict[str, Any] = {"message": message}
    whole: dict[str, Any] = {"choices": [choice]}
    for event in events:
        whole |= {key: event[key] for key in ("id", "model", "usage") if event.get(key)}
        for piece in event.get("choices") or []:
            if piece.get("index"):  # only the first choice was asked for
                continue
            _add(message, piece.get("delta") or {})
            choice |= {key: piece[key] for key in ("finish_reason", "error") if piece.get(key)}
            tokens = (piece.get("logprobs") or {}).get("content") or []
            choice.setdefault("logprobs", {"content": []})["content"].extend(tokens)
    return whole


def _add(message: dict[str, Any], delta: dict[str, Any]) -> None:
    text, thinking = _split(delta.get("content"))
    message["content"] += text
    thinking = thinking or delta.get("reasoning_content") or delta.get("reasoning") or ""
    message["reasoning_content"] = message.get("reasoning_content", "") + thinking
    message["refusal"] = message.get("refusal", "") + (delta.get("refusal") or "")
    for call in delta.get("tool_calls") or []:
        arguments = (call.get("function") or {}).get("arguments") or ""
        message.setdefault("tool_calls", []).append({"function": {"arguments": arguments}})
