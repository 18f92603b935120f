"""The engine ray: the records of the local engine, whatever becomes of its workers. The cluster is a real one, on this machine."""

import importlib.util
import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clustering import LocalCluster, begun, cluster, marked, run, until
from tests.drawing import draw_lines
from tests.engines import deadly
from tests.killing import draw_pictures
from tests.models.emulator import Emulator
from tests.running import KEY, Done, vextract
from vextract.engines._ray_cluster import Cluster, Node, Plan, plan
from vextract.errors import EngineError

# Not imported here: Ray looks at its environment when it is, and keeps to that.
if importlib.util.find_spec("ray") is None:
    pytest.skip("the extra ray is not installed", allow_module_level=True)

# Of one answer of the emulator by OpenAI's price list for gpt-4o: 170 new input tokens, 100 cached, 32 of output.
PRICE_USD = 0.00087
COUNT = 40


@pytest.fixture(scope="module")
def there() -> Iterator[LocalCluster]:
    """A cluster whose workers have the key of the model."""
    with cluster(OPENAI_API_KEY=KEY) as made:
        yield made


@pytest.fixture
def names(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pictures, and answers that are kept; no key here, since the workers have theirs."""
    monkeypatch.setenv("VEXTRACT_CACHE", "use")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return [f"in/{Path(name).name}" for name in draw_pictures(workdir / "in", COUNT)]


def _flags(emulator: Emulator, there: LocalCluster, *more: object) -> list[str]:
    flags = ["caption", "in/", "-o", "out.jsonl", "-m", "openai:gpt-4o", "--base-url", f"{emulator.url}/v1"]
    flags += ["--engine", "ray", "--workers", "2", "--ray-address", there.address, "--store", "store.sqlite"]
    return [*flags, "-j", "1", "--concurrency", "4", *map(str, more)]


def _caption(emulator: Emulator, there: LocalCluster, *more: object) -> Done:
    return run("-m", "vextract", *_flags(emulator, there, *more))


def _records() -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path("out.jsonl").read_bytes().splitlines()]


def _sources() -> list[str]:
    return [record["source"] for record in _records()]


# What comes out


@pytest.mark.usefixtures("workdir")
def test_records_are_those_of_the_local_engine(there: LocalCluster) -> None:
    """The same records in the same order, one that is broken and standard input among them, with the same exit code."""
    for name in ("a", "b", "c"):
        draw_lines([f"text {name}"], (120, 40)).save(f"{name}.png")
    Path("broken.png").write_bytes(b"no picture")
    read = ("ocr", "a.png", "broken.png", "b.png", "none.png", "c.png", "-f", "jsonl", "--fast", "--no-rotate", "-j", 1)
    here = vextract(*read)
    far = ("-", "--engine", "ray", "--workers", 2, "--ray-address", there.address)
    done = run("-m", "vextract", *map(str, (*read, *far)), stdin=b"x")
    assert done.code == here.code == 9, done.err
    *told, stream = (json.loads(line) for line in done.out.splitlines())
    expected = [json.loads(line) for line in here.out.splitlines()]
    for record in (*told, *expected):
        record.pop("seconds")
        for page in (record["data"] or {}).get("pages", ()):
            page.pop("seconds", None)
    assert told == expected
    assert stream["status"] == "failed"
    assert "--engine ray" in stream["errors"][0]["message"]


# Workers that die


def test_a_killed_worker_loses_and_doubles_nothing(there: LocalCluster, names: list[str]) -> None:
    """One of two workers is killed midway: one record for each input, in order, and nothing that was answered is asked again."""
    with Emulator("a colour", delay_s=0.1) as emulator:
        killing = threading.Thread(target=_kill_one, args=(emulator, there), daemon=True)
        killing.start()
        done = _caption(emulator, there)
        killing.join()
    assert done.code == 0, done.err
    assert done.out == b""
    assert _sources() == names
    assert {record["status"] for record in _records()} == {"ok"}
    # Two requests of the killed worker may have been on their way.
    assert COUNT <= len(emulator.requests) <= COUNT + 2


def _kill_one(emulator: Emulator, there: LocalCluster) -> None:
    until(lambda: len(emulator.requests) >= COUNT // 3)
    workers = there.workers()
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)


def test_a_document_that_kills_workers_fails_alone(there: LocalCluster, workdir: Path) -> None:
    """What has killed three workers is a failed record; all others, which were under way with it, are done, in order."""
    del workdir
    with Emulator('{"vendor": "Ada"}') as emulator:
        done = run("-m", "tests.engines.deadly", there.address, emulator.url)
    assert done.code == 0, done.err
    expected = [[f"{number:02}.png", "ok", []] for number in range(deadly.COUNT)]
    expected[deadly.DEADLY] = [f"{deadly.DEADLY:02}.png", "failed", ["crash"]]
    assert done.data == expected


# Money, failures, interruption


def test_a_run_that_stops_goes_on(there: LocalCluster, names: list[str]) -> None:
    """All workers together keep a budget; after Ctrl-C what was finished is written; in the end all is, in order, paid for once."""
    with Emulator("a colour", delay_s=0.1) as emulator:
        done = _caption(emulator, there, "--max-cost", 10.5 * PRICE_USD)
        assert done.code == 10, done.err
        spent = len(emulator.requests)
        assert 1 <= spent <= 10 + 4, "over the limit by no more than what was under way"
        with begun("-m", "vextract", *_flags(emulator, there, "--max-cost", "1", "--resume")) as running:
            until(lambda: len(emulator.requests) >= spent + 8)
            running.send_signal(signal.SIGINT)
            _, told = running.communicate(timeout=60)
        assert running.returncode == 130, told
        assert b"Traceback" not in told
        assert 0 < len(_sources()) < COUNT
        assert _sources() == names[: len(_sources())]
        until(lambda: not there.workers())
        done = _caption(emulator, there, "--max-cost", "1", "--resume")
        assert done.code == 0, done.err
        assert len(emulator.requests) == COUNT
    assert _sources() == names
    assert f"(${COUNT * PRICE_USD:.4f} in all sessions)" in done.err


@pytest.mark.usefixtures("names")
def test_a_key_that_is_not_accepted_ends_the_run(there: LocalCluster) -> None:
    """Workers that fail one way again and again stop the run as they do here; neither log nor message has the key."""
    with Emulator(fault="401") as emulator:
        done = _caption(emulator, there, "--retries", 0)
    assert done.code == 6, done.err
    assert len(emulator.requests) < COUNT
    assert all(record["errors"][0]["kind"] == "authentication" for record in _records())
    told = [path.read_bytes() for path in there.folder.rglob("*") if path.is_file()]
    assert told
    assert not [text for text in told if KEY.encode() in text]
    assert KEY not in done.err


@pytest.mark.usefixtures("names")
def test_what_workers_cannot_do_is_told_at_once(there: LocalCluster) -> None:
    """A limit in dollars without a price is known before anything is asked; so is what is done on this machine alone."""
    with Emulator() as emulator:
        done = _caption(emulator, there, "-m", "openai:my-own", "--max-cost", 1)
        assert (done.code, emulator.requests) == (2, [])
        assert "price" in done.err
    for flags in (["--show-request"], ["--record", "kept"]):
        assert _caption(emulator, there, *flags).code == 2
    assert vextract("ocr", "in/", "--overlay", "seen/", "--engine", "ray").code == 2
    assert vextract("ocr", "in/", "--workers", "2").code == 2
    assert vextract("ocr", "in/", "--engine", "ray", "--ray-address", "ray://host:10001").code == 2


def test_a_cluster_of_its_own(names: list[str]) -> None:
    """Without an address a run has its own cluster; results alone are on stdout, and no process or file of it stays behind."""
    mark = f"run-{time.monotonic_ns()}"
    with Emulator("a colour") as emulator, tempfile.TemporaryDirectory(dir="/tmp") as folder:
        command = [
            "-m",
            "vextract",
            "caption",
            *names[:6],
            "-f",
            "jsonl",
            "--engine",
            "ray",
            "--workers",
            "2",
            "-j",
            "1",
        ]
        command += ["-m", "openai:gpt-4o", "--base-url", f"{emulator.url}/v1", "--no-cache"]
        done = run(*command, OPENAI_API_KEY=KEY, MARK=mark, TMPDIR=folder)
        until(lambda: not marked(mark))
        assert not os.listdir(folder)
    assert done.code == 0, done.err
    assert [json.loads(line)["source"] for line in done.out.splitlines()] == names[:6]
    assert done.err.splitlines() == [
        f"vextract: 6 documents: 6 ok; 6 pages; 6 answers (0 more from the store); 1,812 tokens; ${6 * PRICE_USD:.4f}"
    ]


# How a cluster is parted


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        (Cluster(), Plan(2, 4)),
        (Cluster(workers=2), Plan(2, 4)),
        (Cluster(workers=3), Plan(3, 2)),
        (Cluster(workers=100), Plan(100, 1)),
        (Cluster(jobs=3), Plan(2, 3)),
        (Cluster(gpu=True), Plan(4, 8, 1)),
    ],
)
def test_machines_are_parted(cluster: Cluster, expected: Plan) -> None:
    """One worker for each machine, or as many as are asked for, each with what the smallest machine can give; or one a GPU."""
    nodes = [Node("a", 4), Node("b", 32, 4), Node("head", 0)]
    expected = Plan(4, 8, 1) if cluster.gpu else expected
    assert plan(nodes, cluster) == expected


def test_a_cluster_without_processors_is_told_of() -> None:
    """Where no machine has anything to give, the run ends, and does not wait for ever."""
    with pytest.raises(EngineError, match="no machine"):
        plan([Node("head", 0)], Cluster())
    assert plan([Node("a", 4)], Cluster(gpu=True)) == Plan(1, 4), "a model may do without a GPU"
