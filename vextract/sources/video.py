"""Videos as documents: their pages are frames, chosen at a rate or by scene. Needs the extra `video` (PyAV)."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vextract.errors import InputError
from vextract.sources import moments
from vextract.sources.containers import Container
from vextract.sources.film import Film
from vextract.sources.options import OpenOptions
from vextract.types import Page, PageRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

__all__ = ["VideoFile"]

# Scenes are looked for five times a second. With more than two minutes that would be a long time to decode: there only key frames
# are looked at, which most encoders put where a scene changes.
_LOOK_EVERY_S = 0.2
_LOOKED_THROUGH_S = 120.0
_MOST_LOOKED_AT = 1000


class VideoFile:
    """An opened video.

    Raises:
        InputError: damaged, without pictures, or over the limits.
        DependencyError: PyAV is not installed.
    """

    def __init__(self, path: Path, name: str, kind: Container, options: OpenOptions) -> None:
        self._name, self._options = name, options.video
        self.media_type = kind.media_type
        self._film = Film(path, name, kind, options.limits.max_pixels)
        self.notes = self._film.notes
        self._chosen = self._choose()
        self.page_count = len(self._chosen)

    def page(self, number: int) -> Page:
        """The chosen frame with that 1-based number, not yet decoded."""
        film, frame = self._film, self._chosen[number - 1]
        ref = PageRef(self._name, number, film.width_px, film.height_px, time_s=round(film.times_s[frame], 3))

        def draw() -> "Image":
            return film.picture(frame)

        return Page(ref, draw)

    def close(self) -> None:
        """Gives the file handle back."""
        self._film.close()

    def _choose(self) -> list[int]:
        found = self._scenes() if self._options.scenes else self._at_rate()
        chosen = moments.thinned(found, self._options.frames)
        if len(chosen) < len(found):
            what = "scenes" if self._options.scenes else f"frames, one every {self._options.every_s:g} s,"
            self.notes.append(f"of {len(found)} {what} {len(chosen)} are read, evenly spread; --frames takes more")
        return chosen

    def _at_rate(self) -> list[int]:
        return moments.every(self._film.times_s, self._film.end_s, self._options.every_s)

    def _scenes(self) -> list[int]:
        film = self._film
        if film.end_s <= _LOOKED_THROUGH_S:
            looked_at = moments.every(film.times_s, film.end_s, _LOOK_EVERY_S)
        else:
            looked_at = sorted({0, *film.keys})
            self.notes.append(f"longer than {_LOOKED_THROUGH_S:.0f} s: scenes are looked for at key frames only")
        return moments.scene_starts(self._looks(moments.thinned(looked_at, _MOST_LOOKED_AT))) or [0]

    def _looks(self, frames: list[int]) -> "Iterator[tuple[int, float, NDArray[np.uint8]]]":
        for frame in frames:
            with suppress(InputError):  # a frame that cannot be decoded begins no scene
                yield frame, self._film.times_s[frame], self._film.thumbnail(frame, moments.THUMBNAIL_PX)
