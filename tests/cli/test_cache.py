"""`vextract cache`: what is kept, shown, exported and forgotten."""

import json
import os
import pty
import sqlite3
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.running import KEY, Server, gpt, vextract
from tests.scripting import draw_pages
from vextract.requests import Response, Token
from vextract.store import Store
from vextract.store.answers import Spend
from vextract.types import Usage


@pytest.fixture(autouse=True)
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, a key, and a store that is used."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("VEXTRACT_CACHE")
    return workdir


def fill(path: str = "s.sqlite") -> None:
    """A store with four answers of two models, two of which are older than a month."""
    store = Store(path)
    for key, model, task in (("a", "m:x", "ocr"), ("b", "m:x", "ocr"), ("c", "m:x", "ask"), ("d", "n:y", "ocr")):
        tokens = (Token("\ud83d", float("-inf"), (("e", -0.5),)),)
        answer = Response(f"{key} says ☂ \ud83d", "stop", usage=Usage(3, 4, seconds=0.5), tokens=tokens)
        store.answers.put(key.encode(), answer, Spend(1, model, task, answer.usage))
    store.close()
    with sqlite3.connect(path) as connection:
        old = time.time() - 40 * 86_400
        connection.executemany("UPDATE answers SET made = ? WHERE key = ?", [(old, b"a"), (old + 60, b"d")])
    connection.close()


def left(path: str = "s.sqlite") -> str:
    """The keys of the answers that are kept."""
    store = Store(path)
    keys = b"".join(sorted(answer.key for answer in store.answers.all())).decode()
    store.close()
    return keys


def test_nothing_was_ever_kept() -> None:
    """Without a store nothing is shown, exported or forgotten, and none is made; one that was named has to be there."""
    assert vextract("cache", "stats").out == b"no answers are kept\n"
    assert vextract("cache", "stats", "-f", "json").data == {
        "store": None,
        "store_bytes": 0,
        "answers": 0,
        "bytes": 0,
        "first": None,
        "last": None,
        "by": [],
    }
    assert vextract("cache", "export").out == b""
    for command in (["clear"], ["prune", "--older-than", "1s"]):
        assert vextract("cache", *command).out == b"0 answers forgotten\n"
    done = vextract("cache", "stats", "--store", "nowhere.sqlite")
    assert (done.code, "there is no store 'nowhere.sqlite'" in done.err) == (3, True)
    assert [*Path().iterdir(), *Path.home().rglob("*.sqlite")] == []


def test_stats() -> None:
    """A row for each model and task, and a sum; in JSON the same, with times in UTC."""
    fill()
    lines = vextract("cache", "stats", "--store", "s.sqlite").out.decode().splitlines()
    assert [line.split()[:3] for line in lines[:-1]] == [
        ["MODEL", "TASK", "ANSWERS"],
        ["m:x", "ask", "1"],
        ["m:x", "ocr", "2"],
        ["n:y", "ocr", "1"],
    ]
    assert lines[-1].startswith("4 answers, ")
    assert lines[-1].endswith("s.sqlite")
    told = vextract("cache", "stats", "-f", "json", "--store", "s.sqlite").data
    assert [(row["model"], row["task"], row["answers"]) for row in told["by"]] == [
        ("m:x", "ask", 1),
        ("m:x", "ocr", 2),
        ("n:y", "ocr", 1),
    ]
    assert told["answers"] == 4
    assert 0 < told["bytes"] == sum(row["bytes"] for row in told["by"]) < told["store_bytes"]
    first, last = (datetime.fromisoformat(told[name]) for name in ("first", "last"))
    assert (first.utcoffset(), (last - first).days) == (last.utcoffset(), 40)
    assert vextract("cache", "stats", "-f", "xml", "--store", "s.sqlite").code == 2


