"""`vextract models`: what -m accepts on this machine; `vextract models egress`: what left it."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    help="List what -m/--model accepts now, and what each can do.",
)


@app.callback()
def models(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List what -m/--model accepts now, and what each can do."""
    if context.invoked_subcommand:
        return
    from vextract.cli._console import emit
    from vextract.inventory import model_rows

    rows = model_rows()
    if as_json:
        emit(json.dumps([row.as_dict() for row in rows], indent=2))
        return
    width = max(len(row.name) for row in rows)
    tasks = max(len(", ".join(row.tasks)) for row in rows)
    for row in rows:
        state = row.version or f"not installed: {row.mend}"
        emit(f"{row.name:<{width}}  {', '.join(row.tasks):<{tasks}}  {row.about} ({state})")


@app.command()
def egress(
    everything: Annotated[bool, typer.Option("--all", help="Also requests to servers on this machine.")] = False,
    lines: Annotated[
        bool, typer.Option("--lines", help="Each request on a line of JSON, instead of a sum for each host.")
    ] = False,
) -> None:
    """Show what was sent to models: hosts, requests, bytes, pictures; never what was in them."""
    from vextract.cli._console import emit
    from vextract.egress import read_ledger, summarise

    found = (line for line in read_ledger() if everything or not line.loopback)
    if lines:
        for line in found:
            emit(json.dumps(asdict(line), ensure_ascii=False, default=datetime.isoformat))
        return
    rows = summarise(found)
    if not rows:
        emit("nothing has left this machine for a model")
        return
    width = max(len(row.host) for row in rows)
    for row in rows:
        days = f"{row.first:%Y-%m-%d} to {row.last:%Y-%m-%d}"
        emit(
            f"{row.host:<{width}}  {row.requests:>7} requests  {row.bytes_sent:>13,} bytes  {row.pictures:>6} pictures  {days}"
        )
