"""When, where and with what a picture or video was taken, as the camera noted it in the file.

Nothing is guessed: the dates of the file, its name and its neighbours play no part, and what is broken or impossible is unknown.
All of it was written by whoever made the file, and can be false.
"""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vextract.errors import InputError, VextractError
from vextract.sources.containers import Container, container_of, open_container
from vextract.sources.options import Limits
from vextract.sources.picture import PictureFile

__all__ = ["Shot", "describe_shot", "read_shot"]

# EXIF tags. Source: CIPA DC-008-2024 (Exif 3.0), 4.6.
_MAKE, _MODEL, _TAKEN, _OFFSET, _FRACTION = 0x010F, 0x0110, 0x9003, 0x9011, 0x9291
_LATITUDE, _LONGITUDE, _ALTITUDE, _STATUS = (1, 2), (3, 4), (5, 6), 9
_VOID = "V"
_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)")
# Latitude, longitude and altitude in one: +48.8584+002.2945+035/, or as degrees and minutes +4851.50+00217.67/ (ISO 6709, annex H).
_PLACE = re.compile(r"([+-])(\d{2,6})(\.\d+)?([+-])(\d{3,7})(\.\d+)?([+-]\d+(?:\.\d+)?)?(?:CRS\w+)?/?")
_PLACES = ("com.apple.quicktime.location.ISO6709", "location", "location-eng")
_MAKES = ("com.apple.quicktime.make", "com.android.manufacturer", "make")
_MODELS = ("com.apple.quicktime.model", "com.android.model", "model")
# The first photograph is from 1826; 1904 and 1970 are zero on the clocks of QuickTime and Unix, which no camera has filmed at.
_EARLIEST_YEAR = 1826
_CLOCK_ZEROS = {dt.date(1904, 1, 1), dt.date(1970, 1, 1)}
_MOST_LETTERS = 60
_HIGHEST_M = 100_000
_LOWEST_M = -12_000


@dataclass(frozen=True, slots=True)
class Shot:
    """What is known of how a picture or video was taken; None: unknown.

    Attributes:
        taken: when; with its offset from UTC where the file states that, else naive: the local time of the camera's clock.
        latitude: degrees, WGS 84, north is positive; known together with `longitude` or not at all.
        longitude: degrees, WGS 84, east is positive.
        altitude_m: metres above the sea.
        camera: maker and model, one line of at most 60 characters; data from the file, not to be trusted.
        duration_s: how long a video is, as its head states it.
    """

    taken: dt.datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    camera: str | None = None
    duration_s: float | None = None

    @property
    def offset(self) -> dt.timedelta | None:
        """How far the clock was ahead of UTC."""
        return self.taken.utcoffset() if self.taken else None


def read_shot(path: Path) -> Shot:
    """What the file says of how it was taken; nothing known of files that are neither pictures nor videos, or are damaged.

    Raises:
        InputError: the file cannot be read at all.
    """
    try:
        with path.open("rb") as file:
            kind = container_of(file.read(64))
    except OSError as error:
        hint = "check its name and its permissions"
        raise InputError(f"cannot read {str(path)!r}: {error.strerror or error}", hint) from error
    try:
        return _of_video(path, kind) if kind else _of_picture(path)
    except VextractError:
        return Shot()


def describe_shot(shot: Shot) -> str:
    """One line of plain data: "taken 2026-05-03 14:22 +02:00, at 48.85837 N 2.29448 E, camera Apple iPhone 15"; "" for nothing."""
    parts = []
    if shot.taken is not None:
        zone = shot.taken.isoformat()[-6:] if shot.offset is not None else ""
        parts.append(f"taken {shot.taken:%Y-%m-%d %H:%M} {zone}".rstrip())
    if shot.latitude is not None and shot.longitude is not None:
        north, east = "S" if shot.latitude < 0 else "N", "W" if shot.longitude < 0 else "E"
        parts.append(f"at {abs(shot.latitude):.5f} {north} {abs(shot.longitude):.5f} {east}")
    if shot.altitude_m is not None:
        parts.append(f"altitude {shot.altitude_m:.0f} m")
    if shot.camera is not None:
        parts.append(f"camera {shot.camera}")
    if shot.duration_s is not None:
        parts.append(f"{shot.duration_s:.1f} s long")
    return ", ".join(parts)


def _of_picture(path: Path) -> Shot:
    file = PictureFile(path, path.name, Limits())
    try:
        tags, shooting, place = file.exif()
    finally:
        file.close()
    taken = _moment(_text(shooting.get(_TAKEN)), _text(shooting.get(_OFFSET)), _text(shooting.get(_FRACTION)))
    shot = Shot(taken, camera=_camera(tags.get(_MAKE), tags.get(_MODEL)))
    if _text(place.get(_STATUS)) == _VOID:
        return shot
    latitude, longitude = _angle(place, _LATITUDE, "NS", 90), _angle(place, _LONGITUDE, "EW", 180)
    return _placed(shot, latitude, longitude, _altitude(place))


def _of_video(path: Path, kind: Container) -> Shot:
    with path.open("rb") as file, open_container(file, path.name, kind) as container:
        told = {**container.metadata}
        for stream in container.streams.video:  # where Matroska and older telephones note it
            told = {**stream.metadata, **told}
        length_us = container.duration
    shot = Shot(
        _recorded(told),
        camera=_camera(_first(told, _MAKES), _first(told, _MODELS)),
        duration_s=length_us / 1e6 if length_us and length_us > 0 else None,
    )
    return _placed(shot, *_parse_place(_first(told, _PLACES) or ""))


