"""From a question to an answer that can be used: what is sent again, what is shown to the model, what is never accepted.

Requests go through the real client libraries to a server on 127.0.0.1.
"""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel, field_validator

from tests.models.asking import PROVIDERS, connection
from tests.models.emulator import Received
from tests.models.protocols import INPUT_TOKENS, OUTPUT_TOKENS, Said
from tests.scripting import Bill, Reply, Script, Scripted, Waits, asking, bills, job_for, pages_in, records, words_in
from vextract.answering import Outcome, Policy, answered
from vextract.models import connect
from vextract.requests import Request, Response, Sampling, Turn
from vextract.schema import load_schema
from vextract.schema.dialects import DIALECTS
from vextract.tasks import Ask

WHOLE = '{"vendor": "Ada", "total": 12.5, "items": [{"name": "tea", "qty": 12}]}'
FIRST = Turn("user", ("a conversation before",))


class Receipt(BaseModel):
    """A total that must not be negative."""

    total: int

    @field_validator("total")
    @classmethod
    def _owed(cls, value: int) -> int:
        if value < 0:
            raise ValueError("nobody owes less than nothing")
        return value


@pytest.fixture(autouse=True)
def _ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger of what left is the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def ask_for(schema: type[BaseModel] | None = Receipt, text: str = "What is the total?") -> Ask:
    """A question of words alone."""
    return Ask("test/1", (text,), (1,), "Read.", load_schema(schema) if schema else None)


def outcome(server: Scripted, ask: Ask, policy: Policy, provider: str = "openai") -> Outcome:
    """What becomes of one question."""
    to = connection(server.url, provider)

    async def once() -> Outcome:
        model = connect(to)
        try:
            return await answered(ask, model.answer, DIALECTS[model.dialect], to.name, policy)
        finally:
            await model.close()

    return asyncio.run(once())


def in_turn(*said: str | Said | Reply) -> Script:
    """A script that gives these, one after another, and the last one for ever."""
    left = list(said)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_cut_answer_is_accepted(tmp_path: Path, provider: str) -> None:
    """An answer cut at any byte is an error of the record, whatever reason to stop the server gives, though parts are valid."""
    cuts = [(at, finish) for at in range(len(WHOLE) + 1) for finish in ("stop", "length")]

    def cut(received: Received) -> Said:
        [page] = pages_in(received)
        at, finish = cuts[page]
        return Said(WHOLE[:at], finish)

    once = Policy(retries=0, sampling=Sampling(max_tokens=500))
    with Scripted(script=cut) as server, asking(server, provider, once, at_once=16) as asker:
        found = records(bills(tmp_path, len(cuts)), job_for(), asker)
    assert len(found) == len(cuts)
    accepted = [cut for cut, record in zip(cuts, found, strict=True) if record.status != "failed"]
    assert accepted == [(len(WHOLE), "stop")]
    assert found[-2].data == json.loads(WHOLE)
    kinds = {record.errors[0].kind for record in found if record.errors}
    assert kinds <= {"truncated", "empty", "unreadable"}
    assert {error.exit_code for record in found for error in record.errors} == {8}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_cut_text_is_accepted(tmp_path: Path, provider: str) -> None:
    """Free text that the provider says was cut off is an error, too."""
    with Scripted(script=lambda _: Said("A cup of", "length")) as server, asking(server, provider) as asker:
        [record] = records(bills(tmp_path, 1), job_for("caption"), asker)
    assert (record.status, record.data, record.errors[0].kind) == ("failed", None, "truncated")


RETRIED = ["408", "429", "500", "503", "529", "close", "reset", "html", "garbage", "error200", "cut", "empty"]
NOT_RETRIED = ["400", "401", "403", "404", "413", "422", "context", "safety", "block"]


@pytest.mark.parametrize("fault", RETRIED)
def test_what_may_pass_is_sent_again(fault: str) -> None:
    """A failure that may pass is tried again until an answer comes; the call says which try it was."""
    waits = Waits()
    with Scripted('{"total": 3}', script=in_turn(fault, fault, "ok")) as server:
        found = outcome(server, ask_for(), Policy(4, sleep=waits.sleep))
    assert found.reply is not None
    assert found.reply.value == {"total": 3}
    assert found.calls[-1].attempts == 3
    assert len(server.requests) == 3
    assert len(waits.seconds) == 2


