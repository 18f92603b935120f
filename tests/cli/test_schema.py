"""`vextract schema`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vextract.schema import ready_made


def run(*args: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Runs `vextract schema` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "vextract", "schema", *args],
        input=given,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_list() -> None:
    """Every ready-made schema has a line that says what it is; JSON has the same."""
    rows = json.loads(run("list", "-f", "json").stdout)
    assert [row["name"] for row in rows] == ready_made()
    assert all(row["about"].endswith(".") for row in rows)
    assert run("list").stdout.splitlines()[0].split()[0] == ready_made()[0]


def test_show() -> None:
    """Fields with type, labels and description, members indented; as JSON Schema; in the short notation."""
    spec = 'vendor "The shop.", items[]: name, qty? int'
    lines = run("show", spec).stdout.splitlines()
    assert lines[0] == "Fields"
    assert lines[1].split() == ["FIELD", "TYPE", "DESCRIPTION"]
    assert lines[2].split() == ["vendor", "text", "The", "shop."]
    assert lines[-1].split() == ["qty", "integer?"]
    assert lines[-1].startswith("  qty")
    assert "LABELS" in run("show", "invoice").stdout
    assert json.loads(run("show", spec, "-f", "json").stdout)["properties"]["vendor"]["description"] == "The shop."
    assert run("show", spec, "-f", "dsl").stdout == 'vendor "The shop.", items[] {name, qty? int}\n'


def test_check_tells_of_each_dialect() -> None:
    """A schema that can be used ends with 0 and says what is lost where."""
    done = run("check", "a decimal, b? int")
    assert done.returncode == 0
    assert {line.partition(":")[0] for line in done.stdout.splitlines() if not line.startswith(" ")} == {
        *("Fields", "openai", "gemini", "anthropic", "ollama", "llama.cpp", "llguidance")
    }
    found = json.loads(run("check", "a? int", "-f", "json").stdout)
    assert found["dialects"]["openai"][0]["keyword"] == "required"
    assert "problems" not in found


def test_check_validates_data(workdir: Path) -> None:
    """A document that fits ends with 0; one that does not with 8, its problems on stdout with pointers."""
    (workdir / "good.json").write_text('{"a": 1}')
    assert "data: fits" in run("check", "a int", "--data", "good.json").stdout
    bad = run("check", "a int", "--data", "-", given='{"a": "x"}')
    assert bad.returncode == 8
    assert "  /a: Input should be a valid integer" in bad.stdout
    assert "hint:" in bad.stderr
    told = json.loads(run("check", "a int", "--data", "-", "-f", "json", given="{}").stdout)
    assert told["problems"] == [{"pointer": "/a", "message": "Field required"}]


def test_check_reports_what_contradicts_itself(workdir: Path) -> None:
    """A model with checks of its own has its inconsistencies listed; they do not make the data invalid."""
    (workdir / "own.py").write_text(
        "from vextract.schema.checks import Checked, Inconsistency\n"
        "class Own(Checked):\n    a: int\n    def inconsistencies(self):\n        yield Inconsistency('a is odd', ('/a',))\n"
    )
    done = run("check", "own.py", "--data", "-", given='{"a": 1}')
    assert done.returncode == 0
    assert "a is odd" in done.stdout


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["show", "no-such-schema"], 4),
        (["show", "a flaot"], 4),
        (["show", "x.json"], 4),
        (["show", "a int", "-f", "yaml"], 2),
        (["check", "a int", "--data", "none.json"], 3),
        (["check", "a int", "--data", "-"], 3),
        (["new", "none.json"], 3),
        (["new", "-", "--name", "1 x"], 2),
    ],
)
def test_faults_have_their_exit_code(workdir: Path, args: list[str], code: int) -> None:
    """One line and a hint on stderr, nothing on stdout."""
    done = run(*args)
    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 2
    assert os.listdir(workdir) == []


def test_new_makes_what_load_takes(workdir: Path) -> None:
    """What `new` prints, in each form, is a schema that the example fits."""
    (workdir / "till_receipt.json").write_text('{"vendor": "x", "day": "2024-02-29", "items": [{"price": 1.5}]}')
    for form, name in (("py", "made.py:TillReceipt"), ("json", "made.json"), ("dsl", None)):
        made = run("new", "till_receipt.json", "-f", form).stdout
        spec = name or made.strip()
        if name:
            (workdir / name.partition(":")[0]).write_text(made)
        assert "data: fits" in run("check", spec, "--data", "till_receipt.json").stdout
    assert made == "vendor, day date, items[] {price float}\n"


def test_help_is_light() -> None:
    """Help of the group and its commands imports neither Pydantic nor jsonschema."""
    for args in (["--help"], ["check", "--help"]):
        script = (
            "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); sys.argv[0] = 'vextract';"
            "from vextract.cli import main; main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, "schema", *args], capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == 0
        assert not {"pydantic", "jsonschema", "genson", "rich"} & set(done.stderr.split())
