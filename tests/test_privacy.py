"""Nothing leaves the machine: every client is tried, in processes of their own, against other machines and against this one."""

import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vextract.errors import PrivacyError, ServerError
from vextract.privacy import is_loopback, is_refusal, refusal_in, runs_elsewhere

OUTSIDE = ("192.0.2.1", "2001:db8::1", "::ffff:c000:201", "10.0.0.1", "nobody.invalid", "example.com")
"""Addresses that are kept for documentation, a private one, a name that cannot exist, and one that does."""

# Each is tried with HOST and URL set; whatever it raises is looked at.
CLIENTS = {
    "create_connection": "socket.create_connection((HOST, 9), timeout=5)",
    "connect": "sock().connect((HOST, 9))",
    "connect, bytes": "sock().connect((HOST.encode(), 9))",
    "connect_ex": "sock().connect_ex((HOST, 9))",
    "udp sendto": "sock(socket.SOCK_DGRAM).sendto(b'x', (HOST, 9))",
    "udp sendto with flags": "sock(socket.SOCK_DGRAM).sendto(b'x', 0, (HOST, 9))",
    "udp sendmsg": "sock(socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, (HOST, 9))",
    "udp connect": "sock(socket.SOCK_DGRAM).connect((HOST, 9))",
    "reverse": "socket.gethostbyaddr(HOST)",
    "getnameinfo": "socket.getnameinfo((HOST, 9), 0)",
    "http.client": "http.client.HTTPConnection(HOST, 9, timeout=5).request('GET', '/')",
    "urllib": "urllib.request.urlopen(URL, timeout=5)",
    "urllib, https": "urllib.request.urlopen(URL.replace('http:', 'https:'), timeout=5)",
    "httpx": "httpx.get(URL, timeout=5)",
    "httpx, async": "asyncio.run(async_get(URL))",
    "asyncio": "asyncio.run(opened(HOST))",
    "asyncio, tls": "asyncio.run(opened(HOST, ssl=True))",
    "asyncio, datagrams": "asyncio.run(datagrams(HOST))",
    "requests": "__import__('requests').get(URL, timeout=5)",
    "a thread": "in_thread(lambda: socket.create_connection((HOST, 9), timeout=5))",
    "a forked process": "in_fork(HOST)",
}
LOOKUPS = {
    "getaddrinfo": "socket.getaddrinfo(HOST, 80)",
    "getaddrinfo, bytes": "socket.getaddrinfo(HOST.encode(), 80)",
    "gethostbyname": "socket.gethostbyname(HOST)",
    "gethostbyname_ex": "socket.gethostbyname_ex(HOST)",
    "bind": "sock().bind((HOST, 0))",
}
PRELUDE = """
    import asyncio, concurrent.futures, http.client, json, multiprocessing, os, socket, sys, threading, urllib.request
    import httpx
    from vextract.privacy import is_refusal, refusal_in, refuse_network

    def sock(kind=socket.SOCK_STREAM):
        return socket.socket(socket.AF_INET6 if ":" in HOST else socket.AF_INET, kind)

    async def async_get(url):
        async with httpx.AsyncClient(timeout=5) as client:
            return (await client.get(url)).text

    async def opened(host, port=9, **options):
        reader, writer = await asyncio.open_connection(host, port, **options)
        writer.close()

    async def datagrams(host):
        await asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, 9))

    def in_thread(call):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            return pool.submit(call).result()

    def connect(host):
        socket.create_connection((host, 9), timeout=5)

    def in_fork(host):
        with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
            return pool.submit(connect, host).result()

    def outcome(call):
        try:
            return ["through", repr(call())]
        except Exception as error:
            return [type(refusal_in(error)).__name__ if is_refusal(error) else repr(error), str(refusal_in(error))]
"""


def _run(code: str, folder: Path, **env: str) -> Any:
    """What the code, after the prelude, prints as JSON, run in a process of its own."""
    script = textwrap.dedent(PRELUDE) + textwrap.dedent(code)
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        cwd=folder,
        env={**clean, "PYTHONPATH": str(Path(__file__).parent.parent), **env},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _tried(attempts: dict[str, str]) -> str:
    return f"""
        refuse_network()
        found = {{}}
        for HOST in {OUTSIDE!r}:
            URL = f"http://[{{HOST}}]/" if ":" in HOST else f"http://{{HOST}}/"
            for name, code in {attempts!r}.items():
                found[f"{{name}} {{HOST}}"] = outcome(lambda: eval(code))
        print(json.dumps(found))
    """


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What became of each client and each host, after refuse_network()."""
    found: dict[str, list[str]] = _run(_tried({**CLIENTS, **LOOKUPS}), tmp_path_factory.mktemp("outside"))
    return found


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("host", OUTSIDE)
def test_no_client_reaches_another_machine(outcomes: dict[str, list[str]], client: str, host: str) -> None:
    """Each way of connecting ends in a PrivacyError, told through whatever the library wraps it in, that names the host."""
    kind, message = outcomes[f"{client} {host}"]
    assert kind == "PrivacyError"
    assert host in message or host.replace("c000:201", "192.0.2.1") in message


@pytest.mark.parametrize("lookup", LOOKUPS)
@pytest.mark.parametrize("host", OUTSIDE)
def test_no_name_is_looked_up(outcomes: dict[str, list[str]], lookup: str, host: str) -> None:
    """A name is refused before a name server is asked; an address needs no question and is not refused for one."""
    kind, message = outcomes[f"{lookup} {host}"]
    if host in ("nobody.invalid", "example.com"):
        assert kind == "PrivacyError"
        assert host in message
    else:
        assert kind != "PrivacyError"


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"here")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[int]:
    """A web server on 127.0.0.1; its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answering) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_address[1]
        running.shutdown()