@pytest.mark.parametrize("fault", NOT_RETRIED)
def test_what_will_not_pass_is_sent_once(fault: str) -> None:
    """What will fail again is not sent again."""
    waits = Waits()
    with Scripted(script=in_turn(fault)) as server:
        found = outcome(server, ask_for(), Policy(4, sleep=waits.sleep))
    assert found.error is not None
    assert (len(server.requests), waits.seconds) == (1, [])


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_no_more_than_so_many_retries(retries: int) -> None:
    """With N retries there are N+1 requests, and then the last error counts."""
    with Scripted(script=in_turn("503")) as server:
        found = outcome(server, ask_for(), Policy(retries, sleep=Waits().sleep))
    assert found.error is not None
    assert found.error.kind == "server"
    assert found.reply is None
    assert len(server.requests) == retries + 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_provider_says_how_long_to_wait(provider: str) -> None:
    """Retry-After is waited for, and hardly longer; the client libraries retry nothing by themselves."""
    waits = Waits()
    busy = Reply(429, "retry-after: 7\r\n")
    if provider == "google_genai":
        busy = Reply(503, "retry-after: 7\r\n")  # its 429 has Google's own detail beside the header
    with Scripted('{"total": 3}', script=in_turn(busy, busy, "ok")) as server:
        found = outcome(server, ask_for(), Policy(2, sleep=waits.sleep), provider)
    assert found.reply is not None
    assert len(server.requests) == 3
    assert all(7 <= seconds <= 8 for seconds in waits.seconds)
    assert len(waits.seconds) == 2


def test_waits_grow_where_the_provider_says_nothing() -> None:
    """Without Retry-After each wait is about twice the one before, by chance half of it more or less, and never over a minute."""
    waits = Waits()
    with Scripted(script=in_turn("503")) as server:
        outcome(server, ask_for(), Policy(10, sleep=waits.sleep))
    bounds = [min(60, 0.5 * 2**attempt) for attempt in range(10)]
    assert all(0.5 * bound <= seconds <= 1.5 * bound for seconds, bound in zip(waits.seconds, bounds, strict=True))


def test_a_provider_that_asks_too_much_is_not_waited_for() -> None:
    """A Retry-After beyond the longest wait ends the question at once."""
    waits = Waits()
    with Scripted(script=in_turn(Reply(429, "retry-after: 61\r\n"))) as server:
        found = outcome(server, ask_for(), Policy(4, sleep=waits.sleep))
    assert found.error is not None
    assert found.error.kind == "rate-limit"
    assert (len(server.requests), waits.seconds) == (1, [])


def limits(server: Scripted) -> list[int | None]:
    """The limit of tokens of each request, as the OpenAI protocol has it."""
    return [received.body.get("max_tokens") for received in server.requests]


@pytest.mark.parametrize("cut", [Said('{"total": 3}', "length"), Said('{"total": 3', "stop")], ids=["told", "seen"])
def test_a_cut_answer_gets_more_room_once(cut: Said) -> None:
    """An answer that was cut off, as the server says or as its JSON shows, is asked for once more with more tokens."""
    with Scripted('{"total": 3}', script=in_turn(cut, "ok")) as server:
        found = outcome(server, ask_for(), Policy())
    assert found.reply is not None
    assert found.reply.value == {"total": 3}
    assert limits(server) == [None, 8192]
    assert [call.usage.output_tokens for call in found.calls] == [OUTPUT_TOKENS] * 2
    with Scripted(script=in_turn(cut)) as server:
        found = outcome(server, ask_for(), Policy())
    assert found.error is not None
    assert (found.error.kind, found.reply, len(server.requests), len(found.calls)) == ("truncated", None, 2, 2)


def test_the_users_own_limit_holds() -> None:
    """Where the user has set how many tokens there may be, a cut answer is not asked for with more."""
    with Scripted(script=in_turn(Said('{"total": 3', "length"))) as server:
        found = outcome(server, ask_for(), Policy(sampling=Sampling(max_tokens=50)))
    assert found.error is not None
    assert (found.error.kind, limits(server)) == ("truncated", [50])


@pytest.mark.parametrize("words", ["max_tokens is too large: 8192", "maximum context length is 4096 tokens"])
def test_a_model_without_more_room_has_cut_its_answer(words: str) -> None:
    """If the model cannot have as much room as would be needed, the answer was cut off: that is what is told."""
    with Scripted(script=in_turn(Said('{"total": 3', "length"), Reply(400, message=words))) as server:
        found = outcome(server, ask_for(), Policy())
    assert found.error is not None
    assert found.error.kind == "truncated"
    assert found.error.__cause__ is not None


def test_the_validators_words_are_shown_to_the_model() -> None:
    """What does not validate goes back with where and why, below the model's own words; its better answer counts."""
    with Scripted('{"total": 3}', script=in_turn(Said('{"total": -3}'), "ok")) as server:
        found = outcome(server, replace(ask_for(), before=(FIRST,)), Policy())
    assert found.reply is not None
    assert (found.reply.value, found.reply.problems) == ({"total": 3}, ())
    first, second = (received.body["messages"] for received in server.requests)
    assert second[: len(first)] == first
    assert [message["role"] for message in second[len(first) :]] == ["assistant", "user"]
    assert second[-2]["content"] == '{"total": -3}'
    assert "/total" in second[-1]["content"]
    assert "nobody owes less than nothing" in second[-1]["content"]


