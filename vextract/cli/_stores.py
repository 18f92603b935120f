"""What the commands about the store share: opening one that is there, and how times, sizes and tables are shown."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

if TYPE_CHECKING:
    from vextract.store import Store

__all__ = ["Format", "StoreFile", "existing_store", "is_json", "iso", "shown_time", "table"]

StoreFile = Annotated[
    Optional[str],
    typer.Option(metavar="FILE", help="The store. [default: of the settings, in the user's cache folder]"),
]
Format = Annotated[
    str,
    typer.Option("--format", "-f", metavar="NAME", help="table or json.", autocompletion=lambda: ["table", "json"]),
]


@contextmanager
def existing_store(file: str | None) -> "Iterator[Store | None]":
    """The store that the flag or the settings name; None where nothing was ever kept in the user's own.

    Raises:
        InputError: one was named that is not there.
        OutputError: it cannot be used.
    """
    from pathlib import Path

    from vextract.errors import InputError
    from vextract.settings import load_settings
    from vextract.store import Store, default_path

    named = load_settings(store=file).store
    path = Path(named).expanduser() if named else default_path()
    if not path.exists():
        if named:
            raise InputError(f"there is no store {named!r}", "check --store, or the setting `store`")
        yield None
        return
    store = Store(path)
    try:
        yield store
    finally:
        store.close()


def is_json(form: str) -> bool:
    """Whether JSON is asked for.

    Raises:
        UsageError: it is no format.
    """
    from vextract.errors import UsageError

    if form not in ("table", "json"):
        raise UsageError(f"no format is called {form!r} here", "choose one of: table, json")
    return form == "json"


def iso(seconds: float | None) -> str | None:
    """A time, given in seconds since 1970, as JSON has it: in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def shown_time(seconds: float) -> str:
    """The same for people: as clocks here show it."""
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone():%Y-%m-%d %H:%M}"


def table(rows: Sequence[Sequence[Any]], right: frozenset[int]) -> Iterator[str]:
    """The rows as lines with columns as wide as they must be; those of `right`, from 0, aligned to the right."""
    from vextract.types import printable

    texts = [[printable(str(cell)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        cells = [f"{c:>{w}}" if at in right else f"{c:<{w}}" for at, (c, w) in enumerate(zip(row, widths, strict=True))]
        yield "  ".join(cells).rstrip()
