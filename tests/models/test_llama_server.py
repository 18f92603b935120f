"""A real llama.cpp server on this machine, asked over HTTP through OpenAI's protocol, as `-m openai:… --base-url` does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest

from tests.models import binding, tiny
from tests.models.binding import SMALL, picture, request
from vextract.errors import ContextOverflow
from vextract.models import Model, connect
from vextract.requests import Response

xllamacpp = pytest.importorskip("xllamacpp", reason="xllamacpp is not installed (extra: gguf)")
pytest.importorskip("langchain_openai", reason="langchain-openai is not installed (extra: openai)")

ResultT = TypeVar("ResultT")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a server with a random model that sees.

    It only knows ASCII: rolled bytes are no UTF-8, which the grammar of the server lets pass and its own parser then refuses.
    """
    path = tiny.gguf_model(tmp_path_factory.mktemp("gguf"), byte_count=128)
    params: Any = xllamacpp.CommonParams()
    params.model.path, params.mmproj.path = str(path), str(path.parent / "mmproj-tiny.gguf")
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_ctx, params.n_parallel, params.verbosity = 8192, 1, 0
    params.warmup, params.ui, params.offline = False, False, True
    # Several threads wait for each other busily, on a busy machine nearly for ever.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


def ask(address: str, use: Callable[[Model], Awaitable[ResultT]]) -> ResultT:
    """What comes of using the model behind the address."""

    async def main() -> ResultT:
        model = connect(binding.connection("openai", "tiny", base_url=address))
        try:
            return await use(model)
        finally:
            await model.close()

    return asyncio.run(main())


@pytest.mark.parametrize("stem", binding.STEMS)
def test_every_answer_is_valid(address: str, stem: str) -> None:
    """For ready-made schemas, lowered for llama.cpp: each answer comes to its end and is valid."""
    told = binding.lowered(stem, "llama.cpp")
    schema = binding.brief(told.json_schema)

    async def use(model: Model) -> list[Response]:
        asked = [request(schema=schema, temperature=1.0, seed=seed, max_tokens=6000) for seed in range(2)]
        return [await model.answer(one) for one in asked]

    answers = ask(address, use)
    assert [answer.finish for answer in answers] == ["stop"] * 2
    assert answers[0].text != answers[1].text
    for answer in answers:
        binding.bound(answer.text, stem, told)


def test_what_an_answer_tells(address: str) -> None:
    """Usage, probabilities and the end of an answer come through, at once and in pieces."""
    pieces: list[str] = []
    asked = request(picture(), "What?", schema=SMALL, max_tokens=600, logprobs=True, seed=1)

    async def use(model: Model) -> list[Response]:
        return [await model.answer(asked), await model.answer(asked, pieces.append)]

    whole, streamed = ask(address, use)
    assert whole.text == streamed.text == "".join(pieces)
    assert whole.finish == streamed.finish == "stop"
    assert whole.usage.output_tokens == streamed.usage.output_tokens
    assert all(token.logprob <= 0 for token in streamed.tokens)
    assert len(streamed.tokens) > 10
    assert (whole.usage.input_tokens or 0) > 16


def test_too_long_a_request(address: str) -> None:
    """A request that does not fit the server's context is a ContextOverflow."""
    with pytest.raises(ContextOverflow):
        ask(address, lambda model: model.answer(request("word " * 9000)))
    cut = ask(address, lambda model: model.answer(request(schema=SMALL, max_tokens=3)))
    assert cut.finish == "length"
