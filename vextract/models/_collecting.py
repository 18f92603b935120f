"""A request as it would be sent, taken from the client library at the moment when it would go out: nothing is sent.

A batch job gets this: so what it asks is what a live request asks, to the byte.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from vextract.errors import NotSent
from vextract.models import Unsent
from vextract.models._wire import Exchange, listening

__all__ = ["collected"]


async def collected(ask: Callable[[], Awaitable[None]], judge: Callable[[Exception, Exchange], None]) -> Unsent:
    """What `ask` would send.

    Args:
        ask: has a client library send one request.
        judge: raises what an exception means that the library raises of its own.

    Raises:
        VextractError: the library does not put the request together.
    """
    caught: list[Unsent] = []

    async def catch(request: Any) -> None:
        caught.append(Unsent(bytes(request.content), request.headers.get("anthropic-beta")))
        raise NotSent("the request was collected")

    with listening(catch) as exchange:
        try:
            await ask()
        except Exception as error:  # noqa: BLE001  `judge` raises what is not ours
            if not caught:
                judge(error, exchange)
    # Only the first counts: a library that tries again would be stopped once more.
    return caught[0]
