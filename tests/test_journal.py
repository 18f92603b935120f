"""The file of records that is its own ledger: whole lines stay, whatever happens to the process, the disk or the file."""

import fcntl
import json
import os
import stat
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vextract.errors import OutputError
from vextract.journal import Journal, is_poor
from vextract.types import ErrorInfo, Record, Status
from vextract.wire import wire_record

ABOUT = ("ocr", None)
SOURCES = st.sampled_from(["a.png", "b.png", 'a "quoted" \\ name', "naïve ☂.png", "x\ny", os.fsdecode(b"\xff.png"), ""])
RECORDS = st.lists(
    st.tuples(SOURCES, st.sampled_from(["ok", "ok", "partial", "failed"]), st.text(max_size=9)), max_size=8
)
Told = Sequence[tuple[str, Status, str]]


def line(source: str, status: Status = "ok", text: str = "", task: str = "ocr", schema: str | None = None) -> bytes:
    """A record as the renderer writes it."""
    errors = (ErrorInfo("input", text),) if status != "ok" else ()
    record: Record[Any] = Record(source, None, task, None, status, {"text": text}, schema=schema, errors=errors)
    told = json.dumps(
        wire_record(record).model_dump(mode="json", by_alias=True), separators=(",", ":"), ensure_ascii=False
    )
    return told.encode("utf-8", "backslashreplace") + b"\n"


def written(path: Path, lines: Sequence[bytes], **more: Any) -> None:
    """Writes the lines by a journal."""
    journal = Journal(path, about=ABOUT, **more)
    for each in lines:
        journal.write(each[:7])
        journal.write(each[7:])
        journal.keep()
    journal.commit()


def opened(path: Path, *, retry: bool = False, about: tuple[str, str | None] | None = ABOUT) -> Journal:
    """The file gone on with, and let go at once."""
    journal = Journal(path, resume=True, retry=retry, about=about)
    journal.commit()
    return journal


@settings(max_examples=150)
@given(told=RECORDS, data=st.data())
def test_cut_anywhere_whole_lines_stay(told: Told, data: st.DataObject) -> None:
    """Cut at any byte, the file keeps its whole lines; the torn one is cut off, and what is counted is what is there."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "out.jsonl")
        lines = [line(*each) for each in told]
        written(path, lines)
        whole = path.read_bytes()
        assert whole == b"".join(lines)
        cut = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:cut] + b"\0" * data.draw(st.sampled_from([0, 0, 3])))
        left = [each for at, each in enumerate(lines) if len(b"".join(lines[: at + 1])) <= cut]
        journal = opened(path)
        assert path.read_bytes() == b"".join(left)
        assert journal.done == Counter(source for source, _, _ in told[: len(left)])
        assert +journal.kept == Counter(status for _, status, _ in told[: len(left)])
        assert Counter({s: len(poor) for s, poor in journal.poor.items()}) == Counter(
            source for source, status, _ in told[: len(left)] if status != "ok"
        )


@given(told=RECORDS)
def test_each_line_is_taken_once(told: Told) -> None:
    """A source is taken as often as it has lines, and then no more; others never."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "out.jsonl")
        written(path, [line(*each) for each in told])
        journal = opened(path)
        assert not journal.take("never.png")
        for source, count in Counter(source for source, _, _ in told).items():
            assert [journal.take(source) for _ in range(count + 2)] == [True] * count + [False] * 2


