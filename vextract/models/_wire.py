"""Reads what a provider really sends, at the HTTP client that all client libraries share, before they make something else of it.

They do: one strips line breaks off the end of an answer, one invents token counts of 0, three drop the model's thinking, one drops
probabilities, and each names errors in its own way. An `Exchange` holds what came for one request; nothing is kept after it.
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from vextract.errors import ProtocolError
from vextract.models._error_bodies import named_error
from vextract.models._failures import Peer, failure_of_reply, one_line
from vextract.privacy import is_loopback

__all__ = ["Exchange", "http_arguments", "listening", "plain_arguments"]

_STREAMS = frozenset({"text/event-stream", "application/x-ndjson", "application/jsonl"})
_LINE_END = re.compile(rb"\r\n|\n|\r")
_MAX_BYTES = 64 << 20
"""Of a reply, unpacked. The longest answers, with the probabilities of all words, have some MB."""


@dataclass(slots=True)
class Exchange:
    """What one request was answered with.

    Attributes:
        on_send: is awaited with the HTTP client's request when that is put together, before it goes out.
        answered: whether a reply came that does not say that it is an error.
        streamed: whether the answer came in pieces.
        events: the JSON objects that came, in order; one if the answer came whole.
        request_id: as an HTTP header says it.
    """

    on_send: Callable[[Any], Awaitable[None]]
    answered: bool = False
    streamed: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)
    request_id: str | None = None


_current: ContextVar[Exchange | None] = ContextVar("vextract_exchange", default=None)


@contextmanager
def listening(on_send: Callable[[Any], Awaitable[None]]) -> Iterator[Exchange]:
    """An exchange that holds what the one request which this task sends meanwhile is answered with."""
    exchange = Exchange(on_send)
    before = _current.set(exchange)
    try:
        yield exchange
    finally:
        _current.reset(before)


def http_arguments(peer: Peer) -> dict[str, Any]:
    """Keyword arguments for an `AsyncClient` of httpx or httpx2 that listens."""

    async def send(request: Any) -> None:
        exchange = _current.get()
        if exchange is not None:
            await exchange.on_send(request)

    async def hear(response: Any) -> None:
        exchange = _current.get()
        if exchange is not None:
            await _hear(exchange, response, peer)

    return {"event_hooks": {"request": [_plain, send], "response": [hear]}, **plain_arguments(peer)}


def plain_arguments(peer: Peer) -> dict[str, Any]:
    """Keyword arguments for a client of httpx or httpx2, of whichever kind, that only goes where it is sent."""
    # Redirects are not followed: pages would go to where nobody sent them.
    return {"timeout": peer.timeout_s, "follow_redirects": False, "mounts": _mounts(peer.address)}


def _mounts(address: str) -> dict[str, None]:
    """Has a server on this machine be asked directly: a proxy of the environment would get pages that are to stay here."""
    host = urlsplit(address).hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return {f"all://{shown}": None} if is_loopback(host) else {}


async def _plain(request: Any) -> None:
    """Asks for the packings that `_refuse_packing` lets through: the clients would ask for all that they can undo."""
    request.headers["accept-encoding"] = "gzip, deflate"


async def _hear(exchange: Exchange, response: Any, peer: Peer) -> None:
    """Takes in one reply.

    Raises:
        VextractError: it is no answer.
    """
    exchange.request_id = response.headers.get("x-request-id") or response.headers.get("request-id")
    # JSON is UTF-8. Any other encoding that a server names would be undone by Python, however odd or slow it is.
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    response.headers["content-type"] = kind
    _refuse_packing(response, peer)
    good = response.status_code < 300
    exchange.streamed = exchange.answered = good and kind in _STREAMS
    response.stream = _body(response, peer, exchange if exchange.streamed else None)
    response.headers.pop("content-encoding", None)
    if exchange.streamed:
        return
    await response.aread()
    text = response.content.decode("utf-8", "replace")
    if not good:
        raise failure_of_reply(response.status_code, response.headers, text, peer)
    exchange.events.append(_document(text, response, peer))
    exchange.answered = True


def _refuse_packing(response: Any, peer: Peer) -> None:
    """Raises for a packing that was not asked for: two of them, one in the other, make a gigabyte of a kilobyte at once."""
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing not in {"identity", "gzip", "deflate"}:
        raise ProtocolError(
            f"{peer.model} answers with something packed as {one_line(packing, peer)!r}",
            f"is {peer.address} the address of its API?",
        )


def _document(text: str, response: Any, peer: Peer) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if named_error(document):
        raise failure_of_reply(response.status_code, response.headers, text, peer)
    if not isinstance(document, dict):
        raise _no_answer(text, peer)
    return document


def _no_answer(text: str, peer: Peer) -> ProtocolError:
    page = "a web page" if "<html" in text[:1000].lower() else f"{len(text)} characters that are no JSON object"
    return ProtocolError(
        f"{peer.model} answers with {page}",
        f"is {peer.address} the address of its API, and not of a proxy or a web site?",
    )


def _body(response: Any, peer: Peer, exchange: Exchange | None) -> Any:
    """The reply's body, unpacked and of bounded size; its lines are taken in as it is read, if there is an exchange for them.

    It is unpacked by a second response of the same class, so that no decoder has to be known here.
    """
    source = type(response)(
        response.status_code, headers=response.headers, stream=response.stream, request=response.request
    )

    class Body(type(response.stream)):  # type: ignore[misc]  # httpx and httpx2 each insist on their own class
        def __init__(self) -> None:
            pass

        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = _MAX_BYTES
            line: list[bytes] = []  # in pieces, as it may be long
            async for piece in source.aiter_bytes():
                left -= len(piece)
                if left < 0:
                    raise _too_long(peer)
                if exchange is not None:
                    first, *others = _LINE_END.split(piece)
                    line.append(first)
                    for other in others:
                        _take(exchange, b"".join(line), response, peer)
                        line = [other]
                yield piece
            if exchange is not None:
                _take(exchange, b"".join(line), response, peer)

        async def aclose(self) -> None:
            await source.aclose()

    return Body()


def _too_long(peer: Peer) -> ProtocolError:
    return ProtocolError(
        f"{peer.model} answers with more than {_MAX_BYTES >> 20} MiB", f"is {peer.address} the address of its API?"
    )


def _take(exchange: Exchange, line: bytes, response: Any, peer: Peer) -> None:
    """One line of a stream: a server-sent event's data, or a JSON object; all else is for show."""
    text = line.decode("utf-8", "replace").strip()
    text = text.removeprefix("data:").strip()
    if text.startswith(("{", "[{")):
        exchange.events.append(_document(text, response, peer))
    elif text.startswith("<"):
        raise _no_answer(text, peer)
