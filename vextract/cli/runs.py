"""`vextract runs`: what runs did, and going on with one as it was begun."""

from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from vextract.cli import _stores as stores

if TYPE_CHECKING:
    from vextract.store import Store
    from vextract.store.runs import Item, Run, Spent

__all__ = ["app"]

app = typer.Typer(
    help="List runs, show what became of their inputs, and go on with them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_STATES = ("ok", "partial", "failed")
Number = Annotated[str, typer.Argument(metavar="RUN", help="Its number, or last.", show_default=False)]


@app.command("list", epilog="Examples: vextract runs list · vextract runs list -f json | jq '.[0]'")
def list_runs(form: stores.Format = "table", store: stores.StoreFile = None) -> None:
    """List the runs that asked a model or wrote a file of records, the last one first."""
    import json

    from vextract.cli._console import emit

    as_json = stores.is_json(form)
    with stores.existing_store(store) as kept:
        found = [(run, *_figures(kept, run)) for run in kept.runs.all()] if kept else []
    if as_json:
        emit(json.dumps([_told(*each) for each in found], indent=2, ensure_ascii=False))
    elif not found:
        emit("no runs are noted")
    else:
        head = ("RUN", "BEGAN", "STATE", *map(str.upper, _STATES), "SPENT", "OUTPUT")
        for line in stores.table([head, *(_row(*each) for each in found)], frozenset({0, 3, 4, 5, 6})):
            emit(line)


@app.command(
    "show", epilog="Examples: vextract runs show last · vextract runs show 7 -f json | jq '.failures[].source'"
)
def show(number: Number, form: stores.Format = "table", store: stores.StoreFile = None) -> None:
    """Show a run: its command, what it spent, and which inputs failed how often and why."""
    import json
    import shlex

    from vextract.cli._console import emit
    from vextract.types import printable

    as_json = stores.is_json(form)
    with stores.existing_store(store) as kept:
        run = _found(kept, number)
        assert kept is not None, "a run was found in it"
        (states, spent), failures = _figures(kept, run), kept.runs.failures(run.id)
    if as_json:
        told = _told(run, states, spent) | {"failures": [_failure(item) for item in failures]}
        emit(json.dumps(told, indent=2, ensure_ascii=False))
        return
    ended = f", ended {stores.shown_time(run.ended)}" if run.ended else ""
    rows = [
        ("run", run.id),
        ("state", run.standing + (f" (process {run.pid})" if run.alive else "")),
        ("began", stores.shown_time(run.began) + ended),
        ("folder", run.folder),
        ("command", shlex.join(["vextract", *run.command])),
        ("output", run.output or "none that it could be gone on with"),
        ("inputs", ", ".join(f"{states[state]} {state}" for state in _STATES if state in states) or "none yet"),
        ("spent", _spent(spent)),
    ]
    for line in stores.table(rows, frozenset()):
        emit(line)
    for item in failures:
        name = item.source if item.nth == 1 else f"{item.source} (the {item.nth}. of that name)"
        why = f"{item.kind}: {item.message}" if item.kind else "why was not noted; its record tells"
        emit(printable(f"{item.state}  {name}: {why} (attempt {item.attempts})"))


@app.command("resume", epilog="Examples: vextract runs resume last · vextract runs resume 7")
def resume(context: typer.Context, number: Number, store: stores.StoreFile = None) -> None:
    """Run its command once more with --resume, in its folder: what has a record is done."""
    _go_on(context, number, store, "--resume")


@app.command("retry-failed", epilog="Examples: vextract runs retry-failed last · vextract runs retry-failed 7")
def retry_failed(context: typer.Context, number: Number, store: stores.StoreFile = None) -> None:
    """Run its command once more with --retry-failed, in its folder: inputs whose record is not ok are done again, too."""
    _go_on(context, number, store, "--retry-failed")


def _go_on(context: typer.Context, number: str, store: str | None, flag: str) -> NoReturn:
    """Becomes the command, so that its signals and its exit code are its own."""
    import os
    import sys

    from vextract.cli._again import again
    from vextract.errors import InputError

    with stores.existing_store(store) as kept:
        run = _found(kept, number)
    command = again(run, context, flag, store)
    try:
        os.chdir(run.folder)
    except OSError as error:
        raise InputError(
            f"the folder of run {run.id} is gone: {run.folder!r}: {error.strerror}",
            f"type it elsewhere: {command.typed}",
        ) from error
    print(f"vextract: in {run.folder}: {command.typed}", file=sys.stderr, flush=True)
    # Without -P a file in that folder could stand in for a module.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "vextract", *command.arguments])  # noqa: S606  no shell is wanted


def _found(store: "Store | None", number: str) -> "Run":
    from vextract.errors import UsageError

    runs = store.runs.all()[:1] if store and number == "last" else []
    if store and number.isascii() and number.isdigit() and len(number) < 19:
        runs = [run for run in [store.runs.get(int(number))] if run]
    if not runs:
        raise UsageError(f"there is no run {number!r}", "see `vextract runs list` for their numbers, or write last")
    return runs[0]


def _figures(store: "Store", run: "Run") -> "tuple[dict[str, int], Spent]":
    return store.runs.states(run.id), store.runs.spent(run.id)


def _row(run: "Run", states: dict[str, int], spent: "Spent") -> tuple[object, ...]:
    counts = (f"{states.get(state, 0):,}" for state in _STATES)
    return run.id, stores.shown_time(run.began), run.standing, *counts, _dollars(spent), run.output or "-"


def _dollars(spent: "Spent") -> str:
    if not spent.answers:
        return "-"
    if spent.unpriced == spent.answers:
        return "unknown"
    return f"${spent.known.cost_usd or 0:.4f}" + ("+" if spent.unpriced else "")


def _spent(spent: "Spent") -> str:
    if not spent.answers:
        return "nothing"
    tokens = (spent.known.input_tokens or 0) + (spent.known.output_tokens or 0)
    told = [f"{spent.answers:,} answers", f"{tokens:,} tokens", _dollars(spent)]
    told += [f"{spent.uncounted:,} did not count their tokens"] if spent.uncounted else []
    return ", ".join([*told, f"{spent.unpriced:,} have no known price"] if spent.unpriced else told)


def _told(run: "Run", states: dict[str, int], spent: "Spent") -> dict[str, Any]:
    usage = spent.usage
    return {
        "run": run.id,
        "state": run.standing,
        "began": stores.iso(run.began),
        "since": stores.iso(run.since),
        "ended": stores.iso(run.ended),
        "pid": run.pid,
        "folder": _plain(run.folder),
        "command": [_plain(argument) for argument in run.command],
        "output": _plain(run.output) if run.output else None,
        **{state: states.get(state, 0) for state in _STATES},
        "spent": {
            "answers": spent.answers,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cost_usd": usage.cost_usd,
        },
    }


def _failure(item: "Item") -> dict[str, Any]:
    return {
        "source": item.source,
        "nth": item.nth,
        "status": item.state,
        "kind": item.kind,
        "message": item.message,
        "attempts": item.attempts,
    }


def _plain(name: str) -> str:
    """A name as UTF-8 has it: other bytes as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()
