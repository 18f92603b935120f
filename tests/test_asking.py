"""Asking a model about documents: windows, failures of single pages, how many at once, what pages can and cannot do."""

import asyncio
import gc
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.models.asking import PROVIDERS, connection
from tests.models.emulator import Emulator, Received
from tests.models.protocols import OUTPUT_TOKENS, Said
from tests.scripting import (
    Scripted,
    Waits,
    asking,
    bills,
    draw_pages,
    job_for,
    pages_in,
    records,
    words_in,
)
from vextract.answering import Policy
from vextract.asking import Asker
from vextract.engines.workers import Inline
from vextract.errors import UsageError
from vextract.requests import Picture
from vextract.tasks import Ask, Sight
from vextract.types import PageRef, PageText


@pytest.fixture(autouse=True)
def _ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger of what left is the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def items_of(pages: list[int]) -> Said:
    """An answer with two lines for each page."""
    items = [{"name": f"{page}{part}", "qty": page} for page in pages for part in "ab"]
    return Said(json.dumps({"vendor": "Ada", "total": None, "items": items}))


def narrow(received: Received) -> str | Said:
    """Answers that take more than one page are cut off."""
    pages = pages_in(received)
    return items_of(pages) if len(pages) == 1 else Said('{"vendor": "Ada", "items": [', "length")


def short_of_context(received: Received) -> str | Said:
    """More than two pages are too long a request."""
    pages = pages_in(received)
    return items_of(pages) if len(pages) <= 2 else "context"


@pytest.mark.parametrize(
    ("script", "overlap", "failed"),
    [(narrow, 0, 12), (narrow, 1, 22), (short_of_context, 0, 0), (short_of_context, 1, 0)],
)
def test_too_many_pages_are_asked_about_in_halves(
    tmp_path: Path, script: Callable[[Received], str | Said], overlap: int, failed: int
) -> None:
    """Where an answer about several pages is cut off, or the request too long, all entries of all pages come, in order, once.

    Halves overlap as windows do, and no page is asked about twice by itself.
    """
    pages = [1, 2, 3, 4, 5, 6, 7]
    with Scripted(script=script) as server, asking(server) as asker:
        job = job_for(window=8, overlap=overlap)
        [record] = records([draw_pages(tmp_path / "long.tiff", *pages)], job, asker)
    assert record.status == "ok"
    assert [item["name"] for item in record.data["items"]] == [f"{page}{part}" for page in pages for part in "ab"]
    assert record.data["vendor"] == "Ada"
    answers = [call for call in record.calls if call.finish == "stop"]
    seen = sorted(page for call in answers for page in call.pages)
    assert (seen if script is narrow or not overlap else sorted({*seen})) == pages
    assert len(record.calls) - len(answers) == failed
    assert record.usage.output_tokens == OUTPUT_TOKENS * len(record.calls)


def test_windows_are_as_large_as_told(tmp_path: Path) -> None:
    """Seven pages in windows of three are three requests, each of which begins with the last page of the one before."""
    with Scripted(script=lambda received: items_of(pages_in(received))) as server, asking(server) as asker:
        [record] = records([draw_pages(tmp_path / "long.tiff", *range(1, 8))], job_for(window=3), asker)
    assert sorted(pages_in(received) for received in server.requests) == [[1, 2, 3], [3, 4, 5], [5, 6, 7]]
    assert [item["qty"] for item in record.data["items"][::2]] == [1, 2, 3, 4, 5, 6, 7]


def test_a_window_that_fails_takes_no_other_with_it(tmp_path: Path) -> None:
    """If the model refuses some of the pages, the entries of the others stay, and the record is partial."""

    def refusing(received: Received) -> str | Said:
        pages = pages_in(received)
        return "safety" if 2 in pages else items_of(pages)

    with Scripted(script=refusing) as server, asking(server) as asker:
        [record] = records([draw_pages(tmp_path / "long.tiff", 1, 2, 3)], job_for(window=1), asker)
    assert record.status == "partial"
    assert [item["qty"] for item in record.data["items"]] == [1, 1, 3, 3]
    assert [(error.kind, error.page, error.exit_code) for error in record.errors] == [("refused", 2, 8)]


