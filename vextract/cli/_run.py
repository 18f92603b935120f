"""From parsed flags to a run: the part that all commands which read documents share."""

import os
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.cli import _by_batch as by_batch
from vextract.cli._batch import NO_BATCH, Batch
from vextract.cli._carrying import Parts, Told, carry_out
from vextract.cli._console import check_reader
from vextract.cli._drawing import NO_DRAWING, Drawing
from vextract.cli._engines import chosen_engine
from vextract.cli._estimating import estimated
from vextract.connecting import secure
from vextract.engines.local import default_jobs
from vextract.errors import UsageError
from vextract.files import is_same, itself
from vextract.gate import Gate
from vextract.jobs import OCR, Work, job_for, lineup
from vextract.plugins import names
from vextract.products import Pages, PicturedDataset, Product, making_of
from vextract.renderers import RenderOptions, find_format
from vextract.schema import load_schema
from vextract.sending import Keeping
from vextract.settings import Settings
from vextract.sinks import GoingOn, Nowhere, Output, open_output
from vextract.sources.expand import Source, expand, may_be_several, names_from
from vextract.sources.options import PageSelection
from vextract.sources.remote import is_remote
from vextract.sources.shards import Shard

if TYPE_CHECKING:
    from vextract.cli._asking import Asking
    from vextract.datasets import Dataset

__all__ = ["Chosen", "named_sources", "run"]

