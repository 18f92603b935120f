"""`vextract runs`: what runs did, and going on with them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import KEY, Server, gpt, vextract
from tests.scripting import draw_pages
from vextract.store import Store

OUT = Path("out.jsonl")


@pytest.fixture(autouse=True)
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two pictures and a broken one, a key, and a store that is used."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("VEXTRACT_CACHE")
    for number, name in enumerate(("a.png", "b.png")):
        draw_pages(Path(name), number)
    Path("broken.png").write_bytes(b"no picture")
    return workdir


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that always says the same."""
    with Server("A cat.") as emulator:
        yield emulator


def again(*arguments: str, folder: str = ".", code: int = 0) -> subprocess.CompletedProcess[str]:
    """`vextract runs …` in a process of its own, as it becomes another command."""
    command = [sys.executable, "-m", "vextract", "runs", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == code, done.stderr
    return done


def sources() -> list[str]:
    """Whose records there are."""
    return [json.loads(line)["source"] for line in OUT.read_bytes().splitlines()]


def noted(*command: str, output: str | None = None, folder: str | None = None) -> int:
    """A run that was noted with this command."""
    here = Path.cwd()
    store = Store(None)
    if folder:
        os.chdir(folder)
    number = store.runs.begin(command, output and str(here / output), "work")
    os.chdir(here)
    store.runs.end(number, "interrupted")
    store.close()
    return number


def refused(*arguments: str) -> str:
    """What is said of a run that is not gone on with."""
    done = vextract("runs", *arguments)
    assert (done.code, done.out) == (2, b"")
    assert "hint: " in done.err
    return done.err


def test_no_runs() -> None:
    """Where nothing was ever noted that is said, and no store is made."""
    assert vextract("runs", "list").out == b"no runs are noted\n"
    assert vextract("runs", "list", "-f", "json").data == []
    for number in ("1", "last", "-1", "1.5", "x", "9" * 30):
        assert "there is no run" in refused("show", "--", number)
    assert list(Path.home().rglob("*.sqlite")) == []


def test_what_runs_did(server: Server) -> None:
    """Runs are listed with what became of their inputs and what they cost; those without a file, too; questions are none."""
    assert vextract("caption", "a.png", "b.png", "broken.png", *gpt(server), "-o", OUT, "-f", "jsonl").code == 9
    assert vextract("caption", "a.png", *gpt(server)).code == 0
    assert vextract("ask", "a.png", "Why?", *gpt(server)).code == 0
    lines = [line.split() for line in vextract("runs", "list").out.decode().splitlines()]
    assert lines[0] == ["RUN", "BEGAN", "STATE", "OK", "PARTIAL", "FAILED", "SPENT", "OUTPUT"]
    assert [(line[0], line[3:7], line[-1]) for line in lines[1:]] == [
        ("2", ["done", "1", "0", "0"], "-"),
        ("1", ["done", "2", "0", "1"], str(OUT.absolute())),
    ]
    second, first = vextract("runs", "list", "-f", "json").data
    assert (first["ok"], first["partial"], first["failed"]) == (2, 0, 1)
    assert first["spent"]["answers"] == 2
    assert first["spent"]["cost_usd"] > 0
    assert first["command"][:4] == ["caption", "a.png", "b.png", "broken.png"]
    assert (second["run"], second["output"], second["spent"]["answers"]) == (2, None, 0)


def test_one_run(server: Server) -> None:
    """`show` tells all of it, and of each failure the kind, the message and the attempts."""
    command = ("caption", "a.png", "broken.png", "gone.png", *gpt(server), "-o", OUT)
    assert vextract(*command).code == 9
    assert vextract(*command, "--retry-failed").code == 9
    told = vextract("runs", "show", "last", "-f", "json").data
    assert (told["run"], told["state"], told["folder"], told["output"]) == (1, "done", os.getcwd(), str(OUT.absolute()))
    assert told["command"] == [*map(str, command), "--retry-failed"]
    assert [(f["source"], f["status"], f["kind"], f["attempts"]) for f in told["failures"]] == [
        ("broken.png", "failed", "input", 2),
        ("gone.png", "failed", "input", 2),
    ]
    assert told["failures"][1]["message"] == "no such file: 'gone.png'"
    shown = vextract("runs", "show", "1").out.decode()
    assert "1 ok, 2 failed" in shown
    assert "vextract caption a.png broken.png gone.png -m openai:gpt-4o" in shown
    assert "failed  gone.png: input: no such file: 'gone.png' (attempt 2)" in shown


def test_resume(server: Server) -> None:
    """The command is run once more in its folder, wherever one is, and does what was not done; its exit code is its own."""
    command = ("caption", "a.png", "b.png", "broken.png", *gpt(server), "-o", OUT)
    vextract(*command)
    whole = OUT.read_bytes().splitlines(keepends=True)
    OUT.write_bytes(whole[0])
    Path("elsewhere").mkdir()
    Path("json.py").write_text("raise SystemExit(77)\n", "utf-8")  # no module, whatever it is called
    done = again("resume", "last", folder="elsewhere", code=9)
    assert (sources(), done.stdout) == (["a.png", "b.png", "broken.png"], "")
    assert f"in {os.getcwd()}: vextract caption --resume a.png b.png" in done.stderr
    draw_pages(Path("broken.png"), 5)
    again("retry-failed", "1", folder="elsewhere")
    assert sources() == ["a.png", "b.png", "broken.png"]
    [run] = vextract("runs", "list", "-f", "json").data
    assert (run["state"], run["ok"], run["failed"]) == ("done", 3, 0)


def test_resume_of_a_run_that_began_anew(server: Server) -> None:
    """--force of the command is not repeated, which would lose what is there; names behind -- stay names."""
    draw_pages(Path("c.png"), 3).path.rename("--force")  # type: ignore[union-attr]
    flags = ("caption", "--force", *gpt(server), "-o", OUT)
    vextract(*flags, "--", "a.png", "--force")
    assert sources() == ["a.png", "--force"]
    before = OUT.read_bytes()
    server.requests.clear()
    OUT.write_bytes(before.splitlines(keepends=True)[0])
    again("resume", "last")
    assert (OUT.read_bytes().splitlines()[0], sources()) == (before.splitlines()[0], ["a.png", "--force"])
    assert server.requests == []


def test_resume_into_a_folder(server: Server) -> None:
    """A run that writes a file for each input does the inputs that have none."""
    vextract("caption", "a.png", "b.png", *gpt(server), "-o", "out/")
    Path("out/b.txt").unlink()
    kept = Path("out/a.txt").stat().st_mtime_ns
    again("resume", "last")
    assert Path("out/b.txt").read_bytes() == b"A cat.\n"
    assert Path("out/a.txt").stat().st_mtime_ns == kept


def test_resume_in_another_store(server: Server) -> None:
    """A run that is found in a store that was named goes on in that one."""
    vextract("caption", "a.png", "b.png", *gpt(server), "-o", OUT, "--store", "s.sqlite")
    OUT.write_bytes(OUT.read_bytes().splitlines(keepends=True)[0])
    again("resume", "last", "--store", "s.sqlite")
    assert sources() == ["a.png", "b.png"]
    [run] = vextract("runs", "list", "--store", "s.sqlite", "-f", "json").data
    assert run["ok"] == 2
    assert vextract("runs", "list").out == b"no runs are noted\n"


@pytest.mark.parametrize(
    ("command", "output", "words"),
    [
        (["caption", "--from-file", "-", "-o", "x.jsonl"], "x.jsonl", "read names from standard input"),
        (
            ["caption", "--from-file=-", "-o", "x.jsonl"],
            "x.jsonl",
            "| vextract caption --resume --from-file=- -o x.jsonl",
        ),
        (["caption", "a.png", "-", "-o", "x.jsonl"], "x.jsonl", "read bytes from standard input"),
        (["ocr", "--password", "***", "a.pdf", "b.pdf", "-o", "x.jsonl"], "x.jsonl", "was given a secret"),
        (["caption", "a.png", "-O", "api_key=***", "-o", "x.jsonl"], "x.jsonl", "type it with what stands for ***"),
        (["caption", "a.png"], None, "type it again"),
        (["caption", "a.png", "-o", "-", "--force"], None, "vextract caption a.png -o -\n"),
        (["caption", "a.png", "-f", "csv", "-o", "x.csv"], None, "has no file that it could go on with"),
        (["caption", "a.png", "b.png", "-o", "x.jsonl"], None, "begun anew by a later run"),
        (["frobnicate", "a.png"], "x.jsonl", "begun by another program"),
        ([], "x.jsonl", "begun by another program"),
    ],
)
@pytest.mark.parametrize("what", ["resume", "retry-failed"])
def test_what_cannot_be_gone_on_with(command: list[str], output: str | None, words: str, what: str) -> None:
    """It is said why, and what to type instead: exit 2, and nothing is run."""
    noted(*command, output=output)
    assert words in refused(what, "last").replace("--retry-failed", "--resume")


def test_a_run_that_still_runs() -> None:
    """What is under way is left alone."""
    store = Store(None)
    store.runs.begin(["ocr", "a.png"], os.path.abspath("x.jsonl"), "work")
    store.close()
    assert f"run 1 is still running, as process {os.getpid()}" in refused("resume", "1")


def test_a_folder_that_is_gone() -> None:
    """A command whose folder is gone cannot be run there: exit 3, and what to type."""
    Path("old").mkdir()
    noted("ocr", "a.png", "-o", "x.jsonl", output="x.jsonl", folder="old")
    Path("old").rmdir()
    done = vextract("runs", "resume", "last")
    assert done.code == 3
    assert "vextract ocr --resume a.png -o x.jsonl" in done.err


def test_secrets_are_not_kept(server: Server) -> None:
    """No key or password of a command line, of the environment or of an address stands anywhere in the store's files."""
    hush = "hush-0815"
    url = server.url.replace("//", f"//me:{hush}@")
    arguments: list[Any] = ["caption", "a.png", "b.png", "-m", "openai:gpt-4o", "--base-url", f"{url}/v1"]
    arguments += [
        "-O",
        f"extra_body={json.dumps({'secret': hush})}",
        "--password",
        hush,
        "-o",
        OUT,
        "--retries",
        "0",
    ]
    assert vextract(*arguments, f"http://127.0.0.1:9/a.png?token={hush}").code == 9
    assert len(server.requests) == 2
    kept = b"".join(path.read_bytes() for path in Path.home().rglob("store.sqlite*"))
    assert b"caption" in kept
    assert hush.encode() not in kept
    assert KEY.encode() not in kept
    assert "--password '***'" in refused("resume", "last")
