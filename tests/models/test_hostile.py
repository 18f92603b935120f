"""What a server that means harm, or is broken beyond its protocol, can do: nothing but an error of one harmless line."""

import asyncio
import gzip
import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.models.asking import KEY, PROVIDERS, answer, connection, question
from tests.models.protocols import Anthropic, Gemini, Ollama, OpenAI, Said
from vextract.answers import checked_text
from vextract.errors import ProtocolError, ServerError, UsageError, VextractError
from vextract.models import model_name
from vextract.models._failures import Peer, failure_of_reply
from vextract.models._recording import Recording
from vextract.models.replay import Replay
from vextract.requests import Response
from vextract.types import Usage

PROTOCOLS: dict[str, Any] = {"google_genai": Gemini, "openai": OpenAI, "ollama": Ollama, "anthropic": Anthropic}
_STREAM = {"ollama": "application/x-ndjson"}


@contextmanager
def server(say: bytes | Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that answers each request with these bytes, whatever it is asked; its address."""

    def serve() -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(60)
                try:
                    read_request(peer)
                    peer.sendall(say) if isinstance(say, bytes) else say(peer)
                except OSError:
                    pass  # the client has hung up, as it should

    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(120)
        assert not thread.is_alive(), "the server does not end"


def read_request(peer: socket.socket) -> None:
    """Reads a request to its end, so that closing the connection does not reset it.

    Raises:
        ConnectionError: the client hung up before.
    """

    def more() -> bytes:
        if not (piece := peer.recv(65536)):
            raise ConnectionError("the client has hung up")
        return piece

    data = b""
    while b"\r\n\r\n" not in data:
        data += more()
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields.get(b"content-length", b"0")):
        body += more()


def reply(
    body: bytes | str | dict[str, Any], kind: str = "application/json", status: int = 200, **fields: str
) -> bytes:
    """A whole HTTP reply."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
    head = {"content-type": kind, "content-length": str(len(data)), "connection": "close"}
    lines = [f"HTTP/1.1 {status} X", *(f"{k.replace('_', '-')}: {v}" for k, v in (head | fields).items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data


def asked(
    say: bytes | Callable[[socket.socket], None], provider: str = "openai", heard: list[str] | None = None, **more: Any
) -> Response:
    """What the model answers; in pieces, if there is a list for them."""
    with server(say) as url:
        return answer(connection(url, provider, **more), question(), None if heard is None else heard.append)


def refused(say: bytes | Callable[[socket.socket], None], provider: str = "openai", **more: Any) -> VextractError:
    """The error that an answer ends in; it is fit to be printed."""
    with pytest.raises(VextractError) as caught:
        checked_text(asked(say, provider, **more))
    assert caught.value.message.isprintable()
    assert caught.value.hint
    assert KEY not in repr(caught.value)
    return caught.value


def packed_zeros() -> bytes:
    """80 MB of them, in 80 KB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(80)), packer.flush()])


def flood(kind: str) -> Callable[[socket.socket], None]:
    """80 MB without a line break."""

    def send(peer: socket.socket) -> None:
        peer.sendall(f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n\r\n".encode())
        for _ in range(80):
            peer.sendall(b"x" * (1 << 20))

    return send


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_answer_without_end_is_not_read_to_its_end(provider: str) -> None:
    """After 64 MiB it is a protocol error, for all four clients."""
    error = refused(flood("application/json"), provider)
    assert isinstance(error, ProtocolError)
    assert "more than 64 MiB" in error.message


def test_nor_is_one_in_pieces_or_packed() -> None:
    """A stream, and what is unpacked from a few kilobytes, are held to the same limit."""
    assert "more than 64 MiB" in refused(flood("text/event-stream"), heard=[]).message
    assert "more than 64 MiB" in refused(reply(packed_zeros(), content_encoding="gzip")).message


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "zstd", "\xff"])
def test_only_packings_that_were_asked_for_are_undone(packing: str) -> None:
    """A packing in a packing, which makes gigabytes of a kilobyte in one step, is refused unread, as are unknown ones."""
    error = refused(reply("x", content_encoding=packing))
    assert isinstance(error, ProtocolError)
    assert "packed as" in error.message


def test_packed_answers_are_read() -> None:
    """The packings that are asked for are undone."""
    whole = json.dumps(OpenAI.whole(Said("hello"), "m")).encode()
    assert asked(reply(gzip.compress(whole), content_encoding="gzip")).text == "hello"
    assert asked(reply(zlib.compress(whole), content_encoding="deflate")).text == "hello"


@pytest.mark.parametrize("charset", ["hex", "punycode", "rot13", "none"])
def test_json_is_utf_8_whatever_the_server_says(charset: str) -> None:
    """A charset that Python would decode with an odd codec, to bytes or in quadratic time, does not count."""
    whole = json.dumps(OpenAI.whole(Said("hällo"), "m"), ensure_ascii=False)
    assert asked(reply(whole, f"application/json; charset={charset}")).text == "hällo"
    error = refused(reply({"error": {"message": "böse"}}, f"application/json; charset={charset}", status=500))
    assert isinstance(error, ServerError)
    assert "böse" in error.message


@pytest.mark.parametrize("provider", PROVIDERS)
def test_half_a_character_becomes_a_replacement_character(provider: str) -> None:
    """Half of a surrogate pair in an answer is U+FFFD, at once and in pieces; it can be written, recorded, and sent back."""
    protocol, heard = PROTOCOLS[provider], []  # type: tuple[Any, list[str]]
    response = asked(reply(protocol.whole(Said("a\ud800b"), "m\ud800")), provider)
    assert response.text == "a\ufffdb"
    assert response.model == "m\ufffd"
    stream = b"".join(protocol.stream(Said("aaaaaa\ud83d\ude00 \ud800"), "m"))
    assert (
        asked(reply(stream, _STREAM.get(provider, "text/event-stream")), provider, heard).text
        == "aaaaaa\U0001f600 \ufffd"
    )
    "".join(heard).encode()


def test_half_a_character_in_a_question_is_sent_as_a_replacement_character() -> None:
    """A question with a byte that no UTF-8 has, as Python hands it on from the command line, is asked all the same."""
    for provider in PROVIDERS:
        with server(reply(PROTOCOLS[provider].whole(Said("yes"), "m"))) as url:
            to = connection(url, provider)
            assert answer(to, question("caf\udce9?", system="\udce9")).text == "yes"


WRONG: list[Any] = [-5, "12", 1e300]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("wrong", WRONG, ids=ascii)
def test_counts_that_are_none_are_unknown(provider: str, wrong: Any) -> None:
    """A number of tokens that is negative, huge, a fraction or no number is None, and the answer counts all the same."""
    whole = PROTOCOLS[provider].whole(Said("hello"), "m")
    figures = whole.get("usage") or whole.get("usageMetadata") or whole
    for key in figures:
        if "token" in key.lower() or key in {"prompt_eval_count", "eval_count"}:
            figures[key] = {"cached_tokens": wrong} if key == "prompt_tokens_details" else wrong
    response = asked(reply(whole), provider)
    assert response.text == "hello"
    assert response.usage == Usage(seconds=response.usage.seconds)


ODD: list[Any] = [5, ["x"], "a\nb\x1b]0;title\x07\ud800" + "z" * 200_000]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd)[:20])
@pytest.mark.parametrize(
    ("provider", "place"),
    [
        ("openai", ("choices", 0, "finish_reason")),
        ("openai", ("choices", 0, "message", "content")),
        ("openai", ("id",)),
        ("google_genai", ("candidates", 0, "finishReason")),
        ("google_genai", ("candidates", 0, "content", "parts", 0, "text")),
        ("ollama", ("message", "content")),
        ("ollama", ("done_reason",)),
        ("ollama", ("logprobs",)),
        ("anthropic", ("stop_reason",)),
        ("anthropic", ("content", 0, "text")),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # the clients' own, of what they then hand on
def test_nothing_odd_gets_through(provider: str, place: tuple[str | int, ...], odd: Any) -> None:
    """Whatever stands where a text should: there is a response of the right types that can be printed, or an error."""
    whole = PROTOCOLS[provider].whole(Said("hello"), "m")
    inner: Any = whole
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = odd
    try:
        response = asked(reply(whole), provider)
        for name in (response.reason, response.request_id, response.model):
            assert name is None or (isinstance(name, str) and name.isprintable() and len(name) <= 1000)
        assert response.text.encode()
        checked_text(response)
    except VextractError as error:
        assert error.message.isprintable()  # noqa: PT017  an error is as good as an answer here
        assert error.hint  # noqa: PT017


@pytest.mark.parametrize(
    "body",
    [b"[" * 10_000, b'{"a":' * 10_000, b"\x00" * 100, b'{"x":' + b"9" * 5000 + b"}", b"", b"5", b'{"choices":[[]]}'],
    ids=lambda body: ascii(body[:12]),
)
def test_json_that_breaks_parsers(body: bytes) -> None:
    """Ten thousand brackets, a number of 5,000 digits, NUL and nothing are protocol errors, whole and as an event."""
    assert isinstance(refused(reply(body)), ProtocolError)
    assert isinstance(refused(reply(b"data: " + body + b"\n\n", "text/event-stream"), heard=[]), ProtocolError)


def test_thoughts_in_thoughts() -> None:
    """Blocks nested as deep as JSON can be read, and deeper than functions can call themselves, are a protocol error."""
    thought: Any = "deep"
    for _ in range(400):
        thought = [{"type": "thinking", "thinking": thought}]
    whole = OpenAI.whole(Said("x"), "m")
    whole["choices"][0]["message"]["content"] = thought
    assert isinstance(refused(reply(whole)), VextractError)


@pytest.mark.parametrize("code", ["²", "9" * 5000, "٤٠٤", [1], 1e400, {"a": "b"}], ids=lambda code: ascii(code)[:12])
def test_an_error_with_a_code_that_is_none(code: Any) -> None:
    """A code that only looks like a number does not break the reading of the error."""
    assert isinstance(refused(reply({"error": {"message": "boom", "code": code}})), ServerError)


def test_words_of_a_server_are_harmless_to_a_terminal() -> None:
    """Escape sequences, NUL and half a character in an error or its header fields are shown as replacement characters."""
    error = refused(
        reply({"error": {"message": "a\x1b]0;x\x07\x00\ud800\u202eb"}}, status=500, x_request_id="q\x80\xff")
    )
    assert "a\ufffd]0;x\ufffd\ufffd\ufffd\ufffdb" in error.message
    assert isinstance(error, ServerError)
    assert str(error.request_id).isprintable()


def test_a_page_of_open_titles_is_read_in_linear_time() -> None:
    """A megabyte of `<title>` without an end, over which a search would take hours, is a web page as any other."""
    peer = Peer("m", "a", "K", "h", "s", KEY, 1.0)
    assert failure_of_reply(500, {}, "<html>" + "<title>" * 150_000, peer).message.endswith("a web page")


def test_only_the_first_choice_counts() -> None:
    """Choices that nobody asked for are not mixed into a streamed answer."""

    def chunk(index: int, text: str, finish: str | None = None) -> bytes:
        choice = {"index": index, "delta": {"content": text}, "finish_reason": finish}
        return (
            b"data: "
            + json.dumps({"id": "1", "object": "chat.completion.chunk", "choices": [choice]}).encode()
            + b"\n\n"
        )

    said = chunk(0, "on") + chunk(1, "no") + chunk(0, "e", "stop") + chunk(1, "pe", "length")
    response = asked(reply(said + b"data: [DONE]\n\n", "text/event-stream"), heard=[])
    assert (response.text, response.finish) == ("one", "stop")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_stream_in_single_bytes(provider: str, end: bytes) -> None:
    """Characters and line ends that are torn apart on the way are put together; comments between events are passed over."""
    stream = b"".join(PROTOCOLS[provider].stream(Said("hällo 😀 wörld"), "m")).replace(b"\r\n", b"\n")
    if provider in {"openai", "anthropic"}:  # they send such comments; Google's client does not know them
        stream = stream.replace(b"\n\n", b"\n\n: ping\n\n")

    def send(peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        kind = _STREAM.get(provider, "text/event-stream")
        peer.sendall(f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n".encode())
        for byte in stream.replace(b"\n", end):
            peer.sendall(bytes([byte]))

    heard: list[str] = []
    assert asked(send, provider, heard).text == "hällo 😀 wörld"
    assert "".join(heard) == "hällo 😀 wörld"


def test_the_password_of_an_address_is_not_repeated() -> None:
    """A server that repeats the password of its address does not get it into the message."""
    with server(reply({"error": {"message": "who is pa55word?"}}, status=500)) as url:
        to = connection(url.replace("://", "://joe:pa55word@"), "openai")
        with pytest.raises(ServerError) as caught:
            answer(to, question())
    assert "who is ***?" in caught.value.message


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_server_on_this_machine_is_asked_without_a_proxy(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes to this machine does not go to the company's proxy first; what goes elsewhere does."""
    elsewhere = "http://pictures.invalid" + ("/v1" if provider == "openai" else "")
    with server(reply({"error": {"message": "the proxy"}}, status=500)) as proxy:
        for name in ("http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        assert asked(reply(PROTOCOLS[provider].whole(Said("direct"), "m")), provider).text == "direct"
        with pytest.raises(ServerError, match="the proxy"):
            answer(connection("", provider, base_url=elsewhere), question())


@pytest.mark.parametrize("name", ["openai:gpt\n4", "openai:\x1b[2J", "ollama:\udcff", "openai:a\u202eb"], ids=ascii)
def test_names_of_models_are_fit_to_be_printed(name: str) -> None:
    """A model's name with a line break or a control character is a usage error of one line."""
    with pytest.raises(UsageError) as caught:
        model_name(name)
    assert caught.value.message.isprintable()


def test_what_is_recorded_can_be_replayed(tmp_path: Any) -> None:
    """An answer with half a character, NUL and escape sequences is recorded and comes back as it was."""

    async def record(url: str) -> tuple[Response, Response]:
        from vextract.models import connect

        model = Recording(connect(connection(url, "openai")), tmp_path)
        try:
            first = await model.answer(question())
        finally:
            await model.close()
        return first, await Replay(str(tmp_path)).answer(question())

    with server(reply(OpenAI.whole(Said("a\ud800\x00\x1b[2J"), "m"))) as url:
        first, again = asyncio.run(record(url))
    assert first == again
    assert first.text == "a\ufffd\x00\x1b[2J"


def test_a_proxy_of_openais_own_does_not_stop_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPENAI_PROXY, which LangChain takes only without an HTTP client of one's own, is not looked at."""
    monkeypatch.setenv("OPENAI_PROXY", "http://127.0.0.1:1")
    assert asked(reply(OpenAI.whole(Said("fine"), "m"))).text == "fine"


def test_an_address_with_a_line_break_is_none() -> None:
    """It is a usage error that does not show the password before it."""
    with pytest.raises(UsageError) as caught:
        answer(connection("", "openai", base_url="http://joe:pa55word@127.0.0.1:1/v1\n"), question())
    assert "pa55word" not in caught.value.message


@pytest.mark.parametrize("name", ["../../x", "gemini?key=1", "a&b"])
def test_a_name_that_would_change_the_address(name: str) -> None:
    """A model of Gemini's whose name would be more than a part of the path is a usage error."""
    to = connection("http://127.0.0.1:1", "google_genai", name=model_name(f"google_genai:{name}"))
    with pytest.raises(UsageError, match="is no name of a model"):
        answer(to, question())
