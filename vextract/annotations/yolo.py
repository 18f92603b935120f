"""YOLO's labels as Ultralytics and Roboflow read them: a line for each object, sides in fractions of the picture.

Written are boxes alone; `yolo_seg` writes outlines. There is no place for scores and texts: a sixth number in a line of training
data is refused by Ultralytics. Source: docs.ultralytics.com/datasets/detect and /segment, 2026-11.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vextract.annotations import PICTURES, Classes, FolderFormat, Sample
from vextract.annotations._files import content, files_below, picture_size, record_of, unfit
from vextract.annotations._outlines import around, score_of
from vextract.detection import Detection, Detections, Mask
from vextract.errors import InputError
from vextract.geometry import clip
from vextract.types import Box, Record

__all__ = ["FORMAT", "as_line"]

_WHAT = "file of YOLO labels"
_INDEX = "data.yaml"
_LABELS, _PICTURES = "labels", "images"
# Lists of classes of tools that write no data.yaml: one name a line.
_LISTS = ("classes.txt", "obj.names")
# How far out of 0..1 a number may lie for rounding; further out it is no fraction.
_SLACK = 0.01


def as_line(number: int, sides: list[float]) -> str:
    """One object: its class, and fractions to a hundred-millionth."""
    return " ".join([str(number), *(f"{side:.8f}" for side in sides)]) + "\n"


def _render(sample: Sample, classes: Classes) -> bytes:
    lines = []
    for found in sample.objects:
        x0, y0, x1, y1 = found.box.x0, found.box.y0, found.box.x1, found.box.y1
        lines.append(as_line(classes.number(found.label), [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0]))
    return "".join(lines).encode()


def _render_index(classes: Classes, before: Path) -> bytes:
    """What the file says stays, but for the classes; a new one names the pictures.

    Both splits are all pictures: how to part them is the user's to say. Without `path`, the file's own folder is the root.
    """
    import yaml

    told = _yaml(before) if before.is_file() else {"train": _PICTURES, "val": _PICTURES}
    told |= {"nc": len(classes), "names": dict(enumerate(classes.labels))}
    # PyYAML 6.0 writes a "next line" as it is and reads it as a blank. Long names are not to be wrapped.
    legible = not any("\x85" in label for label in classes.labels)
    text: str = yaml.safe_dump(told, sort_keys=False, allow_unicode=legible, width=math.inf)
    return text.encode()


def _read_index(path: Path) -> Classes:
    names, _ = _names(path)
    classes = Classes(names[number] for number in sorted(names))
    if dict(enumerate(classes.labels)) != names:
        raise unfit(path, "list of classes to go on with", "numbers are left out, or a name comes twice")
    return classes


def _yaml(path: Path) -> dict[str, Any]:
    import yaml

    try:
        told = yaml.safe_load(content(path))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise unfit(path, "YAML", " ".join(str(error).split())[:200]) from error
    if not isinstance(told, dict):
        raise unfit(path, _INDEX, "it has no list of `names`")
    return told


def _names(path: Path) -> tuple[dict[int, str], int]:
    """The names by number, and how many numbers of key points follow a box (0 if none)."""
    told = _yaml(path)
    names = told.get("names")
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or not all(str(key).isdecimal() for key in names):
        raise unfit(path, _INDEX, "it has no list of `names`")
    shape = told.get("kpt_shape")
    points = math.prod(shape) if isinstance(shape, list) and all(isinstance(n, int) for n in shape) else 0
    return {int(key): str(name) for key, name in names.items()}, points


def _root(path: Path) -> Path:
    """The dataset's folder, where its data.yaml was named."""
    return path if path.is_dir() else path.parent


def _named(path: Path) -> Path | None:
    """The file that lists the classes; None if there is none."""
    if not path.is_dir():
        return path
    for name in (_INDEX, "data.yml", "dataset.yaml", *_LISTS, f"{_LABELS}/{_LISTS[0]}"):
        if (path / name).is_file():
            return path / name
    return None


