"""`vextract caption`: what pictures show, in words."""

from typing import Annotated, Optional

import typer

from vextract.cli import _flags as flags
from vextract.cli import _model_flags as asked
from vextract.cli._batch import NO_BATCH, Batch, batched

__all__ = ["EPILOG", "caption"]

EPILOG = (
    "Examples: vextract caption photo.jpg -m ollama:qwen2.5vl · vextract caption *.jpg -m google_genai:gemini-2.5-flash "
    "--style alt -f jsonl · vextract caption cat.png -m openai:gpt-4o --style story --language German --words 120"
)


@batched
def caption(
    sources: flags.Sources = None,
    model: asked.Model = None,
    style: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="brief, detailed, alt (for readers who cannot see it), hashtags or story.",
            autocompletion=lambda: ["brief", "detailed", "alt", "hashtags", "story"],
        ),
    ] = "brief",
    language: Annotated[str, typer.Option(metavar="NAME", help="The language to write in.")] = "English",
    words: Annotated[Optional[int], typer.Option(metavar="N", min=1, help="About how many words to use.")] = None,
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
    """Say what pictures, pages and video frames show, with a vision model.

    Each page of a PDF and each frame of a video has its own caption.
    """
    from vextract.cli import _asking, _console, _run
    from vextract.errors import UsageError
    from vextract.jobs import Work
    from vextract.settings import load_settings
    from vextract.tasks.caption import STYLES, CaptionOptions

    _console.set_up_logging(verbose, quiet=quiet)
    if style not in STYLES:
        raise UsageError(f"no style is called {style!r}", f"choose one of: {', '.join(STYLES)}")
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
        "caption",
        options=CaptionOptions(style, _asking.utf8("--language", language), words),
        prompt=_asking.prompt_text(prompt_file),
        words="none",
    )
    raise typer.Exit(
        _run.run(settings, chosen, work, quiet=quiet, asking=_asking.Asking(show_request, record), batch=batch)
    )
