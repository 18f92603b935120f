"""The pipelines of docs/batches.md, word for word, with the real tools; the model is a server on this machine."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.drawing import draw_lines
from tests.models.emulator import Received
from tests.models.protocols import Said
from tests.running import KEY
from tests.scripting import Scripted, pages_in

PAGE = (Path(__file__).parents[2] / "docs" / "batches.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
TOOLS = ("find", "jq", "make", "parallel", "sort", "xargs")
NAMES = [f"scans/{number:02}.png" for number in (0, 1, 2, 3)]


def blocks(section: str, language: str = "sh") -> list[str]:
    """The section's examples in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", SECTIONS[section], re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def server(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """A model that reads the total off a picture; a folder of scans, and this vextract first on the PATH."""
    Path("scans").mkdir()
    for number, name in enumerate(NAMES):
        draw(workdir / name, number)
    with Scripted(script=_answer) as emulator:
        here = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        told = {"PATH": here, "GOOGLE_API_KEY": KEY, "GOOGLE_API_BASE": emulator.url, "VEXTRACT_FAST": "1"}
        for name, value in {**told, "VEXTRACT_ROTATE": "0"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("VEXTRACT_CACHE")
        yield emulator
    emulator._socket.close()


def _answer(received: Received) -> Said:
    return Said(json.dumps({"vendor": "Shop", "total": _total(pages_in(received)[0] - 200)}))


def _total(number: int) -> float:
    return number + 10.5


def draw(path: Path, number: int) -> None:
    """A receipt, from which the model and the embedded reader read the same; its width tells the model its number."""
    draw_lines(["Vendor: Shop", f"Total: {_total(number):.2f}"], (300 + number, 110)).save(path)


def bash(script: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Runs it as a shell does that stops at the first failure; without a tool that it names the test is skipped."""
    missing = [
        tool
        for tool in TOOLS
        if re.search(rf"(^|[|&]\s*|^\s+){tool} ", script, re.MULTILINE) and not shutil.which(tool)
    ]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == code, done.stderr
    return done


def records(path: str = "records.jsonl") -> list[dict[str, Any]]:
    """The records of a file."""
    return [json.loads(line) for line in Path(path).read_bytes().splitlines()]


def totals(path: str = "records.jsonl") -> dict[str, float]:
    """What each input came to."""
    found = records(path)
    assert len({record["source"] for record in found}) == len(found)
    return {record["source"]: record["data"]["total"] for record in found}


ALL = {name: number + 10.5 for number, name in enumerate(NAMES)}


def test_every_example_is_run() -> None:
    """Each section with an example has its test here, and each test its section."""
    shown = {name for name, part in SECTIONS.items() if "\n```" in part}
    assert shown == {*TESTED, *SECTIONS.keys() & {"make", "cron"}}


TESTED = (
    "A large batch",
    "Going on",
    "What is kept",
    "What it would take",
    "Limits",
    "Watching",
    "On several machines",
    "Pipes",
    "xargs",
    "GNU parallel",
)


def test_a_large_batch() -> None:
    """Names from find, records in a file, figures by jq."""
    done = bash(*blocks("A large batch"))
    assert totals() == ALL
    assert sorted(done.stdout.splitlines()) == [f"{name}\t{total}" for name, total in ALL.items()]


def test_going_on(server: Scripted) -> None:
    """All commands run one after another; what was done is not done again."""
    first, second = blocks("Going on")
    done = bash(first)
    assert (totals(), len(server.requests)) == (ALL, 4)
    assert "4 ok" in done.stdout
    bash(second)
    assert totals("offline.jsonl") == ALL


def test_what_is_kept(server: Scripted) -> None:
    """Answers are shown, exported and forgotten."""
    done = bash(*blocks("What is kept"))
    assert len(server.requests) == 4
    assert "google_genai:gemini-2.5-flash  extract" in done.stdout
    assert [line["response"]["finish"] for line in records("answers.jsonl")] == ["stop"] * 4
    assert done.stdout.splitlines()[-2:] == ["0 answers forgotten", "4 answers forgotten"]
    assert Path("totals.csv").read_text("utf-8").count("Shop") == 4


def test_what_it_would_take(server: Scripted) -> None:
    """On a pipe it is one JSON object with the keys of the table, and nothing is sent."""
    told = json.loads(bash(*blocks("What it would take")).stdout)
    assert (told["documents"], told["pages"], told["requests"], server.requests) == (4, 4, 4, [])
    keys = re.findall(r"`(\w+)`", "".join(re.findall(r"^\|(.*?)\|", SECTIONS["What it would take"], re.MULTILINE)))
    assert {*keys, "sampled_pages", "answers_known"} - {"key"} == told.keys()


def test_limits() -> None:
    """A run within its limits ends with 0."""
    bash(*blocks("Limits"))
    assert totals() == ALL


def test_watching() -> None:
    """The last line of the log says that it is over, and adds up."""
    told = json.loads(bash(*blocks("Watching")).stdout)
    assert (told["over"], told["ok"], told["failed"], told["kept"], told["seconds_left"]) == (True, 4, 0, 0, 0)
    assert told["cost_usd"] > 0
    log = Path("progress.log").read_text("utf-8").splitlines()
    keys = set(re.findall(r"`(\w+)`", SECTIONS["Watching"].partition("| key |")[2])) - {"kind"}
    assert keys == json.loads([line for line in log if line.startswith("{")][-1]).keys()


def test_on_several_machines() -> None:
    """Both parts together are the whole."""
    bash(*blocks("On several machines"))
    assert totals() == ALL


def test_pipes() -> None:
    """The largest three, and no word of trouble."""
    done = bash(*blocks("Pipes"))
    assert done.stdout == "".join(f"{ALL[name]}\t{name}\n" for name in reversed(NAMES[1:]))
    assert "hint" not in done.stderr


def test_xargs() -> None:
    """Names for one call, or for several."""
    bash(*blocks("xargs"))
    assert [record["task"] for record in records("text.jsonl")] == ["ocr"] * 4


def test_gnu_parallel() -> None:
    """A process for each part; together they are the whole."""
    bash(*blocks("GNU parallel"))
    assert totals() == ALL


def test_make(server: Scripted) -> None:
    """What fails in part leaves no file behind; mended, it alone is asked about, and then all is up to date."""
    [makefile] = blocks("make", "make")
    Path("Makefile").write_text(makefile, "utf-8")
    good = Path(NAMES[1]).read_bytes()
    Path(NAMES[1]).write_bytes(b"no picture")
    bash("make -s totals.tsv", 2)
    assert (len(server.requests), Path("records.jsonl").exists()) == (3, False)
    Path(NAMES[1]).write_bytes(good)
    bash("make -s totals.tsv && make -q totals.tsv")
    assert Path("totals.tsv").read_text("utf-8").splitlines()[0] == "13.5\tscans/03.png"
    assert (len(server.requests), totals()) == (4, ALL)


def test_cron() -> None:
    """A run does what has come since the last one; while one is under way a second one is refused in one line."""
    [line] = blocks("cron", "crontab")
    command = line.split(maxsplit=5)[5].replace("/srv/inbox", ".")
    hold = "import fcntl, sys; file = open('records.jsonl', 'w'); fcntl.flock(file, fcntl.LOCK_EX); print(); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        refused = bash(command, 3).stderr.splitlines()
        assert holder.stdin
        holder.stdin.close()
    assert refused[0] == "vextract: 'records.jsonl' is written by another run"
    assert len(refused) == 2
    assert bash(command).stderr == ""
    assert totals() == ALL
