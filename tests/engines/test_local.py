"""The local engine: order, isolation of failures, bounded work, interruption. Worker processes and Tesseract are real."""

import gc
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drawing import draw_lines, write_tiff
from tests.models.emulator import Received
from tests.models.protocols import OUTPUT_TOKENS, Said
from tests.scripting import Scripted, asking, bills, job_for, pages_in, records
from vextract.asking import Asker
from vextract.engines import local
from vextract.engines.local import DocumentDone, PageDone, run
from vextract.errors import Interrupted
from vextract.pipeline import Job
from vextract.readers import ReadOptions
from vextract.sending import Keeping
from vextract.sources.expand import Source, expand

JOB = Job(reading=ReadOptions(fast=True, rotate=False))


def _pictures(folder: Path, words: list[str]) -> list[Source]:
    for i, word in enumerate(words):
        draw_lines([word]).save(folder / f"{i:02}.png")
    return [Source(str(folder / f"{i:02}.png"), folder / f"{i:02}.png") for i in range(len(words))]


@pytest.mark.parametrize("jobs", [0, 2])
def test_results_keep_the_order_of_inputs_and_pages(tmp_path: Path, jobs: int) -> None:
    """Pages and records come out in input order, though a long document is among short ones."""
    first, last = _pictures(tmp_path, ["alpha", "omega"])
    pages = ["one", "two", "three", "four", "five"]
    long = write_tiff(tmp_path / "long.tiff", pages)
    events = list(run([first, Source(str(long), long), last], JOB, jobs))
    texts = [event.page.text.text for event in events if isinstance(event, PageDone)]
    assert texts == ["alpha", *pages, "omega"]
    records = [event.record for event in events if isinstance(event, DocumentDone)]
    assert [len(record.pages) for record in records] == [1, 5, 1]
    assert [record.status for record in records] == ["ok"] * 3


@pytest.mark.parametrize("jobs", [0, 2])
def test_a_broken_input_fails_alone(tmp_path: Path, jobs: int) -> None:
    """A file that is no picture gives a failed record with its error, and the others are read."""
    good, other = _pictures(tmp_path, ["alpha", "omega"])
    (tmp_path / "bad.png").write_bytes(b"not a picture")
    sources = [good, Source("bad.png", tmp_path / "bad.png"), other]
    records = [event.record for event in run(sources, JOB, jobs) if isinstance(event, DocumentDone)]
    assert [record.status for record in records] == ["ok", "failed", "ok"]
    assert records[1].errors[0].kind == "input"
    assert "bad.png" in records[1].errors[0].message
    assert records[1].model is None


