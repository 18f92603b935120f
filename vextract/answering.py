"""The one path from a question to a model's answer that can be used: it trusts nothing.

The schema is lowered to what the model can be held to; the request is sent, and sent again where that may help; why the model
stopped is looked at before anything is parsed; JSON is read strictly, put back into the user's shape, and validated; and what does
not validate goes back to the model, with the validator's words, as often as the policy allows. This and nothing else retries.
"""

import asyncio
import json
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from vextract.answers import Parsed, checked_text, read_json
from vextract.errors import (
    BadRequestError,
    ContextOverflow,
    EmptyAnswer,
    ProviderError,
    TruncatedAnswer,
    UnreadableAnswer,
    VextractError,
)
from vextract.models import ModelName
from vextract.prices import answer_cost_usd
from vextract.requests import Request, Response, Sampling, Turn
from vextract.schema.dialects import Dialect
from vextract.schema.lowering import Lowered, lower
from vextract.schema.problems import Problem
from vextract.tasks import Ask, Reply
from vextract.types import Call

__all__ = ["Outcome", "Policy", "Send", "answered", "unusable"]

_REPAIR = (
    "That answer cannot be used:\n$problems\nGive the whole answer once more, as JSON alone, with this mended. "
    "Do not make anything up to please the schema."
)
# A cut answer is asked for once more with so many times the tokens that it had, at least so many.
_LONGER, _LONG_TOKENS = 4, 8192
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 60.0

Send = Callable[[Request], Awaitable[Response]]
"""Sends one request: fills in the pictures, keeps to how many may be under way, and notes what leaves."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How often to try.

    Attributes:
        retries: how often a request is sent again where it failed and that may pass.
        repairs: how often the model is shown what does not validate.
        sampling: how the model is to choose its words.
        prices: the user's own, see `vextract.prices`.
        longest_wait_s: a provider that asks to wait longer is not waited for.
        sleep: waits for so many seconds.
    """

    retries: int = 4
    repairs: int = 1
    sampling: Sampling = Sampling()
    prices: Any = None
    longest_wait_s: float = _LONGEST_WAIT_S
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question, and all requests that were answered on the way.

    There is a reply, or the error that ended it; both where values did not validate and asking for better ones failed.
    """

    ask: Ask
    reply: Reply | None = None
    error: VextractError | None = None
    calls: tuple[Call, ...] = ()


@dataclass(slots=True)
class _Try:
    """A question under way."""

    ask: Ask
    policy: Policy
    name: ModelName
    calls: list[Call]
    sampling: Sampling
    added: tuple[Turn, ...] = ()
    reply: Reply | None = None


async def answered(ask: Ask, send: Send, dialect: Dialect, name: ModelName, policy: Policy) -> Outcome:
    """Asks until there is an answer that can be used, or nothing more can be done.

    Args:
        ask: the question.
        send: sends a request; its turns still hold the places of pictures.
        dialect: what the model can be told of a JSON schema.
        name: of the model, for prices.
        policy: how often to try.
    """
    state = _Try(ask, policy, name, [], _sampling(ask, policy))
    try:
        reply = await _reply(state, send, dialect)
    except VextractError as error:
        return Outcome(ask, state.reply, error, tuple(state.calls))
    return Outcome(ask, reply, None, tuple(state.calls))


def _sampling(ask: Ask, policy: Policy) -> Sampling:
    """How the model is to choose its words: as for all questions, or as the ballot says."""
    sampling, ballot = policy.sampling, ask.ballot
    if ballot is None:
        return sampling
    return replace(
        sampling,
        temperature=sampling.temperature if ballot.temperature is None else ballot.temperature,
        seed=sampling.seed if ballot.seed is None else ballot.seed,
    )


async def _reply(state: _Try, send: Send, dialect: Dialect) -> Reply:
    ask = state.ask
    canonical = ask.json_schema or (ask.schema.json_schema if ask.schema else None)
    lowered = _lowered(json.dumps(canonical), dialect) if canonical is not None else None
    for left in range(state.policy.repairs, -1, -1):
        response, parsed = await _whole(state, send, lowered)
        if isinstance(parsed, UnreadableAnswer):
            if not left or lowered is None:
                raise parsed  # models that answer in tokens do not converse
            problems = [Problem("", parsed.message)]
        else:
            value, problems = _value(state, parsed, lowered)
            state.reply = Reply(
                ask.pages, response.text, value, tuple(problems), response.tokens, response.thinking, ask.sights
            )
            if not problems or not left:
                return state.reply
        told = "\n".join(f"- {problem.pointer or 'the whole'}: {problem.message}" for problem in problems[:20])
        state.added = (Turn("assistant", (response.text,)), Turn("user", (_REPAIR.replace("$problems", told),)))
    raise AssertionError("the last round returns or raises")


@lru_cache(maxsize=32)
def _lowered(json_schema: str, dialect: Dialect) -> Lowered:
    """Lowered once for all the documents of a run."""
    return lower(json.loads(json_schema), dialect)


def _value(state: _Try, parsed: Parsed | None, lowered: Lowered | None) -> tuple[object, list[Problem]]:
    """The answer in the user's shape, and what is wrong with it; of a part of a document that is not asked."""
    if parsed is None:
        return None, []
    if parsed.mended:
        state.calls[-1] = replace(state.calls[-1], mended=parsed.mended)
    if state.ask.parse or lowered is None:
        return parsed.value, []
    value = lowered.raised(parsed.value)
    if state.ask.schema is None or state.ask.json_schema is not None:
        return value, []
    return value, state.ask.schema.validate(value)[1]


