"""Recorded answers: what is on disk, and that the same requests get the same answers again."""

import asyncio
import json
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vextract.errors import InputError, ModelNotFound, OutputError, RateLimited, UsageError, VextractError
from vextract.models import Connection, connect, model_name
from vextract.models._recording import Recording
from vextract.models.replay import Replay
from vextract.profiles import ModelProfile, profile_for
from vextract.requests import Clip, Picture, Request, Response, Sampling, Token, Turn, request_hash
from vextract.types import Usage

_PICTURE = Picture(b"\x89PNG the bytes of the picture", "image/png", 640, 480)
_REQUEST = Request(
    (
        Turn("user", ("what is the total?", _PICTURE)),
        Turn("assistant", ("{",)),
        Turn("user", (Clip(b"clip", "video/mp4"),)),
    ),
    system="be brief",
    json_schema={"type": "object"},
    sampling=Sampling(0.5, 100, 7, {"api_key": "sk-hunter2", "top_p": 0.9}),
)
_RESPONSE = Response(
    '{"total": "60.30"}',
    "length",
    reason="MAX_TOKENS",
    usage=Usage(10, 5, None, 1.25, None),
    request_id="r-1",
    model="gpt-4o-2024",
    tokens=(Token("{", -0.25, (("{", -0.25), ("[", float("-inf")))), Token("…", float("-inf"))),
    thinking="hm",
)


class Scripted:
    """A model that gives a response or fails with an error, and counts how often it was asked."""

    def __init__(self, outcome: Response | VextractError, name: str = "openai:gpt-4o") -> None:
        self.name, self.dialect, self._outcome = name, "openai", outcome
        self.profile = profile_for(*name.split(":", 1))
        self.address: str | None = "http://127.0.0.1:9/v1"
        self.asked, self.closed = 0, False

    async def answer(self, request: Request, on_text: Callable[[str], None] | None = None) -> Response:
        del request
        self.asked += 1
        if isinstance(self._outcome, VextractError):
            raise self._outcome
        if on_text:
            for letter in self._outcome.text:
                on_text(letter)
        return self._outcome

    async def close(self) -> None:
        self.closed = True


def _replay(folder: Path) -> Any:
    name = model_name(f"replay:{folder}")
    return connect(Connection(name, profile_for(name.provider, name.model)))


def _record(folder: Path, response: Response = _RESPONSE, request: Request = _REQUEST) -> Path:
    """Records the answer; its file."""
    asyncio.run(Recording(Scripted(response), folder).answer(request))
    return folder / f"{request_hash(request)}.json"


# Recording


def test_a_recording_is_the_model_itself(tmp_path: Path) -> None:
    """Name, profile, dialect, address, answers and their pieces are the model's, and it is closed with it."""
    model = Scripted(_RESPONSE)
    recording = Recording(model, tmp_path)
    pieces: list[str] = []
    assert (recording.name, recording.profile, recording.dialect) == (model.name, model.profile, model.dialect)
    assert recording.address == model.address
    assert asyncio.run(recording.answer(_REQUEST, pieces.append)) == _RESPONSE
    assert "".join(pieces) == _RESPONSE.text
    asyncio.run(recording.close())
    assert model.closed


def test_what_is_on_disk(tmp_path: Path) -> None:
    """model.json and one file for the request, which tells what was asked: no picture, no option's value, for no one else."""
    file = _record(tmp_path / "new" / "folder")
    assert sorted(path.name for path in file.parent.iterdir()) == sorted([file.name, "model.json"])
    told = json.loads(file.read_text("utf-8"))
    assert told["format"] == 1
    assert told["model"] == "openai:gpt-4o"
    asked = told["request"]
    assert asked["system"] == "be brief"
    assert asked["options"] == ["api_key", "top_p"]
    assert asked["turns"][0]["parts"][0] == "what is the total?"
    picture = asked["turns"][0]["parts"][1]
    assert {**picture, "sha256": len(picture["sha256"])} == {
        "media_type": "image/png",
        "bytes": len(_PICTURE.data),
        "sha256": 64,
        "width_px": 640,
        "height_px": 480,
    }
    assert told["response"]["text"] == _RESPONSE.text
    assert "hunter2" not in file.read_text("utf-8")
    assert "the bytes of" not in file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_failures_are_not_recorded(tmp_path: Path) -> None:
    """A model that fails leaves no file, and its error comes through."""
    error = RateLimited("slow down", "wait", retry_after_s=3.0)
    with pytest.raises(RateLimited) as caught:
        asyncio.run(Recording(Scripted(error), tmp_path).answer(_REQUEST))
    assert caught.value is error
    assert [path.name for path in tmp_path.iterdir()] == ["model.json"]


