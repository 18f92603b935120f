"""Runs that may spend so much and no more."""

import json
from pathlib import Path

import pytest

from tests.killing import draw_pictures
from tests.models.emulator import Emulator
from tests.running import KEY, vextract

# Of one answer of the emulator by OpenAI's price list for gpt-4o: 170 new input tokens, 100 cached, 32 of output.
PRICE_USD = 0.00087


@pytest.fixture
def pictures(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Some pictures, a key, and a store that is used."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("VEXTRACT_CACHE", "use")
    return draw_pictures(workdir / "in", 120)


def caption(emulator: Emulator, *more: object) -> tuple[int, str]:
    """Captions the pictures with many requests at once: the exit code, and what stderr says."""
    done = vextract(
        *("caption", "in/", "-o", "out.jsonl", "-m", "openai:gpt-4o", "--base-url", f"{emulator.url}/v1"),
        *("--concurrency", 32, "-j", 1, *more),
    )
    return done.code, done.err


def records() -> list[dict[str, object]]:
    """What is in the file."""
    return [json.loads(line) for line in Path("out.jsonl").read_bytes().splitlines()]


def test_a_run_stops_at_its_limit_and_goes_on_with_a_higher_one(pictures: list[str]) -> None:
    """The limit is kept to within the requests under way; exit 10; with a higher limit the rest is done, and nothing twice."""
    with Emulator("a colour", delay_s=0.01) as emulator:
        code, told = caption(emulator, "--max-cost", 40.5 * PRICE_USD)
        spent = len(emulator.requests) * PRICE_USD
        assert code == 10, told
        assert "--max-cost" in told
        assert "--resume" in told
        assert 30 * PRICE_USD <= spent <= (40.5 + 32) * PRICE_USD
        assert 0 < len(records()) <= len(emulator.requests)
        assert {record["status"] for record in records()} == {"ok"}
        code, told = caption(emulator, "--max-cost", 40.5 * PRICE_USD, "--resume")
        assert code == 10, "what was spent before counts"
        assert len(emulator.requests) * PRICE_USD == pytest.approx(spent)
        code, told = caption(emulator, "--max-cost", 1.0, "--resume")
        assert code == 0, told
    assert [record["source"] for record in records()] == [f"in/{Path(name).name}" for name in pictures]
    assert len(emulator.requests) == len(pictures)


def test_a_limit_that_is_just_enough_is_enough(pictures: list[str]) -> None:
    """A run whose cost is the limit itself comes to its end."""
    with Emulator("a colour") as emulator:
        code, told = caption(emulator, "--max-cost", len(pictures) * PRICE_USD)
    assert code == 0, told


def test_tokens_have_a_limit_too(pictures: list[str]) -> None:
    """--max-tokens-total stops in the same way; 302 tokens an answer."""
    with Emulator("a colour", delay_s=0.01) as emulator:
        code, told = caption(emulator, "--max-tokens-total", 20 * 302)
        assert code == 10, told
        assert "--max-tokens-total" in told
        assert len(emulator.requests) <= 20 + 32
    assert len(records()) < len(pictures)


@pytest.mark.usefixtures("pictures")
def test_an_unknown_price_is_said() -> None:
    """--max-cost with a model whose price nobody knows is refused before anything is sent."""
    with Emulator() as emulator:
        done = vextract(
            *("caption", "in/", "-o", "out.jsonl", "-m", "openai:my-own", "--base-url", f"{emulator.url}/v1"),
            *("--max-cost", 1),
        )
    assert done.code == 2
    assert "price" in done.err
    assert not emulator.requests
    assert not Path("out.jsonl").exists()


@pytest.mark.usefixtures("pictures")
def test_a_cost_that_is_not_told_stops_the_run() -> None:
    """Where an answer comes without figures, a limit in dollars cannot be kept: the run stops and says so."""
    with Emulator("a colour", fault="nousage", delay_s=0.01) as emulator:
        code, told = caption(emulator, "--max-cost", 1)
    assert code == 10
    assert "not known" in told
    assert len(emulator.requests) == 1
