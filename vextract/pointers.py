"""JSON pointers (RFC 6901): the one place that escapes keys, takes pointers apart and follows them."""

from collections.abc import Iterable
from typing import Any

__all__ = ["join", "keys", "replaced", "resolve", "within"]


def join(path: Iterable[str | int]) -> str:
    """The pointer to a key or index after key or index; "" for none, which is the whole."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def keys(pointer: str) -> list[str]:
    """The keys and indices of a pointer, as text."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def resolve(data: object, pointer: str) -> object:
    """The value that the pointer leads to in JSON-like data; None where it leads nowhere."""
    for key in keys(pointer):
        if isinstance(data, dict):
            data = data.get(key)
        elif isinstance(data, list) and key.isascii() and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        else:
            return None
    return data


def within(pointer: str, place: str) -> bool:
    """Whether the pointer leads to the place, or to something inside it."""
    return pointer == place or pointer.startswith(f"{place}/")


def replaced(data: object, pointer: str, value: object) -> Any:
    """The data with another value where the pointer leads; what it passes through are objects, and are left as they were."""
    path = keys(pointer)
    if not path:
        return value
    members = dict(data) if isinstance(data, dict) else {}
    members[path[0]] = replaced(members.get(path[0]), join(path[1:]), value)
    return members
