"""Asking a model about documents, many at once: one event loop, in a thread of its own, for all requests of a run.

Pictures are drawn and encoded by the workers, and only when it is nearly their request's turn, so that no more of them lie in
memory than for twice as many requests as may be under way.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from vextract import pipeline
from vextract.answering import Outcome, Policy, answered
from vextract.egress import egress_line, note
from vextract.errors import InputError, NotSent, UsageError
from vextract.models import Connection, Model, ZeroShot, connect
from vextract.pipeline import Asked, Job, PageRead, Unread, error_info
from vextract.requests import Clip, Picture, Request, Response
from vextract.schema.dialects import DIALECTS
from vextract.sources.expand import Source
from vextract.tasks import Ask, Question, Sight, find_model_task
from vextract.tasks import classify as classifying
from vextract.tasks.ocr import read_page
from vextract.types import ErrorInfo, PageText
from vextract.windows import Windows

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Asker", "Draw", "Show", "draws"]

_DRAW_HINT = "try a lower --dpi or fewer --jobs, or raise page_timeout_s in vextract.toml"

Result = TypeVar("Result")
Draw = Callable[[Sight], Awaitable[Picture | Clip]]
Show = Callable[[Request, Connection], None]
"""Shows a request instead of sending it."""


class Workers(Protocol):
    """Where pictures are drawn."""

    def submit(self, function: Callable[..., Any], *args: object) -> "Future[Any]":
        """Has the function called; its outcome comes with the future."""
        ...


class Asker:
    """Asks one model; used by the engine from its own thread.

    Args:
        connection: to the model; made at once, so that a missing key or package is known before anything is read.
        policy: how often to try.
        show: if given, shows each request instead of sending it.
        wrap: puts something around the model, such as a recorder of its answers.

    Raises:
        VextractError: the model cannot be asked at all.
    """

    def __init__(
        self,
        connection: Connection,
        policy: Policy,
        show: Show | None = None,
        wrap: Callable[[Model], Model] | None = None,
    ) -> None:
        self._connection, self._policy, self._show = connection, policy, show
        model = connect(connection)
        self._model: Model = wrap(model) if wrap else model
        dialect = connection.profile.dialect or self._model.dialect
        if dialect not in DIALECTS:
            raise UsageError(f"no dialect is called {dialect!r}", f"choose one of: {', '.join(DIALECTS)}")
        self._dialect = DIALECTS[dialect]
        self.at_once = connection.at_once
        self._loop = asyncio.new_event_loop()
        # A model behind a server counts its requests itself, from when they go out; some more are made ready meanwhile.
        self._turns = asyncio.Semaphore(connection.at_once * (2 if self._model.address else 1))
        self._thread = threading.Thread(target=self._loop.run_forever, name="vextract-asking", daemon=True)
        self._thread.start()

    def page(
        self, reading: "Future[PageRead]", path: Path, source: Source, job: Job, workers: Workers
    ) -> "Future[PageRead | Unread]":
        """The page as the model reads it, on the places of the reader's words."""
        return self._submit(self._page(reading, path, source, job, workers))

    def document(
        self, path: Path, source: Source, texts: Sequence[PageText], job: Job, workers: Workers
    ) -> "Future[Asked]":
        """What the model says of a document whose pages are read."""
        return self._submit(self._document(path, source, texts, job, workers))

    def question(
        self, ask: Ask, draw: Draw, task: str, source: str, on_text: Callable[[str], None] | None = None
    ) -> "Future[Outcome]":
        """One question, its pictures drawn by `draw`."""
        return self._submit(self._answered(ask, draw, task, source, on_text))

    def close(self) -> None:
        """Ends what is under way and gives all back."""
        if self._loop.is_closed():
            return
        try:
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _submit(self, coroutine: "Coroutine[Any, Any, Result]") -> "Future[Result]":
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _end(self) -> None:
        for task in _others():
            task.cancel()
        await asyncio.gather(*_others(), return_exceptions=True)
        try:
            await self._model.close()
            # Clients that are let go may have more to close, in tasks of their own.
            await asyncio.sleep(0)
            await asyncio.gather(*_others(), return_exceptions=True)
        finally:
            await self._loop.shutdown_asyncgens()
            await self._loop.shutdown_default_executor()

    async def _page(
        self, reading: "Future[PageRead]", path: Path, source: Source, job: Job, workers: Workers
    ) -> PageRead | Unread:
        read = await asyncio.wrap_future(reading)
        vision = job.vision
        assert vision is not None, "only jobs with a model are asked"
        if read.text.blank:
            return read
        number = read.text.ref.number
        ask = find_model_task(job.task).ask(
            Question((read.text,), options=job.options, prompt=vision.prompt, profile=vision.profile), (number,)
        )
        draw = draws(path, source, (read.text,), job, workers)
        outcome = await self._answered(ask, draw, job.task, source.name)
        if outcome.reply is None:
            return Unread(_failed(outcome), outcome.calls)
        text, notes = read_page(read.text, outcome.reply, vision.model)
        told = tuple(f"page {number}: {note}" for note in notes)
        return replace(read, text=text, notes=(*read.notes, *told), calls=outcome.calls)

    async def _document(
        self, path: Path, source: Source, texts: Sequence[PageText], job: Job, workers: Workers
    ) -> Asked:
        draw = draws(path, source, texts, job, workers)
        question = pipeline.question(tuple(texts), source, job)
        numbers = tuple(text.ref.number for text in texts)
        if isinstance(self._model, ZeroShot) and job.task == "classify":
            return await self._zero_shot(self._model, question, draw, numbers[0])
        assert job.vision is not None, "only jobs with a model are asked"

        async def say(ask: Ask) -> Outcome:
            return await self._answered(ask, draw, job.task, source.name)

        windows = Windows(find_model_task(job.task), question, say, job.vision.window, job.vision.overlap)
        outcomes = await windows.outcomes(numbers)
        return Asked(
            tuple(outcome.reply for outcome in outcomes if outcome.reply),
            tuple(_failed(outcome) for outcome in outcomes if outcome.error),
            tuple(call for outcome in outcomes for call in outcome.calls),
        )

    async def _zero_shot(self, model: ZeroShot, question: Question, draw: Draw, page: int) -> Asked:
        options = question.options
        assert isinstance(options, classifying.ClassifyOptions), "jobs for classify have labels"
        async with self._turns:
            picture = await draw(Sight(page))
            assert isinstance(picture, Picture), "pages are pictures"
            scores = await model.zero_shot(options.labels, picture, self._policy.sampling.options)
        return Asked((classifying.scored(options, scores),))

    async def _answered(
        self, ask: Ask, draw: Draw, task: str, source: str, on_text: Callable[[str], None] | None = None
    ) -> Outcome:
        ask = replace(ask, logprobs=ask.logprobs and self._connection.profile.logprobs is not False)

        async def send(request: Request) -> Response:
            async with self._turns:
                filled = await _filled(request, draw)
                if self._show:
                    self._show(filled, self._connection)
                    raise NotSent("nothing was sent", "leave out --show-request to send it")
                if self._model.address:
                    note(egress_line(filled, self._model.address, model=self._model.name, task=task, source=source))
                return await self._model.answer(filled, on_text)

        return await answered(ask, send, self._dialect, self._connection.name, self._policy)


