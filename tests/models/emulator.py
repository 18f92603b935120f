"""A server on 127.0.0.1 that speaks four chat protocols (Gemini, OpenAI, Ollama, Anthropic), and misbehaves on demand.

The part of the model's name after `--` is what goes wrong: a status such as "429", or a name of `FAULTS`. Some requests can be
made to fail at random, too. `python -m tests.models.emulator --port 8080` runs it alone.
"""

import argparse
import asyncio
import gzip
import json
import random
import socket
import struct
import threading
import urllib.parse
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from tests.models.protocols import Finish, Protocol, Said, protocol_of

FAULTS = {
    "ok": "nothing",
    "gzip": "nothing, but what is sent is compressed",
    "hang": "no answer ever",
    "close": "the connection ends before an answer",
    "reset": "the connection is reset before an answer",
    "html": "a proxy's login page with status 200",
    "badgateway": "a proxy's error page with status 502",
    "garbage": "bytes that are no JSON, called JSON",
    "array": "JSON that is no object",
    "foreign": "an object of no protocol",
    "error200": "an error object with status 200",
    "context": "status 400: the request is too long",
    "cut": "the connection ends in the middle of the body",
    "unfinished": "a stream that ends before the answer does, cleanly",
    "midway": "a stream with an error event in it",
    "redirect": "a redirect to another host",
    "echokey": "status 401 that repeats the key",
    "length": "half of the answer: the limit was reached",
    "safety": "no answer: the model refuses",
    "block": "no answer: the prompt was blocked",
    "empty": "an answer without text",
    "thinking": "thinking before the answer",
    "nousage": "an answer without figures",
}
_FINISH: dict[str, Finish] = {"length": "length", "safety": "refusal", "block": "block"}
_REASONS = {200: "OK", 307: "Temporary Redirect", 401: "Unauthorized", 429: "Too Many Requests", 502: "Bad Gateway"}
# What takes longer will not come: a test is to fail then, and not to hang.
_PATIENCE_S = 100
_LINGER_0 = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any

    @property
    def model(self) -> str:
        if "/models/" in self.path:
            return urllib.parse.unquote(self.path.partition("/models/")[2].partition(":")[0])
        return str(self.body.get("model", ""))

    @property
    def streams(self) -> bool:
        if self.path.startswith("/api/"):
            return self.body.get("stream", True) is True
        return "streamGenerateContent" in self.path or self.body.get("stream") is True

    @property
    def logprobs(self) -> bool:
        return bool(self.body.get("logprobs") or self.body.get("generationConfig", {}).get("responseLogprobs"))


