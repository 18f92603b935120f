"""Boxes out of the answers of vision models, whatever their family: docs/boxes.md has the conventions.

A box is either read as the model wrote it, or an error says why not: none is left out, completed or guessed. Whether an answer was
cut off is first of all what its `finish` says; where a syntax shows it too, it is noticed here.
"""

from vextract.boxes.florence2 import read_florence2
from vextract.boxes.frames import found
from vextract.boxes.json_boxes import read_xyxy, read_yxyx
from vextract.boxes.kosmos2 import CELLS, read_kosmos2
from vextract.boxes.molmo import read_molmo
from vextract.boxes.paddleocr import read_paddleocr
from vextract.boxes.paligemma import read_paligemma
from vextract.boxes.tagged import read_deepseek, read_internvl, read_qwen2
from vextract.boxes.types import Found, Syntax
from vextract.errors import UsageError
from vextract.geometry import to_pixels
from vextract.profiles import FAMILIES, BoxFormat, ModelProfile, profile_for

__all__ = ["SYNTAXES", "Found", "boxes_from_text", "read_boxes"]

SYNTAXES: dict[BoxFormat, Syntax] = {
    "json-yxyx-1000": Syntax(read_yxyx, 1000),
    "json-xyxy-1000": Syntax(read_xyxy, 1000),
    "json-xyxy-resized": Syntax(read_xyxy),
    "json-xyxy-1": Syntax(read_xyxy, 1),
    "moondream": Syntax(read_xyxy, 1),
    "qwen2-tokens": Syntax(read_qwen2, 1000),
    "paligemma": Syntax(read_paligemma, 1024),
    "florence2": Syntax(read_florence2, 1000),
    "kosmos2": Syntax(read_kosmos2, CELLS),
    "deepseek": Syntax(read_deepseek, 999),
    "paddleocr": Syntax(read_paddleocr, 1000),
    "internvl": Syntax(read_internvl, 1000),
    "molmo-percent": Syntax(read_molmo),
    "molmo2": Syntax(read_molmo),
}


def boxes_from_text(
    text: str, family: str, size: tuple[int, int]
) -> list[tuple[str, tuple[float, float, float, float]]]:
    """The boxes that a vision model answered, in pixels of the picture that it was given.

    Args:
        text: the model's whole answer.
        family: of the model, such as "gemini" or "qwen2.5-vl", or the model's name, such as "ollama:qwen2.5vl:7b".
        size: width and height of the picture in pixels.

    Returns:
        Label and (x0, y0, x1, y1) of each box, in the order of the answer: origin top left, y down, x0 <= x1, y0 <= y1, cut to the
        picture, not rounded. The label is "" where the model gave none. An answer that says that there is nothing gives [].

    Raises:
        UsageError: the family is not known, or the size cannot be.
        TruncatedAnswer: the answer is cut off.
        EmptyAnswer: it is empty.
        UnreadableAnswer: it is not what the family writes, or has an entry that is no box.
    """
    profile = profile_for("", family)
    if profile.family == "unknown":
        raise UsageError(f"no family of models is known by {family!r}", f"name one of {', '.join(_families())}")
    if min(size) <= 0:
        raise UsageError(f"a picture cannot be of {size!r} pixels", "give its width and height")
    return [(each.label, to_pixels(each.box, *size)) for each in read_boxes(text, profile, size)]


def read_boxes(text: str, profile: ModelProfile, sent_px: tuple[int, int]) -> list[Found]:
    """All that a model answered of each box.

    Args:
        text: the model's whole answer.
        profile: of its family; without a box format, the answer is read as JSON with pixels of the picture as it was sent.
        sent_px: width and height of the picture that was sent.

    Raises:
        TruncatedAnswer: the answer is cut off.
        EmptyAnswer: it is empty.
        UnreadableAnswer: it is not what the family writes, or has an entry that is no box.
    """
    syntax = SYNTAXES[profile.box_format or "json-xyxy-resized"]
    return [found(answered, profile, syntax.grid, sent_px) for answered in syntax.read(text)]


def _families() -> list[str]:
    return list(dict.fromkeys(profile.family for _, profile in FAMILIES))
