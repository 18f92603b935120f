"""What is known of families of vision models, as data: how they see pictures, write boxes, and take schemas.

A family is told by the model's name, wherever it is served: the same Qwen2.5-VL behind Ollama, vLLM or in this process has one
profile. Settings can override any of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_type_hints

from vextract.errors import UsageError
from vextract.geometry import patched_size, smart_size

__all__ = ["FAMILIES", "BoxFormat", "MaskFormat", "ModelProfile", "Resize", "profile_for"]

BoxFormat = Literal[
    "json-yxyx-1000",
    "json-xyxy-1000",
    "json-xyxy-resized",
    "qwen2-tokens",
    "paligemma",
    "florence2",
    "kosmos2",
    "deepseek",
    "paddleocr",
    "molmo-percent",
    "molmo2",
    "moondream",
    "internvl",
    "json-xyxy-1",
]
"""How a family writes boxes; `vextract.boxes` has a reader for each."""

MaskFormat = Literal["gemini-png", "paligemma", "polygons"]
"""How a family writes masks: a PNG of the box's area in base64, sixteen codes of a decoder that comes apart, or outlines;
`vextract.masks` reads them."""

Resize = Literal["none", "smart", "claude", "square", "padded-square"]
"""What the model's own processor does to a picture before the model sees it. smart: both sides to multiples of `patch_px`, the area
between `min_pixels` and `max_pixels`. claude: the long edge to at most `max_edge_px`, the area in whole patches of `patch_px` to at
most `max_pixels`. square: both sides to one length. padded-square: margins are added to the shorter sides first."""


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """What is known of a family of models.

    Attributes:
        family: its name.
        box_format: how it writes boxes; None: unknown, so that boxes are asked for in pixels of the picture as sent.
        resize: what becomes of a picture before the model sees it.
        patch_px: side of the squares that the model sees as one: sides of pictures become multiples of it for "smart", and are
            counted in whole ones for "claude".
        min_pixels, max_pixels: bounds of width times height; None: none known.
        max_edge_px: longest side worth sending; larger pictures are made smaller before they are sent.
        structured: whether its servers hold it to a JSON schema.
        dialect: what they can be told of one (`vextract.schema.dialects`); None: what the provider is known for.
        thinking: "off" if it thinks by default and must be told not to, for reading; None if there is nothing to say.
        temperature: to be used where the user says nothing; None: the provider's default.
        logprobs: whether it gives probabilities of words; None: that depends on its server, and asking does no harm.
        video: whether it takes video files.
        masks: how it writes the outlines of what it finds; None: it gives boxes only.
    """

    family: str
    box_format: BoxFormat | None = None
    resize: Resize = "none"
    patch_px: int = 1
    min_pixels: int | None = None
    max_pixels: int | None = None
    max_edge_px: int = 2048
    structured: bool = True
    dialect: str | None = None
    thinking: Literal["off"] | None = None
    temperature: float | None = 0.0
    logprobs: bool | None = None
    video: bool = False
    masks: MaskFormat | None = None

    def seen_size(self, width_px: int, height_px: int) -> tuple[int, int]:
        """Width and height of what the model sees of a picture of this size, before it is made a square."""
        if self.resize == "smart":
            return smart_size(width_px, height_px, self.patch_px, self.min_pixels, self.max_pixels)
        if self.resize == "claude":
            return patched_size(width_px, height_px, self.max_edge_px, self.patch_px, self.max_pixels)
        return width_px, height_px


_GEMINI = ModelProfile("gemini", "json-yxyx-1000", temperature=0.5, video=True)
_CLAUDE = ModelProfile("claude", "json-xyxy-resized", "claude", 28, max_pixels=1568 * 28 * 28, max_edge_px=1568)
_GPT = ModelProfile("gpt", "json-xyxy-resized", logprobs=True)
_QWEN3 = ModelProfile("qwen3-vl", "json-xyxy-1000", "smart", 32, 65_536, 16_777_216)

FAMILIES: tuple[tuple[str, ModelProfile], ...] = (
    (r"paligemma", ModelProfile("paligemma", "paligemma", "square", structured=False, masks="paligemma")),
    (r"gemma", ModelProfile("gemma", "json-yxyx-1000")),
    # Of all Geminis only 2.5 gives masks (ai.google.dev/gemini-api/docs, "Image segmentation", 2026-11).
    # These either do not think, or cannot be told not to.
    (r"gemini-2\.5-pro", replace(_GEMINI, masks="gemini-png")),
    (r"gemini-(?:1|2\.0)", _GEMINI),
    (r"gemini-2\.5", replace(_GEMINI, thinking="off", masks="gemini-png")),
    (r"gemini", replace(_GEMINI, thinking="off")),
    (r"qwen-?2\.5-?vl", ModelProfile("qwen2.5-vl", "json-xyxy-resized", "smart", 28, 3136, 12_845_056)),
    (r"qwen-?2-?vl", ModelProfile("qwen2-vl", "qwen2-tokens", "smart", 28, 3136, 12_845_056)),
    (r"qwen-?3-?vl", _QWEN3),
    (r"qwen-?3\.[5-9]", replace(_QWEN3, thinking="off")),
    # Opus 4.7 and later see more, and refuse a temperature (platform.claude.com/docs, 2026-11).
    (
        r"claude-(?:opus-4[-.][7-9]|[a-z]+-[5-9])",
        replace(_CLAUDE, max_pixels=4784 * 28 * 28, max_edge_px=2576, temperature=None),
    ),
    (r"claude", _CLAUDE),
    # Models that reason take no temperature and give no probabilities.
    (r"(?<![a-z])gpt-[5-9]|(?<![a-z0-9])o[1-9](?![a-z0-9.])", replace(_GPT, temperature=None, logprobs=False)),
    (r"(?<![a-z])(?:chat)?gpt(?!-oss)", _GPT),
    (r"florence-?2", ModelProfile("florence-2", "florence2", "square", structured=False, masks="polygons")),
    (r"kosmos-?2(?![.\d])", ModelProfile("kosmos-2", "kosmos2", "square", structured=False)),
    (r"deepseek-?(?:vl-?2|ocr)", ModelProfile("deepseek-vl2", "deepseek", structured=False)),
    (r"glm-?(?:\d(?:\.\d)?)?-?v", ModelProfile("glm-v", "json-xyxy-1000", thinking="off")),
    (r"dots\.?-?ocr", ModelProfile("dots.ocr", "json-xyxy-resized", "smart", 28, 3136, 11_289_600)),
    (r"paddleocr-?vl", ModelProfile("paddleocr-vl", "paddleocr", structured=False)),
    (r"molmo-?2", ModelProfile("molmo", "molmo2")),
    (r"molmo", ModelProfile("molmo", "molmo-percent")),
    (r"moondream", ModelProfile("moondream", "moondream", structured=False)),
    (r"intern-?vl", ModelProfile("internvl", "internvl")),
    (r"llava", ModelProfile("llava", "json-xyxy-1", "padded-square")),
)
"""Pattern on the lower-case model name -> profile; the first that is found in it counts. A family's name is such a name too."""


