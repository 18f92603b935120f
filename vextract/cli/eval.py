"""`vextract eval`: how good results are."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Annotated, Optional

import typer

from vextract.cli import _flags as flags

if TYPE_CHECKING:
    from vextract.evaluation.detection.scoring import DetectionEvaluation
    from vextract.evaluation.gate import PartKind
    from vextract.evaluation.scoring import Evaluation
    from vextract.schema.fields import FieldSpec

__all__ = ["EPILOG", "evaluate"]

EPILOG = (
    "Examples: vextract eval results.jsonl --truth truth.jsonl · "
    "vextract eval results.jsonl --truth truth.jsonl -f json -o now.json --baseline before.json"
)
_SHOWN_NAMES = 5


def _formats() -> list[str]:
    from vextract.evaluation.report import FORMATS

    return list(FORMATS)


def evaluate(
    results: Annotated[
        str, typer.Argument(metavar="RESULTS", help="Records, one JSON object a line; - for standard input.")
    ],
    truth: Annotated[
        str,
        typer.Option(
            "--truth", "-t", metavar="FILE", help="The true data, one JSON object a line; or COCO annotations."
        ),
    ],
    schema: Annotated[
        Optional[str], typer.Option("--schema", "-s", metavar="SPEC", help="Says how values are to be compared.")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help="table, json, md or html.", autocompletion=_formats)
    ] = "table",
    output: Annotated[
        Optional[str], typer.Option("--output", "-o", metavar="FILE", help="Write there, not to standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    worst: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show the N worst documents and fields with their mistakes.")
    ] = 5,
    baseline: Annotated[
        Optional[str],
        typer.Option(metavar="FILE", help="An earlier -f json; end with 10 if a measure dropped."),
    ] = None,
    max_drop: Annotated[float, typer.Option(metavar="X", min=0, help="How far it may drop, 0..1.")] = 0.01,
    metric: Annotated[
        Optional[list[str]],
        typer.Option(metavar="NAME", help="Measure to compare with the baseline, repeatable. [default: f1]"),
    ] = None,
    min_f1: Annotated[
        Optional[float], typer.Option(metavar="X", min=0, max=1, help="End with 10 if overall F1 is lower.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of the bootstrap.")] = 0,
    resamples: Annotated[
        int, typer.Option(metavar="N", min=0, help="Of the bootstrap; 0 leaves out the intervals.")
    ] = 1000,
    verbose: flags.Verbose = 0,
    quiet: flags.Quiet = False,
) -> None:
    """Measure how good extraction or detection results are, field by field or label by label, against the truth.

    Precision, recall and F1, ANLS, grounding and calibration of fields, average precision of boxes and masks, with bootstrap
    intervals. Ends with 10 where the results are below --baseline or --min-f1.
    """
    from vextract.cli import _console
    from vextract.errors import BelowError, UsageError
    from vextract.evaluation import gate
    from vextract.evaluation.report import find_render

    _console.set_up_logging(verbose, quiet=quiet)
    render = find_render(form)
    _check_output(output, [results, truth, *([baseline] if baseline else [])], force=force)
    for flag, bound in (("--max-drop", max_drop), ("--min-f1", min_f1)):
        if bound is not None and not 0 <= bound <= 1:
            raise UsageError(f"{flag} cannot be {bound!r}", "give a number from 0 to 1")
    old = _content(baseline, "--baseline") if baseline is not None else None
    true, found = _content(truth, "--truth"), _content(results, "RESULTS")
    kind = _kind(found)
    metrics = _checked_metrics(metric or ["f1"], kind)
    before = gate.read_baseline(old, baseline, kind, _metrics(kind)) if old is not None and baseline else None
    names = "standard input" if results == "-" else results, truth
    evaluation = _judged(kind, (found, true), names, schema, (seed, resamples))
    _write(render(evaluation, worst, _width(output)), output)
    _tell(evaluation)
    below = [text] if min_f1 is not None and (text := gate.shortfall(evaluation, min_f1)) else []
    if before is not None:
        _tell_incomparable(gate.incomparable(evaluation, before))
        if dropped := gate.drops(evaluation, before, metrics, max_drop):
            below.append(f"below {baseline!r} by more than {max_drop:g}: {', '.join(dropped)}")
    if below:
        raise BelowError("; ".join(below), "--worst N shows what was wanted and what came")


def _kind(results: bytes) -> "PartKind":
    """What the results have: labels where they are of detect, else fields."""
    from vextract.evaluation.detection.reading import holds_detections

    return "labels" if holds_detections(results) else "fields"


def _metrics(kind: "PartKind") -> tuple[str, ...]:
    from vextract.evaluation.detection.metrics import METRICS as DETECTION_METRICS
    from vextract.evaluation.metrics import METRICS

    return tuple(METRICS) if kind == "fields" else DETECTION_METRICS


def _checked_metrics(names: list[str], kind: "PartKind") -> list[str]:
    from vextract.errors import UsageError

    if unknown := [name for name in names if name not in _metrics(kind)]:
        raise UsageError(f"no measure {unknown[0]!r} of {kind}", f"there are {', '.join(_metrics(kind))}")
    return names


def _judged(
    kind: "PartKind",
    contents: tuple[bytes, bytes],
    names: tuple[str, str],
    schema: str | None,
    bootstrap: tuple[int, int],
) -> "Evaluation | DetectionEvaluation":
    """The evaluation of the content of (results, truth), files of these names; the bootstrap is (seed, resamples)."""
    seed, resamples = bootstrap
    if kind == "labels":
        from vextract.errors import UsageError
        from vextract.evaluation.detection.reading import read_values
        from vextract.evaluation.detection.scoring import judge

        if schema is not None:
            raise UsageError("--schema says how fields are compared; detections have none", "leave it out")
        found, true = (read_values(content, name) for content, name in zip(contents, names, strict=True))
        return judge(found, true, seed=seed, resamples=resamples)
    from vextract.evaluation import evaluate as judge_fields
    from vextract.evaluation.examples import read_examples

    true_examples = read_examples(contents[1].split(b"\n"), names[1])
    found_examples = read_examples(contents[0].split(b"\n"), names[0])
    return judge_fields(found_examples, true_examples, _spec(schema), seed=seed, resamples=resamples)


def _spec(schema: str | None) -> "FieldSpec | None":
    if schema is None:
        return None
    from vextract.schema import load_schema

    return load_schema(schema).fields


def _content(name: str, role: str) -> bytes:
    with _opened(name, role) as file:
        return file.read()


@contextmanager
def _opened(name: str, role: str) -> Iterator[IO[bytes]]:
    from vextract.errors import InputError, UsageError

    if name == "-" and role != "RESULTS":
        raise UsageError(f"{role} cannot be standard input", "name a file")
    if name == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed", "name a file of results, or pipe them in")
        yield sys.stdin.buffer
        return
    try:
        file = open(name, "rb")  # noqa: SIM115  closed below; errors while reading are told as they are
    except OSError as error:
        raise InputError(f"cannot read {name!r}: {error.strerror}", f"give a file for {role}") from error
    with file:
        yield file


def _check_output(output: str | None, inputs: list[str], *, force: bool) -> None:
    import os

    from vextract.errors import UsageError

    if output is None or output == "-" or not os.path.exists(output):
        return
    if os.path.isdir(output):
        raise UsageError(f"{output!r} is a directory", "name a file")
    if not force:
        raise UsageError(f"{output!r} exists", "--force replaces it")
    if any(os.path.exists(name) and os.path.samefile(name, output) for name in inputs):
        raise UsageError(f"{output!r} is read by this very run", "write to another file")


def _write(text: str, output: str | None) -> None:
    if output is None or output == "-":
        from vextract.cli._console import emit

        emit(text.removesuffix("\n"))
        return
    from pathlib import Path

    from vextract.sinks import AtomicFile

    file = AtomicFile(Path(output))
    file.write(text.encode())
    file.commit()


def _width(output: str | None) -> int | None:
    """The width of the terminal that is written to, None if it is none."""
    import shutil

    if output not in (None, "-") or sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


def _tell(evaluation: "Evaluation | DetectionEvaluation") -> None:
    from vextract.evaluation.detection.scoring import DetectionEvaluation

    _tell_names("no result, counted as nothing found", evaluation.missing)
    _tell_names("no data in the result, counted as nothing found", evaluation.without_data)
    _tell_names("no truth, not counted", evaluation.extra)
    if isinstance(evaluation, DetectionEvaluation):
        _tell_names("pages without result, counted as nothing found", _page_names(evaluation.missing_pages))
        _tell_names("pages without truth, not counted", _page_names(evaluation.extra_pages))
        _tell_names("labels that the truth has no object of", evaluation.unknown_labels)
        return
    stray = tuple(f"{source}: {pointer}" for source, pointer in evaluation.unplaced)
    _tell_names("evidence in the truth that leads to no value", stray)


def _page_names(pages: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    return tuple(f"{source}: page {number}" for source, number in pages)


def _tell_names(what: str, names: tuple[str, ...]) -> None:
    from vextract.cli._console import log

    if names:
        more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
        log.warning("%s: %s%s", what, ", ".join(map(repr, names[:_SHOWN_NAMES])), more)


def _tell_incomparable(names: list[str]) -> None:
    from vextract.cli._console import log

    if names:
        log.warning("not in both evaluations, not compared: %s", ", ".join(map(repr, names)))