def test_the_store_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --store it is that of the settings."""
    fill("mine.sqlite")
    Path("vextract.toml").write_text('store = "mine.sqlite"\n', "utf-8")
    assert vextract("cache", "stats", "-f", "json").data["answers"] == 4
    monkeypatch.setenv("VEXTRACT_STORE", "none.sqlite")
    assert vextract("cache", "stats").code == 3


def test_export() -> None:
    """Each answer is a line of JSON that any reader takes, oldest first, also with half a surrogate pair and no probability."""
    fill()
    done = vextract("cache", "export", "--store", "s.sqlite")
    lines = [json.loads(line) for line in done.out.decode().splitlines()]
    assert [bytes.fromhex(line["key"]).decode() for line in lines] == ["a", "d", "b", "c"]
    assert {(line["model"], line["task"]) for line in lines} == {("m:x", "ocr"), ("m:x", "ask"), ("n:y", "ocr")}
    assert datetime.fromisoformat(lines[0]["made"]).tzinfo is not None
    assert lines[0]["response"] == {
        "text": "a says ☂ \ud83d",
        "finish": "stop",
        "reason": None,
        "usage": {"input_tokens": 3, "output_tokens": 4, "cached_tokens": None, "seconds": 0.5, "cost_usd": None},
        "request_id": None,
        "model": None,
        "tokens": [{"text": "\ud83d", "logprob": None, "top": [["e", -0.5]]}],
        "thinking": "",
        "batch": False,
    }
    assert "☂ \\ud83d" in done.out.decode()
    assert vextract("cache", "export", "--store", "s.sqlite", "-o", "out.jsonl").out == b""
    assert Path("out.jsonl").read_bytes() == done.out
    again = vextract("cache", "export", "--store", "s.sqlite", "-o", "out.jsonl")
    assert (again.code, "--force" in again.err) == (2, True)
    assert vextract("cache", "export", "--store", "s.sqlite", "-o", "out.jsonl", "--force").code == 0


def test_damaged_answers_are_left_out_and_counted() -> None:
    """The others are exported, and the exit code is 9."""
    fill()
    with sqlite3.connect("s.sqlite") as connection:
        connection.execute("UPDATE answers SET response = 'x' WHERE key = ?", (b"b",))
    connection.close()
    done = vextract("cache", "export", "--store", "s.sqlite")
    assert (done.code, done.out.count(b"\n")) == (9, 3)
    assert "1 answers are damaged" in done.err


@pytest.mark.parametrize(
    ("flags", "keys"),
    [
        (["--older-than", "30d"], "bc"),
        (["--older-than", "5w"], "bc"),
        (["--older-than", "6w"], "abcd"),
        (["--older-than", "960h"], "bcd"),
        (["--older-than", "0.5d", "-m", "m:x"], "bcd"),
        (["--model", "m:x"], "d"),
        (["--model", "none:such"], "abcd"),
        (["--max-size", "1GB"], "abcd"),
        (["--max-size", "0"], ""),
        (["--max-size", "600 B"], "bc"),
        (["--older-than", "30d", "--max-size", "300B"], "c"),
    ],
)
def test_prune(flags: list[str], keys: str) -> None:
    """What is too old, of that model, or too much, goes; the rest stays, and the count is told."""
    fill()
    done = vextract("cache", "prune", *flags, "--store", "s.sqlite")
    assert (done.code, left()) == (0, keys)
    assert done.out.decode() == f"{4 - len(keys)} answers forgotten\n"


@pytest.mark.parametrize(
    "flags",
    [
        [],
        *(
            ["--older-than", text]
            for text in ("", "30", "d", "-1d", "1y", "1d2h", "30 days", "٣d", "1e3d", "inf", "9" * 12 + "d")
        ),
        *(["--max-size", text] for text in ("", "GB", "-1GB", "2XB", "1e3", "2GB,", "5ib", "2 G B", "two")),
    ],
)
def test_prune_of_what_cannot_be_understood(flags: list[str]) -> None:
    """Exit 2 with a hint, and nothing is forgotten."""
    fill()
    done = vextract("cache", "prune", *flags, "--store", "s.sqlite")
    assert (done.code, done.out, left()) == (2, b"", "abcd")
    assert "hint: " in done.err


def test_clear_is_not_done_unasked() -> None:
    """Where nobody can be asked it needs --yes; then all answers are gone, and are paid for anew."""
    fill()
    done = vextract("cache", "clear", "--store", "s.sqlite")
    assert (done.code, left(), "--yes" in done.err) == (2, "abcd", True)
    done = vextract("cache", "clear", "--yes", "--store", "s.sqlite")
    assert (done.code, done.out, left()) == (0, b"4 answers forgotten\n", "")


@pytest.mark.parametrize(
    ("said", "code", "keys"), [(b"y\n", 0, ""), (b"n\n", 130, "abcd"), (b"\n", 130, "abcd"), (b"\x04", 130, "abcd")]
)
def test_clear_asks_on_a_terminal(said: bytes, code: int, keys: str) -> None:
    """It goes on a yes, and not on anything else; the question is no output."""
    fill()
    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "vextract", "cache", "clear", "--store", "s.sqlite"]
    with subprocess.Popen(command, stdin=inner, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        os.close(inner)
        os.write(outer, said)
        out, errors = running.communicate(timeout=120)
    os.close(outer)
    assert (running.returncode, left()) == (code, keys)
    assert out == (b"" if keys else b"4 answers forgotten\n")
    assert b"Forget 4 answers" in errors
    assert (b"nothing was forgotten" in errors) == bool(keys)


def test_what_a_run_keeps() -> None:
    """The answers of a run are shown, exported with their text, and asked for again once they are forgotten."""
    picture = draw_pages(Path("a.png"), 1).name
    with Server("A cat.") as server:
        for asked, command in ((1, None), (1, None), (2, ["clear", "--yes"]), (3, ["prune", "-m", "openai:gpt-4o"])):
            if command:
                assert vextract("cache", *command).out == b"1 answers forgotten\n"
            assert vextract("caption", picture, *gpt(server)).out == b"A cat.\n"
            assert len(server.requests) == asked
    [row] = vextract("cache", "stats", "-f", "json").data["by"]
    assert (row["model"], row["task"], row["answers"]) == ("openai:gpt-4o", "caption", 1)
    told = json.loads(vextract("cache", "export").out)
    assert (told["response"]["text"], told["response"]["finish"]) == ("A cat.", "stop")
