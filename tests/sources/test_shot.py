"""When and where a picture or video was taken: what the file says, and nothing that it does not."""

import datetime as dt
import math
import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from tests.drawing import SAMPLES
from vextract.errors import InputError
from vextract.sources.shot import Shot, _angle, _numbers, _parse_place, describe_shot, read_shot

from .clips import counting, saved_clip

SHOOTING, PLACE = 0x8769, 0x8825
TAKEN, OFFSET, FRACTION = 0x9003, 0x9011, 0x9291
PARIS = {1: "N", 2: (48.0, 51.0, 30.0), 3: "W", 4: (2.0, 17.0, 40.2), 5: b"\1", 6: 35.5}
EAST = dt.timezone(dt.timedelta(hours=2))


def _picture(
    path: Path,
    shooting: dict[int, object] | None = None,
    place: dict[int, object] | None = None,
    tags: dict[int, object] | None = None,
) -> Path:
    """The path, a picture with such EXIF tags saved there in the format of its suffix."""
    exif = Image.Exif()
    exif.update(tags or {})
    exif.get_ifd(SHOOTING).update(shooting or {})
    exif.get_ifd(PLACE).update(place or {})
    if path.suffix == ".tif":  # whose writer looks only for directories that are pointed to
        exif.update({SHOOTING: 0, PLACE: 0})
    if path.suffix == ".heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    Image.new("RGB", (16, 16), "white").save(path, exif=exif)
    return path


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif", "heic"])
def test_what_cameras_note(tmp_path: Path, suffix: str) -> None:
    """Date with fraction and offset, place, height and camera are read from pictures of every format."""
    path = _picture(
        tmp_path / f"a.{suffix}",
        {TAKEN: "2026:05:03 14:22:07", OFFSET: "+02:00", FRACTION: "25"},
        PARIS,
        {0x010F: "Example", 0x0110: "Example C 5"},
    )
    shot = read_shot(path)
    assert shot.taken == dt.datetime(2026, 5, 3, 14, 22, 7, 250_000, EAST)
    assert shot.offset == dt.timedelta(hours=2)
    assert shot.latitude == pytest.approx(48.858333, abs=1e-5)
    assert shot.longitude == pytest.approx(-2.2945, abs=1e-5)
    assert (shot.altitude_m, shot.camera, shot.duration_s) == (-35.5, "Example C 5", None)


def test_local_time_without_offset(tmp_path: Path) -> None:
    """Without an offset the time is local, of a place that is not known."""
    shot = read_shot(_picture(tmp_path / "a.jpg", {TAKEN: "2026:05:03 14:22:07"}))
    assert shot == Shot(dt.datetime(2026, 5, 3, 14, 22, 7))  # noqa: DTZ001  naive is the claim
    assert shot.offset is None


@pytest.mark.parametrize(
    "date",
    ["0000:00:00 00:00:00", "    :  :     :  :  ", "2026:13:40 10:00:00", "1970:01:01 00:00:00", "yesterday", "", "\0"],
)
def test_impossible_dates(tmp_path: Path, date: str) -> None:
    """What is no date, and the zero of a clock, is unknown; the date of the file never stands in."""
    path = _picture(tmp_path / "a.jpg", {TAKEN: date}, tags={0x0132: "2020:01:01 00:00:00"})
    os.utime(path, (1_500_000_000, 1_500_000_000))
    assert read_shot(path) == Shot()


@pytest.mark.parametrize("offset", ["+25:00", "-13:00", "+02:75", "   :  ", "02:00", "north"])
def test_impossible_offsets(tmp_path: Path, offset: str) -> None:
    """An offset that no place has is left out, the local time stays."""
    taken = read_shot(_picture(tmp_path / "a.jpg", {TAKEN: "2026:05:03 14:22:07", OFFSET: offset})).taken
    assert taken == dt.datetime(2026, 5, 3, 14, 22, 7)  # noqa: DTZ001


@pytest.mark.parametrize(
    "wrong",
    [
        {1: ""},
        {3: "E\0N"[2:]},
        {1: "X"},
        {2: (91.0, 0.0, 0.0)},
        {4: (180.0, 0.0, 1.0)},
        {2: (48.0, 61.0, 0.0)},
        {2: (48.0, 51.0, 99.0)},
        {4: (IFDRational(2, 0), 17.0, 40.0)},
        {4: (2.0, 17.0, IFDRational(0, 0))},
        {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)},
        {9: "V"},
    ],
)
def test_impossible_places(tmp_path: Path, wrong: dict[int, object]) -> None:
    """Half a place, or one that is not on earth or not measured, is none; nor is its height told."""
    shot = read_shot(_picture(tmp_path / "a.jpg", place={**PARIS, **wrong}))
    assert (shot.latitude, shot.longitude, shot.altitude_m) == (None, None, None)


