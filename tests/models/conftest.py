"""Nothing of the surroundings gets into the tests of models: no proxy, no key, no tracing."""

import os

import pytest

_PROVIDERS = ("OPENAI_", "ANTHROPIC_", "OLLAMA_", "GOOGLE_", "GEMINI_", "LANGSMITH_", "LANGCHAIN_")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes out of the environment what the client libraries would read."""
    for name in list(os.environ):
        if name.upper().startswith(_PROVIDERS) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
