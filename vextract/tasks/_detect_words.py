"""How each family of vision models is asked for boxes, as data: in the words that its makers trained or recommend.

Places: `$labels`, or the one label where a family takes one a request; `$width` and `$height`, the pixels that numbers refer to;
`$most`, how many objects at most. Nowhere is a score asked for: a number that a model writes about itself is no measurement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vextract.profiles import BoxFormat, ModelProfile

__all__ = ["LAYOUT", "FamilyWords", "Shape", "schema_of", "words_for"]


@dataclass(frozen=True, slots=True)
class Shape:
    """The JSON that a family is held to. `root`: the key of the list in an object; None: a bare list. `grid`: None for pixels."""

    key: str
    root: str | None = None
    grid: int | None = 1000


@dataclass(frozen=True, slots=True)
class FamilyWords:
    """How a family is asked.

    Attributes:
        some: for objects of certain labels; None: it cannot be asked for any.
        everything: for all that stands out; None: it has to be told what to find.
        outlines, all_outlines: the same with masks.
        each: whether it takes one label a request.
        between: what parts labels where it takes several.
        kinds: all labels that it has, where it has no others.
        shape: of its JSON; None: it writes tokens, or JSON of its own that no schema may bend.
        json: whether labels stand in quotation marks, escaped; else they must not have what its own syntax is made of.
        system: whether standing instructions may go along; models of one fixed prompt take them for a part of it.
        reads: whether a label of its answer is what is written there.
        syntax: what a label must not have, besides tags.
    """

    some: str | None
    everything: str | None
    outlines: str | None = None
    all_outlines: str | None = None
    each: bool = False
    between: str = ", "
    kinds: tuple[str, ...] = ()
    shape: Shape | None = None
    json: bool = False
    system: bool = False
    reads: bool = False
    syntax: str = ""


_EACH = (
    "Every single object gets an entry of its own, also where many of a kind stand close together or are cut by the edge. Leave "
    "none out, and add nothing that is not there. "
)
_SOME = (
    "Detect all objects of these kinds in this picture: $labels. "
    + _EACH
    + "The label is one of the kinds, written exactly as above."
)
_EVERYTHING = (
    "Detect all objects that stand out in this picture. "
    + _EACH
    + "The label says in one to three words what it is; objects of one kind have the same label."
)
_END = " If there is nothing to be found, the list is empty. Give at most $most objects."
# Source: ai.google.dev/gemini-api/docs/image-understanding, "Object detection", 2026-11. Its cookbook caps at 25 objects.
_YXYX = (
    '\nAnswer with a JSON list of {"box_2d": [ymin, xmin, ymax, xmax], "label": "…"} and nothing else, the numbers normalized to '
    "0-1000 of the height and the width of the picture." + _END
)
# Source: cookbooks/2d_grounding.ipynb of github.com/QwenLM/Qwen3-VL: "Report bbox coordinates in JSON format". The same with
# Qwen2.5-VL, whose numbers are pixels of what it sees: that is how it was trained, and it is not told the size there either.
_QWEN = (
    '\nReport bbox coordinates in JSON format, as a list of {"bbox_2d": [x1, y1, x2, y2], "label": "…"} and nothing else.'
    + _END
)
# Source: the skill "glmv-grounding" of github.com/zai-org/GLM-skills, 2026-03.
_GLM = (
    '\nAnswer with a JSON list of {"label": "…", "bbox_2d": [x1, y1, x2, y2]} and nothing else, the coordinates normalized to '
    "0-1000 of the width and the height of the picture." + _END
)
# Source: platform.claude.com/docs, "Coordinates and bounding boxes", 2026-11: absolute pixels, asked for explicitly. Of GPT and of
# families that are not known nothing is documented; told the size, they have a frame to answer in.
_PIXELS = (
    "\nThe picture is $width pixels wide and $height pixels high. Answer with JSON, "
    '{"objects": [{"bbox": [x1, y1, x2, y2], "label": "…"}]}, and nothing else: the upper left and the lower right corner in pixel '
    "coordinates of the picture, origin at its upper left." + _END
)
# Source: ai.google.dev/gemini-api/docs/image-understanding, "Image segmentation", 2026-11. The server puts PNGs where the model
# writes codes of its own; held to a schema it could not write these.
_GEMINI_MASKS = (
    "\nOutput a JSON list of segmentation masks where each entry contains the 2D bounding box in the key "
    '"box_2d" as [ymin, xmin, ymax, xmax] normalized to 0-1000, the segmentation mask in key "mask", and the text label in the key '
    '"label".' + _END
)
# Source: `prompt_layout_only_en` in dots_ocr/utils/prompts.py of github.com/rednote-hilab/dots.ocr; it knows its few prompts only.
LAYOUT = (
    *("Caption", "Footnote", "Formula", "List-item", "Page-footer", "Page-header"),
    *("Picture", "Section-header", "Table", "Text", "Title"),
)
_DOTS = (
    "Please output the layout information from this PDF image, including each layout's bbox and its category. The bbox should be "
    f"in the format [x1, y1, x2, y2]. The layout categories for the PDF document include {list(LAYOUT)!r}. Do not output the "
    "corresponding text. The layout result should be in JSON format."
)

_QWEN_SHAPE = Shape("bbox_2d")

_WORDS: Mapping[tuple[BoxFormat, str], FamilyWords] = {
    ("json-yxyx-1000", ""): FamilyWords(
        _SOME + _YXYX,
        _EVERYTHING + _YXYX,
        outlines=_SOME + _GEMINI_MASKS,
        all_outlines=_EVERYTHING + _GEMINI_MASKS,
        shape=Shape("box_2d"),
        json=True,
        system=True,
    ),
    ("json-xyxy-1000", ""): FamilyWords(_SOME + _QWEN, _EVERYTHING + _QWEN, shape=_QWEN_SHAPE, json=True, system=True),
    ("json-xyxy-1000", "glm-v"): FamilyWords(
        _SOME + _GLM, _EVERYTHING + _GLM, shape=_QWEN_SHAPE, json=True, system=True
    ),
    ("json-xyxy-resized", ""): FamilyWords(
        _SOME + _PIXELS, _EVERYTHING + _PIXELS, shape=Shape("bbox", "objects", None), json=True, system=True
    ),
    ("json-xyxy-resized", "qwen2.5-vl"): FamilyWords(
        _SOME + _QWEN, _EVERYTHING + _QWEN, shape=Shape("bbox_2d", grid=None), json=True, system=True
    ),
    ("json-xyxy-resized", "dots.ocr"): FamilyWords(_DOTS, _DOTS, kinds=LAYOUT),
    # Source: the paper of LLaVA-1.5 (arxiv.org/abs/2310.03744), the prompt of its referring expressions; it answers with one box.
    ("json-xyxy-1", ""): FamilyWords(
        "Please provide the bounding box coordinate of the region this sentence describes: $labels", None, each=True
    ),
    # Source: ai.google.dev/gemma/docs/paligemma/prompt-system-instructions, 2026-11.
    ("paligemma", ""): FamilyWords("detect $labels", None, "segment $labels", between=" ; ", syntax=";"),
    # Source: the task prompts of the Florence-2 processor in transformers 5, which takes each of them alone with one phrase.
    ("florence2", ""): FamilyWords(
        "<OPEN_VOCABULARY_DETECTION>$labels", "<OD>", "<REFERRING_EXPRESSION_SEGMENTATION>$labels", each=True
    ),
    # Source: the model card of microsoft/kosmos-2-patch14-224, "Phrase grounding" and "Grounded image captioning".
    ("kosmos2", ""): FamilyWords(
        "<grounding><phrase> $labels</phrase>", "<grounding>Describe this image in detail:", each=True
    ),
    # Source: the paper of DeepSeek-VL2 (arxiv.org/abs/2412.10302), section 3; the README of DeepSeek-OCR has the same.
    ("deepseek", ""): FamilyWords(
        "Locate <|ref|>$labels<|/ref|> in the given image.",
        "<|grounding|>Can you describe the content of the image?",
        each=True,
    ),
    # Source: the paper of Qwen2-VL (arxiv.org/abs/2409.12191), section 2: the tokens around what is referred to.
    ("qwen2-tokens", ""): FamilyWords(
        "Detect the bounding box of <|object_ref_start|>$labels<|object_ref_end|>.",
        "Detect the bounding boxes of all objects in the picture.",
        each=True,
    ),
    # Source: internvl.readthedocs.io, "Chat data format", grounding and detection data.
    ("internvl", ""): FamilyWords(
        "Please provide the bounding box coordinate of the region this sentence describes: <ref>$labels</ref>",
        "Please detect and label all objects in the following image and mark their positions.",
        each=True,
    ),
    # Source: the model card of PaddlePaddle/PaddleOCR-VL-1.5, the task "spotting".
    ("paddleocr", ""): FamilyWords(None, "Spotting:", reads=True),
    # Source: the template "detect" in moondream/torch/config.py of github.com/vikhyat/moondream.
    ("moondream", ""): FamilyWords("Detect: $labels", None, each=True),
}


def words_for(profile: ModelProfile) -> FamilyWords | None:
    """How models of that profile are asked; None where they have no boxes."""
    box_format = profile.box_format or "json-xyxy-resized"
    return _WORDS.get((box_format, profile.family)) or _WORDS.get((box_format, ""))


def schema_of(shape: Shape, labels: tuple[str, ...], at_most: int, largest: int) -> dict[str, Any]:
    """The JSON schema of an answer: boxes of four integers from 0 to `largest`, and labels, of those given if there are any."""
    label: dict[str, Any] = {"type": "string", "enum": list(labels)} if labels else {"type": "string", "maxLength": 200}
    number = {"type": "integer", "minimum": 0, "maximum": largest}
    entry = {
        "type": "object",
        "properties": {
            shape.key: {"type": "array", "items": number, "minItems": 4, "maxItems": 4},
            "label": label,
        },
        "required": [shape.key, "label"],
        "additionalProperties": False,
    }
    entries = {"type": "array", "items": entry, "maxItems": at_most}
    if shape.root is None:
        return entries
    return {
        "type": "object",
        "properties": {shape.root: entries},
        "required": [shape.root],
        "additionalProperties": False,
    }
