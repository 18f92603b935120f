"""Four providers, one way of asking: the real client libraries against a server that speaks their protocols."""

import asyncio
import gc
import json
import tracemalloc
from collections.abc import Iterator

import pytest

from tests.models.asking import PICTURE, PROVIDERS, SCHEMA, answer, connection, question
from tests.models.emulator import Emulator, Received
from tests.models.protocols import CACHED_TOKENS, INPUT_TOKENS, OUTPUT_TOKENS
from vextract.models import Model, connect
from vextract.profiles import ModelProfile
from vextract.requests import Picture, Response

TEXT = ' {"name": "Zoë 😀",\n "lines": ["a", "b"]}\n\n'


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One server for all tests."""
    with Emulator(TEXT) as running:
        yield running


@pytest.fixture(params=["whole", "pieces"])
def pieces(request: pytest.FixtureRequest) -> list[str] | None:
    """What `on_text` was told; None where nobody listens."""
    return [] if request.param == "pieces" else None


def ask(emulator: Emulator, provider: str, pieces: list[str] | None, fault: str = "ok") -> Response:
    """What comes of one question with a picture and a schema."""
    listener = None if pieces is None else pieces.append
    return answer(connection(emulator.url, provider, fault), question("What?", PICTURE, json_schema=SCHEMA), listener)


@pytest.mark.parametrize("sent", ["ok", "gzip"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_text_is_what_the_model_said_to_the_last_line_break(emulator, provider, pieces, sent) -> None:
    """An answer comes out letter by letter, with spaces and line breaks around it, whole or in pieces, compressed or not."""
    response = ask(emulator, provider, pieces, sent)
    assert response.text == TEXT
    assert response.finish == "stop"
    if pieces is not None:
        assert "".join(pieces) == TEXT
        assert len(pieces) > 3


@pytest.mark.parametrize("provider", PROVIDERS)
def test_figures_are_the_providers(emulator, provider, pieces) -> None:
    """Tokens are those that the provider counted, with those it had read before among the input; seconds are measured here."""
    usage = ask(emulator, provider, pieces).usage
    assert (usage.input_tokens, usage.output_tokens) == (INPUT_TOKENS, OUTPUT_TOKENS)
    assert usage.cached_tokens == (None if provider == "ollama" else CACHED_TOKENS)
    assert usage.seconds is not None
    assert usage.seconds > 0
    assert usage.cost_usd is None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_figures_that_were_not_reported_are_unknown(emulator, provider, pieces) -> None:
    """No client's invented zero gets through."""
    usage = ask(emulator, provider, pieces, "nousage").usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (None, None, None)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("length", ("length", {"MAX_TOKENS", "length", "max_tokens"})),
        ("safety", ("refusal", {"SAFETY", "I cannot help with that.", "refusal"})),
        ("block", ("refusal", {"PROHIBITED_CONTENT", "content_filter", "refusal"})),
        ("empty", ("stop", {"STOP", "stop", "end_turn"})),
    ],
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_why_the_model_stopped(emulator, provider, pieces, fault, expected) -> None:
    """Cut off, refused, blocked and empty answers say so, in our word and in the provider's."""
    response = ask(emulator, provider, pieces, fault)
    finish, reasons = expected
    if provider == "ollama" and finish == "refusal":  # it has no word for that; an empty "load" is its nearest
        finish, reasons = "error", {"load"}
    assert response.finish == finish
    assert response.reason in reasons
    assert response.text == (TEXT[: len(TEXT) // 2] if fault == "length" else "")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_thinking_stays_out_of_the_text(emulator, provider, pieces) -> None:
    """What the model thought aloud is apart from its answer, and `on_text` does not hear it."""
    response = ask(emulator, provider, pieces, "thinking")
    assert (response.text, response.thinking) == (TEXT, "Let me see.")
    assert pieces is None or "".join(pieces) == TEXT


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_stream_that_ends_early_is_an_error(emulator, provider) -> None:
    """An answer whose stream ends without a reason to stop is never taken for a whole one."""
    response = ask(emulator, provider, [], "unfinished")
    assert response.finish == "error"
    assert TEXT.startswith(response.text)


@pytest.mark.parametrize("provider", ["google_genai", "openai", "ollama"])
def test_probabilities_of_words(emulator, provider, pieces) -> None:
    """Where they are asked for and given, all tokens come with their probabilities, in order."""
    profile = ModelProfile("test", logprobs=True)
    listener = None if pieces is None else pieces.append
    to = connection(emulator.url, provider, profile=profile)
    tokens = answer(to, question(logprobs=True), listener).tokens
    if provider == "google_genai" and pieces is not None:
        assert tokens == ()  # the emulator's stream does not have them
        return
    assert "".join(token.text for token in tokens) == TEXT
    assert all(token.logprob == -0.25 and token.top == ((token.text, -0.25),) for token in tokens)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_answers_under_way_at_once_do_not_mix(provider) -> None:
    """40 questions at once on one model are all under way together, and each gets its own answer."""

    def echo(received: Received) -> str:
        return json.dumps(received.body, ensure_ascii=False).partition("No. ")[2][:2]

    async def ask_all(url: str) -> list[str]:
        model: Model = connect(connection(url, provider, at_once=40, timeout_s=120))
        asked = await asyncio.gather(*(model.answer(question(f"No. {number}")) for number in range(10, 50)))
        await model.close()
        return [response.text for response in asked]

    with Emulator(echo, together=40) as emulator:
        assert asyncio.run(ask_all(emulator.url)) == [str(number) for number in range(10, 50)]
        assert emulator.most_at_once == 40


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_is_kept(emulator, provider) -> None:
    """Neither pictures nor answers stay in memory after the answer is handed over."""

    async def ask_many() -> int:
        model: Model = connect(connection(emulator.url, provider))
        for _ in range(2):
            await model.answer(question(Picture(bytes(300_000), "image/png", 9, 9)))
        emulator.requests.clear()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(4):
            await model.answer(question(Picture(bytes(300_000), "image/png", 9, 9)))
            emulator.requests.clear()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        await model.close()
        return after - before

    tracemalloc.start()
    try:
        assert asyncio.run(ask_many()) < 300_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_models_do_not_share_connections(emulator, provider) -> None:
    """Closing one model leaves another of the same address usable, and a closed one opens anew."""

    async def close_one() -> list[str]:
        one, other = (connect(connection(emulator.url, provider)) for _ in range(2))
        texts = [(await model.answer(question())).text for model in (one, other)]
        await one.close()
        await one.close()
        texts += [(await model.answer(question())).text for model in (other, one)]
        await other.close()
        await one.close()
        return texts

    assert asyncio.run(close_one()) == [TEXT] * 4


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_listener_that_fails_is_no_failure_of_the_model(emulator, provider) -> None:
    """A closed pipe of whoever listens comes out as it is, though the connection to the model could break in the same words."""

    def closed(_: str) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        answer(connection(emulator.url, provider), question(), closed)
