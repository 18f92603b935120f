"""Going on with a file of records, and what else belongs to large batches, as a user runs it against a server on this machine."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from tests.drawing import SAMPLES
from tests.models.emulator import Received
from tests.models.protocols import Said
from tests.running import KEY, Done, gpt, vextract
from tests.scripting import Reply, Scripted, draw_pages, pages_in

NAMES = [f"{number:04}.png" for number in range(6)]
OUT = Path("out.jsonl")


class Server(Scripted):
    """Says the number of the picture that it is shown; fails for those of `bad`.

    Attributes:
        bad: numbers of pictures that are answered with an error.
    """

    bad: frozenset[int] = frozenset()

    def __enter__(self) -> Self:
        self.script = self._answered
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._socket.close()

    def _answered(self, received: Received) -> Said | Reply:
        [number] = pages_in(received)
        return Reply(400) if number in self.bad else Said(f"This is number {number}.")

    @property
    def asked(self) -> list[int]:
        """The numbers of the pictures that it was asked about since it was last looked at."""
        numbers = [number for received in self.requests for number in pages_in(received)]
        self.requests.clear()
        return sorted(numbers)


@pytest.fixture(autouse=True)
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pictures, a key, and a store that is used."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("VEXTRACT_CACHE")
    for number, name in enumerate(NAMES):
        draw_pages(workdir / name, number)
    return workdir


@pytest.fixture
def server() -> Iterator[Server]:
    """A server."""
    with Server() as emulator:
        yield emulator


def caption(server: Server, *arguments: object, names: list[str] = NAMES, out: object = OUT) -> Done:
    """Captions of pictures into a file."""
    return vextract("caption", *names, *gpt(server), "-j", "2", "-o", out, *arguments)


def records(path: Path = OUT) -> list[dict[str, Any]]:
    """The records of a file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def sources(path: Path = OUT) -> list[str]:
    """Whose records they are."""
    return [record["source"] for record in records(path)]


def runs() -> list[dict[str, Any]]:
    """The runs as the store knows them, the last one first."""
    found: list[dict[str, Any]] = vextract("runs", "list", "-f", "json").data
    return found


def test_on_no_file_and_on_a_finished_one(server: Server) -> None:
    """--resume on no file is a run like any other; on a finished file it asks nothing and changes nothing. Both end with 0."""
    done = caption(server, "--resume")
    assert (done.code, sources(), server.asked) == (0, NAMES, [0, 1, 2, 3, 4, 5])
    before = OUT.read_bytes()
    done = caption(server, "--resume")
    assert (done.code, OUT.read_bytes(), server.asked) == (0, before, [])
    assert "6 kept" in done.err
    [run] = runs()
    assert (run["state"], run["ok"], run["spent"]["answers"]) == ("done", 6, 6)


def test_a_torn_file_is_gone_on_with(server: Server) -> None:
    """What has a whole line stays as it is, byte by byte; the rest is done, what was torn too, and answers are not paid twice."""
    caption(server)
    whole = OUT.read_bytes()
    lines = whole.splitlines(keepends=True)
    OUT.write_bytes(b"".join(lines[:2]) + lines[2][:-1])
    server.requests.clear()
    assert caption(server, "--resume").code == 0
    assert OUT.read_bytes().startswith(b"".join(lines[:2]))
    assert sources() == NAMES
    assert server.asked == []
    assert [record["requests"][0]["stored"] for record in records()] == [False] * 2 + [True] * 4
    OUT.write_bytes(b"".join(lines[:2]))
    assert caption(server, "--resume", "--no-cache").code == 0
    assert (sources(), server.asked) == (NAMES, [2, 3, 4, 5])


def test_without_resume_the_file_is_in_the_way(server: Server) -> None:
    """A file that is there is neither replaced nor gone on with unasked; --force begins it anew, but not beside --resume."""
    caption(server)
    before = OUT.read_bytes()
    done = caption(server)
    assert (done.code, OUT.read_bytes()) == (2, before)
    assert "--resume" in done.err
    done = caption(server, "--resume", "--force")
    assert (done.code, OUT.read_bytes()) == (2, before)
    assert caption(server, "--force", names=NAMES[:1]).code == 0
    assert sources() == NAMES[:1]


