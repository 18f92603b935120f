"""`vextract detect`: labelled boxes of what pictures and pages show."""

from typing import Annotated, Optional

import typer

from vextract.cli import _flags as flags
from vextract.cli import _model_flags as asked
from vextract.cli._batch import NO_BATCH, Batch, batched

__all__ = ["EPILOG", "detect"]

EPILOG = (
    "Examples: vextract detect label.png · vextract detect street.jpg -m google_genai:gemini-2.5-flash --labels "
    '"person, red car" --overlay seen.png · vextract detect photos/ -m ollama:qwen2.5vl -f coco -o photos.json'
)


@batched
def detect(
    sources: flags.Sources = None,
    model: Annotated[
        Optional[str],
        typer.Option(
            "--model",
            "-m",
            metavar="NAME",
            help="What looks: embedded, offline, for text lines, words, tables and codes; PROVIDER:MODEL, a vision model, for "
            "anything. [default: embedded]",
            autocompletion=lambda: ["embedded", *asked.providers()],
        ),
    ] = None,
    labels: Annotated[
        Optional[str],
        typer.Option(
            metavar="A,B", help='What to find, such as "person, red car". [default: everything that stands out]'
        ),
    ] = None,
    masks: Annotated[bool, typer.Option("--masks", help="Outlines too, of models that give them.")] = False,
    min_score: Annotated[
        Optional[float], typer.Option(metavar="X", min=0, max=1, help="Leave out what is known to be less sure than X.")
    ] = None,
    nms: Annotated[
        Optional[float],
        typer.Option(
            metavar="IOU", min=0, max=1, help="Of boxes of one label that overlap this much keep one. [default: 0.9]"
        ),
    ] = None,
    tile: Annotated[
        Optional[str],
        typer.Option(
            metavar="PX",
            help="Look at large pages in parts of at most PX pixels a side; auto: as large as the model sees.",
            autocompletion=lambda: ["auto"],
        ),
    ] = None,
    overlap: Annotated[
        float, typer.Option(metavar="X", min=0, max=0.9, help="Share of a part that its neighbour sees too.")
    ] = 0.2,
    at_most: Annotated[
        Optional[int],
        typer.Option(metavar="N", min=1, help="Ask a model for at most N objects a picture. [default: 100]"),
    ] = None,
    form: Annotated[
        Optional[str],
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            help="json, jsonl, csv, md, table, or a dataset: coco, yolo, yolo_seg, voc, labelme. [default: table on a terminal, "
            "else jsonl]",
            autocompletion=lambda: [
                "coco",
                "csv",
                "json",
                "jsonl",
                "labelme",
                "md",
                "table",
                "voc",
                "yolo",
                "yolo_seg",
            ],
        ),
    ] = None,
    output: flags.Output = None,
    force: flags.Force = False,
    images: Annotated[
        bool, typer.Option("--images", help="Put the pictures into the dataset too (yolo, voc, labelme).")
    ] = False,
    overlay: flags.Overlay = None,
    crops: Annotated[
        Optional[str], typer.Option(metavar="DIR", help="Cut every object out into a file of its own.")
    ] = None,
    preview: flags.Preview = False,
    data_only: flags.DataOnly = False,
    pages: flags.Pages = None,
    lang: flags.Lang = None,
    text_layer: flags.TextLayer = None,
    fast: flags.Fast = None,
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
    """Find what pictures, pages and video frames show: labelled boxes in their pixels.

    By default with no model: lines of text, words, tables, bar codes and QR codes, decoded. -m PROVIDER:MODEL has a vision model
    find anything. An answer that was cut off is an error; scores are given only where they were measured.
    """
    from vextract.cli import _asking, _console, _drawing, _run
    from vextract.jobs import Work
    from vextract.settings import load_settings
    from vextract.tasks.detect import DetectOptions

    _console.set_up_logging(verbose, quiet=quiet)
    settings = load_settings(
        model=model,
        lang=lang,
        ocr=text_layer,
        fast=fast,
        rotate=rotate,
        dpi=dpi,
        pdf_renderer=pdf_renderer,
        every=every,
        scenes=scenes,
        frames=frames,
        password=password,
        box_unit=box_unit,
        jobs=jobs,
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
    options = DetectOptions(
        labels=_asking.labels(labels),
        masks=masks,
        min_score=min_score,
        nms=nms,
        tile=_asking.tile(tile),
        overlap=overlap,
        **({"at_most": at_most} if at_most else {}),
        mask_weights=settings.paligemma_masks,
    )
    chosen = _run.Chosen(
        sources or [],
        from_file,
        recursive,
        pages,
        _console.record_format(form, output),
        output,
        force,
        data_only,
        drawing=_drawing.Drawing(overlay, crops, preview),
        images=images,
    )
    work = Work("detect", options=options, prompt=_asking.prompt_text(prompt_file), words="none")
    raise typer.Exit(
        _run.run(settings, chosen, work, quiet=quiet, asking=_asking.Asking(show_request, record), batch=batch)
    )
