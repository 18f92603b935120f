"""Results land where they were asked for, whole or not at all, and nothing that exists is lost."""

import gc
import io
import os
import stat
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from vextract.errors import BrokenPipe, InputError, OutputError, UsageError
from vextract.renderers import Format
from vextract.sinks import AtomicFile, open_output
from vextract.sources.expand import Source
from vextract.types import PageText, Record

from .feeding import ONE, SEVERAL, feed, make_files, opened, page_read, record_of, tree


class _Out(io.TextIOWrapper):
    """A standard output that remembers, and perhaps is a terminal."""

    def __init__(self, *, terminal: bool = False) -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("target", [None, "-"])
def test_standard_output(monkeypatch: pytest.MonkeyPatch, target: str | None) -> None:
    """Without -o, or with -o -, results go to standard output as they come; it is left open."""
    out = _Out()
    monkeypatch.setattr(sys, "stdout", out)
    output = opened(target, options=SEVERAL)
    (source, second) = make_files("a.png", "b.png")
    output.page(source, page_read(source, "one"))
    assert out.bytes.getvalue() == b"==> a.png <==\none\n"
    output.done(source, record_of(source))
    feed(output, second, text="two")
    output.close()
    assert out.bytes.getvalue() == b"==> a.png <==\none\n\n==> b.png <==\ntwo\n"
    assert not out.closed


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("count", [0, 1, 2])
def test_array(count: int) -> None:
    """Several documents as JSON are one array, whatever their number."""
    import json

    output = opened("out.json", "json", SEVERAL)
    feed(output, *[Source(f"{i}.png") for i in range(count)])
    output.close()
    assert [record["source"] for record in json.loads(Path("out.json").read_bytes())] == [
        f"{i}.png" for i in range(count)
    ]


@pytest.mark.usefixtures("workdir")
def test_file_appears_when_whole() -> None:
    """A file is not there before the end, and has the mode that any new file has."""
    output = opened("new/folder/out.txt")
    (source,) = make_files("a.png")
    feed(output, source, text="one")
    assert not os.path.exists("new/folder/out.txt")
    output.close()
    assert Path("new/folder/out.txt").read_text("utf-8") == "one\n"
    Path("other").touch()
    assert stat.S_IMODE(os.stat("new/folder/out.txt").st_mode) == stat.S_IMODE(os.stat("other").st_mode)
    assert os.listdir("new/folder") == ["out.txt"]


@pytest.mark.usefixtures("workdir")
def test_existing_file_is_kept() -> None:
    """An existing file is kept and the run refused; --force replaces it, and only at the end."""
    make_files("out.txt")
    with pytest.raises(UsageError, match=r"'out.txt' exists and is kept") as caught:
        opened("out.txt")
    assert "--force" in caught.value.hint
    output = opened("out.txt", force=True)
    feed(output, Source("b.png"), text="new")
    assert Path("out.txt").read_text("utf-8") == "input"
    output.close()
    assert Path("out.txt").read_text("utf-8") == "new\n"


@pytest.mark.usefixtures("workdir")
def test_failed_document_leaves_no_file() -> None:
    """Where the only document failed, no empty file takes the place of a result; one that exists stays."""
    failed = Source("a.png", problem=InputError("no such file: 'a.png'", "check"))
    for force in (False, True):
        output = opened("out.txt", force=force)
        feed(output, failed)
        output.close()
        assert tree() == ({"out.txt": "input"} if force else {})
        make_files("out.txt")


@pytest.mark.usefixtures("workdir")
def test_failure_is_in_the_record() -> None:
    """Formats of records tell of a failure in the file."""
    output = opened("out.jsonl", "jsonl")
    feed(output, Source("a.png", problem=InputError("no such file: 'a.png'", "check")))
    output.close()
    assert "no such file" in Path("out.jsonl").read_text("utf-8")


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize(("name", "whole"), [("text", "==> a.png <==\na.png\n"), ("tsv", None)])
def test_interrupted_file(name: str, whole: str | None) -> None:
    """After an interruption a file has the documents that were finished, and nothing of the one that was not."""
    first, second = Source("a.png"), Source("b.png")
    for cut in (False, True):
        output = opened(f"{cut}.out", name, SEVERAL)
        feed(output, first)
        if cut:
            output.page(second, page_read(second, "half"))
        output.close()
    assert Path("True.out").read_bytes() == Path("False.out").read_bytes()
    assert whole is None or Path("True.out").read_text("utf-8") == whole


