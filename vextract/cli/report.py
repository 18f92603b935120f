"""`vextract report`: a page on which a person checks records, and corrects them."""

from typing import Annotated, Optional

import typer

from vextract.cli import _flags as flags

__all__ = ["EPILOG", "report"]

EPILOG = (
    "Examples: vextract report records.jsonl -o review.html · "
    "vextract extract scans/ -s invoice | vextract report - -o review.html"
)


def report(
    records: flags.Records = None,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The page.")] = "review.html",
    force: flags.Force = False,
    title: Annotated[
        Optional[str], typer.Option(metavar="TEXT", help="What stands at its top. [default: Review]")
    ] = None,
    max_side: Annotated[
        Optional[int],
        typer.Option(metavar="PX", min=100, help="Longest side of the pages' pictures. [default: 1600]"),
    ] = None,
    limit_mb: Annotated[
        Optional[float],
        typer.Option(metavar="N", min=1, help="Begin another file beyond so many megabytes. [default: 50]"),
    ] = None,
    root: flags.Root = None,
    fetch: flags.Fetch = False,
    dpi: flags.Dpi = None,
    password: flags.Password = None,
    every: flags.Every = None,
    scenes: flags.Scenes = None,
    frames: flags.Frames = None,
    jobs: flags.Jobs = None,
    verbose: flags.Verbose = 0,
    quiet: flags.Quiet = False,
) -> None:
    """Make one offline HTML file to check records in: pages with boxes beside the values, corrections as JSONL.

    It needs no network and no server, and holds everything itself. What is changed there stays in the browser until it is exported.
    """
    import os
    from pathlib import Path

    from vextract.cli import _console, _reporting, _showing
    from vextract.errors import UsageError
    from vextract.files import check_apart
    from vextract.report import DEFAULT_LIMIT_BYTES, DEFAULT_MAX_SIDE_PX, DEFAULT_TITLE, Report
    from vextract.settings import load_settings
    from vextract.sources.expand import SUFFIXES

    _console.set_up_logging(verbose, quiet=quiet)
    if output in {"", "-"} or output.endswith("/"):
        raise UsageError(f"-o {output!r} is no file", "name one, such as -o review.html")
    if os.path.splitext(output)[1].lower() in SUFFIXES:
        raise UsageError(f"-o {output!r} is the name of a picture or a document", "end it in .html")
    check_apart(records or [], output)
    settings = load_settings(dpi=dpi, password=password, every=every, scenes=scenes, frames=frames, jobs=jobs)
    limit = DEFAULT_LIMIT_BYTES if limit_mb is None else int(limit_mb * 1_000_000)
    with Report(Path(output), title=title or DEFAULT_TITLE, limit_bytes=limit, force=force) as page:
        product = _reporting.Reporting(page, max_side or DEFAULT_MAX_SIDE_PX)
        shown = _showing.Shown(records or [], root, fetch, failed=True)
        code = _showing.show(settings, shown, [product], quiet=quiet)
        product.tell()
    raise typer.Exit(code)
