"""Keys and addresses of providers, from the environment and `.env` alone; and how they are kept out of what is printed.

No settings file, record, log or error has a key in it.
"""

import ipaddress
import re
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import quote, unquote, urlsplit

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from vextract.errors import AuthenticationError, UsageError

__all__ = ["Credentials", "load_credentials", "ollama_url", "redacted"]

_OLLAMA = "http://127.0.0.1:11434"
# Shorter ones, such as the "x" that a server without keys is given, would redact half of a message.
_SHORTEST_SECRET = 6


def _set_by(*names: str) -> SecretStr | None:
    """A field that the first of the variables fills which is set; those of the environment come before those of `.env`."""
    field: SecretStr | None = Field(None, validation_alias=AliasChoices(*names))
    return field


class Credentials(BaseSettings):
    """What the environment and `.env` tell of the providers; addresses are secret too, as there may be a password in them.

    The variables are those that the providers' own clients read. One that is empty is not set.
    """

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, case_sensitive=True, hide_input_in_errors=True
    )

    google_api_key: SecretStr | None = _set_by("GOOGLE_API_KEY", "GEMINI_API_KEY")
    google_base_url: SecretStr | None = _set_by("GOOGLE_API_BASE", "GEMINI_API_BASE", "GOOGLE_GEMINI_BASE_URL")
    openai_api_key: SecretStr | None = _set_by("OPENAI_API_KEY")
    openai_base_url: SecretStr | None = _set_by("OPENAI_BASE_URL", "OPENAI_API_BASE")
    anthropic_api_key: SecretStr | None = _set_by("ANTHROPIC_API_KEY")
    anthropic_base_url: SecretStr | None = _set_by("ANTHROPIC_BASE_URL", "ANTHROPIC_API_URL")
    ollama_api_key: SecretStr | None = _set_by("OLLAMA_API_KEY")
    ollama_host: SecretStr | None = _set_by("OLLAMA_HOST")

    def for_provider(self, provider: str) -> tuple[str | None, str | None]:
        """The key and the address of a provider's server; None for what is not set, or what the provider has no use for.

        Raises:
            AuthenticationError: the key has characters that no key has.
            UsageError: the address of Ollama cannot be understood.
        """
        if provider == "ollama":
            host = _plain(self.ollama_host)
            return _key(self.ollama_api_key, provider), ollama_url(host) if host else _OLLAMA
        found = {
            "google_genai": (self.google_api_key, self.google_base_url),
            "openai": (self.openai_api_key, self.openai_base_url),
            "anthropic": (self.anthropic_api_key, self.anthropic_base_url),
        }
        key, url = found.get(provider, (None, None))
        return _key(key, provider), _plain(url)

    @property
    def secrets(self) -> tuple[str, ...]:
        """All keys, and the passwords of addresses: what `redacted` is to look for."""
        values = {name: _plain(getattr(self, name)) for name in type(self).model_fields}
        keys = [value for name, value in values.items() if name.endswith("_key") and value]
        urls = [value for name, value in values.items() if not name.endswith("_key") and value]
        return (*keys, *(password for url in urls if (password := _password(url))))


def load_credentials() -> Credentials:
    """What is set now.

    Raises:
        UsageError: `.env` cannot be read.
    """
    try:
        return Credentials()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"  # no more: a key may stand beside the culprit
        raise UsageError(f"cannot read '.env': {reason}", "save it as UTF-8, or run elsewhere") from None


def ollama_url(host: str) -> str:
    """The address at which to reach the Ollama server that OLLAMA_HOST means, which is where it listens.

    Takes what Ollama takes: "host", "host:port", ":port", an IPv6 address with brackets or without, a URL with or without a path.
    A server that listens everywhere is reached at loopback.

    Source: https://github.com/ollama/ollama/blob/main/envconfig/config.go, function Host (2026-11).

    Raises:
        UsageError: it is nothing of that kind.
    """
    text = host.strip().strip("\"'").strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = ("https", text) if text == "ollama.com" else ("http", text)
    standard = {"http": 80, "https": 443}.get(scheme.lower()) if separator or scheme == "https" else 11434
    with suppress(ValueError):
        rest = f"[{ipaddress.IPv6Address(rest)}]"
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        port = parts.port
    except ValueError:
        raise _no_address(text) from None
    name = parts.hostname or "127.0.0.1"
    if standard is None or port == 0 or parts.query or parts.fragment or not _is_host(name):
        raise _no_address(text)
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104  where it listens, not where we do
    user, at, _ = parts.netloc.rpartition("@")
    shown = f"[{name}]" if ":" in name else name
    return f"{scheme.lower()}://{user}{at}{shown}:{port or standard}{parts.path.rstrip('/')}"


def _is_host(name: str) -> bool:
    if re.fullmatch(r"[0-9.]+", name):
        with suppress(ValueError):
            return bool(ipaddress.IPv4Address(name))
        return False
    return re.fullmatch(r"[\w.:%-]+", name) is not None


def _no_address(text: str) -> UsageError:
    shown = "" if "@" in text else f", which is {text!r}"  # a password may stand before it
    return UsageError(f"OLLAMA_HOST{shown} is no address", "write HOST, HOST:PORT or http://HOST:PORT")


def _plain(secret: SecretStr | None) -> str | None:
    return (secret.get_secret_value().strip() or None) if secret else None


def _key(secret: SecretStr | None, provider: str) -> str | None:
    """The key; clients would put one that no header can carry into their error message."""
    key = _plain(secret)
    if key and not (key.isascii() and key.isprintable()):
        hint = "copy it once more into its environment variable or .env"
        raise AuthenticationError(f"the key of {provider!r} has characters that no key has", hint)
    return key


def _password(url: str) -> str | None:
    with suppress(ValueError):
        return urlsplit(url if "://" in url else f"//{url}").password
    return None


_SHAPES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\w-])()(?:AIza|AQ\.)[\w-]{16,}",  # Google
        r"(?<![\w-])()sk-[\w*-]{6,}",  # OpenAI, Anthropic, OpenRouter
        r"(?<![\w-])()(?:hf_|gsk_|xai-)[\w*-]{16,}",  # Hugging Face, Groq, xAI
        r"(?i)\b(bearer\s+)[\w.~+/=*-]{8,}",
        r"(?i)\b([\w-]*api[-_]?key[\"']?\s*[:=]\s*[\"']?)(?!\*{3})[^\s\"'&,;}]{6,}",
        r"(?i)\b(authorization[\"']?\s*[:=]\s*[\"']?(?:(?:basic|bearer)\s+)?)(?!\*{3}|bearer|basic)[^\s\"',;}]{6,}",
        r"(?i)([?&](?:key|[\w-]*token|sig|signature|auth|password)=)[^&\s\"'#<>]+",
        r"(?i)([a-z]://)[^/@\s\"']+(?=@)",
    )
)
"""How keys look; the first group is what stays before them."""


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with "***" for each of the secrets, and for everything that looks like a key; for all that providers say.

    Args:
        text: such as an error message.
        secrets: known keys and passwords; those under 6 characters are no secrets and are left alone.
    """
    written = {form for secret in secrets for form in (secret, quote(secret, safe=""), unquote(secret))}
    for secret in sorted(written, key=len, reverse=True):  # a secret may be part of another one
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    for pattern in _SHAPES:
        text = pattern.sub(r"\1***", text)
    return text
