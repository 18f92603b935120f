"""`vextract verify`: where a document prints the values of a JSON, or that it does not."""

from typing import Annotated, Optional

import typer

from vextract.cli import _flags as flags

__all__ = ["EPILOG", "verify"]

EPILOG = "Examples: vextract verify receipt.png --data values.json · vextract verify --records out.jsonl -f jsonl"


def verify(
    document: Annotated[
        Optional[str],
        typer.Argument(metavar="[DOC]", help="The document: a file or an http(s) URL.", show_default=False),
    ] = None,
    data: Annotated[
        Optional[str],
        typer.Option("--data", "-d", metavar="FILE", help="The JSON to check on DOC; - for standard input."),
    ] = None,
    records: Annotated[
        Optional[str],
        typer.Option(
            metavar="FILE", help='Many at once: JSON lines {"source": …, "data": …}; - for standard input. No DOC then.'
        ),
    ] = None,
    schema: flags.Schema = None,
    model: flags.ReaderModel = None,
    lang: flags.Lang = None,
    form: flags.RecordFormat = None,
    output: flags.Output = None,
    force: flags.Force = False,
    overlay: flags.Overlay = None,
    preview: flags.Preview = False,
    fail_on: flags.FailOn = None,
    min_confidence: flags.MinConfidence = None,
    pages: flags.Pages = None,
    text_layer: flags.TextLayer = None,
    fast: flags.Fast = None,
    second_look: flags.SecondLook = None,
    rotate: flags.Rotate = None,
    dpi: flags.Dpi = None,
    every: flags.Every = None,
    scenes: flags.Scenes = None,
    frames: flags.Frames = None,
    password: flags.Password = None,
    box_unit: flags.BoxUnit = None,
    jobs: flags.Jobs = None,
    verbose: flags.Verbose = 0,
    quiet: flags.Quiet = False,
) -> None:
    """Say for each value of a JSON where the document prints it, or that it does not.

    The JSON may come from any tool. Nothing in it is changed; each value gets its page, box, quote and kind of match.
    """
    from vextract.cli import _console, _drawing, _run, _values
    from vextract.gate import Gate
    from vextract.jobs import Work
    from vextract.settings import load_settings

    _console.set_up_logging(verbose, quiet=quiet)
    settings = load_settings(
        model=model,
        lang=lang,
        ocr=text_layer,
        fast=fast,
        second_look=second_look,
        rotate=rotate,
        dpi=dpi,
        every=every,
        scenes=scenes,
        frames=frames,
        password=password,
        box_unit=box_unit,
        jobs=jobs,
    )
    gate = Gate.asked(fail_on or (), min_confidence)
    given = _values.sources(document, data, records)
    form = _console.record_format(form, output)
    drawing = _drawing.Drawing(overlay, preview=preview)
    chosen = _run.Chosen([], None, False, pages, form, output, force, drawing=drawing)
    code = _run.run(settings, chosen, Work("verify", schema), quiet=quiet, gate=gate, given=given)
    raise typer.Exit(code)
