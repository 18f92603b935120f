"""Classes from Python that the user named: a file or an installed module. Nothing else is ever imported or run."""

import ast
import contextlib
import dataclasses
import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from hashlib import sha256
from types import GenericAlias, ModuleType
from typing import Any, get_args

from pydantic import BaseModel, RootModel, create_model
from pydantic.errors import PydanticUserError

from vextract.errors import SchemaError

__all__ = ["as_model", "class_of_file", "class_of_module", "one_line_about"]


def class_of_file(path: str, name: str | None) -> type[BaseModel]:
    """A class that a Python file defines; without a name its main one: named like the file, or used by no other.

    Raises:
        SchemaError: the file cannot be run, or has no such class.
    """
    module = _run(path)
    return _named(module, name, path) if name else _main(module, path)


def class_of_module(spec: str) -> type[BaseModel]:
    """The class of `package.module:Class`.

    Raises:
        SchemaError: there is no such module or class, or the module fails.
    """
    module_name, _, name = spec.partition(":")
    with _without_working_directory(), contextlib.redirect_stdout(sys.stderr):
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
                hint = (
                    f"install it, set PYTHONPATH, or name the file: path/to/{module_name.rpartition('.')[2]}.py:{name}"
                )
                raise SchemaError(f"no module is called {error.name!r}", hint) from error
            raise _failed(module_name, error) from error
        except (Exception, SystemExit) as error:  # it is the user's code: whatever it raises is told to the user
            raise _failed(module_name, error) from error
    return _named(module, name, module_name)


def as_model(found: object, what: str) -> type[BaseModel]:
    """The class itself if it is a Pydantic model; a root model around a dataclass, a TypedDict or a type such as list[Row].

    Raises:
        SchemaError: it is none of these.
    """
    if isinstance(found, type) and issubclass(found, BaseModel):
        return found
    usable = isinstance(found, GenericAlias) or (isinstance(found, type) and _is_record(found))
    if not usable:
        hint = "name a Pydantic model, a dataclass, a TypedDict, or a list of one"
        raise SchemaError(f"{what!r} is no Pydantic model but {type(found).__name__} {found!r:.60}", hint)
    name = what.rpartition(":")[2] or "Root"
    try:
        return create_model(name, __base__=RootModel[found], __doc__=_doc(found))  # type: ignore[valid-type]
    except PydanticUserError as error:
        told = error.message.partition("\n")[0]
        raise SchemaError(f"{what!r} cannot be used: {told}", "write a Pydantic model instead") from error


def one_line_about(path: str, name: str) -> str:
    """The first line of the docstring of a file's class of that name, else of the file; "" if there is none. Runs nothing."""
    try:
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, UnicodeDecodeError):
        return ""
    main = [node for node in tree.body if isinstance(node, ast.ClassDef) and _same(node.name, name)]
    said = ast.get_docstring(main[0]) if main else None
    return (said or ast.get_docstring(tree) or "").partition("\n")[0]


def _is_record(found: type) -> bool:
    # typing and typing_extensions each have their own TypedDict.
    return dataclasses.is_dataclass(found) or (issubclass(found, dict) and hasattr(found, "__total__"))


def _doc(found: object) -> str | None:
    # A dataclass without a docstring has its signature there.
    text = getattr(found, "__doc__", None) if isinstance(found, type) else None
    return None if text is None or text.startswith(f"{getattr(found, '__name__', '')}(") else text


def _run(path: str) -> ModuleType:
    """The module that a file is. It is compiled here, since importing it would leave a __pycache__ beside it."""
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        raise SchemaError(
            f"cannot read {path!r}: {error.strerror}", "name a Python file, as in receipt.py:Receipt"
        ) from error
    full = os.path.abspath(path)
    stem = os.path.basename(path).removesuffix(".py")
    module = ModuleType(f"vextract_schema_{stem}_{sha256(os.fsencode(full)).hexdigest()[:8]}")
    module.__file__ = full
    sys.modules[module.__name__] = module  # Pydantic looks there for the names that annotations use
    try:
        with contextlib.redirect_stdout(sys.stderr):
            exec(compile(source, full, "exec", dont_inherit=True), module.__dict__)  # noqa: S102  the user named the file
    except (Exception, SystemExit) as error:  # it is the user's code: whatever it raises is told to the user
        del sys.modules[module.__name__]
        raise _failed(path, error, full) from error
    return module