def _others() -> "list[asyncio.Task[Any]]":
    """All tasks of the loop but the one that asks."""
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def _filled(request: Request, draw: Draw) -> Request:
    """The request with its pictures in their places."""
    turns = []
    for turn in request.turns:
        parts = [await draw(part) if isinstance(part, Sight) else part for part in turn.parts]
        turns.append(replace(turn, parts=tuple(parts)))
    return replace(request, turns=tuple(turns))


def draws(path: Path, source: Source, texts: Sequence[PageText], job: Job, workers: Workers) -> Draw:
    """What draws the pages of a document, by the workers, each turned as its text says."""
    turned = {text.ref.number: text.rotation for text in texts}

    async def draw(sight: Sight) -> Picture:
        # Without worker processes `submit` itself does the work, which must not hold up the loop.
        args = (pipeline.picture, path, source.name, sight, turned.get(sight.page, 0), job)
        try:
            future = await asyncio.to_thread(workers.submit, *args)
            picture: Picture = await asyncio.wrap_future(future)
        except (OSError, MemoryError) as error:  # a worker's death and its time-out are of the first kind
            why = str(error) or type(error).__name__
            raise InputError(
                f"the picture of page {sight.page} of {source.name!r} cannot be drawn: {why}", _DRAW_HINT
            ) from error
        return picture

    return draw


def _failed(outcome: Outcome) -> ErrorInfo:
    assert outcome.error is not None, "only failures are told"
    pages = outcome.ask.pages
    return error_info(outcome.error, pages[0] if len(pages) == 1 else None)
