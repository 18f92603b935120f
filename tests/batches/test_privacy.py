"""What leaves with batches, what is told of it, and what is kept: no secrets; and what cannot go by a batch."""

import shlex
from pathlib import Path

import pytest

from tests.batches.going import NAMES, SECRET, fetch, flags, submit
from tests.batches.server import BatchServer
from tests.running import vextract

REPLY = '{"name": "Ada", "count": 3}'


def test_nothing_leaves_where_that_is_forbidden(place: Path) -> None:
    """With --local-only a hosted model is refused, before anything is read or written."""
    command = ("extract", *NAMES, "-s", "name str", "-m", "openai:gpt-4o", "--local-only", "--store", "store.sqlite")
    done = vextract("batch", "submit", *command)
    assert done.code == 7
    assert "local_only" in done.err
    assert [path.name for path in place.iterdir() if "batch" in path.name] == []


@pytest.mark.usefixtures("place")
def test_each_question_is_in_the_ledger() -> None:
    """The ledger of what left has a line for each question, with its pictures' digests, as for a live run."""
    with BatchServer() as server:
        submit(server)
        told = vextract("models", "egress", "--all", "--lines").out.splitlines()
    assert len(told) == 3
    assert all(b'"task": "extract"' in line and b'"model": "openai:gpt-4o"' in line for line in told)
    assert len({line.partition(b'"pictures": ')[2][:70] for line in told}) == 3


def test_no_key_is_kept(place: Path) -> None:
    """Neither the store nor what is said has the key or a password in it; a command with one is left to the user to run."""
    with BatchServer(lambda _key, _body: REPLY) as server:
        sent = submit(server, "openai", "--password", "open-sesame-4711")
        done = fetch("--wait")
    assert done.code == 0
    assert "run it once more yourself" in done.err
    kept = b"".join(path.read_bytes() for path in place.glob("store.sqlite*"))
    for said in (kept, sent.out, sent.err.encode(), done.out, done.err.encode()):
        assert SECRET.encode() not in said
        assert b"open-sesame" not in said


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("extract a.png -s receipt", "hosted model"),
        ("extract a.png -s receipt -m ollama:qwen2.5vl:7b", "has no batch jobs"),
        ("extract a.png -s receipt -m openai:gpt-4o --no-cache", "--no-cache"),
        ("extract a.png -s receipt -m openai:gpt-4o --max-cost 1", "--max-cost"),
        ("extract a.png -s receipt -m openai:gpt-4o --record answers", "--record"),
        ("extract - -s receipt -m openai:gpt-4o", "standard input"),
        ("verify a.png --data x.json", "'verify' is none"),
        ("", "none is named"),
    ],
)
def test_what_no_batch_can_do(command: str, said: str) -> None:
    """It is said what cannot be done, and why; the exit code is that of wrong usage."""
    done = vextract("batch", "submit", *shlex.split(command))
    assert done.code == 2
    assert said in done.err
    assert "hint:" in done.err


@pytest.mark.usefixtures("place")
def test_a_server_without_batch_jobs() -> None:
    """A server that speaks OpenAI's protocol and has no batch jobs is named, and what to do."""
    with BatchServer(refuse=404) as server:
        done = submit(server)
    assert done.code == 2
    assert "has no batch jobs" in done.err


@pytest.mark.usefixtures("place")
def test_shown_requests_are_not_sent() -> None:
    """--show-request prints what a batch would ask, and sends nothing."""
    with BatchServer() as server:
        done = submit(server, "openai", "--show-request")
        assert server.asked == []
    assert done.code == 0
    assert b'"json_schema"' in done.out


@pytest.mark.usefixtures("place")
def test_numbers_that_are_none() -> None:
    """A batch that there is not is wrong usage; where there are none, that is said."""
    more = ("--store", "store.sqlite")
    assert (
        fetch("7").code == vextract("batch", "cancel", 7, *more).code == vextract("batch", "status", 7, *more).code == 2
    )
    assert vextract("batch", "status", *more).out == b"no batches\n"
    assert flags  # the flags of a model are not needed to look
