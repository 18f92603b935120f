"""The grammar by which llama.cpp holds a model to a JSON Schema: llguidance's, as xllamacpp is built with it."""

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["grammar_of", "without_escapes"]

# The llguidance within xllamacpp 2026.10 (not the Python package) forgets the rest of a pattern after a character that JSON
# writes with a backslash. Texts with a pattern go without these characters, and patterns that need one are left to validation.
_NEEDS_ESCAPES = re.compile(r'["\x00-\x1f]|\\[nrtfv0\\]')
_NO_ESCAPES = r'^[^"\\\x00-\x1f\x7f]*$'
_LONGEST_TEXT = 2000


def without_escapes(schema: Any) -> Any:
    """The schema with patterns that only match texts which JSON writes as they are."""
    if isinstance(schema, list):
        return [without_escapes(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {key: without_escapes(value) for key, value in schema.items()}
    pattern = schema.get("pattern")
    if not isinstance(pattern, str):
        return made
    if _NEEDS_ESCAPES.search(pattern):
        del made["pattern"]
        return {"maxLength": _LONGEST_TEXT, **made}
    return {**made, "allOf": [*made.get("allOf", []), {"pattern": _NO_ESCAPES}]}


def grammar_of(json_schema: Mapping[str, Any]) -> str:
    """The grammar of JSON without blanks that is valid against the schema."""
    import xllamacpp

    schema = {**without_escapes(json_schema), "x-guidance": {"whitespace_flexible": False}}
    grammar: str = xllamacpp.json_schema_to_grammar(schema)
    return grammar