def profile_for(provider: str, model: str, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> ModelProfile:
    """The profile of a model by its name.

    Args:
        provider: as in `ModelName`.
        model: as in `ModelName`.
        overrides: family or full model name -> fields of `ModelProfile` that the settings set.

    Raises:
        UsageError: an override names no field, or a value that it cannot have.
    """
    name = model.lower()
    profile = next((found for pattern, found in FAMILIES if re.search(pattern, name)), ModelProfile("unknown"))
    for key in (profile.family, f"{provider}:{model}"):
        if overrides and key in overrides:
            profile = _changed(profile, key, overrides[key])
    return profile


def _changed(profile: ModelProfile, key: str, changes: Mapping[str, Any]) -> ModelProfile:
    known = {field.name for field in fields(ModelProfile)}
    for name in changes:
        if name not in known:
            raise UsageError(f"the profile {key!r} sets {name!r}", f"it has {', '.join(sorted(known))}")
    from pydantic import TypeAdapter, ValidationError

    hints = get_type_hints(ModelProfile)
    try:
        checked = {name: TypeAdapter(hints[name]).validate_python(value) for name, value in changes.items()}
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]["msg"]
        raise UsageError(
            f"the profile {key!r} has a value that it cannot have: {problem}", "see docs/models.md"
        ) from error
    for name, value in checked.items():
        if isinstance(value, int) and not isinstance(value, bool) and value < 1:
            raise UsageError(f"the profile {key!r} sets {name!r} to {value!r}", "sizes are 1 or more")
    return replace(profile, **checked)
