"""The frames of a video file: when each is shown, and each as it is meant to be seen.

Frames are found by their time stamps, not by counting: rates may vary, durations be missing, and the first stamp need not be 0.
"""

import struct
import weakref
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.errors import InputError
from vextract.sources.containers import Container, damaged, damaged_if_unread, moving_pictures, open_container

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray
    from PIL.Image import Image, Transpose

__all__ = ["Film"]

# Shapes of pixels outside this range are mistakes of the writer.
_PLAUSIBLE_ASPECT = (0.25, 4.0)
# VP8 stores frames that are never shown like others, and AVI states when frames are decoded, not when they are shown: there the
# frame that is found may be this many before the one that was looked for.
_WITH_HIDDEN_FRAMES = {"vp8", "libvpx"}
_NEIGHBOURS = 2


class Film:
    """An opened video; frames are numbered from 0 in the order in which they are shown.

    Attributes:
        times_s: when each frame begins to be shown, in seconds after the first, ascending.
        end_s: when the last one ends.
        keys: the numbers of the frames that decoding can begin with.
        width_px: of an upright frame with square pixels.
        height_px: likewise.
        notes: what is odd about the file.
        decoded: how many frames were decoded so far.

    Raises:
        InputError: damaged, without pictures, or with more pixels than `max_pixels`.
        DependencyError: PyAV is not installed.
    """

    def __init__(self, path: Path, name: str, kind: Container, max_pixels: int) -> None:
        self._name, self._kind, self._max_pixels = name, kind, max_pixels
        self.notes: list[str] = []
        self.decoded = 0
        self._here: VideoFrame | None = None
        self._after: VideoFrame | None = None
        self._ahead: Iterator[VideoFrame] = _none_ahead()
        self._handle = path.open("rb")
        # Whoever drops this without `close`, or never gets it for damage, leaves no file open either.
        weakref.finalize(self, self._handle.close)
        self._begin()
        self._stamps, self.keys, end = self._list()
        base = float(self._stream.time_base or 0)
        self.times_s = [(stamp - self._stamps[0]) * base for stamp in self._stamps]
        self.end_s = (end - self._stamps[0]) * base
        self._note_a_cut()
        self._begin()
        first = self.frame(self.keys[0] if self.keys else 0)
        self._turn = _turn(first)
        self._unturned = _size_with_square_pixels(first, self._stream)
        self._check_size(*self._unturned)
        lies = self._turn is not None and self._turn not in _UPRIGHT_TURNS
        self.width_px, self.height_px = self._unturned[::-1] if lies else self._unturned

    def frame(self, number: int) -> "VideoFrame":
        """The frame as it is stored. Asked for in ascending order, no frame is decoded twice.

        Raises:
            InputError: it cannot be decoded.
        """
        stamp, near = self._stamps[number], self._nearest_that_serves(number)
        with damaged_if_unread(self._name):
            self._approach(number)
            found = self._shown_at(stamp)
            if found is None or _stamp(found) < near:
                # The file's index led astray; from the start every frame is met.
                self._begin()
                found = self._shown_at(stamp)
        if found is None or _stamp(found) < near:
            raise damaged(self._name, f"nothing can be decoded at {self.times_s[number]:.3f} s")
        return found

    def picture(self, number: int) -> "Image":
        """The frame upright, its pixels square, in RGB.

        Raises:
            InputError: it cannot be decoded.
        """
        frame = self.frame(number)
        if frame.is_corrupt:
            self.notes.append(f"the frame at {self.times_s[number]:.3f} s is damaged")
        width, height = self._unturned
        with damaged_if_unread(self._name):
            # A stream may change its size on the way; boxes are given in pixels of one size.
            picture: Image = frame.to_image(width=width, height=height)  # type: ignore[no-untyped-call]
        return picture if self._turn is None else picture.transpose(self._turn)

    def thumbnail(self, number: int, side_px: int) -> "NDArray[np.uint8]":
        """The frame as it is stored, made square and small by averaging: side x side x RGB.

        Raises:
            InputError: it cannot be decoded.
        """
        frame = self.frame(number)
        with damaged_if_unread(self._name):
            small = frame.reformat(width=side_px, height=side_px, format="rgb24", interpolation="AREA")
            return small.to_ndarray()  # type: ignore[return-value]  # of this format it is bytes

    def close(self) -> None:
        """Gives the file handle back."""
        self._here, self._after, self._ahead = None, None, _none_ahead()
        self._container.close()
        self._handle.close()

    def _begin(self) -> None:
        """Opens the container, so that the next frame is the first."""
        self._container = open_container(self._handle, self._name, self._kind)
        self._stream: VideoStream = moving_pictures(self._container, self._name)
        codec = self._stream.codec_context
        if codec is None:
            raise InputError(f"{self._name!r} has pictures of a kind that cannot be decoded", "save it as H.264 or VP9")
        self._check_size(codec.width, codec.height)
        codec.options = {"max_pixels": str(self._max_pixels)}
        codec.thread_count = 1  # each processor has a page of its own
        self._decode_from_here()

    def _list(self) -> tuple[list[int], list[int], int]:
        """Reads through the file without decoding: the stamps of all frames, the numbers of key frames, the stamp of the end."""
        import av

        is_key: dict[int, bool] = {}
        ends: list[int] = []
        try:
            for packet in self._container.demux(self._stream):
                stamp = packet.dts if packet.pts is None else packet.pts
                if stamp is not None and not packet.is_discard and not packet.is_corrupt:
                    is_key[stamp] = packet.is_keyframe or is_key.get(stamp, False)
                    ends.append(stamp + (packet.duration or 0))
        except (av.FFmpegError, OSError) as error:
            if not is_key:
                raise damaged(self._name, str(error)) from error
        if not is_key:
            raise InputError(f"{self._name!r} has no frames", "it is empty or was cut off; copy it again")
        stamps = sorted(is_key)
        return stamps, [n for n, stamp in enumerate(stamps) if is_key[stamp]], max(ends)

    def _note_a_cut(self) -> None:
        """The head of a file that was cut off still tells how long it was."""
        stated, base = self._stream.duration, self._stream.time_base
        stated_s = float(stated * base) if stated and base else 0.0
        if stated_s > self.end_s * 1.05 + 1:
            self.notes.append(f"cut off: it says {stated_s:.1f} s, and has pictures up to {self.end_s:.1f} s")

    def _nearest_that_serves(self, number: int) -> int:
        """The stamp of the earliest frame that may stand for that one."""
        inexact = self._kind.reader == "avi" or self._stream.codec_context.name in _WITH_HIDDEN_FRAMES
        return self._stamps[max(0, number - (_NEIGHBOURS if inexact else 0))]

    def _approach(self, number: int) -> None:
        """Goes to the last key frame before that frame, unless decoding on from here is as near."""
        import av

        key = self.keys[bisect_right(self.keys, number) - 1] if self.keys and self.keys[0] <= number else 0
        at = self._stamps[0] if self._here is None else _stamp(self._here)
        if self._stamps[key] <= at <= self._stamps[number]:
            return
        try:
            self._container.seek(self._stamps[key], stream=self._stream)
        except (av.FFmpegError, OSError):
            self._begin()
        self._decode_from_here()

    def _shown_at(self, stamp: int) -> "VideoFrame | None":
        """The last frame from here on that begins at `stamp` or before."""
        while self._here is None or _stamp(self._here) < stamp:
            if self._after is None:
                self._after = next(self._ahead, None)
                self.decoded += self._after is not None
            if self._after is None or _stamp(self._after) > stamp:
                break
            self._here, self._after = self._after, None
        return self._here

    def _decode_from_here(self) -> None:
        # No method of this object, which would keep itself, its file and its decoder alive in a circle.
        self._here, self._after, self._ahead = None, None, _decoded(self._container, self._stream)

    def _check_size(self, width: int, height: int) -> None:
        if width * height > self._max_pixels:
            size = f"{width:,} x {height:,} pixels, more than the limit of {self._max_pixels:,}"
            hint = "raise max_pixels in vextract.toml or VEXTRACT_MAX_PIXELS if this is meant"
            raise InputError(f"{self._name!r} has frames of {size}", hint)


