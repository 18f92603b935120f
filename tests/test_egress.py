"""The ledger of what left: complete, private, bounded, and without what must not be in it."""

import fcntl
import hashlib
import json
import logging
import multiprocessing
import os
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vextract.egress import EgressLine, Ledger, egress_line, note, read_ledger, summarise
from vextract.errors import InputError, OutputError, UsageError
from vextract.requests import Clip, Picture, Request, Turn

_PICTURE = Picture(b"\x89PNG picture", "image/png", 2, 1)
_TIME = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
_LINE = EgressLine("api.openai.com:443", False, 12, ("ab" * 32,), "openai:gpt-4o", "extract", "a.png", _TIME)


def _request(text: str = "what is the total?") -> Request:
    clip = Clip(b"clip", "video/mp4")
    return Request((Turn("user", (text, _PICTURE, clip)),), system="be brief", json_schema={"type": "object"})


# What a line tells


def test_what_a_line_tells() -> None:
    """The server with its port, the bytes of pictures and texts, a hash of each picture and clip, and who asked."""
    before = datetime.now(UTC)
    line = egress_line(_request(), "https://api.openai.com/v1", model="openai:gpt-4o", task="extract", source="a.png")
    texts = len("what is the total?") + len("be brief") + len('{"type": "object"}')
    hashes = tuple(hashlib.sha256(data).hexdigest() for data in (_PICTURE.data, b"clip"))
    assert before <= line.time <= datetime.now(UTC)
    assert replace(line, time=_TIME) == EgressLine(
        "api.openai.com:443",
        loopback=False,
        bytes_sent=len(_PICTURE.data) + 4 + texts,
        pictures=hashes,
        model="openai:gpt-4o",
        task="extract",
        source="a.png",
        time=_TIME,
    )


@pytest.mark.parametrize(
    ("url", "host", "loopback"),
    [
        ("https://user:hunter2@example.com/v1/x?key=hunter2#hunter2", "example.com:443", False),
        ("http://127.0.0.1:11434", "127.0.0.1:11434", True),
        ("http://[::1]:8000/v1", "[::1]:8000", True),
        ("http://[2001:db8::1]/", "[2001:db8::1]:80", False),
        ("http://localhost", "localhost:80", True),
        ("example.com:1234/x", "example.com:1234", False),
        ("grpc://example.com", "example.com", False),
    ],
)
def test_of_an_address_only_the_host_and_the_port_are_kept(url: str, host: str, loopback: bool) -> None:  # noqa: FBT001
    """No user, password, path or query of the server's address is in the line."""
    line = egress_line(_request(), url, model="openai:m")
    assert (line.host, line.loopback) == (host, loopback)


def test_a_cloud_model_is_not_on_this_machine() -> None:
    """What Ollama on this machine passes on to ollama.com counts as leaving."""
    url = "http://127.0.0.1:11434"
    assert egress_line(_request(), url, model="ollama:qwen2.5vl:7b").loopback
    assert not egress_line(_request(), url, model="ollama:qwen3-vl:235b-cloud").loopback


@pytest.mark.parametrize("url", ["", "https://", "https://user:hunter2@:99", "https://user:hunter2@host:port"])
def test_an_address_without_a_host(url: str) -> None:
    """An address that leads nowhere is a UsageError, which does not repeat it: a password may be in it."""
    with pytest.raises(UsageError) as caught:
        egress_line(_request(), url, model="openai:m")
    assert caught.value.hint
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_text_of_the_request_is_in_the_ledger(tmp_path: Path) -> None:
    """Neither the question, nor the instructions, nor the schema, nor the picture is in the file."""
    ledger = Ledger(tmp_path)
    ledger.note(egress_line(_request("a secret question"), "https://u:hunter2@h/p", model="openai:m"))
    written = (tmp_path / "egress.jsonl").read_bytes()
    for told in (b"secret", b"brief", b"object", b"PNG", b"hunter2", b"/p"):
        assert told not in written


# Writing and reading


