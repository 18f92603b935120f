"""`vextract overlay`: records drawn into the pages that they are about."""

from typing import Annotated, Optional

import typer

from vextract.cli import _flags as flags

__all__ = ["EPILOG", "overlay"]

EPILOG = (
    "Examples: vextract overlay records.jsonl -o seen/ · vextract overlay records.jsonl -o 'seen/{stem}.pdf' · "
    "vextract detect label.png | vextract overlay - -o label-seen.png"
)


def overlay(
    records: flags.Records = None,
    output: flags.Output = None,
    force: flags.Force = False,
    preview: flags.Preview = False,
    labels: Annotated[bool, typer.Option("--labels/--no-labels", help="Write labels beside the boxes.")] = True,
    line_width: Annotated[
        Optional[int],
        typer.Option(metavar="PX", min=1, max=1000, help="Width of lines. [default: by the size of the picture]"),
    ] = None,
    font_size: Annotated[
        Optional[int],
        typer.Option(metavar="PX", min=4, max=1000, help="Size of labels. [default: by the size of the picture]"),
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
    """Draw the boxes of records into their pages, from the records alone.

    Detections in the colour of their label, values in the colour of how they were found. Of a video give the --every, --scenes and
    --frames that it was read with.
    """
    from vextract.cli import _console, _drawing, _showing
    from vextract.errors import UsageError
    from vextract.overlays import Style
    from vextract.settings import load_settings

    _console.set_up_logging(verbose, quiet=quiet)
    if output is None and not preview:
        raise UsageError("nowhere to draw to", "name a picture, a folder or a pattern with -o, or add --preview")
    settings = load_settings(dpi=dpi, password=password, every=every, scenes=scenes, frames=frames, jobs=jobs)
    style = Style(line_px=line_width, font_px=font_size, labels=labels)
    drawing = _drawing.Drawing(output, preview=preview, style=style, flag="-o")
    shown = _showing.Shown(records or [], root, fetch)
    products = drawing.products(several=_showing.are_several(shown), force=force)
    if not products:
        raise UsageError("--preview shows nothing here", "name a picture, a folder or a pattern with -o")
    raise typer.Exit(_showing.show(settings, shown, products, quiet=quiet))
