"""Models of transformers in this process, real ones of random weights: what they answer, and how they fail."""

import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.models import binding, tiny
from tests.models.binding import SMALL, picture, request
from vextract.errors import (
    BadRequestError,
    ContextOverflow,
    DependencyError,
    ModelTimeout,
    SchemaError,
    UsageError,
    VextractError,
)
from vextract.models import Model, ZeroShot, connect
from vextract.requests import Clip, Picture, Request, Response, Turn

pytest.importorskip("torch", reason="torch is not installed (extra: local): models of transformers are not tested")
pytest.importorskip("transformers", reason="transformers is not installed (extra: local)")
pytest.importorskip("llguidance", reason="llguidance is not installed (extra: local)")

# SigLIP's image processor for PIL hands torch's tensors to NumPy in a way that NumPy 2 announces to end (transformers 5.23).
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

ResultT = TypeVar("ResultT")
FAMILIES = ("llava", "qwen2.5-vl", "paligemma")
# Tiny models compute faster alone than they could agree with a second thread.
ONE_THREAD = {"threads": 1, "device": "cpu"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each family, and one for CLIP."""
    root = tmp_path_factory.mktemp("models")
    for name, make in {**tiny.FAMILIES, "clip": tiny.clip}.items():
        (root / name).mkdir()
        make(root / name)
    return root


def ask(folder: Path | str, use: Callable[[Any], Awaitable[ResultT]], timeout_s: float = 120) -> ResultT:
    """What comes of using the model, which is closed afterwards."""

    async def main() -> ResultT:
        model = connect(binding.connection("hf", str(folder), timeout_s=timeout_s))
        try:
            return await use(model)
        finally:
            await model.close()

    return asyncio.run(main())


def question(*parts: Any, **more: Any) -> Request:
    """A question for one thread."""
    return request(*parts, options=ONE_THREAD, **more)


@pytest.mark.parametrize("stem", [*binding.STEMS[:4], "id_document"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_answer_is_valid(models: Path, family: str, stem: str) -> None:
    """For each family and ready-made schemas, lowered, whatever the model rolls: each answer comes to its end and is valid."""
    told = binding.lowered(stem, "llguidance")
    schema = binding.brief(told.json_schema)

    async def use(model: Model) -> list[Response]:
        return [
            await model.answer(question(schema=schema, temperature=1.0, seed=seed, max_tokens=3000))
            for seed in range(2)
        ]

    answers = ask(models / family, use)
    assert [answer.finish for answer in answers] == ["stop"] * 2
    assert answers[0].text != answers[1].text
    for answer in answers:
        binding.bound(answer.text, stem, told)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_an_answer_tells(models: Path, family: str) -> None:
    """Pieces, tokens and text agree; probabilities are the model's own, so that what the schema forced is unlikely."""
    pieces: list[str] = []
    asked = question(schema=SMALL, temperature=1.0, seed=3, max_tokens=200, logprobs=True)
    answer = ask(models / family, lambda model: model.answer(asked, pieces.append))
    assert "".join(pieces) == answer.text == "".join(token.text for token in answer.tokens)
    assert len(pieces) > 5
    assert all(token.logprob <= 0 and len(token.top) == 5 for token in answer.tokens)
    assert answer.tokens[0].text == "{"
    assert answer.tokens[0].logprob < -1
    assert set(json.loads(answer.text)) == {"name", "count"}
    assert answer.usage.seconds
    assert (answer.usage.input_tokens or 0) > 16
    assert answer.usage.output_tokens in {len(answer.tokens), len(answer.tokens) + 1}


@pytest.mark.parametrize("family", FAMILIES)
def test_free_text(models: Path, family: str) -> None:
    """Without a schema the model says what it likes, as long as it may; without temperature always the same."""

    async def use(model: Model) -> list[Response]:
        return [await model.answer(question(max_tokens=12)) for _ in range(2)]

    first, second = ask(models / family, use)
    assert first.text == second.text != ""
    assert not first.text.startswith("{")
    assert (first.finish, first.usage.output_tokens) == ("length", 12)


def test_larger_pictures_are_more_tokens(models: Path) -> None:
    """Qwen2.5-VL sees a picture in as many tokens as it has patches: also where torchvision is not installed."""

    async def use(model: Model) -> list[int]:
        sizes = ((56, 56), (112, 112))
        asked = [question(picture(*size), "x", max_tokens=1) for size in sizes]
        return [(await model.answer(one)).usage.input_tokens or 0 for one in asked]

    small, large = ask(models / "qwen2.5-vl", use)
    assert large - small == (112 // 28) ** 2 - (56 // 28) ** 2


def test_seeds(models: Path) -> None:
    """The same seed gives the same answer, another one another."""

    async def use(model: Model) -> list[str]:
        asked = [question(schema=SMALL, temperature=1.0, seed=seed, max_tokens=200) for seed in (5, 5, 6)]
        return [(await model.answer(one)).text for one in asked]

    first, same, other = ask(models / "llava", use)
    assert first == same != other


def test_a_truncated_answer_says_so(models: Path) -> None:
    """Cut off at any token, an answer ends with "length" and is no JSON; with room for all of it, with "stop"."""

    async def use(model: Model) -> list[Response]:
        whole = await model.answer(question(schema=SMALL, max_tokens=100))
        length = whole.usage.output_tokens or 0
        return [await model.answer(question(schema=SMALL, max_tokens=most)) for most in range(1, length + 1)]

    *cut, whole = ask(models / "llava", use)
    assert whole.finish == "stop"
    for answer in cut:
        assert answer.finish == "length"
        assert whole.text.startswith(answer.text.rstrip("�"))
        with pytest.raises(json.JSONDecodeError):
            json.loads(answer.text)


@pytest.mark.parametrize("family", FAMILIES)
def test_conversations_pictures_and_lies(models: Path, family: str) -> None:
    """Several turns and pictures are one request; marks in a document's text are text: no picture is missed."""

    async def use(model: Model) -> list[Response]:
        turns = (
            Turn("user", (picture(), "one", picture(60, 60), "two")),
            Turn("assistant", ("yes",)),
            Turn("user", ("and now?", picture())),
        )
        sampling = question().sampling
        talk = await model.answer(Request(turns, "Be brief.", SMALL, sampling=sampling))
        lies = [question(picture(), lie, schema=SMALL) for lie in binding.marks_of_a_liar()]
        return [talk, *[await model.answer(lie) for lie in lies]]

    talk, *lies = ask(models / family, use)
    assert (talk.usage.input_tokens or 0) > 3 * 4
    assert [answer.finish for answer in (talk, *lies)] == ["stop"] * 3


def test_the_event_loop_goes_on(models: Path) -> None:
    """While the model is loaded and writes, other tasks run, and a second question waits for its turn."""

    async def use(model: Model) -> tuple[int, list[Response]]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.001)

        ticking = asyncio.create_task(tick())
        asked = question(max_tokens=60)
        answers = await asyncio.gather(model.answer(asked), model.answer(asked))
        ticking.cancel()
        return ticks, list(answers)

    ticks, answers = ask(models / "llava", use)
    assert ticks > 20
    assert answers[0].text == answers[1].text


def test_a_late_answer_is_given_up(models: Path) -> None:
    """An answer that takes too long is a ModelTimeout, and the next question is answered."""

    async def use(model: Any) -> Response:
        with pytest.raises(ModelTimeout):
            await model.answer(question(max_tokens=7000))
        model._timeout_s = 60
        answer: Response = await model.answer(question(schema=SMALL, max_tokens=100))
        return answer

    assert ask(models / "llava", use, timeout_s=0.1).finish == "stop"


def test_nothing_is_printed(models: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither loading nor answering writes to standard output or standard error."""
    capfd.readouterr()
    ask(models / "qwen2.5-vl", lambda model: model.answer(question(max_tokens=3)))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("asked", "kind", "word"),
    [
        (request(Clip(b"", "video/mp4"), "x"), UsageError, "video"),
        (request(Picture(b"no picture", "image/png", 1, 1), "x"), BadRequestError, "decoded"),
        (request(options={"num_beams": 3}), UsageError, "num_beams"),
        (request(options={"dtype": "int3"}), UsageError, "int3"),
        (request(options={"device": "abacus"}), UsageError, "abacus"),
        (request(options={"threads": "many"}), UsageError, "many"),
        (request("word " * 9000), ContextOverflow, "8192"),
        (request(schema={"type": "string", "pattern": "(?=a)b"}), SchemaError, "schema"),
    ],
)
def test_requests_that_cannot_be_answered(models: Path, asked: Request, kind: type[VextractError], word: str) -> None:
    """Each has its own error, with what to do."""
    with pytest.raises(kind) as caught:
        ask(models / "llava", lambda model: model.answer(asked))
    assert word in caught.value.message + caught.value.hint
    assert caught.value.hint


def test_a_picture_that_must_be_there(models: Path) -> None:
    """PaliGemma answers no question without a picture, and says so."""
    with pytest.raises(BadRequestError, match="cannot be asked this"):
        ask(models / "paligemma", lambda model: model.answer(question("Say something")))


def test_models_that_cannot_be_loaded(models: Path, tmp_path: Path) -> None:
    """Each reason has its word: not on this machine, unknown kind, weights missing, no vision, no such name."""
    config = json.loads((models / "llava" / "config.json").read_text("utf-8"))
    for name, content in (
        ("strange", {**config, "model_type": "teapot", "architectures": ["Teapot"]}),
        ("empty", config),
        ("blind", {**config["text_config"], "architectures": ["LlamaForCausalLM"]}),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(json.dumps(content), "utf-8")
        for file in ("tokenizer.json", "tokenizer_config.json", "processor_config.json"):
            (tmp_path / name / file).write_bytes((models / "llava" / file).read_bytes())
    for source, word in (
        (
            "nobody/no-such-model",
            "`hf download nobody/no-such-model`, or let it be downloaded with -O download=true",
        ),
        (str(tmp_path / "strange"), "teapot"),
        (str(tmp_path / "empty"), "missing or damaged"),
        (str(tmp_path / "blind"), "does not know how to run"),
        ("a/b/c/d", "no folder"),
    ):
        with pytest.raises(DependencyError) as caught:
            ask(source, lambda model: model.answer(request()))
        assert word in f"{caught.value.message} {caught.value.hint}"
        assert "\n" not in caught.value.message


@pytest.mark.skipif(
    bool(importlib.util.find_spec("accelerate")), reason="accelerate is installed, which device=auto needs"
)
def test_several_devices_need_accelerate(models: Path) -> None:
    """Spreading a model over devices names the package that does it."""
    with pytest.raises(DependencyError, match="accelerate"):
        ask(models / "llava", lambda model: model.answer(request(options={"device": "auto"})))


def test_a_model_of_the_cache(models: Path, tmp_path: Path) -> None:
    """A model that was downloaded before is found by its name, without asking anybody; nothing is printed."""
    cached = tmp_path / "hub" / "models--org--tiny"
    shutil.copytree(models / "llava", cached / "snapshots" / "abc")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("abc", "ascii")
    script = (
        "import asyncio, socket, sys\n"
        "from tests.models import binding\n"
        "from vextract.models import connect\n"
        "def never(*arguments): raise AssertionError(arguments)\n"
        "socket.socket.connect = socket.getaddrinfo = never\n"
        "model = connect(binding.connection('hf', 'org/tiny'))\n"
        "answer = asyncio.run(model.answer(binding.request(schema=binding.SMALL)))\n"
        "sys.exit(0 if answer.finish == 'stop' else 3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        timeout=200,
        env={**os.environ, "HF_HUB_CACHE": str(tmp_path / "hub"), "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.skipif(bool(importlib.util.find_spec("num2words")), reason="num2words is installed, which SmolVLM needs")
def test_a_package_that_only_one_family_needs(models: Path) -> None:
    """SmolVLM's processor needs num2words, and the error names it."""
    with pytest.raises(DependencyError, match="num2words"):
        ask(models / "smolvlm", lambda model: model.answer(request()))


def test_clip_weighs_labels(models: Path) -> None:
    """Probabilities add up to 1, belong to their labels whatever the order, and depend on the picture; questions are refused."""
    labels = ["cat", "invoice number", "a"]

    async def use(model: Any) -> list[tuple[float, ...]]:
        assert isinstance(model, ZeroShot)
        with pytest.raises(UsageError, match="answers no questions"):
            await model.answer(request())  # type: ignore[attr-defined]
        with pytest.raises(UsageError, match="no labels"):
            await model.zero_shot([], picture())
        return [
            await model.zero_shot(labels, picture()),
            await model.zero_shot(labels[::-1], picture()),
            await model.zero_shot(labels, picture(300, 40)),
            await model.zero_shot(["word " * 500], picture()),
        ]

    first, turned, other, alone = ask(models / "clip", use)
    assert sum(first) == pytest.approx(1)
    assert turned[::-1] == pytest.approx(first, rel=1e-4)
    assert len(set(first)) == 3
    assert other != pytest.approx(first, rel=1e-6)
    assert alone == (1.0,)
    assert not isinstance(connect(binding.connection("hf", str(models / "llava"))), ZeroShot)


def test_thoughts_are_no_answer() -> None:
    """What stands before the end of a thought is not the answer, whether the template or the model began the thought."""
    from vextract.models.hf import thought_and_answer

    assert thought_and_answer("<think>\nhm\n</think>\n\nyes") == ("hm", "yes")
    assert thought_and_answer("hm</think>yes") == ("hm", "yes")
    assert thought_and_answer("yes <b>") == ("", "yes <b>")
