"""Mending JSON that a model wrote not quite right, such as `{'a': [1, 2,],}`: only where nothing is lost or made up.

`json_repair` reads such texts, but it also completes what was cut off and drops what it does not understand. So the text is
read a second time here, token by token, and the repaired value counts only if it has the same tokens in the same order: every
bracket, key, string, number and literal. What this second reading does not know is not mended.
"""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from vextract.values.json_text import DEEPEST, parse_json

__all__ = ["CannotMend", "CutOff", "Piece", "Token", "mend", "piece_at"]


class CannotMend(ValueError):
    """The text cannot be read as JSON without loss or invention; the message says why."""


class CutOff(ValueError):
    """The text ends before its brackets are closed."""


class Token(NamedTuple):
    """A part of the text: the name of its group in `_TOKEN`, how it is written, and where it starts."""

    kind: str
    text: str
    start: int


class Piece(NamedTuple):
    """The tokens of a text from an opening bracket to the one that closes it, and where that one ends."""

    tokens: tuple[Token, ...]
    end: int


# A number that goes on with letters, digits, dots or underscores (007, 1_000, 1.2.3, 12kg) is not one: it is left to "other".
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]++)
  | (?P<comment>//[^\n]*+|/\*.*?\*/|\#\ [^\n]*+)
  | (?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+"|'[^'\\]*+(?:\\.[^'\\]*+)*+')
  | (?P<open>["'].*+|/\*.*+)
  | (?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![\w.]))
  | (?P<word>[A-Za-z_$][\w$-]*+)
  | (?P<mark>[][{},:])
  | (?P<other>[^][{},:"'\s]++|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSER = {"{": "}", "[": "]"}
_JSON_WORDS = {"true": True, "false": False, "null": None}
_PYTHON_WORDS = {"True": True, "False": False, "None": None}
_WORDS: dict[str, bool | None] = _JSON_WORDS | _PYTHON_WORDS
# What a comment says that stands for data.
_LEFT_OUT = re.compile(
    r"\.\.|…|\b(more|rest|remaining|omitted|others?|etc|so on|truncated|continue[sd]?|same)\b", re.IGNORECASE
)
_ESCAPE_OR_QUOTE = re.compile(r"\\(.)|\"", re.DOTALL)


def piece_at(text: str, start: int) -> Piece:
    """The piece of text that the bracket at `start` opens, up to the bracket that closes it.

    Raises:
        CutOff: the text ends before.
        CannotMend: brackets of different kinds meet, or the text ends before and makes no sense until there.
    """
    tokens: list[Token] = []
    closers: list[str] = []
    for match in _TOKEN.finditer(text, start):
        kind, written = match.lastgroup or "", match[0]
        if kind == "space":
            continue
        tokens.append(Token(kind, written, match.start()))
        if written in _CLOSER:
            closers.append(_CLOSER[written])
            if len(closers) > DEEPEST:
                raise CannotMend(f"it is nested more than {DEEPEST} levels deep")
        elif kind == "mark" and written in "]}":
            if closers.pop() != written:
                raise CannotMend(f"{written!r} closes nothing, {_at(match.start())}")
            if not closers:
                return Piece(tuple(tokens), match.end())
    # The last token may itself be cut, so that nothing can be said against it.
    _Reading().read(tokens[:-1])
    raise CutOff(f"{closers[-1]!r} is missing at its end")


def mend(piece: Piece) -> tuple[object, tuple[str, ...]]:
    """The value that the piece of text stands for, and what was mended, in words.

    Raises:
        CannotMend: something would be lost or made up.
    """
    import json_repair

    reading = _Reading()
    reading.read(piece.tokens)
    # The library trips over comments, and over white space before brackets. Without stream_stable, strings lose the line breaks
    # at their end.
    bare = "".join(
        f"{token.text} " if token.kind in ("word", "number") else token.text
        for token in piece.tokens
        if token.kind != "comment"
    )
    value = json_repair.loads(bare, skip_json_loads=True, stream_stable=True)
    if list(_significant(value)) != reading.significant:
        raise CannotMend("mending it would change what it says")
    return value, tuple(reading.mended)


class _Reading:
    """A reading of tokens by a grammar somewhat wider than JSON's.

    Attributes:
        significant: brackets, keys and values in order, as `_significant` gives them for a value.
        mended: what is not JSON, in words, each once, in order.
    """

    def __init__(self) -> None:
        self.significant: list[tuple[str, object]] = []
        self.mended: dict[str, None] = {}
        self._inside: list[str] = []
        self._before: Token | None = None

    def read(self, tokens: list[Token] | tuple[Token, ...]) -> None:
        """Takes the tokens in, which start with a bracket.

        Raises:
            CannotMend: they do not make sense.
        """
        told = [token for token in tokens if not self._is_comment(token)]
        for token, after in zip(told, [*told[1:], None], strict=False):
            if token.kind == "mark":
                self._mark(token)
            elif after and after.text == ":":
                self._key(token)
            elif after or self._follows(":") or (self._inside and self._inside[-1] == "["):
                self._value(token)
            self._before = token

    def _is_comment(self, token: Token) -> bool:
        if token.kind != "comment":
            return False
        if _LEFT_OUT.search(token.text):
            raise CannotMend(f"a comment says that something is left out: {_short(token.text)!r}")
        self._note("comments")
        return True

    def _note(self, words: str) -> None:
        self.mended[words] = None

    def _follows(self, marks: str) -> bool:
        return self._before is not None and self._before.kind == "mark" and self._before.text in marks

    def _mark(self, token: Token) -> None:
        if token.text in _CLOSER:
            self._enter(token)
            self.significant.append(("mark", token.text))
            self._inside.append(token.text)
        elif token.text in "]}":
            if self._follows(":"):
                raise _senseless(token)
            if self._follows(","):
                self._note("trailing comma")
            self.significant.append(("mark", token.text))
            self._inside.pop()
        elif token.text == ",":
            if self._follows("{[,:"):
                raise _senseless(token)
        elif self._before is None or self._before.kind not in ("string", "word") or self._inside[-1] != "{":
            raise _senseless(token)

    def _enter(self, token: Token) -> None:
        """Checks that a value may start at the token."""
        if not self._inside or self._follows(":"):
            return
        if self._inside[-1] == "{":
            raise _senseless(token)
        if self._follows("[,"):
            return
        # Two numbers or strings side by side may be one that was torn; two objects or lists cannot.
        if not (self._follows("]}") and token.text in _CLOSER):
            raise _senseless(token)
        self._note("missing comma")

    def _key(self, token: Token) -> None:
        if not self._inside or self._inside[-1] != "{" or self._follows(":"):
            raise _senseless(token)
        if not self._follows("{,"):
            self._note("missing comma")
        if token.kind == "word":
            self._note("unquoted keys")
            self.significant.append(("key", token.text))
        elif token.kind == "string":
            self.significant.append(("key", self._string(token)))
        else:
            raise _senseless(token)

    def _value(self, token: Token) -> None:
        self._enter(token)
        if token.kind == "string":
            value: object = self._string(token)
        elif token.kind == "number":
            value = _number(token)
        elif token.kind == "word" and token.text in _WORDS:
            value = _WORDS[token.text]
            if token.text in _PYTHON_WORDS:
                self._note("Python literals")
        else:
            raise _senseless(token)
        self.significant.append((type(value).__name__, value))

    def _string(self, token: Token) -> str:
        if token.text[0] == "'":
            self._note("single quotes")
        try:
            value = json.loads('"' + _ESCAPE_OR_QUOTE.sub(self._json_escape, token.text[1:-1]) + '"', strict=False)
        except ValueError as error:
            raise CannotMend(f"a string has an escape that JSON has not, {_at(token.start)}") from error
        if any(char < " " for char in token.text):
            self._note("line breaks in strings")
        return str(value)

    def _json_escape(self, match: re.Match[str]) -> str:
        if match[1] == "'":
            self._note("escaped apostrophes")
            return "'"
        return '\\"' if match[0] == '"' else match[0]


def _number(token: Token) -> object:
    try:
        return parse_json(token.text.encode())
    except ValueError as error:
        raise CannotMend(f"{_short(token.text)} is no number to be relied on") from error


def _significant(value: object) -> Iterator[tuple[str, object]]:
    """The brackets, keys and values that JSON of the value has, in order."""
    if isinstance(value, dict):
        yield "mark", "{"
        for key, inner in value.items():
            yield "key", key
            yield from _significant(inner)
        yield "mark", "}"
    elif isinstance(value, list):
        yield "mark", "["
        for inner in value:
            yield from _significant(inner)
        yield "mark", "]"
    else:
        yield type(value).__name__, value


def _senseless(token: Token) -> CannotMend:
    if token.text.startswith(("...", "…")):
        return CannotMend(f"an ellipsis stands for what is left out, {_at(token.start)}")
    return CannotMend(f"{_short(token.text)!r} makes no sense {_at(token.start)}")


def _at(start: int) -> str:
    return f"at character {start + 1}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
