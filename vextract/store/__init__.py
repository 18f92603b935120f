"""What is kept from run to run, in one SQLite file: answers of models, runs, batch jobs, what became of each, and what was paid.

Several processes may use one file at once. It belongs on a local disk: SQLite's locks do not hold on network file systems. The file
has what documents say, so only its owner may read it; keys and passwords never get into it.
"""

import os
from pathlib import Path

from vextract.store._database import Database
from vextract.store.answers import Answers
from vextract.store.batches import Batches
from vextract.store.runs import Runs

__all__ = ["Store", "default_path"]


class Store:
    """An open store.

    Args:
        path: of the file, which is made if it is not there; None for the user's own, in the XDG cache folder.

    Raises:
        OutputError: it cannot be made or opened, or it is no store.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path).expanduser() if path is not None else default_path()
        self._database = Database(self.path)
        self.answers = Answers(self._database)
        self.runs = Runs(self._database)
        self.batches = Batches(self._database)

    def close(self) -> None:
        """Closes it, in all threads."""
        self._database.close()


def default_path() -> Path:
    """Where the user's own store lies."""
    from platformdirs import user_cache_path

    return user_cache_path("vextract") / "store.sqlite"
