"""Runs that are stopped: by signals, by a server that is gone, by a store that cannot be written."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.killing import draw_pictures
from tests.models.emulator import Emulator
from tests.running import KEY, vextract

# What takes longer will not come.
PATIENCE_S = 100


@pytest.fixture
def pictures(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Some pictures, a key, and a store that is used."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("VEXTRACT_CACHE", "use")
    return draw_pictures(workdir / "in", 60)


def command(url: str, *more: str) -> list[str]:
    """Captions the pictures."""
    flags = ["-o", "out.jsonl", "-m", "openai:gpt-4o", "--base-url", f"{url}/v1", "--store", "store.sqlite", "-j", "1"]
    return ["caption", "in/", *flags, "--retries", "0", "--concurrency", "6", *more]


def started(url: str, **environment: str) -> subprocess.Popen[bytes]:
    """The same as a process of its own."""
    argv = [sys.executable, "-m", "vextract", *command(url)]
    return subprocess.Popen(argv, env={**os.environ, **environment}, stderr=subprocess.PIPE)


def until(true: Callable[[], bool]) -> None:
    """Waits until it is so."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.005)


def kept() -> int:
    """How many answers are in the store."""
    connection = sqlite3.connect("store.sqlite")
    try:
        return int(connection.execute("SELECT count(*) FROM answers").fetchone()[0])
    finally:
        connection.close()


def sources() -> list[str]:
    """Of the records in the file."""
    return [json.loads(line)["source"] for line in Path("out.jsonl").read_bytes().splitlines()]


@pytest.mark.usefixtures("pictures")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_answers_under_way_are_waited_for(ending: signal.Signals, pictures: list[str]) -> None:
    """After a signal nothing more is sent, what is under way is kept, the exit code is 130, and the run can go on."""
    with Emulator("a colour", delay_s=0.3) as emulator:
        process = started(emulator.url, VEXTRACT_DRAIN_S=str(PATIENCE_S))
        until(lambda: len(emulator.requests) >= 12)
        process.send_signal(ending)
        _, told = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130, told
        assert kept() == len(emulator.requests) < len(pictures)
        assert vextract(*command(emulator.url, "--resume")).code == 0
        assert len(emulator.requests) == len(pictures)
    assert sources() == [f"in/{Path(name).name}" for name in pictures]


@pytest.mark.usefixtures("pictures")
def test_a_second_signal_ends_the_waiting() -> None:
    """Answers that do not come are waited for until the second Ctrl-C."""
    with Emulator("a colour", fault="hang") as emulator:
        process = started(emulator.url, VEXTRACT_DRAIN_S="3600")
        until(lambda: len(emulator.requests) >= 1)
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert not Path("out.jsonl").exists(), "nothing was finished"


def test_a_server_that_is_gone_ends_the_run(pictures: list[str]) -> None:
    """A run whose server is lost ends with the code of its failure instead of failing every input, and goes on when it is back."""
    with Emulator("a colour", fault="close") as emulator:
        done = vextract(*command(emulator.url))
        assert done.code == 7
        assert len(emulator.requests) < len(pictures)
    with Emulator("a colour") as emulator:
        assert vextract(*command(emulator.url, "--retry-failed")).code == 0
        assert len(emulator.requests) == len(pictures)
    assert sorted(sources()) == [f"in/{Path(name).name}" for name in pictures]


@pytest.mark.usefixtures("pictures")
def test_a_refused_key_ends_the_run() -> None:
    """A key that is not accepted is not tried on every input."""
    with Emulator("a colour", fault="401") as emulator:
        done = vextract(*command(emulator.url))
        assert done.code == 6
        assert len(emulator.requests) < 40
    assert KEY not in done.err


@pytest.mark.usefixtures("pictures")
def test_a_store_that_cannot_be_written_ends_the_run() -> None:
    """Answers that cannot be kept are not paid for: the run stops, and what was answered is in its file."""
    with Emulator("a colour", delay_s=0.01) as emulator:
        argv = [sys.executable, "-m", "vextract", *command(emulator.url)]
        # SQLite's file may grow to 120 kB: less than the answers take.
        limited = ["bash", "-c", 'ulimit -f 120; trap "" XFSZ; exec "$@"', "-", *argv]
        done = subprocess.run(
            limited,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
        )
        requests = len(emulator.requests)
    assert done.returncode in (0, 3), done.stderr
    assert (done.returncode == 0) == (requests == 60)
    assert len(set(sources())) == len(sources())


@pytest.mark.usefixtures("pictures")
def test_a_ledger_that_cannot_be_written_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be noted is not sent, and the run ends with 3 instead of failing every input: --resume goes on."""
    full = Path("full").absolute()
    full.write_bytes(b"")
    with Emulator("a colour") as emulator:
        with monkeypatch.context() as here:
            here.setenv("XDG_STATE_HOME", str(full))
            done = vextract(*command(emulator.url))
        assert (done.code, len(emulator.requests)) == (3, 0)
        assert "what leaves: " in done.err
        assert not Path("out.jsonl").exists(), "nothing was finished"
        assert vextract(*command(emulator.url, "--resume")).code == 0
        assert len(emulator.requests) == 60


@pytest.mark.usefixtures("pictures")
def test_a_reader_that_stops_ends_the_run() -> None:
    """Records that nobody reads any more are not asked for: 141, no word, and the run is known as interrupted."""
    with Emulator("a colour", delay_s=0.02) as emulator:
        flags = [flag for flag in command(emulator.url) if flag not in {"-o", "out.jsonl"}]
        argv = [sys.executable, "-m", "vextract", *flags, "-f", "jsonl"]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline()
            process.stdout.close()
            told = process.stderr.read()
            assert process.wait(timeout=PATIENCE_S) == 141, told
    assert told == b""
    assert vextract("runs", "list", "--store", "store.sqlite", "-f", "json").data[0]["state"] == "interrupted"


@pytest.mark.usefixtures("pictures")
def test_a_run_that_cannot_begin_leaves_no_file() -> None:
    """A store that cannot be used, found out when the file is there, leaves none in the way of the next try."""
    argv = [sys.executable, "-m", "vextract", *command("http://127.0.0.1:9"), "--store", "in"]
    done = subprocess.run(argv, capture_output=True, check=False, timeout=PATIENCE_S)
    assert (done.returncode, b"the store 'in' cannot be used" in done.stderr) == (3, True)
    assert not Path("out.jsonl").exists()
