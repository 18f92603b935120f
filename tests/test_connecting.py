"""From settings and the environment to a model that can be asked."""

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.running import KEY
from vextract.askers import Askers
from vextract.asking import Asker
from vextract.connecting import asker_for, connection_to, policy_of
from vextract.errors import AuthenticationError, PrivacyError, UsageError
from vextract.models import model_name
from vextract.settings import load_settings


@pytest.fixture(autouse=True)
def place(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder and no keys."""
    del workdir
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OLLAMA_HOST", "OLLAMA_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def connection(model: str, **settings: Any) -> Any:
    """The connection that the settings make of the model's name."""
    return connection_to(model_name(model), load_settings(**settings))


def test_where_a_model_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of the settings goes before that of the environment; without both it is the provider's own."""
    assert connection("openai:x").base_url is None
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    assert connection("openai:x").base_url == "http://127.0.0.1:1/v1"
    assert connection("openai:x", base_url="http://127.0.0.1:2/v1").base_url == "http://127.0.0.1:2/v1"
    assert connection("ollama:x").base_url == "http://127.0.0.1:11434"


def test_how_it_is_asked() -> None:
    """Time, requests at once, family and sampling come from the settings."""
    settings = load_settings(
        timeout_s=3, concurrency=2, temperature=1, seed=7, max_tokens=9, options={"top_p": 0.5}, retries=1
    )
    found = connection_to(model_name("ollama:qwen2.5vl:7b"), settings)
    assert (found.timeout_s, found.at_once, found.profile.family) == (3, 2, "qwen2.5-vl")
    policy = policy_of(settings)
    sampling = policy.sampling
    assert (sampling.temperature, sampling.seed, sampling.max_tokens, sampling.options) == (1, 7, 9, {"top_p": 0.5})
    assert (policy.retries, policy.repairs) == (1, 1)


@pytest.mark.parametrize(
    ("model", "url", "allowed"),
    [
        ("openai:gpt-4o", None, False),
        ("openai:x", "http://127.0.0.1:8000/v1", True),
        ("openai:x", "http://localhost:8000/v1", True),
        ("openai:x", "http://[::1]:8000/v1", True),
        ("openai:x", "http://127.0.0.1.example.com/v1", False),
        ("openai:x", "http://192.168.1.5:8000/v1", False),
        ("ollama:x", None, True),
        ("ollama:gpt-oss:120b-cloud", None, False),
        ("hf:org/name", None, True),
    ],
)
def test_local_only(model: str, url: str | None, allowed: bool) -> None:  # noqa: FBT001
    """With local_only only models in this process, and servers at an address of this machine that keep what they get."""
    if allowed:
        assert connection(model, base_url=url, local_only=True)
        return
    with pytest.raises(PrivacyError, match="on another machine") as caught:
        connection(model, base_url=url, local_only=True)
    assert caught.value.exit_code == 7


@pytest.mark.parametrize("url", ["nowhere", "//", "http://", "http:///v1", "http://[::1", ""])
def test_an_address_that_is_none(url: str) -> None:
    """That is a usage error, which does not repeat the address: a password may be in it."""
    if url:
        with pytest.raises(UsageError, match="--base-url"):
            connection("openai:x", base_url=f"{url}")


def test_a_key_is_needed_but_for_a_dry_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key a hosted model can be shown requests, not sent any; a server of one's own needs none; a reader is not asked."""
    settings = load_settings(model="openai:gpt-4o")
    with pytest.raises(AuthenticationError) as caught:
        asker_for(settings)
    assert "OPENAI_API_KEY" in caught.value.hint
    for shown in (
        asker_for(settings, lambda *_: None),
        asker_for(load_settings(model="openai:x", base_url="http://127.0.0.1:1")),
    ):
        assert shown is not None
        shown.close()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    found = asker_for(settings)
    assert found is not None
    with closing(found):
        assert KEY not in repr(connection_to(model_name("openai:gpt-4o"), settings))
    assert asker_for(load_settings()) is None


def test_prices_are_checked_before_anything_is_paid_for() -> None:
    """A price of the settings that cannot be used is known at once."""
    with pytest.raises(UsageError, match="lacks input or output"):
        asker_for(load_settings(model="ollama:x", prices={"ollama:x": {"input": 1.0}}))


def test_several_models_are_asked_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that are named can be asked, and are closed together; where one of them cannot be asked, none is left behind."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    assert asker_for(load_settings(model="layout")) is None
    alone = asker_for(load_settings(model="layout,openai:a,openai:a"))
    assert isinstance(alone, Asker)
    alone.close()
    found = asker_for(load_settings(model="layout,openai:a,ollama:b", concurrency=3))
    assert isinstance(found, Askers)
    assert found.at_once == 3
    found.close()
    found.close()
    with pytest.raises(AuthenticationError):
        asker_for(load_settings(model="openai:a,anthropic:claude-x"))
    assert "vextract-asking" not in {thread.name for thread in threading.enumerate()}
