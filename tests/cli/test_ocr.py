"""`vextract ocr` as a user runs it: a process of its own, real files, exit codes, both output streams."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.drawing import SAMPLES, draw_lines, write_tiff
from tests.running import KEY, Server, gpt, texts
from tests.running import vextract as run_here

VEXTRACT = [sys.executable, "-m", "vextract"]


def vextract(*args: object, stdin: bytes | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Runs the command to its end."""
    command = [*VEXTRACT, *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=cwd, timeout=200, check=False)


def records(stdout: bytes) -> list[dict[str, Any]]:
    """The records of a JSONL output."""
    return [json.loads(line) for line in stdout.splitlines()]


def test_text_of_a_picture_goes_to_stdout_alone() -> None:
    """The text, and nothing else, is on standard output; nothing is on stderr; exit 0."""
    done = vextract("ocr", SAMPLES / "letter_scan.pdf")
    assert done.returncode == 0
    assert done.stderr == b""
    expected = json.loads((SAMPLES / "letter_scan.pdf.expected.json").read_text())["text"][0]
    assert done.stdout.decode().split() == expected.split()


def test_stdin_is_read() -> None:
    """`-` reads a picture's bytes from standard input and the record's source is `-`."""
    done = vextract("ocr", "-", "-f", "jsonl", stdin=(SAMPLES / "rotated_scan.png").read_bytes())
    [record] = records(done.stdout)
    assert record["source"] == "-"
    assert record["status"] == "ok"
    assert record["data"]["pages"][0]["rotation"] == 270


def test_names_from_stdin(tmp_path: Path) -> None:
    """`--from-file -` reads names as `find -print0` writes them, odd ones included, in order."""
    names = ["b c.png", "line\nbreak.png", "a.png"]
    for name in names:
        draw_lines(["word"]).save(tmp_path / name)
    listed = b"\0".join(name.encode() for name in names) + b"\0"
    done = vextract("ocr", "--from-file", "-", "-f", "jsonl", "--fast", stdin=listed, cwd=tmp_path)
    assert [record["source"] for record in records(done.stdout)] == names


def test_pages_are_chosen() -> None:
    """`--pages 3,1` reads these pages in document order."""
    done = vextract("ocr", SAMPLES / "fax.tiff", "--pages", "3,1", "-f", "jsonl", "--fast")
    [record] = records(done.stdout)
    assert [page["number"] for page in record["pages"]] == [1, 3]


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["ocr"], 2, b"nothing to read"),
        (["ocr", "x.png", "-f", "docx"], 2, b"'docx'"),
        (["ocr", "x.png", "-m", "gpt"], 2, b"'gpt'"),
        (["ocr", "x.png", "--pages", "0"], 2, b"'0'"),
        (["ocr", "x.png", "--dpi", "3"], 2, b"--dpi"),
        (["ocr", "x.png", "--ocr", "maybe"], 2, b"--ocr"),
        (["ocr", "x.png", "-l", "eng+xyz"], 5, b"tesseract-ocr-xyz"),
        (["ocr", "missing.png"], 3, b"no such file"),
        (["ocr", SAMPLES / "encrypted.pdf"], 3, b"--password"),
        (["ocr", SAMPLES / "encrypted.pdf", "--password", "wrong"], 3, b"wrong"),
        (["ocr", SAMPLES, "-f", "hocr"], 2, b"-o out/"),
        (["ocr", SAMPLES / "letter.pdf", "--pages", "7"], 3, b"--pages 7"),
    ],
)
def test_a_mistake_gives_its_exit_code_and_a_hint(args: list[object], code: int, words: bytes) -> None:
    """Each mistake ends with its documented code, one line that names it, a hint, and no traceback."""
    done = vextract(*args)
    assert done.returncode == code
    assert words in done.stderr
    assert b"hint: " in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_part_of_a_directory_fails(tmp_path: Path) -> None:
    """Of 40 pictures with 5 broken ones, 35 are read, 5 have failed records in their places, and the exit code is 9."""
    for i in range(40):
        path = tmp_path / f"{i:03}.png"
        draw_lines([f"number {i}"], (300, 80)).save(path)
        if i % 8 == 3:
            path.write_bytes(path.read_bytes()[:40])
    done = vextract("ocr", tmp_path, "-f", "jsonl", "--fast", "--no-rotate")
    assert done.returncode == 9
    statuses = [record["status"] for record in records(done.stdout)]
    assert [i for i, status in enumerate(statuses) if status == "failed"] == [3, 11, 19, 27, 35]
    assert statuses.count("ok") == 35
    assert done.stderr.count(b"hint: ") == 5


