"""`vextract batch`: questions by batch jobs of the providers, at half the price, and their answers within a day."""

from typing import Annotated, Optional

import typer

from vextract.cli import _flags as flags

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Ask Google, OpenAI or Anthropic by batch jobs: at half the price, answered within a day.",
    epilog="Example: vextract batch submit extract scans/ -s invoice -m openai:gpt-4o -o out.jsonl · vextract batch fetch --wait",
)

Number = Annotated[Optional[int], typer.Argument(metavar="[N]", help="Number of a batch. [default: all]")]
Store = Annotated[
    Optional[str], typer.Option(metavar="FILE", help="Where answers and runs are kept, as with the command itself.")
]


@app.command(
    context_settings={"allow_interspersed_args": False, "ignore_unknown_options": True},
    epilog="The command stands as ever behind `batch submit`, with all of its flags.",
)
def submit(
    command: Annotated[
        Optional[list[str]], typer.Argument(metavar="COMMAND...", help="Such as: extract scans/ -s invoice -m MODEL")
    ] = None,
    job_size: Annotated[
        Optional[int],
        typer.Option(metavar="N", min=1, help="Most questions of one job. [default: as many as the provider takes]"),
    ] = None,
) -> None:
    """Send the questions of a command as batch jobs; what is answered already, or under way, is not sent again.

    `vextract batch fetch` then writes what the command would have written.
    """
    from vextract.cli._posting import submit as send

    raise typer.Exit(send(command or [], job_size))


@app.command()
def status(
    number: Number = None,
    form: Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help="text or json.")] = "text",
    store: Store = None,
    quiet: flags.Quiet = False,
) -> None:
    """Show how far batches are, and what they cost."""
    from vextract.cli import _console, _posting
    from vextract.errors import UsageError
    from vextract.settings import load_settings

    _console.set_up_logging(0, quiet=quiet)
    if form not in ("text", "json"):
        raise UsageError(f"-f cannot be {form!r}", "choose text or json")
    raise typer.Exit(_posting.show(load_settings(store=store), number, form))


@app.command()
def fetch(
    number: Number = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all is there.")] = False,
    poll: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.01, help="With --wait: look every so many seconds.")
    ] = 30.0,
    store: Store = None,
    quiet: flags.Quiet = False,
) -> None:
    """Keep the answers that are there; once all of a batch are, carry out its command with them.

    Documents with questions that have failed become failed records; those with questions that were not answered, as their job has
    expired or was cancelled, are left out: `submit` once more asks for these alone.
    """
    from vextract.cli import _console, _posting
    from vextract.settings import load_settings

    _console.set_up_logging(0, quiet=quiet)
    raise typer.Exit(_posting.fetch(load_settings(store=store), number, wait=wait, poll_s=poll))


@app.command()
def cancel(
    number: Annotated[int, typer.Argument(metavar="N", help="Number of the batch.")],
    store: Store = None,
    quiet: flags.Quiet = False,
) -> None:
    """Give up the jobs of a batch; what was answered by then can still be fetched."""
    from vextract.cli import _console, _posting
    from vextract.settings import load_settings

    _console.set_up_logging(0, quiet=quiet)
    raise typer.Exit(_posting.cancel(load_settings(store=store), number))