def _decoded(container: "InputContainer", stream: "VideoStream") -> "Iterator[VideoFrame]":
    """The frames from here on in the order in which they are shown; what cannot be decoded is passed over."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):  # cut off
            return
        if packet is None:
            return
        try:
            frames = stream.decode(packet)
        except av.FFmpegError:
            continue
        yield from (frame for frame in frames if frame.pts is not None or frame.dts is not None)


def _none_ahead() -> "Iterator[VideoFrame]":
    return iter(())


def _stamp(frame: "VideoFrame") -> int:
    stamp = frame.dts if frame.pts is None else frame.pts
    assert stamp is not None  # others are passed over
    return stamp


def _size_with_square_pixels(frame: "VideoFrame", stream: "VideoStream") -> tuple[int, int]:
    """Width and height at which the frame is not distorted, in pixels."""
    aspect = float(stream.sample_aspect_ratio or 1)
    low, high = _PLAUSIBLE_ASPECT
    return round(frame.width * aspect) if low <= aspect <= high else frame.width, frame.height


# Transpositions that leave the width the width; by their values, as Pillow is not loaded with this module.
_UPRIGHT_TURNS = (0, 1, 3)  # FLIP_LEFT_RIGHT, FLIP_TOP_BOTTOM, ROTATE_180


def _turn(frame: "VideoFrame") -> "Transpose | None":
    """How the frame must be turned or mirrored to be seen as it was meant; None: not at all.

    The display matrix takes the point (x, y), y down, to (a x + c y, b x + d y); it is read by its larger diagonal, so that turns
    other than by quarters become the nearest quarter. Source: ISO/IEC 14496-12, 8.3.2; libavutil/display.h.
    """
    from PIL.Image import Transpose

    try:
        matrix = frame.side_data["DISPLAYMATRIX"]  # type: ignore[typeddict-item]  # PyAV's types leave it out
    except KeyError:
        return None
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    if abs(a) + abs(d) >= abs(b) + abs(c):
        signs = {(False, False): None, (True, True): Transpose.ROTATE_180, (True, False): Transpose.FLIP_LEFT_RIGHT}
        return signs.get((a < 0, d < 0), Transpose.FLIP_TOP_BOTTOM)
    signs = {
        (False, False): Transpose.TRANSPOSE,
        (True, True): Transpose.TRANSVERSE,
        (False, True): Transpose.ROTATE_270,
    }
    return signs.get((b < 0, c < 0), Transpose.ROTATE_90)
