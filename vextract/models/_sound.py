"""Makes of what a server reports what the types of this project promise: text is well-formed, counts are counts, names are short.

A server says what it likes. What it says of itself and is not so is left out as unknown; an answer that is no text is none.
"""

import math
from dataclasses import replace
from typing import Any

from vextract.requests import Response, Token

__all__ = ["count", "sound", "well_formed"]

_LONGEST_NAME, _LONGEST_REASON = 200, 1000
_MOST_TOKENS = 10**12  # more than any provider can have read


def sound(response: Response) -> Response:
    """The response as its type says it is.

    Raises:
        TypeError: the answer, or the model's thinking, is no text.
    """
    return replace(
        response,
        text=well_formed(response.text),
        thinking=well_formed(response.thinking),
        reason=_one_line(response.reason, _LONGEST_REASON),
        request_id=_one_line(response.request_id, _LONGEST_NAME),
        model=_one_line(response.model, _LONGEST_NAME),
        tokens=_tokens(response.tokens),
    )


def count(figure: Any) -> int | None:
    """A number of tokens; None for what is none, such as a text, a negative number or a fraction."""
    if isinstance(figure, float) and figure.is_integer():
        figure = int(figure)
    return figure if type(figure) is int and 0 <= figure < _MOST_TOKENS else None


def well_formed(text: Any) -> str:
    """The text with U+FFFD for each half of a surrogate pair, which JSON can escape and no file or terminal can take.

    Two halves that follow each other are one character: servers that count in UTF-16 stream them apart.

    Raises:
        TypeError: it is no text.
    """
    if not isinstance(text, str):
        raise TypeError(f"{type(text).__name__} in place of a text")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _one_line(name: Any, longest: int) -> str | None:
    if not isinstance(name, str):
        return None
    line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name[:longest])
    return line or None


def _tokens(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens; none of them if one is impossible, since what was sent is then no probabilities."""
    pairs = [pair for token in tokens for pair in ((token.text, token.logprob), *token.top)]
    if not all(isinstance(text, str) and _is_logprob(logprob) for text, logprob in pairs):
        return ()
    return tuple(
        Token(
            well_formed(token.text), token.logprob, tuple((well_formed(text), logprob) for text, logprob in token.top)
        )
        for token in tokens
    )


def _is_logprob(figure: Any) -> bool:
    # Rounding leaves certain tokens a little above 0.
    return type(figure) in {int, float} and not math.isnan(figure) and figure < 1e-3
