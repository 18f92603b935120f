"""`vextract convert`: detections from one format of annotations to another."""

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from vextract.cli import _flags as flags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vextract.datasets.conversion import Destination
    from vextract.detection import Detections
    from vextract.types import Record

__all__ = ["EPILOG", "convert"]

EPILOG = (
    "Examples: vextract convert found.jsonl -f coco -o found.coco.json · "
    "vextract convert truth.coco.json -f yolo -o dataset/ --images · vextract convert dataset/ -f jsonl"
)
_RECORDS = "jsonl"


def _formats() -> list[str]:
    from vextract.plugins import names

    return [_RECORDS, *names("vextract.annotations")]


def convert(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Records, a COCO file, a folder of YOLO, files or folders of Pascal VOC or labelme; - is standard input.",
            show_default=False,
        ),
    ],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            help="jsonl, coco, yolo, yolo_seg, voc or labelme.",
            autocompletion=_formats,
        ),
    ] = _RECORDS,
    output: Annotated[
        Optional[str],
        typer.Option(
            "--output", "-o", metavar="PATH", help="A file for jsonl and coco, else a directory. [default: stdout]"
        ),
    ] = None,
    from_: Annotated[
        Optional[str],
        typer.Option(
            "--from", metavar="NAME", help="What SOURCE is. [default: its content tells]", autocompletion=_formats
        ),
    ] = None,
    labels: Annotated[
        Optional[str],
        typer.Option(metavar="A,B", help="Number the classes in this order; others follow as they are met."),
    ] = None,
    images: Annotated[bool, typer.Option("--images", help="Copy the pictures into the dataset too.")] = False,
    force: flags.Force = False,
    verbose: flags.Verbose = 0,
    quiet: flags.Quiet = False,
) -> None:
    """Turn detections into the annotations of another tool, or such annotations into records.

    Boxes stay where they are, to fractions of a pixel. What a format has no place for is left out: docs/convert.md says what.
    """
    from vextract.cli import _console
    from vextract.datasets import open_dataset
    from vextract.errors import UsageError
    from vextract.files import check_apart
    from vextract.renderers import RenderOptions, find_format
    from vextract.sinks import open_output

    _console.set_up_logging(verbose, quiet=quiet)
    for asked in (form, from_ or form):
        if asked not in _formats():
            raise UsageError(f"no format is called {asked!r} here", f"choose one of: {', '.join(_formats())}")
    check_apart(sources, output)
    if form == _RECORDS:
        if images or labels:
            raise UsageError("records have no pictures and no numbers of classes", "leave --images and --labels out")
        options = RenderOptions(several=True)
        _write(sources, from_, open_output(output, form, find_format(form, pages=False), options, force=force))
        return
    if images and output in (None, "-"):
        raise UsageError("--images needs a place for them", "name it with -o")
    order = [label.strip() for label in labels.split(",") if label.strip()] if labels else []
    _write(sources, from_, open_dataset(output, form, labels=order, force=force), images=images)


def _write(sources: list[str], form: str | None, output: "Destination", *, images: bool = False) -> None:
    from vextract.cli._console import log, terminable
    from vextract.datasets.conversion import write_all
    from vextract.errors import ExitCode
    from vextract.types import printable

    with terminable():
        outcome = write_all(_records(sources, form), output, pictures=images)
    for source, failure in outcome.failures:
        log.error("%s: %s", printable(source), printable(failure.message))
        log.error("  hint: %s", printable(failure.hint))
    if outcome.kept:
        log.warning("%d kept, their files exist (--force to replace them)", outcome.kept)
    if outcome.without_picture:
        log.warning("%d without a picture: it is not there, or is a page that must be drawn", outcome.without_picture)
    log.info("%d written", outcome.written)
    if outcome.failures:
        partly = outcome.written or outcome.kept
        raise typer.Exit(ExitCode.PARTIAL if partly else outcome.failures[0][1].exit_code)


def _records(sources: list[str], form: str | None) -> "Iterator[Record[Detections]]":
    import shutil
    import sys
    import tempfile
    from pathlib import Path

    from vextract.datasets.reading import read_detections
    from vextract.errors import UsageError

    for source in sources:
        if source != "-":
            yield from read_detections(Path(source), form)
            continue
        if sys.stdin is None:
            raise UsageError("standard input is closed", "name a file, or pipe one in")
        # What it is, is told by how it begins, and by its end whether it is whole.
        with tempfile.NamedTemporaryFile(prefix="vextract-") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
            file.flush()
            yield from read_detections(Path(file.name), form, "standard input")