def test_a_broken_page_leaves_the_document_partial(tmp_path: Path) -> None:
    """If one page of a TIFF is cut off, the others are read and the record is partial and names the page."""
    path = write_tiff(tmp_path / "cut.tiff", ["one", "two", "three"])
    whole = path.read_bytes()
    # The pages' strips lie one after the other; wiping the second page's directory leaves the first readable.
    path.write_bytes(whole[: len(whole) * 2 // 3])
    events = list(run([Source("cut.tiff", path)], JOB, 0))
    record = events[-1].record if isinstance(events[-1], DocumentDone) else None
    assert record is not None
    assert record.status in ("partial", "failed")
    assert record.errors


def test_a_killed_worker_fails_its_page_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker process that is killed while it reads fails the page it was busy with; all others are read."""
    sources = _pictures(tmp_path, [f"word {i}" for i in range(8)])
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killer = threading.Thread(target=_kill_a_worker, args=[f"TMPDIR={tmp_path}/vextract-".encode()], daemon=True)
    killer.start()
    records = [event.record for event in run(sources, JOB, 2) if isinstance(event, DocumentDone)]
    killer.join(120)
    statuses = [record.status for record in records]
    assert statuses.count("failed") == 1
    assert statuses.count("ok") == 7
    assert [record.errors[0].kind for record in records if record.errors] == ["crash"]


def _kill_a_worker(mark: bytes) -> None:
    """Kills the parent of the first Tesseract process that has the mark in its environment: a worker busy reading."""
    for _ in range(20_000):
        for name in Path("/proc").glob("[0-9]*/comm"):
            try:
                if name.read_text().strip() == "tesseract" and mark in (name.parent / "environ").read_bytes():
                    parent = (name.parent / "stat").read_text().rsplit(")", 1)[1].split()[1]
                    os.kill(int(parent), signal.SIGKILL)
                    return
            except OSError:
                continue
        time.sleep(0.005)


def test_sources_are_taken_only_as_room_comes_free(tmp_path: Path) -> None:
    """An endless list of inputs is not drained ahead: no more sources are taken than the window has places."""
    [source] = _pictures(tmp_path, ["alpha"])
    taken = 0

    def endless() -> Iterator[Source]:
        nonlocal taken
        while True:
            taken += 1
            yield source

    results = run(endless(), JOB, 2)
    for _ in range(3):
        next(results)
    results.close()  # type: ignore[attr-defined]  # a generator
    assert taken < 20


def test_interruption_cleans_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-C Interrupted is raised, and neither a temporary file nor a worker stays."""

    def interrupting() -> Iterator[Source]:
        yield from _pictures(tmp_path, ["alpha", "omega"])
        raise KeyboardInterrupt

    # a folder of its own: other runs of the same machine make theirs in the shared one
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(Interrupted):
        list(run(interrupting(), JOB, 2))
    assert list(tmp_path.glob("vextract-*")) == []


def test_a_missing_name_is_a_failed_record() -> None:
    """A name that leads nowhere does not raise; its record says so."""
    [event] = run(expand(["no-such-file.png"]), JOB, 0)
    assert isinstance(event, DocumentDone)
    assert event.record.status == "failed"
    assert event.record.errors[0].hint


@pytest.fixture
def _ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger of what left is the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.usefixtures("_ledger")
@pytest.mark.parametrize("jobs", [0, 2])
def test_a_model_is_asked_about_documents_in_order(tmp_path: Path, jobs: int) -> None:
    """With a model that is slow about the first document, records come in input order, each with its own answer."""

    def script(received: Received) -> Said:
        [page] = pages_in(received)
        if page == 0:
            time.sleep(0.2)  # holds up the server: the others' answers are ready with it or after it, none before
        return Said(f"caption {page}")

    with Scripted(script=script) as server, asking(server, at_once=4) as asker:
        found = records(bills(tmp_path, 9), job_for("caption"), asker, jobs)
    assert [record.data["text"] for record in found] == [f"caption {number}" for number in range(9)]
    assert all(record.usage.output_tokens == OUTPUT_TOKENS for record in found)


def _waits(thread: threading.Thread) -> bool:
    """Whether it stands where the engine waits for something to be done."""
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and frame.f_code is local._Queue.events.__code__


@pytest.mark.usefixtures("_ledger")
@pytest.mark.parametrize("jobs", [0, 2])
def test_interruption_while_a_model_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    """Ctrl-C while requests hang keeps what was finished, cancels the rest, and leaves no file, no thread and no warning."""
    sources = bills(tmp_path, 4)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))

    def script(received: Received) -> str:
        if pages_in(received) == [0]:
            return "ok"
        silent.append(received)
        return "hang"

    def interrupt() -> None:
        # Elsewhere than in the run's own waiting the signal would hit the test.
        for _ in range(10_000):
            if len(silent) == 3 and _waits(threading.main_thread()):
                os.kill(os.getpid(), signal.SIGINT)
                return
            time.sleep(0.01)

    silent: list[Received] = []
    killer = threading.Thread(target=interrupt, daemon=True)
    done: list[str] = []

    def take(asker: Asker) -> None:
        for event in run(sources, job_for("caption"), jobs, asker):
            if isinstance(event, DocumentDone):
                done.append(event.record.status)
                killer.start()

    with Scripted("A cup.", script=script) as server, asking(server, at_once=8) as asker:
        asker.keep(Keeping(drain_s=0))
        with pytest.raises(Interrupted):
            take(asker)
    killer.join(60)
    assert done == ["ok"]
    assert list(scratch.iterdir()) == []
    assert "vextract-asking" not in {thread.name for thread in threading.enumerate()}
    gc.collect()


@pytest.mark.usefixtures("_ledger")
def test_a_run_that_nobody_reads_to_its_end(tmp_path: Path) -> None:
    """If its results are not wanted any more, a run ends at once though requests hang, and asks no more."""
    with (
        Scripted("A cup.", script=lambda received: "ok" if pages_in(received) == [0] else "hang") as server,
        asking(server, at_once=2) as asker,
    ):
        results = run(bills(tmp_path, 40), job_for("caption"), 0, asker)
        next(results)
        results.close()  # type: ignore[attr-defined]  # a generator
        assert len(server.requests) <= 3
