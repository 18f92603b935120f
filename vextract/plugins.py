"""Finding what is plugged in: readers, tasks and renderers are listed by name without importing any of them.

A built-in's name is its file stem in the package; third parties add theirs with an entry point group of the package's name
(`vextract.readers`, `vextract.renderers`, …) whose value is the module. Two of one name: the built-in wins.
"""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from vextract.errors import DependencyError, UsageError

__all__ = ["load", "names"]


@cache
def _modules(package: str) -> dict[str, str]:
    """Name -> module path, built-ins after third parties so that they win."""
    folder = Path(__file__).parent / package.rpartition(".")[2]
    found = {point.name: point.value for point in entry_points(group=package)}
    found |= {file.stem: f"{package}.{file.stem}" for file in folder.glob("[!_]*.py")}
    return dict(sorted(found.items()))


def names(package: str) -> list[str]:
    """The names that `load` accepts for `vextract.readers`, `vextract.tasks` or `vextract.renderers`, in order."""
    return list(_modules(package))


def load(package: str, name: str) -> ModuleType:
    """The module behind a name.

    Raises:
        UsageError: there is none of that name.
        DependencyError: what it imports is not installed.
    """
    modules = _modules(package)
    what = package.rpartition(".")[2].removesuffix("s")
    if name not in modules:
        raise UsageError(f"no {what} is called {name!r}", f"choose one of: {', '.join(modules)}")
    try:
        return import_module(modules[name])
    except ImportError as error:
        hint = f"install what {modules[name]} needs, or remove the package that it came with"
        raise DependencyError(f"the {what} {name!r} cannot be loaded: {error}", hint) from error
