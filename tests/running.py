"""Runs the command line in this process, where its imports are paid for once."""

import io
import json
import sys
from dataclasses import dataclass
from typing import Any
from unittest import mock

from tests.models.emulator import Emulator, Received
from vextract.cli import app

__all__ = ["KEY", "MODEL", "Done", "Server", "at", "gpt", "texts", "vextract"]

KEY = "sk-hush-0815-do-not-tell"
MODEL = "openai:gpt-4o"


@dataclass(frozen=True)
class Done:
    """How a run ended, and what it wrote."""

    code: int
    out: bytes
    err: str

    @property
    def data(self) -> Any:
        """Standard output as JSON, which is to be all of it."""
        return json.loads(self.out)


class Server(Emulator):
    """The emulator; its socket is closed even if it had not begun to serve when it was no longer needed."""

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._socket.close()


def vextract(*arguments: object, stdin: bytes = b"") -> Done:
    """Runs `vextract ARGUMENTS` to its end; standard streams are no terminals."""
    out, err, given = io.BytesIO(), io.BytesIO(), io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    stdout, stderr = io.TextIOWrapper(out, "utf-8"), io.TextIOWrapper(err, "utf-8")
    argv = ["vextract", *map(str, arguments)]
    with mock.patch.multiple(sys, argv=argv, stdin=given, stdout=stdout, stderr=stderr):
        try:
            app.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        stdout.flush()
        stderr.flush()
    return Done(code, out.getvalue(), err.getvalue().decode())


def gpt(emulator: Emulator, fault: str = "") -> tuple[str, ...]:
    """The flags that name the emulator's model; `fault` is what is to go wrong there."""
    return ("-m", f"{MODEL}{fault and '--'}{fault}", "--base-url", f"{emulator.url}/v1", "--retries", "0")


def at(emulator: Emulator, fault: str = "") -> dict[str, Any]:
    """The same as settings of the Python interface."""
    return {"model": f"{MODEL}{fault and '--'}{fault}", "base_url": f"{emulator.url}/v1", "retries": 0}


def texts(received: Received) -> str:
    """All that the user's messages say."""
    parts = [m["content"] for m in received.body["messages"] if m["role"] == "user"]
    told = [part["text"] for content in parts if not isinstance(content, str) for part in content if "text" in part]
    return "\n".join([*told, *(content for content in parts if isinstance(content, str))])
