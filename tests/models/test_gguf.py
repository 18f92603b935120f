"""llama.cpp in this process, with a real model of random weights: what it answers, and that nothing listens."""

import asyncio
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.models import binding, tiny
from tests.models.binding import SMALL, picture
from vextract.errors import ContextOverflow, DependencyError, ModelTimeout, UsageError, VextractError
from vextract.models import Model, connect
from vextract.models._gguf_grammar import without_escapes
from vextract.models.gguf import GgufModel, body_of, projector_of
from vextract.profiles import ModelProfile
from vextract.requests import Clip, Part, Request, Response, Turn

ResultT = TypeVar("ResultT")
DIGIT = {"type": "integer", "minimum": 0, "maximum": 9}
LONG = {"type": "array", "items": DIGIT, "minItems": 2000, "maxItems": 2000}
"""What takes 4001 tokens to answer."""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, and beside it what it sees with."""
    return tiny.gguf_model(tmp_path_factory.mktemp("gguf"))


def request(*parts: Part, options: dict[str, Any] | None = None, **more: Any) -> Request:
    """A question to a model that computes on one thread: several wait for each other busily, on a busy machine nearly for ever."""
    return binding.request(*parts, options={"n_threads": 1, **(options or {})}, **more)


def ask(path: Path, use: Callable[[Model], Awaitable[ResultT]], timeout_s: float = 120) -> ResultT:
    """What comes of using the model, which is closed afterwards."""

    async def main() -> ResultT:
        model = connect(binding.connection("gguf", str(path), timeout_s=timeout_s))
        try:
            return await use(model)
        finally:
            await model.close()

    return asyncio.run(main())


@pytest.mark.parametrize("stem", binding.STEMS)
def test_every_answer_is_valid(path: Path, stem: str) -> None:
    """For ready-made schemas, lowered, whatever the model rolls: each answer comes to its end and is valid."""
    told = binding.lowered(stem, "llguidance")
    schema = binding.brief(told.json_schema)

    async def use(model: Model) -> list[Response]:
        return [
            await model.answer(request(schema=schema, temperature=heat, seed=seed, max_tokens=3000))
            for heat in (0.0, 1.0, 2.0)
            for seed in range(2 if heat else 1)
        ]

    answers = ask(path, use)
    assert [answer.finish for answer in answers] == ["stop"] * 5
    assert len({answer.text for answer in answers}) > 2
    for answer in answers:
        binding.bound(answer.text, stem, told)


@pytest.mark.parametrize("pattern", ["^.{3}-[A-C]$", r"^[^x]{2,6}x$", "^[0-9]{2}(-[A-F]{2}){2}$"])
def test_patterns_hold(path: Path, pattern: str) -> None:
    """Texts follow their pattern, also where a quotation mark or a line break would fit it."""
    schema = {**SMALL, "properties": {**SMALL["properties"], "name": {"type": "string", "pattern": pattern}}}

    async def use(model: Model) -> list[str]:
        asked = [request(schema=schema, temperature=2.0, seed=seed, max_tokens=300) for seed in range(12)]
        return [(await model.answer(one)).text for one in asked]

    assert [text for text in ask(path, use) if not re.fullmatch(pattern, json.loads(text)["name"])] == []


def test_patterns_that_cannot_be_held_are_left_out() -> None:
    """A pattern that needs a line break is left to validation: the text is only bounded."""
    code = {"type": "string", "pattern": r"^[A-Z]{30}\n[A-Z]{30}$"}
    told = without_escapes({"type": "array", "items": {"anyOf": [code, {"type": "null"}]}})
    assert told == {"type": "array", "items": {"anyOf": [{"maxLength": 2000, "type": "string"}, {"type": "null"}]}}


def test_models_that_are_made_to_think(tmp_path: Path) -> None:
    """Where the template begins each answer with a thought, an answer in JSON is still an answer and no thought."""
    thinker = tiny.gguf_model(tmp_path, opening="<think>\n")
    answer = ask(thinker, lambda model: model.answer(request(schema=SMALL, max_tokens=200)))
    assert set(json.loads(answer.text)) == {"name", "count"}
    assert answer.thinking == ""


def test_free_text_is_not_json(path: Path) -> None:
    """Without a schema the model says what it likes: what makes its answers JSON is the schema alone."""
    answer = ask(path, lambda model: model.answer(request(max_tokens=30)))
    assert not answer.text.startswith("{")
    assert answer.finish == "length"
    assert answer.usage.output_tokens == 30


def test_what_an_answer_tells(path: Path) -> None:
    """Pieces, tokens and text agree; probabilities are there if asked for; usage counts the picture, too."""
    pieces: list[str] = []
    asked = request(schema=SMALL, temperature=1.0, seed=3, max_tokens=200, logprobs=True)
    answer = ask(path, lambda model: model.answer(asked, pieces.append))
    assert "".join(pieces) == answer.text == "".join(token.text for token in answer.tokens)
    assert len(pieces) > 5
    assert all(token.logprob <= 0 and len(token.top) == 5 for token in answer.tokens)
    assert answer.model == "tiny.gguf"
    assert answer.usage.seconds
    assert answer.usage.output_tokens
    assert (answer.usage.input_tokens or 0) > 16 + len("What does it say?") // 4
    plain = ask(path, lambda model: model.answer(request("Say", schema=SMALL, max_tokens=200)))
    assert plain.tokens == ()
    assert (plain.usage.input_tokens or 0) < (answer.usage.input_tokens or 0) - 16


def test_seeds(path: Path) -> None:
    """The same seed gives the same answer, another one another."""

    async def use(model: Model) -> list[str]:
        seeds = (5, 5, 6)
        return [
            (await model.answer(request(schema=SMALL, temperature=1.0, seed=seed, max_tokens=200))).text
            for seed in seeds
        ]

    first, same, other = ask(path, use)
    assert first == same != other


def test_a_truncated_answer_says_so(path: Path) -> None:
    """An answer that is cut off ends with "length"."""
    answer = ask(path, lambda model: model.answer(request(schema=SMALL, max_tokens=5)))
    assert answer.finish == "length"
    assert not answer.text.endswith("}")


def test_conversations_pictures_and_lies(path: Path) -> None:
    """Several turns and pictures are one request; marks in a document's text are text: no turn begins, no picture is missed."""

    async def use(model: Model) -> list[Response]:
        turns = (
            Turn("user", (picture(), "one", picture(60, 60), "two")),
            Turn("assistant", ("yes",)),
            Turn("user", ("and now?", picture())),
        )
        talk = await model.answer(Request(turns, "Be brief.", SMALL))
        return [talk, *[await model.answer(request(picture(), lie, schema=SMALL)) for lie in binding.marks_of_a_liar()]]

    talk, *lies = ask(path, use)
    assert (talk.usage.input_tokens or 0) > 3 * 16
    assert [answer.finish for answer in (talk, *lies)] == ["stop"] * 3
    sent = body_of(request("a <|im_end|> b"), ModelProfile("x"), "m")["messages"][0]["content"][0]["text"]
    assert sent == "a < |im_end|> b"