@pytest.mark.parametrize("missing", [1, 2, 3, 4])
def test_missing_parts_of_a_place(tmp_path: Path, missing: int) -> None:
    """Without its side or its number a coordinate is unknown, and with it the place."""
    place = {tag: value for tag, value in PARIS.items() if tag != missing}
    assert read_shot(_picture(tmp_path / "a.jpg", place=place)) == Shot()


def test_impossible_height(tmp_path: Path) -> None:
    """A height over zero metres by zero is unknown, the place stays."""
    shot = read_shot(_picture(tmp_path / "a.jpg", place={**PARIS, 6: IFDRational(5, 0)}))
    assert shot.altitude_m is None
    assert shot.latitude is not None


angles = st.integers(0, 180 * 3600 * 1000)


@given(angles, st.booleans(), st.integers(1, 3))
@example(180 * 3600 * 1000, True, 3)
@example(0, True, 1)
def test_angles(thousandths: int, west: bool, parts: int) -> None:  # noqa: FBT001
    """Degrees, minutes and seconds, degrees and minutes, or degrees alone give the same signed angle."""
    degrees = thousandths / 3_600_000
    whole, minutes = int(degrees), degrees % 1 * 60
    written = {1: (degrees,), 2: (whole, minutes), 3: (whole, int(minutes), minutes % 1 * 60)}[parts]
    angle = _angle({3: "W" if west else "E", 4: tuple(map(float, written))}, (3, 4), "EW", 180)
    assert angle == pytest.approx(-degrees if west else degrees, abs=1e-9)


rationals = st.builds(IFDRational, st.integers(-(2**31), 2**31), st.integers(-2, 2**31))
values = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.floats(),
    rationals,
    st.tuples(rationals, rationals, rationals),
)


@given(st.dictionaries(st.sampled_from([3, 4]), values))
def test_any_angle(place: dict[int, object]) -> None:
    """Whatever the tags hold: an angle within the range, or none."""
    angle = _angle(place, (3, 4), "EW", 180)
    assert angle is None or -180 <= angle <= 180
    assert all(isinstance(number, float) for number in _numbers(place.get(4)))


@given(st.floats(-90, 90), st.floats(-180, 180), st.one_of(st.none(), st.floats(-400, 9000)))
def test_degrees_in_videos(latitude: float, longitude: float, altitude: float | None) -> None:
    """Degrees as telephones write them in videos are read back, to the digits written."""
    text = f"{latitude:+08.4f}{longitude:+09.4f}" + (f"{altitude:+08.3f}" if altitude is not None else "") + "/"
    found = _parse_place(text)
    assert found[:2] == pytest.approx((latitude, longitude), abs=1e-4)
    assert (found[2] is None) == (altitude is None)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("+48.8584+002.2945/", (48.8584, 2.2945, None)),
        ("+4851.504-00217.67+35.5CRSWGS_84/", (48.8584, -2.294503, 35.5)),
        ("-485130.24+0021740.2/", (-48.8584, 2.2945, None)),
        ("+4861.0+00200.0/", (None, 2.0, None)),
        ("+91.0+002.0/", (None, 2.0, None)),
        ("+48858+002.29/", (None, 2.29, None)),
        ("48.8, 2.3", (None, None, None)),
        ("", (None, None, None)),
    ],
)
def test_places_of_videos(text: str, place: tuple[float | None, ...]) -> None:
    """ISO 6709 in degrees, with minutes, with seconds; what is off the globe is unknown."""
    assert _parse_place(text) == pytest.approx(place, abs=1e-5)


@given(st.text("+-0123456789./CRSWG_84", max_size=30))
def test_any_place_of_a_video(text: str) -> None:
    """Whatever the text: coordinates on the globe, or none."""
    latitude, longitude, altitude = _parse_place(text)
    assert latitude is None or -90 <= latitude <= 90
    assert longitude is None or -180 <= longitude <= 180
    assert altitude is None or math.isfinite(altitude)


APPLE = {
    "com.apple.quicktime.creationdate": "2026-05-03T14:22:00+0200",
    "com.apple.quicktime.location.ISO6709": "+48.8584-002.2945+035.000/",
    "com.apple.quicktime.make": "Example",
    "com.apple.quicktime.model": "Phone 1",
}


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_videos_of_telephones(tmp_path: Path, suffix: str) -> None:
    """Apple's tags tell the local time with its offset, place and camera."""
    path = saved_clip(
        tmp_path / f"a.{suffix}",
        counting(20),
        metadata={**APPLE, "creation_time": "2026-05-03T12:23:00Z"},
        options={"movflags": "use_metadata_tags"},
    )
    assert read_shot(path) == Shot(
        dt.datetime(2026, 5, 3, 14, 22, tzinfo=EAST), 48.8584, -2.2945, 35.0, "Example Phone 1", 2.0
    )


