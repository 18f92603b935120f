"""The project itself: documentation agrees with the code, its examples run, and files keep to the house rules."""

import ast
import asyncio
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from string import Template
from typing import Any

import pytest
from PIL import Image
from typer.main import get_command

from tests.drawing import SAMPLES, draw_lines
from tests.renderers.pages import page, text_line
from vextract.annotations import Classes, FolderFormat, Sample
from vextract.cli.app import app
from vextract.detection import Detection, Detections
from vextract.detectors import Detector
from vextract.errors import ExitCode, NotSent, VextractError
from vextract.models import Connection, ModelName
from vextract.plugins import load, names
from vextract.profiles import ModelProfile
from vextract.readers import Reader, ReadOptions
from vextract.renderers import Format, RenderOptions
from vextract.requests import Picture, Request, Turn
from vextract.schema.dialects import DIALECTS
from vextract.settings import Settings
from vextract.tasks import Question, Reply, Sight
from vextract.types import Box, Page, PageRef, Record

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
    """Each exception states an exit code, that of a bug is none of them; its kind is in docs/errors.md with that code."""
    assert error.exit_code in ExitCode
    assert error.exit_code != ExitCode.BUG
    assert (error.exit_code == ExitCode.OK) == (error is NotSent)  # to send nothing was what was asked for
    assert re.search(rf"`{error.kind}` (\| |\(){error.exit_code:d}\b", _read(DOCS / "errors.md"))


def test_exit_codes_are_documented() -> None:
    """docs/exit-codes.md lists exactly the exit codes that there are."""
    assert [int(row[0]) for row in _table("exit-codes.md")] == [int(code) for code in ExitCode]


