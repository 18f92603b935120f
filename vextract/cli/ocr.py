"""`vextract ocr`: the text of pictures and PDFs."""

from typing import Annotated

import typer

from vextract.cli import _flags as flags
from vextract.cli import _model_flags as asked
from vextract.cli._batch import NO_BATCH, Batch, batched

__all__ = ["EPILOG", "ocr"]

EPILOG = "Examples: vextract ocr receipt.png · vextract ocr scans/ -f jsonl -o out.jsonl · vextract ocr paper.pdf -f pdf -o out/"


@batched
def ocr(
    sources: flags.Sources = None,
    model: flags.ReaderModel = None,
    lang: flags.Lang = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            help="text, json, jsonl, tsv, md, hocr, alto or pdf.",
            autocompletion=flags.formats,
        ),
    ] = "text",
    output: flags.Output = None,
    force: flags.Force = False,
    overlay: flags.Overlay = None,
    preview: flags.Preview = False,
    pages: flags.Pages = None,
    text_layer: flags.TextLayer = None,
    fast: flags.Fast = None,
    psm: flags.Psm = None,
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
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Have a model write Markdown, with tables; -f md does so too.")
    ] = False,
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
    """Read the text of pictures and PDFs, by default with no key and no network.

    Text comes out in reading order; -f jsonl adds lines and words with boxes and confidence. With -m PROVIDER:MODEL a vision model
    reads; formats with boxes put its words where a reader has measured them.
    """
    from vextract.cli import _asking, _console, _drawing, _run
    from vextract.errors import UsageError
    from vextract.jobs import Work, chosen_model
    from vextract.settings import load_settings
    from vextract.tasks.ocr import OcrOptions

    _console.set_up_logging(verbose, quiet=quiet)
    settings = load_settings(
        model=model,
        lang=lang,
        ocr=text_layer,
        fast=fast,
        psm=psm,
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
    if markdown and chosen_model(settings) is None:
        raise UsageError("--markdown is for vision models, and none is named", "name one with -m, or choose -f md")
    chosen = _run.Chosen(
        sources or [],
        from_file,
        recursive,
        pages,
        form,
        output,
        force,
        drawing=_drawing.Drawing(overlay, preview=preview),
    )
    written = OcrOptions("markdown" if markdown or form == "md" else "plain", lang or "")
    # Text alone needs no places, so that nothing has to be measured.
    work = Work(
        "ocr",
        options=written,
        prompt=_asking.prompt_text(prompt_file),
        words="none" if form in {"text", "md"} and not (overlay or preview) else "all",
    )
    raise typer.Exit(
        _run.run(settings, chosen, work, quiet=quiet, asking=_asking.Asking(show_request, record), batch=batch)
    )
