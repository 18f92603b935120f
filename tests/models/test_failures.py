"""What goes wrong between us and a provider has one name, whichever provider it is."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.asking import KEY, PROVIDERS, answer, connection, question
from tests.models.emulator import Emulator
from vextract.errors import (
    AuthenticationError,
    BadRequestError,
    ConnectionFailed,
    ContextOverflow,
    DependencyError,
    ModelNotFound,
    ModelTimeout,
    ProtocolError,
    ProviderError,
    RateLimited,
    ServerError,
    UsageError,
    VextractError,
)
from vextract.models import connect, openai
from vextract.models._chat import chat_model
from vextract.models._failures import Peer, failure_of_exception, failure_of_reply
from vextract.requests import Clip, Sampling

PEER = Peer("openai:gpt-4o", "http://127.0.0.1:1/v1", "OPENAI_API_KEY", "see the list", "is it up?", KEY, 5.0)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One server for all tests that do not count its requests."""
    with Emulator() as running:
        yield running


def failure(
    emulator: Emulator, provider: str, fault: str, *, streamed: bool = False, timeout_s: float = 20
) -> VextractError:
    """The error that comes of one question."""
    with pytest.raises(VextractError) as caught:
        answer(
            connection(emulator.url, provider, fault, timeout_s=timeout_s),
            question(),
            (lambda _: None) if streamed else None,
        )
    check_words(caught.value)
    return caught.value


def check_words(error: VextractError) -> None:
    """An error has a hint, one line, and no key."""
    assert error.hint
    assert len(error.message.splitlines()) == 1
    assert KEY not in repr(error)


