"""The project itself: documentation agrees with the code, its examples run, and files keep to the house rules."""

import ast
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from tests.drawing import SAMPLES, draw_lines
from tests.renderers.pages import page, text_line
from vextract.cli.app import app
from vextract.errors import ExitCode, VextractError
from vextract.plugins import names
from vextract.readers import Reader, ReadOptions
from vextract.renderers import Format, RenderOptions
from vextract.settings import Settings
from vextract.types import Page, PageRef, Record

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
SOURCES = sorted(p for d in ("vextract", "tests", "samples", "bench", "docs") for p in (ROOT / d).rglob("*.py"))
COMMANDS: Any = get_command(app)


def _read(path: Path) -> str:
    return path.read_text("utf-8")


def _table(name: str) -> list[list[str]]:
    """The rows of all tables of a page of docs/, cells without blanks around them, heads left out."""
    lines = [line for line in _read(DOCS / name).splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [
        row for i, row in enumerate(rows) if not (set(row[0]) <= {"-"} or set(rows[(i + 1) % len(rows)][0]) == {"-"})
    ]


def _blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", _read(path), re.MULTILINE | re.DOTALL)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _errors(kind: type[VextractError] = VextractError) -> Iterator[type[VextractError]]:
    for sub in kind.__subclasses__():
        if sub.__module__.startswith("vextract."):
            yield sub
            yield from _errors(sub)


def _options(command: Any) -> list[set[str]]:
    """The spellings of each option of a command."""
    return [{*param.opts, *param.secondary_opts} for param in command.params if param.param_type_name == "option"]


# Documentation and code


@pytest.mark.parametrize("error", list(_errors()), ids=lambda error: error.__name__)
def test_every_error_has_its_exit_code_and_is_documented(error: type[VextractError]) -> None:
    """Each exception states an exit code other than that of a bug, and its kind is in docs/errors.md with that code."""
    assert error.exit_code in ExitCode
    assert error.exit_code not in (ExitCode.OK, ExitCode.BUG)
    assert re.search(rf"`{error.kind}` (\| |\(){error.exit_code:d}\b", _read(DOCS / "errors.md"))


def test_exit_codes_are_documented() -> None:
    """docs/exit-codes.md lists exactly the exit codes that there are."""
    assert [int(row[0]) for row in _table("exit-codes.md")] == [int(code) for code in ExitCode]


def test_settings_are_documented() -> None:
    """docs/settings.md lists exactly the settings, in order, with their flags and environment variables."""
    rows = _table("settings.md")
    assert [row[0] for row in rows] == [f"`{name}`" for name in Settings.model_fields]
    flags = _options(COMMANDS.commands["ocr"])
    for name, row in zip(Settings.model_fields, rows, strict=True):
        [own] = [flag for flag in flags if f"--{name.replace('_', '-')}" in flag] or [set()]
        told = set(re.findall(r"`(-[^`]+)`", row[1]))
        assert told <= own
        assert bool(told) == bool(own), f"the flag of {name}"
        assert row[2] == f"`VEXTRACT_{name.upper()}`"


def test_the_settings_file_of_the_documentation_is_valid() -> None:
    """The TOML example sets settings that there are."""
    [example] = _blocks(DOCS / "settings.md", "toml")
    Settings(**tomllib.loads(example))


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_flags_in_the_documentation_exist(path: Path) -> None:
    """Every long flag that a page mentions is one of vextract's commands, unless its line is about another program."""
    known = {"--help"}.union(*_options(COMMANDS), *(flag for c in COMMANDS.commands.values() for flag in _options(c)))
    others = re.compile(r"\b(pip|apt-get|git|uv|ruff|pytest|python|docker|bench/\S+)\b")
    lines = [line for line in _read(path).splitlines() if "vextract " in line or not others.search(line)]
    told = {flag for line in lines for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*", line)}
    assert told <= known


def test_formats_are_documented() -> None:
    """Every format is in the table of docs/output.md and in the help of --format, and no other."""
    [form] = [param for param in COMMANDS.commands["ocr"].params if "--format" in param.opts]
    in_table = [row[0].strip("`") for row in _table("output.md") if len(row) == 4]
    assert sorted(in_table) == names("vextract.renderers")
    assert sorted(re.findall(r"\b(?!or\b)\w+", form.help)) == names("vextract.renderers")


def test_readers_are_documented() -> None:
    """docs/models.md lists exactly the readers."""
    listed = [row[0].strip("`") for row in _table("models.md") if len(row) == 5]
    assert sorted(listed) == names("vextract.readers")


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_links_lead_somewhere(path: Path) -> None:
    """What a page links to in the project exists."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", _read(path))
    assert [link for link in links if not (path.parent / link).exists()] == []


# House rules


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_source_files(path: Path) -> None:
    """No source file is longer than 400 lines, and each that is not empty begins with a docstring."""
    source = _read(path)
    assert source.count("\n") <= 400
    assert not source.strip() or ast.get_docstring(ast.parse(source))


# The examples of the documentation run


def _lines(path: Path) -> list[str]:
    """The lines of the page's shell examples that call vextract; what installs is left out."""
    code = "".join(_blocks(path, "sh")).replace("\\\n", " ")
    lines = [line.partition(" #")[0].strip() for line in code.splitlines()]
    calls = [line for line in lines if re.search(r"(^|\| |&& )(\.venv/bin/)?vextract ", line)]
    return [line for line in calls if "install.sh" not in line and "pip " not in line and "http" not in line]


SHOWN = (ROOT / "README.md", DOCS / "quick-start.md", DOCS / "output.md")
EXAMPLES = sorted({line for path in SHOWN for line in _lines(path)})


def _stage(line: str) -> None:
    """Makes the inputs that a line names, in the current directory: samples, and stand-ins for the user's own files.

    Of samples/ only what is named is there, and two more, so that lines which read the whole directory are quick.
    """
    Path("samples").mkdir()
    for name in {"receipt.png", "letter.pdf", *re.findall(r"samples/([\w.]+\w)", line)}:
        shutil.copy(SAMPLES / name, "samples")
    words = shlex.split(line)
    inputs = [word for before, word in zip(("", *words), words, strict=False) if before not in ("-o", "--output", ">")]
    for word in inputs:
        path = Path(word)
        if path.parts[:1] == ("samples",) or path.is_absolute():
            continue
        if word.endswith("/") or "/*" in word:
            folder = path if word.endswith("/") else path.parent
            folder.mkdir(parents=True)
            for name in ("a.png", "b.png"):
                draw_lines([f"text of {name[0]}"], (300, 80)).save(folder / name)
        elif path.suffix in (".png", ".pdf"):
            shutil.copy(SAMPLES / f"{'receipt' if path.suffix == '.png' else 'letter'}{path.suffix}", path)


@pytest.mark.parametrize("line", EXAMPLES)
def test_shell_examples_run(workdir: Path, line: str) -> None:
    """The line ends with 0 and says nothing of a failure; one pass suffices. Without jq the part before it is run."""
    if "rapidocr" in line and importlib.util.find_spec("rapidocr") is None:
        pytest.skip("needs the extra rapidocr")
    _stage(line)
    if shutil.which("jq") is None:
        line = line.partition("| jq")[0]
    here = str(Path(sys.executable).parent)
    env = {**os.environ, "PATH": f"{here}:{os.environ['PATH']}", "VEXTRACT_FAST": "1", "VEXTRACT_ROTATE": "0"}
    script = f"set -o pipefail\n{line.replace('.venv/bin/', '')}\nexit $?"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=workdir,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"hint:" not in done.stderr
    assert done.stdout or re.search(r"( -o |>|jq )", line)


def _run(code: str, path: Path) -> dict[str, Any]:
    scope: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, str(path), "exec"), scope)  # noqa: S102  the project's own examples
    return scope