KINDS = {
    "safety": ("refused", 8),
    "block": ("refused", 8),
    "empty": ("empty", 8),
    "length": ("truncated", 8),
    "error200": ("rate-limit", 7),
    "401": ("authentication", 6),
    "404": ("not-found", 7),
    "context": ("context", 7),
    "html": ("protocol", 7),
    "reset": ("connection", 7),
    "hang": ("model-timeout", 7),
}


@pytest.mark.parametrize("task", ["caption", "ocr"])
def test_a_page_that_fails_leaves_the_others(tmp_path: Path, task: str) -> None:
    """Each failure of one page has its kind and exit code in the record, which is partial; the other page is kept."""
    kinds = [*KINDS, "loop"]

    def script(received: Received) -> str | Said:
        [page] = pages_in(received)
        if page == 99:
            return Said("A cup of tea.")
        return Said("and so on " * 500) if kinds[page] == "loop" else kinds[page]

    sources = [draw_pages(tmp_path / f"{place}.tiff", place, 99) for place in range(len(kinds))]
    with Scripted(script=script) as server, asking(server, policy=Policy(0), at_once=4, timeout_s=4) as asker:
        found = records(sources, job_for(task), asker)
    expected = {**KINDS, "loop": ("loop", 8)}
    assert [record.source for record in found] == [source.name for source in sources]
    for kind, record in zip(kinds, found, strict=True):
        assert record.status == "partial"
        assert [(error.kind, error.exit_code) for error in record.errors] == [expected[kind]]
        assert record.errors[0].page == 1
        assert record.errors[0].hint
        if task == "caption":
            assert record.data == {"text": "A cup of tea.", "pages": [{"number": 2, "text": "A cup of tea."}]}
        else:
            assert [ref.number for ref in record.pages] == [2]


class Broken(Inline):
    """Workers that die over the picture of one page."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def submit(self, function: Callable[..., Any], *args: object) -> "Future[Any]":
        """As it is told, but for page 2."""
        if isinstance(args[2], Sight) and args[2].page == 2:
            failed: Future[Any] = Future()
            failed.set_exception(self._error)
            return failed
        return super().submit(function, *args)


@pytest.mark.parametrize("error", [TimeoutError(), MemoryError(), OSError(28, "No space left on device")], ids=repr)
def test_a_page_that_cannot_be_drawn_leaves_the_others(tmp_path: Path, error: Exception) -> None:
    """If a worker dies over one page's picture, that page has an error, and the others are asked about."""
    source = draw_pages(tmp_path / "long.tiff", 1, 2, 3)
    texts = tuple(PageText(PageRef(source.name, number, 100, 40), (), "") for number in (1, 2, 3))
    assert source.path is not None
    with Scripted("A cup.") as server, asking(server) as asker:
        asked = asker.document(source.path, source, texts, job_for("caption"), Broken(error)).result(60)
    assert [reply.pages for reply in asked.replies] == [(1,), (3,)]
    assert [(error.kind, error.page, error.exit_code) for error in asked.errors] == [("input", 2, 3)]
    assert "page 2" in asked.errors[0].message


FAULTS = ("429", "503", "reset", "hang", "html", "garbage", "length")


