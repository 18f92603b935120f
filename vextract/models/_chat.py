"""The one way by which chat models are asked, through LangChain; what a provider does differently is in its `Adapter`.

LangChain and the client libraries build and send requests. What comes back is read from the wire by `_wire`, and by the adapter,
since on their way up answers lose things and errors change their names. Nothing is retried here.
"""

import base64
import json
import logging
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from vextract.errors import AuthenticationError, DependencyError, ProtocolError, UsageError, VextractError
from vextract.models import Connection, Unsent
from vextract.models._collecting import collected
from vextract.models._failures import Peer, failure_of_exception, failure_of_reply, one_line
from vextract.models._slots import Slots
from vextract.models._sound import sound, well_formed
from vextract.models._tracing import forget_tracing
from vextract.models._wire import Exchange, http_arguments, listening
from vextract.profiles import ModelProfile
from vextract.requests import Clip, Part, Picture, Request, Response, Turn

__all__ = [
    "Adapter",
    "ChatModel",
    "Document",
    "Opened",
    "build",
    "chat_model",
    "encoded",
    "messages_of",
    "picture_block",
]

Document = dict[str, Any]
Opened = tuple[Any, Callable[[], Awaitable[None]]]
"""A LangChain chat model, and how to close its connections."""

_PLACEHOLDER_KEY = "none"

_JSON_ONLY = (
    "Answer with one JSON value and nothing else: no explanation, no code fence. "
    "It must be valid against this JSON Schema:\n"
)


@dataclass(frozen=True, slots=True)
class Adapter:
    """What one provider does in its own way.

    Attributes:
        package: what has to be installed, as Python imports it.
        extra: of this project, which brings it; "" if it is always there.
        key_variable: environment variable for its key.
        needs_key: whether its own address answers nobody without a key.
        address: its own.
        dialect: what it can be told of a JSON Schema, in `vextract.schema.dialects`.
        models_hint: how to see which models it has; {model} stands for the one asked for.
        start_hint: what to do if nobody answers; {address} stands for where.
        open: builds the client; gets the connection with its key, the address, and arguments for the HTTP client.
        bindings: what goes along with one request, as LangChain's client names it.
        picture, clip: the block of a message that holds one; None: it takes none.
        whole, pieces: keyword arguments that ask for an answer at once, and in pieces.
        join: what a streamed answer would have been if it had come at once.
        read: the answer in a reply; raises KeyError, TypeError and the like if it is none.
    """

    package: str
    extra: str
    key_variable: str
    needs_key: bool
    address: str
    dialect: str
    models_hint: str
    start_hint: str
    open: Callable[[Connection, str, Document], Opened]
    bindings: Callable[[Request, Connection], Document]
    picture: Callable[[Picture], Document]
    clip: Callable[[Clip], Document] | None
    join: Callable[[Sequence[Document]], Document]
    read: Callable[[Document], Response]
    whole: Mapping[str, Any]
    pieces: Mapping[str, Any]


