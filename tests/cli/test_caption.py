"""`vextract caption` as a user runs it, against a server on this machine."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drawing import draw_lines, write_tiff
from tests.running import KEY, Server, gpt, texts, vextract

CAPTION = "=A cat, “sitting”."


@pytest.fixture(autouse=True)
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a picture, one of two pages, and a broken one; a key."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    draw_lines(["hello"], (200, 60)).save("a.png")
    write_tiff(Path("two.tiff"), ["one", "two"])
    Path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    return workdir


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that always says the same."""
    with Server(CAPTION) as emulator:
        yield emulator


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("text", f"==> two.tiff <==\n{CAPTION}\n\n{CAPTION}\n\n==> a.png <==\n{CAPTION}\n"),
        ("csv", "source,status,text\r\n"),
        ("md", "## two.tiff\n"),
        ("table", "two.tiff  ok  2 pages\n"),
        ("jsonl", '{"format":'),
    ],
)
def test_formats_of_several_documents(server: Server, form: str, start: str) -> None:
    """Each page has its own caption; a document that fails is in all formats but text, and makes it exit 9."""
    done = vextract("caption", "two.tiff", "broken.png", "a.png", *gpt(server), "-f", form, "-j", "1")
    assert (done.code, len(server.requests)) == (9, 3)
    out = done.out.decode()
    assert out.replace(" ", "").startswith(start.replace(" ", ""))
    assert ("broken.png" in out) is (form != "text")
    assert "'broken.png'" in done.err
    if form == "csv":
        rows = [*csv.DictReader(io.StringIO(out))]
        assert [row["text"] for row in rows] == [f"'{CAPTION}\n\n{CAPTION}", "", f"'{CAPTION}"]
    if form == "jsonl":
        told = [json.loads(line) for line in out.splitlines()]
        assert [record["status"] for record in told] == ["ok", "failed", "ok"]
        assert told[0]["data"]["pages"] == [{"number": 1, "text": CAPTION}, {"number": 2, "text": CAPTION}]


def test_style_length_and_language(server: Server) -> None:
    """The flags are in what the model is asked, and a shown request is what is sent."""
    flags = ("--style", "alt", "--words", "12", "--language", "Plattdeutsch")
    shown = vextract("caption", "a.png", *gpt(server), *flags, "--show-request")
    assert (shown.code, shown.err, server.requests) == (0, "", [])
    done = vextract("caption", "a.png", *gpt(server), *flags)
    assert done.out.decode() == f"{CAPTION}\n"
    asked = texts(server.requests[0])
    assert asked == shown.data["turns"][0]["parts"][1]
    assert all(word in asked for word in ("125 characters", "about 12 words", "Plattdeutsch"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.png"], "caption needs a vision model"),
        (["a.png", "-m", "rapidocr"], "'rapidocr' is none"),
        (["a.png", "-m", "nobody:x"], "no model is called 'nobody:x'"),
        (["a.png", "-m", "openai:"], "no model is called 'openai:'"),
        (["-m", "openai:x"], "nothing to read"),
        (["a.png", "-m", "openai:x", "--style", "loud"], "no style is called 'loud'"),
        (["a.png", "-m", "openai:x", "--words", "0"], "--words"),
        (["a.png", "-m", "openai:x", "--language", "\udcff"], "--language is not UTF-8"),
        (["a.png", "-m", "openai:x", "--base-url", "nowhere"], "--base-url"),
        (["a.png", "-m", "openai:x", "--retries", "-1"], "--retries cannot be -1"),
        (["a.png", "-m", "openai:x", "--concurrency", "0"], "--concurrency cannot be 0"),
        (["a.png", "-m", "replay:nowhere"], "has no recorded answers"),
    ],
)
def test_what_makes_no_sense(arguments: list[str], message: str) -> None:
    """Exit 2, and nothing on standard output."""
    done = vextract("caption", *arguments)
    assert (done.code, done.out) == (2, b"")
    assert message in done.err


def test_a_page_that_fails(server: Server) -> None:
    """A page about which the model was asked with no use leaves the others: the record is partial and names the page."""
    calls = iter([CAPTION, ""])
    server.reply = lambda _: next(calls)
    done = vextract("caption", "two.tiff", *gpt(server), "-f", "json", "--concurrency", "1")
    assert (done.code, done.data["status"]) == (8, "partial")
    [told], [error] = done.data["data"]["pages"], done.data["errors"]
    assert error["kind"] == "empty"
    assert {told["number"], error["page"]} == {1, 2}  # which of them is asked about first is not promised


def test_what_was_recorded_for_another_size_of_picture(server: Server) -> None:
    """Replayed pages are drawn as for the model that was recorded, whose pictures are smaller than others'."""
    draw_lines(["large"], (2000, 1500)).save("large.png")
    model = ("-m", "anthropic:claude-haiku-4-5", "--base-url", server.url)
    first = vextract("caption", "large.png", *model, "--record", "kept")
    assert (first.code, first.out.decode()) == (0, f"{CAPTION}\n")
    assert vextract("caption", "large.png", "-m", "replay:kept").out == first.out
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("source", "model", "message"),
    [
        ("a.png", ["openai:gpt-4o"], "'openai:gpt-4o' is on another machine"),
        ("a.png", ["openai:x", "--base-url", "http://192.0.2.1:8000/v1"], "is on another machine"),
        ("a.png", ["ollama:qwen3-vl:235b-cloud"], "is on another machine"),
        ("http://192.0.2.1/a.png", ["ollama:x"], "nothing may leave this machine"),
    ],
)
def test_local_only(source: str, model: list[str], message: str) -> None:
    """--local-only refuses hosted models, servers elsewhere and sources elsewhere, with exit 7 and a line that says so."""
    command = [sys.executable, "-m", "vextract", "caption", source, "--local-only", "-m", *model]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (7, "")
    assert message in done.stderr
    assert "hint: " in done.stderr


def test_local_only_allows_this_machine(server: Server) -> None:
    """A server on this machine is asked all the same."""
    command = [sys.executable, "-m", "vextract", "caption", "a.png", "--local-only", *gpt(server)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.decode()) == (0, f"{CAPTION}\n")
