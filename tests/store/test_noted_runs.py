"""Runs in the store: how they stand, what became of their items, what they have spent."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vextract.requests import Response
from vextract.store import Store
from vextract.store.answers import Spend
from vextract.store.runs import Item
from vextract.types import Usage


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store."""
    opened = Store(tmp_path / "store.sqlite")
    yield opened
    opened.close()


def test_a_run_goes_on_with_its_file(store: Store) -> None:
    """The same work into the same file is the same run, with the command of its last session; other work or another is not."""
    first = store.runs.begin(["ocr", "a"], "/x/out.jsonl", "work")
    store.runs.end(first, "budget")
    assert store.runs.begin(["ocr", "a", "--resume"], "/x/out.jsonl", "work") == first
    run = store.runs.get(first)
    assert run
    assert (run.command, run.state, run.ended, run.standing) == (("ocr", "a", "--resume"), "running", None, "running")
    others = [
        store.runs.begin(["ocr"], output, work)
        for output, work in (("/x/out.jsonl", "other"), ("/x/b.jsonl", "work"), (None, "work"), (None, "work"))
    ]
    assert len({first, *others}) == 5
    found = store.runs.last_of("/x/out.jsonl")
    assert found
    assert found.id == others[0]
    store.runs.forget_output("/x/out.jsonl")
    assert store.runs.last_of("/x/out.jsonl") is None
    assert store.runs.begin(["ocr"], "/x/out.jsonl", "work") not in {first, *others}


def test_the_last_run_is_the_one_that_ran_last(store: Store) -> None:
    """Runs are listed by their last sessions."""
    first = store.runs.begin(["ocr"], "/a", "work")
    second = store.runs.begin(["ocr"], "/b", "work")
    assert [run.id for run in store.runs.all()] == [second, first]
    store.runs.begin(["ocr"], "/a", "work")
    assert [run.id for run in store.runs.all()] == [first, second]


def test_names_that_are_not_utf_8(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Command, folder and file come back as they were, whatever their bytes; sources are shown with escapes."""
    odd = os.fsdecode(b"\xff\xfe")
    folder = tmp_path / odd
    folder.mkdir()
    monkeypatch.chdir(folder)
    number = store.runs.begin(["ocr", odd], f"{folder}/{odd}.jsonl", "work")
    store.runs.note(number, [Item(odd, 1, "failed", 1, "input", f"no such file: {odd}")])
    run = store.runs.get(number)
    assert run
    assert (run.command, run.folder, run.output) == (("ocr", odd), str(folder), f"{folder}/{odd}.jsonl")
    assert store.runs.last_of(f"{folder}/{odd}.jsonl") == run
    assert store.runs.begin(["ocr", odd], f"{folder}/{odd}.jsonl", "work") == number
    assert store.runs.failures(number)[0].source == r"\udcff\udcfe"


def test_items(store: Store) -> None:
    """An item noted once more has one attempt more and its last state; what is only found leaves known items as they are."""
    run = store.runs.begin(["ocr"], "/x", "work")
    store.runs.note(run, [Item("a", 1, "failed", 1, "input", "gone"), Item("a", 2, "ok"), Item("b", 1, "partial")])
    store.runs.note(run, [Item("a", 1, "failed", 1, "timeout", "slow"), Item("b", 1, "ok")])
    store.runs.note_found(run, [Item("a", 1, "ok"), Item("c", 1, "ok")])
    assert store.runs.states(run) == {"failed": 1, "ok": 3}
    assert store.runs.failures(run) == [Item("a", 1, "failed", 2, "timeout", "slow")]
    assert store.runs.states(run + 1) == {}


def test_what_is_spent(store: Store) -> None:
    """Sums are of what is known, and say how many answers did not tell; with one of those, the whole is not known."""
    run = store.runs.begin(["ocr"], "/x", "work")
    assert store.runs.spent(run).usage == Usage()
    for usage in (Usage(10, 5, cost_usd=0.25), Usage(20, 5, cost_usd=0.5)):
        store.answers.put(None, Response("", "stop"), Spend(run, "m", "ocr", usage))
    assert store.runs.spent(run).usage == Usage(30, 10, cost_usd=0.75)
    store.answers.put(None, Response("", "stop"), Spend(run, "m", "ocr", Usage(7, None)))
    store.answers.put(None, Response("", "stop"), Spend(run + 1, "m", "ocr", Usage(1, 1, cost_usd=9.0)))
    spent = store.runs.spent(run)
    assert (spent.answers, spent.unpriced, spent.uncounted) == (3, 1, 1)
    assert (spent.known.cost_usd, spent.usage) == (0.75, Usage())


_BEGIN = """
import sys
from vextract.store import Store
store = Store(sys.argv[1])
store.runs.begin(["ocr"], "/x", "work")
print("begun", flush=True)
sys.stdin.read()
"""


def test_a_run_whose_process_is_gone_was_killed(store: Store) -> None:
    """While its process lives, dead or not yet waited for, the run stands as it does; then it is killed; noted ends stay."""
    command = [sys.executable, "-c", _BEGIN, str(store.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stdout.readline() == b"begun\n"
        [run] = store.runs.all()
        assert (run.pid, run.standing, run.alive) == (running.pid, "running", True)
        running.kill()
        os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and its number is still taken
        assert (run.standing, run.alive) == ("killed", False)
    assert run.standing == "killed"
    store.runs.end(run.id, "interrupted")
    assert [run.standing for run in store.runs.all()] == ["interrupted"]


def test_another_process_of_the_same_number(store: Store) -> None:
    """A process that has come to the number of the run's own is not taken for it."""
    import sqlite3

    run = store.runs.begin(["ocr"], "/x", "work")
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE runs SET process = 'an earlier one'")
    connection.close()
    [found] = store.runs.all()
    assert (found.id, found.pid, found.standing) == (run, os.getpid(), "killed")


def test_the_pace_of_a_server(store: Store) -> None:
    """What was learned of a server is known again; its address, in which a key may be, does not stand in the file."""
    store.runs.note_pace("openai:x http://h/v1?api_key=hush-0815", 5.0)
    store.runs.note_pace("openai:x http://h/v1?api_key=hush-0815", 7.5)
    assert store.runs.pace("openai:x http://h/v1?api_key=hush-0815") == 7.5
    assert store.runs.pace("openai:x http://other/v1") is None
    store.close()
    assert b"hush" not in b"".join(path.read_bytes() for path in store.path.parent.glob("store.sqlite*"))