def _failed(what: str, error: BaseException, file: str | None = None) -> SchemaError:
    """What went wrong in the user's code, with the line; `file` is where that code is, None for a module's first file."""
    if isinstance(error, SyntaxError):
        place = repr(what) if error.filename in (file, None) else str(error.filename)
        line = f", line {error.lineno}" if error.lineno else ""
        return SchemaError(f"{place}{line}: {error.msg}", "mend that line")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    theirs = file or next((frame.filename for frame in frames if frame.filename != __file__), None)
    line = next((f", line {frame.lineno}" for frame in reversed(frames) if frame.filename == theirs), "")
    place = repr(what) if file or not theirs else f"{what!r} ({theirs}{line})"
    first, *_ = str(error).strip().splitlines() or [""]
    told = f"{type(error).__name__}: {first}".removesuffix(": ")
    missing = isinstance(error, ModuleNotFoundError)
    hint = _NOT_FOUND if missing else "mend it there"
    return SchemaError(f"{place}{line if file else ''}: {told}", hint)


_NOT_FOUND = "install what it imports; what lies beside it is found only if PYTHONPATH names the folder"


@contextlib.contextmanager
def _without_working_directory() -> Iterator[None]:
    """`python -m` and `python -c` put the working directory first on the path: a module must not come from there by accident.

    It stays where the user's PYTHONPATH names it, or where it is the folder of the script that is running.
    """
    here = os.path.realpath(os.getcwd())
    wished = [os.path.realpath(part) for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    first = sys.path[0] if sys.path else None
    unwanted = (
        first is not None
        and os.path.realpath(first or ".") == here
        and here not in wished
        and (script is None or os.path.realpath(os.path.dirname(script)) != here)
    )
    if unwanted:
        sys.path.pop(0)
        importlib.invalidate_caches()
    try:
        yield
    finally:
        if unwanted and first is not None:
            sys.path.insert(0, first)


def _named(module: ModuleType, name: str, what: str) -> type[BaseModel]:
    if not hasattr(module, name):
        near = difflib.get_close_matches(name, list(_models(module)) or dir(module), 3, 0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"it has: {', '.join(_models(module)) or 'no models'}"
        raise SchemaError(f"{what!r} has no class {name!r}", hint)
    return as_model(getattr(module, name), f"{what}:{name}")


def _models(module: ModuleType) -> dict[str, type]:
    """The public classes that a module itself defines and that can be schemas."""
    return {
        name: found
        for name, found in vars(module).items()
        if isinstance(found, type) and not name.startswith("_") and found.__module__ == module.__name__
        if issubclass(found, BaseModel) or _is_record(found)
    }


def _main(module: ModuleType, path: str) -> type[BaseModel]:
    models = _models(module)
    stem = os.path.basename(path).removesuffix(".py")
    like_the_file = [name for name in models if _same(name, stem)]
    used = {part for model in models.values() for part in _parts(model) if part is not model}
    free = like_the_file or [name for name, model in models.items() if model not in used]
    if len(free) == 1:
        return as_model(models[free[0]], f"{path}:{free[0]}")
    if not models:
        raise SchemaError(f"{path!r} defines no Pydantic model", "derive a class from pydantic.BaseModel in it")
    names = free or list(models)
    raise SchemaError(f"{path!r} defines several models: {', '.join(names)}", f"say which: {path}:{names[0]}")


def _same(name: str, stem: str) -> bool:
    return name.casefold() == stem.replace("_", "").replace("-", "").casefold()


def _parts(model: type) -> set[Any]:
    """All classes that a class is made of: those in its annotations, however deep in lists and unions, and its bases."""
    if issubclass(model, BaseModel):
        pending = [field.annotation for field in model.model_fields.values()]
    else:
        pending = list(getattr(model, "__annotations__", {}).values())
    found: set[Any] = set(model.__mro__)
    while pending:
        part = pending.pop()
        found |= {part} if isinstance(part, type) else set()
        pending += get_args(part)
    return found
