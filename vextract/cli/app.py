"""The application `vextract`: its commands, and the one place where exceptions become exit codes."""

import sys
from typing import Annotated

import typer

from vextract.cli import doctor, models, ocr
from vextract.errors import ExitCode, OutputError, VextractError

__all__ = ["app", "main"]

app = typer.Typer(
    name="vextract",
    help="Images and PDFs in, validated JSON out, and every value says where on the page it was read.",
    epilog="Nothing leaves this machine. Full documentation: the folder docs/ of the project.",
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
app.command("doctor")(doctor.doctor)
app.command("models")(models.models)


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
    print(f"vextract: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  hint: {error.hint}", file=sys.stderr)


def _leave(code: int) -> None:
    import os

    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # What is still buffered can go nowhere; it must not fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)
