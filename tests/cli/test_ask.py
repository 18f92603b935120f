"""`vextract ask` as a user runs it, against a server on this machine."""

import csv
import io
import json
import os
import pty
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drawing import draw_lines
from tests.running import KEY, Server, gpt, texts, vextract

CAT = "A cat sits on a mat.\n"
ALBUM = {
    "claims": [{"text": "A boat.", "documents": [1, 2]}, {"text": "A ghost.", "documents": [9]}],
    "places": [{"name": "Rome", "documents": []}],
}


@pytest.fixture(autouse=True)
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two pictures, a broken one, and a folder with one; a key."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    draw_lines(["hello"], (200, 60)).save("a.png")
    draw_lines(["world"], (220, 60)).save("b.png")
    Path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    Path("trip").mkdir()
    draw_lines(["tour"], (240, 60)).save("trip/a.png")
    return workdir


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that always says the same."""
    with Server(CAT) as emulator:
        yield emulator


def test_the_answer_and_nothing_else(server: Server) -> None:
    """Standard output has the answer's text, ended by one newline; one request went out, pictures first, question last."""
    done = vextract("ask", "a.png", "b.png", "Which?", *gpt(server))
    assert (done.code, done.out, done.err) == (0, CAT.encode(), "")
    [received] = server.requests
    content = received.body["messages"][-1]["content"]
    assert [part["type"] for part in content] == ["text", "image_url", "text", "image_url", "text"]
    assert [part["text"] for part in content[::2]] == ["Document 1: a.png", "Document 2: b.png", "Which?"]


@pytest.mark.parametrize(
    ("arguments", "documents"),
    [
        (["trip", "q?"], ["a.png"]),
        (["*.png", "--pages", "1", "q?"], ["a.png", "b.png"]),
        (["@list.txt", "q?"], ["b.png", "a.png"]),
        (["--from-file", "list.txt", "q?"], ["b.png", "a.png"]),
        (["-", "q?"], ["stdin"]),
        (["a.png", "  What year was it, 2023 or 2024?  "], ["a.png"]),
        (["a.png", "x" * 100_000], ["a.png"]),
        (["a.png", "bell \x07 and \x1b[31m"], ["a.png"]),
    ],
)
def test_sources_and_the_question(server: Server, arguments: list[str], documents: list[str]) -> None:
    """Directories, globs, lists and standard input are sources as elsewhere; the last argument is asked as it is, of any length."""
    Path("list.txt").write_text("b.png\ntrip/a.png\n", "utf-8")
    Path("broken.png").unlink()
    done = vextract("ask", *arguments, *gpt(server), stdin=Path("a.png").read_bytes())
    assert (done.code, done.err) == (0, "")
    told = texts(server.requests[0])
    assert [line.split(": ")[1] for line in told.splitlines() if line.startswith("Document")] == documents
    assert told.endswith((arguments[-1]).strip())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to ask"),
        (["What?"], "nothing to look at"),
        (["a.png"], "'a.png' is a source"),
        (["a.png", "b.png"], "'b.png' is a source"),
        (["a.png", "trip"], "'trip' is a source"),
        (["a.png", "*.png"], "'*.png' is a source"),
        (["a.png", "https://example.com/b.png"], "'https://example.com/b.png' is a source"),
        (["a.png", ""], "it is empty"),
        (["a.png", " \n"], "it is empty"),
        (["a.png", "\udcff\udcfe?"], "not UTF-8"),
        (["a.png", "what", "is", "this"], "no such file: 'what'"),
        (["a.png", "q", "--album", "-s", "a"], "--album and --schema"),
        (["-", "q", "--chat"], "--chat reads questions"),
        (["--from-file", "-", "q", "--chat"], "--chat reads questions"),
        (["a.png", "q", "--chat", "-o", "out/"], "is none"),
        (["a.png", "q", "--chat", "-o", "{n}.txt"], "is none"),
        (["a.png", "q", "-O", "top_p"], "has no key and value"),
        (["a.png", "q", "-O", "=1"], "has no key and value"),
        (["a.png", "q", "--timeout", "-1"], "--timeout cannot be -1"),
        (["a.png", "q", "--timeout", "inf"], "--timeout cannot be inf"),
        (["a.png", "q", "--temperature", "nan"], "--temperature cannot be nan"),
        (["a.png", "q", "--prompt-file", "nowhere.txt"], "cannot read --prompt-file"),
        (["a.png", "q", "--prompt-file", "broken.png"], "cannot read --prompt-file"),
        (["a.png", "q", "--prompt-file", "empty.txt"], "is empty"),
        (["a.png", "q", "--prompt-file", "list.txt"], "no place for the question"),
        (["a.png", "q", "-f", "hocr"], "no form for records"),
    ],
)
def test_what_makes_no_sense_costs_nothing(server: Server, arguments: list[str], message: str) -> None:
    """Exit 2 with a line and a hint, before anything is sent."""
    Path("empty.txt").write_text(" \n", "utf-8")
    Path("list.txt").write_text("b.png\n", "utf-8")
    done = vextract("ask", *arguments, *gpt(server))
    assert (done.code, done.out) == (2, b"")
    assert message in done.err
    assert "hint: " in done.err
    assert server.requests == []


