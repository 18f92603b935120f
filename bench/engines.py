"""What it takes to hand documents to workers: the local engine, two shards side by side, and a Ray cluster with two workers.

Each captions the same small pictures with an emulated model that takes 20 ms, 16 requests at once in all, nothing taken from a
store. Time and processor time are those of the commands with all their processes, start and end included; a second run over a
quarter of the pictures takes the start out of the figures for each document. Then one worker of the cluster is killed midway.

Run: python bench/engines.py [--count 2000] [--json] (about 5 minutes; needs the extra ray)
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
AT_ONCE, DELAY_S = 16, 0.02
MARK = "VEXTRACT_BENCH"
ENGINES: dict[str, list[list[str]]] = {
    "local": [["--concurrency", "16", "-j", "2"]],
    "two shards": [["--concurrency", "8", "-j", "1", "--shard", f"{part}/2"] for part in (1, 2)],
    "ray": [["--concurrency", "16", "-j", "1", "--engine", "ray", "--workers", "2"]],
}


@contextmanager
def server() -> Iterator[str]:
    """The address of an emulator, in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "tests.models.emulator",
        "--port",
        "0",
        "--reply",
        "a colour",
        "--delay",
        str(DELAY_S),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
        running.kill()


def pictures(folder: Path, count: int) -> None:
    """Tiny pictures, no two the same."""
    from PIL import Image

    folder.mkdir()
    for number in range(count):
        Image.new("RGB", (24, 16), (number % 256, number // 256 % 256, 0)).save(folder / f"{number:06}.png")


def measured(folder: Path, name: str, url: str, inputs: str, *, kill_at: int | None = None) -> dict[str, Any]:
    """Seconds, processor seconds, and what came of it, of the commands of an engine side by side."""
    outputs = [folder / f"{name.replace(' ', '-')}-{part}.jsonl" for part, _ in enumerate(ENGINES[name])]
    for output in outputs:
        output.unlink(missing_ok=True)
    environment = {**os.environ, "OPENAI_API_KEY": "none", "HOME": str(folder), "PYTHONPATH": str(ROOT), MARK: name}
    began = time.monotonic()
    watch = Watch()
    watch.start()
    running = []
    for flags, output in zip(ENGINES[name], outputs, strict=True):
        command = [sys.executable, "-m", "vextract", "caption", inputs, "-o", str(output), "--force", "-q"]
        command += ["-m", "openai:gpt-4o", "--base-url", f"{url}/v1", "--store", str(folder / "store.sqlite"), *flags]
        command += ["--no-cache"] if kill_at is None else []
        running.append(subprocess.Popen(command, env=environment, cwd=folder))
    if kill_at is not None:
        _kill_one(outputs[0], kill_at)
    for each in running:
        assert each.wait() == 0, name
    seconds = time.monotonic() - began
    watch.over.set()
    watch.join()
    lines = [json.loads(line) for output in outputs for line in output.read_bytes().splitlines()]
    counts = Counter(line["source"] for line in lines if line["status"] == "ok")
    here = watch.of(running[0].pid) / max(1, len(lines)) * 1000
    return {
        "seconds": seconds,
        "cpu_s": watch.cpu_s,
        "here_ms": here,
        "ok": len(counts),
        "doubled": counts.total() - len(counts),
    }


def _kill_one(output: Path, wanted: int) -> None:
    """Kills a worker of the cluster once so many records are written."""
    while not output.exists() or output.read_bytes().count(b"\n") < wanted:
        time.sleep(0.05)
    victim = next(pid for pid, told in _processes() if b"ray::Worker" in told)
    os.kill(victim, signal.SIGKILL)


def _processes() -> Iterator[tuple[int, bytes]]:
    """The processes of the run, with their command lines: a cluster's daemons are nobody's children, so the environment tells."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}=".encode() in (process / "environ").read_bytes():
                yield int(process.name), (process / "cmdline").read_bytes()
        except OSError:
            continue


class Watch(threading.Thread):
    """Sums the processor time of all processes of the run, of which each is looked at every 200 ms; Linux only."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self._seen: dict[int, float] = {}

    @property
    def cpu_s(self) -> float:
        """Seconds of processor, user and system."""
        return sum(self._seen.values())

    def of(self, pid: int) -> float:
        """The same of one process."""
        return self._seen.get(pid, 0.0)

    def run(self) -> None:
        """Looks until it is over."""
        tick = os.sysconf("SC_CLK_TCK")
        while not self.over.wait(0.2):
            for pid, _ in _processes():
                try:
                    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                self._seen[pid] = (int(fields[11]) + int(fields[12])) / tick


def compared(folder: Path, count: int, url: str) -> dict[str, Any]:
    """All engines: whole runs, and each document without the start."""
    pictures(folder / "all", count)
    pictures(folder / "some", count // 4)
    found: dict[str, Any] = {}
    for name in ENGINES:
        some, whole = (measured(folder, name, url, inputs) for inputs in ("some/", "all/"))
        more = count - count // 4
        found[name] = whole | {
            "ms_a_document": (whole["seconds"] - some["seconds"]) / more * 1000,
            "cpu_ms_a_document": (whole["cpu_s"] - some["cpu_s"]) / more * 1000,
            "here_ms_a_document": (whole["here_ms"] * count - some["here_ms"] * (count // 4)) / more,
            "start_s": some["seconds"] - (whole["seconds"] - some["seconds"]) / 3,
        }
    found["ray, one worker killed"] = killed(folder, count)
    return found


def killed(folder: Path, count: int) -> dict[str, Any]:
    """A run on a cluster, answers kept, of which one worker is killed midway; the server is in this process, and counts."""
    sys.path.insert(0, str(ROOT))
    from tests.models.emulator import Emulator

    with Emulator("a colour", delay_s=DELAY_S) as emulator:
        one = measured(folder, "ray", emulator.url, "all/", kill_at=count // 2)
        return one | {"repeated": len(emulator.requests) - count}


def show(found: dict[str, Any]) -> None:
    """A table with ratios to the local engine."""
    base = found["local"]
    print(
        "engine | wall s (x) | processor s (x) | start s | ms a document (x) | processor ms a document (x) | ok, doubled"
    )
    for name, one in found.items():
        told = [name]
        for key in ("seconds", "cpu_s", "start_s", "ms_a_document", "cpu_ms_a_document", "here_ms_a_document"):
            value = one.get(key)
            told.append("" if value is None else f"{value:.1f} ({value / base[key]:.2f})")
        repeated = f", {one['repeated']} requests repeated" if "repeated" in one else ""
        print(" | ".join([*told, f"{one['ok']}, {one['doubled']}{repeated}"]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, server() as url:
        found = compared(Path(folder), chosen.count, url)
    print(json.dumps(found)) if chosen.json else show(found)


if __name__ == "__main__":
    main()
