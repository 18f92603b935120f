"""What goes wrong with batch jobs: nothing is lost, nothing is paid for twice, and all of it is said."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.batches.going import NAMES, PROVIDERS, fetch, flags, lines, said_of, status, submit
from tests.batches.server import BatchServer, Failure
from tests.running import vextract

REPLY = '{"name": "Ada", "count": 3}'
PATIENCE_S = 100


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_failed_and_what_expired(place: Path, provider: str) -> None:
    """A question that failed makes a failed record, one that expired none; the next submit asks for these two, and for no more."""
    answers: dict[int, str | Failure | None] = {0: REPLY, 1: Failure(400, "this picture is no picture"), 2: None}
    ends = "completed" if provider == "google_genai" else "expired"
    with BatchServer(lambda _key, body: answers[said_of(body)], ends=ends) as server:
        submit(server, provider, "-o", "out.jsonl")
        done = fetch("--wait")
        assert done.code == 9
        assert "1 documents are left out" in done.err
        assert "this picture is no picture" in done.err
        found = {record["source"]: record for record in lines((place / "out.jsonl").read_bytes())}
        assert {name: record["status"] for name, record in found.items()} == {"a.png": "ok", "b.png": "failed"}
        [error] = found["b.png"]["errors"]
        assert (error["kind"], "no picture" in error["message"]) == ("bad-request", True)
        [batch] = status()
        lost = "missing" if provider == "google_genai" else "expired"
        assert batch["questions"] == {"answered": 1, "failed": 1, lost: 1}
        answers |= {1: REPLY, 2: REPLY}
        again = submit(server, provider, "-o", "out.jsonl")
        assert b"2 questions" in again.out
        assert b"1 answers are kept" in again.out
        assert fetch("--wait").code == 0
        assert sorted(said_of(body) for _, body in server.requests) == [0, 1, 1, 2, 2]
    assert sorted(record["source"] for record in lines((place / "out.jsonl").read_bytes())) == [*NAMES]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("provider", ["openai", "google_genai"])  # a batch of Anthropic does not fail as a whole
def test_a_job_that_fails_as_a_whole(provider: str) -> None:
    """Its documents are left out, and asked for by the next submit."""
    with BatchServer(lambda _key, _body: REPLY, ends="failed") as server:
        submit(server, provider, "-o", "out.jsonl")
        done = fetch("--wait")
        assert (done.code, "3 documents are left out" in done.err) == (9, True)
        [batch] = status()
        assert batch["questions"] == {"rejected": 3}
        server.ends = "completed"
        assert b"3 questions" in submit(server, provider, "-o", "out.jsonl").out
        assert fetch("--wait").code == 0
    if provider == "openai":
        assert batch["jobs"][0]["message"] == "Enqueued token limit reached"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_batch_that_is_cancelled(place: Path, provider: str) -> None:
    """It ends at the provider; what was answered by then is kept, where the provider gives it, and the rest is left out."""
    with BatchServer(lambda _key, _body: REPLY, looks=1000) as server:
        submit(server, provider, "-o", "out.jsonl")
        done = vextract("batch", "cancel", 1, "--store", "store.sqlite")
        assert done.code == 0, done.err
        assert server.jobs["batch_1"].cancelled
        assert fetch("--wait").code == 9
        [batch] = status()
        again = vextract("batch", "cancel", 1, "--store", "store.sqlite")
    answered = 0 if provider == "google_genai" else 1
    assert batch["questions"] == {"cancelled": 3 - answered} | ({"answered": 1} if answered else {})
    made = (place / "out.jsonl").read_bytes() if answered else b""
    assert len(lines(made)) == answered
    assert b"none of its jobs is under way" in again.out


@pytest.mark.usefixtures("place")
def test_a_question_is_under_way_once() -> None:
    """What is asked in a batch that has not been fetched is not asked in another one."""
    with BatchServer(lambda _key, _body: REPLY) as server:
        submit(server)
        again = submit(server)
        assert again.out == b"nothing to send; 3 questions are under way already\n"
        assert len(server.jobs) == 1
        assert fetch("--wait").code == 0
        kept = submit(server)
    assert kept.out == b"nothing to send; 3 answers are kept\n"


@pytest.mark.parametrize(
    ("provider", "refused", "code"), [("openai", 400, 7), ("anthropic", 401, 6), ("google_genai", 429, 7)]
)
def test_a_job_that_is_not_taken(place: Path, provider: str, refused: int, code: int) -> None:
    """It says so; nothing is under way, and the next submit sends all of it."""
    with BatchServer(lambda _key, _body: REPLY, refuse=refused) as server:
        done = submit(server, provider)
        assert done.code == code
        assert "emulated" in done.err
        [batch] = status()
        assert (batch["state"], batch["questions"]) == ("done", {"rejected": 3})
        server.refuse = None
        assert b"3 questions" in submit(server, provider).out
    assert not [*place.glob("batch-*")]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_job_whose_beginning_was_not_told(place: Path, provider: str) -> None:
    """The connection ends after a job was taken: it is found again, and nothing of it is asked twice."""
    with BatchServer(lambda _key, _body: REPLY, lose=True) as server:
        assert submit(server, provider, "-o", "out.jsonl").code == 7
        server.lose = False
        again = submit(server, provider, "-o", "out.jsonl")
        assert again.out == b"nothing to send; 3 questions are under way already\n"
        assert len(server.jobs) == 1
        assert fetch("--wait").code == 0
    assert len(lines((place / "out.jsonl").read_bytes())) == 3


def killed(server: BatchServer) -> None:
    """A submit whose process is killed when the server has what it waits for."""
    command = ("extract", *NAMES, "-s", "name, count int", *flags(server, "openai"), "--store", "store.sqlite")
    run = (sys.executable, "-m", "vextract", "batch", "submit", *command, "--no-ground", "-o", "out.jsonl")
    process = subprocess.Popen(run, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert server.taken.wait(PATIENCE_S)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)


def test_killed_after_a_job_has_begun(place: Path) -> None:
    """A process that is killed before it could note that its job has begun: the job is found, and its answers are kept."""
    with BatchServer(lambda _key, _body: REPLY, hold=threading.Event()) as server:
        killed(server)
        assert server.hold
        server.hold.set()
        [batch] = status()
        assert (batch["state"], batch["jobs"][0]["job"]) == ("running", "batch_1")
        assert fetch("--wait").code == 0
        assert len(server.jobs) == 1
    assert len(lines((place / "out.jsonl").read_bytes())) == 3
    assert not [*place.glob("batch-*")]


def test_killed_before_a_job_has_begun(place: Path) -> None:
    """A process that is killed while it sends its file: there is no job, and the next submit sends all of it."""
    with BatchServer(lambda _key, _body: REPLY, hold_upload=threading.Event()) as server:
        killed(server)
        assert [*place.glob("batch-*")]
        assert server.hold_upload
        server.hold_upload.set()
        server.hold_upload = None
        assert b"3 questions" in submit(server, "openai", "-o", "out.jsonl").out
        assert fetch("--wait").code == 0
        assert len(server.jobs) == 1
    assert not [*place.glob("batch-*")]


@pytest.mark.usefixtures("place")
def test_a_job_that_is_gone() -> None:
    """A job that its provider no longer knows ends; its questions can be asked again."""
    with BatchServer(lambda _key, _body: REPLY) as server:
        submit(server)
        server.jobs.clear()
        done = fetch("--wait")
        [batch] = status()
        assert b"3 questions" in submit(server).out
    assert done.code == 9
    assert batch["questions"] == {"missing": 3}
