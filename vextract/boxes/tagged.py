"""Boxes between tags, after the tags of their label: DeepSeek-VL2 and -OCR, InternVL, Qwen-VL and Qwen2-VL."""

import re
from dataclasses import dataclass

from vextract.answers import read_json
from vextract.boxes.failures import cut_off, unreadable
from vextract.boxes.numbers import four, says_nothing, without_ends
from vextract.boxes.types import Answered, Corners

__all__ = ["read_deepseek", "read_internvl", "read_qwen2"]


@dataclass(frozen=True, slots=True)
class _Tags:
    """What stands before and after a label and its boxes. `labelled`: whether boxes always have a label."""

    label: tuple[str, str]
    boxes: tuple[str, str]
    labelled: bool = False


_DEEPSEEK = _Tags(("<|ref|>", "<|/ref|>"), ("<|det|>", "<|/det|>"), labelled=True)
_INTERNVL = _Tags(("<ref>", "</ref>"), ("<box>", "</box>"))
_QWEN2 = _Tags(("<|object_ref_start|>", "<|object_ref_end|>"), ("<|box_start|>", "<|box_end|>"))
_NUMBER = r"\s*(-?\d+(?:\.\d+)?)\s*"
_CORNERS = re.compile(rf"\s*\({_NUMBER},{_NUMBER}\)\s*,?\s*\({_NUMBER},{_NUMBER}\)\s*")


def read_deepseek(text: str) -> list[Answered]:
    """The boxes of <|ref|>cat<|/ref|><|det|>[[x0, y0, x1, y1], …]<|/det|> …, in 999ths."""
    return _read(text, _DEEPSEEK)


def read_internvl(text: str) -> list[Answered]:
    """The boxes of <ref>cat</ref><box>[[x0, y0, x1, y1], …]</box> …, in 1000ths."""
    return _read(text, _INTERNVL)


def read_qwen2(text: str) -> list[Answered]:
    """The boxes of <|object_ref_start|>cat<|object_ref_end|><|box_start|>(x0,y0),(x1,y1)<|box_end|> …, in 1000ths.

    Qwen-VL, the one before, wrote <ref> and <box> around the same.
    """
    return _read(text, _INTERNVL if "<box>" in text else _QWEN2)


def _read(text: str, tags: _Tags) -> list[Answered]:
    body = without_ends(text)
    if says_nothing(body):
        return []
    group = _group(tags)
    _check_rest(group.sub("", body), tags)
    box = re.compile(_between(tags.boxes), re.DOTALL)
    groups = list(group.finditer(body))
    if not groups:
        raise unreadable("the answer has no boxes", body)
    found: list[Answered] = []
    for each in groups:
        label = each[1]
        if label is None and tags.labelled:
            raise unreadable("the answer has boxes without a label", each[0])
        found += [
            Answered((label or "").strip(), corners) for part in box.findall(each[2]) for corners in _corners(part)
        ]
    return found


def _between(tags: tuple[str, str]) -> str:
    """A pattern of what stands between two tags, which has neither."""
    start, end = map(re.escape, tags)
    return f"{start}((?:(?!{start}|{end}).)*){end}"


def _group(tags: _Tags) -> re.Pattern[str]:
    boxes = _between(tags.boxes).replace("((?:", "(?:(?:")
    return re.compile(rf"(?:{_between(tags.label)}\s*)?((?:{boxes}\s*)+)", re.DOTALL)


def _check_rest(rest: str, tags: _Tags) -> None:
    """Nothing, if what stands outside of labels and boxes is prose; else the answer ends within one of them."""
    all_tags = (*tags.label, *tags.boxes)
    left = next((tag for tag in all_tags if tag in rest), None)
    if left or any(rest.endswith(tag[:n]) for tag in all_tags for n in range(1, len(tag))):
        raise cut_off("the answer ends within a label or its boxes", rest[-40:])


def _corners(part: str) -> list[Corners]:
    """The boxes between two tags: a JSON list of lists, one list, or two corners in parentheses."""
    if match := _CORNERS.fullmatch(part):
        x0, y0, x1, y1 = map(float, match.groups())
        return [(x0, y0, x1, y1)]
    value = read_json(part).value
    boxes = [value] if four(value) else value
    found = [corners for box in boxes if (corners := four(box))] if isinstance(boxes, list) else []
    if not isinstance(boxes, list) or len(found) < len(boxes):
        raise unreadable("the answer has a box that is not four numbers", part)
    return found
