"""Keeping a process on this machine: once it is told so, its sockets reach nothing else and no name is looked up outside.

The fence stands in Python's own socket module, which httpx, urllib, requests, asyncio and aiohttp stand on. It does not hold what
opens sockets in C by itself (gRPC, uvloop) nor other programs; and a server on this machine may pass on what it is given.
"""

import functools
import ipaddress
import os
import re
import socket
import sys
from collections.abc import Callable
from typing import Any

from vextract.errors import PrivacyError

__all__ = ["is_loopback", "is_refusal", "refusal_in", "refuse_network", "refuses_network", "runs_elsewhere"]

_HINT = "leave --local-only out to allow it, or name a model or server on this machine"
_INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})
# Families that end in this machine's own kernel. Any other (VSOCK, Bluetooth, raw packets) may lead out of it.
_KERNEL = frozenset(getattr(socket, name) for name in ("AF_UNIX", "AF_NETLINK", "AF_ALG") if hasattr(socket, name))
_PROXIES = re.compile(r"(http|https|all|ftp|ws|wss)_proxy", re.IGNORECASE)
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_refusing = False


def refuse_network() -> None:
    """From now on, and until it ends, this process reaches nothing but itself and servers on this machine.

    Whatever tries otherwise gets a `PrivacyError` at once: connections, datagrams, and questions about names. Connections that are
    open already stay open, so it is to be called first. Processes forked from this one are held as well; those that are started
    anew find VEXTRACT_LOCAL_ONLY in their environment and must call this themselves. Proxies are forgotten: one on this machine
    would carry everything out of it. Models of Hugging Face are taken from the disk, without asking whether there are newer ones.
    """
    global _refusing  # noqa: PLW0603  an audit hook belongs to the process and cannot be taken back
    os.environ["VEXTRACT_LOCAL_ONLY"] = "true"
    os.environ["HF_HUB_OFFLINE"] = "1"
    for name in [name for name in os.environ if _PROXIES.fullmatch(name)]:
        del os.environ[name]
    if _refusing:
        return
    _refusing = True
    for method, position in (("connect", 0), ("connect_ex", 0), ("sendto", -1), ("sendmsg", 3), ("bind", 0)):
        _look_up_nothing(method, position)
    sys.addaudithook(_audit)


def refuses_network() -> bool:
    """Whether `refuse_network` was called in this process or the one that it was forked from."""
    return _refusing


def is_loopback(host: str) -> bool:
    """Whether the host of a URL is this machine by its very writing; no name but "localhost" is taken for it.

    The unspecified addresses, 0.0.0.0 and ::, count: a connection to them ends on this machine, and servers print them.
    """
    address = _parsed(host.removeprefix("[").removesuffix("]"))
    return host.lower() == "localhost" if address is None else _is_here(address)


def runs_elsewhere(provider: str, model: str) -> bool:
    """Whether a server on this machine passes requests for the model on to another one.

    Source: https://docs.ollama.com/cloud (2026-11): models of Ollama with a tag that is or ends in "cloud" run at ollama.com.
    """
    return provider == "ollama" and re.search(r"[:-]cloud$", model.strip().lower()) is not None


def refusal_in(error: BaseException) -> PrivacyError | None:
    """The refusal that led to an error, through causes, contexts and groups; None if it has another reason."""
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop()
        if isinstance(each, PrivacyError):
            return each
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        left += [each.__context__, each.__cause__]
        if isinstance(each, BaseExceptionGroup):
            left += each.exceptions
    return None


def is_refusal(error: BaseException) -> bool:
    """Whether an error, of whatever library, comes from a refusal of `refuse_network`."""
    return refusal_in(error) is not None


def _parsed(host: str) -> _Address | None:
    """The address that a host is written as; None for a name, about which a question would be asked."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if not re.fullmatch(r"[0-9a-fA-FxX.]+", host):  # inet_aton stops at a blank and takes what stands before it
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))  # 127.1, 0x7f000001: the C library takes them too
    except OSError:
        return None


def _is_here(address: _Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    here = mapped or address
    return here.is_loopback or here.is_unspecified


def _text(host: object) -> str:
    return host.decode("latin-1") if isinstance(host, bytes | bytearray) else str(host)


def _check_name(host: object) -> None:
    """Lets pass what needs no question to a name server: addresses, the empty host, and localhost."""
    name = _text(host)
    if host and name != "<broadcast>" and name.lower() != "localhost" and _parsed(name) is None:
        raise PrivacyError(f"refused to look up {name!r}: nothing may leave this machine", _HINT)


def _check_lookup(host: object, *_: object) -> None:
    if host is not None:
        _check_name(host)


def _check_reverse(host: object) -> None:
    """Lets pass questions for the name of this machine only: of any other address the question itself would leave."""
    name = _text(host[0] if isinstance(host, tuple) and host else host)
    if not is_loopback(name):
        raise PrivacyError(f"refused to look up {name!r}: nothing may leave this machine", _HINT)


def _check_address(sock: socket.socket, address: object) -> None:
    """Lets pass what goes to this machine. No address: the socket is connected, which was checked then."""
    if address is None or sock.family in _KERNEL:
        return
    host = _text(address[0]) if isinstance(address, tuple) and address else ""
    if sock.family in _INTERNET and (not host or is_loopback(host)):
        return
    raise PrivacyError(f"refused to connect to {_shown(address)!r}: nothing may leave this machine", _HINT)


def _shown(address: object) -> str:
    if isinstance(address, tuple) and len(address) >= 2:
        host = _text(address[0])
        return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"
    return str(address)


def _check_family(_sock: object, family: int, *_: object) -> None:
    if family != -1 and family not in _INTERNET | _KERNEL:  # -1: it is told from the descriptor
        raise PrivacyError(f"refused a socket of family {family!r}: nothing may leave this machine", _HINT)


_CHECKS: dict[str, Callable[..., None]] = {
    "socket.__new__": _check_family,
    "socket.connect": _check_address,
    "socket.sendto": _check_address,
    "socket.sendmsg": _check_address,
    "socket.getaddrinfo": _check_lookup,
    "socket.gethostbyname": _check_lookup,
    "socket.gethostbyaddr": _check_reverse,
    "socket.getnameinfo": _check_reverse,
}
"""Audit event -> what decides on it, called with the event's arguments. Source: docs.python.org/3/library/audit_events.html."""


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    check = _CHECKS.get(event)
    if check is not None:
        check(*arguments)


def _look_up_nothing(method: str, position: int) -> None:
    """Has a method of sockets check the name it is given before C does: the audit event comes only after the name was looked up.

    Args:
        method: of `socket.socket`.
        position: of the address among its arguments.
    """
    original = getattr(socket.socket, method)

    @functools.wraps(original)
    def checked(self: socket.socket, *arguments: Any) -> Any:
        if self.family in _INTERNET and -len(arguments) <= position < len(arguments):
            address = arguments[position]
            if isinstance(address, tuple) and address:
                _check_name(address[0])
        return original(self, *arguments)

    setattr(socket.socket, method, checked)
