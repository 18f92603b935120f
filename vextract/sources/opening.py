"""Opening a local file by what it contains, never by its name."""

from pathlib import Path
from typing import Protocol

from vextract.sources.containers import container_of
from vextract.sources.options import OpenOptions
from vextract.types import Page

__all__ = ["OpenFile", "open_file"]

# The PDF header may stand anywhere in the first kilobyte (ISO 32000-1, annex H.3.4.1).
_HEADER_WITHIN = 1024


class OpenFile(Protocol):
    """An opened document. Used by one thread; pages are asked for one at a time."""

    media_type: str
    page_count: int
    notes: list[str]

    def page(self, number: int) -> Page:
        """The page with that 1-based number, its picture not yet decoded."""
        ...

    def close(self) -> None:
        """Gives the file handle back."""
        ...


def open_file(path: Path, name: str, options: OpenOptions) -> OpenFile:
    """Opens a picture, a PDF or a video; `name` is what messages call it.

    Raises:
        InputError: none of these, or damaged, encrypted, too large.
        DependencyError: its decoder is an extra that is not installed.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER_WITHIN)
    opened: OpenFile
    if b"%PDF-" in head:
        from vextract.sources.pdf import PdfFile

        opened = PdfFile(path, name, options)
    elif kind := container_of(head):
        from vextract.sources.video import VideoFile

        opened = VideoFile(path, name, kind, options)
    else:
        from vextract.sources.picture import PictureFile

        opened = PictureFile(path, name, options.limits)
    return opened
