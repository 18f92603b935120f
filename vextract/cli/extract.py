"""`vextract extract`: the fields of a schema, as validated JSON with the place of each value."""

from typing import Annotated, Optional

import typer

from vextract.cli import _flags as flags
from vextract.cli import _model_flags as asked
from vextract.cli._batch import NO_BATCH, Batch, batched

__all__ = ["EPILOG", "extract"]

EPILOG = (
    "Examples: vextract extract receipt.png -s receipt · vextract extract scans/ -s invoice -f csv -o out.csv · "
    'vextract extract letter.pdf -s "sender, date date, subject?" --data'
)


@batched
def extract(
    sources: flags.Sources = None,
    schema: flags.Schema = None,
    model: flags.ExtractModel = None,
    lang: flags.Lang = None,
    form: flags.RecordFormat = None,
    output: flags.Output = None,
    force: flags.Force = False,
    overlay: flags.Overlay = None,
    preview: flags.Preview = False,
    data_only: flags.DataOnly = False,
    explode: Annotated[
        Optional[str], typer.Option(metavar="LIST", help="For csv: a row for each member of this list, such as items.")
    ] = None,
    ground: Annotated[bool, typer.Option("--ground/--no-ground", help="Say where each value is printed.")] = True,
    fail_on: flags.FailOn = None,
    min_confidence: flags.MinConfidence = None,
    min_agreement: flags.MinAgreement = None,
    pages: flags.Pages = None,
    text_layer: flags.TextLayer = None,
    fast: flags.Fast = None,
    second_look: flags.SecondLook = None,
    rotate: flags.Rotate = None,
    dpi: flags.Dpi = None,
    pdf_renderer: flags.PdfRenderer = None,
    every: flags.Every = None,
    scenes: flags.Scenes = None,
    frames: flags.Frames = None,
    password: flags.Password = None,
    box_unit: flags.BoxUnit = None,
    recursive: flags.Recursive = False,
    from_file: flags.FromFile = None,
    jobs: flags.Jobs = None,
    reader: flags.WordReader = None,
    example: Annotated[
        Optional[list[str]],
        typer.Option(
            metavar="PICTURE=JSON",
            help="For a model: a picture and the file of its right values, or a JSONL of corrected records; may be repeated.",
        ),
    ] = None,
    window: Annotated[
        Optional[int], typer.Option(metavar="N", help="For a model: most pages that one request looks at. [default: 8]")
    ] = None,
    overlap_pages: Annotated[
        Optional[int],
        typer.Option(metavar="N", help="For a model: how many of these the next request looks at, too. [default: 1]"),
    ] = None,
    repairs: Annotated[
        Optional[int], typer.Option(metavar="N", help="How often a model may mend what does not validate. [default: 1]")
    ] = None,
    vote: asked.Vote = None,
    base_url: asked.BaseUrl = None,
    temperature: asked.Temperature = None,
    max_tokens: asked.MaxTokens = None,
    timeout: asked.Timeout = None,
    retries: asked.Retries = None,
    seed: asked.Seed = None,
    concurrency: asked.Concurrency = None,
    option: asked.Options = None,
    local_only: asked.LocalOnly = None,
    prompt_file: asked.PromptFile = None,
    show_request: asked.ShowRequest = False,
    record: asked.RecordTo = None,
    batch: Batch = NO_BATCH,
    verbose: flags.Verbose = 0,
    quiet: flags.Quiet = False,
) -> None:
    """Extract the fields of a schema, validated, each with its place on the page.

    By default with no key and no network; -m PROVIDER:MODEL has a vision model read them, and finds its values on the page.
    What is not found is null. A document whose values do not validate, or contradict each other, keeps them and says so.
    """
    from vextract.cascade import LEAST
    from vextract.cli import _asking, _console, _drawing, _run
    from vextract.errors import UsageError
    from vextract.gate import Gate
    from vextract.jobs import Work, lineup
    from vextract.settings import load_settings

    _console.set_up_logging(verbose, quiet=quiet)
    if schema is None:
        hint = (
            'add -s receipt, or another name of `vextract schema list`, a file, or fields such as "vendor, total float"'
        )
        raise UsageError("no schema to extract", hint)
    settings = load_settings(
        model=model,
        lang=lang,
        ocr=text_layer,
        fast=fast,
        second_look=second_look,
        rotate=rotate,
        dpi=dpi,
        pdf_renderer=pdf_renderer,
        every=every,
        scenes=scenes,
        frames=frames,
        password=password,
        box_unit=box_unit,
        jobs=jobs,
        reader=reader,
        window=window,
        overlap=overlap_pages,
        repairs=repairs,
        vote=vote,
        base_url=base_url,
        temperature=temperature,
        max_tokens=max_tokens,
        timeout_s=timeout,
        retries=retries,
        seed=seed,
        concurrency=concurrency,
        options=_asking.options(option),
        local_only=local_only,
        **batch.settings,
    )
    if not ground and (fail_on or min_confidence is not None or min_agreement is not None):
        raise UsageError(
            "--no-ground leaves nothing for --fail-on, --min-confidence and --min-agreement to judge",
            "leave one of them out",
        )
    if min_agreement is not None and settings.vote == 1:
        raise UsageError("--min-agreement judges a vote, and there is none", "add --vote 3")
    if vote is not None and vote > 1 and not lineup(settings).models:
        raise UsageError("--vote is for vision models, and none is named", "name one with -m PROVIDER:MODEL")
    if not ground and (overlay or preview):
        raise UsageError("--no-ground leaves nothing to draw", "leave one of them out")
    gate = Gate.asked(fail_on or (), min_confidence, min_agreement)
    form = _console.record_format(form, output)
    drawing = _drawing.Drawing(overlay, preview=preview)
    chosen = _run.Chosen(sources or [], from_file, recursive, pages, form, output, force, data_only, explode, drawing)
    shown, prompt = _asking.examples(example, settings), _asking.prompt_text(prompt_file)
    least = LEAST if min_confidence is None else min_confidence
    work = Work("extract", schema, ground, shown, prompt, least=least)
    asking = _asking.Asking(show_request, record)
    raise typer.Exit(_run.run(settings, chosen, work, quiet=quiet, gate=gate, asking=asking, batch=batch))
