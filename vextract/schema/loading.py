"""The one way in: a schema by file, module, ready-made name, JSON Schema, short notation or class."""

import difflib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticUserError

from vextract.errors import SchemaError
from vextract.schema.fields import FieldSpec, describe
from vextract.schema.problems import Problem, problems

__all__ = ["Schema", "load_schema", "ready_made", "ready_made_path"]

_FILE_AND_CLASS = re.compile(r"(?P<path>.+\.(?:py|json))(?::(?P<name>[^\W\d]\w*))?", re.DOTALL)
_MODULE_AND_CLASS = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Schema:
    """What is to be read off a page.

    Attributes:
        name: what records say under "schema", such as "Receipt".
        model: the class that validates; a root model for lists and other values that are no objects.
    """

    name: str
    model: type[BaseModel]

    @cached_property
    def json_schema(self) -> Mapping[str, Any]:
        """The JSON Schema of the class; of a JSON Schema file that file's own."""
        try:
            return self.model.model_json_schema()
        except PydanticUserError as error:
            told = error.message.partition("\n")[0]
            raise SchemaError(f"{self.name!r} has no JSON Schema: {told}", "use types that JSON can hold") from error

    @cached_property
    def fields(self) -> FieldSpec:
        """What the schema asks for, field by field."""
        return describe(self.json_schema)

    def validate(self, data: object) -> tuple[BaseModel | None, list[Problem]]:
        """The instance for JSON data, or None and all that is wrong with it.

        Raises:
            SchemaError: a validator of the schema's own fails in another way than by refusing.
        """
        try:
            return self._instance(data), []
        except ValidationError as error:
            return None, problems(error, data)
        except Exception as error:  # validators are the user's code
            told = f"{type(error).__name__}: {error}".partition("\n")[0]
            raise SchemaError(f"a validator of {self.name!r} fails: {told}", "mend the validator") from error

    def _instance(self, data: object) -> BaseModel:
        # As JSON, so that a strict model too reads its dates from strings; what JSON cannot hold is validated as it is.
        try:
            text = json.dumps(data)
        except (TypeError, ValueError, RecursionError):
            return self.model.model_validate(data)
        try:
            return self.model.model_validate_json(text)
        except ValidationError as error:
            if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
                return self.model.model_validate(data)
            raise


def load_schema(spec: str | type[BaseModel]) -> Schema:
    """The schema that a user means by `spec`; docs/schemas.md says in which order it is understood.

    Args:
        spec: `file.py:Class` or `file.py`; `file.json`; `package.module:Class`; a ready-made name; the short notation; or a class.

    Raises:
        SchemaError: there is no such schema, or it cannot be used.
    """
    if not isinstance(spec, str):
        from vextract.schema.python_source import as_model

        model = as_model(spec, getattr(spec, "__name__", "schema"))
        return _checked(Schema(model.__name__, model))
    return _load(spec.strip(), os.path.abspath("."))


def ready_made() -> list[str]:
    """The names of the schemas that come with vextract, in order. None of them is imported."""
    folder = _ready_made_folder()
    return sorted(file.stem for file in folder.glob("[!_]*.py")) if folder else []


def ready_made_path(name: str) -> str:
    """The file of a ready-made schema."""
    return str(Path(_ready_made_folder() or ".") / f"{name}.py")


@lru_cache(maxsize=256)
def _load(spec: str, _working_directory: str) -> Schema:
    """Cached also by the working directory, which relative paths depend on."""
    from vextract.schema.json_file import read_json_schema
    from vextract.schema.python_source import class_of_file, class_of_module

    if not spec:
        raise SchemaError("the schema is empty", _WAYS)
    if re.match(r"\w+://", spec):
        raise SchemaError(f"{spec!r} is a URL", "schemas are never fetched: save it as a file and name that")
    file = _FILE_AND_CLASS.fullmatch(spec)
    if file and (os.path.exists(file["path"]) or not re.search(r"[,{\n]", spec)):
        path, name = file["path"], file["name"]
        _check_file(path)
        if path.endswith(".py"):
            model = class_of_file(path, name)
        elif name:
            raise SchemaError(f"{path!r} is a JSON Schema and has no class {name!r}", f"write {path} alone")
        else:
            model = read_json_schema(path)
    elif _MODULE_AND_CLASS.fullmatch(spec):
        model = class_of_module(spec)
    elif _NAME.fullmatch(spec):
        model = _ready_made_model(spec)
    else:
        model = _short(spec)
    return _checked(Schema(model.__name__, model))


_WAYS = (
    'name a ready-made schema, file.py:Class, file.json, package.module:Class, or fields such as "vendor, total float"'
)


def _checked(schema: Schema) -> Schema:
    """The schema, once it is sure that its JSON Schema can be had."""
    _ = schema.json_schema
    return schema


def _check_file(path: str) -> None:
    if os.path.isfile(path):
        return
    if os.path.isdir(path):
        raise SchemaError(f"{path!r} is a directory", "name a file in it")
    folder = os.path.dirname(path) or "."
    others = [n for n in os.listdir(folder) if n.endswith((".py", ".json"))] if os.path.isdir(folder) else []
    near = difflib.get_close_matches(os.path.basename(path), others, 1, 0.6)
    hint = f"did you mean {os.path.join(os.path.dirname(path), near[0])}?" if near else "check the path"
    raise SchemaError(f"there is no file {path!r}", hint)


def _ready_made_folder() -> Path | None:
    """`schemas/` inside the package where it is installed, beside the package in a checkout."""
    package = Path(__file__).parent.parent
    return next((f for f in (package / "schemas", package.parent / "schemas") if f.is_dir()), None)


def _ready_made_model(name: str) -> type[BaseModel]:
    from vextract.schema.python_source import class_of_file

    names = ready_made()
    wanted = name.lower().replace("-", "_")
    if wanted in names:
        return class_of_file(ready_made_path(wanted), None)
    if os.path.exists(name):
        raise SchemaError(f"{name!r} is neither a .py nor a .json file", _WAYS)
    near = difflib.get_close_matches(wanted, names, 3, 0.7)
    known = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names) or 'none'}"
    raise SchemaError(
        f"no ready-made schema is called {name!r}", f'{known} (a single field needs a type: "{name} str")'
    )


def _short(spec: str) -> type[BaseModel]:
    from vextract.schema.short import model_of_short

    return model_of_short(spec)
