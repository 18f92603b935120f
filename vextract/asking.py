"""Asking a model about documents, many at once: one event loop, in a thread of its own, for all requests of a run.

Pictures are drawn and encoded by the workers, and only when it is nearly their request's turn, so that no more of them lie in
memory than for twice as many requests as may be under way.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from vextract import pipeline
from vextract.answering import Outcome, Policy, answered
from vextract.errors import AuthenticationError, ConnectionFailed, InputError, UsageError, VextractError
from vextract.interrupting import shielded
from vextract.known_fields import answered_by_fields
from vextract.models import Connection, Model, ZeroShot, connect
from vextract.pictures import PREPARATION
from vextract.pipeline import Asked, Job, PageRead, Unread, error_info
from vextract.requests import Picture, Request, Response, Turn
from vextract.schema.dialects import DIALECTS
from vextract.sending import Draw, Keeping, Sender, Show
from vextract.sources.expand import Source
from vextract.sources.fetch import file_sha256
from vextract.sources.options import Limits, PageSelection
from vextract.tasks import Ask, Question, Sight, find_model_task
from vextract.tasks import classify as classifying
from vextract.tasks.ocr import read_page
from vextract.types import ErrorInfo, PageText
from vextract.windows import Windows

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Asker", "draws"]

# So many questions in a row that fail for want of a connection or a key are enough.
_HOPELESS = 16
_DRAW_HINT = "try a lower --dpi or fewer --jobs, or raise page_timeout_s in vextract.toml"

Result = TypeVar("Result")


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
        keeping: what is kept of its answers, and what may be spent; by default nothing is kept, and there are no limits.

    Raises:
        VextractError: the model cannot be asked at all.
    """

    def __init__(
        self,
        connection: Connection,
        policy: Policy,
        show: Show | None = None,
        wrap: Callable[[Model], Model] | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        self._connection, self._policy = connection, policy
        model = connect(connection)
        self._model: Model = wrap(model) if wrap else model
        dialect = connection.profile.dialect or self._model.dialect
        if dialect not in DIALECTS:
            raise UsageError(f"no dialect is called {dialect!r}", f"choose one of: {', '.join(DIALECTS)}")
        self._dialect = DIALECTS[dialect]
        self.name, self.at_once = str(connection.name), connection.at_once
        self._loop = asyncio.new_event_loop()
        self._show = show
        self.keep(keeping or Keeping())
        self._failed_in_a_row = 0
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

    def keep(self, keeping: Keeping) -> None:
        """From now on, before anything is asked, answers are kept and counted there."""
        self._sender = Sender(
            self._model, self._connection, keeping, self._policy.prices, self._policy.longest_wait_s, self._show
        )

    @property
    def halted(self) -> VextractError | None:
        """Why no more is asked; None while it is."""
        return self._sender.halted

    @property
    def sends(self) -> bool:
        """Whether what is not answered yet is sent; else its documents are left out."""
        return self._sender.sends

    @property
    def keeps(self) -> bool:
        """Whether answers are kept for another run."""
        return self._sender.keeps

    def halt(self, why: VextractError, hurry: threading.Event) -> None:
        """Asks no more, and waits a little for the answers that are under way, until there is a hurry."""
        self._sender.halt(why)
        self._sender.drain(hurry)

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
        with shielded():
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _end(self) -> None:
        for task in _others():
            task.cancel()
        await asyncio.gather(*_others(), return_exceptions=True)
        try:
            self._sender.close()
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
        async with self._sender.turns:
            picture = await draw(Sight(page))
            assert isinstance(picture, Picture), "pages are pictures"
            scores = await model.zero_shot(options.labels, picture, self._policy.sampling.options)
        return Asked((classifying.scored(options, scores),))

    async def _answered(
        self, ask: Ask, draw: Draw, task: str, source: str, on_text: Callable[[str], None] | None = None
    ) -> Outcome:
        ask = replace(ask, logprobs=ask.logprobs and self._connection.profile.logprobs is not False)

        async def send(request: Request) -> Response:
            return await self._sender.send(request, draw, task, source, on_text)

        async def whole(ask: Ask) -> Outcome:
            return await answered(ask, send, self._dialect, self._connection.name, self._policy)

        answers = self._sender.answers
        if answers is None or ask.schema is None or ask.ballot is not None:
            outcome = await whole(ask)
        else:
            bare = Request((Turn("user", ask.parts),), ask.system, sampling=self._policy.sampling)  # type: ignore[arg-type]  # drawn by `send`
            question = await self._sender.key(bare, draw)
            outcome = await answered_by_fields(ask, question, answers, whole, stale=self._sender.is_stale(source))
        self._judge(outcome)
        return outcome

    def _judge(self, outcome: Outcome) -> None:
        """Stops the run where question after question fails in a way that will not change by itself."""
        if isinstance(outcome.error, ConnectionFailed | AuthenticationError):
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= max(_HOPELESS, 2 * self.at_once):
                self._sender.halt(outcome.error)
        elif outcome.reply is not None:
            self._failed_in_a_row = 0


def _others() -> "list[asyncio.Task[Any]]":
    """All tasks of the loop but the one that asks."""
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Draws the pages of a document, by the workers, each turned as its text says; see `vextract.sending.Draw`."""

    path: Path
    name: str
    turned: Mapping[int, int]
    job: Job
    workers: Workers

    async def __call__(self, sight: Sight) -> Picture:
        """The picture.

        Raises:
            VextractError: it cannot be drawn.
        """
        # Without worker processes `submit` itself does the work, which must not hold up the loop.
        args = (pipeline.picture, self.path, self.name, sight, self.turned.get(sight.page, 0), self.job)
        try:
            future = await asyncio.to_thread(self.workers.submit, *args)
            picture: Picture = await asyncio.wrap_future(future)
        except (OSError, MemoryError) as error:  # a worker's death and its time-out are of the first kind
            why = str(error) or type(error).__name__
            raise InputError(
                f"the picture of page {sight.page} of {self.name!r} cannot be drawn: {why}", _DRAW_HINT
            ) from error
        return picture

    async def told(self, sight: Sight) -> object:
        """The document by its digest, and how the page is drawn."""
        digest = await asyncio.to_thread(_digest_of, self.path)
        opening = replace(self.job.opening, pages=PageSelection(), password=None, limits=Limits())
        region = None if sight.region is None else astuple(sight.region)
        return [PREPARATION, digest, sight.page, region, self.turned.get(sight.page, 0), repr(opening)]


def _digest_of(path: Path) -> str:
    there = path.stat()
    return _digest(path, there.st_size, there.st_mtime_ns)


@lru_cache(maxsize=64)
def _digest(path: Path, _size: int, _changed: int) -> str:
    return file_sha256(path)


def draws(path: Path, source: Source, texts: Sequence[PageText], job: Job, workers: Workers) -> Draw:
    """What draws the pages of a document, by the workers, each turned as its text says."""
    return _Drawing(path, source.name, {text.ref.number: text.rotation for text in texts}, job, workers)


def _failed(outcome: Outcome) -> ErrorInfo:
    assert outcome.error is not None, "only failures are told"
    pages = outcome.ask.pages
    return error_info(outcome.error, pages[0] if len(pages) == 1 else None)
