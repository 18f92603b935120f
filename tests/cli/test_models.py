"""`vextract models` and `vextract models egress`."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from tests.drawing import draw_lines
from tests.running import KEY, Server, gpt, vextract
from vextract.models import model_name
from vextract.plugins import names


@pytest.fixture(autouse=True)
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a picture; a key."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    draw_lines(["hello"], (200, 60)).save("a.png")
    return workdir


def test_all_that_m_accepts() -> None:
    """Every reader and provider has a line and an entry of JSON, with what it can do and how to install it if it is missing."""
    rows = vextract("models", "--json").data
    listed = {row["name"]: row for row in rows}
    assert {*names("vextract.readers"), "layout", *(f"{name}:" for name in names("vextract.models"))} == listed.keys()
    for name, row in listed.items():
        assert bool(row["version"]) is not bool(row["mend"])
        assert "[]" not in row["mend"]
        assert ("caption" in row["tasks"]) is name.endswith(":")
    lines = vextract("models").out.decode().splitlines()
    assert [line.split()[0] for line in lines] == [*listed]
    assert model_name(f"{next(name for name in listed if name.endswith(':'))}x")


def test_nothing_has_left() -> None:
    """Without a ledger that is said; as lines of JSON there are none."""
    assert vextract("models", "egress").out == b"nothing has left this machine for a model\n"
    assert vextract("models", "egress", "--lines").out == b""


def test_what_was_sent() -> None:
    """Requests are noted before they are sent, failed ones too, but not what was only shown; servers here are told with --all."""
    with Server("A cat.") as server:
        vextract("ask", "a.png", "Why?", *gpt(server))
        vextract("ask", "a.png", "Why?", *gpt(server, "503"))
        vextract("ask", "a.png", "Why?", *gpt(server), "--show-request")
        assert vextract("models", "egress").out == b"nothing has left this machine for a model\n"
        [row] = vextract("models", "egress", "--all").out.decode().splitlines()
        assert row.split()[:3] == [server.url.removeprefix("http://"), "2", "requests"]
    lines = [json.loads(line) for line in vextract("models", "egress", "--all", "--lines").out.splitlines()]
    assert [(line["model"], line["task"], line["source"]) for line in lines] == [
        ("openai:gpt-4o", "ask", "a.png"),
        ("openai:gpt-4o--503", "ask", "a.png"),
    ]
    assert "T" in lines[0]["time"]
    assert datetime.fromisoformat(lines[0]["time"]).tzinfo is not None
    assert lines[0]["pictures"] == lines[1]["pictures"] != []
