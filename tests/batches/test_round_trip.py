"""From a command to batch jobs and back to the records that the command would have made."""

import json
from pathlib import Path

import pytest

from tests.batches.going import PROVIDERS, fetch, lines, live, said_of, status, submit, told
from tests.batches.server import BatchServer
from tests.running import KEY, vextract

REPLY = '{"name": "Ada", "count": 3}'


@pytest.mark.parametrize("provider", PROVIDERS)
def test_records_are_those_of_a_live_run(place: Path, provider: str) -> None:
    """Submitted, looked at and fetched, a command writes the records of a live run, at half the price; what was sent is deleted."""
    with BatchServer(lambda _key, _body: REPLY) as server:
        sent = submit(server, provider, "-o", "out.jsonl")
        print(sent)
        assert sent.code == 0, sent.err
        assert b"3 questions" in sent.out
        assert not (place / "out.jsonl").exists()
        [before] = status()
        print(before)
        early = fetch()
        assert (before["state"], early.code) == ("running", 9)
        done = fetch("--wait")
        print(done)
        [after] = status()
        print(after, server.asked, server.deleted)
    expected = live(provider, REPLY)
    found = lines((place / "out.jsonl").read_bytes())
    assert [*map(told, found)] == [*map(told, expected)]
    assert found[0]["usage"]["cost_usd"] == 0