@given(told=RECORDS)
def test_retry_leaves_out_what_is_not_ok(told: Told) -> None:
    """Of a retry only the lines of good records stay, byte by byte; whose others were left out is known."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "out.jsonl")
        written(path, [line(*each) for each in told])
        journal = opened(path, retry=True)
        good = [each for each in told if each[1] == "ok"]
        assert path.read_bytes() == b"".join(line(*each) for each in good)
        assert +journal.done == Counter(source for source, _, _ in good)
        assert +journal.kept == Counter(status for _, status, _ in good)
        assert journal.retried == {source for source, status, _ in told if status != "ok"}
        assert os.listdir(folder) == ["out.jsonl"]


def test_a_run_goes_on_behind_what_is_there(tmp_path: Path) -> None:
    """New lines follow the old ones, also after a retry; what was begun and taken back is not written."""
    path = tmp_path / "out.jsonl"
    written(path, [line("a"), line("b", "failed")])
    journal = Journal(path, resume=True, retry=True, about=ABOUT)
    journal.write(b'{"format":1,"sou')
    journal.rewind()
    journal.write(line("b"))
    journal.keep()
    assert path.read_bytes() == line("a") + line("b")
    journal.commit()
    written(path, [line("c")], resume=True)
    assert path.read_bytes() == line("a") + line("b") + line("c")


def test_lines_of_other_tools(tmp_path: Path) -> None:
    """A record that another tool has written with blanks or other keys first is read as a record."""
    path = tmp_path / "out.jsonl"
    told = json.loads(line("a", "failed"))
    spaced = json.dumps(told).encode() + b"\n"
    turned = json.dumps(dict(reversed(told.items()))).encode() + b"\n"
    path.write_bytes(spaced + turned + line("b"))
    journal = opened(path)
    assert (journal.done, journal.kept) == (Counter(a=2, b=1), Counter(failed=2, ok=1))


@pytest.mark.parametrize(
    "middle",
    [
        b"\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b'{"format":1,"source":"a","sha256":null,"ta\n',
        b'{"format":1,"source":"\\x","sha256":null,"task":"ocr","model":null,"schema":null,"status":"ok"}\n',
        b'{"format":1,"source":"\xff","sha256":null,"task":"ocr","model":null,"schema":null,"status":"ok"}\n',
        b"\0\0\0\0\n",
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_damaged_middle_is_refused(tmp_path: Path, middle: bytes) -> None:
    """A line that is no record, with others behind it, is told by its number, and the file stays as it is."""
    path = tmp_path / "out.jsonl"
    before = line("a") + middle + line("b") + b'{"format":1,"sour'
    path.write_bytes(before)
    for retry in (False, True):
        with pytest.raises(OutputError, match="line 2 of") as raised:
            opened(path, retry=retry)
        assert "--force" in raised.value.hint
        assert path.read_bytes() == before
    path.write_bytes(line("a"))
    opened(path)


@pytest.mark.parametrize(
    "text", [b"my only notes", b'{"a": 1}', b"[1, 2]", b"\xff\xd8\xff\xe0 picture", b'{"format":2,"so']
)
@pytest.mark.parametrize("before", [b"", line("a")])
def test_a_last_line_of_another_kind_is_not_cut_off(tmp_path: Path, before: bytes, text: bytes) -> None:
    """What cannot be the rest of a record is refused, and not lost."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(before + text)
    with pytest.raises(OutputError, match="no record of vextract"):
        opened(path)
    assert path.read_bytes() == before + text


@pytest.mark.parametrize(
    ("about", "words"),
    [
        (("extract", "Receipt"), "records of `ocr`, not of `extract` by the schema 'Receipt'"),
        (("ocr", "X"), "not of `ocr`"),
    ],
)
def test_records_of_something_else_are_refused(tmp_path: Path, about: tuple[str, str], words: str) -> None:
    """A file with records of another task or schema is not gone on with, and stays as it is."""
    path = tmp_path / "out.jsonl"
    written(path, [line("a"), line("b", "failed")])
    before = path.read_bytes()
    for retry in (False, True):
        with pytest.raises(OutputError, match="has records of") as raised:
            opened(path, about=about, retry=retry)
        assert words in raised.value.message
    assert path.read_bytes() == before
    assert opened(path, about=None).done == Counter(a=1, b=1)


_HOLDER = """
import sys
from pathlib import Path
from vextract.journal import Journal
journal = Journal(Path(sys.argv[1]), resume=True)
print("held", flush=True)
sys.stdin.read()
"""


