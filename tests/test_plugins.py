"""What is plugged in is found by name, imported only when used, and cannot take a built-in's place."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vextract.errors import UsageError
from vextract.plugins import load, names


def _install(folder: Path, name: str, module: str, code: str, group: str = "vextract.renderers") -> None:
    """Installs a package with one entry point, as pip would, into a folder."""
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}\n", "utf-8")
    (folder / f"{module}.py").write_text(code, "utf-8")


def _run(folder: Path, code: str) -> object:
    """What the code prints, as JSON, in a fresh Python that has the folder's packages installed."""
    env = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env, timeout=200
    )
    return json.loads(done.stdout)


def test_built_ins() -> None:
    """Built-in names are file stems, in order; what begins with an underscore is no plug-in."""
    assert {"json", "jsonl", "text", "pdf"} <= set(names("vextract.renderers"))
    assert names("vextract.renderers") == sorted(names("vextract.renderers"))
    assert not [name for name in names("vextract.renderers") if name.startswith("_")]
    assert "tesseract" in names("vextract.readers")


@pytest.mark.parametrize("name", ["docx", "", "Text", "_markup", "text.py", "../sinks", "os"])
def test_unknown(name: str) -> None:
    """A name that is not listed is a UsageError that lists those that are, and nothing is imported."""
    with pytest.raises(UsageError, match="no renderer is called") as caught:
        load("vextract.renderers", name)
    assert "jsonl" in caught.value.hint


@pytest.mark.parametrize("package", ["vextract.renderers", "vextract.readers", "vextract.tasks"])
def test_all_load(package: str) -> None:
    """Each name of a list can be loaded, and the module is the one of that name."""
    assert [load(package, name).__name__.rpartition(".")[2] for name in names(package)] == names(package)


def test_third_party(tmp_path: Path) -> None:
    """A package adds a format by an entry point; listing it does not import it, using it does."""
    code = "from vextract.renderers import Format\nFORMAT = Format('.x', lambda options: None)\n"
    _install(tmp_path, "mine", "vextract_mine", code)
    script = """
import json, sys
from vextract.plugins import names
from vextract.renderers import find_format
listed = "mine" in names("vextract.renderers"), "vextract_mine" in sys.modules
print(json.dumps([*listed, find_format("mine").suffix]))
"""
    assert _run(tmp_path, script) == [True, False, ".x"]


def test_listing_imports_nothing(tmp_path: Path) -> None:
    """Names are listed without importing any of the modules behind them."""
    script = """
import json, sys
from vextract.plugins import names
names("vextract.readers"), names("vextract.renderers")
print(json.dumps([m for m in sys.modules if m.startswith(("vextract.readers", "vextract.renderers", "PIL", "numpy"))]))
"""
    assert _run(tmp_path, script) == []


def test_built_in_wins(tmp_path: Path) -> None:
    """A package cannot take the place of a built-in."""
    _install(tmp_path, "text", "vextract_evil", "raise SystemExit('taken over')")
    script = (
        "import json; from vextract.plugins import load; print(json.dumps(load('vextract.renderers', 'text').__name__))"
    )
    assert _run(tmp_path, script) == "vextract.renderers.text"


def test_broken_plug_in(tmp_path: Path) -> None:
    """A plug-in that lacks a module is a DependencyError that names both; the others work on."""
    _install(tmp_path, "mine", "vextract_mine", "import a_module_that_is_missing")
    script = """
import json
from vextract.errors import DependencyError
from vextract.plugins import load
load("vextract.renderers", "text")
try:
    load("vextract.renderers", "mine")
except DependencyError as error:
    print(json.dumps([error.message, error.hint]))
"""
    message, hint = _run(tmp_path, script)  # type: ignore[misc]
    assert message == "the renderer 'mine' cannot be loaded: No module named 'a_module_that_is_missing'"  # type: ignore[has-type]
    assert "vextract_mine" in hint  # type: ignore[has-type]


def test_every_format_has_a_suffix_of_its_own() -> None:
    """No two formats make files of the same name from one document."""
    suffixes = [load("vextract.renderers", name).FORMAT.suffix for name in names("vextract.renderers")]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") for suffix in suffixes)
