"""Answers put together from what is known of a question's fields one by one, so that a field more costs no more than that field.

What a model said of a field depends on the pictures, the words of the question and the field's own schema. The other fields were
before it too, but an answer that took them into account is still its answer about this one.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vextract.answering import Outcome
from vextract.errors import OutputError
from vextract.pointers import join
from vextract.schema.narrowing import Narrowed, at_top, narrowed
from vextract.tasks import Ask, Reply

if TYPE_CHECKING:
    from vextract.store.answers import Answers

__all__ = ["answered_by_fields"]

_WHOLE = ""


async def answered_by_fields(
    ask: Ask, question: bytes, answers: "Answers", whole: Callable[[Ask], Awaitable[Outcome]], *, stale: bool
) -> Outcome:
    """What became of a question, of which only fields are asked for that are not known.

    Args:
        ask: the question.
        question: a digest of all that its answer depends on but the schema.
        answers: where fields are known from, and kept.
        whole: asks.
        stale: what is known is not to be used.
    """
    fields = _fields(ask)
    if not fields:
        return await whole(ask)
    known = {} if stale else answers.fields(question)
    found = {name: known[digest] for name, digest in fields.items() if name and digest in known}
    if found and fields[_WHOLE] not in known and (outcome := await _completed(ask, found, fields, whole)):
        return outcome
    outcome = await whole(ask)
    reply = outcome.reply
    if reply and not outcome.error and not reply.problems and isinstance(reply.value, Mapping):
        told = {digest: [reply.value[name]] if name in reply.value else [] for name, digest in fields.items() if name}
        # The answer as a whole is kept already, or the run is halted: what it says is good all the same.
        with suppress(OutputError):
            answers.put_fields(question, {**told, fields[_WHOLE]: True})
    return outcome


async def _completed(
    ask: Ask, found: Mapping[str, Any], fields: Mapping[str, bytes], whole: Callable[[Ask], Awaitable[Outcome]]
) -> Outcome | None:
    """The answer out of what is known and what is asked for besides; None where that makes none that validates."""
    assert ask.schema is not None, "only questions with a schema have fields"
    missing = [name for name in fields if name and name not in found]
    former = {name: value[0] for name, value in found.items() if value}
    outcome = Outcome(ask, Reply(ask.pages, json.dumps(former, ensure_ascii=False), former, sights=ask.sights))
    if missing:
        places = tuple(join([name]) for name in missing)
        part = Narrowed(ask.schema.name, ask.schema.model, ask.schema.json_schema, places, former)
        outcome = await whole(replace(ask, schema=part))
    reply = outcome.reply
    if reply is None or outcome.error or reply.problems or not isinstance(reply.value, Mapping):
        return None if outcome.error is None and reply else replace(outcome, ask=ask)
    both = {**former, **reply.value}
    value = {name: both[name] for name in fields if name in both}
    if ask.schema.validate(value)[1]:
        return None
    return replace(outcome, ask=ask, reply=replace(reply, value=value))


def _fields(ask: Ask) -> dict[str, bytes]:
    """The names of an object's properties, each with a digest of what is asked for by it, and "" with that of the whole.

    Nothing where the question is not for a whole object, or its properties cannot be told apart.
    """
    if ask.schema is None or isinstance(ask.schema, Narrowed) or ask.json_schema is not None or ask.parse or ask.before:
        return {}
    schema = ask.schema.json_schema
    properties = at_top(schema).get("properties")
    if not isinstance(properties, Mapping) or len(properties) < 2:
        return {}
    parts = {name: narrowed(schema, (join([name]),)) for name in properties}
    if any(part is schema for part in parts.values()):
        return {}
    return {_WHOLE: _digest(schema)} | {name: _digest(part) for name, part in parts.items()}


def _digest(schema: Mapping[str, Any]) -> bytes:
    return hashlib.blake2b(json.dumps(schema, sort_keys=True, default=repr).encode(), digest_size=16).digest()
