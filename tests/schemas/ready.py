"""Ready-made schemas, loaded from their files as anyone's own would be."""

import importlib.util
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from vextract.schema.checks import Checked

FOLDER = Path(__file__).parents[2] / "schemas"
STEMS = sorted(path.stem for path in FOLDER.glob("*.py"))


@cache
def module(stem: str) -> ModuleType:
    """The module of a ready-made schema."""
    name = f"_ready_{stem}"
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{stem}.py")
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def model(stem: str) -> type[BaseModel]:
    """Its main class, which is named after the file."""
    found: type[BaseModel] = getattr(module(stem), re.sub(r"(?:^|_)(\w)", lambda m: m[1].upper(), stem))
    return found


def messages(stem: str, data: dict[str, Any]) -> list[str]:
    """What the schema's checks say about the data."""
    value = model(stem).model_validate(data)
    assert isinstance(value, Checked)
    return [found.message for found in value.inconsistencies()]
