"""Reading what a model answered without trusting it: whole and well-formed, or an error that says what is the matter.

Nothing here completes an answer that was cut off, and nothing picks one of several answers.
"""

import json
import re
from dataclasses import dataclass

from vextract._mending import CannotMend, CutOff, mend, piece_at
from vextract.errors import (
    EmptyAnswer,
    LoopingAnswer,
    ProtocolError,
    RefusedAnswer,
    TruncatedAnswer,
    UnreadableAnswer,
)
from vextract.requests import Response
from vextract.values.json_text import parse_json

__all__ = ["Parsed", "checked_text", "read_json", "repeats"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value read from an answer.

    Attributes:
        value: a dict or a list, as `json.loads` gives them.
        mended: what was not as JSON has it, in words; () if the answer was JSON as it stood.
    """

    value: object
    mended: tuple[str, ...] = ()


def checked_text(response: Response) -> str:
    """The text of an answer that ended by itself and says something.

    Raises:
        ProtocolError: the provider stopped for a reason that is no answer.
        RefusedAnswer: the model or its provider refused.
        TruncatedAnswer: it was cut off by the limit of tokens.
        LoopingAnswer: it repeats itself without end.
        EmptyAnswer: there is no text.
    """
    reason = f": {_short(response.reason)!r}" if response.reason else ""
    if response.finish == "error":
        raise ProtocolError(f"the provider gave no answer{reason}", "try again, or another model")
    if response.finish == "refusal":
        raise RefusedAnswer(f"the model refused to answer{reason}", "ask otherwise, or another model")
    _refuse_loop(response.text)
    if response.finish == "length":
        raise TruncatedAnswer(
            f"the answer was cut off after {len(response.text)} characters{reason}",
            "allow more tokens, or ask for less",
        )
    if not response.text.strip():
        raise EmptyAnswer("the model answered with nothing", "try again, or another model")
    return response.text


def read_json(text: str) -> Parsed:
    """The one JSON object or list that an answer consists of.

    What is around it (a code fence, prose) is left out, and slips such as trailing commas or single quotes are mended where nothing
    is lost or made up. The same value given several times is one; different values are no answer. So is a bare number or string:
    cut off, it could not be told from a whole one. A key that an object repeats with the same value is mended, with another value
    no answer: which one is meant cannot be known.

    Raises:
        EmptyAnswer: there is only white space.
        TruncatedAnswer: the text ends before its JSON does.
        LoopingAnswer: the same, and it repeats itself at its end.
        UnreadableAnswer: there is no JSON object or list, or several, or one that cannot be mended.
    """
    if not text.strip():
        raise EmptyAnswer("the model answered with nothing", "try again, or another model")
    try:
        return _read(text)
    except CutOff as error:
        _refuse_loop(text)
        raise TruncatedAnswer(f"the answer was cut off: {error}", "allow more tokens, or ask for less") from error
    except ValueError as error:
        raise UnreadableAnswer(f"the answer cannot be read as JSON: {error}", "try again, or another model") from error


# All that JSON takes for white space: a no-break space beside a value is none.
_BLANKS = " \t\n\r"
# The keys of an object whose opening brace was left out, at the start of the text or of its first fence.
_BRACELESS = re.compile(r"""(?:[^][{}`]*+```\w*+)?\s*+(?="[^"\\\n]*+"\s*+:)""")
_BRACKET = re.compile(r"[][{}]")
# Brackets of prose, such as "[see below]" or "{name}".
_PROSE = re.compile(r"\[(?!(?:[Tt]rue|[Ff]alse|null|None)\b)[^\W\d_][^][{},:\"'.\n…]*+\]|\{[^\W\d_]\w*+\}")
_FENCE = re.compile(r"```\w*+")
_GOES_ON_BEFORE = re.compile(r"""["']\s*:\s*\Z""")
_GOES_ON_AFTER = re.compile(r"""\s*[,:]\s*["'\[{]""")


def _read(text: str) -> Parsed:
    stripped = text.strip(_BLANKS).removeprefix("\ufeff")
    start = _BRACELESS.match(stripped)
    if start:
        stripped = f"{stripped[: start.end()]}{{{stripped[start.end() :]}"
    found: list[Parsed] = []
    around: list[str] = []
    done = 0
    while bracket := _BRACKET.search(stripped, done):
        if prose := _PROSE.match(stripped, bracket.start()):
            around.append(stripped[done : prose.end()])
            done = prose.end()
            continue
        if bracket[0] in "]}":
            raise CannotMend(f"{bracket[0]!r} closes nothing, at character {bracket.start() + 1}")
        around.append(stripped[done : bracket.start()])
        parsed, end = _value_at(stripped, bracket.start())
        _refuse_fragment(stripped, bracket.start(), end)
        found.append(parsed)
        done = end
    around.append(stripped[done:])
    notes = [*_notes_around("".join(around)), *(["missing opening brace"] if start else [])]
    return _only(found, notes, "".join(around))


def _value_at(text: str, start: int) -> tuple[Parsed, int]:
    """The value that begins at a bracket, and where it ends."""
    piece = piece_at(text, start)
    mended: dict[str, None] = {}
    try:
        value = parse_json(text[start : piece.end].encode(), lambda pairs: _object(pairs, mended))
        found = Parsed(value, tuple(mended))
    except _RepeatedKey:
        raise
    except ValueError:
        found = Parsed(*mend(piece))
    try:
        json.dumps(found.value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        # JSON allows it, but it is no text that could be written anywhere.
        raise CannotMend("a string has half of a surrogate pair") from error
    return found, piece.end


class _RepeatedKey(ValueError):
    """An object gives one key different values."""


def _object(pairs: list[tuple[str, object]], mended: dict[str, None]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        for key, value in pairs:
            if not _same(made[key], value):
                raise _RepeatedKey(f"the key {_short(key)!r} has several values")
        mended["repeated key"] = None
    return made


def _refuse_fragment(text: str, start: int, end: int) -> None:
    """Raises if what stands beside a value shows it to be part of a larger one."""
    if _GOES_ON_BEFORE.search(text[max(start - 80, 0) : start]):
        raise CannotMend("what is before its first bracket belongs to it")
    if text[end:].strip() == ",":
        raise CutOff("it ends with a comma")
    if _GOES_ON_AFTER.match(text, end):
        raise CannotMend("it goes on after its last bracket")


def _notes_around(text: str) -> list[str]:
    prose, fences = _FENCE.subn("", text)
    return [*(["code fence"] if fences else []), *(["text around the JSON"] if prose.strip(_BLANKS) else [])]


def _only(found: list[Parsed], notes: list[str], around: str) -> Parsed:
    """The one value that there is."""
    if not found:
        if around.count("```") % 2:
            raise CutOff("a code fence is opened and nothing is in it")
        raise CannotMend("there is no object and no list")
    if any(not _same(found[0].value, other.value) for other in found[1:]):
        raise CannotMend(f"there are {len(found)} different values")
    if len(found) > 1:
        notes.append("given several times")
    mended = dict.fromkeys([*notes, *(note for parsed in found for note in parsed.mended)])
    return Parsed(found[0].value, tuple(mended))


def _same(one: object, other: object) -> bool:
    """Whether both are the same JSON: 1, 1.0 and true are not."""
    return json.dumps(one) == json.dumps(other)


# Loops

# Shares of text at its end that are looked at, in characters.
_TAIL = 20_000
_PROBE = 16
_BASE64 = re.compile(r"base64,[A-Za-z0-9+/]*+=*+\Z")


def repeats(text: str) -> bool:
    """Whether the text ends in a loop: one piece over and over, more often than a page would have it.

    Rulers, dotted leaders, columns of zeros, sheets of equal labels and pictures in base64 are none; see `_is_loop`.
    """
    tail = text[-_TAIL:]
    if tail.count(tail[-_PROBE:]) < 6 or _BASE64.search(tail):
        return False
    return any(_is_loop(tail[-period:], length) for period, length in _periods(tail))


def _periods(tail: str) -> list[tuple[int, int]]:
    """For each period with which the text ends, how many characters at its end have it: (period, length)."""
    backwards = tail[::-1]
    borders = [0] * len(backwards)
    longest: dict[int, int] = {}
    border = 0
    for at in range(1, len(backwards)):
        while border and backwards[at] != backwards[border]:
            border = borders[border - 1]
        border += backwards[at] == backwards[border]
        borders[at] = border
        longest[at + 1 - border] = at + 1
    return list(longest.items())


def _is_loop(piece: str, length: int) -> bool:
    """Whether a piece that fills `length` characters at the end of a text is there too often to be on a page.

    A page may have a sheet of thirty equal labels, a ruler across its width, and a hundred equal rows of numbers.
    """
    copies = length / len(piece)
    if piece.isspace():
        return length >= 200
    if piece.isdigit():
        return length >= 100
    if len(piece) > 1 and any(char.isalpha() for char in piece):
        return copies >= 40 and length >= 400
    return copies >= 200 and length >= 1000


def _refuse_loop(text: str) -> None:
    if repeats(text):
        raise LoopingAnswer(
            f"the answer repeats itself at its end: {_short(text[-200:])!r}",
            "another temperature, a smaller picture or model",
        )


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
