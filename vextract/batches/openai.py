"""Batch jobs of OpenAI: a file of requests, and one or two files of what became of them.

Source: https://developers.openai.com/api/docs/guides/batch, November 2026
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from vextract.batches import Ended, Limits, Look, Result, State
from vextract.batches._speaking import documents, told
from vextract.models import Unsent
from vextract.models._chat import ChatModel
from vextract.models._wire import plain_arguments

__all__ = ["jobs"]

_ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_STATES: dict[str, State] = {
    "completed": "completed",
    "failed": "failed",
    "expired": "expired",
    "cancelled": "cancelled",
    "cancelling": "cancelling",
}
_ENDED: dict[object, Ended] = {"batch_expired": "expired", "batch_cancelled": "cancelled"}


def jobs(model: ChatModel) -> "OpenAIJobs":
    """The jobs; see `vextract.batches.jobs_of`."""
    return OpenAIJobs(model)


class OpenAIJobs:
    """See `vextract.batches.Jobs`."""

    # 50,000 and 200 MB are the provider's; a file of just that size would depend on what it calls a megabyte.
    limits = Limits(50_000, 190_000_000)

    def __init__(self, model: ChatModel) -> None:
        from openai import DefaultHttpxClient, OpenAI

        self._peer = model.peer
        self._client = OpenAI(
            api_key=model.connection.api_key,
            base_url=model.url,
            timeout=model.connection.timeout_s,
            http_client=DefaultHttpxClient(**plain_arguments(model.peer)),
        )

    def line(self, name: str, unsent: Unsent) -> bytes:
        body = json.loads(unsent.body)
        body.pop("stream", None)  # false, which goes without saying
        told = {"custom_id": name, "method": "POST", "url": _ENDPOINT, "body": body}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def upload(self, path: Path, tag: str) -> str | None:
        with told(self._peer), path.open("rb") as file:
            sent = self._client.files.create(file=(f"{tag}.jsonl", file, "application/jsonl"), purpose="batch")
        return sent.id

    def create(self, path: Path, file: str | None, tag: str, features: str | None) -> Look:
        del path, features
        assert file is not None, "it was sent before"
        with told(self._peer):
            return _look(
                self._client.with_options(max_retries=0).batches.create(
                    completion_window="24h", endpoint=_ENDPOINT, input_file_id=file, metadata={"vextract": tag}
                )
            )

    def find(self, tag: str, requests: int, since: float, known: frozenset[str]) -> Look | None:
        del requests, known
        with told(self._peer):
            for batch in self._client.batches.list(limit=100):
                if (batch.metadata or {}).get("vextract") == tag:
                    return _look(batch)
                if batch.created_at < since - _CLOCK_S:
                    break
        return None

    def look(self, name: str) -> Look:
        with told(self._peer):
            return _look(self._client.batches.retrieve(name))

    def results(self, look: Look) -> Iterator[Result]:
        for file in look.files[1:]:
            with told(self._peer), self._client.files.with_streaming_response.content(file) as response:
                yield from map(_result, documents(response.iter_bytes(), self._peer))

    def cancel(self, name: str) -> None:
        with told(self._peer):
            self._client.batches.cancel(name)

    def delete(self, look: Look | None, file: str | None) -> None:
        with told(self._peer):
            for each in dict.fromkeys([*(look.files if look else ()), *([file] if file else [])]):
                self._client.files.delete(each)

    def close(self) -> None:
        self._client.close()


# Clocks may differ by so much.
_CLOCK_S = 3600.0


def _look(batch: Any) -> Look:
    errors = [error.message for error in (batch.errors.data or [])] if batch.errors else []
    files = (batch.input_file_id, batch.output_file_id, batch.error_file_id)
    return Look(
        batch.id,
        _STATES.get(batch.status, "running"),
        batch.status,
        next((message for message in errors if message), None),
        batch.request_counts.total if batch.request_counts else None,
        tuple(file for file in files if file),
    )


def _result(line: dict[str, Any]) -> Result:
    name, response, error = str(line.get("custom_id")), line.get("response"), line.get("error")
    if not isinstance(response, dict):
        ended = _ENDED.get(error.get("code") if isinstance(error, dict) else None, "failed")
        return Result(name, ended, body=json.dumps({"error": error}))
    status, body = int(response.get("status_code") or 200), response.get("body")
    if status >= 300 or error or not isinstance(body, dict):
        return Result(name, "failed", None, status, json.dumps(body or {"error": error}), response.get("request_id"))
    return Result(name, "answered", body, request_id=response.get("request_id"))
