"""A JSON Schema made of example documents: what they have in common, and which texts are dates, e-mail addresses and the like."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

__all__ = ["infer"]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_URI = re.compile(r"https?://\S+")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


def infer(documents: Iterable[object], title: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) that all documents fit; what only some have is not required."""
    from genson import SchemaBuilder
    from genson.schema.strategies import String

    class Text(String):  # type: ignore[misc]
        """A text that remembers which format all its values have in common."""

        KEYWORDS = (*String.KEYWORDS, "format")

        def __init__(self, node_class: Any) -> None:
            super().__init__(node_class)
            self._formats: set[str | None] = set()

        def add_object(self, obj: str) -> None:
            super().add_object(obj)
            self._formats.add(_format(obj))

        def to_schema(self) -> dict[str, Any]:
            schema: dict[str, Any] = super().to_schema()
            [only] = self._formats if len(self._formats) == 1 else [None]
            return schema | {"format": only} if only else schema

    class Builder(SchemaBuilder):  # type: ignore[misc]
        EXTRA_STRATEGIES = (Text,)

    builder = Builder()
    for document in documents:
        builder.add_object(document)
    inferred: dict[str, Any] = builder.to_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title} | {
        key: value for key, value in inferred.items() if key != "$schema"
    }


def _format(text: str) -> str | None:
    """The format that a text has, None if no known one."""
    if _EMAIL.fullmatch(text):
        return "email"
    if _URI.fullmatch(text):
        return "uri"
    compact = text.replace(" ", "")
    if _IBAN.fullmatch(compact) and _checksum(compact):
        return "iban"
    return _moment(text)


def _moment(text: str) -> str | None:
    for name, pattern, parse in (
        ("date", r"\d{4}-\d{2}-\d{2}", date.fromisoformat),
        ("date-time", r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*", datetime.fromisoformat),
        ("time", r"\d{2}:\d{2}:\d{2}.*", time.fromisoformat),
    ):
        if re.fullmatch(pattern, text):
            try:
                parse(text)
            except ValueError:
                continue
            return name
    return None


def _checksum(iban: str) -> bool:
    """ISO 13616: moved to the end and read as a number, the first four signs make the remainder by 97 one."""
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1