@pytest.mark.parametrize("repairs", [0, 1, 2])
def test_what_never_validates_is_kept_and_told(tmp_path: Path, repairs: int) -> None:
    """After N repairs the values stay, with errors of kind "validation" that say where; each turn shows the latest answer only."""
    answers = [Said(f'{{"total": {-n}}}') for n in range(1, repairs + 2)]
    policy = Policy(repairs=repairs, sleep=Waits().sleep)
    with Scripted(script=in_turn(*answers)) as server, asking(server, policy=policy) as asker:
        [record] = records(bills(tmp_path, 1), job_for(schema=Receipt), asker)
    assert (record.status, record.data) == ("partial", {"total": -repairs - 1})
    assert [(error.kind, error.exit_code) for error in record.errors] == [("validation", 8)]
    assert "/total" in record.errors[0].message
    assert len(server.requests) == len(record.calls) == repairs + 1
    assert max(len(received.body["messages"]) for received in server.requests) == (4 if repairs else 2)
    assert record.usage.input_tokens == INPUT_TOKENS * (repairs + 1)


def test_words_instead_of_json_get_a_repair_turn() -> None:
    """An answer that is no JSON is shown to the model, too; if there is no better one it is an error."""
    with Scripted('{"total": 3}', script=in_turn(Said("Sure, I will."), "ok")) as server:
        found = outcome(server, ask_for(), Policy())
    assert found.reply is not None
    assert found.reply.value == {"total": 3}
    assert server.requests[1].body["messages"][-2]["content"] == "Sure, I will."
    assert "no object and no list" in server.requests[1].body["messages"][-1]["content"]
    with Scripted(script=in_turn(Said("Sure, I will."))) as server:
        found = outcome(server, ask_for(), Policy())
    assert found.error is not None
    assert (found.error.kind, len(server.requests)) == ("unreadable", 2)


@pytest.mark.parametrize("then", ["404", "safety", Said("Sorry."), Said('{"total"', "length")], ids=str)
def test_a_repair_that_fails_loses_nothing(tmp_path: Path, then: str | Said) -> None:
    """If the repair is refused, fails or is worse, the values that did not validate stay, and both is told."""
    with Scripted(script=in_turn(Said('{"total": -3}'), then)) as server, asking(server) as asker:
        [record] = records(bills(tmp_path, 1), job_for(schema=Receipt), asker)
    assert (record.status, record.data) == ("partial", {"total": -3})
    kinds = [error.kind for error in record.errors]
    assert kinds[0] in {"not-found", "refused", "unreadable", "truncated"}
    assert kinds[1:] == ["validation"]


def test_what_was_mended_is_told() -> None:
    """JSON with slips is read where nothing is lost by it, and the call says what they were."""
    with Scripted(script=in_turn(Said('Here it is:\n```json\n{"total": 3,}\n```'))) as server:
        found = outcome(server, ask_for(), Policy())
    assert found.reply is not None
    assert found.reply.value == {"total": 3}
    assert found.calls[0].mended
    assert {"code fence", "text around the JSON"} < set(found.calls[0].mended)


def test_an_empty_answer_is_asked_for_again_and_counted() -> None:
    """Each empty answer costs, so each is a call; if nothing else comes, that is the error."""
    with Scripted(script=in_turn("empty")) as server:
        found = outcome(server, ask_for(), Policy(2, sleep=Waits().sleep))
    assert found.error is not None
    assert found.error.kind == "empty"
    assert [call.attempts for call in found.calls] == [1, 2, 3]


def test_bugs_are_not_dressed_up() -> None:
    """What is no failure of a model is raised as it is, and nothing is sent again."""
    tries = 0

    async def broken(_: Request) -> Response:
        nonlocal tries
        tries += 1
        raise KeyError("ours")

    name = connection("http://127.0.0.1:9", "openai").name
    with pytest.raises(KeyError):
        asyncio.run(answered(ask_for(Bill), broken, DIALECTS["openai"], name, Policy(sleep=Waits().sleep)))
    assert tries == 1


def test_all_texts_of_a_question_arrive() -> None:
    """System prompt, question and schema are what the server gets."""
    with Scripted('{"total": 3}') as server:
        outcome(server, ask_for(text="What is the sum?"), Policy())
    words = words_in(server.requests[0])
    assert "Read." in words
    assert "What is the sum?" in words
    assert server.requests[0].body["response_format"]["json_schema"]["name"] == "Receipt"
