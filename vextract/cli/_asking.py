"""What the commands do that can ask a vision model: its options, prompt, recorder, and the dry run."""

import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vextract.askers import Askers
from vextract.asking import Asker
from vextract.cli._console import emit
from vextract.connecting import asker_for
from vextract.errors import InputError, UsageError
from vextract.jobs import Work, chosen_model, lineup, profile_of
from vextract.models import Connection, Model
from vextract.pictures import as_sent
from vextract.prices import cost_usd
from vextract.profiles import ModelProfile
from vextract.records import read_records
from vextract.requests import Picture, Request
from vextract.sending import Keeping, Show
from vextract.settings import Settings
from vextract.sources.opening import open_file
from vextract.sources.options import OpenOptions
from vextract.tasks.extract import Example, ExtractOptions
from vextract.types import Usage
from vextract.values.json_text import parse_json
from vextract.weighing import weigh

__all__ = ["Asking", "examples", "labels", "options", "prompt_text", "tile", "utf8"]

_LONGEST_PROMPT = 1 << 20
_SMALLEST_TILE = 64


@dataclass(frozen=True, slots=True)
class Asking:
    """How a model is asked in this run: `show` its requests instead of sending them; `record` its answers to a folder."""

    show: bool = False
    record: str | None = None

    def asker(
        self, settings: Settings, keeping: Keeping | None = None, show: Show | None = None
    ) -> Asker | Askers | None:
        """What asks the model that the settings name, or all of several; None where they name a reader alone.

        `keeping`: see `connecting.asker_for`; `show` shows requests in its own way instead of sending them.

        Raises:
            VextractError: the model cannot be asked.
        """
        recorder = _recorder(self.record, several=lineup(settings).several)
        return asker_for(settings, show or (_shower(settings) if self.show else None), recorder, keeping)

    def without_model(self, work: Work) -> None:
        """Raises UsageError where no model is asked, and something is wanted that none but a model can do."""
        shown = isinstance(work.options, ExtractOptions) and work.options.examples
        wanted = {
            "--show-request": self.show,
            "--record": self.record is not None,
            "--prompt-file": work.prompt is not None,
            "--example": shown,
        }
        for flag in (flag for flag, given in wanted.items() if given):
            raise UsageError(f"{flag} is for vision models, and none is named", "name one with -m PROVIDER:MODEL")


def options(given: Sequence[str] | None) -> dict[str, Any] | None:
    """`-O key=value` as a mapping; values are read as JSON where they are JSON, else as text. None if there are none.

    Raises:
        UsageError: one has no "=".
    """
    found = {}
    for option in given or ():
        key, equals, value = option.partition("=")
        if not equals or not key:
            raise UsageError(f"-O {option!r} has no key and value", "write it as -O top_p=0.9")
        try:
            found[key] = json.loads(value)
        except ValueError:
            found[key] = value
    return found or None


def labels(given: str | None) -> tuple[str, ...]:
    """Labels parted by commas, each once.

    Raises:
        UsageError: there are none.
    """
    if given is None:
        return ()
    named = dict.fromkeys(label.strip() for label in utf8("--labels", given).split(",") if label.strip())
    if not named:
        raise UsageError("--labels has no labels", 'name some, as in --labels "person, red car"')
    return tuple(named)


def tile(given: str | None) -> int | Literal["auto"] | None:
    """The side of tiles in pixels, or "auto".

    Raises:
        UsageError: it is neither.
    """
    if given is None:
        return None
    if given == "auto":
        return "auto"
    if not given.isascii() or not given.isdigit() or int(given) < _SMALLEST_TILE:
        raise UsageError(f"--tile cannot be {given!r}", f"give pixels, {_SMALLEST_TILE} or more, or auto")
    return int(given)


