"""`vextract cache`: what is kept of models' answers, and how to look at it, take it elsewhere or forget it."""

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from vextract.cli import _stores as stores

if TYPE_CHECKING:
    from vextract.requests import Response
    from vextract.store.answers import Kept, Total

__all__ = ["app"]

app = typer.Typer(
    help="Show, export and forget the answers of models that are kept.", no_args_is_help=True, rich_markup_mode=None
)
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


@app.command("stats", epilog="Examples: vextract cache stats · vextract cache stats -f json")
def stats(form: stores.Format = "table", store: stores.StoreFile = None) -> None:
    """Show how many answers are kept of each model and task, and what room they take."""
    import json

    from vextract.cli._console import emit

    as_json = stores.is_json(form)
    with stores.existing_store(store) as kept:
        totals = kept.answers.totals() if kept else []
        path, size = (str(kept.path), kept.answers.size_bytes()) if kept else (None, 0)
    if as_json:
        emit(json.dumps(_told(path, size, totals), indent=2))
        return
    if not totals:
        emit("no answers are kept")
        return
    rows = [("MODEL", "TASK", "ANSWERS", "BYTES", "FIRST", "LAST"), *map(_row, totals)]
    for line in stores.table(rows, frozenset({2, 3})):
        emit(line)
    count, taken = sum(t.answers for t in totals), sum(t.stored_bytes for t in totals)
    emit(f"{count:,} answers, {taken:,} bytes; with runs and all else {size:,} bytes in {path}")


@app.command("clear", epilog="Examples: vextract cache clear --yes · vextract cache clear --store ./store.sqlite")
def clear(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False, store: stores.StoreFile = None
) -> None:
    """Forget all answers. What runs did and what they cost stays noted."""
    from vextract.cli._console import emit

    with stores.existing_store(store) as kept:
        count = sum(total.answers for total in kept.answers.totals()) if kept else 0
        if count and not yes:
            _ask(f"Forget {count:,} answers, which would have to be paid for once more?")
        gone = kept.answers.clear() if kept else 0
    emit(f"{gone:,} answers forgotten")


@app.command("prune", epilog="Examples: vextract cache prune --older-than 30d · vextract cache prune --max-size 2GB")
def prune(
    older_than: Annotated[
        Optional[str], typer.Option(metavar="AGE", help="Those made longer ago than this: 90m, 12h, 30d, 8w.")
    ] = None,
    model: Annotated[
        Optional[str], typer.Option("--model", "-m", metavar="NAME", help="Only those of this model.")
    ] = None,
    max_size: Annotated[
        Optional[str],
        typer.Option(metavar="SIZE", help="The oldest, until the others take no more than this: 500MB, 2GB."),
    ] = None,
    store: stores.StoreFile = None,
) -> None:
    """Forget some of the answers, and give the room back to the disk."""
    import time

    from vextract.cli._console import emit
    from vextract.errors import UsageError

    before = time.time() - _seconds(older_than) if older_than is not None else None
    most = _bytes(max_size) if max_size is not None else None
    if before is None and model is None and most is None:
        raise UsageError("nothing says which answers to forget", "give --older-than, --model or --max-size")
    with stores.existing_store(store) as kept:
        gone = kept.answers.prune(older_than=before, model=model, max_bytes=most) if kept else 0
    emit(f"{gone:,} answers forgotten")


@app.command(
    "export", epilog="Examples: vextract cache export -o answers.jsonl · vextract cache export | jq .response.text"
)
def export(
    output: Annotated[Optional[str], typer.Option("--output", "-o", metavar="FILE", help="A file.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    store: stores.StoreFile = None,
) -> None:
    """Print the answers, oldest first, one a line of JSON. Ends with 9 if some are damaged, which are left out."""
    import os
    import sys
    from pathlib import Path

    from vextract.cli._console import emit
    from vextract.errors import ExitCode
    from vextract.files import AtomicFile, in_the_way

    name = output if output not in (None, "-") else None
    if name and os.path.exists(name) and not force:
        raise in_the_way(Path(name))
    damaged = 0
    with stores.existing_store(store) as kept:
        file = AtomicFile(Path(name)) if name else None
        for answer in kept.answers.all() if kept else ():
            if answer.response is None:
                damaged += 1
            elif file:
                file.write(_line(answer, answer.response).encode() + b"\n")
            else:
                emit(_line(answer, answer.response))
        if file:
            file.commit()
    if damaged:
        print(f"vextract: {damaged:,} answers are damaged and left out", file=sys.stderr)
        raise typer.Exit(ExitCode.PARTIAL)


def _told(path: str | None, size: int, totals: "list[Total]") -> dict[str, Any]:
    by = [
        {
            "model": total.model,
            "task": total.task,
            "answers": total.answers,
            "bytes": total.stored_bytes,
            "first": stores.iso(total.first),
            "last": stores.iso(total.last),
        }
        for total in totals
    ]
    return {
        "store": path,
        "store_bytes": size,
        "answers": sum(total.answers for total in totals),
        "bytes": sum(total.stored_bytes for total in totals),
        "first": stores.iso(min((total.first for total in totals), default=None)),
        "last": stores.iso(max((total.last for total in totals), default=None)),
        "by": by,
    }


def _row(total: "Total") -> tuple[str, ...]:
    first, last = stores.shown_time(total.first), stores.shown_time(total.last)
    return total.model, total.task, f"{total.answers:,}", f"{total.stored_bytes:,}", first, last


def _ask(question: str) -> None:
    """Nothing, if the user says yes.

    Raises:
        UsageError: there is nobody to ask.
        Interrupted: the user does not.
    """
    import sys

    from vextract.errors import Interrupted, UsageError

    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("whether to forget all answers cannot be asked here", "add --yes")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Interrupted("nothing was forgotten")


def _seconds(text: str) -> float:
    """A duration such as "30d" in seconds."""
    import re

    from vextract.errors import UsageError

    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([smhdw])", text.strip(), re.ASCII)
    if found is None:
        raise UsageError(f"--older-than cannot be {text!r}", "give a number and s, m, h, d or w: 12h, 30d")
    return float(found[1]) * _UNITS_S[found[2]]


def _bytes(text: str) -> int:
    """A size such as "2GB" or "500 MiB" in bytes."""
    import re

    from pydantic import ByteSize, TypeAdapter

    from vextract.errors import UsageError

    # Pydantic knows the units; it lets pass what stands behind them.
    if not re.fullmatch(r"\d{1,15}(\.\d{1,9})? ?([kmgtp]i?b|b)?", text.strip(), re.ASCII | re.IGNORECASE):
        raise UsageError(f"--max-size cannot be {text!r}", "give a number and a unit: 500MB, 2GB, 1GiB")
    return int(TypeAdapter(ByteSize).validate_python(text.strip()))


def _line(answer: "Kept", response: "Response") -> str:
    import json
    from dataclasses import asdict

    told = {
        "key": answer.key.hex(),
        "model": answer.model,
        "task": answer.task,
        "made": stores.iso(answer.made),
        "response": {name: value for name, value in asdict(response).items() if name != "stored"},
    }
    # JSON has no infinite numbers, which logarithms of probabilities may be.
    finite = json.loads(json.dumps(told), parse_constant=lambda _: None)
    # Half a surrogate pair, which models do write, becomes an escape.
    return json.dumps(finite, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace").decode()
