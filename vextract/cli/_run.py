"""From parsed flags to a run: the part that all commands which read documents share."""

import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

from vextract.cli._console import check_reader, terminable, watching
from vextract.engines.local import default_jobs
from vextract.errors import UsageError
from vextract.jobs import job_for
from vextract.renderers import RenderOptions, find_format
from vextract.runner import execute
from vextract.settings import Settings
from vextract.sinks import open_output
from vextract.sources.expand import Source, expand, may_be_several, names_from
from vextract.sources.options import PageSelection

__all__ = ["Chosen", "run"]


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


def run(settings: Settings, chosen: Chosen, *, quiet: bool) -> int:
    """Reads all sources and writes all results.

    Returns:
        The exit code.

    Raises:
        VextractError: nothing could be begun, or the run was cut short.
    """
    if not chosen.names and chosen.from_file is None:
        raise UsageError("nothing to read", "name a file, a directory, a URL, or - for standard input")
    selection = PageSelection.parse(chosen.pages) if chosen.pages else PageSelection()
    form = find_format(chosen.form)
    job = job_for(settings, selection, pictures=form.wants_pictures)
    options = RenderOptions(settings.box_unit, several=may_be_several(chosen.names, chosen.from_file))
    output = open_output(chosen.output, chosen.form, form, options, force=chosen.force)
    with closing(_sources(chosen)) as sources, terminable(), watching(quiet=quiet) as console:
        summary = execute(sources, job, settings.jobs or default_jobs(), output, console)
    console.summary(summary)
    if chosen.output in (None, "-"):
        check_reader()
    return summary.exit_code


def _sources(chosen: Chosen) -> Generator[Source, None, None]:
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
