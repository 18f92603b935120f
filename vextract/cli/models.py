"""`vextract models`: what -m accepts on this machine."""

import json
from typing import Annotated

import typer

__all__ = ["models"]


def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List what -m/--model accepts now, and what each can do."""
    from vextract.cli._console import emit
    from vextract.inventory import readers

    rows = readers()
    if as_json:
        emit(json.dumps([row.as_dict() for row in rows], indent=2))
        return
    width = max(len(row.name) for row in rows)
    for row in rows:
        state = row.version or f"not installed: {row.mend}"
        emit(f"{row.name:<{width}}  {', '.join(row.tasks):<5} {row.about} ({state})")