LOCAL = {
    "socket": "socket.create_connection((HOST, PORT)).close()",
    "urllib": "urllib.request.urlopen(URL).read().decode()",
    "httpx": "httpx.get(URL).text",
    "httpx, async": "asyncio.run(async_get(URL))",
    "asyncio": "asyncio.run(opened(HOST, PORT))",
    "requests": "__import__('requests').get(URL).text",
}


def test_servers_on_this_machine_are_reached(tmp_path: Path, server: int) -> None:
    """All clients reach a server on loopback, however its host is written; a proxy in the environment is not asked."""
    code = f"""
        refuse_network()
        PORT, found = {server}, {{}}
        for HOST in ("127.0.0.1", "localhost", "0.0.0.0"):
            URL = f"http://{{HOST}}:{{PORT}}/"
            for name, code in {LOCAL!r}.items():
                found[f"{{name}} {{HOST}}"] = outcome(lambda: eval(code))
        HOST = "::"
        found["mapped"] = outcome(lambda: sock().connect(("::ffff:127.0.0.1", PORT)))
        found["odd"] = outcome(lambda: socket.create_connection(("127.1", PORT)).close())
        print(json.dumps(found))
    """
    found = _run(code, tmp_path, http_proxy="http://192.0.2.1:3128", ALL_PROXY="http://192.0.2.1:3128")
    assert {name: kind for name, (kind, _) in found.items() if kind != "through"} == {}


def test_a_proxy_on_this_machine_is_not_used(tmp_path: Path, server: int) -> None:
    """What a local proxy would carry outside is refused, though the proxy itself is on loopback."""
    code = """
        refuse_network()
        URL = "http://192.0.2.1/"
        print(json.dumps([outcome(lambda: httpx.get(URL)), outcome(lambda: urllib.request.urlopen(URL))]))
    """
    proxy = f"http://127.0.0.1:{server}"
    found = _run(code, tmp_path, http_proxy=proxy, HTTP_PROXY=proxy, all_proxy=proxy, HTTPS_PROXY=proxy)
    assert [kind for kind, _ in found] == ["PrivacyError"] * 2


def test_what_a_process_does_within_itself_works(tmp_path: Path) -> None:
    """Socket pairs, Unix sockets, event loops, pools of all kinds and interpreters that are started work as before."""
    Path(tmp_path, "pools.py").write_text(
        textwrap.dedent("""
            import asyncio, json, multiprocessing, socket, subprocess, sys
            from vextract.privacy import refuse_network

            def double(n):
                return 2 * n

            async def served():
                server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
                async with server:
                    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                    rest = await reader.read()
                    writer.close()
                    return rest.decode()

            if __name__ == "__main__":
                refuse_network()
                refuse_network()
                one, other = socket.socketpair()
                one.send(b"pair")
                found = [other.recv(4).decode(), asyncio.run(served())]
                listening = socket.socket(socket.AF_UNIX)
                listening.bind("here.sock")
                listening.listen()
                socket.socket(socket.AF_UNIX).connect("here.sock")
                for way in ("fork", "spawn", "forkserver"):
                    with multiprocessing.get_context(way).Pool(1) as pool:
                        found.append(pool.apply(double, (21,)))
                with multiprocessing.Manager() as manager:
                    found.append(manager.list([1])[0])
                told = "import os; print(os.environ['VEXTRACT_LOCAL_ONLY'], os.environ['HF_HUB_OFFLINE'])"
                found.append(subprocess.check_output([sys.executable, "-c", told], text=True).strip())
                print(json.dumps(found))
        """),
        "utf-8",
    )
    found = _run("import runpy; sys.argv = ['pools.py']; runpy.run_path('pools.py', run_name='__main__')", tmp_path)
    assert found == ["pair", "", 42, 42, 42, 1, "true 1"]


