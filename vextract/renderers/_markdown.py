"""Markdown that shows a text as it is: no character of it is markup."""

import re

__all__ = ["inline"]

_INLINE = re.compile(r"[\\`*\[~]|(?<!\w)_|_(?!\w)|<(?=[A-Za-z/!?])|&(?=#?\w+;)")


def inline(text: str) -> str:
    """The text as a part of a line, escaped; at the beginning of a line it may need more."""
    return _INLINE.sub(lambda found: f"\\{found[0]}", text)
