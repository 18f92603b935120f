"""Videos: their frames are pages, upright and at their times; what is broken says so."""

import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.drawing import SAMPLES
from vextract.errors import InputError, VextractError
from vextract.sources.containers import container_of
from vextract.sources.film import Film
from vextract.sources.opening import OpenFile, open_file
from vextract.sources.options import Limits, OpenOptions, VideoOptions

from .clips import counting, grey_of, saved_clip, sound, with_grey
from .pictures import upright

av = pytest.importorskip("av")

CODECS = {"mp4": "libx264", "mov": "libx264", "mkv": "libx264", "webm": "libvpx", "avi": "mpeg4"}


@contextmanager
def _opened(path: Path, limits: Limits | None = None, **video: object) -> Iterator[OpenFile]:
    options = OpenOptions(limits=limits or Limits(), video=VideoOptions(**video))  # type: ignore[arg-type]
    file = open_file(path, path.name, options)
    try:
        yield file
    finally:
        file.close()


def _times(file: OpenFile) -> list[float | None]:
    return [file.page(number).ref.time_s for number in range(1, file.page_count + 1)]


def _greys(file: OpenFile) -> list[float]:
    return [grey_of(file.page(number).image) for number in range(1, file.page_count + 1)]


def _refused(path: Path, **options: object) -> VextractError:
    with pytest.raises(VextractError) as caught, _opened(path, **options):  # type: ignore[arg-type]
        pass
    assert caught.value.hint
    return caught.value


# Which frames, and what they show


@pytest.mark.parametrize("suffix", CODECS)
def test_a_frame_each_second(tmp_path: Path, suffix: str) -> None:
    """In each container the pages are the frames at 0, 1, 2… s, with B-frames stored out of order too."""
    path = saved_clip(tmp_path / f"a.{suffix}", counting(35), codec=CODECS[suffix])
    with _opened(path) as file:
        assert _times(file) == pytest.approx([0, 1, 2, 3], abs=0.002)
        # AVI does not say when a frame with B-frames before it is shown, only when it is decoded: one frame, 4 greys, off.
        assert _greys(file) == pytest.approx([20, 60, 100, 140], abs=6 if suffix == "avi" else 2.5)
        assert file.media_type.startswith("video/")
        assert file.notes == []


def test_pages_in_any_order(tmp_path: Path) -> None:
    """A page is the same whether those before it were looked at or not, later ones or none, once or twice."""
    path = saved_clip(tmp_path / "a.mp4", counting(50))
    with _opened(path, every_s=0.5) as file:
        forward = _greys(file)
        for number in (10, 1, 5, 5, 4, 9, 2):
            assert grey_of(file.page(number).image) == forward[number - 1]


@pytest.mark.parametrize("key_every", [250, 7])
def test_frames_are_decoded_once(tmp_path: Path, key_every: int) -> None:
    """Looking at frames in order decodes none twice, and with key frames close by only what lies between these and them."""
    path = saved_clip(tmp_path / "a.mp4", counting(60), key_every=key_every, b_frames=0)
    kind = container_of(path.read_bytes()[:64])
    assert kind is not None
    with closing(Film(path, "a.mp4", kind, 10_000)) as film:
        assert [grey_of(film.picture(n)) for n in range(60)] == pytest.approx([20 + 4 * n for n in range(60)], abs=2.5)
        assert film.decoded == 60
    with closing(Film(path, "a.mp4", kind, 10_000)) as film:
        assert grey_of(film.picture(50)) == pytest.approx(220, abs=2.5)
        assert film.decoded == (
            1 + 50 if key_every == 250 else 1 + 2
        )  # the first frame tells the size; key frames at 0, 7… 49


def test_dropped_without_being_closed(tmp_path: Path) -> None:
    """A film that nobody holds any more is gone at once, with its file and its decoder."""
    path = saved_clip(tmp_path / "a.mp4", counting(15))
    file = open_file(path, path.name, OpenOptions())
    page = file.page(2)
    assert page.image
    gone = weakref.ref(file._film)  # type: ignore[attr-defined]
    del file, page
    assert gone() is None


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_uneven_times(tmp_path: Path, suffix: str) -> None:
    """At a varying rate a page is what is shown at each full second, once; times count from the first frame, not from 0."""
    path = saved_clip(tmp_path / f"a.{suffix}", counting(6), [5000, 5100, 8000, 8050, 12300, 14000])
    with _opened(path) as file:
        assert _times(file) == pytest.approx([0, 0.1, 3, 3.05, 7.3, 9], abs=0.002)
        assert _greys(file) == pytest.approx([20, 24, 28, 32, 36, 40], abs=2.5)