def _classes(path: Path) -> tuple[dict[int, str], int]:
    file = _named(path)
    if file is None:
        hint = "put a data.yaml with the `names` of the classes there"
        raise InputError(f"{str(path)!r} does not say what its classes are called", hint)
    if file.suffix in (".yaml", ".yml"):
        return _names(file)
    return dict(enumerate(content(file).decode("utf-8-sig", "surrogateescape").splitlines())), 0


def _tells(path: Path, head: bytes) -> bool:
    if not path.is_dir():
        return path.suffix in (".yaml", ".yml") and b"names" in head
    return _named(path) is not None or (path / _LABELS).is_dir()


def _read(path: Path) -> Iterator[Record[Detections]]:
    """A record for each picture; one without a file of labels has no objects.

    A file of labels without its picture cannot be understood: nothing in it states the picture's size.
    """
    names, points = _classes(path)
    root = _root(path)
    pictures = [file for file in files_below(root, "") if file.suffix.lower() in PICTURES and file.is_file()]
    labels = {_labels_of(picture) for picture in pictures}
    lists = {*_LISTS, "train.txt", "val.txt", "test.txt"}
    for file in files_below(root, ".txt"):
        if file not in labels and file.name not in lists and _LABELS in file.relative_to(root).parts[:-1]:
            hint = f"put its picture into the folder {_PICTURES!r} beside {_LABELS!r}"
            raise InputError(f"{str(file)!r} has no picture, so that the size of its boxes is not known", hint)
    for picture in pictures:
        file = _labels_of(picture)
        lines = content(file).decode("utf-8-sig", "replace").splitlines() if file.is_file() else []
        told = [(number, line.split()) for number, line in enumerate(lines, 1) if line.strip()]
        objects = [_detection(values, names, points, f"line {number}", file) for number, values in told]
        yield record_of(str(picture), picture_size(picture), objects)


def _labels_of(picture: Path) -> Path:
    """Where the labels of a picture lie: in `labels` if it lies in `images`, as Ultralytics has it; else beside it."""
    return _labels_folder(picture.parent) / f"{picture.stem}.txt"


def _labels_folder(folder: Path) -> Path:
    parts = list(folder.parts)
    if _PICTURES in parts:
        last = len(parts) - 1 - parts[::-1].index(_PICTURES)
        parts[last] = _LABELS
    return Path(*parts)


def _detection(values: list[str], names: dict[int, str], points: int, where: str, path: Path) -> Detection:
    try:
        number, sides = float(values[0]), [float(value) for value in values[1:]]
    except ValueError as error:
        raise unfit(path, _WHAT, f"{where}: {error}") from error
    if len(sides) < 4:
        raise unfit(path, _WHAT, f"{where} has {len(values)} numbers, an object has at least 5")
    if number not in names:
        raise unfit(path, _WHAT, f"{where}: class {values[0]} has no name")
    if points and len(sides) == 4 + points:
        sides = sides[:4]
    score: float | None = None
    if len(sides) % 2:
        # A whole number in the last place is the number of a track; a score has a fraction.
        score = score_of(sides[-1]) if "." in values[-1] else None
        sides = sides[:-1]
    if not all(-_SLACK <= side <= 1 + _SLACK for side in sides):
        raise unfit(path, _WHAT, f"{where} has numbers that are no fractions of the picture")
    mask = _mask(sides) if len(sides) > 4 else None
    return Detection(1, names[int(number)], around(mask) if mask else _box(sides), score, mask=mask)


def _box(sides: list[float]) -> Box:
    x, y, width, height = sides
    return clip(Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2))


def _mask(sides: list[float]) -> Mask:
    points = (clip(Box(x, y, x, y)) for x, y in zip(sides[::2], sides[1::2], strict=True))
    return Mask((tuple((point.x0, point.y0) for point in points),))


FORMAT = FolderFormat(
    suffix=".txt",
    annotations=_LABELS,
    pictures=_PICTURES,
    render=_render,
    read=_read,
    tells=_tells,
    index=_INDEX,
    render_index=_render_index,
    read_index=_read_index,
)
