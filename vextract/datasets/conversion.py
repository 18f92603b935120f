"""Records of detections into an output, one after another."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from vextract.datasets.naming import has_own_picture
from vextract.detection import Detections
from vextract.errors import InputError
from vextract.pipeline import error_info
from vextract.sources.expand import Source
from vextract.types import ErrorInfo, Record

if TYPE_CHECKING:
    from vextract.datasets import Dataset

__all__ = ["Destination", "Outcome", "write_all"]


class Destination(Protocol):
    """What outputs of sinks.py and datasets have in common."""

    def admit(self, source: Source) -> Source | None:
        """The source, perhaps with a `problem`; None if its result exists already and is kept."""
        ...

    def done(self, source: Source, record: Record[object]) -> Record[object]:
        """Takes the record; gives it back, failed if it could not be written."""
        ...

    def close(self) -> None:
        """Everything is written."""
        ...


@dataclass(slots=True)
class Outcome:
    """What became of the records.

    Attributes:
        written: how many are in the output.
        kept: how many were there already.
        without_picture: how many have a picture that was to be copied and could not be: it is not there, or must be drawn.
        failures: sources that are not in the output, or only as failed, and why.
    """

    written: int = 0
    kept: int = 0
    without_picture: int = 0
    failures: list[tuple[str, ErrorInfo]] = field(default_factory=list)


def write_all(records: Iterable[Record[Detections]], output: Destination, *, pictures: bool = False) -> Outcome:
    """Writes the records, and closes the output.

    Args:
        records: of the task `detect`.
        output: a dataset if pictures are wanted.
        pictures: give the dataset the pictures that the records name, where they are pictures themselves.

    Raises:
        VextractError: a record cannot be read, or the one file of the output cannot be written.
    """
    outcome = Outcome()
    for record in records:
        source = output.admit(Source(record.source, Path(record.source)))
        if source is None:
            outcome.kept += 1
        elif source.problem:
            outcome.failures.append((record.source, error_info(source.problem)))
        else:
            _write(record, source, output, outcome, pictures=pictures)
    output.close()
    return outcome


def _write(
    record: Record[Detections], source: Source, output: Destination, outcome: Outcome, *, pictures: bool
) -> None:
    given: dict[int, Path] = {}
    plain = cast("Record[object]", record)
    if pictures and record.data is not None:
        if source.path and has_own_picture(source, record) and source.path.is_file():
            given = {1: source.path}
        else:
            outcome.without_picture += 1
    told = cast("Dataset", output).done(source, plain, given) if given else output.done(source, plain)
    if record.data is None:
        why = f": {record.errors[0].message}" if record.errors else ""
        problem = InputError(f"the record has no data{why}", "detect in that source again")
        outcome.failures.append((record.source, error_info(problem)))
    elif told.status == "failed":
        outcome.failures.append((record.source, told.errors[-1]))
    else:
        outcome.written += 1