def test_a_closed_reader_ends_the_run_quietly() -> None:
    """`vextract ocr x.png | head -1` ends with 141 and says nothing, though all text fitted into the pipe."""
    script = f'{" ".join(VEXTRACT)} ocr {SAMPLES}/receipt.png --fast | head -1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, timeout=200, check=False)
    assert done.stdout.decode().splitlines()[-1] == "141"
    assert done.stderr == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_is_finished(tmp_path: Path, number: int) -> None:
    """Ctrl-C and SIGTERM end with 130; whole records of finished documents are printed; no worker is left."""
    for i in range(60):
        draw_lines([f"number {i}"]).save(tmp_path / f"{i:03}.png")
    command = [*VEXTRACT, "ocr", str(tmp_path), "-f", "jsonl", "--fast"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as running:
        assert running.stdout is not None
        first = running.stdout.readline()
        os.kill(running.pid, number)
        rest, errors = running.communicate(timeout=200)
    assert running.returncode == 130
    assert b"Traceback" not in errors
    read = records(first + rest)
    assert 1 <= len(read) < 60
    assert all(record["status"] == "ok" for record in read)
    assert _group_is_gone(running.pid)


def _group_is_gone(group: int) -> bool:
    for _ in range(600):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_many_inputs_on_one_text_stream_are_told_apart(tmp_path: Path) -> None:
    """With several inputs a line `==> NAME <==` goes before each text."""
    for name in ("a.png", "b.png"):
        draw_lines([f"text of {name[0]}"]).save(tmp_path / name)
    done = vextract("ocr", "a.png", "b.png", "--fast", cwd=tmp_path)
    assert done.stdout.decode() == "==> a.png <==\ntext of a\n\n==> b.png <==\ntext of b\n"


def test_existing_files_are_kept(tmp_path: Path) -> None:
    """A second run into the same directory reads nothing and keeps the files; --force writes them again."""
    draw_lines(["alpha"]).save(tmp_path / "a.png")
    assert vextract("ocr", "a.png", "-o", "out/", "--fast", cwd=tmp_path).returncode == 0
    result = tmp_path / "out" / "a.txt"
    assert result.read_text() == "alpha\n"
    result.write_text("kept")
    again = vextract("ocr", "a.png", "-o", "out/", "--fast", cwd=tmp_path)
    assert (again.returncode, result.read_text()) == (0, "kept")
    assert b"--force" in again.stderr
    assert vextract("ocr", "a.png", "-o", "out/", "--fast", "--force", cwd=tmp_path).returncode == 0
    assert result.read_text() == "alpha\n"


def test_a_blank_page_is_said_to_be_blank(tmp_path: Path) -> None:
    """A page without ink is `blank`; a page with ink and no text is not, and a warning says that no text was found."""
    Image.new("L", (400, 300), 255).save(tmp_path / "blank.png")
    picture = Image.linear_gradient("L").resize((400, 300))
    picture.save(tmp_path / "shade.png")
    done = vextract("ocr", "blank.png", "shade.png", "-f", "jsonl", cwd=tmp_path)
    assert [record["data"]["pages"][0]["blank"] for record in records(done.stdout)] == [True, False]
    assert b"blank.png" not in done.stderr
    assert b"shade.png: page 1: no text found" in done.stderr


def test_fractions_and_pixels_agree(tmp_path: Path) -> None:
    """`--box-unit fraction` gives the same boxes divided by the page's size."""
    draw_lines(["alpha beta"]).save(tmp_path / "a.png")
    [pixels] = records(vextract("ocr", "a.png", "-f", "jsonl", cwd=tmp_path).stdout)
    [fractions] = records(vextract("ocr", "a.png", "-f", "jsonl", "--box-unit", "fraction", cwd=tmp_path).stdout)
    size = [pixels["pages"][0]["width"], pixels["pages"][0]["height"]] * 2
    in_pixels = pixels["data"]["pages"][0]["lines"][0]["box"]
    in_fractions = fractions["data"]["pages"][0]["lines"][0]["box"]
    assert [f * s for f, s in zip(in_fractions, size, strict=True)] == pytest.approx(in_pixels, abs=0.1)


def test_pages_of_a_long_document_stream_out(tmp_path: Path) -> None:
    """With -f text the first page is printed before the last is read."""
    path = write_tiff(tmp_path / "long.tiff", [f"page {i}" for i in range(30)])
    with subprocess.Popen([*VEXTRACT, "ocr", str(path), "--fast"], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"page 0\n"
        assert running.poll() is None
        running.stdout.read()
    assert running.returncode == 0


@pytest.fixture
def scan(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture with two lines; a key for the model."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    draw_lines(["Corner Shop", "Total 12.50"], (400, 140)).save(workdir / "scan.png")
    return workdir / "scan.png"


def test_a_model_reads_text(scan: Path) -> None:
    """-f text has what the model wrote, and measures nothing; --markdown and -f md ask for Markdown."""
    with Server("# Corner Shop\n\nTotal 12,50") as server:
        assert run_here("ocr", scan, *gpt(server)).out == b"# Corner Shop\n\nTotal 12,50\n"
        run_here("ocr", scan, *gpt(server), "--markdown")
        marked = run_here("ocr", scan, *gpt(server), "-f", "md", "--lang", "deu")
    asked = [texts(received) for received in server.requests]
    assert ["as Markdown" in text for text in asked] == [False, True, True]
    assert "It is written in: deu." in asked[2]
    assert b"# Corner Shop" in marked.out


@pytest.mark.parametrize("form", ["tsv", "hocr", "alto", "pdf", "jsonl"])
def test_the_words_of_a_model_stand_where_they_were_measured(scan: Path, form: str) -> None:
    """Formats with boxes have the model's spelling at the places that the reader measured; what it did not measure is told."""
    with Server("Corner Shop\nTotal 12,50 EUR") as server:
        done = run_here("ocr", scan, *gpt(server), "-f", form, "-o", f"out.{form}", "--fast", "--no-rotate")
        assert done.code == 0
        assert "1 of the model's words were not measured" in done.err
    written = Path(f"out.{form}").read_bytes()
    if form == "pdf":
        text = subprocess.run(["pdftotext", "out.pdf", "-"], capture_output=True, timeout=200, check=True).stdout
        assert text.split() == [b"Corner", b"Shop", b"Total", b"12,50"]
        return
    assert b"12,50" in written
    if form != "jsonl":
        assert b"12.50" not in written
        return
    [told] = records(written)
    [page] = told["data"]["pages"]
    [measured] = records(vextract("ocr", scan, "-f", "jsonl", "--fast", "--no-rotate").stdout)
    places = {word["text"]: word["box"] for line in measured["data"]["pages"][0]["lines"] for word in line["words"]}
    found = {word["text"]: word["box"] for line in page["lines"] for word in line["words"]}
    assert found == {**{word: places[word] for word in ("Corner", "Shop", "Total")}, "12,50": places["12.50"]}
    assert told["model"] == "openai:gpt-4o+tesseract"


@pytest.mark.parametrize(
    "flags", [["--show-request"], ["--record", "kept"], ["--markdown"], ["--prompt-file", "mine.txt"]]
)
def test_flags_for_models_need_one(scan: Path, flags: list[str]) -> None:
    """What only a model can do is refused where a reader is named, instead of being left undone."""
    Path("mine.txt").write_text("Read.", "utf-8")
    done = run_here("ocr", scan, *flags)
    assert (done.code, done.out) == (2, b"")
    assert f"{flags[0]} is for vision models" in done.err


def test_readers_need_no_client_libraries(scan: Path) -> None:
    """Without a model neither LangChain nor a client of a provider is imported."""
    script = (
        "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr));"
        "from vextract.cli import main; main()"
    )
    command = [sys.executable, "-c", script, "ocr", str(scan), "--fast", "-j", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
    assert done.stdout.split() == ["Corner", "Shop", "Total", "12.50"]
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "pebble" in loaded
    assert not loaded & {
        "langchain",
        "langchain_core",
        "openai",
        "anthropic",
        "google",
        "ollama",
        "httpx",
        "tenacity",
        "torch",
    }