def _own_address() -> str | None:
    """An address of this machine that others can reach; None if it has none. A datagram socket connects without sending."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.77", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if is_loopback(address) else address


def test_a_connection_that_would_have_worked_is_refused(tmp_path: Path) -> None:
    """The same connection to an address outside of loopback comes about before refuse_network(), and not after it."""
    address = _own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    with socket.create_server((address, 0)) as server:
        code = f"""
            where = {server.getsockname()!r}
            before = outcome(lambda: socket.create_connection(where, timeout=20).close())
            refuse_network()
            after = outcome(lambda: socket.create_connection(where, timeout=20).close())
            print(json.dumps([before[0], after[0]]))
        """
        assert _run(code, tmp_path) == ["through", "PrivacyError"]
        server.settimeout(5)
        server.accept()[0].close()
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


CLIENT_LIBRARIES = {
    "openai": "asyncio.run(openai.AsyncOpenAI(api_key='k', base_url=URL, max_retries=1).models.retrieve('m'))",
    "anthropic": "anthropic.Anthropic(api_key='k', base_url=URL, max_retries=0).models.list()",
    "ollama": "ollama.Client(URL).list()",
    "google.genai": "[c := google.genai.Client(api_key='k', http_options={'base_url': URL}), c.models.get(model='m')]",
    "aiohttp": "asyncio.run(aiohttp_get(URL))",
}


@pytest.mark.parametrize("library", CLIENT_LIBRARIES)
def test_client_libraries_are_refused(tmp_path: Path, library: str) -> None:
    """What the providers' own clients make of a refusal is still told to be one."""
    pytest.importorskip(library)
    code = f"""
        import {library}

        async def aiohttp_get(url):
            async with aiohttp.ClientSession() as session:
                await session.get(url)

        refuse_network()
        found = []
        for URL in ("http://192.0.2.1:9", "http://[2001:db8::1]:9", "https://nobody.invalid"):
            found.append(outcome(lambda: {CLIENT_LIBRARIES[library]}))
        print(json.dumps(found))
    """
    assert [kind for kind, _ in _run(code, tmp_path)] == ["PrivacyError"] * 3


@pytest.mark.skipif(not hasattr(socket, "AF_VSOCK"), reason="this system has no such family")
def test_other_ways_out_are_refused(tmp_path: Path) -> None:
    """Families of sockets that may lead out of the machine cannot be opened at all."""
    code = """
        refuse_network()
        print(json.dumps([outcome(lambda: socket.socket(f, socket.SOCK_STREAM)) for f in (socket.AF_VSOCK, socket.AF_PACKET)]))
    """
    assert [kind for kind, _ in _run(code, tmp_path)] == ["PrivacyError"] * 2


_HERE = (
    *("localhost", "LOCALHOST", "127.0.0.1", "127.255.3.4", "127.1", "2130706433", "::1", "[::1]"),
    *("0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "0.0.0.0", "::"),  # noqa: S104  a destination on this machine
)
_ELSEWHERE = (
    *("", "localhost.example.com", "evil.localhost", "localhost.", "127.0.0.1.example.com", "127.0.0.1 example.com"),
    *("128.0.0.1", "1.0.0.127", "192.0.2.1", "::2", "::ffff:192.0.2.1", "::127.0.0.1", "64:ff9b::7f00:1", "fe80::1"),
    *("ｌｏｃａｌｈｏｓｔ", "127.0.0.１"),
)


@pytest.mark.parametrize(("host", "here"), [*((host, True) for host in _HERE), *((host, False) for host in _ELSEWHERE)])
def test_is_loopback(host: str, here: bool) -> None:  # noqa: FBT001
    """Only what is written as this machine counts as this machine."""
    assert is_loopback(host) is here


@given(st.ip_addresses(v=4))
def test_is_loopback_of_every_ipv4_address(address: Any) -> None:
    """An IPv4 address is here if it begins with 127 or is 0.0.0.0, and so is the same address written as IPv6."""
    here = address.packed[0] == 127 or int(address) == 0
    assert is_loopback(str(address)) is here
    assert is_loopback(f"::ffff:{address}") is here


@given(st.text())
def test_is_loopback_of_anything(host: str) -> None:
    """Whatever text it is given, it answers; and what it takes for this machine has nothing but the letters of an address."""
    if is_loopback(host):
        assert host.isascii()
        assert not any(letter.isspace() for letter in host)


@pytest.mark.parametrize(
    ("provider", "model", "elsewhere"),
    [
        ("ollama", "gpt-oss:120b-cloud", True),
        ("ollama", "kimi-k2:cloud", True),
        ("ollama", "qwen2.5vl:7b", False),
        ("ollama", "cloudy:7b", False),
        ("openai", "x:cloud", False),
    ],
)
def test_models_that_a_local_server_passes_on(provider: str, model: str, elsewhere: bool) -> None:  # noqa: FBT001
    """Ollama's cloud models are told by their tag."""
    assert runs_elsewhere(provider, model) is elsewhere


def _raised(error: BaseException, cause: BaseException | None) -> BaseException:
    try:
        raise error from cause  # noqa: TRY301
    except BaseException as caught:  # noqa: BLE001  of any kind
        return caught


def test_a_refusal_is_found_within_other_errors() -> None:
    """Causes, contexts and groups are followed, in circles too; another error is no refusal."""
    refused = PrivacyError("refused", "hint")
    assert refusal_in(refused) is refused
    assert refusal_in(_raised(OSError(), _raised(ValueError(), refused))) is refused
    assert refusal_in(ExceptionGroup("g", [OSError(), ExceptionGroup("h", [refused])])) is refused
    hidden = OSError()
    hidden.__context__ = refused
    assert is_refusal(_raised(hidden, None))
    one, other = OSError(), ServerError("x")
    one.__cause__, other.__cause__ = other, one
    assert not is_refusal(one)
