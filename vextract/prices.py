"""What an answer cost, and what a question will about take: tokens and US dollars.

Prices are data, in prices.toml beside this file. A model that is not there has no known cost; nor has one that runs on a machine of
the user's, whose cost is not nothing, but nobody's to tell.
"""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from vextract.errors import UsageError
from vextract.profiles import profile_for
from vextract.types import Usage

__all__ = ["answer_cost_usd", "cost_usd", "estimated_tokens", "picture_tokens", "prices_as_of"]

_KnownT = TypeVar("_KnownT")
_MILLION = 1_000_000
_FIELDS = ("input", "output", "cached", "batch")
# What may follow a name in the table without it being another model, such as "-latest", "-preview-05-20", "-001", "-2024-11-20".
_VERSION = re.compile(r"(?:-preview)?(?:-latest|-\d{2}-\d{2}|-\d{2}-\d{4}|-\d{3}|[-@]\d{8}|-\d{4}-\d{2}-\d{2})?")


@dataclass(frozen=True, slots=True)
class _Price:
    """USD for a million tokens, for requests of at most `up_to` input tokens; `above` holds for longer ones. None: unknown."""

    input: float
    output: float
    cached: float | None = None
    up_to: int | None = None
    above: "_Price | None" = None

    def times(self, uncached: float, cached: float) -> "_Price":
        """The price with other figures: so many times as much."""
        return _Price(
            self.input * uncached,
            self.output * uncached,
            None if self.cached is None else self.cached * cached,
            self.up_to,
            self.above.times(uncached, cached) if self.above else None,
        )


def cost_usd(
    provider: str,
    model: str,
    usage: Usage,
    extra: Mapping[str, Mapping[str, float]] | None = None,
    *,
    batch: bool = False,
) -> float | None:
    """What an answer cost in US dollars, by the table; None where the model, its price or its tokens are not known.

    Args:
        provider: as in `vextract.models.ModelName`.
        model: as asked for, or as the provider names what has answered. It has the price of the name in the table that it starts
            with, if only a version follows: a date, "-latest", "-preview". "gpt-4o-mini" is thus no "gpt-4o".
        usage: what the provider reported. Without cached tokens all input counts as new: providers leave a count of none away.
        extra: "provider:model" -> "input", "output" and perhaps "cached", USD for a million tokens; it comes before the table. Its
            "batch" is the share of these that a batch job costs; without it, that of the provider holds for models of the table.
        batch: whether a batch job has answered.

    Raises:
        UsageError: an extra price lacks a figure, has one that is unknown, or one that is no price.
    """
    price = _price(provider, model, extra or {}, batch=batch)
    while price and price.up_to is not None and usage.input_tokens is not None and usage.input_tokens > price.up_to:
        price = price.above
    if price is None or usage.input_tokens is None or usage.output_tokens is None:
        return None
    cached = usage.cached_tokens or 0
    if cached > usage.input_tokens or (cached and price.cached is None):
        return None
    new = (usage.input_tokens - cached) * price.input + usage.output_tokens * price.output
    return round((new + cached * (price.cached or 0.0)) / _MILLION, 9)


def answer_cost_usd(
    provider: str,
    models: Sequence[str],
    usage: Usage,
    extra: Mapping[str, Mapping[str, float]] | None = None,
    *,
    batch: bool = False,
) -> float | None:
    """What an answer cost, as `cost_usd`, by the first of the model's names that has a price.

    The name that was asked for may be an alias of the provider's: what has answered, which it charges for, comes first.
    """
    costs = (cost_usd(provider, name, usage, extra, batch=batch) for name in models)
    return next((cost for cost in costs if cost is not None), None)


def prices_as_of(provider: str) -> date | None:
    """The day up to which the provider's prices in the table are known to hold; None if it has none there."""
    told = _table().get(provider)
    return told["as_of"] if told else None


