"""docs/schemas.md agrees with the code, and its commands run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vextract.schema.dialects import DIALECTS
from vextract.schema.short import TYPES, parse

PAGE = (Path(__file__).parent.parent.parent / "docs" / "schemas.md").read_text("utf-8")
COMMANDS = [
    line.partition("  #")[0].strip()
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_run(workdir: Path, line: str) -> None:
    """Each ends with 0, prints something, and leaves nothing behind."""
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", line], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert os.listdir(workdir) == []


def test_the_grammar_has_all_types() -> None:
    """The types of the notation are exactly those of the code."""
    [rule] = re.findall(r"^type    = (.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r'"(\w+)"', rule)) == set(TYPES)


def test_the_examples_of_the_notation_are_read() -> None:
    """Each notation of the table is well formed."""
    [table] = re.findall(r"^\| notation \| reads \|\n\|.*?\n(.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL)
    notations = re.findall(r"^\| `(.*?)` \|", table.replace("\\|", "|"), re.MULTILINE)
    assert len(notations) >= 6
    for notation in notations:
        assert parse(notation).members


def test_all_dialects_are_named() -> None:
    """The page names the dialects that `check` tells of."""
    assert set(re.findall(r"`([\w.]+)`", PAGE[PAGE.index("for each dialect") :].partition(")")[0])) == set(DIALECTS)
