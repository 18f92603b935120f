"""The JSON that `verify` checks: from a file for one document, or a line for each of many."""

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from vextract.errors import InputError, UsageError
from vextract.sources.expand import Source, expand
from vextract.values.json_text import parse_json

__all__ = ["sources"]

_HINT = 'a line is {"source": "scan.png", "data": {…}}'


def sources(document: str | None, data: str | None, records: str | None) -> Generator[Source, None, None]:
    """The documents with the values to check on them.

    Raises:
        UsageError: the arguments do not go together.
        InputError: the values of a single document cannot be read.
    """
    if records is not None and document is None and data is None:
        return _lines(records)
    if records is not None:
        raise UsageError("--records names its documents itself", "leave DOC and --data out")
    if document is None or data is None:
        raise UsageError("nothing to verify", "give DOC and --data FILE, or --records FILE")
    if os.path.isdir(document):
        raise UsageError(f"{document!r} is a directory", "name one file, or many with --records FILE")
    if document == "-" and data == "-":
        raise UsageError("DOC and --data cannot both be standard input", "name a file for one of them")
    with _opened(data, "--data") as file:
        values = _parsed(file.read(), f"--data {data!r}")
    return (replace(source, values=values) for source in expand([document]))


def _lines(records: str) -> Generator[Source, None, None]:
    with _opened(records, "--records") as file:
        empty = True
        for number, line in enumerate(file, 1):
            if line.strip():
                empty = False
                yield _source(line, f"line {number} of {records!r}")
        if empty:
            yield Source(records, problem=InputError(f"{records!r} has no lines", _HINT))


def _source(line: bytes, where: str) -> Source:
    try:
        row = _parsed(line, where)
    except InputError as error:
        return Source(where, problem=error)
    if not isinstance(row, dict) or not isinstance(row.get("source"), str) or "data" not in row:
        return Source(where, problem=InputError(f"{where} has no source or no data", _HINT))
    found = list(expand([row["source"]], lists=False))
    if len(found) != 1:
        problem = InputError(f"{row['source']!r} in {where} stands for {len(found)} documents", "name one file")
        return Source(row["source"], problem=problem)
    return replace(found[0], values=row["data"])


def _parsed(text: bytes, where: str) -> object:
    try:
        return parse_json(text)
    except ValueError as error:
        raise InputError(f"{where} is no JSON: {error}", _HINT if "line" in where else "mend the file") from error


@contextmanager
def _opened(name: str, flag: str) -> Iterator[BinaryIO]:
    if name == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed", f"name a file: {flag} FILE")
        yield sys.stdin.buffer
        return
    try:
        file = open(name, "rb")  # noqa: SIM115  closed below; errors of whoever reads it are not ours
    except OSError as error:
        raise InputError(f"cannot read {flag} {name!r}: {error.strerror}", "check the name") from error
    with file:
        yield file
