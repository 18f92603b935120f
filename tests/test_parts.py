"""Records in an object store: parts that are whole, nothing lost between them, gone on with. The store lies in memory."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from tests.drawing import draw_lines
from tests.running import vextract
from vextract.errors import OutputError, UsageError
from vextract.parts import Parts

READ = ("--fast", "--no-rotate", "-j", 1)


@pytest.fixture
def url(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address that no other test has, and a folder of its own for what is not put yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(workdir / "state"))
    name = uuid.uuid4().hex
    yield f"memory://{name}/out.jsonl"
    system = fsspec.filesystem("memory")
    if system.exists(f"/{name}"):
        system.rm(f"/{name}", recursive=True)


def _line(source: str, status: str = "ok") -> bytes:
    told = {
        "format": 1,
        "source": source,
        "sha256": None,
        "task": "ocr",
        "model": None,
        "schema": None,
        "status": status,
    }
    return json.dumps(told).encode() + b"\n"


def _write(parts: Parts, *sources: str, status: str = "ok") -> None:
    for source in sources:
        parts.write(_line(source, status))
        parts.keep()


def _killed(parts: Parts) -> None:
    """What is left when the process ends without a word."""
    parts._file.close()


def _there(url: str) -> dict[str, list[str]]:
    """The sources in each part."""
    system = fsspec.filesystem("memory")
    folder = url.removeprefix("memory:/").rpartition("/")[0]
    found = sorted(system.ls(folder, detail=False)) if system.exists(folder) else []
    return {
        path.rpartition("/")[2]: [json.loads(line)["source"] for line in system.cat_file(path).splitlines()]
        for path in found
    }


def _state(workdir: str = ".") -> list[Path]:
    return list(Path(workdir, "state").rglob("*.jsonl"))


def test_parts_are_put_when_they_are_full(url: str) -> None:
    """Each part has whole lines, none twice; the rest is put at the end, and nothing stays here."""
    parts = Parts(url, part_bytes=2 * len(_line("a")))
    _write(parts, "a", "b", "c")
    assert _there(url) == {"out-00000.jsonl": ["a", "b"]}
    parts.commit()
    assert _there(url) == {"out-00000.jsonl": ["a", "b"], "out-00001.jsonl": ["c"]}
    assert not _state()


def test_a_killed_run_loses_nothing(url: str) -> None:
    """What was finished and in no part yet is taken up from this machine, and put with what comes."""
    killed = Parts(url, part_bytes=2 * len(_line("a")))
    _write(killed, "a", "b", "c")
    _killed(killed)
    parts = Parts(url, resume=True)
    assert [parts.take(source) for source in "abcd"] == [True, True, True, False]
    _write(parts, "d")
    parts.commit()
    assert _there(url) == {"out-00000.jsonl": ["a", "b"], "out-00001.jsonl": ["c", "d"]}


def test_a_part_that_was_put_is_not_put_again(url: str) -> None:
    """A process killed between putting a part and emptying its journal doubles nothing."""
    killed = Parts(url)
    _write(killed, "a", "b")
    spooled = killed._path.read_bytes()
    killed._put()
    _killed(killed)
    killed._path.write_bytes(spooled)
    parts = Parts(url, resume=True)
    assert parts.kept == {"ok": 2}
    parts.discard()
    assert _there(url) == {"out-00000.jsonl": ["a", "b"]}


def test_what_was_finished_is_put_though_nothing_comes(url: str) -> None:
    """A run that goes on and finds all done puts what lay here."""
    killed = Parts(url)
    _write(killed, "a")
    _killed(killed)
    Parts(url, resume=True).discard()
    assert _there(url) == {"out-00000.jsonl": ["a"]}


@pytest.mark.parametrize("end", [Parts.commit, _killed])
def test_a_run_that_is_there_is_in_the_way(url: str, end: Callable[[Parts], None]) -> None:
    """Neither parts nor what a killed run has left here are overwritten without a word; with `force` they are."""
    first = Parts(url)
    _write(first, "a")
    end(first)
    with pytest.raises(UsageError) as error:
        Parts(url)
    assert "--resume" in error.value.hint
    anew = Parts(url, force=True)
    _write(anew, "b")
    anew.commit()
    assert _there(url) == {"out-00000.jsonl": ["b"]}


def test_failures_are_done_once_more(url: str) -> None:
    """With `retry` the lines of failures are taken out of their parts, and of what lies here."""
    first = Parts(url, part_bytes=1)
    _write(first, "a")
    _write(first, "b", status="failed")
    first._part_bytes = 1 << 20
    _write(first, "c", status="partial")
    _killed(first)
    parts = Parts(url, resume=True, retry=True)
    assert parts.retried == {"b", "c"}
    assert [parts.take(source) for source in "abc"] == [True, False, False]
    _write(parts, "b", "c")
    parts.commit()
    assert _there(url) == {"out-00000.jsonl": ["a"], "out-00001.jsonl": [], "out-00002.jsonl": ["b", "c"]}


def test_parts_of_other_records_are_refused(url: str) -> None:
    """Parts of another task are not gone on with, and the message names the part."""
    first = Parts(url)
    _write(first, "a")
    first.commit()
    with pytest.raises(OutputError, match=r"out-00000\.jsonl' has records of `ocr`"):
        Parts(url, resume=True, about=("caption", None))


def test_two_runs_do_not_write_one_output(url: str) -> None:
    """A second run on this machine is told of the first."""
    first = Parts(url)
    _write(first, "a")
    with pytest.raises(OutputError, match="another run"):
        Parts(url, resume=True)
    first.commit()


def test_a_store_that_takes_nothing_loses_nothing(url: str) -> None:
    """Where a part cannot be put, the error says where the records lie, and a run that goes on puts them."""
    folder = url.rpartition("/")[0]
    first = Parts(url)
    _write(first, "a")
    with fsspec.open(folder, "wb") as blocking:
        blocking.write(b"an object where the folder is to be")
    fsspec.filesystem("memory").store.pop(f"/{folder.removeprefix('memory://')}/out-00000.jsonl", None)
    with pytest.raises(OutputError) as error:
        first.commit()
    assert str(first._path) in error.value.hint
    fsspec.filesystem("memory").rm_file(folder)
    Parts(url, resume=True).commit()
    assert _there(url) == {"out-00000.jsonl": ["a"]}


def test_the_command_line_writes_parts_and_goes_on(url: str) -> None:
    """-o with an address of a store writes records in parts; --resume does what is left; another format is refused."""
    for name in ("a", "b"):
        draw_lines([name], (80, 40)).save(f"{name}.png")
    assert vextract("ocr", "a.png", "-f", "jsonl", "-o", url, *READ).code == 0
    assert vextract("ocr", "a.png", "b.png", "-f", "jsonl", "-o", url, *READ).code == 2
    done = vextract("ocr", "a.png", "b.png", "-f", "jsonl", "-o", url, "--resume", *READ)
    assert done.code == 0, done.err
    assert _there(url) == {"out-00000.jsonl": ["a.png"], "out-00001.jsonl": ["b.png"]}
    refused: Any = vextract("ocr", "a.png", "-f", "text", "-o", "s3://bucket/out.txt", *READ)
    assert refused.code == 2
    assert "only records" in refused.err


def test_pictures_do_not_go_to_a_store(workdir: Path) -> None:
    """An output that is no records is refused, and no folder of that name is made here."""
    draw_lines(["a"], (80, 40)).save("a.png")
    done = vextract("ocr", "a.png", "--overlay", "s3://bucket/seen.png", *READ)
    assert done.code != 0
    assert "object store" in done.err
    assert not (workdir / "s3:").exists()