@dataclass
class Emulator:
    """The server, in a thread of its own; a context manager.

    Attributes:
        reply: the text of every answer, or how to make it of the request.
        delay_s: from request to answer.
        fault: of requests whose model names none.
        share, faults, seed: how many of the requests go wrong, in which ways, by which dice; besides those whose model says so.
        requests: all that arrived.
        most_at_once: how many were under way at the same time.
        together: no request is answered before so many have been under way at the same time.
    """

    reply: str | Callable[[Received], str] = '{"name": "Ada", "count": 3}'
    delay_s: float = 0.0
    fault: str = "ok"
    share: float = 0.0
    faults: Sequence[str] = ("429", "503", "reset", "html", "garbage", "cut", "hang")
    seed: int = 0
    port: int = 0
    keep: bool = True
    requests: list[Received] = field(default_factory=list)
    most_at_once: int = 0
    together: int = 0

    def __enter__(self) -> Self:
        self._dice = random.Random(self.seed)
        self._now = 0
        self._met = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=512)
        self.port = self._socket.getsockname()[1]
        self._serving = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        # A task that is cancelled before it has begun would leave the socket open.
        assert self._serving.wait(_PATIENCE_S), "the emulator does not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(_PATIENCE_S)
        assert not self._thread.is_alive(), "the emulator does not end"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._serve())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pending = asyncio.all_tasks(self._loop)
            for task in pending:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
            # Connections that are closed give their sockets back in the loop's next rounds.
            for _ in range(3):
                self._loop.run_until_complete(asyncio.sleep(0))
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connection, sock=self._socket, limit=1 << 26)
        self._serving.set()
        try:
            await asyncio.Event().wait()
        finally:
            server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, TimeoutError):
            pass  # the client, or whoever runs this server, has gone
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer. Returns whether the connection goes on."""
        received = await _read(reader)
        if self.keep:
            self.requests.append(received)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self.most_at_once >= self.together:
                self._met.set()
            await asyncio.wait_for(self._met.wait(), _PATIENCE_S)
            await asyncio.sleep(self.delay_s)
            fault = received.model.partition("--")[2] or self.fault
            if fault == "ok" and self._dice.random() < self.share:
                fault = self._dice.choice(list(self.faults))
            return await self._answer(received, fault, writer)
        finally:
            self._now -= 1

    async def _answer(self, received: Received, fault: str, writer: asyncio.StreamWriter) -> bool:
        protocol = protocol_of(received.path)
        if fault == "hang":
            await asyncio.sleep(3600)
        if fault in {"close", "reset"}:
            if fault == "reset":
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
                writer.transport.abort()
            return False
        broken = _broken(fault, received, protocol)
        if broken is not None:
            writer.write(_http(*broken))
            return True
        said = self._said(received, fault)
        if received.streams:
            return await _stream(protocol, said, received.model, fault, writer)
        body = json.dumps(protocol.whole(said, received.model)).encode()
        if fault == "gzip":
            writer.write(_http(200, gzip.compress(body), extra="content-encoding: gzip\r\n"))
            return True
        whole = _http(200, body)
        writer.write(whole[: len(whole) - 20] if fault == "cut" else whole)
        return fault != "cut"

    def _said(self, received: Received, fault: str) -> Said:
        text = self.reply if isinstance(self.reply, str) else self.reply(received)
        said = Said(text, _FINISH.get(fault, "stop"), usage=fault != "nousage", logprobs=received.logprobs)
        if fault in {"safety", "block", "empty"}:
            return replace(said, text="", logprobs=False)
        if fault == "thinking":
            return replace(said, thinking="Let me see.")
        return replace(said, text=text[: len(text) // 2]) if fault == "length" else said


def _broken(fault: str, received: Received, protocol: Protocol) -> tuple[int, bytes, str, str] | None:
    """Status, body, content type and further header fields of an answer that is none; None if it is to be one."""
    if fault.isdigit():
        extra = "retry-after: 2\r\nx-request-id: req-7\r\n" if fault == "429" else "x-request-id: req-7\r\n"
        if protocol.__name__ == "Gemini":
            extra = ""
        return (
            int(fault),
            json.dumps(protocol.error(int(fault), f"emulated {fault}")).encode(),
            "application/json",
            extra,
        )
    page = b"<!doctype html><html><head><title>Please log in</title></head><body>proxy</body></html>"
    key = (
        received.headers.get("authorization")
        or received.headers.get("x-api-key")
        or received.headers.get("x-goog-api-key")
    )
    answers: dict[str, tuple[int, bytes, str, str]] = {
        "html": (200, page, "text/html", ""),
        "badgateway": (502, page, "text/html", ""),
        "garbage": (200, b"\x00\xff{{{ not json", "application/json", ""),
        "array": (200, b"[1, 2, 3]", "application/json", ""),
        "foreign": (200, b'{"status": "healthy"}', "application/json", ""),
        "error200": (200, json.dumps(protocol.error(429, "slow down")).encode(), "application/json", ""),
        "context": (
            400,
            json.dumps(protocol.error(400, "prompt is too long: 9 > 8 tokens")).encode(),
            "application/json",
            "",
        ),
        "redirect": (307, b"", "text/plain", "location: http://127.0.0.2:9/elsewhere\r\n"),
        "echokey": (401, json.dumps(protocol.error(401, f"no such key: {key}")).encode(), "application/json", ""),
    }
    return answers.get(fault)


async def _stream(protocol: Protocol, said: Said, model: str, fault: str, writer: asyncio.StreamWriter) -> bool:
    kind = "application/x-ndjson" if protocol.__name__ == "Ollama" else "text/event-stream"
    if fault == "gzip":
        kind += "\r\ncontent-encoding: gzip"
    writer.write(f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n".encode())
    events = list(protocol.stream(said, model))
    if fault == "gzip":
        packer = zlib.compressobj(wbits=31)
        events = [packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH) for event in events] + [packer.flush()]
    if fault in {"cut", "unfinished", "midway"}:
        events = events[: len(events) // 2]
    if fault == "midway":
        error = json.dumps(protocol.error(429, "slow down")).encode()
        prefix = b"event: error\n" if protocol.__name__ == "Anthropic" else b""
        events.append(error + b"\n" if protocol.__name__ == "Ollama" else prefix + b"data: " + error + b"\n\n")
    for event in events:
        writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
        await writer.drain()
    if fault == "cut":
        return False
    writer.write(b"0\r\n\r\n")
    return True


def _http(status: int, body: bytes, kind: str = "application/json", extra: str = "") -> bytes:
    head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Emulated')}\r\ncontent-type: {kind}\r\n{extra}"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    fields = (line.partition(": ") for line in head[1:] if line)
    headers = {name.lower(): value for name, _, value in fields}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, path, headers, json.loads(body) if body else {})


def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--reply", default=Emulator.reply, help="the text of all answers")
    parser.add_argument("--echo", action="store_true", help="answer with the request's body instead")
    parser.add_argument("--share", type=float, default=0.0, help="how many requests fail, 0 to 1")
    parser.add_argument("--faults", default=",".join(Emulator.faults), help="in which ways, with commas")
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    reply = (lambda received: json.dumps(received.body)) if told.echo else told.reply
    faults = tuple(told.faults.split(","))
    with Emulator(reply, told.delay, "ok", told.share, faults, told.seed, told.port, keep=False) as emulator:
        print(emulator.url, flush=True)  # noqa: T201  whoever started it wants to know
        threading.Event().wait()


if __name__ == "__main__":
    main()