def test_a_folder_belongs_to_one_model(tmp_path: Path) -> None:
    """The same model goes on in its folder; another one is a UsageError and changes nothing."""
    _record(tmp_path)
    _record(tmp_path, request=replace(_REQUEST, system=""))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(before) == 3
    with pytest.raises(UsageError, match="openai:gpt-4o"):
        Recording(Scripted(_RESPONSE, "ollama:llava"), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """It is an OutputError before anything is asked, and one after an answer that found no room; nothing half written is left."""
    (tmp_path / "file").write_text("")
    model = Scripted(_RESPONSE)
    with pytest.raises(OutputError):
        Recording(model, tmp_path / "file")
    recording = Recording(model, tmp_path / "folder")
    (tmp_path / "folder" / f"{request_hash(_REQUEST)}.json").mkdir()
    with pytest.raises(OutputError):
        asyncio.run(recording.answer(_REQUEST))
    assert not [path for path in (tmp_path / "folder").iterdir() if path.name.endswith(".part")]


# Replaying


def test_a_replay_takes_over_the_model(tmp_path: Path) -> None:
    """Profile and dialect are the recorded model's, as they were then, so that the same requests arise; the name says replay."""
    model = Scripted(_RESPONSE, "ollama:qwen2.5vl:7b")
    model.profile = replace(model.profile, max_edge_px=777, logprobs=True)
    model.dialect = "ollama"
    Recording(model, tmp_path)
    replayed = _replay(tmp_path)
    assert replayed.profile == model.profile
    assert replayed.dialect == "ollama"
    assert replayed.recorded_model == "ollama:qwen2.5vl:7b"
    assert replayed.name == f"replay:{tmp_path}"
    assert replayed.address is None


def test_the_same_request_gets_the_same_answer(tmp_path: Path) -> None:
    """All of the answer comes back, in one piece, however often it is asked for."""
    _record(tmp_path)
    replayed, pieces = _replay(tmp_path), []
    for _ in range(2):
        assert asyncio.run(replayed.answer(_REQUEST, pieces.append)) == _RESPONSE
    assert pieces == [_RESPONSE.text] * 2
    asyncio.run(replayed.close())


@pytest.mark.parametrize(
    "other",
    [
        replace(_REQUEST, system="be long"),
        replace(_REQUEST, json_schema=None),
        replace(_REQUEST, logprobs=True),
        replace(_REQUEST, sampling=replace(_REQUEST.sampling, temperature=0.0)),
        replace(_REQUEST, sampling=replace(_REQUEST.sampling, options={})),
        replace(_REQUEST, turns=(Turn("user", ("what is the total?", replace(_PICTURE, data=b"other"))),)),
    ],
)
def test_another_request_gets_none(tmp_path: Path, other: Request) -> None:
    """What was not recorded is a failure that says how to record it, and is not worth a second try."""
    _record(tmp_path)
    with pytest.raises(ModelNotFound, match="no recorded answer") as caught:
        asyncio.run(_replay(tmp_path).answer(other))
    assert "--record" in caught.value.hint
    assert not caught.value.retryable


def test_the_last_answer_counts(tmp_path: Path) -> None:
    """A request that was asked twice is answered as it was the second time."""
    _record(tmp_path)
    _record(tmp_path, replace(_RESPONSE, text="second"))
    assert asyncio.run(_replay(tmp_path).answer(_REQUEST)).text == "second"


def test_a_replay_can_be_recorded(tmp_path: Path) -> None:
    """A folder made from a replay answers as the first one does."""
    _record(tmp_path / "one")
    asyncio.run(Recording(_replay(tmp_path / "one"), tmp_path / "two").answer(_REQUEST))
    second = _replay(tmp_path / "two")
    assert asyncio.run(second.answer(_REQUEST)) == _RESPONSE
    assert second.profile == profile_for("openai", "gpt-4o")


_anything = st.text(st.characters())  # half surrogate pairs too: models write them
_numbers = st.floats(allow_nan=False)
_whole = st.none() | st.integers(0, 1 << 40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    st.builds(
        Response,
        text=_anything,
        finish=st.sampled_from(["stop", "length", "refusal", "error"]),
        reason=st.none() | _anything,
        usage=st.builds(Usage, _whole, _whole, _whole, st.none() | _numbers, st.none() | _numbers),
        request_id=st.none() | _anything,
        model=st.none() | _anything,
        tokens=st.lists(
            st.builds(Token, _anything, _numbers, st.lists(st.tuples(_anything, _numbers), max_size=2).map(tuple)),
            max_size=3,
        ).map(tuple),
        thinking=_anything,
    )
)
def test_any_answer_comes_back_as_it_was(tmp_path: Path, response: Response) -> None:
    """Every field of every answer is kept, odd characters and infinite logarithms too."""
    _record(tmp_path, response)
    assert asyncio.run(_replay(tmp_path).answer(_REQUEST)) == response


# Damage


@pytest.mark.parametrize("place", ["missing", ".", "file"])
def test_no_recorded_answers(tmp_path: Path, place: str) -> None:
    """A folder that is not there, is empty, or is a file is a UsageError that says what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="no recorded answers") as caught:
        _replay(tmp_path / place)
    assert "--record" in caught.value.hint


_NO_RECORDS = [
    ("", "damaged"),
    ("\xff", "damaged"),
    ("[" * 100_000, "damaged"),
    ("[]", "no JSON object"),
    ("{}", "format None"),
    ('{"format": 2}', "format 2"),
]
_NO_MODELS = [
    ('{"format": 1, "model": "m", "dialect": "openai", "profile": {"family": 3}}', "'profile.family'"),
    ('{"format": 1, "model": "m", "profile": {"family": "f"}}', "'dialect'"),
]
_NO_ANSWERS = [
    ('{"format": 1, "response": {"text": "a", "finish": "done"}}', "'finish'"),
    ('{"format": 1, "response": {"finish": "stop"}}', "'text'"),
    ('{"format": 1, "response": null}', "damaged"),
    ('{"format": 1}', "damaged"),
]


@pytest.mark.parametrize(
    ("which", "text", "told"),
    [
        *(("model.json", *case) for case in _NO_RECORDS + _NO_MODELS),
        *(("answer", *case) for case in _NO_RECORDS + _NO_ANSWERS),
    ],
)
def test_damaged_files(tmp_path: Path, which: str, text: str, told: str) -> None:
    """A file that is no record is an InputError that names the file and what is wrong, never an answer."""
    answer = _record(tmp_path)
    file = answer if which == "answer" else tmp_path / "model.json"
    file.write_text(text, "latin-1")
    with pytest.raises(InputError) as caught:
        asyncio.run(_replay(tmp_path).answer(_REQUEST))
    assert repr(str(file)) in str(caught.value)
    assert told in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_file_that_was_cut_off(tmp_path: Path, share: float) -> None:
    """Part of a record is no answer."""
    file = _record(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match="damaged"):
        asyncio.run(_replay(tmp_path).answer(_REQUEST))


# With a real client


class _Completions(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": '{"total": 1}'}}
        usage = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
        answer = {"id": "c-1", "object": "chat.completion", "created": 1, "model": "m-1", "usage": usage}
        body = json.dumps({**answer, "choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def completions() -> Iterator[str]:
    """A server on loopback that speaks OpenAI's protocol; its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Completions) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


def test_a_real_client_is_recorded_and_replayed(tmp_path: Path, completions: str) -> None:
    """What came from a server through its client comes again from the folder, with no server; no key is in it."""
    pytest.importorskip("langchain_openai")
    name = model_name("openai:m-1")
    request = Request((Turn("user", ("what is the total?",)),), json_schema={"type": "object"})

    async def asked() -> Response:
        profile = ModelProfile("unknown")
        recording = Recording(connect(Connection(name, profile, completions, "sk-hunter2-hunter2")), tmp_path)
        response = await recording.answer(request)
        await recording.close()
        return response

    first = asyncio.run(asked())
    assert (first.text, first.usage.input_tokens) == ('{"total": 1}', 11)
    replayed = Replay(str(tmp_path))
    assert replayed.recorded_model == "openai:m-1"
    assert asyncio.run(replayed.answer(request)) == first
    assert not any(b"hunter2" in path.read_bytes() for path in tmp_path.iterdir())