PYTHON = [
    pytest.param(path, code, id=f"{path.name}-{i}")
    for path in PAGES
    for i, code in enumerate(_blocks(path, "python"), 1)
]


@pytest.mark.parametrize(("path", "code"), PYTHON)
def test_python_examples_run(workdir: Path, path: Path, code: str) -> None:
    """What the documentation shows in Python runs beside samples/."""
    assert not list(workdir.iterdir())
    shutil.copytree(SAMPLES, "samples", ignore=shutil.ignore_patterns("*.py", "*.json"))
    _run(code, path)


def test_the_example_of_a_reader() -> None:
    """The reader of docs/extending.md is one, and reads."""
    path = DOCS / "extending.md"
    [reader] = [
        scope["READER"] for scope in (_run(code, path) for code in _blocks(path, "python")) if "READER" in scope
    ]
    assert isinstance(reader, Reader)
    image = draw_lines(["hello"])
    reader.check(ReadOptions())
    found = reader.read(Page(PageRef("a.png", 1, *image.size), draw=lambda: image), ReadOptions())
    assert [word.text for word in found.words] == ["hello"]
    assert reader.version() == "1.0"


def test_the_example_of_a_format() -> None:
    """The format of docs/extending.md is one, and writes what it says."""
    path = DOCS / "extending.md"
    [form] = [scope["FORMAT"] for scope in (_run(code, path) for code in _blocks(path, "python")) if "FORMAT" in scope]
    assert isinstance(form, Format)
    writer = form.writer(RenderOptions())
    record: Record[object] = Record("scan.png", None, "ocr", None, "ok", None)
    written = [*writer.page(page(text_line("two words", 0.1)), None), *writer.close(record)]
    assert b"".join(written) == b"scan.png\t1\t2\n"
