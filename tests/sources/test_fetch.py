"""Bytes come onto the local disk whole and within the limits, or an InputError says why not. The server is a real one."""

import gzip
import hashlib
import io
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from vextract.errors import InputError
from vextract.sources.expand import Source, expand
from vextract.sources.fetch import fetch, file_sha256, is_stream, spool
from vextract.sources.opening import open_file
from vextract.sources.options import Limits, OpenOptions

_LIMITS = Limits(max_bytes=10_000, fetch_timeout_s=5.0)
_SHORT = replace(_LIMITS, fetch_timeout_s=0.4)


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("L", (8, 6), 200).save(file, "PNG")
    return file.getvalue()


class _Handler(BaseHTTPRequestHandler):
    """Answers each path with the method of that name."""

    def do_GET(self) -> None:
        answer: Callable[[], None] = getattr(self, "answer_" + self.path.split("?")[0].strip("/").split(".")[0])
        try:
            answer()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _head(self, status: int = 200, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def answer_picture(self) -> None:
        self._head(content_type="text/plain", content_length=len(_png()))
        self.wfile.write(_png())

    def answer_page(self) -> None:
        self._head(content_type="image/png")
        self.wfile.write(b"<!DOCTYPE html><title>Please log in</title>")

    def answer_moved(self) -> None:
        self._head(302, location="/picture.png")

    def answer_round(self) -> None:
        self._head(302, location="/round")

    def answer_away(self) -> None:
        self._head(302, location="file:///etc/passwd")

    def answer_gone(self) -> None:
        self._head(404, content_length=0)

    def answer_nothing(self) -> None:
        self._head(204)

    def answer_empty(self) -> None:
        self._head(content_length=0)

    def answer_large(self) -> None:
        self._head(content_length=10_001)
        self.wfile.write(bytes(10_001))

    def answer_endless(self) -> None:
        self._head()
        while True:
            self.wfile.write(bytes(1000))

    def answer_bomb(self) -> None:
        packed = gzip.compress(bytes(1 << 20))
        self._head(content_encoding="gzip", content_length=len(packed))
        self.wfile.write(packed)

    def answer_cut(self) -> None:
        self._head(content_length=500)
        self.wfile.write(bytes(100))

    def answer_odd(self) -> None:
        self._head(content_length="many")

    def answer_silent(self) -> None:
        time.sleep(60)

    def answer_slow(self) -> None:
        self._head(content_length=1000)
        for _ in range(1000):  # 100 s
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.1)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a web server on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as httpd:
        httpd.daemon_threads = True
        httpd.block_on_close = False
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()
        thread.join(60)


def _at(url: str) -> Source:
    """The one source that a URL stands for."""
    [source] = expand([url])
    return source


def _refused(source: Source, scratch: Path, limits: Limits = _LIMITS) -> InputError:
    """The error; nothing may be left in the scratch folder."""
    with pytest.raises(InputError) as caught:
        fetch(source, scratch, limits)
    assert list(scratch.iterdir()) == []
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("path", ["/picture.png", "/picture.txt", "/moved", "/picture?name=a.html"])
def test_picture(server: str, workdir: Path, path: str) -> None:
    """A picture is fetched under any name and declared type, also after a redirect, and opens by its content."""
    source = _at(server + path)
    file = fetch(source, workdir, _LIMITS)
    assert file.parent == workdir
    assert file.read_bytes() == _png()
    opened = open_file(file, source.name, OpenOptions())
    assert opened.media_type == "image/png"
    opened.close()


def test_page_instead_of_a_picture(server: str, workdir: Path) -> None:
    """A log-in page that calls itself a picture is no picture when opened; the message names the address."""
    source = _at(server + "/page.png")
    file = fetch(source, workdir, _LIMITS)
    with pytest.raises(InputError, match=r"/page.png' is no picture or PDF"):
        open_file(file, source.name, OpenOptions())


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/gone.png", "answered 404 Not Found"),
        ("/nothing", "answered 204"),
        ("/empty", "is empty"),
        ("/large", "has 10,001 bytes, more than the limit of 10,000"),
        ("/endless", "more than the limit of 10,000"),
        ("/bomb", "more than the limit of 10,000"),
        ("/cut", "cannot fetch"),
        ("/odd", "cannot fetch"),
        ("/round", "cannot fetch"),
        ("/away", "cannot fetch"),
    ],
)
def test_refusals(server: str, workdir: Path, path: str, message: str) -> None:
    """What the server does not give, gives broken, or gives too much of, whatever it declares, is an InputError."""
    error = _refused(_at(server + path), workdir)
    assert message in error.message
    assert server + path in error.message