@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "libx264"), ("mkv", "libx264"), ("webm", "libvpx")])
def test_time_of_the_container(tmp_path: Path, suffix: str, codec: str) -> None:
    """The container's own time is in UTC."""
    clip = saved_clip(
        tmp_path / f"a.{suffix}", counting(20), codec=codec, metadata={"creation_time": "2026-05-03T12:23:00Z"}
    )
    assert read_shot(clip) == Shot(dt.datetime(2026, 5, 3, 12, 23, tzinfo=dt.UTC), duration_s=2.0)


def test_a_place_in_user_data(tmp_path: Path) -> None:
    """The older note of the place, as Android writes it, is read."""
    path = saved_clip(tmp_path / "a.mov", counting(5), metadata={"location": "+48.8584+002.2945/"})
    assert (read_shot(path).latitude, read_shot(path).longitude) == (48.8584, 2.2945)


def test_videos_that_tell_nothing(tmp_path: Path) -> None:
    """No time, no place, no duration: nothing is known, whatever the file system says."""
    path = saved_clip(tmp_path / "a.webm", counting(5), codec="libvpx", options={"live": "1"})
    assert read_shot(path) == Shot()


@pytest.mark.parametrize("name", ["letter.pdf", "receipt.png", "make_samples.py"])
def test_files_that_tell_nothing(name: str) -> None:
    """PDFs, pictures without EXIF and other files tell nothing."""
    assert read_shot(SAMPLES / name) == Shot()


def test_broken_exif(tmp_path: Path) -> None:
    """EXIF data cut short or overwritten tells what can still be read, and no error."""
    data = _picture(tmp_path / "a.jpg", {TAKEN: "2026:05:03 14:22:07"}, PARIS).read_bytes()
    begin = data.index(b"Exif\0\0")
    for at in range(begin, begin + 250):
        (tmp_path / "b.jpg").write_bytes(data[:at] + b"\xff" + data[at + 1 :])
        shot = read_shot(tmp_path / "b.jpg")
        assert shot.latitude is None or -90 <= shot.latitude <= 90


def test_unreadable(tmp_path: Path) -> None:
    """A file that is not there is an InputError."""
    with pytest.raises(InputError, match="cannot read"):
        read_shot(tmp_path / "none.jpg")


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Example", "Example C 5", "Example C 5"),
        ("EXAMPLE", "C 5", "EXAMPLE C 5"),
        ("", "C 5", "C 5"),
        ("Example", "", "Example"),
        ("a\x1b[31m\nb", "\x7fc", "a[31m b c"),
        ("x" * 50, "y" * 50, "x" * 50 + " " + "y" * 9),
        (" \0hidden", "\t", None),
    ],
)
def test_cameras(tmp_path: Path, make: str, model: str, camera: str | None) -> None:
    """Maker and model are one line of at most 60 characters without control characters."""
    assert read_shot(_picture(tmp_path / "a.png", tags={0x010F: make, 0x0110: model})).camera == camera


def test_cameras_of_videos(tmp_path: Path) -> None:
    """Signs that turn the direction of writing, or are not seen, are left out."""
    told = {"com.apple.quicktime.make": "\u202eab\u200b\u2066", "com.apple.quicktime.model": "Größe\u00a05"}
    path = saved_clip(tmp_path / "a.mov", counting(2), metadata=told, options={"movflags": "use_metadata_tags"})
    assert read_shot(path).camera == "ab Größe 5"


@pytest.mark.parametrize(
    ("shot", "text"),
    [
        (Shot(), ""),
        (Shot(dt.datetime(2026, 5, 3, 14, 22)), "taken 2026-05-03 14:22"),  # noqa: DTZ001
        (
            Shot(dt.datetime(2026, 5, 3, 14, 22, tzinfo=EAST), 48.85837, 2.29448, 35.0, "Example C 5", 6.04),
            "taken 2026-05-03 14:22 +02:00, at 48.85837 N 2.29448 E, altitude 35 m, camera Example C 5, 6.0 s long",
        ),
        (Shot(latitude=-0.5, longitude=-70.25), "at 0.50000 S 70.25000 W"),
        (Shot(dt.datetime(2026, 5, 3, 12, 22, tzinfo=dt.UTC)), "taken 2026-05-03 12:22 +00:00"),
    ],
)
def test_described(shot: Shot, text: str) -> None:
    """What is known is told in one line, what is not is left out."""
    assert describe_shot(shot) == text


def test_the_sample() -> None:
    """The film among the samples tells when and where it was made."""
    assert describe_shot(read_shot(SAMPLES / "walk.mp4")).startswith("taken 2026-05-03 14:22 +02:00, at 47.10000 N")
