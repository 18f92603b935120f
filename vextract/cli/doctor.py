"""`vextract doctor`: what is installed, what is missing, and what to type to mend it."""

import json
from typing import Annotated

import typer

__all__ = ["doctor"]


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a list.")] = False,
) -> None:
    """Check the installation: programs, languages, extras, settings and keys (never their values).

    Ends with 5 if the embedded reader cannot run.
    """
    from vextract.cli._console import emit
    from vextract.errors import ExitCode
    from vextract.inventory import check_up

    checks = check_up()
    if as_json:
        emit(json.dumps([check.as_dict() for check in checks], indent=2))
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            mark = "ok  " if check.present else "MISS" if check.required else "-   "
            mend = f"  ->  {check.mend}" if check.mend and not check.present else ""
            emit(f"{mark} {check.name:<{width}}  {check.found or ''}{mend}".rstrip())
    if any(check.required and not check.present for check in checks):
        raise typer.Exit(ExitCode.DEPENDENCY)
