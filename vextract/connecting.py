"""From settings and keys to a model that can be asked."""

import os
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from urllib.parse import urlsplit

from vextract.answering import Policy
from vextract.askers import Askers
from vextract.asking import Asker
from vextract.credentials import load_credentials
from vextract.errors import PrivacyError, UsageError
from vextract.jobs import lineup, profile_of
from vextract.meter import Meter
from vextract.models import Connection, Model, ModelName
from vextract.prices import cost_usd
from vextract.privacy import is_loopback, refuse_network, runs_elsewhere
from vextract.requests import Sampling
from vextract.sending import Keeping, Share, Show
from vextract.session import open_store
from vextract.settings import Settings
from vextract.types import Usage

__all__ = ["asker_among", "asker_for", "connection_to", "kept_by", "policy_of", "secure"]

# Providers whose models run in this process, or that answer from files.
_IN_PROCESS = frozenset({"hf", "gguf", "replay"})
_NO_KEY = "none"


def secure(settings: Settings) -> None:
    """Has this process refuse connections to other machines, if that is set, and tells libraries whether they may trace."""
    if settings.tracing:
        os.environ["VEXTRACT_TRACING"] = "1"
    if settings.local_only:
        refuse_network()


def asker_for(
    settings: Settings,
    show: Show | None = None,
    wrap: Callable[[Model], Model] | None = None,
    keeping: Keeping | None = None,
) -> Asker | Askers | None:
    """What asks the model that the settings name, or all of several; None where they name a reader alone.

    Args:
        settings: in force.
        show: shows requests instead of sending them.
        wrap: puts something around the model, such as a recorder of its answers.
        keeping: what is kept of its answers, and what may be spent; None: as the settings say, and it is no run.

    Raises:
        VextractError: the model, or one of them, cannot be asked at all.
    """
    models = lineup(settings).models
    providers = {name.provider for name in models}
    if settings.base_url and len(providers) > 1:
        raise UsageError(
            f"--base-url is one address, and -m names models of {', '.join(sorted(providers))}",
            "leave it out, and give each provider its own variable, such as OLLAMA_HOST (docs/privacy.md)",
        )
    if not models:
        return None
    shared = keeping or kept_by(settings)
    with ExitStack() as opened:
        different = dict.fromkeys(models)
        askers: list[Asker] = []
        for name in different:
            # The first is closed last, and the store with it.
            kept = shared if not askers else replace(shared, owned=False)
            askers.append(opened.enter_context(closing(_asker(name, settings, kept, show, wrap))))
        opened.pop_all()  # all can be asked: whoever gets them closes them
    return Askers(askers) if len(askers) > 1 else askers[0]


def _asker(
    name: ModelName,
    settings: Settings,
    keeping: Keeping,
    show: Show | None,
    wrap: Callable[[Model], Model] | None,
) -> Asker:
    connection = connection_to(name, settings)
    # A price of the settings that is none is to be known before anything is paid for.
    cost_usd(name.provider, name.model, Usage(0, 0, 0), settings.prices)
    if show and not connection.api_key:
        # What is only shown needs no key, but clients are not to be had without one.
        connection = replace(connection, api_key=_NO_KEY)
    if settings.max_cost is not None and _unpriced(name, settings):
        raise UsageError(
            f"--max-cost needs the price of {str(name)!r}, which is not known",
            "set it under prices in vextract.toml, or give --max-tokens-total",
        )
    return Asker(connection, policy_of(settings), show, wrap, keeping)


def asker_among(settings: Settings, share: Share) -> Asker | Askers | None:
    """What asks the model in one of several workers of a run; None where the settings name a reader.

    Raises:
        VextractError: the model cannot be asked from here.
    """
    secure(settings)
    if not lineup(settings).models:
        return None
    refresh = settings.cache == "refresh"
    keeping = Keeping(
        open_store(settings) if settings.cache != "off" else None,
        stale=(lambda _: True) if refresh else share.stale,
        meter=share.meter,
        rpm=settings.rpm,
        tpm=settings.tpm,
        owned=True,
        among=share.among,
    )
    return asker_for(settings.model_copy(update={"concurrency": share.at_once}), keeping=keeping)


def _unpriced(name: ModelName, settings: Settings) -> bool:
    return cost_usd(name.provider, name.model, Usage(1, 1, 0), settings.prices) is None


def kept_by(settings: Settings, *, store: bool = True) -> Keeping:
    """What is kept of questions that are no run, and what they may spend."""
    meter = Meter(settings.max_cost, settings.max_tokens_total)
    if not store or settings.cache == "off":
        return Keeping(meter=meter, rpm=settings.rpm, tpm=settings.tpm, drain_s=settings.drain_s)
    refresh = settings.cache == "refresh"
    return Keeping(
        open_store(settings), stale=lambda _: refresh, meter=meter, rpm=settings.rpm, tpm=settings.tpm, owned=True
    )


def policy_of(settings: Settings) -> Policy:
    """How often to try, and how the model is to choose its words."""
    sampling = Sampling(settings.temperature, settings.max_tokens, settings.seed, dict(settings.options))
    return Policy(settings.retries, settings.repairs, sampling, settings.prices)


def connection_to(name: ModelName, settings: Settings) -> Connection:
    """How the model is reached.

    Raises:
        PrivacyError: that is on another machine, and nothing may leave this one.
        UsageError: the address is none.
    """
    key, url = load_credentials().for_provider(name.provider)
    url = settings.base_url or url
    host = _host(url) if url else ""
    here = is_loopback(host) and not runs_elsewhere(name.provider, name.model)
    if settings.local_only and name.provider not in _IN_PROCESS and not here:
        raise PrivacyError(
            f"{str(name)!r} is on another machine, and local_only allows no connection to one",
            "name a local model (hf:, gguf:, ollama:, or --base-url http://127.0.0.1:…), or leave out --local-only",
        )
    profile = profile_of(name, settings)
    return Connection(name, profile, url, key, settings.timeout_s, settings.concurrency)


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not host:
        # The address itself is not told: there may be a password in it.
        message = "the address of the model's server (--base-url, or its variable) is no URL"
        raise UsageError(message, "write it as http://127.0.0.1:8000/v1")
    return host
