"""Keeps LangChain from telling a tracing service what is asked: pictures of documents leave only for the model that was named."""

import os
from collections.abc import MutableMapping

__all__ = ["forget_tracing"]

_PREFIXES = ("LANGSMITH_", "LANGCHAIN_")


def forget_tracing(environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """Takes LangSmith's and LangChain's settings out of the environment; to be called before LangChain is imported.

    LANGSMITH_TRACING uploads every request with its pictures, and LANGSMITH_GATEWAY sends requests by way of another host, both
    without a word. VEXTRACT_TRACING=1 leaves them as they are.

    Returns:
        The names that were dropped.
    """
    if environment.get("VEXTRACT_TRACING", "").strip().lower() in {"1", "true", "yes", "on"}:
        return []
    dropped = [name for name in environment if name.upper().startswith(_PREFIXES)]
    for name in dropped:
        del environment[name]
    return dropped
