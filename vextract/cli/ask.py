"""`vextract ask`: questions about any number of pictures, documents and videos."""

from typing import Annotated, Optional

import typer

from vextract.cli import _flags as flags
from vextract.cli import _model_flags as asked
from vextract.cli._batch import NO_BATCH, Batch, questioning

__all__ = ["EPILOG", "ask"]

EPILOG = (
    'Examples: vextract ask chart.png "Which year was best?" -m openai:gpt-4o · vextract ask 2023.pdf 2024.pdf "What changed?" '
    '-m ollama:qwen3-vl · vextract ask trip/ "Write a photo tour" --album -m google_genai:gemini-2.5-flash '
    "· vextract ask map.png -m openai:gpt-4o --chat"
)


@questioning
def ask(
    sources: Annotated[
        Optional[list[str]],
        typer.Argument(
            metavar="SOURCE... QUESTION",
            help="Files, directories, globs, URLs or - as elsewhere; the last argument is the question.",
            show_default=False,
        ),
    ] = None,
    model: asked.Model = None,
    schema: flags.Schema = None,
    reason: Annotated[bool, typer.Option("--reason", help="Show on stderr what led to the answer.")] = False,
    album: Annotated[
        bool,
        typer.Option(
            "--album", help="For stories and comparisons: every claim names its pictures; what none shows is flagged."
        ),
    ] = False,
    chat: Annotated[
        bool, typer.Option("--chat", help="Go on with further questions, a line each, until the end of the input.")
    ] = False,
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
    base_url: asked.BaseUrl = None,
    temperature: asked.Temperature = None,
    max_tokens: asked.MaxTokens = None,
    timeout: asked.Timeout = None,
    retries: asked.Retries = None,
    seed: asked.Seed = None,
    option: asked.Options = None,
    local_only: asked.LocalOnly = None,
    prompt_file: asked.PromptFile = None,
    show_request: asked.ShowRequest = False,
    record: asked.RecordTo = None,
    batch: Batch = NO_BATCH,
    verbose: flags.Verbose = 0,
    quiet: flags.Quiet = False,
) -> None:
    """Ask a vision model about pictures, documents and videos, all in one question.

    The answer is text, written as it comes on a terminal; with -s data of a schema. Time and place of photographs go along.
    """
    from vextract.cli import _asking, _console, _conversing
    from vextract.settings import load_settings

    _console.set_up_logging(verbose, quiet=quiet)
    settings = load_settings(
        model=model,
        dpi=dpi,
        password=password,
        every=every,
        scenes=scenes,
        frames=frames,
        base_url=base_url,
        temperature=temperature,
        max_tokens=max_tokens,
        timeout_s=timeout,
        retries=retries,
        seed=seed,
        options=_asking.options(option),
        local_only=local_only,
        **batch.settings,
    )
    names, question = _conversing.parted(sources or [], chat=chat)
    form = _console.answer_format(form, output)
    chosen = _conversing.Chosen(names, from_file, recursive, pages, form, output, force, data_only)
    wanted = _conversing.Wanted(question, schema, reason, album, chat, _asking.prompt_text(prompt_file))
    raise typer.Exit(_conversing.run(settings, chosen, wanted, _asking.Asking(show_request, record)))
