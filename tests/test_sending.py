"""What lies between a question and the model: kept answers, single flight, limits of the server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.models.asking import connection, question
from tests.models.emulator import Emulator, Received
from vextract.errors import Halted, Interrupted, RateLimited, VextractError
from vextract.models import connect
from vextract.requests import Picture, Request, Response, Turn
from vextract.sending import Keeping, Sender
from vextract.store import Store
from vextract.tasks import Sight

PIXEL = Picture(b"\x89PNG pixel", "image/png", 1, 1)


class Drawing:
    """Draws the same picture, and counts how often; says what it is told to say of it."""

    def __init__(self, told: object = "a document") -> None:
        self.count, self._told = 0, told

    async def __call__(self, sight: Sight) -> Picture:
        self.count += sight.page >= 0
        return PIXEL

    async def told(self, sight: Sight) -> object:
        return [self._told, sight.page]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store, and a ledger of what leaves."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    opened = Store(tmp_path / "store.sqlite")
    yield opened
    opened.close()


@asynccontextmanager
async def sender(emulator: Emulator, keeping: Keeping, fault: str = "") -> AsyncIterator[Sender]:
    """Sends to the emulator."""
    told = connection(emulator.url, "openai", fault)
    model = connect(told)
    try:
        yield Sender(model, told, keeping, None, 60.0)
    finally:
        await model.close()


def about(page: int = 1, **more: object) -> Request:
    """A question about a page."""
    return replace(question(), turns=(Turn("user", ("What is it?", Sight(page))),), **more)  # type: ignore[arg-type]


def sent(emulator: Emulator, keeping: Keeping, *requests: Request, draw: Drawing | None = None) -> list[Response]:
    """The answers, one after the other."""

    async def ask() -> list[Response]:
        async with sender(emulator, keeping) as asked:
            return [await asked.send(request, draw or Drawing(), "caption", "a.png") for request in requests]

    return asyncio.run(ask())


def test_what_was_answered_is_not_sent_again(store: Store) -> None:
    """The second time the answer comes from the store, says so, costs nothing, and no picture is drawn for it."""
    draw, keeping = Drawing(), Keeping(store, 1)
    with Emulator("a cup") as emulator:
        first, second = sent(emulator, keeping, about(), about(), draw=draw)
        assert len(emulator.requests) == 1
    assert (first.stored, second.stored, draw.count) == (False, True, 1)
    assert replace(second, stored=False) == first
    assert (keeping.meter.now.answers, keeping.meter.now.stored) == (1, 1)
    assert store.runs.spent(1).answers == 1


@pytest.mark.parametrize(
    "other",
    [
        about(2),
        about(system="Be brief."),
        about(json_schema={"type": "object"}),
        about(sampling=replace(about().sampling, seed=5)),
        about(sampling=replace(about().sampling, options={"top_p": 0.5})),
        about(logprobs=True),
    ],
)
def test_another_question_is_another_answer(store: Store, other: Request) -> None:
    """Everything that the answer depends on is part of its key."""
    with Emulator("a cup") as emulator:
        sent(emulator, Keeping(store), about(), other)
        assert len(emulator.requests) == 2


def test_another_document_or_model_is_another_answer(store: Store) -> None:
    """So are what the picture is made of, and who is asked."""
    with Emulator("a cup") as emulator:
        sent(emulator, Keeping(store), about())
        sent(emulator, Keeping(store), about(), draw=Drawing("another document"))

        async def elsewhere() -> Response:
            async with sender(emulator, Keeping(store), "nousage") as asked:
                return await asked.send(about(), Drawing(), "caption", "a.png")

        assert not asyncio.run(elsewhere()).stored
        assert len(emulator.requests) == 3


def test_what_is_asked_twice_at_once_is_asked_once(store: Store) -> None:
    """Of many that ask the same at the same time one pays, and all get the answer."""

    async def ask(emulator: Emulator) -> list[Response]:
        async with sender(emulator, Keeping(store)) as asked:
            return await asyncio.gather(*(asked.send(about(), Drawing(), "caption", "a.png") for _ in range(8)))

    with Emulator("a cup", delay_s=0.05) as emulator:
        answers = asyncio.run(ask(emulator))
        assert len(emulator.requests) == 1
    assert {answer.text for answer in answers} == {"a cup"}
    assert sum(answer.stored for answer in answers) == 7


def test_stale_answers_are_asked_for_anew(store: Store) -> None:
    """What is kept of a source that is stale is not used, and what comes now takes its place."""
    with Emulator("a cup") as emulator:
        sent(emulator, Keeping(store), about())
        emulator.reply = "a mug"
        stale = Keeping(store, stale=lambda source: source == "a.png")
        assert [answer.text for answer in sent(emulator, stale, about())] == ["a mug"]
        assert [answer.text for answer in sent(emulator, Keeping(store), about())] == ["a mug"]
        assert len(emulator.requests) == 2


def test_no_store_keeps_nothing(store: Store) -> None:
    """Without answers to be kept, each question is sent; what it took is noted all the same."""
    with Emulator("a cup") as emulator:
        sent(emulator, Keeping(store, 1, answers=False), about(), about())
        assert len(emulator.requests) == 2
    assert store.answers.totals() == []
    assert store.runs.spent(1).answers == 2


@pytest.mark.parametrize("fault", ["safety", "empty"])
def test_refusals_and_silence_are_not_kept(store: Store, fault: str) -> None:
    """The same question may be answered another time: it was paid for, and is not kept."""

    async def ask(emulator: Emulator) -> list[Response | VextractError]:
        async with sender(emulator, Keeping(store, 1), fault) as asked:
            return [await asked.send(about(), Drawing(), "caption", "a.png") for _ in range(2)]

    with Emulator("a cup") as emulator:
        asyncio.run(ask(emulator))
        assert len(emulator.requests) == 2
    assert store.answers.totals() == []
    assert store.runs.spent(1).answers == 2


def test_too_many_requests_use_up_no_retry_while_others_are_answered(store: Store) -> None:
    """A server that takes only so many at once refuses some of many; all are answered, without anybody trying again above."""
    under_way = 0

    class Busy(Emulator):
        async def _answer(self, received: Received, fault: str, writer: asyncio.StreamWriter) -> bool:
            nonlocal under_way
            under_way += 1
            try:
                if under_way > 2:
                    return await super()._answer(received, "429", writer)
                await asyncio.sleep(0.02)
                return await super()._answer(received, fault, writer)
            finally:
                under_way -= 1

    async def ask(emulator: Emulator) -> list[Response | BaseException]:
        async with sender(emulator, Keeping(store)) as asked:
            first = await asked.send(about(0), Drawing(), "caption", "a.png")
            rest = (asked.send(about(page), Drawing(), "caption", "a.png") for page in range(1, 30))
            return [first, *await asyncio.gather(*rest, return_exceptions=True)]

    with Busy("a cup") as emulator:
        answers = asyncio.run(ask(emulator))
        assert len(emulator.requests) > 30, "none was refused"
    assert [answer for answer in answers if not isinstance(answer, Response | RateLimited)] == []
    assert sum(isinstance(answer, Response) for answer in answers) >= 29


def test_after_a_halt_nothing_is_sent(store: Store) -> None:
    """A question after the halt is none that failed: it is left for another run."""

    async def ask(emulator: Emulator) -> None:
        async with sender(emulator, Keeping(store)) as asked:
            asked.halt(Interrupted("stop"))
            with pytest.raises(Halted):
                await asked.send(about(), Drawing(), "caption", "a.png")

    with Emulator("a cup") as emulator:
        asyncio.run(ask(emulator))
        assert not emulator.requests