def test_kill_9_in_the_middle(server: Server) -> None:
    """A run that is killed is known as such; it goes on, each input has one record, and next to nothing was paid twice."""
    count = 24
    for number in range(count):
        draw_pages(Path(f"{number:04}.png"), number)
    server.delay_s = 0.3
    command = [sys.executable, "-m", "vextract", "caption", "--from-file", "names.txt", *gpt(server)]
    command += ["-j", "2", "-o", str(OUT), "-q"]
    Path("names.txt").write_text("".join(f"{number:04}.png\n" for number in range(count)), "utf-8")
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE) as running:
        while not OUT.exists() or OUT.read_bytes().count(b"\n") < 5:
            assert running.poll() is None
            time.sleep(0.005)
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate(timeout=60)
    [run] = runs()
    assert (run["state"], run["output"]) == ("killed", os.path.abspath(OUT))
    assert OUT.read_bytes().count(b"\n") < count
    server.delay_s = 0
    done = vextract("runs", "show", "last")
    assert "killed" in done.out.decode()
    again = vextract(*command[3:], "--resume")
    assert again.code == 0
    assert sources() == [f"{number:04}.png" for number in range(count)]
    assert [record["data"]["text"] for record in records()] == [f"This is number {n}." for n in range(count)]
    # Answers on their way when it was killed: no more than were asked at once.
    assert sum(Counter(server.asked).values()) <= count + 2
    [run] = runs()
    assert (run["run"], run["state"], run["ok"]) == (1, "done", count)


def test_records_of_something_else(server: Server) -> None:
    """A file of another task or schema is not gone on with: exit 3, nothing asked, the file as it was."""
    names = [str(SAMPLES / "letter.pdf")] * 2
    flags = ("--fast", "--ocr", "never", "-o", OUT)
    assert vextract("extract", *names, "-s", "receipt", *flags).code in {0, 8, 9}
    before = OUT.read_bytes()
    done = vextract("extract", *names, "-s", "invoice", *flags, "--resume")
    assert done.code == 3
    assert "has records of `extract` by the schema 'Receipt', not of `extract` by the schema 'Invoice'" in done.err
    done = caption(server, "--resume")
    assert (done.code, OUT.read_bytes(), server.asked) == (3, before, [])
    assert "not of `caption`" in done.err


def test_another_model_is_said(server: Server) -> None:
    """The same task by another model goes on, and says that the file has records of both."""
    caption(server, names=NAMES[:2])
    done = caption(server, "-m", "openai:gpt-4o-mini", "--resume")
    assert done.code == 0
    assert "it will have records of both" in done.err
    assert [record["model"] for record in records()] == ["openai:gpt-4o"] * 2 + ["openai:gpt-4o-mini"] * 4
    assert [run["ok"] for run in runs()] == [6, 2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "-o", "out.jsonl"], "cannot be gone on with"),
        (["-f", "csv", "-o", "out.csv"], "-f csv cannot be gone on with"),
        (["-f", "json", "-o", "out.json"], "-f json cannot be gone on with"),
        (["-f", "jsonl"], "standard output cannot be gone on with"),
        (["-f", "jsonl", "-o", "-"], "standard output cannot be gone on with"),
    ],
)
@pytest.mark.parametrize("flag", ["--resume", "--retry-failed"])
def test_what_cannot_be_gone_on_with(server: Server, arguments: list[str], words: str, flag: str) -> None:
    """Only records can: exit 2 with a hint, before anything is asked or written."""
    before = sorted(os.listdir())
    done = vextract("caption", *NAMES, *gpt(server), *arguments, flag)
    assert (done.code, done.out, server.asked, sorted(os.listdir())) == (2, b"", [], before)
    assert words in done.err
    assert "hint: " in done.err


def test_retry_failed(server: Server) -> None:
    """What failed stays failed with --resume (exit 9), and is asked once more with --retry-failed, it alone (exit 0)."""
    server.bad = frozenset({1, 4})
    assert caption(server).code == 9
    assert [record["status"] for record in records()] == ["ok", "failed", "ok", "ok", "failed", "ok"]
    server.bad = frozenset({4})
    server.requests.clear()
    done = caption(server, "--resume")
    assert (done.code, server.asked) == (9, [])
    assert "2 of an earlier session not ok (--retry-failed)" in done.err
    assert (caption(server, "--retry-failed").code, server.asked) == (9, [1, 4])
    server.bad = frozenset()
    assert (caption(server, "--retry-failed").code, server.asked) == (0, [4])
    assert sorted(sources()) == NAMES
    assert {record["status"] for record in records()} == {"ok"}
    [run] = runs()
    assert (run["ok"], run["failed"]) == (6, 0)