class ChatModel:
    """A model behind a chat protocol; see `vextract.models.Model`.

    Attributes:
        address: where its requests go, as it may be shown.
        url: the same with a password that may be in it; never to be shown.
        connection: to it, with the key that is sent.
        peer: what messages tell of the other side.
    """

    def __init__(self, adapter: Adapter, connection: Connection) -> None:
        self.url = (connection.base_url or adapter.address).rstrip("/")
        shown = _without_password(self.url)
        self.name = str(connection.name)
        self.profile: ModelProfile = connection.profile
        self.dialect = connection.profile.dialect or adapter.dialect
        self.address: str | None = shown
        self._adapter = adapter
        self.connection = connection
        self.peer = Peer(
            model=self.name,
            address=shown,
            key_variable=adapter.key_variable,
            models_hint=adapter.models_hint.format(model=connection.name.model),
            start_hint=adapter.start_hint.format(address=shown),
            secret=None if connection.api_key == _PLACEHOLDER_KEY else connection.api_key,
            timeout_s=connection.timeout_s,
            password=urlsplit(self.url).password,
        )
        self._opened: Opened | None = None
        self._slots = Slots(connection.at_once, connection.timeout_s)

    async def answer(self, request: Request, on_text: Callable[[str], None] | None = None) -> Response:
        """The model's answer; see `vextract.models.Model.answer`."""
        speaker = _Speaker(on_text) if on_text else None
        slot = self._slots.slot()
        with listening(slot.begin) as exchange:
            try:
                async with slot:
                    await self._ask(request, speaker)
            except Exception as error:
                if speaker and speaker.failed:
                    raise
                self._judge(error, exchange, request)
        response = self._read(exchange, slot.seconds)
        if speaker:
            speaker.say_rest(response.text)
        return response

    async def unsent(self, request: Request) -> Unsent:
        """What `answer` would send; see `vextract.models.Postable`."""
        return await collected(
            lambda: self._ask(request, None), lambda error, exchange: self._judge(error, exchange, request)
        )

    def reply(self, document: Document) -> Response:
        """The answer in a reply that came by another way; see `vextract.models.Postable`."""
        return self._understood(lambda: sound(self._adapter.read(document)))

    def failure(self, status: int, body: str) -> VextractError:
        """What a reply that is no answer means; see `vextract.models.Postable`."""
        return failure_of_reply(status, {}, body, self.peer)

    async def _ask(self, request: Request, speaker: "_Speaker | None") -> None:
        messages = messages_of(request, self._adapter, self.profile)
        chat = self._chat().bind(**self._adapter.bindings(request, self.connection))
        if speaker is None:
            await chat.ainvoke(messages, **self._adapter.whole)
            return
        async for chunk in chat.astream(messages, **self._adapter.pieces):
            if chunk.text:
                speaker.say(str(chunk.text))

    def _judge(self, error: Exception, exchange: Exchange, request: Request) -> None:
        """Raises what an exception means, unless it only means that the client library could not read an answer that came."""
        failure = failure_of_exception(error, self.peer)
        if failure is not None:
            raise failure from error
        if exchange.answered:
            return
        if request.sampling.options and isinstance(error, (TypeError, ValueError)):
            names = ", ".join(sorted(request.sampling.options))
            raise UsageError(
                f"{self.name} cannot be asked with the options {names}: {one_line(str(error), self.peer)}",
                "-O takes what the client takes",
            ) from error
        raise error

    async def close(self) -> None:
        """Closes connections."""
        if self._opened is not None:
            opened, self._opened = self._opened, None
            await opened[1]()

    def _chat(self) -> Any:
        # Built with the first question: a client belongs to the event loop on which it is used, and takes up to 3 s to import.
        if self._opened is None:
            self._opened = self._adapter.open(self.connection, self.url, http_arguments(self.peer))
        return self._opened[0]

    def _read(self, exchange: Exchange, seconds: float) -> Response:
        def read() -> Response:
            first = exchange.events[0]
            document = self._adapter.join(exchange.events) if exchange.streamed else first
            response = self._adapter.read(document)
            return sound(replace(response, request_id=exchange.request_id or response.request_id))

        response = self._understood(read)
        return replace(response, usage=replace(response.usage, seconds=seconds))

    def _understood(self, read: Callable[[], Response]) -> Response:
        try:
            return read()
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
            # A reply is a document of any shape, and the adapters take it as what it should be.
            what = one_line(f"{type(error).__name__}: {error}", self.peer)
            raise ProtocolError(
                f"{self.name} answers with something that is not of its protocol ({what})",
                f"is {self.peer.address} the address of its API?",
            ) from error


