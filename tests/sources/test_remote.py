"""Object stores by fsspec: what lies in one is listed, fetched within the limits, or an error says why not. The store is real."""

import io
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.running import vextract
from vextract.errors import DependencyError, InputError
from vextract.sources.expand import Source, expand, may_be_several
from vextract.sources.fetch import fetch, is_stream, spool
from vextract.sources.options import Limits
from vextract.sources.remote import is_remote, local_name

LIMITS = Limits(max_bytes=10_000)


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("L", (8, 6), 200).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def bucket() -> Iterator[str]:
    """The address of a folder in memory that no other test has."""
    import fsspec

    name = uuid.uuid4().hex
    yield f"memory://{name}"
    system = fsspec.filesystem("memory")
    if system.exists(f"/{name}"):
        system.rm(f"/{name}", recursive=True)


def _put(url: str, data: bytes) -> None:
    import fsspec

    with fsspec.open(url, "wb") as file:
        file.write(data)


def _names(*names: str, recursive: bool = False) -> list[str]:
    return [f"!{source.problem}" if source.problem else source.name for source in expand(names, recursive=recursive)]


def test_a_folder_of_a_store(bucket: str) -> None:
    """An address with / at its end gives what documents lie there, by name; those below it with `recursive`, hidden ones never."""
    for name in ("b.pdf", "a.png", "notes.txt", ".c.png", "deep/er/d.PNG", "deep/.git/e.png"):
        _put(f"{bucket}/in/{name}", b"x")
    assert _names(f"{bucket}/in/") == [f"{bucket}/in/a.png", f"{bucket}/in/b.pdf"]
    found = [(source.name, source.folder) for source in expand([f"{bucket}/in/"], recursive=True)]
    assert found[-1] == (f"{bucket}/in/deep/er/d.PNG", "deep/er")
    assert len(found) == 3


def test_wildcards_of_a_store(bucket: str) -> None:
    """Wildcards match as those of the shell do; a name that has such characters itself is found, too."""
    for name in ("a1.png", "a2.png", "b.png", "x[1].png"):
        _put(f"{bucket}/{name}", b"x")
    assert _names(f"{bucket}/a*.png") == [f"{bucket}/a1.png", f"{bucket}/a2.png"]
    assert _names(f"{bucket}/x[1].png") == [f"{bucket}/x[1].png"]
    assert _names(f"{bucket}/c*.png") == [f"!no picture, PDF or video at '{bucket}/c*.png'"]


def test_an_empty_folder_is_a_problem(bucket: str) -> None:
    """A folder without documents, or that is not there, is told of."""
    (message,) = _names(f"{bucket}/none/")
    assert message.startswith("!no")


def test_names_are_judged_by_their_form() -> None:
    """Without a look at the store, a folder and wildcards may be several, an object is one; schemes are of any case."""
    assert may_be_several(["s3://bucket/in/"])
    assert may_be_several(["gs://bucket/*.png"])
    assert not may_be_several(["S3://bucket/a.png"])
    assert is_remote("AZ://c/a.png")
    assert not is_remote("http://host/a.png")
    assert not is_remote("s3:a.png")
    (source,) = expand(["s3://bucket/a.png"])
    assert (source.name, source.url, source.file_name) == ("s3://bucket/a.png", "s3://bucket/a.png", "a.png")


def test_file_urls_are_paths(tmp_path: Path) -> None:
    """file:// is this machine's disk: a file, a directory, a glob, percent signs and all; of another host it is not."""
    (tmp_path / "a b.png").write_bytes(_png())
    quoted = f"file://{tmp_path}/a%20b.png"
    for name in (quoted, f"FILE://localhost{tmp_path}/", f"file://{tmp_path}/*.png"):
        (source,) = expand([name])
        assert source.path == tmp_path / "a b.png"
    assert local_name("file://other/a.png") == "file://other/a.png"
    assert _names("file://other/a.png") == ["!cannot fetch 'file://other/a.png'"]