@pytest.mark.parametrize(("schema", "code"), [("nowhere.py:X", 4), ("total float float", 4)])
def test_a_schema_that_is_none(server: Server, schema: str, code: int) -> None:
    """A schema that is not there, or cannot be read, is exit 4 before anything is sent."""
    assert vextract("ask", "a.png", "q", "-s", schema, *gpt(server)).code == code
    assert server.requests == []


def test_one_source_of_several_is_broken(server: Server) -> None:
    """The question is asked about the others, exit 9, and the record is partial and tells of it."""
    done = vextract("ask", "a.png", "broken.png", "gone.png", "q?", *gpt(server), "-f", "json")
    assert done.code == 9
    assert (done.data["status"], done.data["source"]) == ("partial", "a.png")
    assert [error["kind"] for error in done.data["errors"]] == ["input", "input"]
    assert "'broken.png'" in done.err
    assert "'gone.png'" in done.err


def test_all_sources_are_broken(server: Server) -> None:
    """Exit 3, and nothing is asked."""
    done = vextract("ask", "broken.png", "gone.png", "q?", *gpt(server))
    assert (done.code, done.out, server.requests) == (3, b"", [])


@pytest.mark.parametrize(
    ("fault", "code", "kind"),
    [
        ("401", 6, "authentication"),
        ("503", 7, "server"),
        ("404", 7, "not-found"),
        ("safety", 8, "refused"),
        ("empty", 8, "empty"),
    ],
)
def test_failures_of_the_model(server: Server, fault: str, code: int, kind: str) -> None:
    """The exit code is that of the model's failure, also where a source is broken besides; text is empty, JSON a failed record."""
    done = vextract("ask", "broken.png", "a.png", "q?", *gpt(server, fault), "-f", "jsonl")
    assert done.code == code
    assert (done.data["status"], done.data["data"], done.data["errors"][0]["kind"]) == ("failed", None, kind)
    assert vextract("ask", "a.png", "q?", *gpt(server, fault)).out == b""


