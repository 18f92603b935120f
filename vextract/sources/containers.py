"""Video containers: telling them by their first bytes, and opening them with PyAV.

Only the file itself is read: its format is given to FFmpeg, never guessed by it (a playlist would name other files), and what a
video refers to outside itself is not followed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from vextract.errors import DependencyError, InputError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["Container", "container_of", "damaged", "damaged_if_unread", "moving_pictures", "open_container"]

# Boxes that a QuickTime file may begin with; newer ones begin with ftyp. Source: QuickTime File Format, Apple, 2012.
_FIRST_BOXES = {b"moov", b"mdat", b"wide", b"pnot", b"skip", b"free"}
# Major brands of HEIC, AVIF and raw pictures, which use the same container (ISO/IEC 23008-12; Canon's CR3).
_PICTURE_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx "}
_BUFFER_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of video file: the name of its reader in FFmpeg, and its media type."""

    reader: str
    media_type: str


def container_of(head: bytes) -> Container | None:
    """What kind of video file begins with these bytes (64 suffice); None for pictures and everything else."""
    if head[4:8] == b"ftyp":
        return None if head[8:12] in _PICTURE_BRANDS else Container("mov", _branded(head[8:12]))
    if (
        head[4:8] in _FIRST_BOXES and not head[:4].decode("latin-1").isprintable()
    ):  # a size, not the beginning of a text
        return Container("mov", "video/quicktime")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return Container("matroska", "video/webm" if b"webm" in head[:64] else "video/x-matroska")
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return Container("avi", "video/x-msvideo")
    return None


def _branded(brand: bytes) -> str:
    if brand == b"qt  ":
        return "video/quicktime"
    return "video/3gpp" if brand.startswith(b"3gp") else "video/mp4"


def open_container(file: BinaryIO, name: str, kind: Container) -> "InputContainer":
    """The container, its streams known; the seekable `file` stays the caller's to close.

    Raises:
        DependencyError: PyAV is not installed.
        InputError: the file is damaged.
    """
    try:
        import av
        import av.logging
    except ImportError as error:
        hint = "pip install 'vextract[video]'"
        raise DependencyError(f"{name!r} is a video and its decoder is not installed", hint) from error
    av.logging.set_level(None)  # else FFmpeg would write to stderr by itself
    file.seek(0)
    with damaged_if_unread(name):
        return av.open(
            file,
            "r",
            format=kind.reader,
            metadata_errors="replace",
            buffer_size=_BUFFER_BYTES,
            io_open=_refuse_other_files,
        )


@contextmanager
def damaged_if_unread(name: str) -> Iterator[None]:
    """What FFmpeg raises in here becomes an InputError that says that the file is damaged."""
    import av

    try:
        yield
    except (av.FFmpegError, OSError, ValueError, MemoryError) as error:
        raise damaged(name, getattr(error, "strerror", None) or str(error)) from error


def damaged(name: str, reason: str) -> InputError:
    """The error of a video file that is broken or cut off."""
    return InputError(f"{name!r} is damaged: {reason}", "copy or download it again, or save it anew")


def _refuse_other_files(url: str, flags: int, options: object) -> NoReturn:
    del flags, options
    raise PermissionError(f"the video refers to {url!r}, which is not read")


def moving_pictures(container: "InputContainer", name: str) -> "VideoStream":
    """The stream of pictures that players show; cover pictures of sound files are none.

    Raises:
        InputError: there is none.
    """
    from av.stream import Disposition

    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        what = "only sound" if container.streams.audio else "no pictures"
        raise InputError(f"{name!r} is a video file with {what}", "give a video that has pictures")
    return next((s for s in streams if s.disposition & Disposition.default), streams[0])
