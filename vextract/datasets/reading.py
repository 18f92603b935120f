"""Records out of whatever states detections: records that were written, or annotations of any format; told by content."""

from collections.abc import Iterator
from pathlib import Path

from vextract.annotations import find_format, told_format
from vextract.detection import Detections
from vextract.errors import InputError
from vextract.records import read_records
from vextract.types import Record

__all__ = ["RECORDS", "read_detections"]

RECORDS = "jsonl"


def read_detections(path: Path, form: str | None = None, name: str | None = None) -> Iterator[Record[Detections]]:
    """The records of a file or folder in order; those that failed have no data.

    Args:
        path: of the file or folder.
        form: what it is: a name of vextract.annotations, or "jsonl" for records; None: that is told by its content.
        name: of the file, for messages about records; None: its path.

    Raises:
        InputError: something in it cannot be read, or is of another task.
        UsageError: there is no such format.
    """
    form = form or told_format(path)
    if form not in (None, RECORDS):
        assert form is not None
        yield from find_format(form).read(path)
        return
    if path.is_dir():
        hint = "a folder of YOLO has data.yaml, one of Pascal VOC *.xml, one of labelme or COCO *.json"
        raise InputError(f"{str(path)!r} holds no annotations of a format that is known", hint)
    try:
        with path.open("rb") as lines:
            for record in read_records(lines, name or str(path)):
                if record.data is not None and not isinstance(record.data, Detections):
                    hint = "give records of `vextract detect`"
                    raise InputError(
                        f"{(name or str(path))!r} has a record of task {record.task!r}, not of detections", hint
                    )
                yield record
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror}", "check the name") from error
