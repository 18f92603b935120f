"""A whole run: exit codes, counts, and that the outputs get what was read."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.drawing import draw_lines
from tests.feeding import SEVERAL, opened
from vextract.errors import DependencyError, ExitCode, InputError, Interrupted, OutputError, UsageError, VextractError
from vextract.pipeline import Job
from vextract.readers import ReadOptions
from vextract.runner import Summary, execute, failure
from vextract.sources.expand import Source, expand
from vextract.types import ErrorInfo, PageRef, Record, Status

JOB = Job(reading=ReadOptions(fast=True, rotate=False))


def _record(status: Status, *codes: int) -> Record[object]:
    errors = tuple(ErrorInfo("input", "broken", exit_code=code) for code in codes)
    return Record("a.png", None, "ocr", None, status, None, pages=(PageRef("a.png", 1, 9, 9),), errors=errors)


OK, PARTIAL, FAILED, MISSING = _record("ok"), _record("partial", 3, 5), _record("failed", 3), _record("failed", 5)


@pytest.mark.parametrize(
    ("records", "kept", "code"),
    [
        ([], 0, 0),
        ([OK, OK], 0, 0),
        ([], 2, 0),
        ([OK, FAILED], 0, 9),
        ([FAILED, OK], 0, 9),
        ([PARTIAL], 0, 9),
        ([PARTIAL, FAILED], 0, 9),
        ([FAILED], 0, 3),
        ([MISSING, FAILED], 0, 5),
        ([FAILED, MISSING], 0, 3),
        ([FAILED], 1, 9),
    ],
)
def test_exit_code(records: list[Record[object]], kept: int, code: int) -> None:
    """0 if all went well, 9 if there is anything to show for it, else the code of the first failure."""
    summary = Summary(kept=kept)
    for record in records:
        summary.add(record)
    assert summary.exit_code == code
    assert summary.pages == len(records)


@pytest.mark.parametrize(
    ("info", "kind", "code"),
    [
        (ErrorInfo("usage", "m", "h", exit_code=2), UsageError, 2),
        (ErrorInfo("input", "m", "h", exit_code=3), InputError, 3),
        (ErrorInfo("output", "m", "h", exit_code=3), OutputError, 3),
        (ErrorInfo("dependency", "m", "h", exit_code=5), DependencyError, 5),
        (ErrorInfo("timeout", "m", "h", 2, exit_code=3), InputError, 3),
        (ErrorInfo("crash", "m", "h", 2, exit_code=3), InputError, 3),
        (ErrorInfo("bug", "m", "h", exit_code=1), VextractError, 1),
    ],
)
def test_a_failure_as_exception(info: ErrorInfo, kind: type[VextractError], code: int) -> None:
    """The first error of a record becomes the exception of its kind, or at least of its exit code, message and hint kept."""
    error = failure(Record("a.png", None, "ocr", None, "failed", None, errors=(info, ErrorInfo("x", "y"))))
    assert type(error) is kind
    assert (error.message, error.hint, error.exit_code) == ("m", "h", code)


def test_no_failure() -> None:
    """A record without errors has no exception."""
    assert failure(OK) is None


class _Told:
    """A watcher that writes down what it is told."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def kept(self, source: Source) -> None:
        self.events.append(f"kept {source.name}")

    def page(self, source: Source) -> None:
        self.events.append(f"page {source.name}")

    def done(self, source: Source, record: Record[object], notes: tuple[str, ...]) -> None:
        self.events.append(f"{record.status} {source.name}" + "".join(f" ({note})" for note in notes))


def _run(sources: Iterable[Source], target: str) -> tuple[Summary, list[str]]:
    told = _Told()
    summary = execute(sources, JOB, 0, opened(target, options=SEVERAL), told)
    return summary, told.events


def test_a_run(workdir: Path) -> None:
    """What exists is kept and not read, what fails is told, the rest is written; the watcher hears of each step in order."""
    for name in ("a.png", "b.png"):
        draw_lines([f"text of {name[0]}"]).save(name)
    (workdir / "out").mkdir()
    (workdir / "out" / "a.txt").write_text("kept", "utf-8")
    summary, told = _run(expand(["a.png", "missing.png", "b.png"]), "out/")
    assert told == ["kept a.png", "failed missing.png", "page b.png", "ok b.png"]
    assert (summary.exit_code, summary.kept, summary.pages, dict(summary.statuses)) == (9, 1, 1, {"failed": 1, "ok": 1})
    assert (workdir / "out" / "a.txt").read_text("utf-8") == "kept"
    assert (workdir / "out" / "b.txt").read_text("utf-8") == "text of b\n"


def test_if_all_fail_the_first_decides(workdir: Path) -> None:
    """Where nothing was read the code is that of the first failure, and no file is left."""
    summary, _ = _run(expand(["missing.png", "gone.png"]), "out.txt")
    assert summary.exit_code == ExitCode.INPUT
    assert list(workdir.iterdir()) == []


def test_interruption_closes_the_output(workdir: Path) -> None:
    """After Ctrl-C what is finished is in its place, whole."""
    draw_lines(["alpha"]).save("a.png")

    def sources() -> Iterable[Source]:
        yield from expand(["a.png"])
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        _run(sources(), "out.txt")
    assert (workdir / "out.txt").read_text("utf-8") == "==> a.png <==\nalpha\n"


def test_a_note_reaches_the_watcher(workdir: Path) -> None:
    """That no text was found on a page with ink is a note, no error."""
    image = draw_lines([], (90, 60))
    image.putpixel((40, 30), 0)
    image.save(workdir / "speck.png")
    summary, told = _run(expand(["speck.png"]), "out.txt")
    assert told[-1] == "ok speck.png (page 1: no text found)"
    assert summary.exit_code == 0
