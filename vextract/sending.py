"""Between a question and the model: answers that are kept, whose turn it is, what may be spent, how fast requests may go out.

What was answered before is not sent again. What is sent is first noted (`vextract.egress`), and what comes back is kept and counted
before anybody else gets it. Used on one event loop; `halt` and `drain` may be called from any thread.
"""

import asyncio
import hashlib
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from vextract.egress import egress_line, note
from vextract.errors import BudgetReached, Halted, NotSent, OutputError, RateLimited, VextractError
from vextract.meter import Meter
from vextract.models import Connection, Model
from vextract.pacing import Pacer
from vextract.prices import answer_cost_usd
from vextract.requests import Clip, Part, Picture, Request, Response, told_of
from vextract.store.answers import Spend
from vextract.tasks import Sight

if TYPE_CHECKING:
    from vextract.store import Store
    from vextract.store.answers import Answers

__all__ = ["Draw", "Instead", "Keeping", "Missing", "Sender", "Share", "Show", "is_worth_keeping"]

# Of what a key is made; goes up when the same question would be another one.
_KEY_VERSION = 1
_POLL_S = 0.02
# So often in a row a request may be refused as one too many without any other being answered meanwhile.
_REFUSALS = 2
Show = Callable[[Request, Connection], None]
"""Shows a request instead of sending it."""


class Draw(Protocol):
    """What draws the pictures of a question."""

    def __call__(self, sight: Sight) -> Awaitable[Picture | Clip]:
        """The picture."""
        ...

    def told(self, sight: Sight) -> Awaitable[object]:
        """All that the picture depends on, as JSON-like data; the picture itself need not be drawn for it."""
        ...


@dataclass(frozen=True, slots=True)
class Missing:
    """A request that there is no answer to yet.

    Attributes:
        key: of the answer.
        model: who is to give it.
        connection: to the model.
        task: that asks.
        source: what is asked about.
        filled: draws its pictures, and gives it with them in their places.
    """

    key: bytes
    model: Model
    connection: Connection
    task: str
    source: str
    filled: Callable[[], Awaitable[Request]]


class Instead(Protocol):
    """What becomes of a request that there is no answer to, in place of sending it."""

    def __call__(self, missing: Missing) -> Awaitable[Response]:
        """An answer all the same.

        Raises:
            VextractError: there is none.
        """
        ...


