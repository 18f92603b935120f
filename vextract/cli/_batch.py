"""The flags of all commands that work through many inputs: going on, limits, what is kept, how it is told.

They are added to a command's own by `batched`, which hands them on together.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Annotated, Any, Optional

import typer

__all__ = ["NO_BATCH", "Batch", "batched", "questioning"]

_FLAGS: dict[str, tuple[Any, object]] = {
    "resume": (
        Annotated[
            bool,
            typer.Option(
                "--resume", help="Go on with -o, a JSONL file or a folder: inputs whose result is there are done."
            ),
        ],
        False,
    ),
    "retry_failed": (
        Annotated[
            bool,
            typer.Option("--retry-failed", help="Go on, and do inputs once more whose record is not ok."),
        ],
        False,
    ),
    "unordered": (
        Annotated[
            bool,
            typer.Option("--unordered", help="Write each result when it is there, not in the order of the inputs."),
        ],
        False,
    ),
    "shard": (
        Annotated[
            Optional[str],
            typer.Option(metavar="I/N", help="Do the I-th of N parts of the inputs, by their names; from 1."),
        ],
        None,
    ),
    "engine": (
        Annotated[
            Optional[str],
            typer.Option(
                metavar="WHERE",
                help="Where the run is carried out: local, or on a Ray cluster: ray. [default: local]",
                autocompletion=lambda: ["local", "ray"],
            ),
        ],
        None,
    ),
    "workers": (
        Annotated[
            Optional[int],
            typer.Option(metavar="N", min=1, help="Of ray: how many workers. [default: one for each machine]"),
        ],
        None,
    ),
    "ray_address": (
        Annotated[
            Optional[str],
            typer.Option(
                metavar="HOST:PORT",
                help="Of ray: a cluster that is there. [default: RAY_ADDRESS, or this machine alone]",
            ),
        ],
        None,
    ),
    "estimate": (
        Annotated[
            bool,
            typer.Option("--estimate", help="Send nothing: tell pages, tokens, dollars and time beforehand."),
        ],
        False,
    ),
    "max_cost": (
        Annotated[
            Optional[float],
            typer.Option(metavar="USD", help="Stop before more than this is spent, in all sessions of the run."),
        ],
        None,
    ),
    "max_tokens_total": (
        Annotated[
            Optional[int],
            typer.Option(metavar="N", help="Stop before more tokens than this are used, in all sessions."),
        ],
        None,
    ),
    "rpm": (
        Annotated[Optional[float], typer.Option(metavar="N", help="Most requests a minute. [default: found out]")],
        None,
    ),
    "tpm": (
        Annotated[Optional[float], typer.Option(metavar="N", help="Most tokens a minute. [default: found out]")],
        None,
    ),
    "no_cache": (
        Annotated[bool, typer.Option("--no-cache", help="Neither use kept answers of a model nor keep new ones.")],
        False,
    ),
    "refresh": (
        Annotated[bool, typer.Option("--refresh", help="Ask again, also what was answered before.")],
        False,
    ),
    "store": (
        Annotated[
            Optional[str],
            typer.Option(metavar="FILE", help="Where answers and runs are kept. [default: in the user's cache folder]"),
        ],
        None,
    ),
    "progress": (
        Annotated[
            Optional[str],
            typer.Option(
                metavar="HOW",
                help="What stderr shows: auto (a bar on a terminal), json (a line a second) or none. [default: auto]",
                autocompletion=lambda: ["auto", "json", "none"],
            ),
        ],
        None,
    ),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """How a run works through its inputs.

    Attributes:
        resume: go on with the file of records.
        retry_failed: do inputs once more whose record is not ok.
        unordered: results come as they are ready.
        shard: the part of the inputs that is done, as it was given.
        engine: "local" or "ray".
        workers, ray_address: of the engine ray; None: as it finds them.
        estimate: only tell what it would take.
        progress: "auto", "json" or "none".
        settings: those that were given by flags, for `load_settings`.
    """

    resume: bool = False
    retry_failed: bool = False
    unordered: bool = False
    shard: str | None = None
    engine: str = "local"
    workers: int | None = None
    ray_address: str | None = None
    estimate: bool = False
    progress: str = "auto"
    settings: dict[str, object] = field(default_factory=dict)

    @property
    def goes_on(self) -> bool:
        """Whether results that exist are kept, and the others done."""
        return self.resume or self.retry_failed


# Those that concern single questions, too.
_OF_QUESTIONS = ("max_cost", "max_tokens_total", "rpm", "tpm", "no_cache", "refresh", "store")


def batched(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the flags of this module, which it gets as `batch`."""
    return _with_flags(command, tuple(_FLAGS))


def questioning(command: Callable[..., None]) -> Callable[..., None]:
    """The command with those of the flags that do not need many inputs."""
    return _with_flags(command, _OF_QUESTIONS)


def _with_flags(command: Callable[..., None], names: tuple[str, ...]) -> Callable[..., None]:
    own = inspect.signature(command)

    @wraps(command)
    def run(**given: Any) -> None:
        command(batch=_batch({name: given.pop(name, default) for name, (_, default) in _FLAGS.items()}), **given)

    kind = inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(n, kind, default=_FLAGS[n][1], annotation=_FLAGS[n][0]) for n in names]
    kept = [parameter.replace(kind=kind) for name, parameter in own.parameters.items() if name != "batch"]
    verbose = next((at for at, parameter in enumerate(kept) if parameter.name == "verbose"), len(kept))
    parameters = [*kept[:verbose], *added, *kept[verbose:]]
    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


NO_BATCH = Batch()


def _batch(given: dict[str, Any]) -> Batch:
    from vextract.errors import UsageError

    no_cache, refresh = given.pop("no_cache"), given.pop("refresh")
    if no_cache and refresh:
        raise UsageError("--no-cache keeps nothing, and --refresh keeps the new answers", "leave one of them out")
    progress = given.pop("progress") or "auto"
    if progress not in ("auto", "json", "none"):
        raise UsageError(f"--progress cannot be {progress!r}", "choose auto, json or none")
    engine = given.pop("engine") or "local"
    if engine not in ("local", "ray"):
        raise UsageError(f"--engine cannot be {engine!r}", "choose local or ray")
    for flag in ("workers", "ray_address") if engine == "local" else ():
        if given[flag] is not None:
            raise UsageError(f"--{flag.replace('_', '-')} is for --engine ray", "add it, or leave this one out")
    cache = "off" if no_cache else "refresh" if refresh else None
    settings = {name: given.pop(name) for name in ("max_cost", "max_tokens_total", "rpm", "tpm", "store")}
    return Batch(**given, engine=engine, progress=progress, settings={**settings, "cache": cache})
