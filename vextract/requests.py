"""What a vision model is asked and what it answers: pure data, the same for every model and provider."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vextract.types import Usage

__all__ = [
    "Clip",
    "Finish",
    "Part",
    "Picture",
    "Request",
    "Response",
    "Sampling",
    "Token",
    "Turn",
    "request_hash",
    "told_of",
]

Finish = Literal["stop", "length", "refusal", "error"]
"""Why a model stopped. stop: it had said all. length: it was cut off. refusal: it or its provider would not. error: all else."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is sent: an encoded file (PNG or JPEG) and its size in pixels, which is what the model sees."""

    data: bytes = field(repr=False)
    media_type: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Clip:
    """A video as it is sent: the file itself. Only for models whose profile says that they take video."""

    data: bytes = field(repr=False)
    media_type: str


Part = str | Picture | Clip


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation: texts, pictures and clips in the order in which they are to be looked at."""

    role: Literal["user", "assistant"]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the model is to choose its words; None: as the profile of its family says, or else as the provider does by default.

    `options` go to the provider's client as they are, for what has no name here.
    """

    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model.

    Attributes:
        turns: the conversation so far; the last one is the user's.
        system: standing instructions, "" for none.
        json_schema: what the answer must be, already lowered to the model's dialect; None for free text.
        schema_name: letters, digits and _ only.
        sampling: how to choose words.
        logprobs: whether the probabilities of the words are wanted, where the model gives them.
        special: its texts hold no document's words, and special tokens in them are meant.
    """

    turns: tuple[Turn, ...]
    system: str = ""
    json_schema: Mapping[str, Any] | None = None
    schema_name: str = "Answer"
    sampling: Sampling = Sampling()
    logprobs: bool = False
    special: bool = False

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures, in order."""
        return tuple(part for turn in self.turns for part in turn.parts if isinstance(part, Picture))


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer, its natural logarithmic probability, and the likeliest tokens at its place."""

    text: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """One answer of a model, as it came.

    Attributes:
        text: what it said, without its thinking; "" if it said nothing.
        finish: why it stopped.
        reason: the provider's own word for that, and what it says of a refusal.
        usage: what the provider reported, with the seconds measured here; without cost.
        request_id: the provider's name for the request.
        model: the model that the provider says has answered.
        tokens: of the answer, where probabilities were asked for and given.
        thinking: what the model thought aloud before it answered, "" if that is not known.
        stored: whether it was given in an earlier run, and kept; then nothing was sent and nothing is paid.
        batch: whether a batch job has brought it, at the price of those.
    """

    text: str
    finish: Finish
    reason: str | None = None
    usage: Usage = Usage()
    request_id: str | None = None
    model: str | None = None
    tokens: tuple[Token, ...] = ()
    thinking: str = ""
    stored: bool = False
    batch: bool = False


def request_hash(request: Request) -> str:
    """The SHA-256 of everything that the answer depends on, the pictures by their bytes; in hexadecimal digits."""
    told = {
        "system": request.system,
        "turns": [[turn.role, [told_of(part) for part in turn.parts]] for turn in request.turns],
        "schema": request.json_schema,
        "sampling": [request.sampling.temperature, request.sampling.max_tokens, request.sampling.seed],
        "options": dict(request.sampling.options),
        "logprobs": request.logprobs,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def told_of(part: Part) -> object:
    """What a part of a question is, as JSON-like data; pictures and clips by the digest of their bytes."""
    if isinstance(part, str):
        return part
    return {"type": part.media_type, "sha256": hashlib.sha256(part.data).hexdigest()}