def _never(_source: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept of a run's answers, and what it may spend.

    Attributes:
        store: where; None for nowhere.
        run: its number there; None for questions that are no run.
        answers: whether answers are taken from the store and kept there; what they cost is noted in any case.
        stale: whether what is kept of a source is not to be used.
        meter: counts what is spent.
        rpm, tpm: most requests and tokens a minute; None: found by what the server says.
        among: how many processes ask that server for the same run; each keeps to its part of those rates.
        owned: whether the store is closed with the model.
        drain_s: so long answers that are under way are waited for when the run is stopped: they are paid for.
        instead: what becomes of requests whose answers are not kept, in place of sending them; needs a store.
    """

    store: "Store | None" = None
    run: int | None = None
    answers: bool = True
    stale: Callable[[str], bool] = _never
    meter: Meter = field(default_factory=Meter)
    rpm: float | None = None
    tpm: float | None = None
    owned: bool = False
    among: int = 1
    drain_s: float = 10.0
    instead: Instead | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one of several workers of a run may use.

    Attributes:
        among: how many workers there are.
        at_once: most requests under way of this one.
        meter: counts what this one spends.
        stale: whether what is kept of a source is not to be used.
    """

    among: int
    at_once: int
    meter: Meter
    stale: Callable[[str], bool]


class Sender:
    """Sends the requests of one model.

    Args:
        model: who answers.
        connection: to the model.
        keeping: what is kept and spent.
        prices: the user's own; see `vextract.prices`.
        patience_s: a server that asks to wait longer is not waited for.
        show: shows each request instead of sending it.

    Attributes:
        halted: why no more requests go out; None while they do.
    """

    def __init__(  # noqa: PLR0913, PLR0917  the parts of it
        self,
        model: Model,
        connection: Connection,
        keeping: Keeping,
        prices: Any,
        patience_s: float,
        show: Show | None = None,
    ) -> None:
        self._model, self._connection, self._keeping = model, connection, keeping
        self._prices, self._patience_s, self._show = prices, patience_s, show
        # A model behind a server counts its requests itself, from when they go out; some more are made ready meanwhile.
        self.turns = asyncio.Semaphore(connection.at_once * (2 if model.address else 1))
        self._locks: dict[bytes, tuple[asyncio.Lock, int]] = {}
        self._server = f"{model.name} {model.address}"
        limit = keeping.store.runs.pace(self._server) if keeping.store and model.address else None
        rpm, tpm, limit = (rate and rate / keeping.among for rate in (keeping.rpm, keeping.tpm, limit))
        self._pacer = Pacer(rpm, tpm, limit=limit) if model.address else None
        self._under_way = 0
        self._answered_at = 0.0
        self.halted: VextractError | None = None

    async def send(
        self, request: Request, draw: Draw, task: str, source: str, on_text: Callable[[str], None] | None = None
    ) -> Response:
        """The answer to a request whose pictures are still to be drawn: one that is kept, or a new one.

        Raises:
            Halted: it was not sent, as the run is at its end.
            NotSent: it was only shown.
            VextractError: there is no answer.
        """
        keeping, answers = self._keeping, self.answers
        if answers is None:
            return await self._new(None, request, draw, task, source, on_text)
        key = await self.key(request, draw)
        async with self._alone(key):
            if not self.is_stale(source) and (kept := answers.get(key)):
                keeping.meter.now.stored += 1
                if on_text and kept.text:
                    on_text(kept.text)
                return kept
            if keeping.instead:
                async with self.turns:
                    self._check()
                    asked = Missing(key, self._model, self._connection, task, source, partial(_filled, request, draw))
                    return await keeping.instead(asked)
            return await self._new(key, request, draw, task, source, on_text)

    @property
    def sends(self) -> bool:
        """Whether what is not answered yet is sent."""
        return self._keeping.instead is None

    @property
    def keeps(self) -> bool:
        """Whether answers are kept for another run."""
        return self.answers is not None

    @property
    def answers(self) -> "Answers | None":
        """Where answers are kept; None where they are not."""
        return self._keeping.store.answers if self._keeping.store and self._keeping.answers else None

    def is_stale(self, source: str) -> bool:
        """Whether what is kept of a source is not to be used."""
        return self._keeping.stale(source)

    def halt(self, why: VextractError) -> None:
        """Lets no more requests go out; the first reason stays."""
        self.halted = self.halted or why

    def drain(self, hurry: threading.Event) -> None:
        """Waits for the answers of the requests that are out, so that none is paid for in vain. Not on the event loop."""
        end = time.monotonic() + self._keeping.drain_s
        while self._under_way and time.monotonic() < end and not hurry.is_set():
            time.sleep(_POLL_S)

    def close(self) -> None:
        """Notes what was learned of the server."""
        pace = self._pacer.pace if self._pacer else None
        if pace and pace.limit is not None and self._keeping.store and self._keeping.rpm is None:
            self._keeping.store.runs.note_pace(self._server, pace.limit * self._keeping.among)
        if self._keeping.owned and self._keeping.store:
            self._keeping.store.close()

    async def _new(  # noqa: PLR0913, PLR0917  as `send`
        self,
        key: bytes | None,
        request: Request,
        draw: Draw,
        task: str,
        source: str,
        on_text: Callable[[str], None] | None,
    ) -> Response:
        meter = self._keeping.meter
        async with self.turns:
            self._check()
            filled = await _filled(request, draw)
            if self._show:
                self._show(filled, self._connection)
                raise NotSent("nothing was sent", "leave out --show-request or --estimate to send it")
            try:
                await meter.admit()
            except BudgetReached as reached:
                self.halt(reached)
            self._check()
            usage = None
            self._under_way += 1
            try:
                response = await self._paced(filled, task, source, on_text)
                cost = answer_cost_usd(
                    self._connection.name.provider, self._names(response), response.usage, self._prices
                )
                usage = replace(response.usage, cost_usd=cost)
                self._keep(key, response, Spend(self._keeping.run, self._model.name, task, usage))
            finally:
                self._under_way -= 1
                meter.settle(usage)
        return response

    async def _paced(self, request: Request, task: str, source: str, on_text: Callable[[str], None] | None) -> Response:
        """Sends it when the server's limits allow. That it says "too many" uses up no retry, while it answers others."""
        if self._pacer is None:
            return await self._model.answer(request, on_text)
        since, refused = time.monotonic(), 0
        while True:
            expected = self._typical_tokens()
            sent = await self._pacer.turn(expected)
            self._check()
            self._note(request, task, source)
            try:
                response = await self._model.answer(request, on_text)
            except RateLimited as error:
                self._pacer.throttled(sent, error.retry_after_s)
                refused = refused + 1 if self._answered_at < since else 1
                if refused > _REFUSALS or (error.retry_after_s or 0) > self._patience_s:
                    raise
                since = time.monotonic()
                continue
            self._answered_at = time.monotonic()
            used = response.usage
            known = used.input_tokens is not None and used.output_tokens is not None
            tokens = (used.input_tokens or 0) + (used.output_tokens or 0) if known else None
            self._pacer.answered(tokens, expected)
            return response

    def _typical_tokens(self) -> int:
        now = self._keeping.meter.now
        return now.tokens // now.answers if now.answers else 0

    def _note(self, request: Request, task: str, source: str) -> None:
        assert self._model.address is not None, "only servers are sent anything"
        try:
            note(egress_line(request, self._model.address, model=self._model.name, task=task, source=source))
        except OutputError as error:
            self.halt(error)  # the next one could not be noted either
            self._check()

    def _keep(self, key: bytes | None, response: Response, spend: Spend) -> None:
        """Keeps what is whole or was cut off; refused and empty, the same question may be answered another time."""
        if self._keeping.store is None:
            return
        key = key if is_worth_keeping(response) else None
        try:
            self._keeping.store.answers.put(key, response, spend)
        except OutputError as error:
            self.halt(error)  # this answer is still used; another one would be paid for and lost

    def _names(self, response: Response) -> tuple[str, ...]:
        return tuple(name for name in (response.model, self._connection.name.model) if name)

    def _check(self) -> None:
        if self.halted is not None:
            raise Halted("it was not asked: the run was stopped", "go on with --resume")

    @asynccontextmanager
    async def _alone(self, key: bytes) -> AsyncIterator[None]:
        """One at a time for each key: what is asked twice at the same time is paid for once."""
        lock, count = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = lock, count + 1
        try:
            async with lock:
                yield
        finally:
            lock, count = self._locks[key]
            if count == 1:
                del self._locks[key]
            else:
                self._locks[key] = lock, count - 1

    async def key(self, request: Request, draw: Draw) -> bytes:
        """A digest of all that the answer depends on: the model, what it is told, and what its pictures are made of."""
        turns = []
        for turn in request.turns:
            parts = [await draw.told(part) if isinstance(part, Sight) else told_of(part) for part in turn.parts]
            turns.append([turn.role, parts])
        sampling = request.sampling
        told = {
            "version": _KEY_VERSION,
            "model": self._server,
            "profile": repr(self._connection.profile),
            "system": request.system,
            "turns": turns,
            "schema": request.json_schema,
            "sampling": [sampling.temperature, sampling.max_tokens, sampling.seed],
            "options": dict(sampling.options),
            "logprobs": request.logprobs,
            "special": request.special,
        }
        text = json.dumps(told, sort_keys=True, default=repr)
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).digest()


def is_worth_keeping(response: Response) -> bool:
    """Whether the same question would be answered like this another time, too: not if it was refused, or answered with nothing."""
    return response.finish in {"stop", "length"} and bool(response.text.strip())


async def _filled(request: Request, draw: Draw) -> Request:
    """The request with its pictures in their places."""
    turns = []
    for turn in request.turns:
        parts: list[Part] = [await draw(part) if isinstance(part, Sight) else part for part in turn.parts]
        turns.append(replace(turn, parts=tuple(parts)))
    return replace(request, turns=tuple(turns))
