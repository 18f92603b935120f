"""Random answers of a server that obeys a schema exactly: walks through the schema's grammar."""

import json
import random
from typing import Any

import llguidance
import llguidance.numpy
import numpy as np

_TOKENS = llguidance.LLTokenizer("byte")
_MOST_STEPS = 6000
_ENDS = frozenset(b'"]}')
_PLAIN = frozenset(range(32, 127))


class Grammar:
    """What a JSON Schema allows, byte by byte.

    Raises:
        ValueError: the schema has something that llguidance does not know.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        compact: Any = {"whitespace_flexible": False}
        grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=compact)
        if fault := llguidance.LLMatcher.validate_grammar(grammar, _TOKENS):
            raise ValueError(fault)
        self._start = llguidance.LLMatcher(_TOKENS, grammar)

    def walk(self, seed: int) -> object:
        """A random value that the schema allows.

        Raises:
            TimeoutError: the walk came to no end.
        """
        matcher, choose = self._start.deep_copy(), random.Random(seed)
        mask = llguidance.numpy.allocate_token_bitmask(1, _TOKENS.vocab_size)
        written = bytearray()
        while len(written) < _MOST_STEPS:
            if forced := matcher.compute_ff_bytes():
                matcher.consume_tokens(list(forced))
                written += forced
            if matcher.is_stopped():
                return json.loads(written)
            llguidance.numpy.fill_next_token_bitmask(matcher, mask, 0)
            allowed = np.flatnonzero(np.unpackbits(mask.view(np.uint8), bitorder="little")).tolist()
            token = _chosen(allowed, choose)
            if token == _TOKENS.eos_token:
                return json.loads(written)
            matcher.consume_token(token)
            written.append(token)
        raise TimeoutError(written[-400:].decode(errors="replace"))


def _chosen(allowed: list[int], choose: random.Random) -> int:
    """One of the bytes, more often one that ends something, mostly one that people can read."""
    if _TOKENS.eos_token in allowed and choose.random() < 0.7:
        return int(_TOKENS.eos_token)
    ends = [34] if 34 in allowed else [byte for byte in allowed if byte in _ENDS]
    if ends and choose.random() < (0.3 if ends == [34] else 0.6):
        return choose.choice(ends)
    plain = [byte for byte in allowed if byte in _PLAIN and byte != 92]
    return choose.choice(plain if plain and choose.random() < 0.97 else allowed)