def estimated_tokens(text: str) -> int:
    """About how many tokens a text has: one for four characters, but one for each that is not of an alphabet, such as Chinese.

    The rule of thumb of the providers for English; other languages and figures take up to twice as many.
    Source: https://ai.google.dev/gemini-api/docs/tokens, 2026-11.
    """
    ideographs = sum(char >= "\u2e80" for char in text)
    return ideographs + math.ceil((len(text) - ideographs) / 4)


def picture_tokens(family: str, width_px: int, height_px: int) -> int | None:
    """About how many input tokens a picture takes, by what is documented of the family; None for a family without a known rule.

    Args:
        family: as in `ModelProfile.family`.
        width_px: of the picture as sent.
        height_px: of the picture as sent.

    Source: https://ai.google.dev/gemini-api/docs/tokens (for Gemini 2), https://platform.openai.com/docs/guides/images-vision (for
    GPT-4o and 4.1 in high detail), https://platform.claude.com/docs/en/build-with-claude/vision, all 2026-11; the processors of the
    Qwen-VL models and those that follow them in transformers 5.
    """
    if family == "gemini":
        return 258 * (1 if max(width_px, height_px) <= 384 else _tiles(width_px, height_px, 768))
    if family == "gpt":
        scale = min(1.0, 2048 / max(width_px, height_px))
        scale *= min(1.0, 768 / (scale * min(width_px, height_px)))
        # Rounded first, so that 768 times 1.5 is not a hair more than it is.
        return 85 + 170 * _tiles(round(width_px * scale, 6), round(height_px * scale, 6), 512)
    if family == "claude":
        return _tiles(width_px, height_px, 28)
    profile = profile_for("", family)
    if profile.resize == "smart" and profile.family == family:
        return _tiles(*profile.seen_size(width_px, height_px), profile.patch_px)
    return None


def _tiles(width_px: float, height_px: float, side_px: int) -> int:
    return math.ceil(width_px / side_px) * math.ceil(height_px / side_px)


def _price(provider: str, model: str, extra: Mapping[str, Mapping[str, float]], *, batch: bool) -> _Price | None:
    name = model.lower().removeprefix("models/")
    own = {key.lower(): (key, told) for key, told in extra.items()}
    listed = _named(name, _prices(provider))
    shares = _table()[provider].get("batch") if listed else None
    price = listed
    if found := _named(f"{provider}:{name}", own):
        price = _own_price(*found)
        if "batch" in found[1]:
            shares = {"uncached": found[1]["batch"], "cached": found[1]["batch"]}
    if not batch or price is None:
        return price
    return price.times(**shares) if shares else None


def _named(name: str, known: Mapping[str, _KnownT]) -> _KnownT | None:
    """What is known by the name, or by the longest beginning of it that only a version follows; None if nothing is."""
    if name in known:
        return known[name]
    fits = [key for key in known if name.startswith(key) and _VERSION.fullmatch(name, len(key))]
    return known[max(fits, key=len)] if fits else None


def _own_price(key: str, told: Mapping[str, float]) -> _Price:
    for field in told:
        if field not in _FIELDS:
            raise UsageError(f"the price of {key!r} sets {field!r}", f"it has {', '.join(_FIELDS)}")
    if not {"input", "output"} <= set(told):
        raise UsageError(f"the price of {key!r} lacks input or output", "give both, in USD for a million tokens")
    for field, value in told.items():
        if not (math.isfinite(value) and value >= 0):
            raise UsageError(
                f"the price of {key!r} sets {field!r} to {value!r}", "give USD for a million tokens, 0 or more"
            )
    return _Price(told["input"], told["output"], told.get("cached"))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("vextract").joinpath("prices.toml").read_text("utf-8"))


@cache
def _prices(provider: str) -> dict[str, _Price]:
    models = _table().get(provider, {}).get("models", {})
    return {name: _from_table(told) for name, told in models.items()}


def _from_table(told: Mapping[str, Any]) -> _Price:
    above = _from_table(told["above"]) if "above" in told else None
    return _Price(told["input"], told["output"], told.get("cached"), told.get("up_to"), above)