@pytest.mark.parametrize("retries", [0, 4])
def test_nothing_is_lost_among_faults(tmp_path: Path, retries: int) -> None:
    """With three requests in ten going wrong each document has its record, in order: its own values, or an error with its kind."""
    count = 60
    policy = Policy(retries, sleep=Waits().sleep)
    answer = lambda received: items_of(pages_in(received)).text  # noqa: E731  one line
    with (
        Emulator(answer, share=0.3, faults=FAULTS, seed=retries) as server,
        asking(server, policy=policy, at_once=8, timeout_s=3) as asker,
    ):
        found = records(bills(tmp_path, count), job_for(), asker)
    assert [record.source for record in found] == [f"{number:04}.png" for number in range(count)]
    for number, record in enumerate(found):
        if record.status == "ok":
            assert [item["qty"] for item in record.data["items"]] == [number, number]
        else:
            assert (record.status, record.data) == ("failed", None)
            assert [error.kind for error in record.errors] != []
            assert all(error.hint and error.exit_code in {7, 8} for error in record.errors)
    failed = {record.errors[0].kind for record in found if record.errors}
    whole = sum(record.status == "ok" for record in found)
    if retries:
        assert whole >= count - 3
        assert len(server.requests) > count
    else:
        assert failed <= {"rate-limit", "server", "connection", "model-timeout", "protocol", "truncated"}
        assert len(failed) >= 4


def test_no_more_requests_than_allowed(tmp_path: Path) -> None:
    """No more requests are under way than may be, but as many, whether documents have one page or several."""
    sources = [draw_pages(tmp_path / "long.tiff", *range(1, 13)), *bills(tmp_path, 12)]
    with Emulator("A cup.", together=3) as server, asking(server, at_once=3) as asker:
        found = records(sources, job_for("caption"), asker)
    assert [record.status for record in found] == ["ok"] * 13
    assert len(server.requests) == 24
    assert server.most_at_once == 3


def test_pictures_are_drawn_when_it_is_their_turn() -> None:
    """No more pictures exist than requests may be under way, and as many that are made ready meanwhile."""
    drawn = most = 0

    async def draw(_: Sight) -> Picture:
        nonlocal drawn, most
        drawn += 1
        most = max(most, drawn - answered)
        return Picture(b"\x89PNG", "image/png", 1, 1)

    answered = 0

    def script(_: Received) -> str:
        nonlocal answered
        answered += 1
        return "ok"

    ask = Ask("test/1", (Sight(1), "What is it?"), (1,))
    with Scripted("A cup.", 0.02, script=script) as server, asking(server, at_once=2) as asker:
        outcomes = [future.result(60) for future in [asker.question(ask, draw, "test", "x") for _ in range(12)]]
    assert all(outcome.reply for outcome in outcomes)
    assert drawn == 12
    assert most <= 4


def until(true: Callable[[], bool]) -> None:
    """Waits for something that another thread does."""
    for _ in range(6000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_closing_ends_what_hangs(provider: str) -> None:
    """Closed while requests hang and others wait for their turn or their next try, all end, and nothing is left behind."""

    async def draw(_: Sight) -> Picture:
        return Picture(b"\x89PNG", "image/png", 1, 1)

    async def sleep(_: float) -> None:
        await asyncio.Event().wait()

    def script(received: Received) -> str:
        return "503" if "busy" in words_in(received) else "hang"

    asks = [Ask("test/1", (Sight(1), word), (1,)) for word in ["busy"] * 2 + ["idle"] * 6]
    before = set(threading.enumerate())
    with Scripted(script=script) as server:
        asker = Asker(connection(server.url, provider, at_once=3), Policy(sleep=sleep))
        futures = [asker.question(ask, draw, "test", "x") for ask in asks]
        until(lambda: len(server.requests) == 5)
        asker.close()
        asker.close()
        assert not wait_for(futures, timeout=10).not_done
        assert all(future.cancelled() for future in futures)
    gc.collect()  # a task or coroutine that was left behind would warn now, and warnings are errors
    left = {thread for thread in threading.enumerate() if thread.name == "vextract-asking"}
    assert left <= before


def test_an_unknown_dialect_is_a_usage_error() -> None:
    """A dialect that nobody knows is told before anything is read, and no thread is left."""
    to = connection("http://127.0.0.1:9", "openai")
    with pytest.raises(UsageError, match="'klingon'"):
        Asker(replace(to, profile=replace(to.profile, dialect="klingon")), Policy())
    assert "vextract-asking" not in {thread.name for thread in threading.enumerate()}
