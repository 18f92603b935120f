"""Models in GGUF files, run in this process by llama.cpp (package xllamacpp): `gguf:PATH`.

llama.cpp's server cannot be had without a listener; its own is a socket file in a folder that only this user can enter, so that
nothing listens on the network. It is not used: requests go to the server by function call.

Answers are bound to a schema by llguidance, which xllamacpp is built with, and not by the grammar that the server makes of
`response_format`: that one lets models write blanks by the hundred, and ends some texts amid a character.
"""

import atexit
import glob
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

from vextract.errors import BadRequestError, ContextOverflow, DependencyError, ProviderError, UsageError
from vextract.models import Connection, Model
from vextract.models._gguf_grammar import grammar_of
from vextract.models._openai_reply import join, read
from vextract.models._prompt_marks import without_marks
from vextract.models._worker import Job, Worker, chosen, refuse_clip
from vextract.profiles import ModelProfile
from vextract.requests import Part, Picture, Request, Response, Token

__all__ = ["GgufModel", "body_of", "connect", "projector_of"]

_LOADING = frozenset({"mmproj", "n_ctx", "n_gpu_layers", "n_threads", "verbosity"})
_CHOOSING = frozenset(
    {"top_k", "top_p", "min_p", "typical_p", "repeat_penalty", "repeat_last_n", "presence_penalty", "frequency_penalty"}
)
_CONTEXT_TOKENS = 16_384
_MOST_TOKENS = 4096
_SOURCE_HINT = "is it whole, and of an architecture that llama.cpp knows? -O verbosity=3 shows its log"


def connect(connection: Connection) -> Model:
    """The model; its file is looked at, but not loaded. See `vextract.models.connect`."""
    if find_spec("xllamacpp") is None:
        raise DependencyError(f"{connection.name} needs the package xllamacpp", "pip install 'vextract[gguf]'")
    return GgufModel(connection, _checked(connection.name.model))


def _checked(path: str) -> str:
    """The path of a GGUF file."""
    path = os.path.expanduser(path)
    try:
        with open(path, "rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise DependencyError(
            f"there is no model in {path!r}: {error.strerror}", "name a .gguf file, such as gguf:models/qwen.gguf"
        ) from error
    if magic != b"GGUF":
        raise UsageError(f"{path!r} is no GGUF file", "models of other formats are named hf:FOLDER")
    return path


def projector_of(path: str) -> str | None:
    """The file beside a model that lets it see: the one whose name begins with "mmproj"; None if there is none.

    Raises:
        UsageError: there are several.
    """
    folder = os.path.dirname(path) or "."
    found = sorted(glob.glob(os.path.join(glob.escape(folder), "[Mm][Mm][Pp][Rr][Oo][Jj]*.gguf")))
    if len(found) > 1:
        names = ", ".join(os.path.basename(one) for one in found)
        raise UsageError(f"{folder!r} has several files for pictures: {names}", "choose one with -O mmproj=PATH")
    return found[0] if found else None


@dataclass(slots=True)
class _Running:
    """A llama.cpp server, its folder for the socket, and whether it can see."""

    server: Any
    folder: tempfile.TemporaryDirectory[str]
    sees: bool

    def stop(self) -> None:
        self.server = None  # its destructor ends the server's threads and waits for them
        self.folder.cleanup()


class GgufModel:
    """A model of llama.cpp in this process; see `vextract.models.Model`. It is loaded with the first answer."""

    def __init__(self, connection: Connection, path: str) -> None:
        self.name = str(connection.name)
        self.profile: ModelProfile = connection.profile
        self.dialect = connection.profile.dialect or "llguidance"
        self.address: str | None = None
        self._path = path
        self._timeout_s = connection.timeout_s
        self._worker = Worker(self.name)
        self._running: _Running | None = None

    async def answer(self, request: Request, on_text: Callable[[str], None] | None = None) -> Response:
        """The model's answer; see `vextract.models.Model.answer`."""
        options = dict(request.sampling.options)
        chosen(options, _LOADING | _CHOOSING, self.name)
        running = self._running
        if running is None:
            running = await self._worker.run(lambda _: self._load(options))
        if request.pictures and not running.sees:
            raise UsageError(
                f"{self.name} cannot see pictures: it has no file for them beside it", "name one with -O mmproj=PATH"
            )
        body = body_of(request, self.profile, self.name)
        started = time.perf_counter()
        events = await self._worker.run(lambda job: self._ask(running, body, job), self._timeout_s, on_text)
        response = read(join(events))
        tokens = [token for event in events for token in _logprobs(event)]
        usage = replace(response.usage, seconds=time.perf_counter() - started)
        return replace(response, usage=usage, tokens=_tokens(tokens), model=os.path.basename(self._path))

    async def close(self) -> None:
        """Ends the server and gives its memory back."""
        await self._worker.close()
        if self._running is not None:
            running, self._running = self._running, None
            atexit.unregister(running.stop)
            running.stop()

    def _load(self, options: Mapping[str, Any]) -> _Running:
        if self._running is None:
            self._running = _started(self._path, options)
            # A process that ends with the server's threads at work may crash on its way out.
            atexit.register(self._running.stop)
        return self._running

    def _ask(self, running: _Running, body: dict[str, Any], job: Job) -> list[dict[str, Any]]:
        """The chunks of the answer in order."""
        events: list[dict[str, Any]] = []

        def hear(chunk: dict[str, Any]) -> bool:
            """Whether llama.cpp shall stop."""
            events.append(chunk)
            for choice in chunk.get("choices") or []:
                job.say(choice.get("delta", {}).get("content") or "")
            return job.stopped.is_set()

        try:
            running.server.handle_chat_completions(_with_grammar(body), hear)
        except (RuntimeError, ValueError) as error:
            raise BadRequestError(
                f"{self.name} cannot be asked: {error}", "see -O, and whether the picture is whole"
            ) from error
        if failed := next((event["error"] for event in events if event.get("error")), None):
            raise self._failure(failed)
        return events

    def _failure(self, failed: Mapping[str, Any]) -> ProviderError:
        said = f"{self.name}: {failed.get('message')}"
        if failed.get("type") == "exceed_context_size_error":
            return ContextOverflow(said, "send fewer or smaller pages, or allow more with -O n_ctx=TOKENS")
        if failed.get("code") == 400:
            return BadRequestError(said, "see what llama.cpp says of the request")
        return ProviderError(said, "try again, or with another --seed")


