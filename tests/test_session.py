"""Sessions: what of a command line is noted, which run a session belongs to, and what it knows of earlier ones."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.scripting import Bill, job_for
from tests.test_journal import ABOUT, line
from vextract.journal import Journal
from vextract.requests import Response
from vextract.session import Session, open_store, without_secret_values, work_of
from vextract.settings import Settings, load_settings
from vextract.sources.options import OpenOptions, PageSelection
from vextract.store import Store
from vextract.store.answers import Spend
from vextract.store.runs import Item
from vextract.types import ErrorInfo, Record, Status, Usage

KEY = "sk-hush-0815-do-not-tell"
pytestmark = pytest.mark.usefixtures("workdir")


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (["ocr", "--password", "hush-0815", "a.pdf"], ["ocr", "--password", "***", "a.pdf"]),
        (["ocr", "--password=hush=0815"], ["ocr", "--password=***"]),
        (["x", "-O", "api_key=hush-0815"], ["x", "-O", "api_key=***"]),
        (["x", "-Oapi_key=hush-0815"], ["x", "-Oapi_key=***"]),
        (["x", "-qO", "x_secret=hush-0815"], ["x", "-qO", "x_secret=***"]),
        (["x", "--option=apiKey=hush-0815"], ["x", "--option=apiKey=***"]),
        (["x", "--option", "auth=hush-0815"], ["x", "--option", "auth=***"]),
        (["x", "-O", 'default_headers={"X-Api": "hush-0815"}'], ["x", "-O", "default_headers=***"]),
        (["x", "-O", 'extra_body={"password": "hush-0815"}'], ["x", "-O", "extra_body=***"]),
        (["x", "-O", 'extra_body={\n"password": "hush-0815"}'], ["x", "-O", "extra_body=***"]),
        (["https://me:hush-0815@example.com/a.png"], ["https://***@example.com/a.png"]),
        (["https://example.com/a.png?sig=hush-0815&w=3"], ["https://example.com/a.png?sig=***&w=3"]),
        (["x", "--base-url", "http://me:hush-0815@h/v1"], ["x", "--base-url", "http://***@h/v1"]),
        (["x", "--base-url=http://h/v1?api_key=hush-0815"], ["x", "--base-url=http://h/v1?api_key=***"]),
        (["ask", "a.png", "is AIzahush-0815-hush-0815-hush a key?"], ["ask", "a.png", "is *** a key?"]),
        (["ask", "a.png", f"{KEY} is mine"], ["ask", "a.png", "*** is mine"]),
    ],
)
def test_secrets_are_left_out(command: list[str], shown: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords, keys in options and addresses, and keys of the environment wherever they stand, become `***`."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert without_secret_values(command) == shown


@pytest.mark.parametrize(
    "command",
    [
        ["extract", "a.png", "b.png", "-s", "vendor, total float", "-o", "out/", "--resume"],
        ["x", "--max-tokens=100", "--max-tokens-total", "5", "-O", "max_tokens=100", "-Omax_completion_tokens=9"],
        ["x", "-O", "top_p=0.9", "--base-url", "http://127.0.0.1:8000/v1", "-O", "seed=7"],
        ["https://example.com/scan.png?page=3", "@list.txt", "-", "a=b.png", os.fsdecode(b"\xff.png")],
        ["ask", "a.png", "What is the key to the door? e=mc²"],
        [],
    ],
)
def test_all_else_is_kept_as_it_is(command: list[str]) -> None:
    """What is no secret is noted as it was given, so that it can be run once more."""
    assert without_secret_values(command) == command


def session(store: Store, path: Path, work: str = "work", *, resume: bool = True, retry: bool = False) -> Session:
    """A session that goes on with a file, or begins it anew."""
    journal = Journal(path, resume=resume, retry=retry, about=ABOUT)
    journal.commit()
    return Session(store, ["ocr", "x"], path, work, anew=not resume, journal=journal)


def record(source: str, status: Status = "ok") -> Record[Any]:
    """What became of an input."""
    errors = () if status == "ok" else (ErrorInfo("timeout", f"{source} took too long"),)
    return Record(source, None, "ocr", None, status, None, errors=errors)


def counted(store: Store, run: int) -> dict[str, int]:
    """The items of a run by their states, and how many attempts the others took together."""
    return store.runs.states(run) | {"attempts": sum(item.attempts for item in store.runs.failures(run))}


def noted(store: Store, path: Path, **more: Any) -> Session:
    """A first session in which b failed twice under one name, and a was good."""
    begun = session(store, path, resume=False, **more)
    for source, status in (("b", "failed"), ("a", "ok"), ("b", "failed")):
        begun.note(record(source, status))
    path.write_bytes(line("b", "failed") + line("a") + line("b", "failed"))
    return begun


def test_what_is_kept_is_not_counted_again() -> None:
    """A session that finds all records there notes nothing new; a retry counts its attempts item by item."""
    path = Path("out.jsonl")
    noted(Store("s.sqlite"), path).end("done")
    store = Store("s.sqlite")
    second = session(store, path)
    for source in ("b", "a", "b"):
        second.kept(source)
    second.end("done")
    store = Store("s.sqlite")
    assert counted(store, second.run) == {"ok": 1, "failed": 2, "attempts": 2}
    third = session(store, path, retry=True)
    third.note(record("b"))
    third.kept("a")
    third.note(record("b", "failed"))
    third.end("done")
    store = Store("s.sqlite")
    assert {second.run, third.run} == {1}
    assert store.runs.failures(1) == [Item("b", 2, "failed", 2, "timeout", "b took too long")]
    assert store.runs.states(1) == {"ok": 2, "failed": 1}
    store.close()


def test_a_kill_loses_no_counts() -> None:
    """What the file has and the store was not told before a kill is noted by the session that goes on."""
    path, store = Path("out.jsonl"), Store("s.sqlite")
    begun = session(store, path, resume=False)
    path.write_bytes(line("a") + line("b", "failed") + line("b") + line("c", "partial"))
    second = session(store, path)
    assert second.run == begun.run
    for source in ("a", "b", "b", "c"):
        second.kept(source)
    second.note(record("d"))
    second.end("done")
    store = Store("s.sqlite")
    assert store.runs.states(1) == {"ok": 3, "failed": 1, "partial": 1}
    assert [(item.source, item.kind) for item in store.runs.failures(1)] == [("b", None), ("c", None)]
    store.close()


def test_other_work_is_another_run(caplog: pytest.LogCaptureFixture) -> None:
    """A file gone on with by other settings is said to get records of both; begun anew it belongs to the new run alone."""
    path, store = Path("out.jsonl"), Store("s.sqlite")
    first = session(store, path)
    assert caplog.records == []
    assert session(store, path).run == first.run
    second = session(store, path, "other")
    assert second.run != first.run
    assert "it will have records of both" in caplog.text
    caplog.clear()
    third = session(store, path, "work", resume=False)
    assert third.run not in {first.run, second.run}
    assert caplog.records == []
    outputs = {run.id: run.output for run in store.runs.all()}
    assert outputs == {first.run: None, second.run: None, third.run: os.path.abspath(path)}
    store.close()


def test_spending_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """What earlier sessions of the run have spent counts towards the limit; that a part of it is not known is said."""
    path, store = Path("out.jsonl"), Store("s.sqlite")
    first = session(store, path)
    for usage in (Usage(100, 20, cost_usd=0.25), Usage(7, None)):
        store.answers.put(None, Response("", "stop"), Spend(first.run, "m", "ocr", usage))
    before = session(store, path).meter.before
    assert (before.answers, before.tokens, before.cost_usd, before.unpriced, before.uncounted) == (2, 127, 0.25, 1, 1)
    second = session(store, path)
    second.keeping(Settings(), lambda _: False)
    assert caplog.records == []
    keeping = second.keeping(Settings(max_cost=3.0, max_tokens_total=500), lambda source: source == "b")
    assert "1 answers of earlier sessions have no known cost" in caplog.text
    assert (keeping.run, keeping.meter.max_cost_usd, keeping.meter.max_tokens) == (first.run, 3.0, 500)
    assert (keeping.stale("a"), keeping.stale("b")) == (False, True)
    assert second.keeping(Settings(cache="refresh"), lambda _: False).stale("a")
    assert not second.keeping(Settings(cache="off"), lambda _: False).answers
    assert session(store, path, resume=False).meter.before.answers == 0
    store.close()


WORK = """
from tests.test_session import job
from vextract.session import work_of
print(work_of(job()))
"""


def job(**more: Any) -> Any:
    """A job with a schema, a profile and a password."""
    return replace(job_for(**more), opening=OpenOptions(password="hush-0815"))  # noqa: S106


def test_the_same_work_is_known_in_another_process() -> None:
    """The digest of the work does not depend on the process, nor on the password that opens documents."""
    root = str(Path(__file__).parent.parent)
    env = {**os.environ, "PYTHONPATH": root, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", WORK], env=env, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == work_of(job())
    assert work_of(replace(job(), opening=OpenOptions(password="other"))) == work_of(job())  # noqa: S106


def test_other_work_has_another_digest() -> None:
    """Another task, schema, page list, resolution, or question makes other records."""

    class Other(Bill):
        tip: float | None = None

    selected = replace(job(), opening=OpenOptions(pages=PageSelection.parse("1-3")))
    jobs = [job(), job(schema=Other), job(task="ocr"), selected, replace(job(), ground=True), job(model="test:other")]
    jobs += [replace(job(), opening=OpenOptions(dpi=300))]
    assert len({work_of(each) for each in jobs}) == len(jobs)


def test_where_no_store_can_be(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own store that cannot be made is a warning, one that was named an error."""
    Path("file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", os.path.abspath("file"))
    assert open_store(load_settings()) is None
    assert "answers are not kept" in caplog.text
    from vextract.errors import OutputError

    with pytest.raises(OutputError, match="cannot be used"):
        open_store(load_settings(store="file/s.sqlite"))


def test_nothing_of_it_in_the_file() -> None:
    """No secret of a command line stands anywhere in the store, whatever its arguments were; the rest does."""
    store = Store("s.sqlite")
    commands = [
        [
            "extract",
            "https://me:hush-0815@h/a.png?token=hush-0815",
            "-O",
            "api_key=hush-0815",
            "--password",
            "hush-0815",
        ]
    ]
    for command in commands:
        Session(store, command, None, "work", anew=True).end("done")
    told = b"".join(path.read_bytes() for path in Path().glob("s.sqlite*"))
    assert b"hush" not in told
    assert json.dumps("api_key=***").encode() in told
