"""The application as a whole: what help imports, the version, doctor and models."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.drawing import SAMPLES

HEAVY = {
    "pydantic",
    "PIL",
    "rich",
    "langchain",
    "langchain_core",
    "numpy",
    "httpx",
    "pypdfium2",
    "pytesseract",
    "pebble",
}


def run(*args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end."""
    command = [sys.executable, "-m", "vextract", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, env=env)


@pytest.mark.parametrize(
    "args", [["--help"], ["ocr", "--help"], ["doctor", "--help"], ["models", "--help"], ["--version"]]
)
def test_help_imports_typer_alone(args: list[str]) -> None:
    """Help and version import no heavy module."""
    script = (
        "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); sys.argv[0] = 'vextract';"
        "from vextract.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *args], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert {name.partition(".")[0] for name in done.stderr.split()} & HEAVY == set()


def test_import_is_cheap() -> None:
    """`import vextract` imports nothing of the package but itself, and every name of __all__ can be had."""
    script = "import sys, vextract; print(*(m for m in sys.modules if m.startswith('vextract.')))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=200, check=True)
    assert done.stdout.strip() == ""


def test_version() -> None:
    """`--version` prints the installed version."""
    assert run("--version").stdout == f"vextract {version('vextract')}\n"


def test_an_unknown_command_is_a_usage_error() -> None:
    """A command that does not exist ends with 2 and names itself."""
    done = run("frobnicate")
    assert done.returncode == 2
    assert "frobnicate" in done.stderr


def test_models_lists_the_readers() -> None:
    """`models` names every reader, its version or what to type to install it."""
    rows = {row["name"]: row for row in json.loads(run("models", "--json").stdout)}
    assert set(rows) >= {"tesseract", "textlayer", "rapidocr"}
    assert rows["tesseract"]["version"].startswith("tesseract ")
    assert all(row["version"] or row["mend"] for row in rows.values())
    assert "tesseract" in run("models").stdout


def test_doctor_finds_the_embedded_reader() -> None:
    """`doctor` ends with 0 where Tesseract is installed, and shows that a key is set but never its value."""
    import os

    secret = "s3cret-value"  # noqa: S105
    done = run("doctor", env={**os.environ, "OPENAI_API_KEY": secret})
    assert done.returncode == 0
    assert "OPENAI_API_KEY" in done.stdout
    assert secret not in done.stdout + done.stderr


def test_doctor_without_tesseract(tmp_path: Path) -> None:
    """With no tesseract on the PATH `doctor` ends with 5 and says what to type; so does `ocr`."""
    done = run("doctor", env={"PATH": str(tmp_path)})
    assert done.returncode == 5
    assert "apt-get install tesseract-ocr" in done.stdout
    done = run("ocr", "x.png", env={"PATH": str(tmp_path)})
    assert done.returncode == 5
    assert "apt-get install tesseract-ocr" in done.stderr


def test_completion_of_values() -> None:
    """Shell completion offers the formats after -f and the readers after -m."""
    import os

    for words, expected in (("vextract ocr -f ", "hocr"), ("vextract ocr -m ", "tesseract")):
        env = {**os.environ, "_VEXTRACT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": "3"}
        done = subprocess.run(
            [Path(sys.executable).parent / "vextract"],
            capture_output=True,
            text=True,
            env=env,
            timeout=200,
            check=False,
        )
        assert expected in done.stdout.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    """`--show-completion SHELL` prints a script that names the program."""
    import os

    env = {**os.environ, "_VEXTRACT_COMPLETE": f"source_{shell}"}
    done = subprocess.run(
        [Path(sys.executable).parent / "vextract"], capture_output=True, text=True, env=env, timeout=200, check=False
    )
    assert "vextract" in done.stdout


@pytest.mark.parametrize("command", ["doctor", "models", "ocr"])
def test_a_full_disk_is_one_line(command: str) -> None:
    """Output that cannot be written ends with 3 and one line, no traceback."""
    args = [command, str(SAMPLES / "letter.pdf")] if command == "ocr" else [command]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "vextract", *args], stdout=full, stderr=subprocess.PIPE, timeout=200, check=False
        )
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr
    assert b"hint: " in done.stderr


@pytest.mark.parametrize(
    ("redirection", "code", "words"),
    [("ocr - <&-", 3, "standard input is closed"), ("ocr --from-file - <&-", 2, "standard input is closed")],
)
def test_closed_input(redirection: str, code: int, words: str) -> None:
    """A closed standard input is told in one line."""
    script = f"{sys.executable} -m vextract {redirection}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (code, True, False)


def test_closed_error_stream_loses_nothing() -> None:
    """With standard error closed the text still comes out."""
    script = f"{sys.executable} -m vextract ocr {SAMPLES}/letter.pdf --ocr never 2>&-"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0
    assert "Yours faithfully" in done.stdout