def test_no_duration(tmp_path: Path) -> None:
    """A WebM as browsers record it, without duration and index, has all of its pages."""
    path = saved_clip(tmp_path / "a.webm", counting(40), codec="libvpx", options={"live": "1"})
    with av.open(str(path)) as container:
        assert container.duration is None
    with _opened(path) as file:
        assert _times(file) == [0, 1, 2, 3]
        assert grey_of(file.page(4).image) == pytest.approx(140, abs=3)
        assert grey_of(file.page(2).image) == pytest.approx(60, abs=3)


def test_thinned_out(tmp_path: Path) -> None:
    """Of more frames than wanted an even choice is read, with the first and the last, and a note says so."""
    path = saved_clip(tmp_path / "a.mp4", counting(41))
    with _opened(path, every_s=0.1, frames=5) as file:
        assert _times(file) == pytest.approx([0, 1, 2, 3, 4])
        assert file.notes == ["of 41 frames, one every 0.1 s, 5 are read, evenly spread; --frames takes more"]
    with _opened(path, frames=1) as file:
        assert _times(file) == [0]


def test_a_single_frame(tmp_path: Path) -> None:
    """A film of one frame is one page."""
    with _opened(saved_clip(tmp_path / "a.mp4", counting(1))) as file:
        assert _times(file) == [0]


# Upright, and of the right shape


@pytest.mark.parametrize("turn", [0, 90, 180, -90])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_turned(tmp_path: Path, turn: int, suffix: str) -> None:
    """What a player turns is turned: each corner where it belongs, and the size is the upright one."""
    picture = upright().resize((160, 96)).convert("RGB")
    with _opened(saved_clip(tmp_path / f"a.{suffix}", [picture] * 3, rotation=turn)) as file:
        page = file.page(1)
        wanted = picture.rotate(turn, expand=True)
        assert page.image.size == (page.ref.width_px, page.ref.height_px) == wanted.size
        shown = np.asarray(page.image.convert("L")).astype(int)
        assert np.abs(shown - np.asarray(wanted.convert("L"))).mean() < 6


def test_mirrored(tmp_path: Path) -> None:
    """A display matrix that mirrors is followed too."""
    path = saved_clip(tmp_path / "a.mp4", [upright().resize((160, 96)).convert("RGB")] * 3, rotation=180)
    data = path.read_bytes()
    half_turn = np.array([-65536, 0, 0, 0, -65536], dtype=">i4").tobytes()
    assert data.count(half_turn) == 1
    path.write_bytes(data.replace(half_turn, np.array([-65536, 0, 0, 0, 65536], dtype=">i4").tobytes()))
    with _opened(path) as file:
        corners = [file.page(1).image.convert("L").getpixel(at) for at in ((5, 5), (155, 5), (5, 90), (155, 90))]
        assert corners == pytest.approx([60, 0, 255, 200], abs=8)


def test_oblong_pixels(tmp_path: Path) -> None:
    """Pixels that are wider than high are made square: the page is as wide as the film is shown."""
    with _opened(saved_clip(tmp_path / "a.mp4", counting(3), aspect=Fraction(4, 3))) as file:
        assert file.page(1).image.size == (85, 48)


# Scenes


def _view(seed: int) -> Image.Image:
    """A picture of soft patches, four times as wide as a frame."""
    patches = np.random.default_rng(seed).integers(0, 256, (6, 32, 3)).astype(np.uint8)
    return Image.fromarray(patches).resize((1280, 180), Image.Resampling.BICUBIC)


def _from(view: Image.Image, x: int) -> Image.Image:
    return view.crop((x, 0, x + 320, 180))


def _scene_times(path: Path, frames: list[Image.Image]) -> list[float | None]:
    with _opened(saved_clip(path / "a.mp4", frames), scenes=True) as file:
        return _times(file)


def test_cuts_begin_scenes(tmp_path: Path) -> None:
    """Each of four views that are cut to gives one page, at most two looks after the cut."""
    frames = [_from(_view(seed), 0) for seed in (1, 2, 3, 1) for _ in range(15)]
    times = _scene_times(tmp_path, frames)
    assert len(times) == 4
    assert all(0 <= time - 1.5 * n <= 0.41 for n, time in enumerate(times) if time is not None)


