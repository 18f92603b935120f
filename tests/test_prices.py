"""What answers cost, by the table and by the user's own prices; what is not known has no cost."""

import math
import re
import tomllib
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.errors import UsageError
from vextract.prices import cost_usd, estimated_tokens, picture_tokens, prices_as_of
from vextract.types import Usage

_TABLE = tomllib.loads(files("vextract").joinpath("prices.toml").read_text("utf-8"))
_MODELS = [(provider, model) for provider, told in _TABLE.items() for model in told["models"]]
_MILLION = Usage(1_000_000, 1_000_000, 0)
_SMALL = Usage(10_000, 1_000, 0)


def test_a_cost_is_reckoned_from_all_three_prices() -> None:
    """New input, cached input and output have each their price: GPT-4o at 2.50, 1.25 and 10 dollars for a million tokens."""
    assert cost_usd("openai", "gpt-4o", Usage(1000, 200, 400)) == pytest.approx(
        (600 * 2.5 + 400 * 1.25 + 200 * 10) / 1e6
    )
    assert cost_usd("openai", "gpt-4o", _MILLION) == 12.5


@pytest.mark.parametrize(
    ("provider", "name", "base"),
    [
        ("openai", "gpt-4o-2024-11-20", "gpt-4o"),
        ("openai", "gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("openai", "gpt-4.1-nano-2025-04-14", "gpt-4.1-nano"),
        ("openai", "GPT-4o", "gpt-4o"),
        ("google_genai", "models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("google_genai", "gemini-2.5-flash-preview-05-20", "gemini-2.5-flash"),
        ("google_genai", "gemini-2.5-flash-lite-preview-06-17", "gemini-2.5-flash-lite"),
        ("google_genai", "gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash"),
        ("google_genai", "gemini-2.0-flash-001", "gemini-2.0-flash"),
        ("anthropic", "claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("anthropic", "claude-3-5-haiku-latest", "claude-3-5-haiku"),
        ("anthropic", "claude-opus-4-20250514", "claude-opus-4"),
        ("anthropic", "claude-opus-4-5-20251101", "claude-opus-4-5"),
    ],
)
def test_a_version_costs_what_its_model_does(provider: str, name: str, base: str) -> None:
    """A date, a number, -latest or -preview after a name does not change its price."""
    cost = cost_usd(provider, name, _SMALL)
    assert cost is not None
    assert cost == cost_usd(provider, base, _SMALL)


@pytest.mark.parametrize(
    ("provider", "one", "other"),
    [
        ("openai", "gpt-4o-mini", "gpt-4o"),
        ("openai", "gpt-4o-2024-05-13", "gpt-4o"),
        ("google_genai", "gemini-2.5-flash-lite", "gemini-2.5-flash"),
        ("google_genai", "gemini-2.5-flash-lite-preview-06-17", "gemini-2.5-flash"),
        ("anthropic", "claude-opus-4-5", "claude-opus-4"),
    ],
)
def test_a_longer_name_is_another_model(provider: str, one: str, other: str) -> None:
    """A small model never takes the price of the large one whose name it begins with."""
    assert cost_usd(provider, one, _SMALL) != cost_usd(provider, other, _SMALL)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4"),
        ("openai", "gpt-4o-audio-preview"),
        ("openai", "my-gpt-4o"),
        ("openai", "gpt-4o-mini-tts"),
        ("google_genai", "gemini-2.5-flash-image"),
        ("google_genai", "gemini-2.5-pro-preview-tts"),
        ("google_genai", "gemini-9-flash"),
        ("google_genai", "gpt-4o"),
        ("ollama", "gpt-4o"),
        ("hf", "Qwen/Qwen2.5-VL-7B-Instruct"),
        ("gguf", "model.gguf"),
        ("", ""),
    ],
)
def test_an_unknown_model_has_no_cost(provider: str, model: str) -> None:
    """What the table does not have, or what runs on the user's machine, costs an unknown sum, not nothing."""
    assert cost_usd(provider, model, _SMALL) is None


@pytest.mark.parametrize("usage", [Usage(), Usage(10, None, 0), Usage(None, 10, 0), Usage(10, 10, 11)])
def test_unknown_or_senseless_usage_has_no_cost(usage: Usage) -> None:
    """Without input or output tokens, or with more cached than there were, there is nothing to reckon with."""
    assert cost_usd("openai", "gpt-4o", usage) is None


def test_input_that_is_not_said_to_be_cached_counts_as_new() -> None:
    """Providers leave a count of no cached tokens away."""
    assert cost_usd("openai", "gpt-4o", Usage(10, 10)) == cost_usd("openai", "gpt-4o", Usage(10, 10, 0))


def test_cached_input_without_a_price_has_no_cost() -> None:
    """Gemini 2.0 Flash-Lite has no price for cached input: none is made up."""
    assert cost_usd("google_genai", "gemini-2.0-flash-lite", Usage(10, 10, 5)) is None
    assert cost_usd("google_genai", "gemini-2.0-flash-lite", Usage(10, 10, 0)) is not None


def test_long_requests_have_their_own_prices_or_none() -> None:
    """Above its bound, a request has the longer ones' prices for all of its tokens; where they are not known, no cost."""
    assert cost_usd("google_genai", "gemini-2.5-pro", Usage(200_000, 0, 0)) == pytest.approx(0.25)
    assert cost_usd("google_genai", "gemini-2.5-pro", Usage(200_001, 0, 0)) == pytest.approx(0.5, abs=1e-4)
    assert cost_usd("anthropic", "claude-sonnet-4-5", Usage(200_001, 0, 0)) is None


def test_the_users_prices_come_first() -> None:
    """They price what the table has not, replace what it has, and stand for dated versions too."""
    extra = {
        "hf:My/Model": {"input": 1.0, "output": 2.0},
        "openai:gpt-4o": {"input": 0.0, "output": 0.0, "cached": 0.0},
    }
    assert cost_usd("hf", "My/Model", _MILLION, extra) == 3.0
    assert cost_usd("hf", "My/Model", Usage(10, 10, 5), extra) is None
    assert cost_usd("openai", "gpt-4o-2024-11-20", Usage(10, 10, 5), extra) == 0.0
    assert cost_usd("openai", "gpt-4o-mini", _MILLION, extra) == 0.75


@pytest.mark.parametrize(
    "prices",
    [
        {"input": 1.0},
        {"output": 1.0},
        {"input": -1.0, "output": 1.0},
        {"input": math.nan, "output": 1.0},
        {"input": 1.0, "output": math.inf},
        {"input": 1.0, "output": 1.0, "thinking": 1.0},
    ],
)
def test_a_senseless_price_is_a_usage_error(prices: dict[str, float]) -> None:
    """A price that lacks a figure, has one that there is not, or one below 0 is told, with the model's name."""
    with pytest.raises(UsageError, match="openai:x") as caught:
        cost_usd("openai", "x", _SMALL, {"openai:x": prices})
    assert caught.value.hint


@given(st.sampled_from(_MODELS), st.integers(0, 90_000), st.integers(0, 90_000), st.integers(0, 90_000))
def test_costs_grow_with_tokens(model: tuple[str, str], read: int, written: int, more: int) -> None:
    """More tokens never cost less, and nothing costs nothing."""
    cost, higher = (cost_usd(*model, Usage(read + add, written + add, 0)) for add in (0, more))
    assert cost is not None
    assert higher is not None
    assert 0 <= cost <= higher
    assert cost_usd(*model, Usage(0, 0, 0)) == 0


@pytest.mark.parametrize(("provider", "model"), _MODELS)
def test_the_table_makes_sense(provider: str, model: str) -> None:
    """Input costs something, output more, cached input less, and longer requests more; no other field is there."""
    told = _TABLE[provider]["models"][model]
    for price in (told, told.get("above", told)):
        assert 0 < price.get("cached", 0.001) < price["input"] < price["output"] < 200
        assert set(price) <= {"input", "output", "cached", "up_to", "above"}
    assert ("above" not in told) or ("up_to" in told and told["above"]["input"] > told["input"])


def test_the_documentation_says_how_old_the_prices_are() -> None:
    """docs/prices.md has each provider with its date, as the table has it; no date is in the future."""
    page = (Path(__file__).parent.parent / "docs" / "prices.md").read_text("utf-8")
    told = {name: date.fromisoformat(day) for name, day in re.findall(r"^\| `(\w+)` \| (\S+) \|", page, re.MULTILINE)}
    assert told == {provider: prices_as_of(provider) for provider in _TABLE}
    assert all(day <= datetime.now(UTC).date() for day in told.values())
    assert prices_as_of("ollama") is None


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("word " * 100, 125), ("合計金額", 4), ("合計 12", 3)],
)
def test_tokens_of_a_text_are_estimated(text: str, tokens: int) -> None:
    """About four characters a token, Chinese and Japanese one a character."""
    assert estimated_tokens(text) == tokens


