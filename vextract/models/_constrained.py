"""Text that a model of transformers writes token by token: bound to a JSON Schema, followed as it comes, and stopped in time."""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from vextract.errors import ProviderError, SchemaError
from vextract.models._processor import Spelling
from vextract.models._worker import Job
from vextract.requests import Token

__all__ = ["Writing", "grammar_of", "matcher_of", "vocabulary_of"]

_TOP = 5


def vocabulary_of(tokenizer: Any, size: int, ends: Collection[int]) -> Any:
    """What llguidance has to know of a tokenizer; takes up to a second, and serves all requests.

    Args:
        tokenizer: a fast one of transformers.
        size: how many scores the model gives, which may be more than the tokenizer has tokens.
        ends: tokens that end an answer.
    """
    import llguidance.hf

    return llguidance.hf.from_tokenizer(tokenizer, n_vocab=size, eos_token=sorted(ends))


@cache
def grammar_of(schema: str) -> str:
    """The grammar of a JSON Schema, given as JSON: without blanks, keys in the order of the schema.

    Raises:
        SchemaError: it says something that llguidance does not take.
    """
    from llguidance import LLMatcher

    try:
        grammar: str = LLMatcher.grammar_from_json_schema(schema, overrides={"whitespace_flexible": False})
        problem = LLMatcher.validate_grammar(grammar)
    except ValueError as error:
        problem = str(error)
    if problem:
        first = " ".join(str(problem).split())[:300]
        raise SchemaError(
            f"the schema cannot be made a grammar: {first}", "see `vextract schema check --for llguidance`"
        )
    return grammar


def matcher_of(vocabulary: Any, json_schema: Mapping[str, Any]) -> Any:
    """What says after each token which may follow."""
    from llguidance import LLMatcher

    matcher = LLMatcher(vocabulary, grammar_of(json.dumps(json_schema)))
    if matcher.is_error():
        raise SchemaError(f"the schema cannot be made a grammar: {matcher.get_error()}", "leave out what it names")
    return matcher


@dataclass(slots=True)
class Writing:
    """One answer while it is written.

    It is what `generate` of transformers is given as logits processor (`choose`) and as stopping criterion (`follow`).

    Attributes:
        spelling: says the texts of tokens.
        ends: tokens that end an answer.
        job: who waits for it.
        matcher: of llguidance; None for free text.
        logprobs: whether to keep probabilities.
        ids: what was written, the end mark included.
        tokens: the same with probabilities, which are the model's own, before it was bound.
    """

    spelling: Spelling
    ends: frozenset[int]
    job: Job
    matcher: Any = None
    logprobs: bool = False
    ids: list[int] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    _scores: Any = None

    @property
    def complete(self) -> bool:
        """Whether the answer has come to its own end."""
        if self.matcher is not None:
            return bool(self.matcher.is_stopped()) and bool(self.matcher.is_accepting())
        return bool(self.ids) and self.ids[-1] in self.ends

    def choose(self, _ids: Any, scores: Any) -> Any:
        """The scores of the next token, of shape (1, vocabulary), with those that may not follow at minus infinity."""
        if self.logprobs:
            self._scores = scores[0].float().log_softmax(-1)
        return scores if self.matcher is None else scores.masked_fill(~self._allowed(scores), -math.inf)

    def _allowed(self, scores: Any) -> Any:
        import numpy as np
        import torch

        mask = self.matcher.compute_bitmask()
        if self.matcher.is_error():
            raise ProviderError(f"the grammar fails: {self.matcher.get_error()}", "try with a simpler schema")
        bits = np.unpackbits(np.frombuffer(mask, np.uint8), bitorder="little")
        allowed = np.zeros(scores.shape[-1], np.bool_)
        allowed[: len(bits)] = bits[: len(allowed)]
        return torch.from_numpy(allowed).to(scores.device)

    def follow(self, ids: Any, _scores: Any) -> Any:
        """Takes note of the token that was chosen; whether that is enough, of shape (1)."""
        import torch

        token = int(ids[0, -1])
        self.ids.append(token)
        if self.matcher is not None:
            self.matcher.consume_token(token)
        if token not in self.ends:
            piece = self.spelling.next(token)
            if self.logprobs:
                self.tokens.append(self._weighed(token, piece))
            self.job.say(piece)
        return torch.tensor([self.complete or self.job.stopped.is_set()], device=ids.device)

    def _weighed(self, token: int, piece: str) -> Token:
        best = self._scores.topk(min(_TOP, len(self._scores)))
        top = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return Token(
            piece, float(self._scores[token]), tuple((self.spelling.alone(one), chance) for one, chance in top)
        )