def test_an_answer_that_was_no_good_is_asked_for_once_more(server: Server) -> None:
    """--retry-failed does not take the kept answer that did not fit; --resume beside it keeps all others."""
    wrong, right = Said('{"total": "none"}'), Said('{"total": 3}')
    server.script = lambda _: wrong
    command = ("extract", *NAMES[:2], "-s", "total int", "--no-ground", "--repairs", "0", *gpt(server), "-o", OUT)
    assert vextract(*command).code == 8
    server.script = lambda _: right
    server.requests.clear()
    assert vextract(*command, "--resume").code == 9
    assert server.asked == []
    assert vextract(*command, "--retry-failed").code == 0
    assert [record["data"] for record in records()] == [{"total": 3}] * 2


def test_into_a_folder(server: Server) -> None:
    """A file for each input: those that are there are kept; --retry-failed replaces failed records, where they tell that."""
    server.bad = frozenset({2})
    assert caption(server, "-f", "json", names=NAMES[:4], out="out/").code in {7, 9}
    assert sorted(os.listdir("out")) == ["0000.json", "0001.json", "0002.json", "0003.json"]
    kept = Path("out/0000.json").read_bytes()
    server.requests.clear()
    server.bad = frozenset()
    assert (caption(server, "-f", "json", "--resume", out="out/").code, server.asked) == (0, [4, 5])
    assert (caption(server, "-f", "json", "--retry-failed", out="out/").code, server.asked) == (0, [2])
    assert {json.loads(path.read_bytes())["status"] for path in Path("out").iterdir()} == {"ok"}
    assert Path("out/0000.json").read_bytes() == kept
    assert (caption(server, "-f", "json", "--retry-failed", out="new/").code, server.asked) == (0, []), "all is kept"
    done = caption(server, "-f", "text", "--retry-failed", out="out/")
    assert (done.code, server.asked) == (2, [])
    assert "-f text does not tell what failed" in done.err


@pytest.mark.parametrize("flag", ["--resume", "--retry-failed"])
def test_a_pipe_is_not_gone_on_with(server: Server, flag: str) -> None:
    """What has no records to tell what is done is refused, as standard output is: 2, nothing asked."""
    done = caption(server, flag, "-f", "jsonl", out="/dev/null")
    assert (done.code, server.asked) == (2, [])
    assert "'/dev/null' cannot be gone on with" in done.err


def test_an_input_is_never_begun_anew(server: Server) -> None:
    """--force does not empty a picture that is read by the same run, wherever among the inputs it comes: 3, nothing asked."""
    picture = Path(NAMES[-1]).read_bytes()
    done = caption(server, "--force", "-f", "jsonl", out=NAMES[-1])
    assert (done.code, server.asked) == (3, [])
    assert "is the input itself" in done.err
    assert Path(NAMES[-1]).read_bytes() == picture


def test_names_that_come_twice(server: Server) -> None:
    """An input that is named twice has two records, and is paid for once; after a cut the missing one is done."""
    names = [NAMES[0], NAMES[1], NAMES[0], NAMES[0]]
    assert caption(server, names=names).code == 0
    assert (sources(), server.asked) == (names, [0, 1])
    lines = OUT.read_bytes().splitlines(keepends=True)
    OUT.write_bytes(b"".join(lines[:3]))
    assert caption(server, "--resume", names=names).code == 0
    assert caption(server, "--resume", names=names).code == 0
    assert Counter(sources()) == Counter(names)
    [run] = runs()
    assert run["ok"] == 4


def test_unordered(server: Server) -> None:
    """--unordered writes the same records, each as it comes."""
    assert caption(server).code == 0
    assert caption(server, "--unordered", out="mixed.jsonl").code == 0
    ordered, mixed = records(), records(Path("mixed.jsonl"))
    assert sources() == NAMES
    assert {r["source"]: r["data"] for r in ordered} == {r["source"]: r["data"] for r in mixed}
    assert len(mixed) == len(ordered)


def test_parts_are_the_whole(server: Server) -> None:
    """--shard 1/2 and 2/2 together are all inputs, each once; what is no part is refused."""
    parts = []
    for part in ("1/2", "2/2"):
        assert caption(server, "--shard", part, out=f"{part[0]}.jsonl").code == 0
        parts += sources(Path(f"{part[0]}.jsonl"))
    assert (sorted(parts), server.asked) == (NAMES, [0, 1, 2, 3, 4, 5])
    done = caption(server, "--shard", "3/2", out="3.jsonl")
    assert (done.code, Path("3.jsonl").exists()) == (2, False)


