"""What turns a request into the tensors that a model of transformers takes: pictures, and text with marks where they belong."""

import io
from collections.abc import Iterable
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from vextract.errors import BadRequestError, DependencyError
from vextract.models._prompt_marks import without_marks
from vextract.models._worker import refuse_clip
from vextract.requests import Picture, Request, Turn

__all__ = ["Spelling", "decoded", "load_processor", "tensors_of"]


def load_processor(folder: str, config: Any, *, trusted: bool) -> Any:
    """The processor of a model, which needs no torchvision even where it could also take videos.

    Args:
        folder: of the model.
        config: of the model.
        trusted: whether code that comes with the model may be run.
    """
    from transformers import AutoProcessor

    try:
        return AutoProcessor.from_pretrained(folder, trust_remote_code=trusted)
    except ImportError as error:
        if "orchvision" not in str(error) or find_spec("torchvision") is not None:
            raise
    return _for_pictures_only(folder, config)


def _for_pictures_only(folder: str, config: Any) -> Any:
    """The processor without the part for videos, which is what needs torchvision."""
    from transformers import AutoImageProcessor, AutoTokenizer
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

    base = PROCESSOR_MAPPING[type(config)]
    # A processor checks that each of its parts is there; this one does without videos.
    made: Any = type(base.__name__, (base,), {"check_argument_for_proper_class": lambda *_: None})
    parts = {
        "image_processor": AutoImageProcessor.from_pretrained(folder, backend="pil"),
        "tokenizer": AutoTokenizer.from_pretrained(folder),
    }
    settings, _ = base.get_processor_dict(folder)
    return made.from_args_and_dict([parts.get(name) for name in base.get_attributes()], settings)


def decoded(picture: Picture) -> Any:
    """The picture as RGB of PIL."""
    from PIL import Image

    try:
        return Image.open(io.BytesIO(picture.data)).convert("RGB")
    except OSError as error:
        raise BadRequestError("a picture of the request cannot be decoded", "send PNG or JPEG") from error


def tensors_of(request: Request, processor: Any, name: str, *, thinking: bool) -> Any:
    """The request as the model takes it, one conversation in a batch.

    Args:
        request: what is asked.
        processor: of the model.
        name: of the model, for messages.
        thinking: whether the model may think first, if it can.
    """
    template = getattr(processor, "chat_template", None) or getattr(processor.tokenizer, "chat_template", None)
    pictures = [decoded(picture) for picture in request.pictures]
    messages = _messages(request, processor, name)
    spoken = (
        _templated(processor, template, messages, thinking=thinking) if template else _untemplated(processor, messages)
    )
    try:
        inputs = processor(text=[spoken], images=pictures or None, return_tensors="pt")
    except ValueError as error:
        raise BadRequestError(
            f"{name} cannot be asked this: {error}", "some models want exactly one picture"
        ) from error
    # Some processors make the answers of a training step, too.
    inputs.pop("labels", None)
    return inputs


Message = dict[str, Any]


def _messages(request: Request, processor: Any, name: str) -> list[Message]:
    chats = bool(getattr(processor, "chat_template", None) or getattr(processor.tokenizer, "chat_template", None))
    marks = None if request.special else _marks(processor, chats=chats)
    messages = [_message("system", [request.system], marks)] if request.system else []
    return [*messages, *(_message(turn.role, _parts(turn, name), marks) for turn in request.turns)]


def _parts(turn: Turn, name: str) -> list[str | Picture]:
    for part in turn.parts:
        refuse_clip(part, name)
    return [part for part in turn.parts if isinstance(part, (str, Picture))]


def _message(role: str, parts: Iterable[str | Picture], marks: Iterable[str] | None) -> Message:
    def text(part: str) -> str:
        return part if marks is None else without_marks(part, marks)

    content = [{"type": "text", "text": text(part)} if isinstance(part, str) else {"type": "image"} for part in parts]
    return {"role": role, "content": content}


def _marks(processor: Any, *, chats: bool) -> tuple[str, ...]:
    """What a text must not contain; models that do not chat are told their task in marks, so that only pictures' count."""
    picture = getattr(processor, "image_token", None)
    if not chats:
        return (str(picture),) if picture else ()
    return tuple(sorted({*processor.tokenizer.all_special_tokens, *([str(picture)] if picture else [])}, key=len))


def _templated(processor: Any, template: Any, messages: list[Message], *, thinking: bool) -> str:
    from jinja2 import TemplateError

    def applied(conversation: list[Message]) -> str:
        text: str = processor.apply_chat_template(
            conversation,
            chat_template=template if isinstance(template, str) else None,
            add_generation_prompt=True,
            tokenize=False,
            **({} if thinking else {"enable_thinking": False}),
        )
        return text

    try:
        return applied(messages)
    except TemplateError as error:
        if messages[0]["role"] != "system" or len(messages) < 2:
            raise BadRequestError(f"the model's chat template fails: {error}", "ask one question at a time") from error
    system, first, *rest = messages
    try:
        # Gemma and others know no system message.
        return applied([{"role": first["role"], "content": [*system["content"], *first["content"]]}, *rest])
    except TemplateError as error:
        raise BadRequestError(f"the model's chat template fails: {error}", "ask one question at a time") from error


def _untemplated(processor: Any, messages: list[Message]) -> str:
    """For models that were not taught to chat: marks for the pictures, then the texts, each on its line."""
    content = [part for message in messages for part in message["content"]]
    mark = str(getattr(processor, "image_token", None) or "")
    marks = mark * sum(part["type"] == "image" for part in content)
    lines = "\n".join(part["text"] for part in content if part["type"] == "text")
    return f"{marks}{lines}"


class Spelling:
    """Text of tokens in the order in which they are written."""

    def __init__(self, tokenizer: Any) -> None:
        from tokenizers.decoders import DecodeStream

        self._tokenizer = tokenizer
        self._stream = DecodeStream(skip_special_tokens=False)

    @cached_property
    def _backend(self) -> Any:
        backend = getattr(self._tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise DependencyError("the model's tokenizer is of an old kind", "use a model with a tokenizer.json")
        return backend

    def next(self, token: int) -> str:
        """What the token adds; "" while a character is not complete."""
        return self._stream.step(self._backend, token) or ""

    def alone(self, token: int) -> str:
        """What the token says by itself."""
        text: str = self._tokenizer.decode([token], skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return text
