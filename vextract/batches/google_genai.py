"""Batch jobs of Gemini: a file of requests by way of the Files API, and one file of what became of them.

Source: https://ai.google.dev/gemini-api/docs/batch-api, https://ai.google.dev/api/batch-api, November 2026
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from vextract.batches import Limits, Look, Result, State
from vextract.batches._speaking import documents, told
from vextract.errors import ProtocolError, ProviderError
from vextract.models import Unsent
from vextract.models._chat import ChatModel
from vextract.models._wire import plain_arguments

__all__ = ["jobs"]

_STATES: dict[str, State] = {
    "JOB_STATE_SUCCEEDED": "completed",
    "JOB_STATE_PARTIALLY_SUCCEEDED": "completed",
    "JOB_STATE_FAILED": "failed",
    "JOB_STATE_EXPIRED": "expired",
    "JOB_STATE_CANCELLED": "cancelled",
    "JOB_STATE_CANCELLING": "cancelling",
}
# What the numbers of a google.rpc.Status are in HTTP. Source: https://github.com/googleapis/googleapis, google/rpc/code.proto
_HTTP = {1: 499, 3: 400, 4: 504, 5: 404, 7: 403, 8: 429, 9: 400, 11: 400, 12: 501, 13: 500, 14: 503, 16: 401}


def jobs(model: ChatModel) -> "GeminiJobs":
    """The jobs; see `vextract.batches.jobs_of`."""
    return GeminiJobs(model)


class GeminiJobs:
    """See `vextract.batches.Jobs`."""

    # The provider says 2 GB for a file, and nothing of how many requests it may have.
    limits = Limits(100_000, 1_900_000_000)

    def __init__(self, model: ChatModel) -> None:
        import httpx
        from google.genai import Client
        from google.genai.types import HttpOptions

        self._peer = model.peer
        self._model = model.connection.name.model
        hooks = {"response": [self._refuse_detour]}
        self._http = httpx.Client(**(plain_arguments(model.peer) | {"follow_redirects": True, "event_hooks": hooks}))
        options = HttpOptions(base_url=model.url, httpx_client=self._http)
        self._client = Client(api_key=model.connection.api_key, vertexai=False, http_options=options)

    def _refuse_detour(self, response: Any) -> None:
        """Lets downloads be answered from elsewhere at Google, which its own library allows for; nothing else, and nowhere else."""
        if not response.has_redirect_location:
            return
        to, own = response.next_request.url.host if response.next_request else "", response.request.url.host
        if response.request.method != "GET" or not (to == own or to.endswith(".googleapis.com")):
            raise ProtocolError(
                f"{self._peer.model} answers {response.status_code}: go to {to or 'another address'}",
                f"is {self._peer.address} the address of its API?",
            )

    def line(self, name: str, unsent: Unsent) -> bytes:
        told = {"key": name, "request": json.loads(unsent.body)}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def upload(self, path: Path, tag: str) -> str | None:
        with told(self._peer):
            sent = self._client.files.upload(file=path, config={"display_name": tag, "mime_type": "application/jsonl"})
        return sent.name

    def create(self, path: Path, file: str | None, tag: str, features: str | None) -> Look:
        del path, features
        assert file is not None, "it was sent before"
        with told(self._peer):
            return _look(
                self._client.batches.create(model=self._model, src=file, config={"display_name": tag}), (file,)
            )

    def find(self, tag: str, requests: int, since: float, known: frozenset[str]) -> Look | None:
        del requests, since, known
        with told(self._peer):
            for job in self._client.batches.list(config={"page_size": 100}):
                if job.display_name == tag:
                    return _look(job)
        return None

    def look(self, name: str) -> Look:
        with told(self._peer):
            return _look(self._client.batches.get(name=name))

    def results(self, look: Look) -> Iterator[Result]:
        with tempfile.TemporaryFile() as file:
            for name in look.files:
                with told(self._peer):
                    self._client.files.download(file=name, destination=file)
            file.seek(0)
            yield from map(_result, documents(iter(lambda: file.read(1 << 20), b""), self._peer))

    def cancel(self, name: str) -> None:
        with told(self._peer):
            self._client.batches.cancel(name=name)

    def delete(self, look: Look | None, file: str | None) -> None:
        with told(self._peer):
            if file:
                self._client.files.delete(name=file)
            if look:
                # The file of results goes with the job, or after two days; it may have a name that `delete` does not take.
                with suppress(ProviderError), told(self._peer):
                    for each in look.files:
                        self._client.files.delete(name=each)
                self._client.batches.delete(name=look.name)

    def close(self) -> None:
        self._http.close()


def _look(job: Any, files: tuple[str, ...] = ()) -> Look:
    word = job.state.name if job.state else "JOB_STATE_UNSPECIFIED"
    message = job.error.message if job.error else None
    result = job.dest.file_name if job.dest else None
    return Look(job.name, _STATES.get(word, "running"), word, message, None, (result,) if result else files)


def _result(line: dict[str, Any]) -> Result:
    name, reply, error = str(line.get("key")), line.get("response"), line.get("error") or line.get("status")
    if isinstance(reply, dict) and not error:
        return Result(name, "answered", reply)
    error = error if isinstance(error, dict) else {"message": str(error or "nothing")}
    code = error.get("code")
    status = _HTTP.get(code, code if code >= 400 else 500) if isinstance(code, int) else 500
    return Result(name, "failed", None, status, json.dumps({"error": error}))