def test_settings_are_documented() -> None:
    """docs/settings.md lists exactly the settings, in order, with their flags and environment variables."""
    rows = _table("settings.md")
    assert [row[0] for row in rows] == [f"`{name}`" for name in Settings.model_fields]
    flags = [flag for command in ("ocr", "extract", "verify") for flag in _options(COMMANDS.commands[command])]
    called = {"timeout_s": "timeout", "options": "option", "overlap": "overlap_pages"}
    for name, row in zip(Settings.model_fields, rows, strict=True):
        own = next((flag for flag in flags if f"--{called.get(name, name).replace('_', '-')}" in flag), set())
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
    below = [sub for c in COMMANDS.commands.values() for sub in (c, *getattr(c, "commands", {}).values())]
    known = {"--help"}.union(*_options(COMMANDS), *(flag for command in below for flag in _options(command)))
    others = re.compile(r"\b(pip|apt-get|git|uv|ruff|pytest|python|docker|bench/\S+)\b")
    lines = [line for line in _read(path).splitlines() if "vextract " in line or not others.search(line)]
    told = {flag for line in lines for flag in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", line)}
    assert told <= known


def test_formats_are_documented() -> None:
    """Every format is in the tables of docs/output.md and in the help of the commands that write it, and no other."""
    in_tables = {row[0].strip("`") for row in _table("output.md") if len(row) == 4}
    assert sorted(in_tables) == names("vextract.renderers")
    for command in ("ocr", "extract", "verify", "caption", "classify", "ask"):
        which = "writer" if command == "ocr" else "record_writer"
        [form] = [param for param in COMMANDS.commands[command].params if "--format" in param.opts]
        told = re.findall(r"\b(?!or\b)\w+", form.help.partition("[")[0])
        able = [n for n in names("vextract.renderers") if getattr(load("vextract.renderers", n).FORMAT, which)]
        assert sorted(told) == able


def test_readers_and_providers_are_documented() -> None:
    """docs/models.md lists exactly the readers, and the providers of models with their extras and keys, in tables of their own."""
    rows = {row[0].strip("`"): row for row in _table("models.md") if len(row) == 5}
    assert sorted(name for name in rows if not name.endswith(":")) == names("vextract.readers")
    assert sorted(name[:-1] for name in rows if name.endswith(":")) == names("vextract.models")
    packages = {
        name: load("vextract.models", name).ADAPTER
        for name in names("vextract.models")
        if hasattr(load("vextract.models", name), "ADAPTER")
    }
    assert packages
    for name, adapter in packages.items():
        _, extra, key, server, _ = (cell.strip("`") for cell in rows[f"{name}:"])
        assert extra == adapter.extra
        assert key == (adapter.key_variable if adapter.needs_key else "")
        assert (server == adapter.address) == (not adapter.needs_key)


def test_profile_fields_are_documented() -> None:
    """docs/models.md says of every field of a profile what it means, and of no other."""
    rows = _table("models.md")
    begin = next(i for i, row in enumerate(rows) if row[0] == "`family`")
    told = [name for row in rows[begin:] if len(row) == 3 for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(told) == sorted(field.name for field in fields(ModelProfile))


@pytest.mark.parametrize("task", ["ocr", "extract", "caption", "classify", "ask"])
def test_places_of_prompts_are_documented(task: str) -> None:
    """docs/models.md names exactly the places that a prompt of the task has."""
    [row] = [row for row in _table("models.md") if row[0] == f"`{task}`"]
    prompt = load("vextract.tasks", task).PROMPT
    assert sorted(set(re.findall(r"`\$(\w+)`", row[1]))) == sorted(set(Template(prompt).get_identifiers()))


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
    """The lines of the page's shell examples that call vextract; what installs, or needs a model, is left out."""
    code = "".join(_blocks(path, "sh")).replace("\\\n", " ")
    lines = [line.partition(" #")[0].strip() for line in code.splitlines()]
    calls = [line for line in lines if re.search(r"(^|\| |&& )(\.venv/bin/)?vextract ", line)]
    return [line for line in calls if not re.search(r"install\.sh|pip |http|-m (?!replay:)(layout,)?\w+:", line)]


SHOWN = (ROOT / "README.md", DOCS / "extract.md", DOCS / "quick-start.md", DOCS / "output.md")
IN_ORDER = tuple(DOCS / f"{name}.md" for name in ("detect", "overlay", "report", "convert"))
EXAMPLES = sorted({line for path in SHOWN for line in _lines(path)})


def _stage(line: str) -> None:
    """Makes the inputs that a line names, in the current directory: samples, and stand-ins for the user's own files.

    Of samples/ only what is named is there, and two more, so that lines which read the whole directory are quick.
    """
    Path("samples").mkdir()
    for name in {"receipt.png", "letter.pdf", *re.findall(r"samples/([\w.]+\w)", line)}:
        shutil.copy(SAMPLES / name, "samples")
    words = shlex.split(line)
    outputs = ("-o", "--output", "--overlay", ">")
    inputs = [word for before, word in zip(("", *words), words, strict=False) if before not in outputs]
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
    done = _bash(line, workdir)
    assert done.stdout or re.search(r"( -o |>|jq )", line)


@pytest.mark.parametrize("path", IN_ORDER, ids=_name)
def test_shell_examples_run_one_after_another(workdir: Path, path: Path) -> None:
    """Where lines read what lines before them wrote, all run in order, and each writes something."""
    shutil.copytree(SAMPLES, "samples", ignore=shutil.ignore_patterns("*.py", "*.json"))
    lines = _lines(path)
    assert lines
    for line in lines:
        before = _state(workdir)
        assert _bash(line, workdir).stdout or _state(workdir) != before, line


def _state(folder: Path) -> set[tuple[Path, int]]:
    return {(path, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def _bash(line: str, workdir: Path) -> subprocess.CompletedProcess[bytes]:
    """Runs a line, which has to end with 0 and give no hint."""
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
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"hint:" not in done.stderr
    return done


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
    scopes = [_run(code, path) for code in _blocks(path, "python")]
    [form] = [scope["FORMAT"] for scope in scopes if "CountWriter" in scope]
    assert isinstance(form, Format)
    writer = form.writer(RenderOptions())
    record: Record[object] = Record("scan.png", None, "ocr", None, "ok", None)
    written = [*writer.page(page(text_line("two words", 0.1)), None), *writer.close(record)]
    assert b"".join(written) == b"scan.png\t1\t2\n"


def test_the_example_of_a_detector() -> None:
    """The detector of docs/extending.md is one, and finds what it says where it is, and nothing where there is nothing."""
    detector = _scope("DETECTOR")["DETECTOR"]
    assert isinstance(detector, Detector)
    detector.check()
    assert set().union(*detector.synonyms.values()) <= set(detector.labels)
    image = Image.new("RGB", (200, 100), "white")
    seen = Page(PageRef("a.png", 1, *image.size), draw=lambda: image)
    assert detector.detect(seen, page()) == []
    image.paste("red", (20, 10, 60, 30))
    image.paste("blue", (100, 50, 120, 70))
    assert detector.detect(seen, page()) == [Detection(1, "red mark", Box(0.1, 0.1, 0.3, 0.3))]


def test_the_example_of_a_format_of_annotations(workdir: Path) -> None:
    """The format of docs/extending.md is one, is known by its files, and reads back what it has written."""
    form = _scope("FORMAT", "SUFFIX")["FORMAT"]
    assert isinstance(form, FolderFormat)
    ref = PageRef("a.png", 1, 200, 100)
    objects = (Detection(1, "red car", Box(0.1, 0.1, 0.3, 0.3)), Detection(1, "cat", Box(0.5, 0.5, 1, 1)))
    assert not form.tells(workdir, b"")
    (workdir / f"a{form.suffix}").write_bytes(form.render(Sample("a.png", ref, objects), Classes()))
    assert form.tells(workdir, b"")
    [record] = form.read(workdir)
    assert (record.source, record.pages, record.data) == ("a.png", (ref,), Detections(objects))


def _scope(key: str, *others: str) -> dict[str, Any]:
    """What the one example of docs/extending.md that has these names comes to."""
    path = DOCS / "extending.md"
    [scope] = [s for s in (_run(code, path) for code in _blocks(path, "python")) if {key, *others} <= s.keys()]
    return scope


def test_the_example_of_a_provider() -> None:
    """The provider of docs/extending.md makes a model that answers as it says."""
    profile = ModelProfile("unknown")
    model = _scope("connect")["connect"](Connection(ModelName("counting", "one"), profile))
    request = Request((Turn("user", ("How many?", Picture(b"", "image/png", 1, 1))),))

    async def asked() -> Any:
        try:
            return await model.answer(request)
        finally:
            await model.close()

    assert (model.name, model.address, model.profile) == ("counting:one", None, profile)
    assert model.dialect in DIALECTS
    response = asyncio.run(asked())
    assert (response.text, response.finish) == ("1 pictures", "stop")


def test_the_example_of_a_task_for_models() -> None:
    """The task of docs/extending.md asks about the page that it is given, and reads the reply."""
    task = _scope("ask", "read", "SCOPE")
    question = Question((page(text_line("words", 0.1)),))
    assert task["SCOPE"] == "page"
    assert Sight(3) in task["ask"](question, (3,)).parts
    assert task["read"](question, [Reply((3,), " calm ")]).data == {"3": "calm"}