EXPECTED = {
    "400": BadRequestError,
    "401": AuthenticationError,
    "403": AuthenticationError,
    "404": ModelNotFound,
    "408": ModelTimeout,
    "413": BadRequestError,
    "422": BadRequestError,
    "429": RateLimited,
    "500": ServerError,
    "503": ServerError,
    "529": ServerError,
    "badgateway": ServerError,
    "context": ContextOverflow,
    "echokey": AuthenticationError,
    "close": ConnectionFailed,
    "reset": ConnectionFailed,
    "cut": ConnectionFailed,
    "html": ProtocolError,
    "garbage": ProtocolError,
    "array": ProtocolError,
    "foreign": ProtocolError,
    "redirect": ProtocolError,
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "pieces"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_fault_has_its_class(provider, streamed) -> None:
    """Each fault is an error of exactly its class, for all four clients, streamed or not, in one try; the model goes on."""

    async def meet_all(emulator: Emulator) -> dict[str, type]:
        model = connect(connection(emulator.url, provider))
        met: dict[str, type] = {}
        for fault in EXPECTED:
            emulator.fault = fault
            with pytest.raises(VextractError) as caught:
                await model.answer(question(), (lambda _: None) if streamed else None)
            check_words(caught.value)
            met[fault] = type(caught.value)
        emulator.fault = "ok"
        assert (await model.answer(question())).finish == "stop"
        await model.close()
        return met

    with Emulator() as emulator:
        assert asyncio.run(meet_all(emulator)) == EXPECTED
        assert len(emulator.requests) == len(EXPECTED) + 1


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "pieces"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_answer_in_time(emulator, provider, streamed) -> None:
    """Silence ends as a timeout that names how long it was."""
    error = failure(emulator, provider, "hang", streamed=streamed, timeout_s=0.4)
    assert type(error) is ModelTimeout
    assert "0.4 s" in error.message


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nobody_there(provider) -> None:
    """A port on which nobody listens is a failed connection; the hint names the address."""
    with pytest.raises(ConnectionFailed) as caught:
        answer(connection("http://127.0.0.1:9", provider), question())
    assert "http://127.0.0.1:9" in caught.value.hint
    assert caught.value.retryable


def test_a_password_in_the_address_is_not_shown() -> None:
    """An address with user and password is named without them."""
    to = connection("", "ollama", base_url="http://ann:passw0rd@127.0.0.1:9/ollama")
    with pytest.raises(ConnectionFailed) as caught:
        answer(to, question())
    assert "passw0rd" not in repr(caught.value)
    assert "http://127.0.0.1:9/ollama" in caught.value.hint


@pytest.mark.parametrize("provider", PROVIDERS)
def test_how_long_to_wait_is_taken_from_the_provider(emulator, provider) -> None:
    """Retry-After, or Google's RetryInfo, arrives with the error, and so does the request's name."""
    error = failure(emulator, provider, "429")
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == (1.5 if provider == "google_genai" else 2.0)
    assert error.request_id == (None if provider == "google_genai" else "req-7")


@pytest.mark.parametrize("fault", ["error200", "midway"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_errors_that_come_as_answers(emulator, provider, fault) -> None:
    """An error object with status 200, or in the middle of a stream, is the error that it names."""
    error = failure(emulator, provider, fault, streamed=fault == "midway")
    assert type(error) is (ServerError if provider == "ollama" else RateLimited)  # Ollama's have words only
    assert "slow down" in error.message


def test_redirects_are_not_followed(emulator) -> None:
    """A redirect is an error that says where to: pages do not go to hosts that nobody named."""
    assert "http://127.0.0.2:9/elsewhere" in failure(emulator, "openai", "redirect").message


@pytest.mark.parametrize("provider", ["google_genai", "openai", "anthropic"])
def test_a_missing_key_is_told_before_anything_is_sent(provider) -> None:
    """The provider's own address without a key is an authentication error that names the environment variable."""
    with pytest.raises(AuthenticationError) as caught:
        connect(connection("", provider, base_url=None, api_key=" "))
    assert "_API_KEY" in caught.value.hint


@pytest.mark.parametrize(("extra", "install"), [("openai", "'vextract[openai]'"), ("", "no-such-package")])
def test_a_package_that_is_not_installed(extra, install) -> None:
    """The error names the package, and the hint the command that brings it."""
    adapter = replace(openai.ADAPTER, package="no_such_package", extra=extra)
    with pytest.raises(DependencyError, match="no_such_package") as caught:
        chat_model(adapter, connection("http://127.0.0.1:9", "openai"))
    assert caught.value.hint == f"pip install {install}"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_server_of_ones_own_needs_no_key(emulator, provider) -> None:
    """Without a key, a server with an address of its own is asked all the same."""
    assert answer(connection(emulator.url, provider, api_key=None), question()).finish == "stop"


def test_a_key_that_cannot_be_one() -> None:
    """A key with a line break or letters from elsewhere is refused without being shown."""
    for key in ("abc\ndef", "schlüssel"):
        with pytest.raises(AuthenticationError) as caught:
            connect(connection("http://127.0.0.1:9", "openai", api_key=key))
        assert key not in str(caught.value)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://", "http://x:99999", ""])
def test_an_address_that_is_none(url) -> None:
    """A base URL without scheme or host is a usage error, not a failed connection to be tried again."""
    with pytest.raises(UsageError):
        connect(connection("", "ollama", base_url=url))


@pytest.mark.parametrize("provider", ["ollama", "anthropic"])
def test_videos_where_none_are_taken(emulator, provider) -> None:
    """A clip for a provider without video is a usage error."""
    with pytest.raises(UsageError):
        answer(connection(emulator.url, provider), question(Clip(b"mp4", "video/mp4")))


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google_genai"])
def test_options_that_a_client_does_not_know(emulator, provider) -> None:
    """An unknown -O is a usage error that names it, and nothing is sent."""
    before = len(emulator.requests)
    with pytest.raises(UsageError, match="no_such_option"):
        answer(connection(emulator.url, provider), question(sampling=Sampling(options={"no_such_option": 1})))
    assert len(emulator.requests) == before


def test_bugs_stay_bugs() -> None:
    """An exception that has nothing to do with HTTP is not classified, whatever it wraps."""
    assert failure_of_exception(TypeError("ours"), PEER) is None
    error = RuntimeError("outer")
    error.__cause__ = KeyError("inner")
    assert failure_of_exception(error, PEER) is None


def test_a_request_that_makes_no_sense_is_a_bug(emulator) -> None:
    """A part that is no part of a request fails as what it is: not as a failure of the provider."""

    async def ask() -> None:
        model = connect(connection(emulator.url, "openai"))
        await model.answer(question(42))

    with pytest.raises((AttributeError, TypeError)):
        asyncio.run(ask())


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "3"}, "{}", 3),
        ({"retry-after": "0.25"}, "{}", 0.25),
        ({"retry-after-ms": "1500", "retry-after": "9"}, "{}", 1.5),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, "{}", 30),
        ({"retry-after": "Sat, 21 Nov 2026 09:00:00 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, "{}", 0),
        ({"retry-after": "soon"}, "{}", None),
        ({"retry-after": "-1"}, "{}", None),
        ({"retry-after": "nan"}, "{}", None),
        (
            {},
            '[{"error": {"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "41s"}]}}]',
            41,
        ),
        ({}, '{"error": {"details": [{"@type": "x.RetryInfo"}, "?"]}}', None),
    ],
)
def test_retry_after_in_all_its_forms(headers, body, seconds) -> None:
    """Seconds, milliseconds, dates by the server's own clock, and Google's details; all else is unknown."""
    error = failure_of_reply(429, headers, body, PEER)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == seconds


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}, ProviderError),
        (
            429,
            {"error": {"message": "check your plan and billing details", "status": "RESOURCE_EXHAUSTED"}},
            RateLimited,
        ),
        (402, {"error": {"message": "Insufficient credits", "code": 402}}, ProviderError),
        (400, {"error": {"message": "Your credit balance is too low"}}, ProviderError),
        (400, {"error": {"message": "This model's maximum context length is 8192 tokens."}}, ContextOverflow),
        (
            400,
            {"error": {"message": "The input token count (9) exceeds the maximum number of tokens allowed (8)."}},
            ContextOverflow,
        ),
        (
            400,
            {"error": {"type": "exceed_context_size_error", "message": "exceeds the available context size"}},
            ContextOverflow,
        ),
        (400, {"error": {"message": "max_tokens is too large: 99999"}}, BadRequestError),
        (400, {"error": {"message": "API key not valid."}}, BadRequestError),
        (200, {"error": {"message": "Provider returned error", "code": 502}}, ServerError),
        (200, {"error": {"message": "no auth", "code": 401}}, AuthenticationError),
        (200, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, ServerError),
        (200, {"error": "model 'x' failed to load"}, ServerError),
        (404, {"detail": "Not Found"}, ModelNotFound),
        (503, "upstream connect error", ServerError),
        (418, "", BadRequestError),
        (500, "[" * 100_000, ServerError),
    ],
)
def test_replies_of_many_servers(status, body, expected) -> None:
    """What servers really say of an error decides its class and is quoted."""
    text = body if isinstance(body, str) else json.dumps(body)
    error = failure_of_reply(status, {}, text, PEER)
    assert type(error) is expected
    assert error.hint


@given(
    st.integers(100, 999),
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "date", "location"]), st.text()),
    st.text(),
)
def test_any_reply_has_a_meaning(status, headers, body) -> None:
    """No status, header or text makes the classification itself fail; messages are short and of one line."""
    error = failure_of_reply(status, headers, body, PEER)
    assert isinstance(error, VextractError)
    assert len(error.message) < 400
    assert len(error.message.splitlines()) == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "code", "message", "details", "status", "type", "@type", "retryDelay"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from([200, 400, 429, 500]), _JSON)
def test_any_json_error_has_a_meaning(status, document) -> None:
    """Nor does any shape of a JSON body."""
    assert isinstance(failure_of_reply(status, {}, json.dumps(document), PEER), VextractError)


def test_long_words_are_cut_and_keys_taken_out() -> None:
    """A message has one line of bounded length, and never the key."""
    error = failure_of_reply(500, {}, json.dumps({"error": {"message": f"key {KEY}\n" + "x" * 5000}}), PEER)
    assert KEY not in error.message
    assert "key *** xxx" in error.message
    assert len(error.message) < 400
