"""A Ray cluster on this machine for tests, and its processes."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.running import Done

__all__ = ["ROOT", "LocalCluster", "begun", "cluster", "marked", "run", "until"]

ROOT = Path(__file__).parent.parent
_MARK = "VEXTRACT_TEST_CLUSTER"
# Whoever joins the cluster needs its token.
_JOINING = {"PYTHONPATH": str(ROOT), "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "f" * 64}
_CODE = """
import logging, os, sys
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
import ray
ray.init("local", num_cpus=8, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR,
    object_store_memory=100 << 20, _node_ip_address="127.0.0.1", _temp_dir=sys.argv[1])
print(ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.read()
ray.shutdown()
"""


@dataclass(frozen=True)
class LocalCluster:
    """Where it is, where it writes, and what its processes are known by."""

    address: str
    folder: Path
    mark: str

    def workers(self) -> list[int]:
        """The processes that are workers of a run."""
        return marked(self.mark, b"ray::Worker")


@contextmanager
def cluster(**environment: str) -> Iterator[LocalCluster]:
    """A cluster whose workers have this in their environment."""
    mark = uuid.uuid4().hex
    with tempfile.TemporaryDirectory(prefix="vx-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        told = {**os.environ, **_JOINING, _MARK: mark, "HOME": folder, **environment}
        command = [sys.executable, "-c", _CODE, folder]
        with subprocess.Popen(
            command, env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as running:
            try:
                assert running.stdout is not None
                yield LocalCluster(running.stdout.readline().strip(), Path(folder), mark)
            finally:
                assert running.stdin is not None
                running.stdin.close()
                running.wait(60)
                for left in marked(mark):
                    os.kill(left, signal.SIGKILL)


def marked(mark: str, name: bytes = b"") -> list[int]:
    """The processes that belong to a cluster, or to a run with that mark in its environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if name in (process / "cmdline").read_bytes() and mark.encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return sorted(found)


@contextmanager
def begun(*command: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A Python program that may join the cluster; in a process of its own, as Ray looks at its environment only once."""
    told = {**os.environ, **_JOINING, **environment}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, *command], env=told, stdin=pipe, stdout=pipe, stderr=pipe) as running:
        try:
            yield running
        finally:
            running.kill()


def run(*command: str, stdin: bytes = b"", **environment: str) -> Done:
    """The same, to its end."""
    with begun(*command, **environment) as running:
        out, err = running.communicate(stdin, timeout=100)
        return Done(running.returncode, out, err.decode())


def until(what: Callable[[], object], longest_s: float = 60.0) -> None:
    """Waits until it is so."""
    end = time.monotonic() + longest_s
    while not what():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)
