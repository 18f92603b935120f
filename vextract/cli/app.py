"""The application `vextract`: its commands, and the one place where exceptions become exit codes."""

import sys
from typing import Annotated

import typer

from vextract.cli import (
    ask,
    batch,
    cache,
    caption,
    classify,
    convert,
    detect,
    doctor,
    extract,
    models,
    ocr,
    overlay,
    report,
    runs,
    schema,
    verify,
)
from vextract.cli import eval as eval_
from vextract.errors import ExitCode, OutputError, VextractError

__all__ = ["app", "main"]

app = typer.Typer(
    name="vextract",
    help="Images and PDFs in, validated JSON out, and every value says where on the page it was read.",
    epilog="Nothing leaves this machine unless a hosted model is named. Full documentation: the folder docs/ of the project.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"vextract {version('vextract')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    del version


app.command("ocr", epilog=ocr.EPILOG)(ocr.ocr)
app.command("extract", epilog=extract.EPILOG)(extract.extract)
app.command("caption", epilog=caption.EPILOG)(caption.caption)
app.command("classify", epilog=classify.EPILOG)(classify.classify)
app.command("detect", epilog=detect.EPILOG)(detect.detect)
app.command("ask", epilog=ask.EPILOG)(ask.ask)
app.command("verify", epilog=verify.EPILOG)(verify.verify)
app.command("overlay", epilog=overlay.EPILOG)(overlay.overlay)
app.command("report", epilog=report.EPILOG)(report.report)
app.command("eval", epilog=eval_.EPILOG)(eval_.evaluate)
app.command("convert", epilog=convert.EPILOG)(convert.convert)
app.command("doctor")(doctor.doctor)
app.add_typer(batch.app, name="batch")
app.add_typer(cache.app, name="cache")
app.add_typer(runs.app, name="runs")
app.add_typer(models.app, name="models")
app.add_typer(schema.app, name="schema")


def main() -> None:
    """Runs the command line and exits with its exit code."""
    try:
        app()
    except VextractError as error:
        _tell(error)
        _leave(error.exit_code)
    except KeyboardInterrupt:
        _leave(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        _leave(ExitCode.BROKEN_PIPE)
    except OSError as error:
        _tell(
            OutputError(f"the system refuses: {error.strerror or error}", "is there room on the disk, also in TMPDIR?")
        )
        _leave(ExitCode.INPUT)


def _tell(error: VextractError) -> None:
    if error.exit_code == ExitCode.BROKEN_PIPE:
        return
    from vextract.types import printable

    # A message may quote a document, or what a user's own code says of it.
    print(f"vextract: {printable(error.message)}", file=sys.stderr)
    if error.hint:
        print(f"  hint: {printable(error.hint)}", file=sys.stderr)


def _leave(code: int) -> None:
    import os

    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # What is still buffered can go nowhere; it must not fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)
