"""Average precision, by COCO's own code."""

from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any, Literal

from vextract.evaluation.detection.masks import empty
from vextract.evaluation.detection.metrics import AveragePrecision
from vextract.evaluation.detection.pictures import Annotation, Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Precisions", "average_precision"]

Pair = tuple[Picture, Picture | None]
# COCO cuts each picture at 100 objects of a label, for detectors that guess thousands of boxes. Here nothing is cut: a page has
# more words than that.
_LEAST_CUT = 100
# COCO's code adds the smallest number to what it divides by, so that all being right is a trifle below 1.
_DECIMALS = 12
# Below every score, and the same for all: among equals the order of the answer counts.
_UNKNOWN = -1.0


@dataclass(frozen=True, slots=True)
class Precisions:
    """Average precision over all labels that the truth has (the mean of theirs), and of each label asked for."""

    overall: AveragePrecision
    labels: tuple[AveragePrecision, ...]


def average_precision(pairs: Sequence[Pair], keys: Sequence[str], by: Literal["bbox", "segm"]) -> Precisions:
    """COCO's average precision of some pages.

    Args:
        pairs: each page of the truth with that of the result, in the same pixels; None if there is none.
        keys: of labels, see `label_key`; all that the pages have.
        by: what is compared, boxes or masks. For masks all objects of the truth have one; one of the result that has none covers
            nothing.
    """
    numbers = {key: number for number, key in enumerate(keys, 1)}
    images = [{"id": at, "width": true.width_px, "height": true.height_px} for at, (true, _) in enumerate(pairs, 1)]
    categories = [{"id": number, "name": key} for key, number in numbers.items()]
    true = [_told(each, at, page, numbers) for at, (page, _) in enumerate(pairs, 1) for each in page.objects]
    found = [_told(each, at, page, numbers) for at, (_, page) in enumerate(pairs, 1) if page for each in page.objects]
    truth, results = ({"images": images, "categories": categories, "annotations": _numbered(o)} for o in (true, found))
    precision = _measured(truth, results, by)
    labels = tuple(_averages(precision[:, :, at]) for at in range(len(keys)))
    return Precisions(_averages(precision), labels)


def _told(each: Annotation, image: int, page: Picture, numbers: dict[str, int]) -> dict[str, Any]:
    """The object as COCO's tools take it."""
    return {
        "image_id": image,
        "category_id": numbers[each.key],
        "bbox": list(each.xywh),
        "area": each.xywh[2] * each.xywh[3],
        "iscrowd": int(each.is_crowd),
        "score": _UNKNOWN if each.score is None else each.score,
        "segmentation": each.segmentation or empty(page.width_px, page.height_px),
    }


def _numbered(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # From 1: COCO's code takes a match with number 0 for none (cocodataset/cocoapi, evaluateImg).
    return [{"id": number} | each for number, each in enumerate(objects, 1)]


def _measured(truth: dict[str, Any], results: dict[str, Any], by: str) -> "NDArray[np.float64]":
    """Precision at (10 thresholds of IoU, 101 of recall, labels), -1 where the truth has no object."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    # It prints what it does; standard output is for the result.
    with redirect_stdout(StringIO()):
        sides = []
        for dataset in (truth, results):
            side = COCO()
            side.dataset = dataset
            side.createIndex()
            sides.append(side)
        judge = COCOeval(*sides, by)
        judge.params.maxDets = [max(_LEAST_CUT, len(results["annotations"]))]
        judge.params.areaRng, judge.params.areaRngLbl = [[0, float("inf")]], ["all"]
        judge.evaluate()
        judge.accumulate()
    precision: NDArray[np.float64] = judge.eval["precision"][:, :, :, 0, 0]
    return precision


def _averages(precision: "NDArray[np.float64]") -> AveragePrecision:
    """Means over what could be measured; the thresholds of IoU are 0.5, 0.55 and so on."""
    return AveragePrecision(*(_mean(part) for part in (precision, precision[0], precision[5])))


def _mean(precision: "NDArray[np.float64]") -> float | None:
    known = precision[precision > -1]
    return round(float(known.mean()), _DECIMALS) if known.size else None
