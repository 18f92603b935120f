"""The command line: one thin file a command. Nothing but typer is imported to show help."""

from vextract.cli.app import main

__all__ = ["main"]
