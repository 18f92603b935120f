"""How much of a server's permitted rate is used, when the limit is not known, by three ways to send 3,000 requests.

The server is a process of its own. It permits 50 requests a second, by a token bucket or by fixed windows of a second, refuses
others with 429 and Retry-After, and fails with 503 or a reset one time in a hundred. The ways are `asyncio.gather` over all with
tenacity, a semaphore with waits as Retry-After says, and the pacer, which is not told the limit. `share` is what was let through of
what was permitted, from 10 s after the first request to the last 3 % of those let through; `wasted` are the refused ones of all
requests, `lost` those never answered.

Run: python bench/rate.py [--requests 3000] [--json] (about 5 minutes)
"""

import argparse
import asyncio
import itertools
import json
import math
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
PERMITTED, AT_ONCE, FAULTS, WARM_S, DONE, LATENCY_S = 50, 64, 0.01, 10.0, 0.97, 0.25
ATTEMPTS, PATIENCE_S, TIMEOUT_S = 5, 300.0, 30.0


class Failed(Exception):
    """503, or no answer."""


class Throttled(Failed):
    """429."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


@dataclass
class Server:
    """What the server permits, and what came of it."""

    by: str
    saved: float = PERMITTED
    last: float = 0.0
    window: int = 0
    in_window: int = 0
    let_through: list[float] = field(default_factory=list)
    refused: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(5))

    def wait(self, now: float) -> float:
        """0 if a request that comes now is let through, else how long to wait."""
        if self.by == "bucket":
            self.saved = min(PERMITTED, self.saved + (now - self.last) * PERMITTED)
            self.last = now
            if self.saved < 1:
                return (1 - self.saved) / PERMITTED
            self.saved -= 1
            return 0
        if math.floor(now) > self.window:
            self.window, self.in_window = math.floor(now), 0
        self.in_window += 1
        return 0 if self.in_window <= PERMITTED else self.window + 1 - now

    async def reply(self) -> tuple[int, str] | None:
        """Status and one more header; None for a reset."""
        now = time.monotonic()
        if (wait_s := self.wait(now)) > 0:
            self.refused += 1
            return 429, f"Retry-After: {max(1, math.ceil(wait_s))}\r\n"
        self.let_through.append(now)
        fate = self.dice.random()
        if fate < FAULTS:
            return (503, "") if fate < FAULTS / 2 else None
        await asyncio.sleep(min(3.0, self.dice.lognormvariate(math.log(LATENCY_S), 0.5)))
        return 200, ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of one connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            told = None if b"/report" not in head else json.dumps([self.let_through, self.refused])
            answer = await self.reply() if told is None else (200, "")
            if answer is None:
                writer.transport.abort()
                return
            body = (told or "{}").encode()
            status, more = answer
            writer.write(f"HTTP/1.1 {status} X\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
        writer.close()


async def run_server(by: str) -> None:
    """Serves until it is ended; prints its port."""
    server = await asyncio.start_server(Server(by).serve, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving(by: str) -> Iterator[int]:
    """The port of a new server."""
    with subprocess.Popen([sys.executable, __file__, "--serve", by], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield int(running.stdout.readline())
        finally:
            running.kill()


async def ask(port: int, path: str = "/") -> bytes:
    """The body of an answer; raises for all other ends."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                answer = await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        raise Failed from error
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 429 " in head:
        raise Throttled(float(head.partition(b"Retry-After: ")[2].split(b"\r\n")[0]))
    if b" 200 " not in head:
        raise Failed
    return body


async def gathered(port: int, requests: int) -> int:
    """All at once; each is tried again with tenacity, as its documentation shows."""
    from tenacity import RetryError, retry, stop_after_attempt, wait_random_exponential

    @retry(stop=stop_after_attempt(ATTEMPTS), wait=wait_random_exponential(max=60))
    async def one() -> None:
        await ask(port)

    results = await asyncio.gather(*(one() for _ in range(requests)), return_exceptions=True)
    return sum(not isinstance(result, RetryError) for result in results)


async def worked(port: int, requests: int, attempt: Callable[[int], Awaitable[bytes]]) -> int:
    """So many workers; 429 uses up no attempt, but patience."""
    answered, todo = 0, iter(range(requests))

    async def worker() -> None:
        nonlocal answered
        for _ in todo:
            tries, until = 0, time.monotonic() + PATIENCE_S
            while tries < ATTEMPTS and time.monotonic() < until:
                try:
                    await attempt(port)
                except Throttled:
                    continue
                except Failed:
                    tries += 1
                    await asyncio.sleep(0.1 * 2**tries)
                else:
                    answered += 1
                    break

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return answered


async def heeding(port: int, requests: int) -> int:
    """A semaphore's worth of workers, each of which waits as long as Retry-After says."""

    async def attempt(port: int) -> bytes:
        try:
            return await ask(port)
        except Throttled as refused:
            await asyncio.sleep(refused.retry_after_s)
            raise

    return await worked(port, requests, attempt)


async def paced(port: int, requests: int) -> int:
    """The same workers with the pacer, which is not told the limit."""
    from vextract.pacing import Pacer

    pacer = Pacer()

    async def attempt(port: int) -> bytes:
        sent = await pacer.turn()
        try:
            body = await ask(port)
        except Throttled as refused:
            pacer.throttled(sent, refused.retry_after_s)
            raise
        pacer.answered()
        return body

    return await worked(port, requests, attempt)


WAYS = {"gather, tenacity": gathered, "semaphore, Retry-After": heeding, "pacer": paced}


async def figures(way: str, by: str, requests: int) -> dict[str, object]:
    """What one way made of a new server."""
    with serving(by) as port:
        began = time.monotonic()
        answered = await WAYS[way](port, requests)
        seconds = time.monotonic() - began
        let_through, refused = json.loads(await ask(port, "/report"))
    begin, end = let_through[0] + WARM_S, let_through[int(DONE * len(let_through)) - 1]
    used = sum(begin <= at < end for at in let_through)
    return {
        "way": way,
        "by": by,
        "share": round(used / PERMITTED / (end - begin), 3) if end > begin else None,
        "lost": requests - answered,
        "wasted": round(refused / (refused + len(let_through)), 3),
        "seconds": round(seconds, 1),
    }


def main() -> None:
    """Prints the figures; ends with 1 if the pacer is below 95 % or has lost something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        asyncio.run(run_server(args.serve))
        return
    sys.path.insert(0, str(ROOT))
    found = []
    for by, way in itertools.product(("bucket", "window"), WAYS):
        found.append(asyncio.run(figures(way, by, args.requests)))
        if not args.json:
            print(found[-1], flush=True)
    if args.json:
        print(json.dumps(found))
    mine = [row for row in found if row["way"] == "pacer"]
    sys.exit(any(row["lost"] or not isinstance(row["share"], float) or row["share"] < 0.95 for row in mine))


if __name__ == "__main__":
    main()
