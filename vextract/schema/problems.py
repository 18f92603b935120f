"""What is wrong with data that does not fit its schema, and where: RFC 6901 pointers for what Pydantic and jsonschema tell."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from vextract.pointers import join

__all__ = ["Problem", "problems"]

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, as an RFC 6901 pointer into the data ("" is the whole), and what, in one line."""

    pointer: str
    message: str


def problems(error: ValidationError, data: object) -> list[Problem]:
    """All that Pydantic found wrong with `data`, as one line each."""
    found = [
        Problem(join(_path(line["loc"], data, missing=line["type"] == "missing")), _one_line(line["msg"]))
        for line in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return list(dict.fromkeys(found))


def _path(location: tuple[Any, ...], data: Any, *, missing: bool) -> list[str | int]:
    """The location without what Pydantic adds to it: the names of a union's members, of validators, of dict keys."""
    path: list[str | int] = []
    for i, part in enumerate(location):
        if (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        ):
            data = data[part]
        elif not (missing and i == len(location) - 1):
            continue
        path.append(part)
    return path


def _one_line(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
