"""Models of transformers, run in this process: `hf:ORG/NAME` from the local cache, or `hf:FOLDER`.

Nothing is downloaded unless that is asked for (`-O download=true`), and code that comes with a model is run only if the user trusts
it (`-O trust_remote_code=true`). With a schema, every answer that is not cut off is valid against it.
"""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from vextract.errors import ContextOverflow, DependencyError, ProviderError
from vextract.models import Connection, Model
from vextract.models._constrained import Writing, matcher_of, vocabulary_of
from vextract.models._loading import OPTIONS, Place, local_folder, model_type, open_config, opened, place_for
from vextract.models._processor import Spelling, load_processor, tensors_of
from vextract.models._worker import Job, Worker, chosen, truth
from vextract.models._zero_shot import TYPES, ClipModel
from vextract.requests import Finish, Request, Response
from vextract.types import Usage

__all__ = ["HfModel", "connect", "thought_and_answer"]

_CHOOSING = frozenset({"top_k", "top_p", "min_p", "typical_p", "repetition_penalty", "no_repeat_ngram_size"})
_MOST_TOKENS = 4096
_THOUGHT = re.compile(r"\s*(?:<think>)?(.*?)</think>\s*", re.DOTALL)
# PyTorch's random numbers are one sequence for the whole process: with a seed, one answer is written at a time.
_GENERATING = threading.Lock()


def connect(connection: Connection) -> Model:
    """The model, not loaded yet. See `vextract.models.connect`."""
    for package in ("torch", "transformers", "llguidance"):
        if find_spec(package) is None:
            raise DependencyError(f"{connection.name} needs the package {package}", "pip install 'vextract[local]'")
    source = connection.name.model
    if model_type(source) in TYPES:
        return ClipModel(connection)
    return HfModel(connection)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A model in memory.

    Attributes:
        network: of torch.
        processor: what makes its inputs.
        place: where it computes.
        ends: tokens that end an answer.
        longest: most tokens of question and answer together; None: not known.
        vocabulary: of llguidance.
    """

    network: Any
    processor: Any
    place: Place
    ends: frozenset[int]
    longest: int | None
    vocabulary: Any


class HfModel:
    """A model of transformers; see `vextract.models.Model`. It is loaded with the first answer."""

    def __init__(self, connection: Connection) -> None:
        self.name = str(connection.name)
        self.profile = connection.profile
        self.dialect = connection.profile.dialect or "llguidance"
        self.address: str | None = None
        self._source = connection.name.model
        self._timeout_s = connection.timeout_s
        self._worker = Worker(self.name)
        self._loaded: _Loaded | None = None

    async def answer(self, request: Request, on_text: Callable[[str], None] | None = None) -> Response:
        """The model's answer; see `vextract.models.Model.answer`."""
        options = dict(request.sampling.options)
        chosen(options, OPTIONS | _CHOOSING, self.name)
        if self._loaded is None:
            await self._worker.run(lambda _: self._load(options))
        return await self._worker.run(lambda job: self._answered(request, job), self._timeout_s, on_text)

    async def close(self) -> None:
        """Gives the memory back."""
        await self._worker.close()
        if self._loaded is not None:
            place, self._loaded = self._loaded.place, None
            place.free()

    def _load(self, options: Mapping[str, Any]) -> None:
        if self._loaded is not None:
            return
        from transformers import AutoModelForImageTextToText

        trusted = truth(options.get("trust_remote_code", False))
        folder = local_folder(self._source, options)
        with opened(self.name):
            config = open_config(folder, trusted=trusted)
            processor = load_processor(folder, config, trusted=trusted)
            place = place_for(options)
            network = place.put(AutoModelForImageTextToText, folder, trusted=trusted)
        ends = _ends(network, processor.tokenizer)
        head = network.get_output_embeddings()
        size = head.weight.shape[0] if head is not None else config.get_text_config().vocab_size
        longest = getattr(config.get_text_config(), "max_position_embeddings", None)
        vocabulary = vocabulary_of(processor.tokenizer, size, ends)
        self._loaded = _Loaded(network, processor, place, ends, longest, vocabulary)

    def _answered(self, request: Request, job: Job) -> Response:
        loaded = self._loaded
        assert loaded is not None
        started = time.perf_counter()
        thinking = request.json_schema is None and self.profile.thinking != "off"
        inputs = tensors_of(request, loaded.processor, self.name, thinking=thinking)
        inputs = inputs.to(loaded.network.device, dtype=loaded.network.dtype)
        asked = int(inputs["input_ids"].shape[1])
        matcher = None if request.json_schema is None else matcher_of(loaded.vocabulary, request.json_schema)
        writing = Writing(Spelling(loaded.processor.tokenizer), loaded.ends, job, matcher, request.logprobs)
        most = self._room(asked, request.sampling.max_tokens or _MOST_TOKENS)
        with _GENERATING, loaded.place.enough_memory(self.name):
            _write(loaded.network, inputs, writing, self._arguments(request) | {"max_new_tokens": most})
        return _response(
            writing, loaded, request, Usage(asked, len(writing.ids), seconds=time.perf_counter() - started)
        )

    def _room(self, asked: int, wanted: int) -> int:
        """How many tokens the answer may have."""
        assert self._loaded is not None
        longest = self._loaded.longest
        if longest is None:
            return wanted
        if asked >= longest:
            raise ContextOverflow(
                f"the request has {asked} tokens, and {self.name} takes {longest}", "send fewer or smaller pages"
            )
        return min(wanted, longest - asked)

    def _arguments(self, request: Request) -> dict[str, Any]:
        """How words are chosen, as `generate` takes it."""
        sampling = request.sampling
        temperature = self.profile.temperature if sampling.temperature is None else sampling.temperature
        options = {key: value for key, value in sampling.options.items() if key in _CHOOSING}
        if not temperature:
            return {"do_sample": False, "seed": None, **options}
        return {"do_sample": True, "temperature": temperature, "seed": sampling.seed, **options}


