"""What the user sees of a run on stderr: failures as they come, a bar or lines of JSON meanwhile, and the truth at the end."""

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vextract.errors import NotSent
from vextract.meter import Meter
from vextract.runner import Summary
from vextract.types import Record, printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from vextract.sources.expand import Source

__all__ = ["Console", "watching"]

log = logging.getLogger("vextract")
_TELL_S = 1.0


class Console:
    """Watches a run.

    Args:
        bar: shows how far it is; None for no bar.
        lines: whether a line of JSON is written now and then, for machines.
        total: counts the inputs, which may take a while; None where they are yet to come.
    """

    def __init__(
        self, bar: "Progress | None" = None, *, lines: bool = False, total: Callable[[], int] | None = None
    ) -> None:
        self._bar, self._lines = bar, lines
        self._task: TaskID | None = bar.add_task("reading", total=None, told="") if bar else None
        self._began = self._told = time.monotonic()
        self._summary, self._meter = Summary(), Meter()
        self._asked = self._going_on = False
        self._total: int | None = None
        if total and (bar or lines):
            threading.Thread(target=self._count, args=(total,), daemon=True).start()

    def begin(self, summary: Summary, meter: Meter | None = None, *, going_on: bool = False) -> None:
        """From now on this is what is told of: what became of the inputs, what models took, and whether results are there."""
        self._summary, self._meter = summary, meter or Meter()
        self._asked, self._going_on = meter is not None, going_on

    def kept(self, source: "Source") -> None:
        """Says that a result exists."""
        told = log.info if self._going_on else log.warning
        told("%s: skipped, its result exists (--force to replace it)", printable(source.name))

    def page(self, source: "Source") -> None:
        """Moves the bar."""
        self._tell(source.file_name[-40:])

    def done(self, source: "Source", record: Record[object], notes: tuple[str, ...]) -> None:
        """Says what went wrong with a document."""
        name = printable(source.name)
        for note in notes:
            log.warning("%s: %s", name, note)
        hints: set[str] = set()
        for error in (error for error in record.errors if error.kind != NotSent.kind):
            where = f"{name}: page {error.page}: " if error.page else f"{name}: "
            log.error("%s%s", "" if repr(source.name)[1:-1] in error.message else where, printable(error.message))
            if error.hint and error.hint not in hints:
                hints.add(error.hint)
                log.error("  hint: %s", printable(error.hint))
        log.info("%s: %s, %d page(s), %s s of work", name, record.status, len(record.pages), record.seconds or 0)
        self._tell(source.file_name[-40:])

    def end(self) -> None:
        """The run is over: machines get the last line."""
        if self._lines:
            self._write_line(over=True)

    def summary(self) -> None:
        """Says what became of the inputs, if there were several."""
        summary = self._summary
        if found := summary.gate.told:
            log.warning("%s", found)
        if summary.gate.below:
            log.error("%d document(s) below what was asked", summary.gate.below)
        total = sum(summary.statuses.values()) + summary.kept
        if total > 1 and (summary.exit_code or log.isEnabledFor(logging.INFO) or self._asked):
            log.warning("%s", "; ".join([f"{total} documents: {_statuses(summary)}", *self._figures()]))

    def _figures(self) -> list[str]:
        summary, now = self._summary, self._meter.now
        told = [f"{summary.pages} pages"]
        if summary.ungrounded:
            told.append(f"{summary.ungrounded} values not on the page")
        if now.answers or now.stored:
            told.append(f"{now.answers} answers ({now.stored} more from the store)")
            told.append(f"{now.tokens:,} tokens" + _unless(now.uncounted, "did not count them"))
            told.append(_cost(self._meter))
        return told

    def _count(self, total: Callable[[], int]) -> None:
        self._total = total()
        if self._bar and self._task is not None:
            self._bar.update(self._task, total=self._total)

    def _tell(self, name: str) -> None:
        done = sum(self._summary.statuses.values()) + self._summary.kept
        if self._bar and self._task is not None:
            told = f"{name} · {self._summary.pages} pages"
            if failed := self._summary.statuses["failed"]:
                told += f" · {failed} failed"
            if self._meter.now.cost_usd:
                told += f" · ${self._meter.now.cost_usd:.4f}"
            self._bar.update(self._task, completed=done, told=told)
        if self._lines and time.monotonic() - self._told >= _TELL_S:
            self._write_line(over=False)

    def _write_line(self, *, over: bool) -> None:
        self._told = time.monotonic()
        print(json.dumps(self._state(over=over), separators=(",", ":")), file=sys.stderr, flush=True)

    def _state(self, *, over: bool) -> dict[str, Any]:
        summary, now = self._summary, self._meter.now
        seconds = time.monotonic() - self._began
        done = sum(summary.statuses.values())
        rate = done / seconds if seconds else 0.0
        left = None if self._total is None else max(0, self._total - done - summary.kept)
        return {
            "over": over,
            "total": self._total,
            **{status: summary.statuses[status] for status in ("ok", "partial", "failed")},
            "kept": summary.kept,
            "failures": dict(summary.kinds),
            "pages": summary.pages,
            "ungrounded": summary.ungrounded,
            "seconds": round(seconds, 3),
            "documents_per_second": round(rate, 3),
            "seconds_left": None if left is None or not rate else round(left / rate, 1),
            "answers": now.answers,
            "stored_answers": now.stored,
            "input_tokens": None if now.uncounted else now.input_tokens,
            "output_tokens": None if now.uncounted else now.output_tokens,
            "cost_usd": None if now.unpriced else round(now.cost_usd, 6),
        }


def _statuses(summary: Summary) -> str:
    counts = [f"{summary.statuses[s]} {s}" for s in ("ok", "partial", "failed") if summary.statuses[s]]
    counts += [f"{summary.kept} kept"] if summary.kept else []
    if earlier := summary.earlier["failed"] + summary.earlier["partial"]:
        counts.append(f"{earlier} of an earlier session not ok (--retry-failed)")
    kinds = ", ".join(f"{count} {kind}" for kind, count in summary.kinds.most_common(8))
    return ", ".join(counts) + (f" [{kinds}]" if kinds else "")


def _unless(count: int, what: str) -> str:
    return f" ({count} {what})" if count else ""


def _cost(meter: Meter) -> str:
    now = meter.now
    if now.unpriced == now.answers and now.answers:
        return "cost not known"
    told = f"${now.cost_usd:.4f}" + _unless(now.unpriced, "without a known price")
    before = meter.before.cost_usd
    return told + (f" (${before + now.cost_usd:.4f} in all sessions)" if before else "")


@contextmanager
def watching(how: str, total: Callable[[], int] | None = None) -> Iterator[Console]:
    """A console for the length of a run: "auto" has a bar where stderr is a terminal, "json" lines for machines, "none" neither."""
    if how == "json":
        yield Console(lines=True, total=total)
        return
    if how == "none" or not sys.stderr.isatty():
        yield Console()
        return
    from rich.console import Console as RichConsole
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=RichConsole(stderr=True), transient=True, redirect_stdout=False) as bar:
        yield Console(bar, total=total)
