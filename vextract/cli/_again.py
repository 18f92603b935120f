"""The command of a run once more, so that it goes on where it stopped; or why that cannot be, and what to type instead."""

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import typer

from vextract.errors import UsageError
from vextract.store.runs import Run

__all__ = ["Again", "again"]

_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Again:
    """A command to go on with: its arguments, without `vextract` itself."""

    arguments: tuple[str, ...]

    @property
    def typed(self) -> str:
        """As it is typed into a shell."""
        return shlex.join(["vextract", *self.arguments])


def again(run: Run, context: typer.Context, flag: str, store: str | None) -> Again:
    """The run's command with `flag`, and in the store that it was found in.

    Args:
        run: as it is noted.
        context: of the command line, whose application knows how its commands read their arguments.
        flag: "--resume" or "--retry-failed".
        store: as --store names it; None: that of the settings.

    Raises:
        UsageError: it cannot be gone on with.
    """
    if run.alive:
        raise UsageError(f"run {run.id} is still running, as process {run.pid}", "wait for it, or stop it first")
    given = _given(run, context)
    arguments = _without(run.command, {"--force", "--resume", "--retry-failed"})
    own = ["--store", os.path.abspath(store)] if store and given.get("store") is None else []
    command = Again((arguments[0], flag, *own, *arguments[1:]))
    if any(_HIDDEN in argument for argument in run.command):
        raise UsageError(
            f"run {run.id} was given a secret, which is not kept",
            f"type it with what stands for {_HIDDEN}: {command.typed}",
        )
    if given.get("from_file") == "-" or "-" in (given.get("sources") or ()):
        what = "names" if given.get("from_file") == "-" else "bytes"
        raise UsageError(
            f"run {run.id} read {what} from standard input, which are not kept",
            f"pipe them in again: … | {command.typed}",
        )
    if run.output is None and not _is_folder(given.get("output"), run.folder):
        anew = Again((arguments[0], *arguments[1:]))
        raise UsageError(
            f"run {run.id} has no file that it could go on with: it wrote none, or that was begun anew by a later run",
            f"type it again; answers that are kept are not paid for twice: {anew.typed}",
        )
    return command


def _given(run: Run, context: typer.Context) -> dict[str, Any]:
    """What the command's flags were, by their names."""
    from typer.core import TyperGroup

    root, name = context.find_root(), run.command[0] if run.command else ""
    command = root.command.get_command(root, name) if isinstance(root.command, TyperGroup) else None
    if command is None:
        raise UsageError(f"run {run.id} was begun by another program than this", "type its command once more there")
    with command.make_context(name, list(run.command[1:]), resilient_parsing=True) as read:
        return dict(read.params)


def _is_folder(output: str | None, folder: str) -> bool:
    """Whether a file for each input is written: those that are there are kept."""
    if output in (None, "-"):
        return False
    return output.endswith("/") or "{" in output or os.path.isdir(os.path.join(folder, output))


def _without(command: Sequence[str], flags: set[str]) -> list[str]:
    end = list(command).index("--") if "--" in command else len(command)
    return [argument for at, argument in enumerate(command) if at > end or argument not in flags]