def _ends(network: Any, tokenizer: Any) -> frozenset[int]:
    stated = network.generation_config.eos_token_id
    listed = stated if isinstance(stated, list) else [stated]
    ends = frozenset(end for end in (*listed, tokenizer.eos_token_id) if end is not None)
    if not ends:
        raise ProviderError("the model has no token that ends an answer", "use another model")
    return ends


def _write(network: Any, inputs: Any, writing: Writing, arguments: dict[str, Any]) -> None:
    import torch
    from transformers import LogitsProcessorList, StoppingCriteriaList

    seed = arguments.pop("seed")
    if seed is not None:
        torch.manual_seed(seed)
    first = min(writing.ends)
    with torch.inference_mode():
        network.generate(
            **inputs,
            **arguments,
            num_beams=1,
            eos_token_id=sorted(writing.ends),
            pad_token_id=network.generation_config.pad_token_id or first,
            logits_processor=LogitsProcessorList([writing.choose]),
            stopping_criteria=StoppingCriteriaList([writing.follow]),
        )


def _response(writing: Writing, loaded: _Loaded, request: Request, usage: Usage) -> Response:
    finish: Finish = "stop" if writing.complete else "length"
    ids = [token for token in writing.ids if token not in writing.ends]
    tokenizer = loaded.processor.tokenizer
    text: str = tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
    thinking, text = thought_and_answer(text) if request.json_schema is None else ("", text)
    return Response(
        text=text,
        finish=finish,
        reason="end" if writing.complete else "max_new_tokens",
        usage=usage,
        tokens=tuple(writing.tokens),
        thinking=thinking,
    )


def thought_and_answer(text: str) -> tuple[str, str]:
    """What a model thought, "" for nothing, and what it answered then; the template may have begun the thought already."""
    found = _THOUGHT.match(text)
    return (found[1].strip(), text[found.end() :]) if found else ("", text)