def test_another_run_is_kept_away(tmp_path: Path) -> None:
    """While another process writes the file nobody else may, not even to begin it anew; once that is killed, anybody."""
    path = tmp_path / "out.jsonl"
    written(path, [line("a"), line("b", "failed")])
    before = path.read_bytes()
    command = [sys.executable, "-c", _HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        for more in ({"resume": True}, {"resume": True, "retry": True}, {}):
            with pytest.raises(OutputError, match="is written by another run"):
                Journal(path, about=ABOUT, **more)
        assert path.read_bytes() == before
        holder.kill()
    assert opened(path, retry=True).done == Counter(a=1, b=0)


def test_the_lock_is_that_of_the_file_in_its_place(tmp_path: Path) -> None:
    """After a retry, which puts another file in its place, it is that one which is locked."""
    path = tmp_path / "out.jsonl"
    written(path, [line("a"), line("b", "failed")])
    journal = Journal(path, resume=True, retry=True, about=ABOUT)
    with path.open("rb") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    journal.commit()
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_retry_keeps_link_and_permissions(tmp_path: Path) -> None:
    """A link stays a link to the file, and a file that is private stays private."""
    path, link = tmp_path / "out.jsonl", tmp_path / "latest.jsonl"
    written(path, [line("a"), line("b", "failed")])
    path.chmod(0o640)
    link.symlink_to("out.jsonl")
    opened(link, retry=True)
    assert link.is_symlink()
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (line("a"), 0o640)


def test_nothing_written_leaves_no_file(tmp_path: Path) -> None:
    """A file that was begun and to which nothing came is gone; one that was there before stays, whole."""
    path = tmp_path / "folder" / "out.jsonl"
    journal = Journal(path)
    journal.write(b"torn")
    journal.discard()
    journal.discard()
    assert not path.exists()
    written(path, [line("a")])
    journal = Journal(path, resume=True)
    journal.discard()
    assert path.read_bytes() == line("a")


def test_begun_anew(tmp_path: Path) -> None:
    """Not gone on with, the file is emptied, whatever was in it."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"anything\nat all")
    written(path, [line("b")])
    assert path.read_bytes() == line("b")


_FILLER = """
import resource, signal, sys
from pathlib import Path
from vextract.errors import VextractError
from vextract.journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
journal = Journal(Path(sys.argv[1]), resume=True)
try:
    for line in sys.stdin.buffer:
        journal.write(line)
        journal.keep()
except VextractError as error:
    print(error.exit_code.value, error.message)
journal.commit()
"""


def test_no_room(tmp_path: Path) -> None:
    """Where a line does not fit, that is an error in words, and the file ends with the line before; it can be gone on with."""
    path = tmp_path / "out.jsonl"
    lines = [line(f"{number}.png", text="x" * 500) for number in range(40)]
    limit = sum(map(len, lines[:25])) + 100
    command = [sys.executable, "-c", _FILLER, str(path), str(limit)]
    done = subprocess.run(command, input=b"".join(lines), capture_output=True, timeout=120, check=True)
    assert done.stdout.startswith(b"3 cannot write ")
    assert path.read_bytes() == b"".join(lines[:25])
    assert opened(path).done.total() == 25


@pytest.mark.parametrize("place", ["/proc/no/such/place.jsonl", "folder", "a\0b"])
def test_where_nothing_can_be_written(tmp_path: Path, place: str) -> None:
    """A place where no file can be is an error in words."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        Journal(tmp_path / place)


def test_a_poor_record_in_a_file_of_its_own(tmp_path: Path) -> None:
    """Failed and partial records are known, in JSON of either layout; good ones and what is no record are not taken for such."""
    path = tmp_path / "a.json"
    for text, poor in (
        (line("a", "failed"), True),
        (json.dumps(json.loads(line("a", "partial")), indent=2).encode(), True),
        (line("a"), False),
        (b'{"status": "failed"}', False),
        (b"[]", False),
        (b"\xff", False),
        (b"", False),
    ):
        path.write_bytes(text)
        assert is_poor(path) is poor
    assert not is_poor(tmp_path / "none.json")