class _Speaker:
    """Hands on pieces of an answer, and knows whether it did, and whether that failed: which is no failure of the model's."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self.said = ""
        self.failed = False

    def say(self, piece: str) -> None:
        """One more piece."""
        piece = well_formed(piece)
        self.said += piece
        try:
            self._on_text(piece)
        except BaseException:
            self.failed = True
            raise

    def say_rest(self, text: str) -> None:
        """What the client library has not handed on of an answer: all, or what came after a line that it does not know."""
        if text != self.said and text.startswith(self.said):
            self.say(text[len(self.said) :])


def chat_model(adapter: Adapter, connection: Connection) -> ChatModel:
    """The model, ready to be asked; nothing is sent.

    Raises:
        AuthenticationError: it needs a key, and there is none.
        DependencyError: the provider's package is not installed.
    """
    if find_spec(adapter.package) is None:
        install = f"'vextract[{adapter.extra}]'" if adapter.extra else adapter.package.replace("_", "-")
        raise DependencyError(f"{connection.name} needs the package {adapter.package}", f"pip install {install}")
    if connection.base_url is not None and not _is_address(connection.base_url):
        raise UsageError(
            f"{_without_password(connection.base_url)!r} is no address of a server", f"write it like {adapter.address}"
        )
    key = (connection.api_key or "").strip()
    if not key and connection.base_url is None and adapter.needs_key:
        raise AuthenticationError(f"there is no key for {connection.name}", f"set {adapter.key_variable}")
    if not key.isascii() or not key.isprintable():
        raise AuthenticationError(
            f"the key for {connection.name} has characters that no key has", f"see {adapter.key_variable}"
        )
    # The client libraries want a key even if the server, somebody's own, does not.
    return ChatModel(adapter, replace(connection, api_key=key or (_PLACEHOLDER_KEY if adapter.needs_key else None)))


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return url.isprintable() and parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.rpartition("@")[2]
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def build(provider: str, connection: Connection, **arguments: Any) -> Any:
    """LangChain's chat model, built without telling anybody."""
    forget_tracing()
    _silence()
    from langchain.chat_models import init_chat_model

    return init_chat_model(connection.name.model, model_provider=provider, **arguments)


@cache
def _silence() -> None:
    """Empty answers and the like are reported by us: the libraries' own warnings on stderr would say them twice."""
    for library in (
        "langchain_google_genai",
        "langchain_ollama",
        "langchain_openai",
        "langchain_anthropic",
        "google_genai",
    ):
        logging.getLogger(library).addHandler(logging.NullHandler())
    # These two repeat what a server says, escape sequences and all.
    warnings.filterwarnings("ignore", r"[\s\S]* is not a valid ", UserWarning, r"google\.genai\.")
    warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning, r"pydantic\.")


def messages_of(request: Request, adapter: Adapter, profile: ModelProfile) -> list[Any]:
    """The request as LangChain's messages, pictures in base64."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    turns = list(request.turns)
    if request.json_schema is not None and not profile.structured:
        told = _JSON_ONLY + json.dumps(request.json_schema, ensure_ascii=False)
        turns[-1] = Turn(turns[-1].role, (*turns[-1].parts, told))
    messages: list[Any] = [SystemMessage(well_formed(request.system))] if request.system else []
    for turn in turns:
        kind = HumanMessage if turn.role == "user" else AIMessage
        messages.append(kind(_content(turn, adapter)))
    return messages


def _content(turn: Turn, adapter: Adapter) -> Any:
    if len(turn.parts) == 1 and isinstance(turn.parts[0], str):
        return well_formed(turn.parts[0])
    return [_block(part, adapter) for part in turn.parts]


def _block(part: Part, adapter: Adapter) -> Document:
    if isinstance(part, str):
        return {"type": "text", "text": well_formed(part)}
    if isinstance(part, Picture):
        return adapter.picture(part)
    if adapter.clip is None:
        raise UsageError(
            "this provider takes no videos", "use pictures of the video: --frames, or a model that takes videos"
        )
    return adapter.clip(part)


def encoded(part: Picture | Clip) -> str:
    """Base64 of the file."""
    return base64.b64encode(part.data).decode("ascii")


def picture_block(picture: Picture) -> Document:
    """LangChain's own block for a picture, which all its clients understand."""
    return {"type": "image", "base64": encoded(picture), "mime_type": picture.media_type}