@pytest.mark.parametrize(
    ("family", "width_px", "height_px", "tokens"),
    [
        ("gemini", 384, 384, 258),
        ("gemini", 385, 300, 258),
        ("gemini", 769, 768, 2 * 258),
        ("gemini", 1536, 2304, 6 * 258),
        ("gpt", 512, 512, 85 + 170),
        ("gpt", 1024, 1024, 85 + 4 * 170),
        ("gpt", 2048, 4096, 85 + 6 * 170),
        ("gpt", 1152, 768, 85 + 6 * 170),
        ("claude", 200, 200, 64),
        ("claude", 1092, 1092, 39 * 39),
        ("qwen2.5-vl", 280, 560, 10 * 20),
        ("qwen2.5-vl", 14, 14, 4),
        ("qwen3-vl", 640, 320, 20 * 10),
        ("llava", 640, 320, None),
        ("unknown", 640, 320, None),
        ("", 640, 320, None),
    ],
)
def test_tokens_of_a_picture_are_estimated(family: str, width_px: int, height_px: int, tokens: int | None) -> None:
    """The providers' own examples and the processors' grids; a family without a known rule has no estimate."""
    assert picture_tokens(family, width_px, height_px) == tokens


def test_batch_jobs_cost_a_share() -> None:
    """An answer of a batch job costs half; of Google's cached input all; what has no known share has no known cost."""
    usage = Usage(1_000_000, 1_000_000, 400_000)
    assert cost_usd("openai", "gpt-4o", usage, batch=True) == pytest.approx((0.6 * 2.50 + 0.4 * 1.25 + 10.00) / 2)
    flash = cost_usd("google_genai", "gemini-2.0-flash", usage, batch=True)
    assert flash == pytest.approx((0.6 * 0.10 + 0.40) / 2 + 0.4 * 0.025)
    mine = {"openai:mine": {"input": 1.0, "output": 2.0, "cached": 1.0}}
    assert cost_usd("openai", "mine", usage, mine, batch=True) is None
    mine["openai:mine"]["batch"] = 0.25
    assert cost_usd("openai", "mine", usage, mine, batch=True) == pytest.approx(0.75)
    assert cost_usd("openai", "mine", usage, mine) == pytest.approx(3.0)
    assert cost_usd("ollama", "qwen2.5vl:7b", usage, batch=True) is None