@pytest.mark.parametrize("out", ["out/", "out/{n}.json"])
def test_parts_never_take_each_others_files(server: Server, out: str) -> None:
    """Files of a part are named as those of the whole run are: pictures of one stem in different parts keep a file each."""
    names = [*NAMES, *(shutil.copy(name, f"{Path(name).stem}.jpg") for name in NAMES)]
    told = [
        caption(server, "-f", "json", "--progress", "json", "--shard", f"{n}/2", names=names, out=out) for n in (1, 2)
    ]
    assert [done.code for done in told] == [0, 0]
    found = {path.name: json.loads(path.read_bytes())["source"] for path in Path("out").iterdir()}
    assert sorted(found.values()) == sorted(names)
    whole = caption(server, "-f", "json", names=names, out=out.replace("out", "whole"))
    assert whole.code == 0
    assert found == {path.name: json.loads(path.read_bytes())["source"] for path in Path("whole").iterdir()}
    lines = [line for done in told for line in done.err.splitlines() if line.startswith("{")]
    assert sum(json.loads(line)["total"] for line in lines if '"over":true' in line) == len(names)


def test_progress_for_machines(server: Server) -> None:
    """--progress json writes nothing but lines of JSON between what people read; the last says that it is over, and adds up."""
    server.bad = frozenset({3})
    Path("broken.png").write_bytes(b"no picture")
    done = caption(server, "--progress", "json", names=[*NAMES, "broken.png"])
    assert done.code == 9
    lines = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    assert [line["over"] for line in lines] == [False] * (len(lines) - 1) + [True]
    last = lines[-1]
    assert (last["ok"], last["partial"], last["failed"], last["kept"], last["total"]) == (5, 0, 2, 0, 7)
    assert (last["answers"], last["stored_answers"]) == (5, 0)
    assert last["failures"] == {"input": 1, "bad-request": 1}
    assert last["cost_usd"] > 0
    done = caption(server, "--progress", "json", names=NAMES[:3], out="again.jsonl")
    last = json.loads(next(line for line in reversed(done.err.splitlines()) if line.startswith("{")))
    assert (last["answers"], last["stored_answers"], last["cost_usd"]) == (0, 3, 0)
    assert caption(server, "--progress", "loud", out="x.jsonl").code == 2


def test_kept_answers(server: Server) -> None:
    """What was answered is not asked again; --refresh asks and keeps the new answer, --no-cache asks and keeps nothing."""
    name = NAMES[2:3]
    for arguments, asked in (
        ([], [2]),
        ([], []),
        (["--refresh"], [2]),
        (["--no-cache"], [2]),
        ([], []),
        (["--store", "other.sqlite"], [2]),
        (["--store", "other.sqlite"], []),
        (["--seed", "7"], [2]),
        (["--seed", "7"], []),
    ):
        done = caption(server, *arguments, "-f", "json", names=name, out="-")
        assert (done.code, server.asked) == (0, asked), arguments
        assert [request["stored"] for request in done.data["requests"]] == [not asked]
    assert vextract("cache", "stats", "-f", "json").data["answers"] == 2
    done = caption(server, "--refresh", "--no-cache", names=name)
    assert (done.code, server.asked) == (2, [])


def test_a_changed_picture_is_asked_about_again(server: Server) -> None:
    """An answer belongs to the picture, not to its name: under another name it is found, and another picture is asked about."""
    caption(server, names=NAMES[:1], out="-")
    Path(NAMES[0]).rename("renamed.png")
    draw_pages(Path(NAMES[0]), 77)
    server.requests.clear()
    done = caption(server, names=["renamed.png", NAMES[0]], out="-")
    assert (done.code, server.asked) == (0, [77])


def test_a_limit(server: Server) -> None:
    """A run that has used up what it may ends with 10 and a hint; it goes on with more, and is one run for both."""
    done = caption(server, "--max-tokens-total", "40", "--concurrency", "1")
    assert done.code == 10
    assert "--max-tokens-total" in done.err
    # Which one was asked about first, nobody says; what comes behind one that was not is not written yet.
    written = sources() if Path("out.jsonl").exists() else []
    assert len(written) < len(NAMES)
    assert written == NAMES[: len(written)]
    [run] = runs()
    assert (run["state"], run["ok"]) == ("budget", len(written))
    assert caption(server, "--max-tokens-total", "40", "--resume").code == 10
    assert caption(server, "--max-tokens-total", "100000", "--resume").code == 0
    assert sources() == NAMES
    assert sorted(server.asked) == [0, 1, 2, 3, 4, 5]
    [run] = runs()
    assert (run["state"], run["ok"], run["spent"]["answers"]) == ("done", 6, 6)