async def _whole(state: _Try, send: Send, lowered: Lowered | None) -> tuple[Response, Parsed | UnreadableAnswer | None]:
    """An answer that was not cut off, and its JSON if that was asked for; one that was is asked for once more with more room."""
    try:
        return await _once(state, send, lowered)
    except TruncatedAnswer as cut:
        used = state.calls[-1].usage.output_tokens if state.calls else None
        limit = max(_LONG_TOKENS, _LONGER * max(used or 0, state.sampling.max_tokens or 0))
        if state.policy.sampling.max_tokens is not None or state.sampling.max_tokens == limit:
            raise  # the user's own limit holds, or more room did not help
        state.sampling = replace(state.sampling, max_tokens=limit)
        try:
            return await _once(state, send, lowered)
        except (BadRequestError, ContextOverflow) as error:
            raise cut from error  # the model has no more room than that


async def _once(state: _Try, send: Send, lowered: Lowered | None) -> tuple[Response, Parsed | UnreadableAnswer | None]:
    """One answer. That it was cut off the provider says, or its JSON shows; what else is wrong with that can be told the model."""
    response = await _sent(state, send, lowered)
    parse = state.ask.parse or (read_json if lowered else None)
    if parse is None:
        return response, None
    try:
        return response, parse(response.text)
    except UnreadableAnswer as error:
        return response, error


async def _sent(state: _Try, send: Send, lowered: Lowered | None) -> Response:
    from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

    request = Request(
        turns=(*state.ask.before, Turn("user", state.ask.parts), *state.added),  # type: ignore[arg-type]  # `send` puts the pictures in
        system=state.ask.system,
        json_schema=lowered.json_schema if lowered else None,
        schema_name=re.sub(r"\W", "_", state.ask.schema.name, flags=re.ASCII)[:40] if state.ask.schema else "Answer",
        sampling=state.sampling,
        logprobs=state.ask.logprobs,
        special=state.ask.special,
    )
    retrying = AsyncRetrying(
        stop=stop_after_attempt(state.policy.retries + 1),
        retry=retry_if_exception(lambda error: _may_pass(error, state.policy)),
        wait=_wait,
        sleep=state.policy.sleep,
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            response = await send(request)
            state.calls.append(_call(state, response, attempt.retry_state.attempt_number))
            checked_text(response)
            return response
    raise AssertionError("the last attempt returns or raises")


def _may_pass(error: BaseException, policy: Policy) -> bool:
    if isinstance(error, ProviderError):
        return error.retryable and (error.retry_after_s or 0) <= policy.longest_wait_s
    return isinstance(error, EmptyAnswer)


def _wait(state: Any) -> float:
    """As long as the provider asks for, else twice as long each time; with some chance, so that not all come back at once."""
    error = state.outcome.exception()
    asked = error.retry_after_s if isinstance(error, ProviderError) else None
    if asked is not None:
        return float(asked) + random.uniform(0, min(1.0, 0.25 + 0.1 * asked))  # noqa: S311  nothing secret
    doubled = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** (state.attempt_number - 1))
    return float(doubled * random.uniform(0.5, 1.5))  # noqa: S311  nothing secret


def _call(state: _Try, response: Response, attempts: int) -> Call:
    usage = response.usage
    names = [name for name in (response.model, state.name.model) if name]
    cost = answer_cost_usd(state.name.provider, names, usage, state.policy.prices, batch=response.batch)
    return Call(
        pages=state.ask.pages,
        prompt=state.ask.prompt,
        model=response.model,
        request_id=response.request_id,
        finish=response.reason or response.finish,
        attempts=attempts,
        usage=replace(usage, cost_usd=cost),
        stored=response.stored,
    )


def unusable(error: VextractError) -> bool:
    """Whether the same question about fewer pages may be answered."""
    return isinstance(error, TruncatedAnswer | ContextOverflow)