@pytest.mark.usefixtures("workdir")
def test_interrupted_only_document() -> None:
    """After an interruption amid the only document there is no file at all."""
    output = opened("out.txt")
    source = Source("a.png")
    output.page(source, page_read(source))
    output.close()
    assert tree() == {}


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("target", ["file/out.txt", "x" * 300 + ".txt", "a\0b", ""])
def test_unwritable(target: str) -> None:
    """A place that cannot be written is an OutputError with a hint, and nothing is left behind."""
    make_files("file", "f")
    before = tree()
    with pytest.raises(OutputError, match="cannot write") as caught:
        feed(opened(target), Source("a.png"))
    assert caught.value.hint
    assert tree() == before


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("target", ["file/", "f/{stem}/x.txt"])
def test_unwritable_folder(target: str) -> None:
    """Where each document has a file of its own, one that cannot be written fails that document alone, and leaves nothing."""
    make_files("file", "f")
    before = tree()
    fates = feed(opened(target, options=SEVERAL), Source("a.png"), Source("b.png"))
    assert [fate.startswith("cannot write") for fate in fates] == [True, True]
    assert tree() == before


@pytest.mark.usefixtures("workdir")
def test_directory_in_the_way() -> None:
    """A directory under the name of a result cannot be replaced, even with --force; the next document is written."""
    os.makedirs("out/a.txt")
    fates = feed(opened("out/", options=SEVERAL, force=True), *make_files("a.png", "b.png"))
    assert fates[0].startswith("cannot write 'out/a.txt'")
    assert fates[1] == "written"
    assert sorted(os.listdir("out")) == ["a.txt", "b.txt"]


class _Failing:
    """A writer that fails after its first bytes."""

    def page(self, page: PageText, picture: bytes | None) -> Iterable[bytes]:
        del page, picture
        yield b"first bytes"
        raise RuntimeError("a bug in a renderer")

    def close(self, record: Record[object]) -> Iterable[bytes]:
        del record
        yield from ()


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize("target", ["out.txt", "out/"])
def test_no_partial_file(target: str) -> None:
    """After an error amid writing nothing is left, neither under the name nor beside it."""
    output = open_output(target, "failing", Format(".txt", lambda _: _Failing()), ONE, force=False)
    with pytest.raises(RuntimeError):
        feed(output, Source("a.png"))
    del output
    gc.collect()
    assert tree() == {}


@pytest.mark.usefixtures("workdir")
def test_discarded() -> None:
    """A discarded file leaves nothing; after `commit` discarding does no harm."""
    file = AtomicFile(Path("a"))
    file.write(b"x")
    file.discard()
    assert tree() == {}
    file = AtomicFile(Path("a"))
    file.write(b"x")
    file.commit()
    file.discard()
    assert tree() == {"a": "x"}


@pytest.mark.usefixtures("workdir")
def test_full_disk() -> None:
    """A full disk is an OutputError."""
    output = opened("/dev/full")
    with pytest.raises(OutputError, match="cannot write '/dev/full': No space left on device"):
        feed(output, Source("a.png"))


@pytest.mark.usefixtures("workdir")
def test_full_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output on a full disk is an OutputError; one that nobody reads is a BrokenPipe."""
    with open("/dev/full", "w", encoding="utf-8") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(full.buffer.raw))  # type: ignore[attr-defined]
        with pytest.raises(OutputError, match="cannot write standard output"):
            feed(opened(None), Source("a.png"))
        sys.stdout.detach()  # type: ignore[union-attr]
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb", buffering=0) as pipe, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(pipe))  # type: ignore[type-var]
        with pytest.raises((BrokenPipe, BrokenPipeError)):
            feed(opened(None), Source("a.png"))
        sys.stdout.detach()  # type: ignore[union-attr]


@pytest.mark.usefixtures("workdir")
def test_named_pipe() -> None:
    """A named pipe is written to, not replaced, --force or not; its reader sees the end."""
    os.mkfifo("pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_bytes()))
    reader.start()
    output = opened("pipe")
    feed(output, Source("a.png"), text="one")
    output.close()
    reader.join(timeout=10)
    assert read == [b"one\n"]
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)


def test_binary_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF is not written onto a terminal, nor several into one file; both errors say what to do."""
    monkeypatch.setattr(sys, "stdout", _Out(terminal=True))
    with pytest.raises(UsageError, match="terminal") as caught:
        opened(None, "pdf")
    assert "-o out.pdf" in caught.value.hint
    for target in (None, "out.pdf"):
        with pytest.raises(UsageError, match="one file for each input") as caught:
            opened(target, "pdf", SEVERAL)
        assert "-o out/" in caught.value.hint