def test_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 6 names the variable, before any source is looked at."""
    monkeypatch.delenv("OPENAI_API_KEY")
    done = vextract("ask", "gone.png", "q?", "-m", "openai:gpt-4o")
    assert (done.code, done.out) == (6, b"")
    assert "OPENAI_API_KEY" in done.err
    assert "gone.png" not in done.err


@pytest.mark.parametrize("fault", ["ok", "echokey", "400"])
def test_the_key_is_told_nobody(server: Server, workdir: Path, fault: str) -> None:
    """The server gets the key; no output, log, record, recording or ledger does, also where the server repeats it."""
    options = ("-vv", "-f", "json", "--record", "kept", "-o", "out.json", "-O", "top_p=0.5")
    done = vextract("ask", "a.png", "q?", *gpt(server, fault), *options)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    shown = vextract("ask", "a.png", "q?", *gpt(server), "--show-request")
    kept = [path.read_bytes() for path in workdir.parent.rglob("*") if path.is_file()]
    assert any(b'"host"' in data for data in kept), "the ledger is among them"
    assert not [
        data for data in (*kept, done.out, done.err.encode(), shown.out, shown.err.encode()) if KEY.encode() in data
    ]


def test_a_dry_run(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """--show-request prints one JSON value alone, needs no key, and sends and writes nothing."""
    monkeypatch.delenv("OPENAI_API_KEY")
    options = ("-O", "top_p=0.5", "--seed", "7", "--temperature", "1.5", "--max-tokens", "99", "-o", "out.txt")
    done = vextract("ask", "a.png", "Why?", "-m", "openai:gpt-4o", "--show-request", *options)
    assert (done.code, done.err) == (0, "")
    assert done.data["server"] == "the provider's own"
    told = {key: done.data[key] for key in ("temperature", "max_tokens", "seed", "options")}
    assert told == {"temperature": 1.5, "max_tokens": 99, "seed": 7, "options": {"top_p": 0.5}}
    head, picture, question = done.data["turns"][0]["parts"]
    assert (head, picture["type"], picture["width"], question) == ("Document 1: a.png", "image/png", 200, "Why?")
    assert done.data["estimated_input_cost_usd"] > 0
    there = vextract("ask", "a.png", "Why?", *gpt(server), "--show-request")
    assert there.data["turns"] == done.data["turns"]
    assert server.requests == []
    assert not Path("out.txt").exists()
    assert not list(Path().glob("**/egress*"))


def test_what_a_video_costs_is_not_known() -> None:
    """Tokens of a video that is sent as a file are null before it is sent, and so is what it costs."""
    walk = str(Path(__file__).parents[2] / "samples" / "walk.mp4")
    done = vextract("ask", walk, "Where?", "-m", "google_genai:gemini-2.5-flash", "--show-request")
    assert done.data["turns"][0]["parts"][1]["type"] == "video/mp4"
    assert done.data["estimated_input_tokens"]["text"] > 0
    assert (done.data["estimated_input_tokens"]["pictures"], done.data["estimated_input_cost_usd"]) == (None, None)


def test_options_reach_the_request(server: Server) -> None:
    """Sampling flags and -O arrive at the server as the names that it knows."""
    sampling = ("--temperature", "1.5", "--max-tokens", "99", "--seed", "7", "-O", "top_p=0.5", "-O", "user=me")
    vextract("ask", "a.png", "q?", *gpt(server), *sampling)
    body = server.requests[0].body
    told = {key: body[key] for key in ("temperature", "max_tokens", "seed", "top_p", "user")}
    assert told == {"temperature": 1.5, "max_tokens": 99, "seed": 7, "top_p": 0.5, "user": "me"}


def test_an_option_that_there_is_not(server: Server) -> None:
    """An option that the client does not take is a usage error that names it."""
    done = vextract("ask", "a.png", "q?", *gpt(server), "-O", "nonsense=1")
    assert done.code == 2
    assert "nonsense" in done.err


def test_ones_own_prompt(server: Server) -> None:
    """--prompt-file is asked instead, with the question in its place; the record names the prompt by its content."""
    Path("mine.txt").write_text("In one word, for $5: $question", "utf-8")
    done = vextract("ask", "a.png", "why?", *gpt(server), "--prompt-file", "mine.txt", "-f", "json")
    assert texts(server.requests[0]).endswith("In one word, for $5: why?")
    assert done.data["requests"][0]["prompt"].startswith("file/")


def test_answers_of_a_schema() -> None:
    """With -s standard output has data of that shape, also in CSV; what does not validate is exit 8, asked for twice."""
    with Server('{"vendor": "X", "total": 2.5}') as server:
        assert vextract("ask", "a.png", "q?", *gpt(server), "-s", "vendor, total float").data == {
            "vendor": "X",
            "total": 2.5,
        }
        rows = vextract("ask", "a.png", "q?", *gpt(server), "-s", "vendor, total float", "-f", "csv").out.decode()
        assert [*csv.DictReader(io.StringIO(rows))] == [
            {"source": "a.png", "status": "ok", "vendor": "X", "total": "2.5"}
        ]
        record = vextract("ask", "a.png", "q?", *gpt(server), "-s", "vendor, total float", "-f", "json").data
        assert (record["schema"], record["status"]) == ("Fields", "ok")
        server.requests.clear()
        wrong = vextract("ask", "a.png", "q?", *gpt(server), "-s", "vendor, date date", "-f", "json")
        assert (wrong.code, wrong.data["status"], len(server.requests)) == (8, "partial", 2)


def test_steps_are_told_on_stderr() -> None:
    """--reason shows the steps on stderr, made harmless, and the answer alone on standard output."""
    with Server(json.dumps({"steps": ["I see\x1b[2J a cat", "so"], "answer": "A cat."})) as server:
        done = vextract("ask", "a.png", "q?", *gpt(server), "--reason")
    assert done.out == b"A cat.\n"
    assert done.err == "I see\ufffd[2J a cat\nso\n"


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "csv", "md", "table"])
def test_an_album(form: str) -> None:
    """--album marks what no picture shows, in every format; that is told, and is no failure."""
    with Server(json.dumps(ALBUM)) as server:
        done = vextract("ask", "a.png", "trip/a.png", "tour", *gpt(server), "--album", "-f", form)
    assert done.code == 0
    assert "the claim 'A ghost.': no document shows it" in done.err
    assert "the place 'Rome': no document shows it" in done.err
    assert b"A boat. [1, 2] A ghost. [no picture]" in done.out.replace(b"\\", b"")
    if form in {"json", "jsonl"}:
        assert done.data["data"]["claims"][0]["documents"] == ["a.png", "trip/a.png"]


def test_a_chat_from_a_pipe(server: Server) -> None:
    """Each line is a question that follows upon the answers before; empty lines and broken bytes are no end; pictures go once."""
    done = vextract("ask", "a.png", "One?", *gpt(server), "--chat", stdin=b"Two \xff?\n\n  \nThree?")
    assert (done.code, done.out) == (0, CAT.encode() * 3)
    last = server.requests[2].body["messages"]
    assert [message["role"] for message in last[1:]] == ["user", "assistant"] * 2 + ["user"]
    assert [m["content"] for m in last[2:]] == [CAT, "Two \ufffd?", CAT, "Three?"]
    assert sum(part["type"] == "image_url" for part in last[1]["content"]) == 1


def test_a_chat_without_a_first_question(server: Server) -> None:
    """Where all arguments are sources the questions come from standard input; one array of JSON has all records."""
    done = vextract("ask", "a.png", "broken.png", *gpt(server), "--chat", "-f", "json", stdin=b"One?\nTwo?\n")
    assert [record["data"]["text"] for record in done.data] == [CAT, CAT]
    assert done.err.count("broken.png") == 1, "what is wrong with a source is told once"
    assert done.code == 9


def test_files(server: Server) -> None:
    """-o takes a file, by whose name the format goes, and a folder; what exists is kept, and the input is never written over."""
    assert vextract("ask", "a.png", "b.png", "q?", *gpt(server), "-o", "out.json").code == 0
    assert json.loads(Path("out.json").read_bytes())["source"] == "a.png, b.png"
    assert vextract("ask", "a.png", "b.png", "q?", *gpt(server), "-o", "out/").out == b""
    assert Path("out/a.txt").read_text("utf-8") == CAT
    sent = len(server.requests)
    kept = vextract("ask", "a.png", "b.png", "q?", *gpt(server), "-o", "out/")
    assert (kept.code, "--force" in kept.err) == (0, True)
    assert vextract("ask", "a.png", "q?", *gpt(server), "-o", "out.json").code == 2
    before = Path("b.png").read_bytes()
    assert vextract("ask", "a.png", "b.png", "q?", *gpt(server), "-o", "b.png", "--force").code == 3
    assert Path("b.png").read_bytes() == before
    assert len(server.requests) == sent, "whatever cannot be written is not asked"


def test_recorded_answers(server: Server) -> None:
    """With --record and then -m replay:DIR the same command writes the same bytes, without key and server; others are not known."""
    first = vextract("ask", "a.png", "Why?", *gpt(server), "--record", "kept")
    again = vextract("ask", "a.png", "Why?", "-m", "replay:kept")
    assert (again.code, again.out, len(server.requests)) == (0, first.out, 1)
    other = vextract("ask", "a.png", "Who?", "-m", "replay:kept")
    assert (other.code, other.out) == (7, b"")


def test_settings(server: Server) -> None:
    """Aliases, options, prices and profiles of vextract.toml count, and flags go before them."""
    Path("vextract.toml").write_text(
        f'model = "fast"\nbase_url = "{server.url}/v1"\n'
        '[aliases]\nfast = "openai:own"\nother = "openai:gpt-4o"\n[options]\ntop_p = 0.5\nuser = "file"\n'
        '[prices."openai:own"]\ninput = 1000.0\ncached = 0.0\noutput = 0.0\n[profiles."openai:own"]\ntemperature = 0.75\n',
        "utf-8",
    )
    done = vextract("ask", "a.png", "q?", "-O", "user=flag", "-f", "json")
    body = server.requests[0].body
    assert (body["model"], body["top_p"], body["user"], body["temperature"]) == ("own", 0.5, "flag", 0.75)
    assert done.data["usage"]["cost_usd"] == pytest.approx(0.17)
    vextract("ask", "a.png", "q?", "-m", "other")
    assert server.requests[1].body["model"] == "gpt-4o"


def on_terminal(*arguments: str) -> tuple[int, str, str]:
    """Runs `vextract ask` with standard output on a terminal: its exit code, what is shown there, and stderr."""
    main, other = pty.openpty()
    command = [sys.executable, "-m", "vextract", "ask", *arguments]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=other, stderr=subprocess.PIPE) as process:
        os.close(other)
        shown = b""
        try:
            while data := os.read(main, 1000):
                shown += data
        except OSError:
            pass  # that is how a terminal ends
        code = process.wait(200)
        assert process.stderr is not None
        told = process.stderr.read().decode()
    os.close(main)
    return code, shown.decode(), told


def test_on_a_terminal(server: Server) -> None:
    """On a terminal the answer comes in pieces, ended by a newline, and can do nothing to the terminal but print."""
    server.reply = "A \x1b]0;title\x07cat\nsits"
    code, shown, told = on_terminal("a.png", "q?", *gpt(server))
    assert (code, shown, told) == (0, "A \ufffd]0;title\ufffdcat\r\nsits\r\n", "")
    assert server.requests[0].streams


def test_an_answer_that_broke_off_on_a_terminal() -> None:
    """Where an answer broke off and came again as a whole, that is said, and it is shown as a whole on a line of its own."""
    seed = next(seed for seed in range(1000) if _falls_once(seed))
    with Server(CAT, share=0.5, faults=("cut",), seed=seed) as server:
        code, shown, told = on_terminal("a.png", "q?", *gpt(server), "--retries", "1")
    assert (code, len(server.requests)) == (0, 2)
    assert shown.endswith("\r\nA cat sits on a mat.\r\n")
    assert shown.startswith("A cat")
    assert "the answer began anew" in told


def _falls_once(seed: int) -> bool:
    """Whether the emulator's dice have the first of two requests fail."""
    dice = random.Random(seed)
    first = dice.random()
    dice.choice(["cut"])
    return first < 0.5 <= dice.random()
