"""Runs of the command line that are killed at random moments and gone on with, against an emulated model that counts."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.models.emulator import Emulator

__all__ = ["Outcome", "draw_pictures", "killed_runs"]


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        sources: of the records in the file, in their order.
        kills: how many sessions were killed before they were done.
        requests: that arrived.
        lost: of them, those whose answers were not kept when their session was killed.
        answers: that are kept.
    """

    sources: list[str]
    kills: int
    requests: int
    lost: int
    answers: int


def draw_pictures(folder: Path, count: int) -> list[str]:
    """So many small pictures, no two the same; their names in order."""
    from PIL import Image

    folder.mkdir()
    names = [str(folder / f"{number:06}.png") for number in range(count)]
    for number, name in enumerate(names):
        Image.new("RGB", (24, 16), (number % 256, number // 256 % 256, number // 65536)).save(name)
    return names


def killed_runs(folder: Path, names: list[str], kills: int, *, seed: int, delay_s: float, at_once: int = 8) -> Outcome:
    """Captions the pictures, kills the command so many times with SIGKILL, and lets it come to its end."""
    import json

    dice = random.Random(seed)
    done = 0
    with Emulator("a colour", delay_s=delay_s) as emulator:
        command = [
            sys.executable,
            "-m",
            "vextract",
            "caption",
            "--from-file",
            "names.txt",
            "-o",
            "out.jsonl",
            "--resume",
        ]
        command += ["-m", "openai:gpt-4o", "--base-url", f"{emulator.url}/v1", "--store", "store.sqlite", "-f", "jsonl"]
        command += ["--concurrency", str(at_once), "-j", "1"]
        (folder / "names.txt").write_text("\n".join(names), "utf-8")
        environment = {**os.environ, "OPENAI_API_KEY": "none", "VEXTRACT_CACHE": "use", "HOME": str(folder)}
        lost = 0
        for _ in range(kills):
            already = len(emulator.requests)
            with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as process:
                # Counted in requests, not in seconds, so that a slow machine is killed in the middle of its work, too.
                wanted = already + dice.randint(0, max(1, 2 * len(names) // max(1, kills)))
                while len(emulator.requests) < wanted and process.poll() is None:
                    time.sleep(0.002)
                time.sleep(dice.uniform(0, 2 * delay_s))
                process.send_signal(signal.SIGKILL)
                ended = process.wait()
            done += ended == -signal.SIGKILL
            lost = _quiet(emulator) - _answers(folder / "store.sqlite")
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        requests = len(emulator.requests)
    lines = (folder / "out.jsonl").read_bytes().splitlines()
    sources = [json.loads(line)["source"] for line in lines]
    return Outcome(sources, done, requests, lost, _answers(folder / "store.sqlite"))


def _quiet(emulator: Emulator) -> int:
    """How many requests have arrived, once what a killed process had on its way is there, too."""
    seen, since = len(emulator.requests), time.monotonic()
    while time.monotonic() - since < 0.2:
        time.sleep(0.01)
        if len(emulator.requests) != seen:
            seen, since = len(emulator.requests), time.monotonic()
    return seen


def _answers(store: Path) -> int:
    if not store.exists():
        return 0
    connection = sqlite3.connect(store)
    try:
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'answers'").fetchone()[0]
        return int(connection.execute("SELECT count(*) FROM answers").fetchone()[0]) if tables else 0
    finally:
        connection.close()
