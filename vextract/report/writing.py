"""A report written document by document: into one file, or several that lead to each other where one would be too large."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Self

from vextract.errors import OutputError
from vextract.files import AtomicFile, in_the_way, unwritable
from vextract.report.document import document_view
from vextract.report.page_parts import END, document_block, foot, head, picture_block
from vextract.report.pictures import PagePicture
from vextract.types import Record

__all__ = ["DEFAULT_LIMIT_BYTES", "DEFAULT_TITLE", "Report"]

DEFAULT_TITLE = "Review"
# Browsers take files of this size in about a second; mail and chat still carry them, as a rule.
DEFAULT_LIMIT_BYTES = 50_000_000


# What a file has besides its documents and their list: the names of all files, known only at the end.
_NAMES_BYTES = 10_000


class Report:
    """A review page in the making: `review.html`, and `review-2.html` and so on where the limit asks for it.

    Each document goes to disk as it comes; memory holds a line for each. The files appear when all is written, by `close`. A
    report that is left without it leaves nothing behind.

    Args:
        path: of the first file.
        title: shown at the top of the page.
        limit_bytes: of a file. A document that is larger alone gets a file for itself, which is then over it.
        force: whether files of these names are replaced.

    Raises:
        UsageError: a file is in the way, here or at `add`.
        OutputError: a file cannot be made or written, here, at `add` or at `close`.
    """

    def __init__(
        self,
        path: Path,
        *,
        title: str = DEFAULT_TITLE,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        force: bool = False,
    ) -> None:
        self._path, self._limit_bytes, self._force = path, limit_bytes, force
        self._head = head(title)
        self._files: list[_Part] = [self._begun(path)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves nothing behind, unless it was closed."""
        self.discard()

    def add(self, record: Record[Any], pictures: Sequence[PagePicture]) -> None:
        """Adds a document.

        Args:
            record: any task's, failed ones too.
            pictures: of its pages, as far as there are any; boxes on pages without are told in words.
        """
        part = self._files[-1]
        blocks = part.blocks(record, pictures)
        if part.index and part.size_with(record, blocks) > self._limit_bytes:
            part = self._begun(self._path.with_name(f"{self._path.stem}-{len(self._files) + 1}{self._path.suffix}"))
            self._files.append(part)
            blocks = part.blocks(record, pictures)
        part.write(record, blocks)

    def close(self) -> list[Path]:
        """Puts the files in their places, each with links to the others; tells where they are, the first one first."""
        names = [part.path.name for part in self._files]
        for at, part in enumerate(self._files):
            part.finish(names, at)
        for part in self._files:
            part.file.commit()
        return [part.path for part in self._files]

    def discard(self) -> None:
        """Leaves nothing behind; does nothing after `close`."""
        for part in self._files:
            part.discard()

    def _begun(self, path: Path) -> "_Part":
        if os.path.lexists(path) and not self._force:
            raise in_the_way(path)
        return _Part(path, self._head)


class _Part:
    """One file of a report that is being written.

    Its pictures wait in a file of their own and come last, behind the script: so the page can be used while they still load.
    """

    def __init__(self, path: Path, start: bytes) -> None:
        self.path, self.index = path, list[dict[str, Any]]()
        self.file = AtomicFile(path)
        self.file.write(start)
        self.file.keep()
        self._pictures: IO[bytes] = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115  # closed by finish or discard
        self._size_bytes = len(start) + len(foot([], [], 0)) + len(END) + _NAMES_BYTES

    def blocks(self, record: Record[Any], pictures: Sequence[PagePicture]) -> tuple[bytes, list[bytes]]:
        """The document and its pictures as they would stand in this file."""
        number = len(self.index)
        view = document_view(record)
        # Progress is kept by what was found, not by where it stands: another run that finds the same takes it up.
        key = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()[:32]
        sizes = {str(each.page): [each.width_px, each.height_px] for each in pictures}
        return document_block(number, view | {"key": key, "pictures": sizes}), [
            picture_block(number, each.page, each.media_type, each.data) for each in pictures
        ]

    def size_with(self, record: Record[Any], blocks: tuple[bytes, list[bytes]]) -> int:
        """How large the file is at most if the document is added, in bytes."""
        return self._size_bytes + len(blocks[0]) + sum(map(len, blocks[1])) + len(json.dumps(_entry(record)))

    def write(self, record: Record[Any], blocks: tuple[bytes, list[bytes]]) -> None:
        """Takes the document in: whole, or not at all where there is no room for it."""
        end_of_pictures = self._pictures.tell()
        try:
            self.file.write(blocks[0])
            self._pictures.writelines(blocks[1])
            self._pictures.flush()
        except (OutputError, OSError) as error:
            self.file.rewind()
            self._pictures.seek(end_of_pictures)
            self._pictures.truncate()
            raise error if isinstance(error, OutputError) else unwritable(repr(str(self.path)), error) from error
        self.file.keep()
        self._size_bytes = self.size_with(record, blocks)
        self.index.append(_entry(record))

    def finish(self, names: list[str], at: int) -> None:
        """Writes what follows the documents. The file is not in its place yet."""
        self.file.write(foot(self.index, names, at))
        try:
            self._pictures.seek(0)
            shutil.copyfileobj(self._pictures, self.file)
        except OSError as error:
            raise unwritable(repr(str(self.path)), error) from error
        self._pictures.close()
        self.file.write(END)

    def discard(self) -> None:
        """Leaves nothing behind; does nothing once the file is in its place."""
        self._pictures.close()
        self.file.discard()


def _entry(record: Record[Any]) -> dict[str, Any]:
    return {"source": record.source, "task": record.task, "status": record.status}
