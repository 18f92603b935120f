"""The reader `textlayer`: the words that a PDF page carries itself, as they are. It never looks at the picture."""

from vextract.readers import Reader, ReadOptions
from vextract.types import Page, Reading

__all__ = ["READER"]


def _check(_options: ReadOptions) -> None:
    """Nothing is needed beyond the core packages."""


def _read(page: Page, _options: ReadOptions) -> Reading:
    return Reading(page.words, reader="textlayer")


def _version() -> str:
    from importlib.metadata import version

    return f"pypdfium2 {version('pypdfium2')}"


READER = Reader(about="a PDF's own words; exact, but none on scans", check=_check, read=_read, version=_version)
