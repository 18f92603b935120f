"""Flags that several commands share. A flag that is not given is None, so that settings decide."""

from typing import Annotated, Optional

import typer

__all__ = ["FromFile", "Jobs", "Output", "Quiet", "Recursive", "Sources", "Verbose", "formats", "readers"]


def formats() -> list[str]:
    """What -f accepts, for shell completion."""
    from vextract.plugins import names

    return names("vextract.renderers")


def readers() -> list[str]:
    """What -m accepts, for shell completion."""
    from vextract.plugins import names

    return names("vextract.readers")


Sources = Annotated[
    Optional[list[str]],
    typer.Argument(
        metavar="SOURCE...",
        help="Files, directories, globs, http(s) URLs, - for bytes on standard input, @LIST for a file of names.",
        show_default=False,
    ),
]
FromFile = Annotated[
    Optional[str],
    typer.Option(metavar="LIST", help="Read names from LIST, or - for standard input; newline or NUL separated."),
]
Recursive = Annotated[bool, typer.Option("--recursive", "-r", help="Look into sub-directories of directories.")]
Output = Annotated[
    Optional[str],
    typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        help="A file, a directory, or a pattern with {stem}, {name}, {parent}, {dir}, {n}.",
    ),
]
Jobs = Annotated[
    Optional[int], typer.Option("--jobs", "-j", metavar="N", help="Worker processes. [default: one a processor]")
]
Verbose = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more on stderr; -vv for debugging.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only errors on stderr, no progress.")]
