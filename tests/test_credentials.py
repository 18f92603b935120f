"""Keys and addresses of providers: where they come from, and that they are not told."""

import string
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vextract.credentials import Credentials, load_credentials, ollama_url, redacted
from vextract.errors import AuthenticationError, UsageError

_PREFIXES = ("GOOGLE_", "GEMINI_", "OPENAI_", "ANTHROPIC_", "OLLAMA_")


@pytest.fixture(autouse=True)
def _without_keys(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and an environment in which nothing of a provider is set."""
    import os

    del workdir
    for name in [name for name in os.environ if name.startswith(_PREFIXES)]:
        monkeypatch.delenv(name)


# Where they come from


def test_nothing_is_set() -> None:
    """Without variables there is no key and no address, but for Ollama, which is looked for where it listens by default."""
    found = load_credentials()
    for provider in ("google_genai", "openai", "anthropic", "hf", "replay"):
        assert found.for_provider(provider) == (None, None)
    assert found.for_provider("ollama") == (None, "http://127.0.0.1:11434")
    assert found.secrets == ()


@pytest.mark.parametrize(
    ("provider", "key", "url"),
    [
        ("google_genai", "GOOGLE_API_KEY", "GOOGLE_API_BASE"),
        ("google_genai", "GEMINI_API_KEY", "GEMINI_API_BASE"),
        ("google_genai", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"),
        ("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL"),
        ("openai", "OPENAI_API_KEY", "OPENAI_API_BASE"),
        ("anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
        ("anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_API_URL"),
        ("ollama", "OLLAMA_API_KEY", "OLLAMA_HOST"),
    ],
)
@pytest.mark.parametrize("place", ["environment", ".env"])
def test_the_variables_of_a_provider(
    monkeypatch: pytest.MonkeyPatch, provider: str, key: str, url: str, place: str
) -> None:
    """Each provider finds the key and the address in its variables, of the environment or .env, and no other's."""
    if place == "environment":
        monkeypatch.setenv(key, " the-key ")
        monkeypatch.setenv(url, "https://h.example:8443/v1")
    else:
        Path(".env").write_text(f"{key}='the-key'\n{url}=https://h.example:8443/v1\nOTHER=1\n", "utf-8")
    found = load_credentials()
    assert found.for_provider(provider) == ("the-key", "https://h.example:8443/v1")
    for other in {"google_genai", "openai", "anthropic"} - {provider}:
        assert found.for_provider(other) == (None, None)


def test_which_variable_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """GOOGLE_API_KEY before GEMINI_API_KEY, the environment before .env whatever the name, and an empty one is not set."""
    Path(".env").write_text("GOOGLE_API_KEY=google-file\nGEMINI_API_KEY=gemini-file\n", "utf-8")
    assert load_credentials().for_provider("google_genai")[0] == "google-file"
    monkeypatch.setenv("GEMINI_API_KEY", "gemini-environment")
    assert load_credentials().for_provider("google_genai")[0] == "gemini-environment"
    monkeypatch.setenv("GOOGLE_API_KEY", "google-environment")
    assert load_credentials().for_provider("google_genai")[0] == "google-environment"
    monkeypatch.setenv("GOOGLE_API_KEY", "")
    assert load_credentials().for_provider("google_genai")[0] == "gemini-environment"
    monkeypatch.setenv("GOOGLE_API_KEY", "  ")
    monkeypatch.setenv("OLLAMA_HOST", "")
    assert load_credentials().for_provider("ollama")[1] == "http://127.0.0.1:11434"


def test_names_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable in small letters is another program's."""
    monkeypatch.setenv("openai_api_key", "x" * 20)
    assert load_credentials().for_provider("openai") == (None, None)


def test_a_dotenv_that_cannot_be_read() -> None:
    """It is a UsageError that shows nothing of the file."""
    Path(".env").write_bytes(b"OPENAI_API_KEY=sk-hunter2\nX=\xff\xfe\n")
    with pytest.raises(UsageError) as caught:
        load_credentials()
    assert caught.value.hint
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("key", ["sk-ａｂｃ", "sk-hun\nter2", "sk-hunter2\x00", "sk-“hunter2”"])
def test_a_key_that_no_header_carries(key: str) -> None:
    """It is an AuthenticationError that does not show it, where the client's own error would."""
    found = Credentials(OPENAI_API_KEY=key)
    with pytest.raises(AuthenticationError) as caught:
        found.for_provider("openai")
    assert "hun" not in repr(caught.value)
    assert found.for_provider("anthropic") == (None, None)


def test_credentials_do_not_show_what_they_hold() -> None:
    """Neither their text nor their JSON has a key or a password in it; `secrets` has them all."""
    found = Credentials(
        OPENAI_API_KEY="sk-hunter2", OPENAI_BASE_URL="https://me:hunter3@h/v1", OLLAMA_HOST="me:hunter4@h:1"
    )
    for shown in (repr(found), str(found), found.model_dump_json()):
        assert "hunter" not in shown
    assert set(found.secrets) == {"sk-hunter2", "hunter3", "hunter4"}


# OLLAMA_HOST


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("1.2.3.4", "http://1.2.3.4:11434"),
        ("1.2.3.4:99", "http://1.2.3.4:99"),
        (":99", "http://127.0.0.1:99"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104
        ("0.0.0.0:99", "http://127.0.0.1:99"),
        ("http://0.0.0.0:99", "http://127.0.0.1:99"),
        ("[::]:99", "http://[::1]:99"),
        ("::", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[2001:db8::1]:99", "http://[2001:db8::1]:99"),
        ("example.com", "http://example.com:11434"),
        ("gpu_box-1:99/", "http://gpu_box-1:99"),
        ("example.com/ollama/", "http://example.com:11434/ollama"),
        ("http://example.com", "http://example.com:80"),
        ("https://example.com", "https://example.com:443"),
        ("HTTPS://Example.com:99/a/b", "https://example.com:99/a/b"),
        ("https://me:pw@example.com", "https://me:pw@example.com:443"),
        ("ollama.com", "https://ollama.com:443"),
        (" 'localhost:99' ", "http://localhost:99"),
        ('"localhost"', "http://localhost:11434"),
    ],
)
def test_ollama_host(host: str, url: str) -> None:
    """Every form that Ollama itself takes leads to the server; one that listens everywhere is reached at loopback."""
    assert ollama_url(host) == url


@pytest.mark.parametrize(
    "host",
    [
        "host:port",
        "host:99999",
        "host:-1",
        "host:0",
        "1.2.3.456",
        "0.0.00.0",
        "ftp://host",
        "http://a b",
        "[::1",
        "h?x=1",
        "me:hunter2@h:x",
    ],
)
def test_ollama_host_that_is_none(host: str) -> None:
    """Anything else is a UsageError, which shows it unless a password may be in it."""
    with pytest.raises(UsageError) as caught:
        ollama_url(host)
    assert caught.value.hint
    assert "hunter2" not in str(caught.value)
    assert (host in str(caught.value)) == ("@" not in host)


_hosts = st.from_regex(r"([a-z][a-z0-9-]{0,8}\.){0,2}[a-z]{1,8}", fullmatch=True) | st.ip_addresses(v=4).map(str)


@settings(max_examples=30, deadline=None)  # making a client of Ollama takes long
@given(st.sampled_from(["", "http://", "https://"]), _hosts, st.none() | st.integers(1, 65535), st.booleans())
def test_ollama_host_as_its_own_client_reads_it(scheme: str, host: str, port: int | None, path: bool) -> None:  # noqa: FBT001
    """The official client comes to the same address, but where a server listens everywhere or runs at ollama.com."""
    ollama = pytest.importorskip("ollama")
    if host in ("0.0.0.0", "ollama.com"):  # noqa: S104
        return
    written = f"{scheme}{host}{'' if port is None else f':{port}'}{'/sub/path/' if path else ''}"
    theirs = str(ollama.Client(written)._client.base_url).rstrip("/")
    ours = ollama_url(written)
    standard = {"http": 80, "https": 443}[urlsplit(theirs).scheme]
    assert theirs in (ours, ours.replace(f":{standard}", "", 1))


@given(st.text())
def test_ollama_host_of_anything(host: str) -> None:
    """Whatever text it is: an address that can be connected to, or a UsageError."""
    try:
        url = ollama_url(host)
    except UsageError:
        return
    parts = urlsplit(url)
    assert parts.scheme in ("http", "https")
    assert parts.hostname
    assert parts.port


# Redaction

_ALPHABET = string.ascii_letters + string.digits + "-_./+="
_keys = st.text(_ALPHABET, min_size=6, max_size=40)


@given(st.lists(_keys, min_size=1, max_size=3), st.lists(st.text(), min_size=1, max_size=6), st.randoms())
def test_no_known_secret_is_told(keys: list[str], words: list[str], random: object) -> None:
    """A known key is gone from the text wherever it stood, written as it is or as in an address."""
    del random
    text = "".join(word + key + quote(key, safe="") for word, key in zip(words, keys * len(words), strict=False))
    told = redacted(text, keys)
    for key in keys:
        assert key not in told


@given(st.text(string.ascii_lowercase + " .,:'", max_size=80))
def test_plain_words_are_kept(text: str) -> None:
    """A message of words comes through as it is; a second pass changes nothing."""
    if "key" in text or "bearer" in text or "authorization" in text:
        return
    assert redacted(text) == text


_AIZA = "AIza" + "Sy0-_abcdefghijklmnopqrstuvwxyz12345"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"API key not valid: {_AIZA}.", "API key not valid: ***."),
        ("Incorrect API key provided: sk-proj-abcd********wxyz. See", "Incorrect API key provided: ***. See"),
        ("'sk-ant-api03-abc_DEF-123'", "'***'"),
        ("header Authorization: Bearer abcdef.123-456", "header Authorization: Bearer ***"),
        ("{'authorization': 'Basic bWU6aHVudGVyMg=='}", "{'authorization': 'Basic ***'}"),
        ("Authorization: Token0123456789", "Authorization: ***"),
        ("{'x-api-key': 'abcdef123456', 'b': 1}", "{'x-api-key': '***', 'b': 1}"),
        ("x-goog-api-key=abcdef123456", "x-goog-api-key=***"),
        ("POST https://h/v1:generate?alt=sse&key=short&x=1", "POST https://h/v1:generate?alt=sse&key=***&x=1"),
        ("for url 'https://h/?access_token=a%20b#f'", "for url 'https://h/?access_token=***#f'"),
        ("https://me:hunter2@h/v1 refused", "https://***@h/v1 refused"),
        ("hf_abcdefghijklmnopqrst", "***"),
        ("task-identifier sk-1 risk-averse", "task-identifier sk-1 risk-averse"),
        ("the bearer token is missing", "the bearer token is missing"),
        ("write to me@example.com", "write to me@example.com"),
        ("set OPENAI_API_KEY or use --base-url", "set OPENAI_API_KEY or use --base-url"),
        ("api_key: ***", "api_key: ***"),
        ("", ""),
    ],
)
def test_what_looks_like_a_key(text: str, told: str) -> None:
    """Keys that nobody told us of are known by their looks and their places; what is none is kept; once is enough."""
    assert redacted(text) == told
    assert redacted(told) == told


def test_short_secrets_are_left_alone() -> None:
    """The dummy key of a local server does not redact the letters of a message."""
    assert redacted("EMPTY answer, x", ["x", "", "EMPTY"]) == "EMPTY answer, x"


def test_a_secret_within_another() -> None:
    """The longer one goes as a whole."""
    assert redacted("key-long-tail and key-long", ["key-long", "key-long-tail"]) == "*** and ***"
