"""What the benchmarks share: running a command and accounting for its processes. Linux only; standard library only."""

import os
import resource
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Run", "cpu_seconds", "measured"]


@dataclass(frozen=True, slots=True)
class Run:
    """One finished command: wall seconds, peak memory of all its processes in MB (shared pages counted once), first output."""

    seconds: float
    peak_mb: float
    first_output_s: float | None


def cpu_seconds(command: list[str], times: int) -> float:
    """CPU seconds (user and system) of one run of the command, the mean over so many runs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(times):
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / times


def measured(command: list[str]) -> Run:
    """Runs the command in a session of its own and watches the memory of all processes in it."""
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as running:
        watch = _Watch(running.pid)
        watch.start()
        assert running.stdout is not None
        first = time.monotonic() - began if running.stdout.read(1) else None
        running.stdout.read()
        running.wait()
        watch.over.set()
        watch.join()
    if running.returncode:
        raise SystemExit(f"{command} ended with {running.returncode}")
    return Run(time.monotonic() - began, watch.peak_kb / 1024, first)


class _Watch(threading.Thread):
    def __init__(self, session: int) -> None:
        super().__init__()
        self.session, self.peak_kb, self.over = session, 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.05):
            self.peak_kb = max(self.peak_kb, sum(map(self._proportional_kb, Path("/proc").glob("[0-9]*"))))

    def _proportional_kb(self, process: Path) -> int:
        try:
            if os.getsid(int(process.name)) != self.session:
                return 0
            lines = (process / "smaps_rollup").read_text().splitlines()
        except (OSError, ValueError):
            return 0
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
