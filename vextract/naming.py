"""Names of output files: patterns such as `out/{stem}.json`, filled in for each source."""

import os
import string
from collections.abc import Sequence
from pathlib import Path

from vextract.errors import UsageError
from vextract.sources.expand import Source

__all__ = ["FIELDS", "checked_pattern", "filled"]

FIELDS = ("stem", "name", "parent", "dir", "n")
_NUMBERS = frozenset({"n", "page"})


def checked_pattern(pattern: str, flag: str = "-o", more: Sequence[str] = ()) -> str:
    """The pattern, if it can be filled in.

    Args:
        pattern: with fields of FIELDS and `more`.
        flag: on which it was given, for messages.
        more: further fields.

    Raises:
        UsageError: it has another field, or cannot be read.
    """
    known = (*FIELDS, *more)
    try:
        parts = [(field, spec) for _, field, spec, _ in string.Formatter().parse(pattern) if field is not None]
        unknown = {field for field, _ in parts} - set(known)
        if not unknown and not any("{" in (spec or "") for _, spec in parts):
            pattern.format_map({field: 1 if field in _NUMBERS else field for field in known})
            return pattern
    except ValueError as error:
        raise UsageError(f"{flag} {pattern!r} cannot be read: {error}", "write {{ for a brace that is meant") from error
    hint = f"a pattern may have {', '.join('{' + field + '}' for field in known)}"
    culprit = f"{{{min(unknown)}}}, which is unknown" if unknown else "a field within a field"
    raise UsageError(f"{flag} {pattern!r} has {culprit}", hint)


def filled(pattern: str, source: Source, **more: object) -> Path:
    """The path that the pattern means for a source."""
    name = Path(source.file_name)
    parent = Path(os.path.abspath(source.path)).parent.name if source.path else ""
    fields = {"stem": name.stem, "name": name.name, "parent": parent, "dir": source.folder, "n": source.number} | more
    path = os.path.normpath(pattern.format_map(fields))
    # A field that is empty must not turn {dir}/{stem} into a place at the root of the file system.
    return Path(path if pattern.startswith("/") else path.lstrip("/"))