def test_the_users_ledger(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lies in the user's state folder, one JSON object a line, readable by the user alone; none yet is an empty one."""
    monkeypatch.setenv("XDG_STATE_HOME", str(workdir / "state"))
    assert list(read_ledger()) == []
    assert not (workdir / "state").exists()
    note(_LINE)
    note(replace(_LINE, source="ü\n\udcff.png"))
    folder = workdir / "state" / "vextract"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    lines = (folder / "egress.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lines[0]) == {
        "host": "api.openai.com:443",
        "loopback": False,
        "bytes_sent": 12,
        "pictures": ["ab" * 32],
        "model": "openai:gpt-4o",
        "task": "extract",
        "source": "a.png",
        "time": "2026-11-20T12:30:00+00:00",
    }
    assert list(read_ledger()) == [_LINE, replace(_LINE, source="ü\n?.png")]


_texts = st.text(st.characters(exclude_categories=["Cs"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(
    st.lists(
        st.builds(
            EgressLine,
            host=_texts,
            loopback=st.booleans(),
            bytes_sent=st.integers(0, 1 << 60),
            pictures=st.lists(_texts, max_size=3).map(tuple),
            model=_texts,
            task=st.none() | _texts,
            source=st.none() | _texts,
            time=st.datetimes(timezones=st.just(UTC)),
        ),
        max_size=8,
    ),
    st.integers(0, 200),
)
def test_what_is_noted_is_read(tmp_path_factory: pytest.TempPathFactory, lines: list[EgressLine], cut: int) -> None:
    """Lines come back as they were; a ledger cut anywhere gives the lines before the cut, and takes new ones after it."""
    ledger = Ledger(tmp_path_factory.mktemp("ledger"))
    for line in lines:
        ledger.note(line)
    assert list(ledger.read()) == lines
    file = ledger.folder / "egress.jsonl"
    whole = file.read_bytes() if lines else b""
    kept = whole[: max(0, len(whole) - cut)]
    file.write_bytes(kept)
    ledger.note(_LINE)
    complete = kept.count(b"\n") + (len(kept) < len(whole) and whole[len(kept) : len(kept) + 1] == b"\n")
    assert list(ledger.read()) == [*lines[:complete], _LINE]


@pytest.mark.parametrize(
    "damage",
    ["{", "null", "{}", "\x00\xff", '{"host": 1}', json.dumps({**json.loads('{"host": "h"}'), "time": "x"}), ""],
)
def test_damaged_lines_are_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str) -> None:
    """What is no line of a ledger is left out and counted in a warning; the lines around it are read."""
    ledger = Ledger(tmp_path)
    ledger.note(_LINE)
    with (tmp_path / "egress.jsonl").open("a", encoding="latin-1") as file:
        file.write(damage + "\n")
    ledger.note(_LINE)
    with caplog.at_level(logging.WARNING, "vextract"):
        assert list(ledger.read()) == [_LINE, _LINE]
    assert "1 damaged" in caplog.text


def test_a_line_of_a_later_version(tmp_path: Path) -> None:
    """Keys that this version does not know are passed over; a time without its zone could be any, and is damage."""
    ledger = Ledger(tmp_path)
    ledger.note(_LINE)
    [text] = (tmp_path / "egress.jsonl").read_text().splitlines()
    told = json.loads(text)
    later = [json.dumps(told | {"new": 1}), json.dumps(told | {"time": "2026-11-20T12:30:00"})]
    (tmp_path / "egress.jsonl").write_text("\n".join(later) + "\n")
    assert list(ledger.read()) == [_LINE]


def _note_many(folder: str, most: int, writer: int, count: int) -> None:
    for i in range(count):
        Ledger(Path(folder), most).note(replace(_LINE, source=f"{writer}-{i}"))


@pytest.mark.parametrize("most", [32 << 20, 450_000])
def test_processes_at_once_lose_no_line(tmp_path: Path, most: int) -> None:
    """Four processes note 300 lines each: all are there, whole and in each one's order, when the files change over too."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(_note_many, [(str(tmp_path), most, writer, 300) for writer in range(4)])
    sources = [line.source or "" for line in Ledger(tmp_path).read()]
    assert len(sources) == 1200
    for writer in range(4):
        assert [s for s in sources if s.startswith(f"{writer}-")] == [f"{writer}-{i}" for i in range(300)]
    assert (tmp_path / "egress.1.jsonl").exists() == (most < 1 << 20)


def test_writers_take_turns(tmp_path: Path) -> None:
    """Whoever notes waits while another one holds the lock, so that no one puts the file aside under someone's hands."""
    ledger = Ledger(tmp_path)
    ledger.note(_LINE)
    with (tmp_path / "egress.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        writer = threading.Thread(target=ledger.note, args=(_LINE,))
        writer.start()
        writer.join(0.3)
        assert writer.is_alive()
        assert (tmp_path / "egress.jsonl").read_bytes().count(b"\n") == 1
    writer.join(60)
    assert list(ledger.read()) == [_LINE, _LINE]


def test_the_ledger_is_bounded(tmp_path: Path) -> None:
    """Never larger than it may be; what is forgotten is the oldest, and at least half of the room is in use."""
    ledger = Ledger(tmp_path, 4000)
    for i in range(200):
        ledger.note(replace(_LINE, source=str(i)))
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 4000
    kept = [int(line.source or "") for line in ledger.read()]
    assert kept == list(range(200 - len(kept), 200))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) > 2000


def test_a_line_larger_than_the_ledger_is_noted(tmp_path: Path) -> None:
    """A single request with very many pictures is noted whole whatever the bound."""
    ledger = Ledger(tmp_path, 1000)
    large = replace(_LINE, pictures=("ab" * 32,) * 100)
    for line in (_LINE, large, _LINE):
        ledger.note(line)
    assert list(ledger.read()) == [large, _LINE]


@pytest.mark.parametrize("obstacle", ["file", "directory", "dangling"])
def test_a_ledger_that_cannot_be_written(tmp_path: Path, obstacle: str) -> None:
    """It is an OutputError that says so: nothing may be sent unnoted."""
    folder = tmp_path / "vextract"
    if obstacle == "file":
        folder.write_text("")
    elif obstacle == "directory":
        (folder / "egress.jsonl").mkdir(parents=True)
    else:
        os.symlink(tmp_path / "missing" / "folder", folder)
    with pytest.raises(OutputError, match=r"egress\.jsonl") as caught:
        Ledger(folder).note(_LINE)
    assert "XDG_STATE_HOME" in caught.value.hint


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk(tmp_path: Path) -> None:
    """A line that has no room is an OutputError."""
    (tmp_path / "egress.jsonl").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"):
        Ledger(tmp_path).note(_LINE)


def test_a_ledger_that_cannot_be_read(tmp_path: Path) -> None:
    """It is an InputError, not an empty ledger."""
    (tmp_path / "egress.jsonl").mkdir()
    with pytest.raises(InputError, match="cannot read"):
        list(Ledger(tmp_path).read())


# Sums


def test_sums_by_server() -> None:
    """For each server: requests, bytes, different pictures, first and last time; other machines come first."""
    later, earlier = _TIME.replace(hour=13), _TIME.replace(hour=11)
    local = replace(_LINE, host="127.0.0.1:11434", loopback=True, pictures=())
    other = replace(_LINE, host="z:1")
    lines = [local, _LINE, replace(_LINE, pictures=("cd" * 32, "ab" * 32), bytes_sent=5, time=later), other]
    rows = summarise([*lines, replace(_LINE, time=earlier)])
    assert [(row.host, row.loopback) for row in rows] == [
        ("api.openai.com:443", False),
        ("z:1", False),
        ("127.0.0.1:11434", True),
    ]
    first: Any = rows[0]
    assert (first.requests, first.bytes_sent, first.pictures) == (3, 29, 2)
    assert (first.first, first.last) == (earlier, later)
    assert summarise([]) == []