def utf8(what: str, text: str) -> str:
    """The text, which a model is to be told.

    Raises:
        UsageError: it has bytes that are no UTF-8, which no request can hold.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"{what} is not UTF-8: {text[:80]!r}", "name files before the question; write text in UTF-8"
        ) from error
    return text


def prompt_text(file: str | None) -> str | None:
    """The user's own prompt.

    Raises:
        UsageError: the file cannot be read as text.
    """
    if file is None:
        return None
    try:
        path = Path(file)
        if path.stat().st_size > _LONGEST_PROMPT:
            raise UsageError(f"--prompt-file {file!r} is over a megabyte", "give a prompt, not a document")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot read --prompt-file {file!r}: {reason}", "give a text file in UTF-8") from error
    if not text.strip():
        raise UsageError(f"--prompt-file {file!r} is empty", "write into it what the model is to be asked")
    return text


def examples(given: Sequence[str] | None, settings: Settings) -> ExtractOptions:
    """`--example PICTURE=JSON`, or a file of corrected records, as pictures with their values.

    Raises:
        UsageError: one is not of that form, or its values cannot be read.
        InputError: a picture cannot be read.
    """
    shown = [pair for one in given or () for pair in _pictures(one)]
    return ExtractOptions(tuple(_example(picture, values, settings) for picture, values in shown))


def _pictures(given: str) -> Iterator[tuple[str, object]]:
    """The pictures that an example names, each with its values: one, or those of all records of a JSONL file."""
    if "=" not in given and os.path.splitext(given)[1].lower() in (".jsonl", ".json"):
        try:
            with open(given, "rb") as file:
                yield from [(record.source, record.data) for record in read_records(file, given)]
        except OSError as error:
            raise InputError(f"cannot read --example {given!r}: {error.strerror}", "name a file of records") from error
        return
    picture, equals, values = given.rpartition("=")
    if not equals or not picture:
        raise UsageError(
            f"--example {given!r} names no picture and values",
            "write it as --example receipt.png=receipt.json, or name a JSONL of records",
        )
    try:
        yield picture, parse_json(Path(values).read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the values of --example {given!r}: {error}", "give a file of JSON") from error


def _example(picture: str, values: object, settings: Settings) -> Example:
    if not os.path.isfile(picture):
        raise InputError(f"no file {picture!r}", "name the picture of the example")
    opened = open_file(Path(picture), picture, OpenOptions(dpi=settings.dpi, colour=True))
    try:
        model = chosen_model(settings)
        profile = profile_of(model, settings) if model else ModelProfile("unknown")
        return Example(as_sent(opened.page(1).image, profile), values)
    finally:
        opened.close()


def _recorder(folder: str | None, *, several: bool) -> Callable[[Model], Model] | None:
    """What records a model's answers; those of several models go to a folder of its own each."""
    if folder is None:
        return None
    from vextract.models._recording import Recording

    return lambda model: Recording(model, Path(folder, re.sub(r"[^\w.-]+", "_", model.name) if several else ""))


def _shower(settings: Settings) -> Callable[[Request, Connection], None]:
    lock = threading.Lock()

    def show(request: Request, connection: Connection) -> None:
        with lock:
            emit(json.dumps(_described(request, connection, settings), ensure_ascii=False, indent=2))

    return show


def _described(request: Request, connection: Connection, settings: Settings) -> dict[str, Any]:
    """The request in words and figures: everything but the pictures' bytes."""
    family = connection.profile.family
    weight = weigh(request, family)
    cost = cost_usd(connection.name.provider, connection.name.model, Usage(weight.total, 0, 0), settings.prices)
    return {
        "model": str(connection.name),
        "server": connection.base_url or "the provider's own",
        "system": request.system,
        "turns": [{"role": turn.role, "parts": [_part(part) for part in turn.parts]} for turn in request.turns],
        "json_schema": request.json_schema,
        "temperature": request.sampling.temperature
        if request.sampling.temperature is not None
        else connection.profile.temperature,
        "max_tokens": request.sampling.max_tokens,
        "seed": request.sampling.seed,
        "options": dict(request.sampling.options),
        "estimated_input_tokens": {"text": weight.text, "pictures": weight.pictures},
        "estimated_input_cost_usd": cost,
    }


def _part(part: Any) -> object:
    if isinstance(part, str):
        return part
    told = {"type": part.media_type, "bytes": len(part.data), "sha256": hashlib.sha256(part.data).hexdigest()}
    return told | ({"width": part.width_px, "height": part.height_px} if isinstance(part, Picture) else {})
