"""A server that answers each request as a test says, and the way from documents through it to records."""

import asyncio
import base64
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from pydantic import BaseModel

from tests.models.asking import connection
from tests.models.emulator import Emulator, Received
from tests.models.protocols import Said, protocol_of
from vextract.answering import Policy
from vextract.asking import Asker
from vextract.engines.local import DocumentDone, run
from vextract.pipeline import Job, Vision
from vextract.profiles import ModelProfile
from vextract.sources.expand import Source
from vextract.types import Record

__all__ = [
    "Bill",
    "Item",
    "Reply",
    "Scripted",
    "Waits",
    "asking",
    "bills",
    "draw_pages",
    "job_for",
    "pages_in",
    "records",
    "words_in",
]

PROFILE = ModelProfile("test")
# A page shows its number by its width: so much more than this.
_WIDTH_PX = 100
_PNG = re.compile(r"iVBORw0KGgo[A-Za-z0-9+/]+")


class Item(BaseModel):
    """One line of a bill."""

    name: str
    qty: int = 1


class Bill(BaseModel):
    """Nearly all of it may be missing: what is left of it after a cut would validate."""

    vendor: str | None = None
    total: float | None = None
    items: list[Item] = []


@dataclass(frozen=True)
class Reply:
    """An HTTP reply that is no answer."""

    status: int
    headers: str = ""
    message: str = "emulated"


Script = Callable[[Received], "str | Said | Reply"]
"""What to do with a request: make this answer of it, or this failure, or let the fault of that name happen."""


@dataclass
class Scripted(Emulator):
    """The emulator, with an answer of its own for each request."""

    script: Script = field(default=lambda _: "ok")

    async def _answer(self, received: Received, fault: str, writer: asyncio.StreamWriter) -> bool:
        said = self.script(received)
        if isinstance(said, str):
            return await super()._answer(received, fault if said == "ok" else said, writer)
        protocol = protocol_of(received.path)
        status, extra = (said.status, said.headers) if isinstance(said, Reply) else (200, "")
        made = (
            protocol.error(said.status, said.message)
            if isinstance(said, Reply)
            else protocol.whole(said, received.model)
        )
        body = json.dumps(made).encode()
        head = f"HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\n{extra}content-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        return True


@dataclass
class Waits:
    """Waits for nothing, and remembers how long it should have."""

    seconds: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def pages_in(received: Received) -> list[int]:
    """The numbers of the pages whose pictures a request has, in its order."""
    heads = [base64.b64decode(found[:32]) for found in _PNG.findall(json.dumps(received.body))]
    return [int.from_bytes(head[16:20]) - _WIDTH_PX for head in heads]


def words_in(received: Received) -> str:
    """All texts of a request, without its pictures."""
    return _PNG.sub("", json.dumps(received.body, ensure_ascii=False))


def draw_pages(path: Path, *numbers: int) -> Source:
    """A document of pages with those numbers, as a PNG if it is one, else a TIFF."""
    images = []
    for number in numbers:
        image = Image.new("L", (_WIDTH_PX + number, 40), 255)
        ImageDraw.Draw(image).text((5, 5), str(number), fill=0)
        images.append(image)
    more: dict[str, Any] = {"save_all": True, "append_images": images[1:]} if len(images) > 1 else {}
    images[0].save(path, **more)
    return Source(path.name, path)


def bills(folder: Path, count: int) -> list[Source]:
    """Documents of one page each, numbered from 0."""
    return [draw_pages(folder / f"{number:04}.png", number) for number in range(count)]


def job_for(task: str = "extract", schema: Any = Bill, **vision: Any) -> Job:
    """A job that looks at pictures alone."""
    sees = replace(Vision("test:model", PROFILE, words="none"), **vision)
    return Job(task=task, schema=schema if task == "extract" else None, ground=False, second_look=False, vision=sees)


@contextmanager
def asking(emulator: Emulator, provider: str = "openai", policy: Policy | None = None, **more: Any) -> Iterator[Asker]:
    """What asks the emulator; without real waits if the policy says nothing else."""
    asker = Asker(connection(emulator.url, provider, **more), policy or Policy(sleep=Waits().sleep))
    try:
        yield asker
    finally:
        asker.close()


def records(sources: Sequence[Source], job: Job, asker: Asker, jobs: int = 0) -> list[Record[Any]]:
    """What becomes of the documents."""
    return [event.record for event in run(sources, job, jobs, asker) if isinstance(event, DocumentDone)]
