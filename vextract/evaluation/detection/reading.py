"""Files of results and truth of detect: what they hold is told by their content."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vextract.detection import Detections
from vextract.errors import InputError
from vextract.evaluation.detection.coco_truth import TruthImage, is_coco, truth_images
from vextract.evaluation.detection.pictures import MarkedDocument, as_document, file_name_of
from vextract.records import as_record
from vextract.types import Record
from vextract.values.json_text import parse_json

__all__ = ["Given", "as_documents", "as_truth", "holds_detections", "is_detection", "read_values"]

Given = tuple[Any, str]
"""A record or some JSON, and where it comes from."""

_HINT = "give the JSONL or JSON that `vextract detect` has written"
_TRUTH_HINT = 'the truth is records of detect, {"source": …, "data": {"objects": […]}}, or COCO annotations'
_OBJECT: dict[str, Any] = {"page": 1, "score": None, "text": None, "mask": None}
_PAGE: dict[str, Any] = {"dpi": None, "time_s": None}


def read_values(content: bytes, name: str) -> list[Given]:
    """What a file of JSON lines, or one JSON with an object or an array of such, holds.

    Raises:
        InputError: a line is no JSON, or there is none.
    """
    try:
        whole = parse_json(content)
    except ValueError:
        return _lines(content, name)
    if not isinstance(whole, list):
        return [(whole, name)]
    return [(member, f"{name}: record {at}") for at, member in enumerate(whole, 1)]


def holds_detections(content: bytes) -> bool:
    """Whether the first record of a file is of detect; false where there is none, or no JSON."""
    first = next((line for line in content.split(b"\n") if line.strip()), b"")
    for text in (first, content):
        try:
            value = parse_json(text)
        except ValueError:
            continue
        return is_detection(value[0] if isinstance(value, list) and value else value)
    return False


def _lines(content: bytes, name: str) -> list[Given]:
    values = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            try:
                values.append((parse_json(line), f"{name}:{number}"))
            except ValueError as error:
                raise InputError(f"{name}:{number}: not JSON: {error}", _HINT) from error
    if not values:
        raise InputError(f"{name}: no lines", _HINT)
    return values


def is_detection(value: object) -> bool:
    """Whether a record, or its JSON, is of detect: it says so, or says nothing and has objects with labels and boxes."""
    if isinstance(value, Record):
        return value.task == "detect" or isinstance(value.data, Detections)
    if not isinstance(value, Mapping):
        return False
    data = value.get("data")
    objects = data.get("objects") if isinstance(data, Mapping) else None
    if value.get("task"):
        return bool(value["task"] == "detect")
    return isinstance(objects, list) and all(isinstance(o, Mapping) and {"label", "box"} <= o.keys() for o in objects)


def as_documents(given: Iterable[Given]) -> list[MarkedDocument]:
    """The documents of the results.

    Raises:
        InputError: something is no record of detect.
    """
    return [_document(value, where, {}) for value, where in given]


def as_truth(given: Sequence[Given], results: Sequence[MarkedDocument]) -> list[MarkedDocument] | list[TruthImage]:
    """The truth: documents if it is records, images if it is COCO annotations.

    Whoever writes records by hand looks at the same pages: sizes that they leave out are those of the results.

    Raises:
        InputError: it is neither, or a record has no data.
    """
    if len(given) == 1 and is_coco(given[0][0]):
        return truth_images(*given[0])
    sizes = _page_sizes(results)
    documents = []
    for value, where in given:
        document = _document(value, where, sizes)
        if not document.has_data:
            raise InputError(f"{where}: the truth of {document.source!r} has no data", _TRUTH_HINT)
        documents.append(document)
    return documents


def _document(value: Any, where: str, sizes: Mapping[str, list[dict[str, Any]]]) -> MarkedDocument:
    if not is_detection(value):
        source = value.get("source") if isinstance(value, Mapping) else getattr(value, "source", None)
        raise InputError(f"{where}: not a record of detect{f', {source!r}' if source else ''}", _TRUTH_HINT)
    record = value if isinstance(value, Record) else as_record(_filled(value, sizes), where)
    return as_document(record, where)


def _filled(value: Mapping[str, Any], sizes: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The JSON of a record with what may be left out: unknown, or as the results have it."""
    filled = {**value, "task": "detect"}
    if isinstance(pages := value.get("pages"), list) and pages:
        filled["pages"] = [_PAGE | page if isinstance(page, dict) else page for page in pages]
    elif isinstance(source := value.get("source"), str):
        filled["pages"] = sizes.get(source) or sizes.get(file_name_of(source), [])
    data = value.get("data")
    if isinstance(data, Mapping) and isinstance(objects := data.get("objects"), list):
        whole = [_OBJECT | each if isinstance(each, dict) else each for each in objects]
        # Counts are of the objects, whatever was written before someone corrected them.
        filled["data"] = {**data, "objects": whole, "counts": {}}
    return filled


def _page_sizes(results: Iterable[MarkedDocument]) -> dict[str, list[dict[str, Any]]]:
    """The pages of the results by their sources, and by those file names that only one has."""
    known: dict[str, list[dict[str, Any]]] = {}
    named: dict[str, list[list[dict[str, Any]]]] = {}
    for result in results:
        pages = [
            _PAGE | {"number": number, "width": picture.width_px, "height": picture.height_px}
            for number, picture in result.pictures.items()
        ]
        known[result.source] = pages
        named.setdefault(file_name_of(result.source), []).append(pages)
    return {name: found[0] for name, found in named.items() if len(found) == 1} | known
