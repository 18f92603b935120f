"""docs/eval.md agrees with the code, and its example runs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from vextract.cli.app import app
from vextract.evaluation.metrics import METRICS
from vextract.evaluation.report import FORMATS

TEXT = (Path(__file__).parents[2] / "docs" / "eval.md").read_text("utf-8")
COMMAND: Any = get_command(app)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The shell example, run to its end; its folder is `args[-1]`."""
    [script] = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    folder = tmp_path_factory.mktemp("example")
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command = ["bash", "-euc", script, str(folder)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_the_example_runs(example: subprocess.CompletedProcess[str]) -> None:
    """The lines of the example end with 0 and warn of nothing."""
    assert (example.returncode, example.stderr) == (0, "")
    assert "2 documents, 0 without a mistake" in example.stdout


def test_the_example_counts_what_the_page_says(example: subprocess.CompletedProcess[str]) -> None:
    """The counts and measures told under the example are those that come out."""
    told = re.search(
        r"Here (\d+) values are right, (\d+) is wrong .*?(\d+) is missing.*?(\d+) is spurious.*?(\d+) null is",
        TEXT,
        re.DOTALL,
    )
    assert told
    overall = json.loads((Path(str(example.args[-1])) / "before.json").read_text("utf-8"))["overall"]
    assert [overall[n] for n in ("right", "wrong", "missing", "spurious", "null_agreed")] == list(
        map(int, told.groups())
    )
    assert overall["f1"] == pytest.approx(18 / 22)


def test_every_option_is_documented() -> None:
    """The table of options lists exactly the options of the command."""
    section = TEXT.partition("## Options")[2].partition("\n## ")[0]
    listed = set(re.findall(r"`(--[a-z0-9-]+)`", section))
    options = [param for param in COMMAND.commands["eval"].params if param.param_type_name == "option"]
    assert listed == {max(param.opts, key=len) for param in options} - {"--help"}


def test_measures_and_formats_are_documented() -> None:
    """Every measure has its definition, every format is named, on the page and in the help."""
    section = TEXT.partition("## What is counted")[2].partition("\n## ")[0]
    assert [name for name in re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) if name in METRICS] == [
        *("precision", "recall", "f1", "accuracy", "anls", "word_f1", "page_f1")
    ]
    [form] = [param for param in COMMAND.commands["eval"].params if "--format" in param.opts]
    assert re.findall(r"\b(?!or\b)\w+", form.help) == list(FORMATS)