Given = Generator[Source, None, None] | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the command line says about inputs and outputs, for this run alone."""

    names: list[str]
    from_file: str | None
    recursive: bool
    pages: str | None
    form: str
    output: str | None
    force: bool
    data_only: bool = False
    explode: str | None = None
    drawing: Drawing = NO_DRAWING
    images: bool = False


def run(
    settings: Settings,
    chosen: Chosen,
    work: Work = OCR,
    *,
    quiet: bool,
    gate: Gate | None = None,
    given: Given = None,
    asking: "Asking | None" = None,
    batch: Batch = NO_BATCH,
) -> int:
    """Reads all sources and writes all results.

    Args:
        settings: in force.
        chosen: on the command line.
        work: what is made of the sources.
        quiet: no progress.
        gate: what is demanded of the results.
        given: the sources, where they are not named by `chosen`.
        asking: how a model is asked, where the task can be done by one.
        batch: how the run works through its inputs.

    Returns:
        The exit code.

    Raises:
        VextractError: nothing could be begun, or the run was cut short.
    """
    several = given is not None or may_be_several(chosen.names, chosen.from_file)
    _check(chosen, batch, given)
    secure(settings)
    settings = _at_once(settings)
    way = by_batch.current()
    if way:
        settings, chosen, batch = way.prepared(settings, chosen, batch, asking)
    dataset = work.task == "detect" and chosen.form in names("vextract.annotations")
    products, pages = _products(chosen, several=several, dataset=dataset)
    form = find_format("jsonl" if dataset else chosen.form, pages=work.task == "ocr")
    selection = PageSelection.parse(chosen.pages) if chosen.pages else PageSelection()
    job = job_for(settings, selection, work, pictures=form.wants_pictures, making=making_of(products))
    if asking and not job.models:
        asking.without_model(work)
    shard = Shard.parse(batch.shard) if batch.shard else None
    with closing(given or named_sources(chosen)) as all_sources:
        if batch.estimate:
            return estimated(settings, job, shard.of(all_sources) if shard else all_sources, asking)
        engine = chosen_engine(settings, batch, job, asking)
        asker = asking.asker(settings, Keeping()) if asking and job.models and engine is None else None
        with closing(asker) if asker else nullcontext():
            if (asking and asking.show) or (isinstance(way, by_batch.Submitting) and not batch.goes_on):
                output: Output = Nowhere()
            elif dataset:
                output = PicturedDataset(_dataset(chosen, work, batch), pages)
            else:
                _check_stays(chosen, given)
                output = _output(settings, chosen, work, batch, several=several)
            sources = shard.of(all_sources, output.pass_over) if shard else all_sources
            parts = Parts(sources, job, output, products, gate or Gate(), asker, engine)
            listed = _listed(chosen, given)
            total = (lambda: sum(1 for _ in (shard.of(listed()) if shard else listed()))) if listed else None
            told = Told(quiet=quiet, shown=asking is not None and asking.show, total=total)
            code = carry_out(settings, parts, batch, told, chosen.output)
    if chosen.output in (None, "-"):
        check_reader()
    return code


def _check(chosen: Chosen, batch: Batch, given: Given) -> None:
    """Raises UsageError for what does not go together, whatever is to be made of the sources."""
    if not chosen.names and chosen.from_file is None and given is None:
        raise UsageError("nothing to read", "name a file, a directory, a URL, or - for standard input")
    if batch.goes_on and chosen.force:
        raise UsageError("--force begins anew, and --resume and --retry-failed go on", "leave one of them out")
    if chosen.output and chosen.output == chosen.drawing.overlay and not os.path.isdir(chosen.output):
        raise UsageError(f"-o and --overlay are both {chosen.output!r}", "name another file for one of them")


def _products(chosen: Chosen, *, several: bool, dataset: bool) -> tuple[list[Product], Pages | None]:
    """What takes pictures of the results, and of them what keeps the pages for a dataset."""
    products = chosen.drawing.products(several=several, force=chosen.force)
    pages = Pages() if chosen.images else None
    if pages and not dataset:
        raise UsageError(
            "--images puts pictures beside the files of a dataset", "add -f yolo, voc or labelme and -o DIR/"
        )
    return [*products, *([pages] if pages else [])], pages


def _output(settings: Settings, chosen: Chosen, work: Work, batch: Batch, *, several: bool) -> Output:
    """Where results go."""
    schema = load_schema(work.schema).name if work.schema else None
    options = _rendering(settings, chosen, work, several=several)
    going_on = GoingOn(batch.goes_on, batch.retry_failed, work.task, schema)
    form = find_format(chosen.form, pages=work.task == "ocr")
    return open_output(chosen.output, chosen.form, form, options, force=chosen.force, going_on=going_on)


def _at_once(settings: Settings) -> Settings:
    """With a model --jobs says how many requests there are at once, unless --concurrency does; processes follow the processors."""
    if settings.jobs is None or not lineup(settings).models:
        return settings
    at_once = settings.concurrency if "concurrency" in settings.model_fields_set else settings.jobs
    return settings.model_copy(update={"concurrency": at_once, "jobs": min(settings.jobs, default_jobs())})


def _rendering(settings: Settings, chosen: Chosen, work: Work, *, several: bool) -> RenderOptions:
    return RenderOptions(
        settings.box_unit,
        several=several,
        data_only=chosen.data_only,
        explode=chosen.explode,
        evidence=work.task == "verify",
        detections=work.task == "detect",
        fields=load_schema(work.schema).fields if work.schema else None,
    )


def _listed(chosen: Chosen, given: Given) -> Callable[[], Iterable[Source]] | None:
    """Lists the inputs beforehand, where that needs none of them: not where they are yet to come, nor where that costs money."""
    if given is not None or chosen.from_file is not None or "-" in chosen.names or any(map(is_remote, chosen.names)):
        return None
    return lambda: expand(chosen.names, recursive=chosen.recursive)


def _check_stays(chosen: Chosen, given: Given) -> None:
    """Nothing, if the file that is begun anew is none of the inputs: a file of records is emptied before they come.

    Raises:
        OutputError: it is one of them.
    """
    listed = _listed(chosen, given)
    if not (chosen.force and chosen.output and listed) or _has_records(chosen.output):
        return
    if any(is_same(Path(chosen.output), source.path) for source in listed()):
        raise itself(Path(chosen.output))


def _has_records(path: str) -> bool:
    """Whether there is nothing to lose but records."""
    if not os.path.isfile(path):
        return True
    with open(path, "rb") as file:
        return file.read(1) in {b"", b"{"}


def _dataset(chosen: Chosen, work: Work, batch: Batch) -> "Dataset":
    if batch.goes_on:
        raise UsageError(f"-f {chosen.form} cannot be gone on with", "write records, and `vextract convert` them")
    from vextract.datasets import open_dataset
    from vextract.tasks.detect import DetectOptions

    labels = work.options.labels if isinstance(work.options, DetectOptions) else ()
    return open_dataset(chosen.output, chosen.form, labels=labels, force=chosen.force)


def named_sources(chosen: Chosen) -> Generator[Source, None, None]:
    """The sources that the command line names."""
    yield from expand(chosen.names, recursive=chosen.recursive)
    if chosen.from_file is None:
        return
    if chosen.from_file == "-" and sys.stdin is None:
        raise UsageError("standard input is closed", "give a file of names, or pipe them in")
    if chosen.from_file == "-":
        yield from expand(names_from(sys.stdin.buffer), recursive=chosen.recursive, lists=False)
        return
    try:
        with open(chosen.from_file, "rb") as names:
            yield from expand(names_from(names), recursive=chosen.recursive, lists=False)
    except OSError as error:
        raise UsageError(
            f"cannot read --from-file {chosen.from_file!r}: {error.strerror}", "give a file of names"
        ) from error
