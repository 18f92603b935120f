"""The Ray cluster of a run: one that is there, or one of its own on this machine, which listens to nobody without its token."""

import io
import logging
import os
import secrets
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vextract.engines.local import default_jobs
from vextract.errors import DependencyError, EngineError, PrivacyError, UsageError
from vextract.privacy import is_loopback, refuses_network

__all__ = ["Cluster", "Node", "Plan", "connected", "plan"]

log = logging.getLogger("vextract")

_STORE_BYTES = 256 << 20
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which cluster, and how much of it.

    Attributes:
        address: of one that is there, or "auto"; None for one of the run's own, on this machine.
        workers: how many; None: one for each machine.
        jobs: processes that read pages, for each worker; None: its part of the machine's processors.
        gpu: whether each worker needs a GPU.
    """

    address: str | None = None
    workers: int | None = None
    jobs: int | None = None
    gpu: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster, with what it has to give."""

    id: str
    cpus: int
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """So many workers, each with so many processors and GPUs."""

    workers: int
    cpus: int
    gpus: int = 0


def plan(nodes: Sequence[Node], cluster: Cluster) -> Plan:
    """How the machines are parted among the workers: the smallest of them has to hold as many as any.

    Raises:
        EngineError: there is no machine that could do anything.
    """
    able = [node for node in nodes if node.cpus and (node.gpus or not cluster.gpu)]
    if not able and cluster.gpu:
        return plan(nodes, Cluster(cluster.address, cluster.workers, cluster.jobs))
    if not able:
        raise EngineError("the cluster has no machine with a processor to give", "look at `ray status`")
    count = cluster.workers or (sum(node.gpus for node in able) if cluster.gpu else len(able))
    on_each = -(-count // len(able))
    return Plan(count, cluster.jobs or max(1, min(node.cpus for node in able) // on_each), int(cluster.gpu))


@contextmanager
def connected(cluster: Cluster) -> Iterator[list[Node]]:
    """The machines of the cluster, for as long as it is needed; a cluster of our own ends with that.

    Raises:
        DependencyError: Ray is not installed.
        UsageError: the address is none that can be used.
        PrivacyError: it is on another machine, and nothing may leave this one.
        EngineError: the cluster cannot be reached or started.
    """
    _check(cluster)
    # Looked at when Ray is imported: nothing is reported to anybody.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if cluster.address is None:
        os.environ["RAY_AUTH_MODE"], os.environ["RAY_AUTH_TOKEN"] = "token", _token()
    try:
        import ray
    except ImportError as error:
        raise DependencyError(
            "--engine ray needs the package ray, not installed", "pip install 'vextract[ray]'"
        ) from error
    # What Ray has to say of workers that died it prints to standard output, which is for results.
    aside = redirect_stdout(_Aside())
    made = tempfile.TemporaryDirectory(prefix="vextract-ray-", dir=_short_folder(), ignore_cleanup_errors=True)
    with aside, made as folder:
        handlers = {number: signal.getsignal(number) for number in _SIGNALS}
        try:
            _begin(ray, cluster, folder)
            # Ray takes SIGTERM for itself.
            for number, handler in handlers.items():
                if signal.getsignal(number) != handler:
                    signal.signal(number, handler)
            yield [_node(told) for told in ray.nodes() if told["Alive"]]
        finally:
            ray.shutdown()


class _Aside(io.TextIOBase):
    """Takes what is printed, and shows it with -vv."""

    def write(self, text: str, /) -> int:
        if text.strip():
            log.debug("%s", text.strip())
        return len(text)


def _check(cluster: Cluster) -> None:
    if cluster.address is None:
        return
    if "://" in cluster.address:
        raise UsageError(
            f"--ray-address cannot be {cluster.address!r}: runs are begun on a machine of the cluster",
            "use `ray job submit -- vextract …`, or HOST:PORT of the head on a machine that has joined it",
        )
    if refuses_network() and not is_loopback(cluster.address.rpartition(":")[0]):
        raise PrivacyError(
            f"the cluster at {cluster.address!r} may have other machines, and local_only allows no connection to one",
            "leave out --ray-address (and RAY_ADDRESS) or --local-only",
        )


def _begin(ray: Any, cluster: Cluster, folder: str) -> None:
    told: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if cluster.address is None:
        told |= {
            "address": "local",
            "num_cpus": max(default_jobs(), (cluster.workers or 1) * (cluster.jobs or 1)),
            "include_dashboard": False,
            "object_store_memory": _STORE_BYTES,
            "_node_ip_address": "127.0.0.1",
            "_temp_dir": folder,
        }
    try:
        ray.init(cluster.address, **told) if cluster.address else ray.init(**told)
    except (OSError, RuntimeError, ValueError) as error:
        where = f"reach the cluster at {cluster.address!r}" if cluster.address else "start Ray on this machine"
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise EngineError(
            f"cannot {where}: {reason}",
            "look at `ray status`; is its token here (RAY_AUTH_TOKEN), and are Ray and Python of one version?",
        ) from error


def _node(told: Any) -> Node:
    resources = told["Resources"]
    return Node(told["NodeID"], int(resources.get("CPU", 0)), int(resources.get("GPU", 0)))


@lru_cache(maxsize=1)
def _token() -> str:
    # One for this process: Ray's own libraries look at it only once.
    return secrets.token_hex(32)


def _short_folder() -> str | None:
    """Where Ray's files go: the names of its sockets must not be long."""
    return "/tmp" if len(tempfile.gettempdir()) > 30 and os.path.isdir("/tmp") else None  # noqa: S108