@pytest.mark.parametrize("path", ["/slow", "/silent"])
def test_time_limit(server: str, workdir: Path, path: str) -> None:
    """The time limit holds for the whole download: a server that drips is cut off as one that is silent."""
    error = _refused(_at(server + path), workdir, _SHORT)
    assert "took longer than 0.4 s" in error.message
    assert "fetch_timeout_s" in error.hint


@pytest.mark.usefixtures("workdir")
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/a.png", "http://", "http://[::1", "http://a b/", "http://" + "a" * 70]
)
def test_addresses_that_lead_nowhere(workdir: Path, url: str) -> None:
    """An address that cannot be reached or makes no sense is an InputError."""
    assert _refused(_at(url), workdir).message.startswith("cannot fetch 'http://")


def test_local_file_is_used_as_it_is(workdir: Path) -> None:
    """A local file is not copied."""
    file = workdir / "a.png"
    file.write_bytes(_png())
    assert fetch(Source("a.png", file), workdir, _LIMITS) == file
    assert file_sha256(file) == hashlib.sha256(_png()).hexdigest()


def test_local_file_limits(workdir: Path, tmp_path: Path) -> None:
    """An empty, an oversized and a missing file are refused before they are read."""
    file = tmp_path / "a.png"
    source = Source("a.png", file)
    assert "No such file" in _refused(source, workdir).message
    file.write_bytes(b"")
    assert "is empty" in _refused(source, workdir).message
    file.write_bytes(bytes(10_001))
    error = _refused(source, workdir)
    assert "10,001 bytes, more than the limit of 10,000" in error.message
    assert "VEXTRACT_MAX_BYTES" in error.hint
    file.write_bytes(bytes(10_000))
    assert fetch(source, workdir, _LIMITS) == file


def test_known_problem_is_raised(workdir: Path) -> None:
    """A source that was known to be unreadable fails with that very problem."""
    problem = InputError("no such file: 'x'", "check")
    assert _refused(Source("x", problem=problem), workdir) is problem


def _pipe(workdir: Path, data: bytes) -> Source:
    path = workdir.parent / "pipe"
    os.mkfifo(path)

    def feed() -> None:
        with suppress(BrokenPipeError):
            path.write_bytes(data)

    threading.Thread(target=feed, daemon=True).start()
    return Source("pipe", path)


def test_pipe(workdir: Path) -> None:
    """A named pipe is copied, being readable only once."""
    source = _pipe(workdir, b"abc" * 1000)
    assert is_stream(source)
    file = spool(source, workdir, _LIMITS)
    assert file.read_bytes() == b"abc" * 1000


@pytest.mark.parametrize(("data", "message"), [(b"", "is empty"), (bytes(300_000), "more than the limit")])
def test_pipe_limits(workdir: Path, data: bytes, message: str) -> None:
    """An empty or endless pipe is an InputError, and no copy is left."""
    with pytest.raises(InputError, match=message):
        spool(_pipe(workdir, data), workdir, _LIMITS)
    assert list(workdir.iterdir()) == []


def test_standard_input(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is standard input, copied."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(_png())))
    source = Source("-")
    assert is_stream(source)
    assert spool(source, workdir, _LIMITS).read_bytes() == _png()


def test_streams(workdir: Path) -> None:
    """Files, addresses and what is missing are no streams; devices and sockets are, and a socket cannot be read."""
    file = workdir / "a.png"
    file.write_bytes(b"x")
    assert not is_stream(Source("a.png", file))
    assert not is_stream(_at("https://example.com/a.png"))
    assert not is_stream(Source("b.png", workdir / "b.png"))
    assert is_stream(Source("/dev/null", Path("/dev/null")))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(workdir / "s"))
        source = Source("s", workdir / "s")
        assert is_stream(source)
        with pytest.raises(InputError, match="cannot read 's'"):
            spool(source, workdir, _LIMITS)


def test_scratch_that_cannot_be_written(server: str, tmp_path: Path) -> None:
    """A download that finds no room on the disk is an InputError, not a bug."""
    with pytest.raises(InputError, match="No such file or directory"):
        fetch(_at(server + "/picture.png"), tmp_path / "missing", _LIMITS)
