"""Making video files for tests, frame by frame."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

__all__ = ["counting", "grey_of", "saved_clip", "sound", "with_grey"]

SIZE = (64, 48)


def with_grey(grey: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """A frame of one grey."""
    return Image.new("RGB", size, (grey, grey, grey))


def counting(count: int, size: tuple[int, int] = SIZE) -> list[Image.Image]:
    """Frames that can be told apart by their grey: 20, 24, 28 and so on."""
    return [with_grey(20 + 4 * n, size) for n in range(count)]


def grey_of(image: Image.Image) -> float:
    """The mean grey of a picture."""
    return float(np.asarray(image.convert("L")).mean())


def saved_clip(
    path: Path,
    frames: Iterable[Image.Image],
    times_ms: Sequence[int] | None = None,
    *,
    codec: str = "libx264",
    rate: int = 10,
    rotation: int = 0,
    key_every: int = 12,
    b_frames: int = 2,
    aspect: Fraction | None = None,
    metadata: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    container: str | None = None,
) -> Path:
    """The path, a clip saved there: frames shown at `times_ms`, by default `rate` a second from 0.

    Args:
        path: its suffix names the container, unless `container` does.
        frames: all of one size.
        times_ms: ascending; need not begin at 0.
        codec: FFmpeg's name of the encoder.
        rate: frames a second.
        rotation: degrees that a player turns the frames, counter-clockwise.
        key_every: every so many frames a key frame.
        b_frames: frames that refer to later ones, so that they are stored in another order than they are shown.
        aspect: width of a pixel to its height.
        metadata: of the container.
        options: of the container's writer.
        container: FFmpeg's name of it.
    """
    with av.open(str(path), "w", format=container, options=options or {}) as file:
        file.metadata.update(metadata or {})
        stream = None
        for number, image in enumerate(frames):
            if stream is None:
                stream = file.add_stream(codec, rate=rate)
                stream.width, stream.height = image.size
                stream.pix_fmt = {"mjpeg": "yuvj420p"}.get(codec, "yuv420p")
                stream.gop_size = key_every
                stream.max_b_frames = b_frames if codec in ("libx264", "mpeg4") else 0
                base = Fraction(1, 1000) if times_ms else Fraction(1, rate)
                stream.codec_context.time_base = base
                if aspect:
                    stream.sample_aspect_ratio = aspect
                if codec == "libx264":
                    stream.options = {
                        "preset": "ultrafast" if not b_frames else "fast",
                        "crf": "12",
                        "bf": str(b_frames),
                    }
                if rotation:
                    stream.set_display_rotation(rotation)
            frame = av.VideoFrame.from_image(image)
            frame.pts = times_ms[number] if times_ms else number
            frame.time_base = base
            file.mux(stream.encode(frame))
        if stream is not None:
            file.mux(stream.encode(None))
    return path


def sound(path: Path, cover: Image.Image | None = None) -> Path:
    """The path, a moment of silence saved there, without pictures but for a cover."""
    with av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=44100)
        pictures = file.add_stream("mjpeg", rate=1) if cover else None
        if cover and pictures:
            pictures.width, pictures.height = cover.size
            pictures.pix_fmt = "yuvj420p"
            pictures.disposition = av.stream.Disposition.attached_pic
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.rate, frame.pts = 44100, 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if cover and pictures:
            picture = av.VideoFrame.from_image(cover)
            picture.pts = 0
            file.mux([*pictures.encode(picture), *pictures.encode(None)])
    return path