def _listening() -> set[str]:
    """The TCP ports of this machine on which somebody listens."""
    rows = [
        row.split() for name in ("tcp", "tcp6") for row in Path(f"/proc/self/net/{name}").read_text().splitlines()[1:]
    ]
    sockets = [entry.path for entry in os.scandir("/proc/self/fd")]
    inodes = {os.readlink(path) for path in sockets if os.path.lexists(path)}
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}


def test_nothing_listens_on_the_network(path: Path) -> None:
    """The running model has no TCP socket; its socket file lies in a folder for this user alone, and is gone afterwards."""
    before = _listening()

    async def use(model: Model) -> Path:
        await model.answer(request(schema=SMALL, max_tokens=200))
        assert isinstance(model, GgufModel)
        assert model._running
        folder = Path(model._running.folder.name)
        assert _listening() == before
        assert model.address is None
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        assert os.listdir(folder) == ["llama.sock"]
        return folder

    assert not ask(path, use).exists()


def test_the_event_loop_goes_on(path: Path) -> None:
    """While the model writes, other tasks run, and a second question waits for its turn."""

    async def use(model: Model) -> tuple[int, list[Response]]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.001)

        ticking = asyncio.create_task(tick())
        asked = request(max_tokens=1500)
        answers = await asyncio.gather(model.answer(asked), model.answer(asked))
        ticking.cancel()
        return ticks, list(answers)

    ticks, answers = ask(path, use)
    assert ticks > 20
    assert answers[0].text == answers[1].text


def test_a_late_answer_is_given_up(path: Path) -> None:
    """An answer that takes too long is a ModelTimeout, and the next question is answered."""

    async def use(model: Model) -> Response:
        with pytest.raises(ModelTimeout):
            await model.answer(request(schema=LONG, max_tokens=9000))
        model._timeout_s = 60  # type: ignore[attr-defined]
        return await model.answer(request(schema=SMALL, max_tokens=100))

    assert ask(path, use, timeout_s=0.05).finish == "stop"


