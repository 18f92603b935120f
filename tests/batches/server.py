"""A server on 127.0.0.1 with the batch jobs of three providers: files, jobs, results, and all that can go wrong with them.

What the providers say in their own ways is in `tests.batches.speaking`.
"""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from tests.models.protocols import Said

__all__ = ["Answer", "BatchServer", "Failure", "Handler", "Job"]

Document = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """A request of a job that has failed by itself: its HTTP status, and what the provider says."""

    status: int
    message: str = "emulated"


Answer = Callable[[str, Document], "str | Said | Failure | None"]
"""What becomes of a request, given its key and its body. None: it has expired."""


@dataclass
class Job:
    """A job; `requests` are key and body, in order."""

    name: str
    model: str
    requests: list[tuple[str, Document]]
    tag: str | None = None
    file: str | None = None
    looks: int = 0
    cancelled: bool = False


@dataclass
class BatchServer:
    """The server, in threads of its own; a context manager.

    Attributes:
        answer: what becomes of each request.
        looks: how often a job is looked at before it is over.
        refuse: the status with which jobs are not taken; None takes them.
        lose: jobs are taken, and the connection ends before that is said.
        hold: a job that was taken is not told of before this is set.
        hold_upload: nor is a file of OpenAI's.
        damage: files of OpenAI's end after their first line with something that is none.
        ends: how a job ends as a whole: "completed", "failed" or "expired".
        jobs, files, deleted: what is there, and was.
        asked: method and path of all that arrived.
    """

    answer: Answer = lambda _key, _body: '{"name": "Ada", "count": 3}'
    looks: int = 1
    refuse: int | None = None
    lose: bool = False
    hold: threading.Event | None = None
    hold_upload: threading.Event | None = None
    taken: threading.Event = field(default_factory=threading.Event)
    damage: bool = False
    ends: str = "completed"
    jobs: dict[str, Job] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        owner = self

        class Bound(Handler):
            server_of = owner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for held in (self.hold, self.hold_upload):
            if held:
                held.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def requests(self) -> list[tuple[str, Document]]:
        """All requests of all jobs."""
        return [request for job in self.jobs.values() for request in job.requests]

    def begin(self, model: str, requests: list[tuple[str, Document]], tag: str | None, file: str | None) -> Job:
        assert len({key for key, _ in requests}) == len(requests), "keys are unique"
        assert all(re.fullmatch(r"[\w-]{1,64}", key) for key, _ in requests), "keys are as providers want them"
        name = f"batch_{len(self.jobs) + 1}"
        self.jobs[name] = job = Job(name, model, requests, tag, file)
        self.taken.set()
        if self.hold:
            self.hold.wait(100)
        return job

    def look(self, job: Job) -> bool:
        """Whether it is over by now."""
        job.looks += 1
        return job.cancelled or job.looks > self.looks

    def end(self, job: Job) -> str:
        return "cancelled" if job.cancelled else self.ends

    def said(self, job: Job, key: str, body: Document) -> Said | Failure | None:
        """What became of a request: None if it was not answered in time."""
        if job.cancelled and job.requests.index((key, body)) > 0:
            return None  # the first one was answered by then
        said = self.answer(key, body)
        return Said(said) if isinstance(said, str) else said


class Handler(BaseHTTPRequestHandler):
    server_of: BatchServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = urlsplit(self.path).path
        self.server_of.asked.append(f"{self.command} {path}")
        from tests.batches.speaking import ROUTES

        for method, pattern, act in ROUTES:
            found = re.fullmatch(pattern, path) if method == self.command else None
            named = found.groups()[0] if found and found.groups() else ""
            if found and not (named.startswith("batch_") and named not in self.server_of.jobs):
                act(self, body, *found.groups())
                return
        self.reply({"error": {"message": f"no {path}", "code": 404}}, 404)

    do_GET = do_POST = do_DELETE = _any  # noqa: N815  as the base class calls them

    def reply(self, document: Document | bytes, status: int = 200, **headers: str) -> None:
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(document, bytes) else "application/json"
        for name, value in {"content-type": kind, "content-length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def taken(self, told: Document) -> None:
        """Says that a job was taken, or does not."""
        if self.server_of.lose:
            self.close_connection = True
            self.connection.close()
        else:
            self.reply(told)

    def refused(self) -> bool:
        status = self.server_of.refuse
        if status:
            self.reply({"error": {"message": "emulated", "code": status}}, status)
        return bool(status)
