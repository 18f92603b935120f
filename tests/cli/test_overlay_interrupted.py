"""`vextract overlay` when it is interrupted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.drawing import draw_lines
from tests.picturing import PLACE, record_of
from vextract.wire import wire_record

pytestmark = pytest.mark.usefixtures("workdir")


def _line(name: str) -> bytes:
    """A record with a cat at PLACE, as JSONL has it."""
    return wire_record(record_of(name, (1, "cat", PLACE))).model_dump_json(by_alias=True).encode() + b"\n"


def _files() -> list[str]:
    """All pictures that were made, hidden files too."""
    return sorted(path.name for path in Path("seen").rglob("*") if path.is_file())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_is_finished(number: int) -> None:
    """Ctrl-C and SIGTERM end with 130; finished pictures are whole, and nothing else is left."""
    count = 80
    for at in range(count):
        draw_lines([f"number {at}"], (900, 700)).save(f"{at:02}.png")
    Path("records.jsonl").write_bytes(b"".join(_line(f"{at:02}.png") for at in range(count)))
    command = [sys.executable, "-m", "vextract", "overlay", "records.jsonl", "-o", "seen/", "-j", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        while not (Path("seen").is_dir() and any(not name.startswith(".") for name in os.listdir("seen"))):
            assert running.poll() is None
            time.sleep(0.005)
        os.kill(running.pid, number)
        out, errors = running.communicate(timeout=120)
    assert (running.returncode, out) == (130, b"")
    assert b"Traceback" not in errors
    assert 1 <= len(_files()) < count
    for name in _files():
        with Image.open(Path("seen", name)) as image:
            image.load()