def _started(path: str, options: Mapping[str, Any]) -> _Running:
    """The server with the model, loaded."""
    import xllamacpp

    projector = options.get("mmproj") or projector_of(path)
    params = xllamacpp.CommonParams()
    params.model.path = path
    if projector:
        params.mmproj.path = _checked(str(projector))
    folder = tempfile.TemporaryDirectory(prefix="vextract-")
    params.hostnames = [os.path.join(folder.name, "llama.sock")]
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    params.endpoint_metrics = True
    params.sse_ping_interval = -1
    params.use_jinja = True
    params.warmup = False
    try:
        params.n_ctx = int(options.get("n_ctx", _CONTEXT_TOKENS))
        params.n_gpu_layers = int(options.get("n_gpu_layers", params.n_gpu_layers))
        params.verbosity = int(options.get("verbosity", 0))
        if "n_threads" in options:
            params.cpuparams.n_threads = params.cpuparams_batch.n_threads = int(options["n_threads"])
        server = xllamacpp.Server(params)
        # A server told to stop before its loop began forgets that it was, and its destructor would wait for ever, as seen with
        # xllamacpp 2026.10 (`server_queue::start_loop` sets the flag that `terminate` cleared). An answer shows that it runs.
        server.handle_metrics()
        return _Running(server, folder, bool(projector))
    except (TypeError, ValueError) as error:
        folder.cleanup()
        raise UsageError(f"{path!r} cannot be loaded with these options: {error}", "they are whole numbers") from error
    except RuntimeError as error:
        folder.cleanup()
        files = f"{path!r} with {projector!r}" if projector else repr(path)
        raise DependencyError(f"llama.cpp cannot load {files}", _SOURCE_HINT) from error


def body_of(request: Request, profile: ModelProfile, name: str) -> dict[str, Any]:
    """The request as llama.cpp's server takes it; the schema, if there is one, stands under "json_schema"."""
    sampling = request.sampling
    temperature = profile.temperature if sampling.temperature is None else sampling.temperature
    messages: list[dict[str, Any]] = [{"role": "system", "content": request.system}] if request.system else []
    messages += [
        {"role": turn.role, "content": [_block(part, name, special=request.special) for part in turn.parts]}
        for turn in request.turns
    ]
    body: dict[str, Any] = {
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": sampling.max_tokens or _MOST_TOKENS,
        "temperature": 0.0 if temperature is None else temperature,
        **{key: value for key, value in sampling.options.items() if key in _CHOOSING},
    }
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if request.logprobs:
        body |= {"logprobs": True, "top_logprobs": 5}
    if request.json_schema is not None or profile.thinking == "off":
        body["chat_template_kwargs"] = {"enable_thinking": False}
    if request.json_schema is not None:
        # Otherwise what follows a template that begins the answer with a thought would be taken for that thought.
        body |= {"json_schema": dict(request.json_schema), "reasoning_format": "none"}
    return body


def _with_grammar(body: dict[str, Any]) -> dict[str, Any]:
    """The request with its schema as a grammar."""
    body = dict(body)
    schema = body.pop("json_schema", None)
    return body if schema is None else {**body, "grammar": grammar_of(schema)}


def _block(part: Part, name: str, *, special: bool) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part if special else without_marks(part)}
    refuse_clip(part, name)
    assert isinstance(part, Picture)
    return {"type": "image_url", "image_url": {"url": _data_url(part)}}


def _data_url(picture: Picture) -> str:
    import base64

    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode('ascii')}"


def _logprobs(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        token for choice in event.get("choices") or [] for token in (choice.get("logprobs") or {}).get("content") or []
    ]


def _tokens(content: list[dict[str, Any]]) -> tuple[Token, ...]:
    """The tokens of an answer; a character that several of them make up is in the last of these."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return tuple(
        Token(
            decoder.decode(bytes(token["bytes"])),
            token["logprob"],
            tuple((top["token"], top["logprob"]) for top in token.get("top_logprobs") or []),
        )
        for token in content
    )
