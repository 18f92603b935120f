"""Files of results as they come: in any pieces, and damaged."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.batches.going import fetch, lines, status, submit
from tests.batches.server import BatchServer
from vextract.batches._speaking import documents
from vextract.errors import ProtocolError
from vextract.models._failures import Peer

PEER = Peer("openai:gpt-4o", "http://127.0.0.1", "KEY", "", "", None, 1.0)


@given(
    st.lists(st.dictionaries(st.text(), st.text() | st.integers())),
    st.lists(st.integers(0, 400)),
    st.sampled_from([b"", b"\n"]),
)
def test_lines_are_read_in_whatever_pieces_they_come(told: list[dict[str, Any]], cuts: list[int], end: bytes) -> None:
    """All objects come out, however the file is cut; separators inside of strings part nothing."""
    data = b"\n".join(json.dumps(each, ensure_ascii=False).encode("utf-8", "replace") for each in told)
    data += end
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    expected = [json.loads(line) for line in data.split(b"\n") if line]
    assert [*documents(pieces, PEER)] == expected


@pytest.mark.parametrize("data", [b"<html>log in</html>", b"[1]\n", b'{"custom_id": "0"}\nnull\n', b"{\n"])
def test_what_is_no_file_of_results(data: bytes) -> None:
    """Anything but JSON objects is an error of the protocol."""
    with pytest.raises(ProtocolError):
        [*documents([data], PEER)]


def test_a_damaged_file_of_results(place: Path) -> None:
    """What stands before the damage is kept, and nothing is deleted; fetched again, the rest is there."""
    with BatchServer(lambda _key, _body: '{"name": "Ada", "count": 3}') as server:
        submit(server, "openai", "-o", "out.jsonl")
        server.damage = True
        fetch()
        done = fetch()
        assert done.code == 7
        [batch] = status()
        assert batch["questions"] == {"answered": 1, "waiting": 2}
        assert (batch["state"], server.deleted) == ("over", [])
        server.damage = False
        assert fetch().code == 0
    assert len(lines((place / "out.jsonl").read_bytes())) == 3
