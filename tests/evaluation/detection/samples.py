"""A small data set in COCO's form, records of what was found in it, and what pycocotools itself says of both."""

import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from copy import deepcopy
from random import Random
from typing import Any

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

Corners = tuple[float, float, float, float]
Moved = Callable[[Corners], Corners]
LABELS = ["cat", "red car", "Wheel"]


def coco(images: int = 6, seed: int = 0, most: int = 9) -> dict[str, Any]:
    """Pictures of different sizes with boxes of three labels, some of them small, some on top of each other."""
    random = Random(seed)
    dataset: dict[str, Any] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": 7 + number, "name": label} for number, label in enumerate(LABELS)],
    }
    for image in range(images):
        width, height = random.randint(200, 900), random.randint(200, 900)
        dataset["images"].append({"id": image, "file_name": f"in/{image}.png", "width": width, "height": height})
        for _ in range(random.randint(1, most)):
            w, h = random.randint(8, width // 2), random.randint(8, height // 2)
            box = [random.randint(0, width - w - 40), random.randint(0, height - h - 40), w, h]
            annotation = {"image_id": image, "category_id": random.randint(7, 9), "bbox": box, "iscrowd": 0}
            dataset["annotations"].append(annotation | {"id": len(dataset["annotations"]) + 1, "area": w * h})
    return dataset


def records(
    dataset: dict[str, Any], moved: Moved = lambda c: c, score: Callable[[int], float | None] = lambda _: None
) -> Any:
    """Records of detect as `vextract detect` writes them, of other folders, with boxes moved; score is by the annotation's id."""
    names = {category["id"]: category["name"] for category in dataset["categories"]}
    return [
        {
            "source": "/data/" + image["file_name"].rpartition("/")[2],
            "task": "detect",
            "pages": [{"number": 1, "width": image["width"], "height": image["height"]}],
            "data": {
                "objects": [
                    {
                        "page": 1,
                        "label": names[a["category_id"]],
                        "box": list(
                            moved(
                                (a["bbox"][0], a["bbox"][1], a["bbox"][0] + a["bbox"][2], a["bbox"][1] + a["bbox"][3])
                            )
                        ),
                        "score": score(a["id"]),
                    }
                    for a in dataset["annotations"]
                    if a["image_id"] == image["id"]
                ]
            },
        }
        for image in dataset["images"]
    ]


def oracle(dataset: dict[str, Any], found: Sequence[dict[str, Any]], by: str = "bbox") -> list[float]:
    """AP, AP50 and AP75 as pycocotools reckons them of COCO results, by its documented steps."""
    with redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = deepcopy(dataset)
        truth.createIndex()
        judge = COCOeval(truth, truth.loadRes(deepcopy(list(found))), by)
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return [float(number) for number in judge.stats[:3]]


def coco_results(dataset: dict[str, Any], given: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The objects of records as COCO results; no score is taken as 0.5."""
    ids = {category["name"]: category["id"] for category in dataset["categories"]}
    found = []
    for image, record in zip(dataset["images"], given, strict=True):
        for o in record["data"]["objects"]:
            x0, y0, x1, y1 = o["box"]
            score = 0.5 if o["score"] is None else o["score"]
            box = [x0, y0, x1 - x0, y1 - y0]
            found.append({"image_id": image["id"], "category_id": ids[o["label"]], "bbox": box, "score": score})
    return found


def by(x: float, y: float) -> Moved:
    """Boxes shifted by so many pixels."""
    return lambda c: (c[0] + x, c[1] + y, c[2] + x, c[3] + y)
