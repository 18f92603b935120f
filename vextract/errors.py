"""Exit codes and the exceptions that carry them.

Every exception a user can meet derives from `VextractError`: it knows its exit code, a short machine-readable kind, and what to
do next. Anything else that escapes is a bug (exit 1) and is not dressed up as something else.
"""

from enum import IntEnum
from typing import ClassVar

__all__ = [
    "BrokenPipe",
    "DependencyError",
    "ExitCode",
    "InputError",
    "Interrupted",
    "OutputError",
    "UsageError",
    "VextractError",
]


class ExitCode(IntEnum):
    """What the `vextract` command can end with; documented in docs/exit-codes.md."""

    OK = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    DEPENDENCY = 5
    PARTIAL = 9
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class VextractError(Exception):
    """Something went wrong that the user can act on.

    Args:
        message: one line that says what failed, with the offending value.
        hint: one line that says what to do next; empty only where nothing can be done.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG
    kind: ClassVar[str] = "bug"

    def __init__(self, message: str, hint: str = "") -> None:
        # Both go to Exception.__init__ so that the error survives pickling between worker processes.
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(VextractError):
    """The command line or a setting does not make sense."""

    exit_code = ExitCode.USAGE
    kind = "usage"


class InputError(VextractError):
    """A source cannot be found, fetched, opened, decoded, or is over a limit."""

    exit_code = ExitCode.INPUT
    kind = "input"


class OutputError(InputError):
    """A result cannot be written where it was asked for."""

    kind = "output"


class DependencyError(VextractError):
    """A program, package or language file that this run needs is not installed."""

    exit_code = ExitCode.DEPENDENCY
    kind = "dependency"


class Interrupted(VextractError):
    """The user stopped the run with Ctrl-C."""

    exit_code = ExitCode.INTERRUPTED
    kind = "interrupted"


class BrokenPipe(VextractError):
    """Whoever read our standard output closed it."""

    exit_code = ExitCode.BROKEN_PIPE
    kind = "broken-pipe"
