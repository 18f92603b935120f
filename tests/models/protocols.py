"""How the four chat protocols write an answer, whole and in pieces, and an error: pure functions for the emulator.

Written after the providers' API references (November 2026): Gemini generateContent, OpenAI chat completions, Ollama /api/chat,
Anthropic Messages.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Finish = Literal["stop", "length", "refusal", "block"]
Document = dict[str, Any]

INPUT_TOKENS, CACHED_TOKENS, OUTPUT_TOKENS = 270, 100, 32


@dataclass(frozen=True)
class Said:
    """An answer, whatever the protocol."""

    text: str
    finish: Finish = "stop"
    thinking: str = ""
    usage: bool = True
    logprobs: bool = False

    def pieces(self) -> list[str]:
        return [self.text[start : start + 7] for start in range(0, len(self.text), 7)]

    def tokens(self) -> list[tuple[str, float]]:
        return [(piece, -0.25) for piece in self.pieces()] if self.logprobs else []


class Gemini:
    """POST /v1beta/models/NAME:generateContent and :streamGenerateContent?alt=sse."""

    FINISH: ClassVar = {"stop": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}
    STATUS: ClassVar = {
        400: "INVALID_ARGUMENT",
        401: "UNAUTHENTICATED",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
        429: "RESOURCE_EXHAUSTED",
        503: "UNAVAILABLE",
    }

    @classmethod
    def whole(cls, said: Said, model: str) -> Document:
        reply: Document = {"modelVersion": model, "responseId": "gemini-1"}
        if said.usage:
            reply["usageMetadata"] = {
                "promptTokenCount": INPUT_TOKENS,
                "cachedContentTokenCount": CACHED_TOKENS,
                "candidatesTokenCount": OUTPUT_TOKENS - 20,
                "thoughtsTokenCount": 20,
                "totalTokenCount": INPUT_TOKENS + OUTPUT_TOKENS,
            }
        if said.finish == "block":
            return {**reply, "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
        parts = [{"text": said.thinking, "thought": True}] if said.thinking else []
        parts += [{"text": said.text}] if said.text else []
        content = {"role": "model", "parts": parts} if parts else {"role": "model"}
        candidate: Document = {"content": content, "finishReason": cls.FINISH[said.finish], "index": 0}
        if said.logprobs:
            candidate["logprobsResult"] = {
                "chosenCandidates": [{"token": token, "logProbability": p} for token, p in said.tokens()],
                "topCandidates": [{"candidates": [{"token": t, "logProbability": p}]} for t, p in said.tokens()],
            }
        return {**reply, "candidates": [candidate]}

    @classmethod
    def stream(cls, said: Said, model: str) -> Iterator[bytes]:
        last = cls.whole(Said("", said.finish, usage=said.usage), model)
        for piece in ([said.thinking] if said.thinking else []) + said.pieces():
            part = {"text": piece, "thought": True} if piece == said.thinking else {"text": piece}
            yield sse(
                {"candidates": [{"content": {"role": "model", "parts": [part]}, "index": 0}], "modelVersion": model}
            )
        yield sse(last)

    @classmethod
    def error(cls, status: int, message: str) -> Document:
        details: list[Document] = []
        if status == 429:
            details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"}]
        word = cls.STATUS.get(status, "INTERNAL")
        return {"error": {"code": status, "message": message, "status": word, "details": details}}


class OpenAI:
    """POST /v1/chat/completions."""

    FINISH: ClassVar = {"stop": "stop", "length": "length", "refusal": "stop", "block": "content_filter"}

    @classmethod
    def usage(cls) -> Document:
        return {
            "prompt_tokens": INPUT_TOKENS,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
            "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS},
        }

    @classmethod
    def whole(cls, said: Said, model: str) -> Document:
        message: Document = {"role": "assistant", "content": said.text or None, "refusal": None}
        if said.finish == "refusal":
            message["refusal"] = "I cannot help with that."
        if said.thinking:
            message["reasoning_content"] = said.thinking
        choice: Document = {"index": 0, "message": message, "finish_reason": cls.FINISH[said.finish]}
        if said.logprobs:
            choice["logprobs"] = {"content": cls._tokens(said), "refusal": None}
        reply = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice]}
        return {**reply, "usage": cls.usage()} if said.usage else reply

    @classmethod
    def _tokens(cls, said: Said) -> list[Document]:
        return [
            {"token": t, "logprob": p, "bytes": None, "top_logprobs": [{"token": t, "logprob": p, "bytes": None}]}
            for t, p in said.tokens()
        ]

    @classmethod
    def stream(cls, said: Said, model: str) -> Iterator[bytes]:
        def chunk(delta: Document, **more: Any) -> bytes:
            choice = {"index": 0, "delta": delta, "finish_reason": None, **more}
            return sse(
                {
                    "id": "chatcmpl-1",
                    "object": "chat.completion.chunk",
                    "created": 1,
                    "model": model,
                    "choices": [choice],
                }
            )

        yield chunk({"role": "assistant", "content": ""})
        if said.thinking:
            yield chunk({"reasoning_content": said.thinking})
        if said.finish == "refusal":
            yield chunk({"refusal": "I cannot help with that."})
        for place, piece in enumerate(said.pieces()):
            more = {"logprobs": {"content": [cls._tokens(said)[place]]}} if said.logprobs else {}
            yield chunk({"content": piece}, **more)
        yield chunk({}, finish_reason=cls.FINISH[said.finish])
        if said.usage:
            yield sse(
                {
                    "id": "chatcmpl-1",
                    "object": "chat.completion.chunk",
                    "created": 1,
                    "model": model,
                    "choices": [],
                    "usage": cls.usage(),
                }
            )
        yield b"data: [DONE]\n\n"

    @classmethod
    def error(cls, status: int, message: str) -> Document:
        return {"error": {"message": message, "type": "emulated", "param": None, "code": status}}


class Ollama:
    """POST /api/chat, which streams JSON lines."""

    @classmethod
    def whole(cls, said: Said, model: str) -> Document:
        message: Document = {"role": "assistant", "content": said.text}
        if said.thinking:
            message["thinking"] = said.thinking
        reason = {"length": "length", "stop": "stop"}.get(said.finish, "load")
        reply: Document = {
            "model": model,
            "created_at": "2026-11-20T00:00:00Z",
            "message": message,
            "done": True,
            "done_reason": reason,
        }
        if said.usage:
            reply |= {"prompt_eval_count": INPUT_TOKENS, "eval_count": OUTPUT_TOKENS}
        if said.logprobs:
            reply["logprobs"] = cls._tokens(said)
        return reply

    @classmethod
    def _tokens(cls, said: Said) -> list[Document]:
        return [{"token": t, "logprob": p, "top_logprobs": [{"token": t, "logprob": p}]} for t, p in said.tokens()]

    @classmethod
    def stream(cls, said: Said, model: str) -> Iterator[bytes]:
        start = {"model": model, "created_at": "2026-11-20T00:00:00Z", "done": False}
        if said.thinking:
            yield line({**start, "message": {"role": "assistant", "content": "", "thinking": said.thinking}})
        for place, piece in enumerate(said.pieces()):
            more = {"logprobs": [cls._tokens(said)[place]]} if said.logprobs else {}
            yield line({**start, "message": {"role": "assistant", "content": piece}, **more})
        yield line(cls.whole(Said("", said.finish, usage=said.usage), model))

    @classmethod
    def error(cls, status: int, message: str) -> Document:  # noqa: ARG003  Ollama's errors do not say it
        return {"error": message}


class Anthropic:
    """POST /v1/messages."""

    FINISH: ClassVar = {"stop": "end_turn", "length": "max_tokens", "refusal": "refusal", "block": "refusal"}
    TYPES: ClassVar = {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        429: "rate_limit_error",
        529: "overloaded_error",
    }

    @classmethod
    def whole(cls, said: Said, model: str) -> Document:
        content: list[Document] = []
        if said.thinking:
            content.append({"type": "thinking", "thinking": said.thinking, "signature": "c2ln"})
        if said.text:
            content.append({"type": "text", "text": said.text})
        usage = {
            "input_tokens": INPUT_TOKENS - CACHED_TOKENS,
            "cache_read_input_tokens": CACHED_TOKENS,
            "cache_creation_input_tokens": 0,
            "output_tokens": OUTPUT_TOKENS,
        }
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": content,
            "stop_reason": cls.FINISH[said.finish],
            "stop_sequence": None,
            "usage": usage if said.usage else {},
        }

    @classmethod
    def stream(cls, said: Said, model: str) -> Iterator[bytes]:
        whole = cls.whole(said, model)
        yield event({"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}})
        for index, block in enumerate(whole["content"]):
            kind = block["type"]
            pieces = said.pieces() if kind == "text" else [said.thinking]
            empty = {"type": kind, kind: ""} if kind == "text" else {"type": kind, kind: "", "signature": ""}
            yield event({"type": "content_block_start", "index": index, "content_block": empty})
            for piece in pieces:
                delta = {"type": f"{kind}_delta", kind: piece}
                yield event({"type": "content_block_delta", "index": index, "delta": delta})
            yield event({"type": "content_block_stop", "index": index})
        usage = {"output_tokens": OUTPUT_TOKENS} if said.usage else {}
        delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
        yield event({"type": "message_delta", "delta": delta, "usage": usage})
        yield event({"type": "message_stop"})

    @classmethod
    def error(cls, status: int, message: str) -> Document:
        return {"type": "error", "error": {"type": cls.TYPES.get(status, "api_error"), "message": message}}


Protocol = type[Gemini] | type[OpenAI] | type[Ollama] | type[Anthropic]


def protocol_of(path: str) -> Protocol:
    """By where the request went."""
    if "enerateContent" in path:
        return Gemini
    if path.startswith("/api/"):
        return Ollama
    return Anthropic if path.endswith("/messages") else OpenAI


def sse(data: Document) -> bytes:
    """A server-sent event."""
    return f"data: {json.dumps(data)}\r\n\r\n".encode()


def event(data: Document) -> bytes:
    """A server-sent event with its name."""
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()


def line(data: Document) -> bytes:
    """A line of JSON."""
    return json.dumps(data).encode() + b"\n"
