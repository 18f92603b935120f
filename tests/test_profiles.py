"""A family is told by its models' names, wherever they are served, and settings can change what is known of it."""

import pytest

from vextract.boxes import SYNTAXES
from vextract.errors import UsageError
from vextract.profiles import FAMILIES, profile_for

NAMES = [
    ("google_genai", "gemini-2.5-flash", "gemini"),
    ("openai", "google/gemini-3-pro-preview", "gemini"),
    ("google_genai", "gemma-3-27b-it", "gemma"),
    ("ollama", "gemma3:4b", "gemma"),
    ("hf", "google/paligemma2-3b-mix-448", "paligemma"),
    ("ollama", "qwen2.5vl:7b", "qwen2.5-vl"),
    ("openai", "Qwen/Qwen2.5-VL-72B-Instruct-AWQ", "qwen2.5-vl"),
    ("hf", "Qwen/Qwen2-VL-2B-Instruct", "qwen2-vl"),
    ("ollama", "qwen3-vl:235b-cloud", "qwen3-vl"),
    ("openai", "Qwen/Qwen3.5-35B-A3B", "qwen3-vl"),
    ("anthropic", "claude-3-5-sonnet-20241022", "claude"),
    ("openai", "anthropic/claude-opus-4.8", "claude"),
    ("openai", "gpt-4o-mini", "gpt"),
    ("openai", "chatgpt-4o-latest", "gpt"),
    ("openai", "o4-mini", "gpt"),
    ("hf", "microsoft/Florence-2-large-ft", "florence-2"),
    ("hf", "florence-community/Florence-2-base", "florence-2"),
    ("hf", "microsoft/kosmos-2-patch14-224", "kosmos-2"),
    ("hf", "deepseek-ai/deepseek-vl2-tiny", "deepseek-vl2"),
    ("ollama", "deepseek-ocr:3b", "deepseek-vl2"),
    ("openai", "zai-org/GLM-4.5V", "glm-v"),
    ("openai", "glm-4.1v-9b-thinking", "glm-v"),
    ("hf", "rednote-hilab/dots.ocr", "dots.ocr"),
    ("hf", "PaddlePaddle/PaddleOCR-VL-1.5", "paddleocr-vl"),
    ("hf", "allenai/Molmo-7B-D-0924", "molmo"),
    ("hf", "allenai/Molmo2-8B", "molmo"),
    ("ollama", "moondream:1.8b", "moondream"),
    ("hf", "OpenGVLab/InternVL3_5-8B", "internvl"),
    ("ollama", "llava:13b", "llava"),
    # What draws no boxes, or of which nothing certain is known, has no family.
    ("ollama", "llama3.2-vision", "unknown"),
    ("openai", "gpt-oss-120b", "unknown"),
    ("hf", "microsoft/kosmos-2.5", "unknown"),
    ("hf", "HuggingFaceTB/SmolVLM-256M-Instruct", "unknown"),
    ("openai", "glm-4-9b-chat", "unknown"),
    ("openai", "qwen2.5-coder", "unknown"),
    ("openai", "foo1-mini", "unknown"),
]


@pytest.mark.parametrize(("provider", "model", "family"), NAMES)
def test_families_by_name(provider: str, model: str, family: str) -> None:
    """The family of a model, however the server writes its name."""
    assert profile_for(provider, model).family == family


@pytest.mark.parametrize("family", sorted({profile.family for _, profile in FAMILIES}))
def test_a_family_is_found_by_its_own_name(family: str) -> None:
    """The name of a family leads to it."""
    assert profile_for("", family).family == family


def test_every_pattern_is_reached() -> None:
    """No pattern is hidden behind another: each row of the table is some name's profile."""
    reached = {profile_for(provider, model) for provider, model, _ in NAMES}
    reached |= {
        profile_for("", name)
        for name in ("gemini-2.0-flash", "gemini-2.5-pro", "gemini-3-flash", "gpt-5", "claude-sonnet-4-5")
    }
    assert {profile for _, profile in FAMILIES} <= reached


def test_every_box_format_can_be_read() -> None:
    """Each family's box format has its reader."""
    assert {profile.box_format for _, profile in FAMILIES} == set(SYNTAXES)


def test_sizes_that_models_see() -> None:
    """A picture is resized as the family does it: to multiples of 28 or 32, within Claude's bounds, or not at all."""
    seen = {name: profile_for("", name).seen_size(3000, 4000) for name in ("qwen2.5-vl", "qwen3-vl", "gemini", "gpt")}
    assert seen == {"qwen2.5-vl": (2996, 4004), "qwen3-vl": (3008, 4000), "gemini": (3000, 4000), "gpt": (3000, 4000)}
    assert profile_for("anthropic", "claude-sonnet-4-5").seen_size(4000, 2000) == (1568, 784)
    assert profile_for("anthropic", "claude-opus-4-7").seen_size(4000, 2000) == (2576, 1288)


def test_settings_override_family_then_model() -> None:
    """A model's own setting wins over its family's, and both over the table."""
    overrides = {"qwen2.5-vl": {"max_pixels": 1_003_520, "temperature": 0.2}, "ollama:qwen2.5vl:7b": {"temperature": 0}}
    profile = profile_for("ollama", "qwen2.5vl:7b", overrides)
    assert (profile.max_pixels, profile.temperature, profile.patch_px) == (1_003_520, 0.0, 28)
    assert profile_for("openai", "Qwen2.5-VL-7B", overrides).temperature == 0.2


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"boxes": "x"}, "boxes"),
        ({"box_format": "xyz"}, "cannot have"),
        ({"resize": 3}, "cannot have"),
        ({"patch_px": 0}, "patch_px"),
        ({"max_edge_px": -5}, "max_edge_px"),
    ],
)
def test_wrong_settings(changes: dict[str, object], problem: str) -> None:
    """A field that there is not, or a value that it cannot have, is an error with a hint."""
    with pytest.raises(UsageError, match=problem) as caught:
        profile_for("google_genai", "gemini-2.5-flash", {"gemini": changes})
    assert caught.value.hint
