"""Says once, for all providers, what a failed request means: an HTTP reply or a client's exception becomes one of our errors.

Replies are judged where they arrive (`_wire`), before any client library has wrapped, repaired or retried them. What is neither a
failed reply nor a failed connection is a bug, and is not dressed up as something else.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vextract.errors import (
    AuthenticationError,
    BadRequestError,
    ConnectionFailed,
    ContextOverflow,
    ModelNotFound,
    ModelTimeout,
    ProtocolError,
    ProviderError,
    RateLimited,
    ServerError,
    VextractError,
)
from vextract.models._error_bodies import own_words, parsed, retry_after, status_within

__all__ = ["Peer", "failure_of_exception", "failure_of_reply", "one_line"]

_LONGEST_MESSAGE = 300
_LONGEST_READ = 10_000  # characters of what others say that are looked at
_SHORTEST_SECRET = 6  # shorter ones are no keys, but parts of words

_TOO_LONG = re.compile(
    r"context[ _](?:size|length|window|limit)|maximum context|exceed_context|prompt is too long|too many (?:input )?tokens"
    r"|input (?:is )?too long|input token count|maximum number of tokens|token limit",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"insufficient_quota|credit balance|insufficient (?:balance|credits)", re.IGNORECASE)
_BY_STATUS: dict[int, tuple[type[ProviderError], str]] = {
    404: (ModelNotFound, ""),
    408: (ModelTimeout, "try again, or with a longer --timeout"),
    409: (ServerError, "try again later"),
    413: (BadRequestError, "send fewer or smaller pages at a time"),
    425: (ServerError, "try again later"),
    429: (RateLimited, "wait, or ask less at once"),
}
_BAD_KEY = re.compile(r"API_KEY_INVALID|api key not valid|invalid api key", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side, as far as messages need it.

    Attributes:
        model: as the user names it.
        address: where requests go.
        key_variable: the environment variable for its key.
        models_hint: how to see which models there are.
        start_hint: what to do if nobody answers.
        secret: the key, which must not show up in any message.
        timeout_s: longest wait.
        password: of the address; nor must this.
    """

    model: str
    address: str
    key_variable: str
    models_hint: str
    start_hint: str
    secret: str | None
    timeout_s: float
    password: str | None = None


def failure_of_reply(status: int, headers: Mapping[str, str], body: str, peer: Peer) -> VextractError:
    """What a reply that is no answer means.

    Args:
        status: of HTTP; 200 for errors that come as if they were answers, whose own code then counts.
        headers: with names in lower case, or looked up without regard to it.
        body: as text; JSON as a rule, and a proxy's HTML at times.
        peer: who sent it.
    """
    document = parsed(body)
    words = own_words(document, body)
    if status < 300:
        status = status_within(document)
    elif status < 400:
        words = f"go to {headers.get('location')}"
    said = f"{peer.model} answers {status}: {one_line(words, peer)}"
    named = headers.get("x-request-id") or headers.get("request-id")
    request_id = one_line(named, peer) if named else None
    if status in {401, 403}:
        return AuthenticationError(said, f"check the key in {peer.key_variable}, and what it allows")
    if status == 402 or (status in {400, 429} and _NO_CREDIT.search(body)):
        return ProviderError(said, "add credit to the provider's account, or use another model", request_id=request_id)
    if status in {400, 413, 422, 500} and _TOO_LONG.search(words):
        return ContextOverflow(
            said, "send fewer or smaller pages at a time, or use a longer context", request_id=request_id
        )
    made, hint = _by_status(status, body, peer)
    return made(said, hint, retry_after_s=retry_after(headers, document), request_id=request_id)


def _by_status(status: int, body: str, peer: Peer) -> tuple[type[ProviderError], str]:
    if status == 400 and _BAD_KEY.search(body):
        return BadRequestError, f"set {peer.key_variable} to a valid key"
    if status in _BY_STATUS:
        made, hint = _BY_STATUS[status]
        return made, hint or peer.models_hint
    if status >= 500:
        return ServerError, "try again later"
    if status >= 400:
        return BadRequestError, "change what the message names; --show-request prints the request"
    return ProtocolError, f"is {peer.address} the address of its API?"


def failure_of_exception(error: BaseException, peer: Peer) -> VextractError | None:
    """What an exception of a client library means, told by what caused it; None for a bug, which is to be raised as it is."""
    chain = list(_chain(error))
    for cause in chain:
        if isinstance(cause, VextractError):
            return cause
    if any(isinstance(cause, (TimeoutError, *_http_classes("TimeoutException"))) for cause in chain):
        return ModelTimeout(
            f"{peer.model} did not answer within {peer.timeout_s:g} s", "try again, or with a longer --timeout"
        )
    for cause in chain:
        why = one_line(str(cause) or type(cause).__name__, peer)
        if isinstance(cause, _http_classes("DecodingError")):
            return ProtocolError(
                f"{peer.model} answers with something that cannot be unpacked: {why}",
                f"is {peer.address} the address of its API?",
            )
        if isinstance(cause, _http_classes("RequestError")):
            return ConnectionFailed(f"no answer of {peer.model} at {peer.address}: {why}", peer.start_hint)
    return None


def one_line(words: str, peer: Peer) -> str:
    """The words of others in one line that is not too long, harmless to a terminal, and without the key."""
    for secret in (peer.secret, peer.password):
        if secret and len(secret) >= _SHORTEST_SECRET:
            words = words.replace(secret, "***")
    line = " ".join(words[:_LONGEST_READ].split())
    line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _http_classes(name: str) -> tuple[Any, ...]:
    """The class of that name in httpx and in httpx2, its successor: some clients use the one, some the other."""
    loaded = (sys.modules.get(module) for module in ("httpx", "httpx2"))
    return tuple(getattr(module, name) for module in loaded if module is not None)
