"""`vextract eval` as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TRUTH = [{"source": f"in/{name}.png", "data": {"vendor": f"Shop {name}", "total": 10}} for name in "ab"]
GOOD = [{"source": f"{name}.png", "data": {"vendor": f"SHOP {name}", "total": "10.00"}} for name in "ab"]
BAD = [GOOD[0], {"source": "b.png", "data": {"vendor": "Shop b", "total": 11}}]


def jsonl(lines: list[dict[str, Any]]) -> str:
    """The lines as a file holds them."""
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with truth.jsonl, good.jsonl and bad.jsonl."""
    for name, lines in (("truth", TRUTH), ("good", GOOD), ("bad", BAD)):
        (tmp_path / f"{name}.jsonl").write_text(jsonl(lines))
    return tmp_path


def run(folder: Path, *args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the command in the folder, to its end."""
    command = [sys.executable, "-m", "vextract", "eval", *args]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=folder, timeout=200, check=False)


def test_good_results(folder: Path) -> None:
    """A table on standard output, nothing on stderr, exit 0."""
    done = run(folder, "good.jsonl", "--truth", "truth.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 documents, 2 without a mistake" in done.stdout
    assert "Worst" not in done.stdout


def test_standard_input_and_what_is_not_paired(folder: Path) -> None:
    """`-` reads results from standard input; missing and extra documents are told on stderr."""
    results = jsonl([GOOD[0], {"source": "z.png", "data": {}}])
    done = run(folder, "-", "-t", "truth.jsonl", "-f", "json", stdin=results)
    assert done.returncode == 0
    assert json.loads(done.stdout)["documents"] == {
        "count": 2,
        "right": 1,
        "missing": ["in/b.png"],
        "without_data": [],
        "extra": ["z.png"],
    }
    assert "no result, counted as nothing found: 'in/b.png'" in done.stderr
    assert "no truth, not counted: 'z.png'" in done.stderr


def test_failed_results(folder: Path) -> None:
    """A failed record is told, and finds nothing."""
    results = jsonl([GOOD[0], {"source": "b.png", "status": "failed", "data": None}])
    done = run(folder, "-", "-t", "truth.jsonl", stdin=results)
    assert "no data in the result, counted as nothing found: 'in/b.png'" in done.stderr
    assert "(no data)" in done.stdout


def test_stray_evidence(folder: Path) -> None:
    """Evidence in the truth that points at nothing is told, not dropped in silence."""
    truth = [{**TRUTH[0], "evidence": [{"pointer": "/nothing", "page": 1, "box": [0, 0, 9, 9]}]}, TRUTH[1]]
    (folder / "truth.jsonl").write_text(jsonl(truth))
    assert "leads to no value: 'in/a.png: /nothing'" in run(folder, "good.jsonl", "-t", "truth.jsonl").stderr


def test_a_baseline(folder: Path) -> None:
    """Worse than the baseline: the result is printed, each field that dropped is named, exit 10; as good: exit 0."""
    assert run(folder, "good.jsonl", "-t", "truth.jsonl", "-f", "json", "-o", "old.json").returncode == 0
    assert run(folder, "good.jsonl", "-t", "truth.jsonl", "--baseline", "old.json").returncode == 0
    done = run(folder, "bad.jsonl", "-t", "truth.jsonl", "-f", "json", "--baseline", "old.json")
    assert done.returncode == 10
    assert json.loads(done.stdout)["overall"]["f1"] == 0.75
    assert "overall f1 1.000 -> 0.750" in done.stderr
    assert "total f1 1.000 -> 0.500" in done.stderr
    assert "vendor" not in done.stderr
    assert run(folder, "bad.jsonl", "-t", "truth.jsonl", "--baseline", "old.json", "--max-drop", "0.5").returncode == 0
    done = run(folder, "bad.jsonl", "-t", "truth.jsonl", "--baseline", "old.json", "--metric", "anls")
    assert done.returncode == 0, "both fields read well; texts did not drop"


def test_a_floor(folder: Path) -> None:
    """Below --min-f1 the result is printed and the exit code is 10."""
    done = run(folder, "bad.jsonl", "-t", "truth.jsonl", "--min-f1", "0.8")
    assert done.returncode == 10
    assert "overall f1 0.750 is below 0.8" in done.stderr
    assert "/total" in done.stdout


def test_a_schema(folder: Path) -> None:
    """-s decides how values are compared: two texts that differ may say the same number."""
    (folder / "t.jsonl").write_text(jsonl([{"source": "a", "data": {"total": "1,000"}}]))
    (folder / "r.jsonl").write_text(jsonl([{"source": "a", "data": {"total": "1000.00"}}]))
    assert run(folder, "r.jsonl", "-t", "t.jsonl", "--min-f1", "1").returncode == 10
    assert run(folder, "r.jsonl", "-t", "t.jsonl", "--min-f1", "1", "-s", "total float").returncode == 0
    done = run(folder, "r.jsonl", "-t", "t.jsonl", "-s", "no/such.json")
    assert (done.returncode, done.stdout) == (4, "")


def test_output_files(folder: Path) -> None:
    """-o writes the file and nothing else; what exists is kept without --force, and inputs are never replaced."""
    args = ["good.jsonl", "-t", "truth.jsonl", "-f", "html", "-o"]
    done = run(folder, *args, "out/report.html")
    assert (done.returncode, done.stdout) == (0, "")
    assert (folder / "out/report.html").read_text().startswith("<!doctype html>")
    assert run(folder, *args, "out/report.html").returncode == 2
    assert run(folder, *args, "out/report.html", "--force").returncode == 0
    assert run(folder, *args, "good.jsonl", "--force").returncode == 2
    assert run(folder, *args, ".").returncode == 2
    assert (folder / "good.jsonl").read_text() == jsonl(GOOD)


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["good.jsonl"], 2, "--truth"),
        (["nothing.jsonl", "-t", "truth.jsonl"], 3, "'nothing.jsonl'"),
        (["good.jsonl", "-t", "nothing.jsonl"], 3, "--truth"),
        (["good.jsonl", "-t", "."], 3, "'.'"),
        (["broken.jsonl", "-t", "truth.jsonl"], 3, "broken.jsonl:2: not JSON"),
        (["empty.jsonl", "-t", "truth.jsonl"], 3, "empty.jsonl: no lines"),
        (["twice.jsonl", "-t", "truth.jsonl"], 3, "twice.jsonl:2"),
        (["good.jsonl", "-t", "-"], 2, "--truth"),
        (["good.jsonl", "-t", "truth.jsonl", "-f", "docx"], 2, "'docx'"),
        (["good.jsonl", "-t", "truth.jsonl", "--metric", "bleu"], 2, "'bleu'"),
        (["good.jsonl", "-t", "truth.jsonl", "--baseline", "good.jsonl"], 3, "good.jsonl: not an evaluation"),
    ],
)
def test_what_cannot_be_done(folder: Path, args: list[str], code: int, told: str) -> None:
    """One clear message, the right exit code, nothing on standard output."""
    (folder / "broken.jsonl").write_text(jsonl(GOOD[:1]) + "{oops\n")
    (folder / "empty.jsonl").write_text("\n")
    (folder / "twice.jsonl").write_text(jsonl([GOOD[0], GOOD[0]]))
    done = run(folder, *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_help_imports_typer_alone() -> None:
    """`eval --help` loads none of what an evaluation needs."""
    script = (
        "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); sys.argv[0] = 'vextract';"
        "from vextract.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "eval", "--help"], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert loaded & {"numpy", "scipy", "rapidfuzz", "pydantic", "rich"} == set()