def test_no_secret_of_an_address_is_told() -> None:
    """User, password and parameters that may be secrets are not in the name."""
    (source,) = expand(["s3://user:hush@bucket/a.png?X-Amz-Signature=hush"])
    assert "hush" not in source.name
    assert "hush" not in repr(source)


def test_an_object_is_fetched_whole(bucket: str, tmp_path: Path) -> None:
    """What lies in memory is copied by this very process, byte by byte."""
    _put(f"{bucket}/a.png", _png())
    (source,) = expand([f"{bucket}/a.png"])
    assert is_stream(source)
    assert spool(source, tmp_path, LIMITS).read_bytes() == _png()
    assert fetch(source, tmp_path, LIMITS).read_bytes() == _png()


@pytest.mark.parametrize(
    ("data", "told"), [(b"", "is empty"), (b"x" * 10_001, "more than the limit of 10,000"), (None, "no such object")]
)
def test_limits_hold_for_objects(bucket: str, tmp_path: Path, data: bytes | None, told: str) -> None:
    """An empty object, one over the limit and one that is not there are errors, and leave no file behind."""
    if data is not None:
        _put(f"{bucket}/a.png", data)
    with pytest.raises(InputError, match=told):
        fetch(Source("a", url=f"{bucket}/a.png"), tmp_path, LIMITS)
    assert not list(tmp_path.iterdir())


def test_a_slow_store_is_not_waited_for(bucket: str, tmp_path: Path) -> None:
    """The time for a download holds for objects, too."""
    _put(f"{bucket}/a.png", _png())
    with pytest.raises(InputError, match="took longer"):
        fetch(Source("a", url=f"{bucket}/a.png"), tmp_path, replace(LIMITS, fetch_timeout_s=0.0))


def test_chains_of_file_systems_are_refused(tmp_path: Path) -> None:
    """What fsspec would take for one file system in another is no address here."""
    with pytest.raises(InputError, match="chains"):
        fetch(Source("a", url="memory://a::file:///etc/passwd"), tmp_path, LIMITS)


def test_a_missing_package_is_named() -> None:
    """A store whose package is not installed is an error that says what to install; of a folder, too."""
    pytest.importorskip("fsspec")
    if any(_installed(package) for package in ("adlfs",)):
        pytest.skip("adlfs is installed")
    (source,) = expand(["az://box/in/"])
    assert isinstance(source.problem, DependencyError)
    assert "adlfs" in source.problem.message
    assert "'vextract[cloud]' adlfs" in source.problem.hint


def _installed(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None


def test_local_only_refuses_stores(tmp_path: Path) -> None:
    """With --local-only no store is listed, read or written, whatever is installed; memory and file:// are here."""
    code = (
        "from vextract.privacy import refuse_network; refuse_network()\n"
        "from vextract.sources.expand import expand\n"
        "from vextract.sources.fetch import fetch\n"
        "from vextract.sources.options import Limits\n"
        "from vextract.errors import PrivacyError\n"
        "import pathlib\n"
        "assert isinstance(next(expand(['s3://b/in/'])).problem, PrivacyError)\n"
        "try: fetch(next(expand(['gs://b/a.png'])), pathlib.Path('.'), Limits())\n"
        "except PrivacyError as error: print(error)\n"
        "assert not list(expand(['memory://b/*.png']))[0].url\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "'gs://b/a.png' is on another machine, and local_only allows no connection to one\n"


def test_the_command_line_reads_a_store(bucket: str, workdir: Path) -> None:
    """Records name the object as their source; one that is broken fails alone, with exit 9."""
    del workdir
    _put(f"{bucket}/in/a.png", _png())
    _put(f"{bucket}/in/b.png", b"no picture")
    done = vextract("ocr", f"{bucket}/in/", "-f", "jsonl", "--fast", "--no-rotate", "-j", 1)
    records: list[dict[str, Any]] = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 9
    assert [(record["source"], record["status"]) for record in records] == [
        (f"{bucket}/in/a.png", "ok"),
        (f"{bucket}/in/b.png", "failed"),
    ]
