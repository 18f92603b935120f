"""Models: what answers a question about pictures. One file a provider; its stem is the part of the name before the colon.

A provider is a module with `connect(connection) -> Model`. None of them retries, parses JSON or validates: that is done once, for
all, above them. Nothing leaves the machine before `answer` is awaited.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from vextract.errors import UsageError, VextractError
from vextract.plugins import load, names
from vextract.profiles import ModelProfile
from vextract.requests import Picture, Request, Response

__all__ = [
    "Connection",
    "Model",
    "ModelName",
    "Postable",
    "Unsent",
    "ZeroShot",
    "connect",
    "is_model",
    "model_name",
]

# How people write providers elsewhere -> the file's name.
_ALIASES = {
    "google": "google_genai",
    "gemini": "google_genai",
    "google-genai": "google_genai",
    "google_vertexai": "google_genai",
    "claude": "anthropic",
    "huggingface": "hf",
    "transformers": "hf",
}


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model as `-m` names it: "ollama:qwen2.5vl:7b" is the provider "ollama" and its model "qwen2.5vl:7b"."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach a model.

    Attributes:
        name: which one.
        profile: what is known of its family.
        base_url: the server's address; None for the provider's own.
        api_key: never printed; None where the provider needs none.
        timeout_s: longest wait for one answer.
        at_once: most requests under way at the same time.
    """

    name: ModelName
    profile: ModelProfile
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    timeout_s: float = 120.0
    at_once: int = 8


class Model(Protocol):
    """What answers requests. It belongs to the event loop on which it is first awaited.

    Attributes:
        name: as records say it, such as "openai:gpt-4o".
        profile: of its family.
        dialect: the name of what it can be told of a JSON Schema, in `vextract.schema.dialects`.
        address: of the server that is asked; None if the model runs in this process.
    """

    name: str
    profile: ModelProfile
    dialect: str
    address: str | None

    async def answer(self, request: Request, on_text: Callable[[str], None] | None = None) -> Response:
        """The model's answer, whatever it is: cut off, refused and empty ones too.

        Args:
            request: what is asked.
            on_text: is called with pieces of the answer as they come, where the provider can do that.

        Raises:
            AuthenticationError: the key is missing or not accepted.
            ProviderError: no answer came; a subclass says why.
        """
        ...

    async def close(self) -> None:
        """Gives connections and memory back."""
        ...


@dataclass(frozen=True, slots=True)
class Unsent:
    """A request as it would go out.

    Attributes:
        body: its JSON.
        features: what it asks for in a header that is the provider's own, such as "anthropic-beta"; None for nothing.
    """

    body: bytes
    features: str | None = None


@runtime_checkable
class Postable(Protocol):
    """A model whose questions and answers can go by way of files, as batch jobs have them."""

    async def unsent(self, request: Request) -> Unsent:
        """What `answer` would send.

        Raises:
            VextractError: it cannot be asked like that.
        """
        ...

    def reply(self, document: dict[str, Any]) -> Response:
        """The answer in a reply that came by another way.

        Raises:
            ProtocolError: it is none.
        """
        ...

    def failure(self, status: int, body: str) -> VextractError:
        """What a reply that is no answer means: its HTTP status, and its text."""
        ...


@runtime_checkable
class ZeroShot(Protocol):
    """A model that can say how well texts fit a picture, such as CLIP."""

    async def zero_shot(
        self, labels: Sequence[str], picture: Picture, options: Mapping[str, Any] | None = None
    ) -> tuple[float, ...]:
        """The probability of each label among all of them, in their order; they add up to 1. `options` as in `Sampling`."""
        ...


def is_model(name: str) -> bool:
    """Whether the name is written as a model's, provider first; else it is a reader's."""
    return ":" in name


def model_name(name: str) -> ModelName:
    """The parts of a name such as "openai:gpt-4o".

    Raises:
        UsageError: it is not of that form, or there is no such provider.
    """
    provider, colon, model = name.partition(":")
    provider = provider.strip().lower()
    provider = _ALIASES.get(provider, provider.replace("-", "_"))
    known = names("vextract.models")
    if not colon or not model.strip() or not model.isprintable() or provider not in known:
        raise UsageError(f"no model is called {name!r}", f"write PROVIDER:MODEL, with a provider of {', '.join(known)}")
    return ModelName(provider, model.strip())


def connect(connection: Connection) -> Model:
    """The model, ready to be asked.

    Raises:
        DependencyError: what the provider needs is not installed, or a file of the model is missing.
        AuthenticationError: it needs a key, and there is none.
        UsageError: something about the connection does not make sense.
    """
    made: Callable[[Connection], Model] = load("vextract.models", connection.name.provider).connect
    return made(connection)
