"""`vextract classify`: which of some labels fit a document."""

from typing import Annotated, Optional

import typer

from vextract.cli import _flags as flags
from vextract.cli import _model_flags as asked
from vextract.cli._batch import NO_BATCH, Batch, batched

__all__ = ["EPILOG", "classify"]

EPILOG = (
    "Examples: vextract classify inbox/ --labels invoice,receipt,letter -m ollama:qwen2.5vl -f csv · "
    "vextract classify photo.jpg --labels cat,dog,bird -m hf:openai/clip-vit-base-patch32"
)


@batched
def classify(
    sources: flags.Sources = None,
    labels: Annotated[
        Optional[str], typer.Option(metavar="A,B,…", help="The labels to choose from, parted by commas.")
    ] = None,
    several: Annotated[
        bool, typer.Option("--several", help="Any number of labels may fit, or none; else the one that fits best.")
    ] = False,
    model: asked.Model = None,
    form: flags.AnswerFormat = None,
    output: flags.Output = None,
    force: flags.Force = False,
    data_only: flags.DataOnly = False,
    pages: flags.Pages = None,
    dpi: flags.Dpi = None,
    password: flags.Password = None,
    every: flags.Every = None,
    scenes: flags.Scenes = None,
    frames: flags.Frames = None,
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
    """Choose which of the labels fit each document, with a vision model.

    Scores are the probabilities that the model itself gives; null where it gives none.
    """
    from vextract.cli import _asking, _console, _run
    from vextract.errors import UsageError
    from vextract.jobs import Work
    from vextract.settings import load_settings
    from vextract.tasks.classify import ClassifyOptions

    _console.set_up_logging(verbose, quiet=quiet)
    given = _asking.utf8("--labels", labels or "").split(",")
    named = tuple(dict.fromkeys(label.strip() for label in given if label.strip()))
    if len(named) < (1 if several else 2):
        raise UsageError(
            "there is nothing to choose from", "give at least two labels, such as --labels invoice,receipt,letter"
        )
    settings = load_settings(
        model=model,
        dpi=dpi,
        password=password,
        every=every,
        scenes=scenes,
        frames=frames,
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
    form = _console.answer_format(form, output)
    chosen = _run.Chosen(sources or [], from_file, recursive, pages, form, output, force, data_only)
    work = Work(
        "classify", options=ClassifyOptions(named, several), prompt=_asking.prompt_text(prompt_file), words="none"
    )
    raise typer.Exit(
        _run.run(settings, chosen, work, quiet=quiet, asking=_asking.Asking(show_request, record), batch=batch)
    )
