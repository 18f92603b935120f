"""Answers that were recorded, as `replay:DIR`: no network, no key, the same every time. It invents none.

It takes over the profile and the dialect of the model that was recorded, so that the same pages and schema make the same requests.
Usage is what was recorded: nothing is used.
"""

from collections.abc import Callable
from pathlib import Path

from vextract.errors import ModelNotFound
from vextract.models import Connection
from vextract.models._recording import read_answer, read_model
from vextract.requests import Request, Response

__all__ = ["Replay", "connect"]


class Replay:
    """A folder of recorded answers; `recorded_model` is the name of the model that gave them.

    Raises:
        UsageError: there is no such folder.
        InputError: its model.json is damaged.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder).expanduser()
        recorded = read_model(self._folder)
        self.name = f"replay:{folder}"
        self.address: str | None = None
        self.profile, self.dialect, self.recorded_model = recorded.profile, recorded.dialect, recorded.model

    async def answer(self, request: Request, on_text: Callable[[str], None] | None = None) -> Response:
        """The recorded answer.

        Raises:
            ModelNotFound: this request was not recorded.
            InputError: its record is damaged.
        """
        response = read_answer(self._folder, request)
        if response is None:
            hint = "record it with --record; other pages, instructions, schemas and options make other requests"
            raise ModelNotFound(f"no recorded answer for this request in {str(self._folder)!r}", hint)
        if on_text and response.text:
            on_text(response.text)
        return response

    async def close(self) -> None:
        """Nothing to give back."""


def connect(connection: Connection) -> Replay:
    """The answers in the folder that the connection names in place of a model.

    Raises:
        UsageError: there is no such folder.
        InputError: its model.json is damaged.
    """
    return Replay(connection.name.model)
