"""What all client libraries for batch jobs share: how their failures are told, and how lines are read as they come."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from vextract.errors import ProtocolError, UsageError, VextractError
from vextract.models._failures import Peer, failure_of_exception, failure_of_reply

__all__ = ["documents", "told"]

# One line is one answer. The longest have some MB.
_LONGEST_LINE = 64 << 20


@contextmanager
def told(peer: Peer) -> Iterator[None]:
    """Tells in our own words what a client library raises."""
    try:
        yield
    except VextractError:
        raise
    except Exception as error:
        failure = _failure_of_status(error, peer) or failure_of_exception(error, peer)
        if failure is None:
            raise
        raise failure from error


def _failure_of_status(error: Exception, peer: Peer) -> VextractError | None:
    """What a reply means that the library has made an exception of; None if there was none."""
    status = getattr(error, "status_code", None) or getattr(error, "code", None)
    response = getattr(error, "response", None)
    if not isinstance(status, int) or response is None:
        return None
    if status in {404, 405, 501} and "/batches" in str(getattr(response, "url", "")) and _posted(response):
        return UsageError(
            f"the server of {peer.model} at {peer.address} has no batch jobs",
            "Google, OpenAI and Anthropic have; leave out `batch submit` to ask it now",
        )
    return failure_of_reply(status, response.headers, response.text, peer)


def _posted(response: Any) -> bool:
    return getattr(getattr(response, "request", None), "method", "") == "POST"


def documents(pieces: Iterable[bytes], peer: Peer) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file of lines that comes in pieces.

    Raises:
        ProtocolError: it is no such file.
    """
    line = bytearray()
    for piece in pieces:
        first, *others = piece.split(b"\n")
        line += first
        if len(line) > _LONGEST_LINE:
            raise _no_file(peer)
        for other in others:
            if line.strip():
                yield _document(bytes(line), peer)
            line = bytearray(other)
    if line.strip():
        yield _document(bytes(line), peer)


def _document(line: bytes, peer: Peer) -> dict[str, Any]:
    try:
        document = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _no_file(peer)
    return document


def _no_file(peer: Peer) -> ProtocolError:
    return ProtocolError(
        f"{peer.model} gives a file of results that has other things than JSON objects in it",
        f"is {peer.address} the address of its API?",
    )