def test_noise_and_flicker_are_no_scenes(tmp_path: Path) -> None:
    """A still view with noise and a light that flickers is one scene."""
    chance = np.random.default_rng(5)
    still = (
        190 + np.asarray(_from(_view(1), 0)) / 4.0
    )  # pale, so that the light moves all of it by more than a field may
    frames = [
        Image.fromarray(
            (still * (1 - 0.09 * (n // 6 % 2)) + chance.normal(0, 8, still.shape)).clip(0, 255).astype(np.uint8)
        )
        for n in range(40)
    ]
    assert _scene_times(tmp_path, frames) == [0]


def test_a_pan_is_a_scene_where_it_ends(tmp_path: Path) -> None:
    """A slow pan of two seconds gives what it begins and ends with, not its steps."""
    view = _view(4)
    frames = [_from(view, x) for x in (*[0] * 10, *range(0, 80, 4), *[80] * 10)]
    times = _scene_times(tmp_path, frames)
    assert len(times) == 2
    assert times[1] == pytest.approx(3.0, abs=0.41)


def test_a_camera_that_never_rests(tmp_path: Path) -> None:
    """Of a view that moves all the time there is a page every three seconds."""
    view = _view(4)
    assert _scene_times(tmp_path, [_from(view, 4 * n) for n in range(100)]) == pytest.approx([0, 3, 6, 9], abs=0.21)


def test_long_films_are_looked_through_at_key_frames(tmp_path: Path) -> None:
    """Scenes of a film of more than two minutes are looked for at key frames only, and a note says so."""
    views = [_from(_view(seed), 0) for seed in (1, 2)]
    path = saved_clip(tmp_path / "a.mp4", [views[n // 70] for n in range(140)], rate=1, key_every=10, b_frames=0)
    with _opened(path, scenes=True) as file:
        assert _times(file) == [0, 70]
        assert file.notes == ["longer than 120 s: scenes are looked for at key frames only"]


# What cannot be read


def test_only_sound(tmp_path: Path) -> None:
    """A file with sound and no pictures is an InputError that says so, whatever its name."""
    assert _refused(sound(tmp_path / "a.mp4")).message == "'a.mp4' is a video file with only sound"


def test_covers_are_no_pictures(tmp_path: Path) -> None:
    """The cover of a piece of music is not what a player shows as a film."""
    assert _refused(sound(tmp_path / "a.mp4", cover=with_grey(50))).message == "'a.mp4' is a video file with only sound"


@pytest.mark.parametrize("suffix", CODECS)
def test_cut_off_anywhere(tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Of a file that was cut off the frames that are there are read, or it is an InputError; FFmpeg writes nothing itself."""
    data = saved_clip(tmp_path / f"a.{suffix}", counting(35), codec=CODECS[suffix]).read_bytes()
    path = tmp_path / "cut"
    outcomes = set()
    for share in range(20):
        path.write_bytes(data[: max(16, len(data) * share // 20)])
        try:
            with _opened(path) as file:
                # Beside the cut a frame up to two before, 8 greys, may stand in; those of other seconds are 40 away.
                assert _greys(file) == pytest.approx([20, 60, 100, 140][: file.page_count], abs=11)
                outcomes.add("read")
        except InputError:
            outcomes.add("refused")
    assert "refused" in outcomes
    assert ("read" in outcomes) == (suffix not in ("mp4", "mov"))  # which have their index at the end
    assert capfd.readouterr() == ("", "")


def test_cut_off_with_its_index(tmp_path: Path) -> None:
    """Where the index came first, the note tells what is missing."""
    path = saved_clip(tmp_path / "a.mp4", counting(50), options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[:-400])
    with _opened(path) as file:
        assert 0 < file.page_count < 5
        assert file.notes[0].startswith("cut off: it says 5.0 s, and has pictures up to ")
        assert _greys(file) == pytest.approx([20 + 40 * n for n in range(file.page_count)], abs=3)


@pytest.mark.parametrize("scenes", [False, True])
def test_a_damaged_part(tmp_path: Path, scenes: bool) -> None:  # noqa: FBT001
    """Pages of a part that cannot be decoded are InputErrors of their own; the others are read."""
    views = [_from(_view(seed), 0) for seed in (1, 2, 3)]
    path = saved_clip(
        tmp_path / "a.mp4",
        [views[n // 20] for n in range(60)],
        key_every=20,
        b_frames=0,
        options={"movflags": "faststart"},
    )
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.pts is not None]
        spans = [(p.pos, p.size) for p in packets[20:40]]
    data = bytearray(path.read_bytes())
    for begin, size in spans:
        data[begin : begin + size] = b"\xff" * size
    path.write_bytes(data)
    with _opened(path, scenes=scenes) as file:
        read = {}
        for number in range(1, file.page_count + 1):
            page = file.page(number)
            try:
                read[page.ref.time_s] = page.image
            except InputError as error:
                assert "nothing can be decoded at" in error.message  # noqa: PT017  what is left is asserted below
        assert list(read) == ([0, 4] if scenes else [0, 1, 4, 5])
        shown = [np.asarray(image).astype(int) for image in read.values()]
        assert np.abs(shown[0] - np.asarray(views[0])).mean() < 8
        assert np.abs(shown[-1] - np.asarray(views[2])).mean() < 8


def test_damaged_anywhere(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Overwritten bytes give pages or an InputError, never another exception, and nothing on stderr."""
    chance = np.random.default_rng(3)
    for suffix, codec in CODECS.items():
        data = saved_clip(tmp_path / f"a.{suffix}", counting(25), codec=codec).read_bytes()
        for _ in range(25):
            broken = bytearray(data)
            for at in chance.integers(12, len(data), 6):
                broken[at] = chance.integers(256)
            (tmp_path / "broken").write_bytes(broken)
            try:
                with _opened(
                    tmp_path / "broken", Limits(max_pixels=1_000_000), scenes=bool(chance.integers(2))
                ) as file:
                    for number in range(1, file.page_count + 1):
                        page = file.page(number)
                        assert page.image.size == (page.ref.width_px, page.ref.height_px)
            except InputError as error:
                assert error.hint  # noqa: PT017  either outcome is right
    assert capfd.readouterr() == ("", "")


def test_too_many_pixels(tmp_path: Path) -> None:
    """Frames over the limit are refused before one is decoded."""
    path = saved_clip(tmp_path / "a.mp4", counting(2))
    error = _refused(path, limits=Limits(max_pixels=3000))
    assert error.message == "'a.mp4' has frames of 64 x 48 pixels, more than the limit of 3,000"


def test_playlists_are_not_followed(tmp_path: Path) -> None:
    """A list of other files is no video, whatever it is called."""
    (tmp_path / "a.mp4").write_text(f"#EXTM3U\n#EXTINF:1,\n{SAMPLES / 'walk.mp4'}\n", "utf-8")
    (tmp_path / "b.mkv").write_text(f"ffconcat version 1.0\nfile {SAMPLES / 'walk.mp4'}\n", "utf-8")
    for name in ("a.mp4", "b.mkv"):
        assert "no picture or PDF" in _refused(tmp_path / name).message


def test_pictures_stay_pictures(tmp_path: Path) -> None:
    """AVIF pictures, in the same container as MP4, and animated GIFs are pictures."""
    with_grey(77).save(tmp_path / "a.mp4", "AVIF")
    frames = counting(3)
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    for name, media_type in (("a.mp4", "image/avif"), ("a.gif", "image/gif")):
        with _opened(tmp_path / name) as file:
            assert (file.media_type, file.page_count, file.page(1).ref.time_s) == (media_type, 1, None)


def test_texts_that_look_like_boxes(tmp_path: Path) -> None:
    """A text whose second four letters name a QuickTime box is no video."""
    (tmp_path / "a.txt").write_text("The free encyclopedia", "utf-8")
    assert "no picture or PDF" in _refused(tmp_path / "a.txt").message


def test_without_pyav() -> None:
    """Where PyAV is not installed, a DependencyError names the extra."""
    code = (
        "import sys; sys.modules['av'] = None\n"
        "from pathlib import Path\n"
        "from vextract.errors import DependencyError\n"
        "from vextract.sources.opening import open_file\n"
        "from vextract.sources.options import OpenOptions\n"
        "try: open_file(Path(sys.argv[1]), 'walk.mp4', OpenOptions())\n"
        "except DependencyError as error: print(error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, SAMPLES / "walk.mp4"], capture_output=True, text=True, timeout=200, check=True
    )
    assert done.stdout == "pip install 'vextract[video]'\n"