def _recorded(told: Mapping[str, str]) -> dt.datetime | None:
    """Apple notes the local time and its offset; the containers' own time is in UTC."""
    local = told.get("com.apple.quicktime.creationdate", "")
    return _moment(local[:19], local[19:], "") or _moment(told.get("creation_time", "")[:19], "+00:00", "")


def _first(told: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((told[name] for name in names if told.get(name)), None)


def _moment(date: str, offset: str, fraction: str) -> dt.datetime | None:
    """The moment of "2026:05:03 14:22:07", "+02:00" and "25" (of a second: .25); offset and fraction may be missing or broken."""
    found = _DATE.match(date)
    if not found:
        return None
    digits = re.match(r"\d*", fraction.strip())
    microseconds = int((digits[0] if digits else "")[:6].ljust(6, "0"))
    try:
        year, month, day, hour, minute, second = map(int, found.groups())
        moment = dt.datetime(year, month, day, hour, minute, second, microseconds, _zone(offset))
    except ValueError:
        return None
    return moment if moment.year >= _EARLIEST_YEAR and moment.date() not in _CLOCK_ZEROS else None


def _zone(offset: str) -> dt.timezone | None:
    offset = offset.strip()
    if offset == "Z":
        return dt.UTC
    found = _ZONE.fullmatch(offset)
    if not found:
        return None
    ahead = dt.timedelta(hours=int(found[2]), minutes=int(found[3])) * (-1 if found[1] == "-" else 1)
    # The easternmost zone is 14 hours ahead, the westernmost 12 behind.
    possible = int(found[3]) < 60 and dt.timedelta(hours=-12) <= ahead <= dt.timedelta(hours=14)
    return dt.timezone(ahead) if possible else None


def _placed(shot: Shot, latitude: float | None, longitude: float | None, altitude_m: float | None) -> Shot:
    """The shot with its place, if that is one: a receiver that has not found itself yet notes 0, 0."""
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return shot
    return replace(shot, latitude=latitude, longitude=longitude, altitude_m=altitude_m)


def _angle(place: Mapping[int, object], tags: tuple[int, int], sides: str, most: float) -> float | None:
    """Degrees, minutes and seconds as signed degrees; None without the side (north or south), which is half of the number."""
    side, parts = _text(place.get(tags[0])).upper()[:1], _numbers(place.get(tags[1]))
    if not side or side not in sides or not 1 <= len(parts) <= 3:
        return None
    degrees, minutes, seconds = (*parts, 0.0, 0.0)[:3]
    angle = degrees + minutes / 60 + seconds / 3600
    # Sixty is what rounding up makes of 59.9999. No comparison holds for what is not a number.
    if not (degrees >= 0 and 0 <= minutes <= 60 and 0 <= seconds <= 60 and angle <= most):
        return None
    return -angle if side == sides[1] and angle else angle


def _altitude(place: Mapping[int, object]) -> float | None:
    below, height = place.get(_ALTITUDE[0], 0), _numbers(place.get(_ALTITUDE[1]))
    if len(height) != 1 or not height[0] >= 0:  # nor if it is no number
        return None
    return _plausible_altitude(-height[0] if below in (1, b"\1", b"\3", 3) else height[0])


def _plausible_altitude(metres: float) -> float | None:
    return metres if _LOWEST_M <= metres <= _HIGHEST_M else None


def _numbers(value: object) -> list[float]:
    """The numbers of a tag that has one or several; a fraction over zero is none (NaN)."""
    members = value if isinstance(value, tuple | list) else (value,)
    try:
        return [float(member) for member in members]
    except (TypeError, ValueError, ArithmeticError):
        return []


def _parse_place(text: str) -> tuple[float | None, float | None, float | None]:
    """Latitude, longitude and altitude of an ISO 6709 string."""
    found = _PLACE.fullmatch(text.strip())
    if not found:
        return None, None, None
    latitude = _sexagesimal(found[1], found[2], found[3], 2, 90)
    longitude = _sexagesimal(found[4], found[5], found[6], 3, 180)
    return latitude, longitude, _plausible_altitude(float(found[7])) if found[7] else None


def _sexagesimal(sign: str, whole: str, fraction: str | None, degree_digits: int, most: float) -> float | None:
    """Degrees of DD.D, DDMM.M or DDMMSS.S; how many digits there are says which."""
    parts = [whole[:degree_digits], *re.findall("..", whole[degree_digits:])]
    if len("".join(parts)) != len(whole):
        return None
    *before, last = [float(part) for part in parts]
    numbers = [*before, last + float(fraction or 0)]
    angle = sum(number / 60**power for power, number in enumerate(numbers))
    return (
        math.copysign(angle, -1 if sign == "-" and angle else 1)
        if angle <= most and max(numbers[1:], default=0) <= 60
        else None
    )


def _camera(make: object, model: object) -> str | None:
    """Maker and model in one line; makers that repeat themselves in the model are named once."""
    maker, name = _clean(_text(make)), _clean(_text(model))
    whole = name if name.casefold().startswith(maker.casefold()) else f"{maker} {name}"
    return whole[:_MOST_LETTERS].strip() or None


def _clean(text: str) -> str:
    """Without control and formatting characters, runs of white space as one space."""
    visible = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(visible.split())


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return value.partition("\0")[0].strip() if isinstance(value, str) else ""
