"""A run on a Ray cluster whose model ends the process that asks about one of the documents.

Run: python -m tests.engines.deadly ADDRESS URL
"""

import json
import os
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.models.asking import connection
from tests.scripting import draw_pages, job_for
from vextract.answering import Policy
from vextract.asking import Asker
from vextract.engines.entries import DocumentDone
from vextract.engines.ray import Cluster, RayEngine
from vextract.models import Model
from vextract.requests import Picture, Request, Response
from vextract.sending import Keeping, Share

COUNT, DEADLY = 20, 13


class Deadly:
    """The model; documents tell their number by their width."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.name, self.profile, self.dialect, self.address = model.name, model.profile, model.dialect, model.address

    async def answer(self, request: Request, on_text: Any = None) -> Response:
        """The model's answer, but for one document."""
        if any(isinstance(picture, Picture) and picture.width_px == 100 + DEADLY for picture in request.pictures):
            os._exit(1)
        return await self._model.answer(request, on_text)

    async def close(self) -> None:
        """As of the model."""
        await self._model.close()


def deadly(url: str, share: Share) -> Asker:
    """What asks it."""
    to = connection(url, "openai", at_once=share.at_once)
    return Asker(to, Policy(), wrap=Deadly, keeping=Keeping(meter=share.meter))


def main(own: Any, address: str, url: str) -> None:
    """Writes source, status and kinds of errors of each record, in the order in which they come."""
    sources = [draw_pages(Path(f"{number:02}.png"), number) for number in range(COUNT)]
    engine = RayEngine(Cluster(address, 2, 1), partial(own.deadly, url), 4)
    records = [event.record for event in engine.run(sources, job_for()) if isinstance(event, DocumentDone)]
    print(json.dumps([[r.source, r.status, [error.kind for error in r.errors]] for r in records]))  # noqa: T201


if __name__ == "__main__":
    # By its own name, so that workers can import what they need of it.
    main(import_module("tests.engines.deadly"), *sys.argv[1:])
