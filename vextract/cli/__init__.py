"""The command line: one thin file a command. Nothing but typer is imported to show help."""

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Runs the command line and exits with its exit code."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  for the life of the process
    try:
        from vextract.cli.app import main as run
    except KeyboardInterrupt:
        # Too early for anything to be cleaned up.
        os._exit(130)
    run()
