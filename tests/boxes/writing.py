"""Writes boxes as each family of models does, after the published syntaxes; the other direction of what is tested."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from vextract.profiles import profile_for

Size = tuple[int, int]
Labelled = tuple[str, tuple[float, float, float, float]]


@dataclass(frozen=True)
class Family:
    """How a family writes. grid: steps of a side, None for pixels. whole: whether the end of the answer can be seen in it."""

    write: Callable[[list[Labelled], Size], str]
    grid: int | None = 1000
    labels: bool = True
    whole: bool = True


def _grid(box: tuple[float, ...], size: Size, grid: int) -> list[int]:
    return [round(value / size[i % 2] * grid) for i, value in enumerate(box)]


def _bins(box: tuple[float, ...], size: Size, bins: int) -> list[int]:
    return [min(bins - 1, int(value / size[i % 2] * bins)) for i, value in enumerate(box)]


def _yxyx(boxes: list[Labelled], size: Size) -> str:
    rows = [(label, _grid(box, size, 1000)) for label, box in boxes]
    return (
        "```json\n" + json.dumps([{"box_2d": [y0, x0, y1, x1], "label": n} for n, (x0, y0, x1, y1) in rows]) + "\n```"
    )


def _bbox_2d(boxes: list[Labelled], size: Size) -> str:
    return json.dumps([{"bbox_2d": _grid(box, size, 1000), "label": label} for label, box in boxes], indent=1)


def _seen(family: str, box_key: str, label_key: str) -> Callable[[list[Labelled], Size], str]:
    def write(boxes: list[Labelled], size: Size) -> str:
        seen = profile_for("", family).seen_size(*size)
        rows = [(label, [round(v / size[i % 2] * seen[i % 2]) for i, v in enumerate(box)]) for label, box in boxes]
        return f"Here they are:\n{json.dumps([{box_key: box, label_key: label} for label, box in rows], ensure_ascii=False)}"

    return write


def _paligemma(boxes: list[Labelled], size: Size) -> str:
    rows = [(label, [min(1023, v) for v in _grid(box, size, 1024)]) for label, box in boxes]
    order = (1, 0, 3, 2)
    return " ; ".join("".join(f"<loc{box[i]:04}>" for i in order) + f" {label}" for label, box in rows)


def _florence(boxes: list[Labelled], size: Size) -> str:
    return "".join(label + "".join(f"<loc_{v}>" for v in _bins(box, size, 1000)) for label, box in boxes)


def _kosmos(boxes: list[Labelled], size: Size) -> str:
    cells = [(label, _bins(box, size, 32)) for label, box in boxes]
    return "<grounding> It shows" + " and".join(
        f"<phrase> {label}</phrase><object><patch_index_{y0 * 32 + x0:04}><patch_index_{y1 * 32 + x1:04}></object>"
        for label, (x0, y0, x1, y1) in cells
    )


def _deepseek(boxes: list[Labelled], size: Size) -> str:
    return "\n".join(f"<|ref|>{n}<|/ref|><|det|>[{_grid(box, size, 999)}]<|/det|>" for n, box in boxes)


def _internvl(boxes: list[Labelled], size: Size) -> str:
    return ", ".join(f"<ref>{label}</ref><box>[{_grid(box, size, 1000)}]</box>" for label, box in boxes)


def _qwen2(boxes: list[Labelled], size: Size) -> str:
    rows = [(label, _grid(box, size, 1000)) for label, box in boxes]
    return "".join(
        f"<|object_ref_start|>{n}<|object_ref_end|><|box_start|>({x0},{y0}),({x1},{y1})<|box_end|>"
        for n, (x0, y0, x1, y1) in rows
    )


def _paddle(boxes: list[Labelled], size: Size) -> str:
    rows = [(label, _grid(box, size, 1000)) for label, box in boxes]
    return "\n".join(
        label + "".join(f"<|LOC_{v}|>" for v in (x0, y0, x1, y0, x1, y1, x0, y1)) for label, (x0, y0, x1, y1) in rows
    )


def _moondream(boxes: list[Labelled], size: Size) -> str:
    names = ("x_min", "y_min", "x_max", "y_max")
    shares = [[value / size[i % 2] for i, value in enumerate(box)] for _, box in boxes]
    return json.dumps({"objects": [dict(zip(names, box, strict=True)) for box in shares]})


def _llava(boxes: list[Labelled], size: Size) -> str:
    side = max(size)
    margins = ((side - size[0]) / 2, (side - size[1]) / 2)
    squares = [[round((v + margins[i % 2]) / side, 5) for i, v in enumerate(box)] for _, box in boxes]
    return json.dumps(squares)


FAMILIES: dict[str, Family] = {
    "gemini": Family(_yxyx),
    "gemma": Family(_yxyx),
    "qwen3-vl": Family(_bbox_2d),
    "glm-v": Family(_bbox_2d),
    "qwen2.5-vl": Family(_seen("qwen2.5-vl", "bbox_2d", "label"), None),
    "dots.ocr": Family(_seen("dots.ocr", "bbox", "category"), None),
    "claude": Family(_seen("claude", "bbox", "label"), None),
    "gpt": Family(_seen("gpt", "bounding_box", "name"), None),
    "moondream": Family(_moondream, 100_000, labels=False),
    "llava": Family(_llava, 100_000, labels=False),
    # There is no 1024: at the far edges it is a whole unit off.
    "paligemma": Family(_paligemma, 512, whole=False),
    "florence-2": Family(_florence, whole=False),
    "kosmos-2": Family(_kosmos, 32, whole=False),
    "deepseek-vl2": Family(_deepseek, 999, whole=False),
    "internvl": Family(_internvl, whole=False),
    "qwen2-vl": Family(_qwen2, whole=False),
    "paddleocr-vl": Family(_paddle, whole=False),
}
