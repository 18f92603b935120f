"""Truth in a COCO annotations file: as much of the format as its own tools need to evaluate boxes and masks.

Source: cocodataset.org/#format-data, "Object Detection".
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from vextract.errors import InputError
from vextract.evaluation.detection.masks import Segmentation, checked_code
from vextract.evaluation.detection.pictures import Annotation, Picture, Xywh

__all__ = ["TruthImage", "is_coco", "truth_images"]

_HINT = "give COCO annotations of objects: images, annotations with bbox, categories"
# COCO's code walks along an outline pixel by pixel, inside the image or not.
_FARTHEST = 10
_Number = Annotated[float, Field(allow_inf_nan=False)]
_Side = Annotated[int, Field(gt=0)]


class _Rle(BaseModel):
    size: tuple[_Side, _Side]
    counts: str | list[Annotated[int, Field(ge=0)]]


class _Image(BaseModel):
    id: int | str
    file_name: Annotated[str, Field(min_length=1)]
    width: _Side
    height: _Side
    page: Annotated[int, Field(ge=1)] | None = None


class _Category(BaseModel):
    id: int | str
    name: str


class _Annotation(BaseModel):
    image_id: int | str
    category_id: int | str
    bbox: list[_Number] | None = None
    segmentation: list[list[_Number]] | list[_Number] | _Rle | None = None
    iscrowd: bool = False


class _Dataset(BaseModel):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


@dataclass(frozen=True, slots=True)
class TruthImage:
    """One image of the file, with its objects. `page` is None unless the file says of which page of a document it is."""

    file_name: str
    page: int | None
    picture: Picture


def is_coco(value: object) -> bool:
    """Whether some JSON is meant as COCO annotations."""
    return isinstance(value, Mapping) and all(isinstance(value.get(key), list) for key in ("images", "annotations"))


def truth_images(value: Mapping[str, Any], where: str) -> list[TruthImage]:
    """The images of a COCO file in its order.

    Args:
        value: the parsed file.
        where: it comes from, for messages.

    Raises:
        InputError: it is not as COCO has it, or an annotation belongs to no image or category of it.
    """
    try:
        dataset = _Dataset.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InputError(f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}", _HINT) from error
    images = {image.id: image for image in dataset.images}
    if len(images) < len(dataset.images):
        raise InputError(f"{where}: several images have the same id", "each image has an id of its own")
    names = {category.id: category.name for category in dataset.categories}
    objects: dict[int | str, list[Annotation]] = defaultdict(list)
    for number, each in enumerate(dataset.annotations):
        place = f"{where}: annotations.{number}"
        if each.image_id not in images:
            raise InputError(f"{place}: no image has the id {each.image_id!r}", _HINT)
        if each.category_id not in names:
            raise InputError(f"{place}: no category has the id {each.category_id!r}", _HINT)
        objects[each.image_id].append(_annotation(each, names[each.category_id], images[each.image_id], place))
    return [
        TruthImage(image.file_name, image.page, Picture(image.width, image.height, tuple(objects[image.id])))
        for image in images.values()
    ]


def _annotation(each: _Annotation, label: str, image: _Image, place: str) -> Annotation:
    mask = _mask(each, image, place)
    match each.bbox:
        case [x, y, width, height] if width >= 0 and height >= 0:
            box: Xywh = (x, y, width, height)
        case None | [] if mask:
            box = _box_around(mask, image)
        case _:
            raise InputError(f"{place}: {each.bbox!r} is no bbox", "a bbox is [x, y, width, height] in pixels")
    return Annotation(label, box, None, mask, each.iscrowd)


def _mask(each: _Annotation, image: _Image, place: str) -> Segmentation | None:
    if isinstance(each.segmentation, _Rle):
        try:
            return checked_code(each.segmentation.size, each.segmentation.counts, (image.width, image.height))
        except ValueError as error:
            raise InputError(f"{place}: {error}", _HINT) from error
    polygons = [polygon for polygon in each.segmentation or () if isinstance(polygon, list)]
    if not polygons and each.segmentation:
        # Some tools leave out the outer list where there is one polygon.
        polygons = [[number for number in each.segmentation if isinstance(number, float)]]
    far = _FARTHEST * max(image.width, image.height)
    if any(abs(number) > far for polygon in polygons for number in polygon):
        raise InputError(
            f"{place}: an outline leaves its image of {image.width} x {image.height} pixels far behind", _HINT
        )
    # Fewer than three points enclose nothing, and four numbers would be taken for a box.
    return [polygon for polygon in polygons if len(polygon) >= 6 and len(polygon) % 2 == 0] or None


def _box_around(mask: Segmentation, image: _Image) -> Xywh:
    from pycocotools import mask as coco_mask

    code = coco_mask.merge(coco_mask.frPyObjects(mask, image.height, image.width)) if isinstance(mask, list) else mask
    x, y, width, height = map(float, coco_mask.toBbox(code))
    return x, y, width, height
