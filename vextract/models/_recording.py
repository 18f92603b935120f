"""Answers of a model on disk: written as they come, to be given once more by the provider `replay`.

A folder has model.json, which tells whose answers these are, and a file for each request, named by the request's hash. What was
asked is in it to be read by people; of pictures only sizes and hashes, of the client's options only the names. A model's failures
are not recorded: asked once more, it may succeed.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from vextract.errors import InputError, OutputError, UsageError
from vextract.models import Model
from vextract.profiles import ModelProfile
from vextract.requests import Part, Picture, Request, Response, request_hash

__all__ = ["Recorded", "Recording", "read_answer", "read_model"]

_FORMAT = 1
_READ_HINT = "record the answers anew with --record"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Recorded:
    """Whose answers a folder has: the model, and what made its requests what they were."""

    model: str
    dialect: str
    profile: ModelProfile


class Recording:
    """A model whose answers are written to a folder; but for that it is the model itself.

    A request that is asked more than once leaves its last answer.

    Raises:
        OutputError: the folder cannot be made or written.
        UsageError: it has answers of another model.
        InputError: its model.json is damaged.
    """

    def __init__(self, model: Model, folder: str | os.PathLike[str]) -> None:
        self._model, self._folder = model, Path(folder).expanduser()
        self.name, self.profile, self.dialect = model.name, model.profile, model.dialect
        self.address = model.address
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        if (self._folder / "model.json").exists():
            owner = read_model(self._folder).model
            if owner != self.name:
                hint = f"choose an empty folder for {self.name!r}"
                raise UsageError(f"{str(self._folder)!r} has answers of {owner!r}", hint)
        told = {"model": self.name, "dialect": self.dialect, "profile": asdict(self.profile)}
        _write(self._folder / "model.json", told)

    async def answer(self, request: Request, on_text: Callable[[str], None] | None = None) -> Response:
        """The model's answer, once it is on disk.

        Raises:
            OutputError: it cannot be written.
            AuthenticationError, ProviderError: as the model does; nothing is written then.
        """
        response = await self._model.answer(request, on_text)
        told = {"model": self.name, "request": _summary(request), "response": asdict(response)}
        _write(_answer_file(self._folder, request), told)
        return response

    async def close(self) -> None:
        """Closes the model."""
        await self._model.close()


def read_model(folder: Path) -> Recorded:
    """Whose answers the folder has.

    Raises:
        UsageError: it is no folder of recorded answers.
        InputError: its model.json is damaged.
    """
    if not (folder / "model.json").exists():
        hint = "make the folder with --record, or name the folder that has model.json"
        raise UsageError(f"{str(folder)!r} has no recorded answers", hint)
    told = _read(folder / "model.json")
    return _checked(folder / "model.json", Recorded, told)


def read_answer(folder: Path, request: Request) -> Response | None:
    """The recorded answer to a request; None if there is none.

    Raises:
        InputError: the file is damaged, or cannot be read.
    """
    file = _answer_file(folder, request)
    if not file.exists():
        return None
    return _checked(file, Response, _read(file).get("response"))


def _answer_file(folder: Path, request: Request) -> Path:
    return folder / f"{request_hash(request)}.json"


def _read(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {str(file)!r}: {error.strerror}", _READ_HINT) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{str(file)!r} is damaged: {error}", _READ_HINT) from error
    if not isinstance(told, dict):
        raise InputError(f"{str(file)!r} is damaged: it is no JSON object", _READ_HINT)
    if told.get("format") != _FORMAT:
        raise InputError(f"{str(file)!r} has the format {told.get('format')!r}, not {_FORMAT}", _READ_HINT)
    return told


def _checked(file: Path, kind: type[_T], value: object) -> _T:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{str(file)!r} is damaged at {where!r}: {first['msg']}", _READ_HINT) from error


def _summary(request: Request) -> dict[str, object]:
    sampling = request.sampling
    return {
        "system": request.system,
        "turns": [{"role": turn.role, "parts": [_part(part) for part in turn.parts]} for turn in request.turns],
        "json_schema": request.json_schema,
        "schema_name": request.schema_name,
        "temperature": sampling.temperature,
        "max_tokens": sampling.max_tokens,
        "seed": sampling.seed,
        "options": sorted(sampling.options),  # a key may be among the values
        "logprobs": request.logprobs,
    }


def _part(part: Part) -> object:
    if isinstance(part, str):
        return part
    told: dict[str, object] = {"media_type": part.media_type, "bytes": len(part.data)}
    told["sha256"] = hashlib.sha256(part.data).hexdigest()
    if isinstance(part, Picture):
        told |= {"width_px": part.width_px, "height_px": part.height_px}
    return told


def _write(file: Path, told: Mapping[str, object]) -> None:
    """Puts the file in its place whole, readable by the user alone: it has what documents say."""
    # Half a surrogate pair, which models do write, is kept as an escape.
    data = json.dumps({"format": _FORMAT, **told}, indent=1, default=str).encode()
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.replace(temporary, file)
    except OSError as error:
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)
        raise _unwritable(file, error) from error


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot write {str(path)!r}: {error.strerror or error}", "choose another --record, or make room"
    )
