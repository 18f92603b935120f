"""Message batches of Anthropic: the requests go along with the job itself, and their results come as one file.

A job has no name that we could give it; see `AnthropicJobs.find`.

Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing, November 2026
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vextract.batches import Limits, Look, Result
from vextract.batches._speaking import documents, told
from vextract.errors import ProviderError
from vextract.models import Unsent
from vextract.models._chat import ChatModel
from vextract.models._wire import plain_arguments

__all__ = ["jobs"]

# Clocks may differ by so much.
_CLOCK_S = 120.0


def jobs(model: ChatModel) -> "AnthropicJobs":
    """The jobs; see `vextract.batches.jobs_of`."""
    return AnthropicJobs(model)


class AnthropicJobs:
    """See `vextract.batches.Jobs`."""

    # The provider takes 256 MB, which the client library would hold in memory several times over.
    limits = Limits(100_000, 64_000_000)

    def __init__(self, model: ChatModel) -> None:
        from anthropic import Anthropic, DefaultHttpxClient

        self._peer = model.peer
        self._client = Anthropic(
            api_key=model.connection.api_key,
            base_url=model.url,
            timeout=model.connection.timeout_s,
            http_client=DefaultHttpxClient(**plain_arguments(model.peer)),
        )
        self._batches = self._client.messages.batches

    def line(self, name: str, unsent: Unsent) -> bytes:
        told = {"custom_id": name, "params": json.loads(unsent.body)}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def upload(self, path: Path, tag: str) -> str | None:
        del path, tag
        return None

    def create(self, path: Path, file: str | None, tag: str, features: str | None) -> Look:
        del file, tag
        with path.open("rb") as lines:
            requests: list[Any] = [json.loads(line) for line in lines]
        headers = {"anthropic-beta": features} if features else {}
        with told(self._peer):
            once = self._client.with_options(max_retries=0).messages.batches
            return _look(once.create(requests=requests, extra_headers=headers))

    def find(self, tag: str, requests: int, since: float, known: frozenset[str]) -> Look | None:
        """The job that has as many requests, and was begun then: there is nothing else to tell it by before it has ended.

        Raises:
            ProviderError: there are several.
        """
        del tag
        found: list[Look] = []
        with told(self._peer):
            for batch in self._batches.list(limit=100):
                if batch.created_at.timestamp() < since - _CLOCK_S:
                    break
                look = _look(batch)
                if look.requests == requests and look.name not in known:
                    found.append(look)
        if len(found) > 1:
            raise ProviderError(
                f"one of {len(found)} jobs at {self._peer.address} may be a batch that was interrupted while it was sent: "
                + ", ".join(look.name for look in found),
                "cancel those that you do not know in the provider's console, and try again",
            )
        return found[0] if found else None

    def look(self, name: str) -> Look:
        with told(self._peer):
            return _look(self._batches.retrieve(name))

    def results(self, look: Look) -> Iterator[Result]:
        with told(self._peer), self._batches.with_streaming_response.results(look.name) as response:
            yield from map(_result, documents(response.iter_bytes(), self._peer))

    def cancel(self, name: str) -> None:
        with told(self._peer):
            self._batches.cancel(name)

    def delete(self, look: Look | None, file: str | None) -> None:
        del file
        with told(self._peer):
            if look:
                self._batches.delete(look.name)

    def close(self) -> None:
        self._client.close()


def _look(batch: Any) -> Look:
    counts = batch.request_counts
    total = counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
    if batch.processing_status != "ended":
        state = "cancelling" if batch.processing_status == "canceling" else "running"
        return Look(batch.id, state, batch.processing_status, None, total)  # type: ignore[arg-type]  # one of the two
    # Each request says itself how it ended.
    return Look(batch.id, "cancelled" if batch.cancel_initiated_at else "completed", "ended", None, total)


def _result(line: dict[str, Any]) -> Result:
    name, result = str(line.get("custom_id")), line.get("result")
    if not isinstance(result, dict):
        return Result(name, "failed", body="{}")
    message = result.get("message")
    match result.get("type"):
        case "succeeded" if isinstance(message, dict):
            return Result(name, "answered", message)
        case "expired":
            return Result(name, "expired")
        case "canceled":
            return Result(name, "cancelled")
    error = result.get("error")
    request_id = error.get("request_id") if isinstance(error, dict) else None
    return Result(name, "failed", body=json.dumps(error or {}), request_id=request_id)
