"""What LangChain would tell others of requests, and how it is kept from it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.models.emulator import Emulator
from vextract.models._tracing import forget_tracing

_ASK = """
import asyncio, sys
from vextract.models import Connection, connect, model_name
from vextract.profiles import ModelProfile
from vextract.requests import Picture, Request, Turn

async def ask():
    name = model_name("ollama:llava")
    model = connect(Connection(name, ModelProfile("test"), base_url=sys.argv[1]))
    print((await model.answer(Request((Turn("user", ("Look", Picture(b"secret picture", "image/png", 1, 1))),)))).text)
    await model.close()

asyncio.run(ask())
from langchain_core.tracers.langchain import wait_for_all_tracers
wait_for_all_tracers()
"""


@contextmanager
def _service() -> Iterator[tuple[str, list[str]]]:
    """A tracing service that accepts everything: its address, and the paths of what it gets."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.path)
            self.send_response(202)
            self.send_header("content-length", "2")
            self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST  # noqa: N815  http.server calls it so

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()
        thread.join(60)


def _traced(**more: str) -> int:
    """How many requests a tracing service gets while one question is asked."""
    with Emulator("answer") as provider, _service() as (url, heard):
        tracing = {
            "LANGSMITH_TRACING": "true",
            "LANGCHAIN_TRACING_V2": "true",
            "LANGSMITH_ENDPOINT": url,
            "LANGSMITH_API_KEY": "key",
            "LANGSMITH_GATEWAY": "true",
        }
        environment = {**os.environ, **tracing, **more}
        run = subprocess.run(
            [sys.executable, "-c", _ASK, provider.url],
            env=environment,
            capture_output=True,
            text=True,
            timeout=200,
            check=True,
        )
        assert run.stdout == "answer\n"
        assert len(provider.requests) == 1
        return len(heard)


def test_no_tracing_service_hears_of_a_question() -> None:
    """With LangSmith's tracing turned on in the environment, its service gets not one request."""
    assert _traced() == 0


def test_tracing_can_be_asked_for() -> None:
    """VEXTRACT_TRACING=1 leaves LangSmith's settings alone, and then its service does hear: the test above can fail."""
    assert _traced(VEXTRACT_TRACING="1", LANGSMITH_GATEWAY="") > 0


def test_what_is_forgotten() -> None:
    """All of LangSmith's and LangChain's variables go, and nothing else."""
    environment = {
        "LANGSMITH_TRACING": "1",
        "LANGCHAIN_API_KEY": "k",
        "langsmith_gateway": "1",
        "PATH": "p",
        "OPENAI_API_KEY": "k",
    }
    assert sorted(forget_tracing(environment)) == ["LANGCHAIN_API_KEY", "LANGSMITH_TRACING", "langsmith_gateway"]
    assert environment == {"PATH": "p", "OPENAI_API_KEY": "k"}
    environment = {"LANGSMITH_TRACING": "1", "VEXTRACT_TRACING": "TRUE"}
    assert forget_tracing(environment) == []
    assert "LANGSMITH_TRACING" in environment