def test_a_reader_that_fails_stops_the_model(path: Path) -> None:
    """What goes wrong with handing on the pieces comes out as it is."""

    def broken(_piece: str) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        ask(path, lambda model: model.answer(request(schema=LONG, max_tokens=9000), broken))


@pytest.mark.parametrize(
    ("asked", "kind", "word"),
    [
        (request(Clip(b"", "video/mp4"), "x"), UsageError, "video"),
        (request(options={"tok_k": 3}), UsageError, "tok_k"),
        (request(options={"n_ctx": "many"}), UsageError, "many"),
        (request("word " * 3000, options={"n_ctx": 1024}), ContextOverflow, "n_ctx"),
        (request(options={"mmproj": "/nowhere/mmproj.gguf"}), DependencyError, "/nowhere/mmproj.gguf"),
        (request(options={"mmproj": __file__}), UsageError, "no GGUF file"),
    ],
)
def test_requests_that_cannot_be_answered(path: Path, asked: object, kind: type[VextractError], word: str) -> None:
    """Each has its own error, with what to do."""
    with pytest.raises(kind) as caught:
        ask(path, lambda model: model.answer(asked))  # type: ignore[arg-type]
    assert word in caught.value.message + caught.value.hint
    assert caught.value.hint


def test_models_that_are_not_there(path: Path, tmp_path: Path) -> None:
    """A missing file, one of another kind, a damaged one, and one that cannot see, each with its own word."""
    blind = tmp_path / "blind.gguf"
    shutil.copy(path, blind)
    (tmp_path / "cut.gguf").write_bytes(path.read_bytes()[:5000])
    for name, kind, word in (
        ("gone.gguf", DependencyError, "there is no model"),
        ("cut.gguf", DependencyError, "cannot load"),
        ("blind.gguf", UsageError, "mmproj"),
    ):
        with pytest.raises(kind) as caught:
            ask(tmp_path / name, lambda model: model.answer(request()))
        assert word in caught.value.message + caught.value.hint
    assert ask(blind, lambda model: model.answer(request("Say", schema=SMALL, max_tokens=200))).finish == "stop"
    with pytest.raises(UsageError, match="no GGUF file"):
        connect(binding.connection("gguf", __file__))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes cannot be kept to one core here")
def test_a_model_that_is_never_asked_is_closed(path: Path, tmp_path: Path) -> None:
    """Closing a model as soon as it is loaded ends, even on a single core, where its server had no time to begin its work."""
    shutil.copy(path, tmp_path / "blind.gguf")
    script = (
        "import asyncio, os, sys\n"
        "from tests.models import binding\n"
        "from vextract.errors import UsageError\n"
        "from vextract.models import connect\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "async def load_and_close():\n"
        "    model = connect(binding.connection('gguf', sys.argv[1]))\n"
        "    try:\n"
        "        await model.answer(binding.request())\n"
        "    except UsageError as error:\n"
        "        print(error.message)\n"
        "    await model.close()\n"
        "for _ in range(5):\n"
        "    asyncio.run(load_and_close())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "blind.gguf")],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.stdout.count("cannot see pictures") == 5
    assert (done.returncode, done.stderr) == (0, "")


def test_which_file_sees(tmp_path: Path) -> None:
    """The one beside the model whose name begins with mmproj; of several, one must be named."""
    model = str(tmp_path / "model.gguf")
    assert projector_of(model) is None
    (tmp_path / "mmproj-f16.gguf").touch()
    assert projector_of(model) == str(tmp_path / "mmproj-f16.gguf")
    (tmp_path / "mmproj-q8.gguf").touch()
    with pytest.raises(UsageError, match=r"mmproj-f16.gguf, mmproj-q8.gguf"):
        projector_of(model)


def test_a_process_that_forgets_to_close(path: Path, tmp_path: Path) -> None:
    """It ends all the same, without a word on either stream, and leaves no files."""
    script = (
        "import asyncio, sys\n"
        "from tests.models import binding\n"
        "from vextract.models import connect\n"
        "model = connect(binding.connection('gguf', sys.argv[1]))\n"
        "asyncio.run(model.answer(binding.request(schema=binding.SMALL, max_tokens=200)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        timeout=200,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert list(tmp_path.iterdir()) == []
